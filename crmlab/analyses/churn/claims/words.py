"""How p-values and the ends of intervals are said of churn."""

from crmlab.estimate import Estimate
from crmlab.language import interval, number, tr

ALPHA = 0.05


def ends(found: Estimate, decimals: int = 3) -> str:
    """The interval of an estimate, to stand behind its value; nothing where it has none."""
    return interval(found.low, found.high, lambda value: number(value, decimals))


def p_value(value: float) -> str:
    """A p-value behind the letter p: `= 0.032`, or that it is below a thousandth; none is said to be zero."""
    return tr("below {least}", least=number(0.001, 3)) if value < 0.001 else f"= {number(value, 3)}"  # noqa: PLR2004
