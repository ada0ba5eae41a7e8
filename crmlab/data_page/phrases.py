"""How counts, money and words of the client's own data are put into the sentences of the data page."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crmlab import language
from crmlab.language import current, is_right_to_left, percent, tr, trn
from crmlab.language.numbers import localised, money_decimals

LONGEST = 60
LISTED = 5
LEAST = 0.0005  # of a whole: what is less would print as 0.0 %

_ISOLATED = "\u2068{}\u2069"  # what is not of the page's language keeps a direction of its own


def count(number: int) -> str:
    """`2,000`."""
    return language.count(number)


def money(amount: Decimal, currency: str = "", beside: Sequence[Decimal] = ()) -> str:
    """`9,747,747.93 GBP`, to the last cent however large, for a ledger adds up; large whole amounts without `.00`.

    Amounts `beside` it have as many decimals.
    """
    together = (amount, *beside)
    decimals = 2 if any(one % 1 for one in together) else money_decimals(*map(float, together))
    return f"{localised(f'{amount:,.{decimals}f}')} {currency}".rstrip()


def named(value: Any) -> str:
    """A word of the client's data as part of a sentence: one line, no control or direction signs, never long."""
    text = " ".join(str(value).split())
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return _ISOLATED.format(short) if is_right_to_left(current()) else short


def listed(values: Sequence[Any], *, limit: int = LISTED) -> str:
    """`a, b and c`; of more than `limit` values the first, and how many there are besides."""
    words = [named(value) for value in values[:limit]]
    if len(values) > limit:
        return tr("{values} and {n} more", values=language.listed(words), n=count(len(values) - limit))
    return words[0] if len(words) == 1 else both(language.listed(words[:-1]), words[-1])


def both(first: str, second: str) -> str:
    """`a and b`."""
    return tr("{first} and {second}", first=first, second=second)


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """`24.9 %`, or `less than 0.1 %`."""
    found = float(part) / float(whole)
    return tr("less than {share}", share=percent(0.001)) if 0 < found < LEAST else percent(found)


def lines_(number: int) -> str:
    """`1 line`, `2,000 lines`."""
    return trn(number, "{n} line", "{n} lines", n=count(number))
