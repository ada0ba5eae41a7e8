"""The language a reader sees: messages, and numbers and dates in its digits and calendar.

English is the source. Every text of ours that a reader sees is a message: `tr("Of {n} customers ...", n=count(12))`.
The first argument is always a literal, so that messages can be found in the source; values are formatted already,
by the functions of `numbers`. A message without a translation stays English and is counted.
"""

from crmlab.language.catalogue import LANGUAGES, current, speak, speaking, tr, trn
from crmlab.language.numbers import count, day, interval, money, month, number, percent, points

__all__ = [
    "LANGUAGES",
    "count",
    "current",
    "day",
    "interval",
    "money",
    "month",
    "number",
    "percent",
    "points",
    "speak",
    "speaking",
    "tr",
    "trn",
]
