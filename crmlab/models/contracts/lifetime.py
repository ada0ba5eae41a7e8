"""How long customers stay: expected lifetimes, discounted or not, of new customers and of those of any tenure.

A contract is paid for at the start of each period, so a lifetime counts the periods paid for, and discounting counts
payments: DEL and DERL of Fader and Hardie (2010) [1]_ times the margin of a period are values.

References
----------
.. [1] Fader and Hardie (2010), Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity,
   Marketing Science 29(1); closed forms of the sBG: note 020, its technical appendix.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad

from crmlab.errors import ParameterError, together
from crmlab.models.contracts.base import ContractModel

Vector = NDArray[np.float64]
When = Literal["before renewal", "after payment"]

BLOCK = 256  # periods summed at a time
CLOSE = 1e-12  # of a sum: what its remainder may add
MOST_PERIODS = 4096  # summed one by one; the rest of a lifetime without end is an integral
FAR = 60.0  # of ln t beyond that: from there on survival is a power of t to all digits
LEAST_RATE = 0.001  # a year: below it a sum would need millions of periods
WHENS = ("before renewal", "after payment")


def expected_lifetime(model: ContractModel, *, horizon: int | None = None) -> float:
    """Periods a new customer is expected to pay for, the first included; infinite where the model says so.

    Parameters
    ----------
    horizon : int, optional
        Count only the first so many periods. A model with α·c ≤ 1 has no finite lifetime without it.
    """
    _check(horizon=horizon)
    rest = expected_residual_lifetime(model, 0, horizon=None if horizon is None else horizon - 1)
    return 1.0 + float(rest)


def expected_residual_lifetime(model: ContractModel, renewals: ArrayLike, *, horizon: int | None = None) -> Vector:
    """Periods still to be paid for by who has made so many `renewals`, from the next renewal on.

    Parameters
    ----------
    renewals : array
        Renewals made so far, 0 or more.
    horizon : int, optional
        Count only the next so many periods.

    Raises
    ------
    ParameterError
        If `renewals` or `horizon` is below 0.
    """
    _check(renewals=renewals, horizon=horizon)
    made = np.asarray(renewals, dtype=np.float64)
    if horizon is not None:
        ahead = np.arange(1, horizon + 1, dtype=np.float64)
        return np.asarray(model.survival_from(made[..., None], ahead).sum(axis=-1))
    found = [_endless(model, float(n)) for n in made.ravel()]
    return np.array(found).reshape(made.shape)


def discounted_lifetime(model: ContractModel, *, discount_rate_per_year: float) -> float:
    """DEL: payments expected of a new customer, discounted to the day of the first, which counts as 1.

    Parameters
    ----------
    discount_rate_per_year : float
        Effective annual rate, at least 0.001: 0.1 for 10 % a year. A period's rate compounds to it.
    """
    rest = discounted_residual_lifetime(model, 0, discount_rate_per_year=discount_rate_per_year, at="after payment")
    return 1.0 + float(rest)


def discounted_residual_lifetime(
    model: ContractModel, renewals: ArrayLike, *, discount_rate_per_year: float, at: When = "before renewal"
) -> Vector:
    """DERL: payments still expected of who has made so many `renewals`, discounted.

    Parameters
    ----------
    renewals : array
        Renewals made so far, 0 or more: 0 for a customer in the first period, the paper's n − 1.
    discount_rate_per_year : float
        Effective annual rate, at least 0.001. A period's rate compounds to it.
    at : {'before renewal', 'after payment'}
        When the customer is looked at: just before the next renewal is decided, so that its payment is not
        discounted, or just after the last payment, a period earlier.

    Raises
    ------
    ParameterError
        If an argument is out of range; all of them are named at once.
    """
    _check(renewals=renewals, rate=discount_rate_per_year, at=at)
    return residual_given(type(model), model.params, renewals, rate=model.discount_rate(discount_rate_per_year), at=at)


def residual_given(
    model: type[ContractModel], params: Mapping[str, Any], renewals: ArrayLike, *, rate: float, at: When
) -> Vector:
    """The same at a rate a period, for parameters that are numbers or arrays of one axis, which then comes first."""
    made = np.asarray(renewals, dtype=np.float64)
    wide = {name: np.asarray(value, dtype=np.float64)[..., None] for name, value in params.items()}

    def log_survival(ages: Vector) -> Vector:
        # Customers of different tenures pass through the same ages.
        distinct, place = np.unique(ages, return_inverse=True)
        return model.log_survival(wide, distinct)[..., place.reshape(ages.shape)]

    start = log_survival(made)
    total = np.zeros(start.shape)
    first = 1
    while True:
        ahead = np.arange(first, first + BLOCK, dtype=np.float64)
        each = np.exp(log_survival(made[..., None] + ahead) - start[..., None] - (ahead - 1) * np.log1p(rate))
        total = total + each.sum(axis=-1)
        # Nobody stays with a probability above 1, so the remainder is below that of a perpetuity.
        if (each[..., -1] / rate < CLOSE * np.maximum(total, CLOSE)).all():
            return np.asarray(total if at == "before renewal" else total / (1 + rate))
        first += BLOCK


def _endless(model: ContractModel, made: float) -> float:
    """Σ S(n + t) / S(n) over all t ≥ 1: θ of n renewals has mean (1 − θ) / θ = (β + n) / (α − 1) in the sBG."""
    if "churn" in model.params:
        return (1 - model.params["churn"]) / model.params["churn"]
    power = model.params["alpha"] * model.params.get("c", 1.0) - 1  # S(t) falls like t^−(power + 1)
    if power <= 0:
        return float(np.inf)
    if "c" not in model.params:
        return (model.params["beta"] + made) / power
    return _summed(model, made, power)


def _summed(model: ContractModel, made: float, power: float) -> float:
    """The same summed one by one, then integrated (Euler and Maclaurin) over ln t, then as the power of t it is."""
    summed = float(model.survival_from(made, np.arange(1, MOST_PERIODS, dtype=np.float64)).sum())
    start = np.log(MOST_PERIODS)
    far = min(FAR, 40 / power)

    def share(log_t: float) -> float:
        return float(model.survival_from(made, np.exp(log_t)))

    rest, _ = quad(lambda u: share(start + u) * np.exp(start + u), 0, far, epsrel=1e-10, limit=200)
    rest += share(start + far) * np.exp(start + far) / power
    slope = (share(np.log(MOST_PERIODS + 1)) - share(np.log(MOST_PERIODS - 1))) / 2
    return float(summed + rest + share(start) / 2 - slope / 12)


def _check(
    *, renewals: ArrayLike = 0, horizon: int | None = None, rate: float = LEAST_RATE, at: str = WHENS[0]
) -> None:
    made = np.asarray(renewals, dtype=np.float64)
    rules = [
        (bool((np.isfinite(made) & (made >= 0)).all()), "renewals is below 0 or no number"),
        (horizon is None or horizon >= 0, f"horizon is {horizon}; it is 0 or more periods"),
        (
            LEAST_RATE <= rate < np.inf,
            f"discount_rate_per_year is {rate}; it is at least {LEAST_RATE}, and 0.1 for 10 % a year",
        ),
        (at in WHENS, f"at is {at!r}; it is one of {', '.join(map(repr, WHENS))}"),
    ]
    problems = [problem for holds, problem in rules if not holds]
    if problems:
        raise ParameterError(together("a lifetime cannot be computed:", problems))
