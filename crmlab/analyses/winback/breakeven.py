"""From which value on a contact pays, and when it never does.

Contacting a customer brings (p₁ − p₀)·V − c − p₁·o, so it pays from V* = (c + p₁·o) / (p₁ − p₀) on. V* is also what an
extra yes costs. Where p₀ and p₁ come from a campaign their difference may be anything around zero, and a ratio over it
has no standard error that means anything. Fieller's interval (1954, Journal of the Royal Statistical Society B 16)
holds every V at which the profit of a contact cannot be told from zero; where the effect is not shown it has no upper
end: no value, however large, is known to be large enough.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from crmlab.analyses.winback.policies import Costs
from crmlab.errors import DataError, ParameterError


@dataclass(frozen=True, kw_only=True)
class Arms:
    """How many said yes, of how many, contacted and left alone."""

    contacted_yes: int
    contacted: int
    left_yes: int
    left: int

    def __post_init__(self) -> None:
        """Refuse arms without anybody, or with more answers than customers."""
        if min(self.contacted, self.left) < 1:
            raise DataError(f"both arms need customers: {self.contacted} contacted, {self.left} left alone")
        if not (0 <= self.contacted_yes <= self.contacted and 0 <= self.left_yes <= self.left):
            raise DataError("an arm has more answers than customers, or fewer than none")

    @property
    def p1(self) -> float:
        """The share of yes among those contacted."""
        return self.contacted_yes / self.contacted

    @property
    def p0(self) -> float:
        """The share of yes among those left alone."""
        return self.left_yes / self.left

    @property
    def variances(self) -> tuple[float, float]:
        """Of p₁ and of p₀."""
        return self.p1 * (1 - self.p1) / self.contacted, self.p0 * (1 - self.p0) / self.left


@dataclass(frozen=True, kw_only=True)
class BreakEvenValue:
    """V*, from which on a contact pays.

    Attributes
    ----------
    value : float
        (c + p₁·o) / (p₁ − p₀); infinite where contacts add nothing.
    low, high : float
        Fieller's interval; `high` is infinite where the effect is not shown.
    level : float
        Its level.
    """

    value: float
    low: float
    high: float
    level: float

    @property
    def shown(self) -> bool:
        """Whether some value is known to be large enough."""
        return math.isfinite(self.high)


def break_even(p0: float, p1: float, costs: Costs) -> float:
    """V* of chances that are known: contact 4, offer 30, .05 → .12: 7.60 / .07 = 108.57. Infinite where p₁ ≤ p₀.

    With .88 → .95, seven points as well: 32.50 / .07 = 464.29, as nearly everybody takes the offer who stays anyway.
    """
    if not (0 <= p0 <= 1 and 0 <= p1 <= 1):
        raise ParameterError(f"chances lie between 0 and 1: p0 {p0:g}, p1 {p1:g}")
    return (costs.contact + p1 * costs.offer) / (p1 - p0) if p1 > p0 else math.inf


def break_even_value(arms: Arms, costs: Costs, *, level: float = 0.95) -> BreakEvenValue:
    """V* from a campaign, with Fieller's interval over V ≥ 0."""
    z = float(norm.ppf((1 + level) / 2))
    v1, v0 = arms.variances
    effect, cost, offer = arms.p1 - arms.p0, costs.contact + arms.p1 * costs.offer, costs.offer
    # (cost − V·effect)² ≤ z²·Var(cost − V·effect), a quadratic in V.
    a = effect**2 - z**2 * (v1 + v0)
    b = 2 * (z**2 * offer * v1 - cost * effect)
    c = cost**2 - z**2 * offer**2 * v1
    roots = sorted(_roots(a, b, c))
    if a > 0 and effect > 0:
        low, high = (max(root, 0.0) for root in roots) if roots else (0.0, 0.0)
    else:
        above = [root for root in roots if root > 0]
        low, high = (math.inf if a > 0 else max(above, default=0.0)), math.inf
    return BreakEvenValue(value=break_even(arms.p0, arms.p1, costs), low=low, high=high, level=level)


def threat(*, profit: float, contacted: float, stays: float, offer: float) -> float:
    """Which share of those *not* contacted may learn to ask for the offer before the campaign earns nothing.

    Offers to who wants to leave teach customers to say that they want to. A campaign that contacts the share
    `contacted` at a `profit` for each customer contacted loses `offer` on everybody else who would have stayed (share
    `stays`) and asks for it. Profit 6.40, a tenth contacted, .88 stay, offer 30: .1 · 6.40 / (.9 · .88 · 30) = 2.7 %.
    0 where there is no profit; 1 at most.
    """
    if not 0 < contacted <= 1:
        raise ParameterError(f"contacted is {contacted:g}: it is a share above 0, at most 1")
    lost = (1 - contacted) * stays * offer
    if profit <= 0:
        return 0.0
    return min(1.0, contacted * profit / lost) if lost > 0 else 1.0


def _roots(a: float, b: float, c: float) -> list[float]:
    if a == 0:
        return [] if b == 0 else [-c / b]
    inside = b * b - 4 * a * c
    if inside < 0:
        return []
    return [float((-b + sign * np.sqrt(inside)) / (2 * a)) for sign in (-1, 1)]
