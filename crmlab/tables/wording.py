"""How counts and values are put into messages about data, whatever stands in the data."""

import reprlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 2, 60, 60, 60


def shown(value: Any) -> str:
    """The value in quotes as Python writes it, cut in the middle if it is long, never more than one line."""
    return _SHORT.repr(value)


def plural(count: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def first_line(error: Exception) -> str:
    """The first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def listed(names: Sequence[str], *, near: str = "", most: int = 12) -> str:
    """The names in quotes; if there are too many to read, those most like `near` (or the first) and how many more."""
    if len(names) <= most:
        return ", ".join(map(repr, names))
    likeness = {name: SequenceMatcher(None, name.lower(), near.lower()).ratio() for name in names} if near else {}
    kept = sorted(range(len(names)), key=lambda position: (-likeness.get(names[position], 0), position))[:most]
    return f"{', '.join(repr(names[position]) for position in kept)} and {len(names) - most:,} more"
