"""Numbers, money and dates as text in the language spoken: its digits, its marks, its calendar.

Every number a reader sees comes through here, in sentences as in tables and figures.
"""

import math
from collections.abc import Callable
from datetime import date

MISSING = "–"


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage: 0.2537 is `25.4 %`; – where there is none."""
    return MISSING if math.isnan(share) else f"{100 * share:,.{decimals}f} %"


def points(difference: float, decimals: int = 1) -> str:
    """A difference of shares in percentage points, with its sign: −0.031 is `-3.1 points`."""
    return MISSING if math.isnan(difference) else f"{100 * difference:+,.{decimals}f} points"


def count(n: float) -> str:
    """A whole number with thousands marks."""
    return MISSING if math.isnan(n) else f"{n:,.0f}"


def number(value: float, decimals: int = 2) -> str:
    """A number that is no money and no whole number, with so many decimals."""
    return MISSING if math.isnan(value) else f"{value:,.{decimals}f}"


def money(value: float, currency: str = "", decimals: int = 2) -> str:
    """An amount, followed by its currency where one is given."""
    if math.isnan(value):
        return MISSING
    return f"{value:,.{decimals}f} {currency}".rstrip()


def day(date_: date) -> str:
    """A day, as `1998-06-30` in English and in the Jalali calendar in Persian."""
    return date_.isoformat()


def month(date_: date) -> str:
    """The month of a day, as `1998-06`."""
    return f"{date_.year:04d}-{date_.month:02d}"


def interval(low: float | None, high: float | None, form: Callable[[float], str] = percent, level: float = 0.95) -> str:
    """` (95 % interval 70.9 % to 74.7 %)`, to stand after a number, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    return f" ({percent(level, 0)} interval {form(low)} to {form(high)})"
