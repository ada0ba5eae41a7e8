"""The data contract: what a table must hold, how files are read, and which rule excluded which row."""
