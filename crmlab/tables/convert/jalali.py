"""The Jalali calendar of Iran: its months, and the Gregorian day of each of its days from 1250 to 1450."""

from typing import Any

import ibis

FIRST_YEAR, LAST_YEAR = 1250, 1450

MONTHS = (
    ("farvardin", "farvardeen", "فروردین"),
    ("ordibehesht", "ordibehest", "اردیبهشت"),
    ("khordad", "xordad", "خرداد"),
    ("tir", "teer", "تیر"),
    ("mordad", "amordad", "مرداد", "امرداد"),
    ("shahrivar", "shahriwar", "shahriver", "شهریور"),
    ("mehr", "مهر"),
    ("aban", "آبان", "ابان"),
    ("azar", "آذر", "اذر"),
    ("dey", "day", "dei", "دی"),
    ("bahman", "بهمن"),
    ("esfand", "espand", "isfand", "اسفند"),
)
"""The names of the months, in their order, in the spellings that are taken."""

_FIRST_HALF = 6
_LONG, _SHORT = 31, 30


def day_of(number: Any) -> Any:
    """The Gregorian day of a whole number like 13980101, null where there is no such day or no such year here."""
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    in_range = year.between(FIRST_YEAR, LAST_YEAR) & month.between(1, 12)
    length = ibis.cases((month <= _FIRST_HALF, _LONG), else_=_SHORT)
    before = (month - 1) * _LONG - ibis.greatest(month - _FIRST_HALF - 1, 0)
    ordinal = _first_day(year) + before + day - 1
    # The last month is a day longer in leap years: a day beyond it would be the first of the next year.
    exists = in_range & day.between(1, length) & (ordinal < _first_day(year + 1))
    return ibis.cases((exists, days_after(ibis.date(1, 1, 1), ordinal - 1)))


def days_after(start: Any, days: Any) -> Any:
    """The day that many days after the start."""
    # Of a day and an interval DuckDB makes a timestamp where Ibis expects a date, so that one cast would be left out.
    return (start + days.as_interval("D")).cast("timestamp").cast("date")


def _first_day(year: Any) -> Any:
    """The ordinal number of the year's first day.

    Eight of 33 years are leap years; in other centuries than these the calendar departs from the rule.
    """
    return (year * 8 + 21) // 33 + year * 365 + 226_530
