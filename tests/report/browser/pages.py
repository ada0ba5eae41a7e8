"""The pages that are looked at in a browser: of the small notebook, and of a whole client."""

SMALL = ["done", "teaching", "refused", "index"]
WHOLE = ["data", "client report", "client index", "Persian"]
PAGES = [*SMALL, *WHOLE]
