"""Whether columns of amounts, quantities, prices and orders agree with each other, row by row of the sample."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from crmlab.intake import values
from crmlab.intake.profile import Profile

_HALF_A_CENT = Decimal("0.0051")
_MOSTLY = 0.95


def amounts_agree(amount: Profile, quantity: Profile, price: Profile) -> float:
    """The share of the rows, among those with all three, on which the amount is quantity × price to the cent."""
    rows = [(paid, pieces * each) for paid, pieces, each in _rows(amount, quantity, price)]
    return sum(abs(paid - product) <= _HALF_A_CENT for paid, product in rows) / len(rows) if rows else 1.0


def repeats_order_total(amount: Profile, quantity: Profile, price: Profile, order: Profile) -> bool:
    """Whether, in orders of several lines, the amount is the same on each line and the sum of quantity × price."""
    lines: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    numbers = zip(order.texts, _numbers(amount), _numbers(quantity), _numbers(price), strict=True)
    for name, paid, pieces, each in numbers:
        if name is not None and paid is not None and pieces is not None and each is not None:
            lines[name].append((paid, pieces * each))
    several = [found for found in lines.values() if len(found) > 1]
    totals = [
        len({paid for paid, _ in found}) == 1 and abs(found[0][0] - sum(own for _, own in found)) <= _HALF_A_CENT
        for found in several
    ]
    return bool(totals) and sum(totals) / len(totals) >= _MOSTLY


def _rows(*profiles: Profile) -> Iterator[tuple[Decimal, ...]]:
    for row in zip(*map(_numbers, profiles), strict=True):
        known = tuple(value for value in row if value is not None)
        if len(known) == len(profiles):
            yield known


def _numbers(profile: Profile) -> Iterator[Decimal | None]:
    style = profile.numbers.style if profile.numbers else values.STYLES[0]
    for text in profile.texts:
        yield values.number(values.mark_of(text)[0], style) if text else None
