"""What runs in a process of its own: reading workbooks and databases, whose readers may crash on what they are given.

Files are opened for reading only, and the engine of a DuckDB file can reach nothing outside it. Nothing here imports
anything of crmlab from elsewhere, so that the process starts quickly.
"""
