"""Numbers, money and dates as text in the language spoken: its digits, its marks, its calendar.

Every number a reader sees comes through here, in sentences as in tables and figures.
"""

import math
from collections.abc import Callable
from datetime import date
from functools import partial

import jdatetime

from crmlab.language.catalogue import current, tr

MISSING = "–"
WHOLE_UNITS_FROM = 10_000
"""From this size on money is shown in whole units: hundredths of it would only hide the number."""

JALALI_MONTHS = (
    *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
    *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
)

GREGORIAN_MONTHS = (
    *("ژانویهٔ", "فوریهٔ", "مارس", "آوریل", "مهٔ", "ژوئن"),
    *("ژوئیهٔ", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر"),
)
"""Each in the form in which its year follows it."""

_MARKS = {ord(latin): persian for latin, persian in zip("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫", strict=True)}
_DIGITS = "".join(_MARKS.values())
_RIGHT_TO_LEFT = "\u200f"  # before a per cent sign, so that it stands on the left of its number wherever that is;
# and behind a number with a sign, so that what follows, a currency in Latin letters say, stands on its left as well
_LEFT_TO_RIGHT = "\u200e"  # before a sign, so that it stays on the left of its number in a line from right to left


def percent(share: float, decimals: int | None = 1) -> str:
    """A share as a percentage: 0.2537 is `25.4 %`; – where there is none. With None, as few decimals as it takes."""
    if math.isnan(share):
        return MISSING
    return _with_per_cent(f"{100 * share:,g}" if decimals is None else f"{100 * share:,.{decimals}f}")


def signed_percent(share: float, decimals: int = 1) -> str:
    """A relative error or change as a percentage with its sign: 0.031 is `+3.1 %`; what rounds to nothing has none."""
    if math.isnan(share):
        return MISSING
    return _with_per_cent(_signed(100 * share, decimals))


def points(difference: float, decimals: int = 1) -> str:
    """A difference of shares in percentage points, with its sign: −0.031 is `-3.1 points`; nothing has no sign."""
    if math.isnan(difference):
        return MISSING
    return tr("{difference} points", difference=localised(_signed(100 * difference, decimals)))


def count(n: float) -> str:
    """A whole number with thousands marks."""
    return MISSING if math.isnan(n) else localised(f"{n:,.0f}")


def number(value: float, decimals: int = 2) -> str:
    """A number that is no money and no whole number, with so many decimals."""
    return MISSING if math.isnan(value) else localised(f"{value:,.{decimals}f}")


def money(value: float, currency: str = "", decimals: int | None = None) -> str:
    """An amount, followed by its currency where one is given; decimals by `money_decimals` where none are given."""
    if math.isnan(value):
        return MISSING
    places = money_decimals(value) if decimals is None else decimals
    return f"{localised(f'{value:,.{places}f}')} {currency}".rstrip()


def money_decimals(*amounts: float | None) -> int:
    """How many decimals amounts that stand together have: none where one of them is large, else two.

    Large is what has `WHOLE_UNITS_FROM` units or more, above zero or below it. None and NaN have no size.
    """
    sizes = [abs(float(amount)) for amount in amounts if amount is not None]
    return 0 if any(size >= WHOLE_UNITS_FROM for size in sizes) else 2


def money_form(currency: str, *amounts: float | None) -> Callable[[float], str]:
    """The form of amounts that stand together, a value and its interval say: all have the same number of decimals."""
    return partial(money, currency=currency, decimals=money_decimals(*amounts))


def signed(shown: str, value: float) -> str:
    """`shown`, the formatted size of `value`, with its sign before it: `+3.1 USD`, in every direction of reading."""
    if current() == "en":
        return f"{'-' if value < 0 else '+'}{shown}"
    digits = len(shown) - len(shown.lstrip(_DIGITS))
    return _with_sign("−" if value < 0 else "+", shown[:digits], shown[digits:])


def day(date_: date) -> str:
    """A day, as `1998-06-30` in English and as `۱۳۷۷/۰۴/۰۹`, in the Jalali calendar, in Persian."""
    if current() == "en":
        return f"{date_.year:04d}-{date_.month:02d}-{date_.day:02d}"
    jalali = jdatetime.date.fromgregorian(year=date_.year, month=date_.month, day=date_.day)
    return localised(f"{jalali.year:04d}/{jalali.month:02d}/{jalali.day:02d}")


def month(date_: date) -> str:
    """The month a day lies in, as `1998-06` in English and as `تیر ۱۳۷۷`, in the Jalali calendar, in Persian.

    The months of the two calendars begin on different days: what is grouped by Gregorian months has
    `gregorian_month` over it.
    """
    if current() == "en":
        return f"{date_.year:04d}-{date_.month:02d}"
    jalali = jdatetime.date.fromgregorian(year=date_.year, month=date_.month, day=date_.day)
    return f"{JALALI_MONTHS[jalali.month - 1]} {localised(str(jalali.year))}"


def gregorian_month(date_: date) -> str:
    """The Gregorian month a day lies in, as `1998-06` in English and by its own name in Persian: `ژوئن ۱۹۹۸`."""
    if current() == "en":
        return f"{date_.year:04d}-{date_.month:02d}"
    return f"{GREGORIAN_MONTHS[date_.month - 1]} {localised(str(date_.year))}"


def interval(low: float | None, high: float | None, form: Callable[[float], str] = percent, level: float = 0.95) -> str:
    """` (95 % interval 70.9 % to 74.7 %)`, to stand after a number, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    said = tr("({level} interval {low} to {high})", level=percent(level, None), low=form(low), high=form(high))
    return f" {said}"


def _with_per_cent(said: str) -> str:
    if current() == "en":
        return f"{said} %"
    return f"{localised(said).removesuffix(_RIGHT_TO_LEFT)}{_RIGHT_TO_LEFT}٪"


def _with_sign(sign: str, digits: str, unit: str = "") -> str:
    """A number in the digits of a language from right to left, between the marks that keep it and its unit in order."""
    behind = "" if unit.startswith(_RIGHT_TO_LEFT) else _RIGHT_TO_LEFT
    return f"{_LEFT_TO_RIGHT}{sign}{digits}{behind}{unit}"


def _signed(value: float, decimals: int) -> str:
    said = f"{value:+,.{decimals}f}"
    return said if said.strip("+-0.,") else said[1:]


def localised(number_: str) -> str:
    """A number written in the English way, in the digits and marks of the language spoken."""
    if current() == "en":
        return number_
    sign = number_[:1] if number_[:1] in ("-", "+") else ""
    digits = number_.removeprefix(sign).translate(_MARKS)
    return _with_sign(sign.replace("-", "−"), digits) if sign else digits
