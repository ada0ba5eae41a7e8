"""A ladder of models of buying: how well each explains the past, how well it foresees, and which to use.

Explaining is judged by log-likelihood and what is taken off it for parameters (AIC, BIC); foreseeing by the hold-out,
beside two forecasts that need no model: the period before again, and average order × frequency × lifetime.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crmlab.analyses.value import scoring
from crmlab.analyses.value.fits import FITS, TimeUnit, usable
from crmlab.analyses.value.holdout import HoldOut
from crmlab.analyses.value.simple import formula_forecast
from crmlab.errors import CrmlabError, DataError
from crmlab.models import BuyingModel, dropout_p_value, expected_purchases

Why = Literal["none", "only", "nobody_leaves", "likelihood", "holdout"]

LEVEL = 0.05
AS_GOOD = 2.0
"""BIC less than this apart is "not worth more than a bare mention" (Kass and Raftery 1995, JASA 90, section 3.2)."""

ALWAYS_THERE = "NBD"  # nested in the others, where their dropout goes to 0


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Models of buying fitted to the days before a hold-out, and compared.

    Attributes
    ----------
    models : tuple of BuyingModel
        Those that could be fitted, simplest first.
    table : DataFrame
        A row a model, then a row for each naive forecast (`period_before`, `formula`): `model`, `parameters`,
        `log_likelihood`, `aic`, `bic` (NaN without a model), `expected` (total of the hold-out), `error` (of that
        total, as a share of what came), `rmse` (per customer), `usable` (nothing forbids planning with it).
    nested : DataFrame
        A row a model with dropout: `model`, `statistic` (twice what its log-likelihood gains on the NBD) and
        `p_value`, the chance of such a gain where nobody leaves.
    forecasts : DataFrame
        Purchases expected of each customer, a column a model, in the order of the hold-out's customers.
    choice : str or None
        The model to use, None where none can be.
    why : str
        `nobody_leaves`: no model with dropout gains more than chance may give, so the simplest does; `likelihood`: the
        best by BIC, by a margin; `holdout`: the nearest per customer of those that BIC cannot tell apart; `only`: the
        others cannot be used; `none`.
    tied : tuple of str
        With `holdout`: the models that BIC could not tell apart.
    """

    models: tuple[BuyingModel, ...]
    table: pd.DataFrame
    nested: pd.DataFrame
    forecasts: pd.DataFrame
    choice: str | None
    why: Why
    tied: tuple[str, ...]

    @property
    def usable(self) -> tuple[BuyingModel, ...]:
        """The models that nothing forbids using, simplest first."""
        return tuple(model for model in self.models if usable(model))


def ladder(
    checked: HoldOut, *, time_unit: TimeUnit = "week", fits: Mapping[str, Callable[..., BuyingModel]] = FITS
) -> Ladder:
    """The models of `fits` fitted to the days before the hold-out of `checked`, and what each expected of it."""
    models = tuple(_fitted(checked, time_unit, fits))
    told = {model.name: _of_customers(checked, model) for model in models}
    actual = checked.customers["purchases"]
    table = pd.DataFrame(
        [
            *({**_explained(model), **_foreseen(told[model.name], actual)} for model in models),
            *({"model": name, **_foreseen(forecast, actual)} for name, forecast in _naive(checked).items()),
        ]
    )
    table["usable"] = table["model"].isin([model.name for model in models if usable(model)])
    nested = dropout_tests(models)
    choice, why, tied = _choice(table, nested)
    return Ladder(
        models=models,
        table=table,
        nested=nested,
        forecasts=pd.DataFrame(told, index=checked.customers.index),
        choice=choice,
        why=why,
        tied=tied,
    )


def dropout_tests(models: Iterable[BuyingModel]) -> pd.DataFrame:
    """Whether each model explains the purchases better than the NBD, in which nobody leaves.

    What is chance where nobody leaves, `dropout_p_value` argues; the models' own diagnosis goes by it, too.

    Returns
    -------
    DataFrame
        `model`, `statistic`, `p_value`; empty without an NBD among the models.
    """
    by_name = {model.name: model for model in models}
    rows = []
    for name, model in by_name.items():
        if name != ALWAYS_THERE and ALWAYS_THERE in by_name:
            gain = max(model.log_likelihood - by_name[ALWAYS_THERE].log_likelihood, 0.0)
            rows.append({"model": name, "statistic": 2 * gain, "p_value": dropout_p_value(gain)})
    return pd.DataFrame(rows, columns=["model", "statistic", "p_value"])


def _fitted(
    checked: HoldOut, time_unit: TimeUnit, fits: Mapping[str, Callable[..., BuyingModel]]
) -> Iterable[BuyingModel]:
    done = checked.fit.buying
    for name, fit in fits.items():
        if done is not None and done.name == name and done.time_unit == time_unit:
            yield done
            continue
        try:
            yield fit(checked.known, time_unit=time_unit)
        except CrmlabError:  # too few customers for one are too few for all; the hold-out says so
            continue


def _of_customers(checked: HoldOut, model: BuyingModel) -> pd.Series:
    """What `model` expects of each customer in the hold-out, in the order of its table."""
    expected = expected_purchases(model, checked.known, horizon_days=checked.days)
    by_id = pd.Series(expected.to_numpy(), index=checked.known["customer_id"])
    return pd.Series(by_id.loc[checked.customers["customer_id"]].to_numpy(), index=checked.customers.index)


def _naive(checked: HoldOut) -> dict[str, pd.Series]:
    """The forecasts that need no model."""
    found = {"period_before": checked.customers["purchases_naive"]}
    try:
        formula = formula_forecast(checked.known, days=checked.days)
    except DataError:  # nobody known for a day: there is no rate
        return found
    return {**found, "formula": pd.Series(formula.purchases, index=checked.customers.index)}


def _explained(model: BuyingModel) -> dict[str, str | int | float]:
    n_parameters = len(model.params)
    return {
        "model": model.name,
        "parameters": n_parameters,
        "log_likelihood": model.log_likelihood,
        "aic": 2 * n_parameters - 2 * model.log_likelihood,
        "bic": n_parameters * float(np.log(model.n_customers)) - 2 * model.log_likelihood,
    }


def _foreseen(forecast: pd.Series, actual: pd.Series) -> dict[str, float]:
    expected, came = (float(np.sort(values.to_numpy(dtype=np.float64)).sum()) for values in (forecast, actual))
    return {
        "expected": expected,
        "error": scoring.total_error(expected, came),
        "rmse": scoring.root_mean_square(forecast, actual),
    }


def _choice(table: pd.DataFrame, nested: pd.DataFrame) -> tuple[str | None, Why, tuple[str, ...]]:
    can = table[table["usable"]]
    if can.empty:
        return None, "none", ()
    simplest = can[can["model"] == ALWAYS_THERE]
    if len(simplest) and not (nested["p_value"] < LEVEL).any():
        return ALWAYS_THERE, "nobody_leaves", ()
    if len(can) == 1:
        return str(can["model"].iloc[0]), "only", ()
    as_good = can[can["bic"] < can["bic"].min() + AS_GOOD]
    best = as_good.loc[as_good["rmse"].idxmin(), "model"]
    return str(best), "likelihood" if len(as_good) == 1 else "holdout", tuple(as_good["model"])
