"""The pages that are looked at in a browser: of the small notebook, and of a whole client."""

SMALL = ["done", "teaching", "refused", "index"]
SECTIONS = ["04_segments_and_life_stage", "05_retention_curves", "06_clv"]
WHOLE = ["data", "client report", "client index", *SECTIONS, "Persian", "Persian value"]
PAGES = [*SMALL, *WHOLE]
