"""The same report in other formats: made from the page of a finished run, each as one file beside its folder.

page of the run (`tree`) -> document of pandoc's parts (`document`, `grid`) -> PDF (`pdf`, typst) or DOCX (`docx`). A
notebook is never run again for another format, and a run folder never changes.
"""
