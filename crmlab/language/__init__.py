"""The language a reader sees: messages, and numbers and dates in its digits and calendar.

English is the source. Every text of ours that a reader sees is a message: `tr("Of {n} customers ...", n=count(12))`.
The first argument is always a literal, so that messages can be found in the source; values are formatted already,
by the functions of `numbers`. A message without a translation stays English and is counted. Translations stand in
`crmlab/locale`; `python -m crmlab.language.messages` (`make messages`) brings them up to date with the source.
"""

from crmlab.language.catalogue import (
    ENDS,
    FONTS,
    LANGUAGES,
    Tally,
    current,
    is_right_to_left,
    listed,
    mark,
    speak,
    speaking,
    tally,
    tr,
    translated,
    trn,
)
from crmlab.language.numbers import (
    count,
    day,
    gregorian_month,
    interval,
    money,
    money_decimals,
    money_form,
    month,
    number,
    percent,
    points,
    signed,
    signed_percent,
)

__all__ = [
    "ENDS",
    "FONTS",
    "LANGUAGES",
    "Tally",
    "count",
    "current",
    "day",
    "gregorian_month",
    "interval",
    "is_right_to_left",
    "listed",
    "mark",
    "money",
    "money_decimals",
    "money_form",
    "month",
    "number",
    "percent",
    "points",
    "signed",
    "signed_percent",
    "speak",
    "speaking",
    "tally",
    "tr",
    "translated",
    "trn",
]
