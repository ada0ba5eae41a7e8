"""How counts, money and words of the client's own data are put into the sentences of the data page."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

LONGEST = 60
LISTED = 5


def money(amount: Decimal, currency: str) -> str:
    """`9,747,747.93 GBP`."""
    return f"{amount:,.2f} {currency}"


def named(value: Any) -> str:
    """A word of the client's data as part of a sentence: one line, no control or direction signs, never long."""
    text = " ".join(str(value).split())
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def listed(values: Sequence[Any], *, limit: int = LISTED) -> str:
    """`a, b and c`; of more than `limit` values the first, and how many there are besides."""
    words = [named(value) for value in values[:limit]]
    if len(values) > limit:
        return f"{', '.join(words)} and {len(values) - limit:,} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def count(number: int, one: str, several: str) -> str:
    """`1 line has`, `2,000 lines have`: the number before the form that fits it."""
    return f"{number:,} {one if number == 1 else several}"


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """`24.9 %`, or `less than 0.1 %`."""
    percent = 100 * float(part) / float(whole)
    return "less than 0.1 %" if 0 < percent < 0.05 else f"{percent:,.1f} %"  # noqa: PLR2004 - what would print as 0.0
