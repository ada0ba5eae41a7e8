"""What will be left: curves with bands, shares lost with intervals, and customers kept with prediction intervals.

Two kinds of uncertainty are kept apart. A *band* or a confidence interval is for a share among infinitely many
customers like these: it holds how unsure the parameters are. A *prediction interval* is for a number of real customers:
it holds chance in who stays, too. Neither holds that the model may be wrong.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.models.contracts.base import ContractModel
from crmlab.models.contracts.value import check_base

Vector = NDArray[np.float64]


def base_survival(model: ContractModel, customers: Mapping[int, float], periods: ArrayLike) -> Vector:
    """Share of a base of mixed tenures still customers after so many periods.

    Each customer's chance is that of their tenure n, S(n + t) / S(n): whoever has stayed for long is likelier to stay
    (Fader and Hardie 2010).

    Parameters
    ----------
    customers : mapping of int to float
        How many customers of the base have made so many renewals.
    """
    check_base(customers)
    return _base_survival(type(model), model.params, customers, np.asarray(periods, dtype=np.float64))


def curves(model: ContractModel, drawn: pd.DataFrame, *, periods: int, level: float = 0.95) -> pd.DataFrame:
    """Survival and retention of a new cohort with bands, each for its period by itself.

    Columns `period` (0 to `periods`), `survival`, `survival_low`, `survival_high`, `retention`, `retention_low`,
    `retention_high`; retention is NaN at 0, where nothing was renewed yet.

    Parameters
    ----------
    drawn : DataFrame
        Parameters as `refits` draws them.
    """
    _check(periods, level)
    t = np.arange(periods + 1, dtype=np.float64)
    params = {name: drawn[name].to_numpy()[:, None] for name in model.parameters}
    logs = model.log_survival(params, t)
    own = model.log_survival(model.params, t)
    table = pd.DataFrame({"period": np.arange(periods + 1)})
    for name, draws, value in (
        ("survival", np.exp(logs), np.exp(own)),
        ("retention", np.exp(np.diff(logs, prepend=np.nan)), np.exp(np.diff(own, prepend=np.nan))),
    ):
        table[name] = value
        table[f"{name}_low"], table[f"{name}_high"] = np.quantile(draws, _ends(level), axis=0)
    return table


def share_lost(
    model: ContractModel, drawn: pd.DataFrame, customers: Mapping[int, float], *, periods: int, level: float = 0.95
) -> Estimate:
    """Share of a base that will be lost in so many periods, with a confidence interval.

    `{0: 1}` is a new cohort. The base's tenures are taken as given.
    """
    check_base(customers)
    _check(periods, level)
    params = {name: drawn[name].to_numpy()[:, None] for name in model.parameters}
    draws = 1 - _base_survival(type(model), params, customers, np.array([float(periods)]))
    low, high = np.quantile(draws, _ends(level))
    return Estimate(
        value=float(1 - base_survival(model, customers, periods)),
        low=float(low),
        high=float(high),
        n=model.n_customers,
        level=level,
        method=tr("model {model}; percentile interval of its refits", model=model.name),
        evidence="model",
        denominator=tr("customers of the base by the renewals they have made"),
        window=tr("the next {n} periods", n=count(periods)),
    )


def forecast_kept(
    model: ContractModel,
    drawn: pd.DataFrame,
    customers: Mapping[int, float],
    *,
    periods: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Estimate:
    """How many of these customers will still be so after `periods`, with a prediction interval.

    For each refit the customers who stay are drawn. The interval covers chance and the uncertainty of the parameters,
    not that the model may be wrong.

    Parameters
    ----------
    drawn : DataFrame
        Parameters as `refits` draws them.
    customers : mapping of int to float
        How many customers have made so many renewals: `{0: 1000}` for a new cohort, `Kept.base` for those who are left
        of the cohorts observed.
    periods : int
        From now, 1 or more.
    rng : numpy.random.Generator
        The only source of chance.

    Raises
    ------
    DataError
        If the base cannot be.
    ParameterError
        If `periods` or `level` is out of range.
    """
    found = kept_path(model, drawn, customers, periods=periods, rng=rng, level=level).iloc[-1]
    n = sum(customers.values())
    return Estimate(
        value=float(found["kept"]),
        low=float(found["low"]),
        high=float(found["high"]),
        n=round(n),
        level=level,
        method=tr("model {model}, prediction interval by parametric bootstrap", model=model.name),
        evidence="model",
        denominator=tr("customers of the base by the renewals they have made"),
        window=tr(
            "the next {ahead} periods, forecast from {seen} observed",
            ahead=count(periods),
            seen=count(model.observed),
        ),
    )


def kept_path(
    model: ContractModel,
    drawn: pd.DataFrame,
    customers: Mapping[int, float],
    *,
    periods: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> pd.DataFrame:
    """Customers kept after 1, 2, … `periods`: `period`, `kept` (expected), `low`, `high` (each period by itself)."""
    check_base(customers)
    _check(periods, level)
    params = {name: drawn[name].to_numpy() for name in model.parameters}
    totals = np.zeros((periods, len(drawn)))
    for made, n in sorted(customers.items()):
        here = np.full(len(drawn), round(n))
        for t in range(periods):
            share = np.exp(model.log_survival(params, made + t + 1.0) - model.log_survival(params, made + float(t)))
            here = rng.binomial(here, np.minimum(share, 1.0))
            totals[t] += here
    below, above = _ends(level)
    low = np.quantile(totals, below, axis=1, method="lower")
    high = np.quantile(totals, above, axis=1, method="higher")
    ahead = np.arange(1, periods + 1)
    expected = sum(customers.values()) * base_survival(model, customers, ahead)
    return pd.DataFrame({"period": ahead, "kept": expected, "low": low, "high": high})


def _base_survival(
    model: type[ContractModel], params: Mapping[str, Any], customers: Mapping[int, float], t: Vector
) -> Vector:
    total = sum(customers.values())
    shares = [
        n / total * np.exp(model.log_survival(params, made + t) - model.log_survival(params, float(made)))
        for made, n in sorted(customers.items())
    ]
    return np.asarray(np.sum(shares, axis=0))


def _ends(level: float) -> list[float]:
    return [(1 - level) / 2, (1 + level) / 2]


def _check(periods: int, level: float) -> None:
    if periods < 1 or not 0 < level < 1:
        raise ParameterError(
            f"periods is {periods} and level {level}; give 1 or more periods, and a level between 0 and 1"
        )
