"""The pages that are looked at in a browser, and in which looks.

Of the suite they are every notebook's report on the data of a company that carry it, for a client and as a lesson: a
new notebook is among them by itself.
"""

from crmlab import suite

COMPANY = "negin-middle-standard"
NOTEBOOKS = [one.name for one in suite.notebooks()]
LESSONS = {f"lesson {one.number}": one.name for one in suite.notebooks()}
SMALL = ["done", "teaching", "refused", "failed", "index"]
OVER_ALL = ["all clients", "all clients, Persian"]
WHOLE = ["CDNOW's report", "CDNOW's index", "company's index", "Persian", "Persian value", *OVER_ALL]
TOLD = ["data", "company's data", "data, Persian", "course", "course, Persian"]
PAGES = [*SMALL, *NOTEBOOKS, *WHOLE, *TOLD, *LESSONS]

LOOKS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
APART = [(390, "light"), (1280, "dark")]  # a colour knows no width, and a width no colour


def looks(name: str) -> list[tuple[int, str]]:
    """The widths and schemes of a page: all for pages that differ most, one for lessons, whose parts others have."""
    if name in LESSONS:
        return APART[:1]
    return LOOKS if name in (*SMALL, *OVER_ALL) else APART


SEEN = [(name, *look) for name in PAGES for look in looks(name)]
