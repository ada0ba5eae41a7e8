"""What a test with two arms can see: power, the least uplift it can detect, and the customers it needs.

The test is the two-sided comparison of two shares, normal approximation with the arms' own variances (Wald). For
5 % against 12 %, 80 % power and a level of .05 it needs 245 customers in each arm:
(1.960 + 0.842)² × (.05 × .95 + .12 × .88) / .07² = 7.849 × .1531 / .0049 = 245.2.
"""

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.optimize import brentq
from scipy.stats import norm
from statsmodels.stats.power import TTestIndPower

from crmlab.errors import ParameterError

LEAST_EXPECTED = 5.0
"""Purchases, and customers without one, to expect in the smaller arm before the normal approximation is used
(Cochran's rule of five), at the share half-way between the baseline and what one would like to see."""


@dataclass(frozen=True, kw_only=True)
class Detectable:
    """What a test of these sizes can see.

    Attributes
    ----------
    contact, do_nothing : int
        Customers in the two arms.
    baseline : float
        Share of those left alone who are expected to buy.
    uplift : float or None
        The least uplift, as a difference of shares, found with probability `power`; None if none can be.
    needed : int
        Customers needed in each of two equal arms to see `wanted`; 0 if everybody buys as it is.
    wanted : float
        The uplift one would like to see.
    power, alpha : float
    """

    contact: int
    do_nothing: int
    baseline: float
    uplift: float | None
    needed: int
    wanted: float
    power: float
    alpha: float

    @property
    def enough(self) -> bool:
        """Whether the wanted uplift can be seen."""
        return self.uplift is not None and self.uplift <= self.wanted


def power_of(baseline: float, uplift: float, *, contact: float, do_nothing: float, alpha: float = 0.05) -> float:
    """The probability of finding `uplift` over `baseline`, two-sided, with arms of these sizes."""
    error = sqrt(_variance(baseline + uplift) / contact + _variance(baseline) / do_nothing)
    if error == 0:
        return float(uplift != 0)
    critical = float(norm.ppf(1 - alpha / 2))
    return float(norm.cdf(abs(uplift) / error - critical) + norm.cdf(-abs(uplift) / error - critical))


def needed_per_arm(baseline: float, uplift: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Customers in each of two equal arms to find `uplift` with probability `power`; round upwards.

    An uplift that does not fit above the baseline is cut to what does: nobody buys with more than certainty.
    """
    _check(baseline, power, alpha)
    step = min(uplift, 1 - baseline)
    if step <= 0:
        raise ParameterError(f"an uplift of {uplift:g} over {baseline:g} cannot be tested: give one above 0")
    both = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    return both**2 * (_variance(baseline) + _variance(baseline + step)) / step**2


def detectable(
    baseline: float,
    *,
    contact: int,
    do_nothing: int,
    wanted: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Detectable:
    """What a test with these arms can see, and what it would take to see `wanted`.

    The uplift is None where an arm is empty, where even certainty in the contacted arm would be missed, or where
    the smaller arm is expected to hold fewer than five purchases, too few for the approximation.
    """
    _check(baseline, power, alpha)
    room = 1 - baseline
    uplift = None
    least, needed = _least_customers(baseline, wanted), 0
    if room > 0:
        needed = max(least, ceil(needed_per_arm(baseline, wanted, power=power, alpha=alpha) - 1e-9))
    if room > 0 and min(contact, do_nothing) >= least:
        uplift = _least(baseline, contact, do_nothing, power=power, alpha=alpha)
    return Detectable(
        contact=contact,
        do_nothing=do_nothing,
        baseline=baseline,
        uplift=uplift,
        needed=needed,
        wanted=wanted,
        power=power,
        alpha=alpha,
    )


def needed_for_mean(deviation: float, difference: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Customers in each of two equal arms to find a `difference` of means with probability `power`, two-sided.

    Parameters
    ----------
    deviation : float
        Standard deviation of the customers within an arm, in the unit of `difference`. What CUPED explains may be
        taken off: with a correlation r to the past multiply by √(1 − r²).
    """
    _check_mean(deviation, power, alpha)
    if not difference:
        raise ParameterError("a difference of 0 cannot be tested: give one above or below it")
    n = TTestIndPower().solve_power(abs(difference) / deviation, power=power, alpha=alpha)
    return ceil(float(n) - 1e-9)


def detectable_mean(
    deviation: float, *, contact: int, do_nothing: int, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """The least difference of means found with probability `power`, in the unit of `deviation`.

    None if an arm has fewer than two customers.
    """
    _check_mean(deviation, power, alpha)
    if min(contact, do_nothing) < 2:  # noqa: PLR2004 - one value has no variance
        return None
    size = TTestIndPower().solve_power(nobs1=contact, ratio=do_nothing / contact, power=power, alpha=alpha)
    return float(size) * deviation


def _least(baseline: float, contact: int, do_nothing: int, *, power: float, alpha: float) -> float | None:
    def short(uplift: float) -> float:
        return power_of(baseline, uplift, contact=contact, do_nothing=do_nothing, alpha=alpha) - power

    # At no uplift the power is alpha, below what is wanted; at the whole room it may still fall short.
    room = 1 - baseline
    return float(brentq(short, 0.0, room, xtol=1e-10)) if short(room) >= 0 else None


def _least_customers(baseline: float, wanted: float) -> int:
    half_way = baseline + min(wanted, 1 - baseline) / 2
    rarer = min(half_way, 1 - half_way)
    return ceil(LEAST_EXPECTED / rarer - 1e-9) if rarer > 0 else 1


def _variance(share: float) -> float:
    return share * (1 - share)


def _check(baseline: float, power: float, alpha: float) -> None:
    if not 0 <= baseline <= 1:
        raise ParameterError(f"a baseline of {baseline:g} is no share: give a number from 0 to 1")
    if not 0 < alpha < power < 1:
        raise ParameterError(f"power {power:g} and alpha {alpha:g} cannot be used: 0 < alpha < power < 1")


def _check_mean(deviation: float, power: float, alpha: float) -> None:
    _check(0.0, power, alpha)
    if not 0 < deviation < float("inf"):
        raise ParameterError(f"a standard deviation of {deviation:g} cannot be used: give one above 0")
