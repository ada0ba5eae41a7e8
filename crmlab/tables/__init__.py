"""The data contract: what a table holds, how raw files are read, and how they become clean tables."""
