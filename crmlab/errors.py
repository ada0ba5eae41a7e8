"""What can go wrong in a way that the person at the keyboard can mend.

Every message says what, where, what was got and how to mend it. The command line prints the message and
no traceback; anything that is not a `CrmlabError` is a fault of ours and shows one.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class CrmlabError(Exception):
    """The base of every error a user can mend."""


class DataError(CrmlabError):
    """The client file or the data behind it cannot be used as it stands."""


class ParameterError(CrmlabError):
    """A notebook's parameter is unknown or has a value it cannot take."""


class ReportError(CrmlabError):
    """A notebook failed while it ran, or its report could not be written."""


def together(heading: str, problems: Sequence[str]) -> str:
    """One message that lists all `problems` under `heading`, so that nobody mends them one run at a time."""
    return "\n".join([heading, *(f"  - {problem}" for problem in problems)])


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, as ` (did you mean 'x'?)`, or an empty string."""
    found = closest(word, known)
    return f" (did you mean {found!r}?)" if found else ""


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or an empty string."""
    by_lower_case = {name.lower(): name for name in known}
    matches = get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[matches[0]] if matches else ""
