"""Whether customers who joined early and late behave alike: one model for all against one for each, and what follows.

The models take everybody to be drawn from one population. Where newer customers are drawn from another, a model fitted
to all together forecasts a mixture, and is off for the newer ones, on whom most of the future rests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from crmlab.errors import DataError, ParameterError
from crmlab.language import count, interval, number, percent, tr
from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.bgnbd import fit_bgnbd
from crmlab.models.buying.mbgnbd import fit_mbgnbd
from crmlab.models.buying.nbd import fit_nbd
from crmlab.models.buying.pareto_nbd import fit_pareto_nbd
from crmlab.models.expectations import expected_purchases_new_customer
from crmlab.models.histories import histories
from crmlab.models.results import Diagnosis, TimeUnit

Vector = NDArray[np.float64]
Measure = Callable[[BuyingModel], float]
Values = Mapping[str, str]

FITS = (fit_nbd, fit_bgnbd, fit_mbgnbd, fit_pareto_nbd)
LEVEL = 0.95
STEP = 1e-4  # of a logarithm, for central differences
EVEN = 1e-6  # of a ratio: closer to 1 it is 1 but for the last digits, as where nobody leaves in either group
TINY = 0.001  # a p-value below it is said as such


@dataclass(frozen=True, kw_only=True)
class CohortComparison:
    """One model of all customers against one of those who joined early and one of those who joined late.

    Attributes
    ----------
    pooled, early, late : BuyingModel
        The three fits.
    joined_within_days : float
        Late is who made the first purchase at most so many days before the last day observed; early is everybody else.
    days : float
        The first so many days of a new customer, of which `cohorts` and `differences` speak.
    statistic : float
        Twice what two fits gain on one in log-likelihood, 0 or more.
    degrees_of_freedom : int
        Parameters of the two fits less those of the one.
    p_value : float
        Chance of such a statistic where both groups are drawn from one population, by chi-square. With `at_boundary`
        an upper bound of it.
    at_boundary : bool
        Whether a fit has parameters without standard errors: nobody leaves, or a spread among customers vanished.
    cohorts : DataFrame
        Rows `early`, `late` and `pooled`: `customers`, `purchases` (repeat purchases expected of a new customer in the
        first `days`), `low`, `high` (95 %, by the delta method on the log scale; NaN without standard errors).
    differences : DataFrame
        Late over early, each `ratio` with `low` and `high` (95 %): rows `purchases` (as above), `pace` (mean rate
        r / alpha of purchases while being a customer) and `kept` (the share of the purchases at that pace which leaving
        does not cost). NaN where a standard error is missing.
    """

    pooled: BuyingModel
    early: BuyingModel
    late: BuyingModel
    joined_within_days: float
    days: float
    statistic: float
    degrees_of_freedom: int
    p_value: float
    at_boundary: bool
    cohorts: pd.DataFrame
    differences: pd.DataFrame

    def differ(self, level: float = 0.05) -> bool:
        """Whether one population for both is rejected at this level."""
        return self.p_value < level

    @property
    def diagnosis(self) -> Diagnosis:
        """The same for a reader: `cohorts_differ`, which is serious, or `cohorts_alike`."""
        kind, said = ("cohorts_differ", _differ(self)) if self.differ() else ("cohorts_alike", [_alike(self)])
        if self.at_boundary:
            said.append(
                tr(
                    "A fit lies at the edge of the model (as where nobody leaves); the p-value is then an upper bound, "
                    "and a difference can be missed."
                )
            )
        return Diagnosis(kind=kind, sentence=" ".join(said), serious=self.differ())


def compare_cohorts(
    fit: Callable[..., BuyingModel],
    customers: pd.DataFrame,
    *,
    days: float,
    joined_within_days: float | None = None,
    time_unit: TimeUnit = "week",
) -> CohortComparison:
    """Whether customers who joined early and late are drawn from one population, by a likelihood-ratio test.

    Beware of a log that begins later than the shop: customers from before its first day then stand in it as if they had
    joined in its first weeks. Early customers are so in part old ones, oftener loyal than new ones are, and the groups
    differ though nobody changed. Leave out who first bought in the first months of such a log.

    Early customers are also watched longer. A model that misjudges how buying changes with age, or a season or a
    campaign that only one group lived through, is rejected here too: the test says that one fit will not do, not why.
    Chi-square takes the model of each group to be true; where it is not quite, false alarms are oftener than p says.

    Where a fit lies at the boundary (a group in which nobody leaves) all its parameters count none the less: the
    statistic is there a mixture that lies below chi-square with these degrees of freedom, so p is an upper bound and
    the test finds less than it could (of such mixtures: Self and Liang 1987, JASA 82).

    Parameters
    ----------
    fit : callable
        `fit_nbd`, `fit_bgnbd`, `fit_mbgnbd` or `fit_pareto_nbd`.
    customers : DataFrame
        A customer summary: `repeats`, `t_x` and `T` in days; optionally `weight`, how many customers a row stands for.
    days : float
        Repeat purchases are expected of a new customer in the first so many days. Beyond the largest T of the late
        ones it says what nobody has seen of them.
    joined_within_days : float, optional
        Late is who joined at most so many days ago (T). Without it the T that parts the customers most evenly;
        customers of one T are never parted.
    time_unit : {'day', 'week', 'month'}
        The unit of the models. The test does not depend on it.

    Raises
    ------
    DataError
        If the table is no customer summary, all customers joined at once, or a group is too small for the model.
    ParameterError
        If `fit` is another function, or `days` is not above 0.
    """
    _check(fit, days)
    of = histories(customers)
    since = of.per_customer(of.T)
    at = _even_split(of.T, of.weights) if joined_within_days is None else float(joined_within_days)
    pooled = fit(customers, time_unit=time_unit)
    early, late = (
        _group(fit, customers[rows], time_unit, name) for name, rows in (("early", since > at), ("late", since <= at))
    )
    models = {"early": early, "late": late, "pooled": pooled}
    # Two fits cannot be worse than one; below zero is the last digit of a search.
    statistic = max(2 * (early.log_likelihood + late.log_likelihood - pooled.log_likelihood), 0.0)
    freedom = len(early.params) + len(late.params) - len(pooled.params)
    return CohortComparison(
        pooled=pooled,
        early=early,
        late=late,
        joined_within_days=at,
        days=float(days),
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=float(chi2.sf(statistic, freedom)),
        at_boundary=any(bool(model.standard_errors.isna().any()) for model in models.values()),
        cohorts=_cohorts(models, days),
        differences=_differences(early, late, days),
    )


def _check(fit: Callable[..., BuyingModel], days: float) -> None:
    if fit not in FITS:
        known = ", ".join(one.__name__ for one in FITS)
        raise ParameterError(f"cohorts are compared by one of {known}; fit is {getattr(fit, '__name__', repr(fit))}")
    if not 0 < days < np.inf:
        raise ParameterError(f"days is {days}; it is above 0, the first days of a new customer to compare")


def _even_split(T: Vector, weights: Vector) -> float:
    """The T up to which customers are late: the two parts are as even as customers of one T, kept together, allow."""
    lengths, place = np.unique(T, return_inverse=True)
    if lengths.size == 1:
        raise DataError(
            tr("All customers made their first purchase at the same time: there are no early and late ones to compare.")
        )
    late = np.cumsum(np.bincount(place, weights=weights))[:-1]
    return float(lengths[np.abs(2 * late - weights.sum()).argmin()])


def _group(fit: Callable[..., BuyingModel], customers: pd.DataFrame, time_unit: TimeUnit, name: str) -> BuyingModel:
    try:
        return fit(customers, time_unit=time_unit)
    except DataError as error:
        said = {
            "early": tr("The customers who joined early are too few for a model of their own. {why}", why=str(error)),
            "late": tr("The customers who joined late are too few for a model of their own. {why}", why=str(error)),
        }
        raise DataError(said[name]) from error


def _measures(days: float) -> Mapping[str, Measure]:
    """What is compared of two models, each a number above 0."""

    def purchases(model: BuyingModel) -> float:
        return float(expected_purchases_new_customer(model, days=days))

    def pace(model: BuyingModel) -> float:
        return model.params["r"] / model.params["alpha"]

    def kept(model: BuyingModel) -> float:
        return purchases(model) / (pace(model) * float(model.in_units(days)))

    return MappingProxyType({"purchases": purchases, "pace": pace, "kept": kept})


def _with_error(measure: Measure, model: BuyingModel) -> tuple[float, float]:
    """Logarithm of a measure and its standard error by the delta method; what has no standard error counts as known."""
    errors = model.standard_errors / pd.Series(model.params)
    free = [name for name in model.parameters if np.isfinite(errors[name])]
    if not free:
        return float(np.log(measure(model))), float("nan")
    slopes = np.array([_slope(measure, model, name) for name in free])
    values = np.array([model.params[name] for name in free])
    covariance = model.covariance.loc[free, free].to_numpy() / np.outer(values, values)
    return float(np.log(measure(model))), float(np.sqrt(max(slopes @ covariance @ slopes, 0.0)))


def _slope(measure: Measure, model: BuyingModel, name: str) -> float:
    """Of the logarithm of a measure by the logarithm of a parameter."""
    up, down = (
        np.log(measure(replace(model, params={**model.params, name: model.params[name] * float(np.exp(step))})))
        for step in (STEP, -STEP)
    )
    return float(up - down) / (2 * STEP)


def _cohorts(models: Mapping[str, BuyingModel], days: float) -> pd.DataFrame:
    reach = norm.ppf((1 + LEVEL) / 2)
    rows = {}
    for name, model in models.items():
        value, error = _with_error(_measures(days)["purchases"], model)
        low, high = np.exp([value - reach * error, value + reach * error])
        rows[name] = {"customers": model.n_customers, "purchases": np.exp(value), "low": low, "high": high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("cohort")


def _differences(early: BuyingModel, late: BuyingModel, days: float) -> pd.DataFrame:
    """Late over early: the groups have no customer in common, so the errors of the logarithms add in squares."""
    reach = norm.ppf((1 + LEVEL) / 2)
    rows = {}
    for name, measure in _measures(days).items():
        (before, error_before), (after, error_after) = (_with_error(measure, model) for model in (early, late))
        error = reach * np.hypot(error_before, error_after)
        low, ratio, high = np.exp(after - before + np.array([-error, 0.0, error]))
        rows[name] = {"ratio": ratio, "low": low, "high": high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")


def _values(found: CohortComparison) -> Values:
    """What the sentences are about, as they show it."""
    of, difference = _rows(found.cohorts), _rows(found.differences)["purchases"]
    early, late, pooled = (of[name] for name in ("early", "late", "pooled"))
    return {
        "model": found.pooled.name,
        "p": tr("p below {least}", least=number(TINY, 3))
        if found.p_value < TINY
        else tr("p = {p}", p=number(found.p_value, 3)),
        "at": number(found.joined_within_days, 0),
        "days": number(found.days, 0),
        "n_early": count(early["customers"]),
        "n_late": count(late["customers"]),
        "early": _with_interval(early["purchases"], early),
        "late": _with_interval(late["purchases"], late),
        "pooled": number(pooled["purchases"]),
        "ratio": _with_interval(difference["ratio"], difference),
    }


def _rows(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    return table.to_dict(orient="index")


def _with_interval(value: float, of: Mapping[Any, Any]) -> str:
    known = bool(np.isfinite(of["low"]))
    return number(value) + (interval(of["low"], of["high"], number, LEVEL) if known else "")


def _alike(found: CohortComparison) -> str:
    return tr(
        "Customers who joined in the last {at} days ({n_late}) and before ({n_early}) behave alike as far as these "
        "purchases tell (likelihood-ratio test of {model}, {p}): of a new customer, in the first {days} days, the late "
        "ones' own model expects {ratio} times as many repeat purchases as the early ones'.",
        **_values(found),
    )


def _differ(found: CohortComparison) -> list[str]:
    values = _values(found)
    said = tr(
        "Customers who joined in the last {at} days ({n_late}) do not behave like those who joined before ({n_early}): "
        "one {model} for both is rejected (likelihood-ratio test, {p}). In the first {days} days {late} repeat "
        "purchases are expected of a new customer by the late ones' own model, {early} by the early ones'.",
        **values,
    )
    warned = tr(
        "A log that begins later than the shop makes old customers look like new ones who joined early, and a season "
        "that only some lived through looks the same: rule these out first."
    )
    return [said, *_what_differs(found.differences), _consequence(found, values), warned]


def _side(of: Mapping[Any, Any]) -> int:
    """1 where a ratio lies above 1 beyond chance, -1 below, 0 where it cannot be told."""
    return int(of["low"] > 1 + EVEN) - int(of["high"] < 1 - EVEN)


def _what_differs(differences: pd.DataFrame) -> list[str]:
    said = {
        ("pace", 1): tr("While they are customers, the late ones buy more often."),
        ("pace", -1): tr("While they are customers, the late ones buy less often."),
        ("kept", 1): tr("Leaving costs fewer of the late ones' purchases."),
        ("kept", -1): tr("Leaving costs more of the late ones' purchases."),
    }
    rows = _rows(differences)
    sides = [(name, _side(rows[name])) for name in ("pace", "kept")]
    return [said[side] for side in sides if side in said] or [
        tr("Whether it is how often they buy or how long they stay that differs, the purchases do not tell.")
    ]


def _consequence(found: CohortComparison, values: Values) -> str:
    """Which way a model of all errs for newer customers."""
    of = _rows(found.cohorts)
    off = of["pooled"]["purchases"] / of["late"]["purchases"] - 1
    values = {**values, "share": percent(abs(off))}
    if not _side(_rows(found.differences)["purchases"]):
        return tr(
            "A model fitted to all together forecasts a mixture; which way it errs for newer customers over {days} "
            "days cannot be told.",
            **values,
        )
    if off > 0:
        return tr(
            "A model fitted to all together forecasts a mixture ({pooled}): for newer customers it is {share} too "
            "high.",
            **values,
        )
    return tr(
        "A model fitted to all together forecasts a mixture ({pooled}): for newer customers it is {share} too low.",
        **values,
    )
