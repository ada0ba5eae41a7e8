"""The exercises, one module a notebook, named for its number: `e05_retention_curves` holds 05.1, 05.2 and 05.3."""
