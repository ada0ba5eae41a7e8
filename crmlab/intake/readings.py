"""A column's values -> the number style and date order they are in, with counts for and against, and the doubts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from crmlab.intake import values
from crmlab.intake.values import ORDERS, STYLES, Style
from crmlab.tables.export import DateOrder


@dataclass(frozen=True)
class NumberReading:
    """The style that reads most of the values.

    `of` values were looked at and `fits` of them are numbers in this style. `rivals` read as many, to other numbers:
    with the total each would give (this reading's own is `total`). `marks` are the currencies of the marks beside
    the numbers, with how many values have each.
    """

    style: Style
    fits: int
    of: int
    total: Decimal
    rivals: tuple[tuple[Style, Decimal], ...]
    marks: Mapping[str, int]

    @property
    def share(self) -> float:
        """The share of the values that are numbers."""
        return self.fits / self.of if self.of else 0.0


@dataclass(frozen=True)
class Consequences:
    """What reading the dates in one order makes of them."""

    order: DateOrder
    first: date
    last: date
    months: int
    after_today: int
    steps_back: int


@dataclass(frozen=True)
class DateReading:
    """The order that reads most of the values; `rivals` read as many, to other days."""

    fits: int
    of: int
    chosen: Consequences
    rivals: tuple[Consequences, ...]

    @property
    def order(self) -> DateOrder:
        """The order chosen."""
        return self.chosen.order

    @property
    def share(self) -> float:
        """The share of the values that are dates."""
        return self.fits / self.of if self.of else 0.0


def read_numbers(texts: Sequence[str]) -> NumberReading | None:
    """The style of the numbers among the texts (blank ones left out), or None if there are none.

    A mark that could be either is taken for a thousands mark where it always stands before three digits and nothing
    else disproves it: amounts with exactly three decimals throughout are rare. That doubt is in `rivals`.
    """
    counts = Counter(texts)
    bare = {text: values.mark_of(text) for text in counts}
    marks = Counter[str]()
    for text, (_, currency) in bare.items():
        marks[currency] += counts[text] if currency else 0
    read = {style: {text: values.number(number, style) for text, (number, _) in bare.items()} for style in STYLES}
    fits = {
        style: sum(counts[text] for text, value in column.items() if value is not None)
        for style, column in read.items()
    }
    most = max(fits.values())
    if most == 0:
        return None
    best = [style for style in STYLES if fits[style] == most]
    totals = {style: _total(read[style], counts) for style in best}
    different = {tuple(read[style].values()): style for style in reversed(best)}
    chosen = next((style for style in best if style.thousands and style in different.values()), best[0])
    if len(different) == 1:
        chosen = best[0]
    rivals = tuple((style, totals[style]) for style in different.values() if read[style] != read[chosen])
    return NumberReading(
        chosen, most, sum(counts.values()), totals[chosen], rivals, {k: n for k, n in marks.items() if k}
    )


def read_dates(texts: Sequence[str], *, today: date) -> DateReading | None:
    """The order of the dates among the texts (in the order of the file's rows), or None if there are none.

    Where two orders read every value, the one with fewer days after today is taken, then the one under which the
    file's rows step back in time less often, then the one that covers fewer months.
    """
    counts = Counter(texts)
    read = {order: {text: values.day(text, order) for text in counts} for order in ORDERS}
    fits = {order: sum(counts[text] for text, day in column.items() if day) for order, column in read.items()}
    most = max(fits.values(), default=0)
    if most == 0:
        return None
    best = [order for order in ORDERS if fits[order] == most]
    told = {order: _consequences(order, read[order], texts, today) for order in best}
    chosen = min(best, key=lambda order: (told[order].after_today, told[order].steps_back, told[order].months))
    rivals = tuple(told[order] for order in best if read[order] != read[chosen])
    return DateReading(most, len(texts), told[chosen], rivals)


def _total(column: Mapping[str, Decimal | None], counts: Counter[str]) -> Decimal:
    return sum((value * counts[text] for text, value in column.items() if value is not None), Decimal(0))


def _consequences(
    order: DateOrder, column: Mapping[str, date | None], texts: Sequence[str], today: date
) -> Consequences:
    days = [day for text in texts if (day := column[text]) is not None]
    return Consequences(
        order=order,
        first=min(days),
        last=max(days),
        months=len({(day.year, day.month) for day in days}),
        after_today=sum(day > today for day in days),
        steps_back=sum(after < before for before, after in pairwise(days)),
    )
