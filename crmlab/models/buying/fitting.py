"""The way from a customer summary to a fitted model of buying that every model takes.

Histories are checked and counted, refused where there are too few, and brought to a scale on which parameters are
about 1; what the search finds there is brought back to the unit of time asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import DataError, ParameterError, together
from crmlab.language import count, tr
from crmlab.models.histories import Histories, distinct_rows, histories
from crmlab.models.maximise import Maximum, maximise, tops
from crmlab.models.results import DAYS, Diagnosis, TimeUnit, estimates, serious_first

Vector = NDArray[np.float64]
HistoryLikelihood = Callable[..., tuple[float, Vector]]

LEAST_CUSTOMERS = 30  # below it a handful of parameters says more about the draw than about the customers
LEAST_REPEAT_BUYERS = 10
GRAIN = 50  # steps of time in one of the scale, the mean of T, where histories are rounded to look for starts
MANY = 5000  # histories above which looking at rounded ones first saves time


@dataclass(frozen=True)
class Scaled:
    """Distinct histories with time in units of `scale` days, the mean of T, for a model in `time_unit`."""

    of: Histories
    scale: float
    time_unit: TimeUnit

    @cached_property
    def data(self) -> tuple[Vector, Vector, Vector, Vector]:
        """x, t_x, T and weights, as a log-likelihood takes them."""
        return self.of.x, self.of.t_x / self.scale, self.of.T / self.scale, self.of.weights

    def rounded(self) -> tuple[Vector, Vector, Vector, Vector]:
        """The same with times rounded to 1/50 of the scale: a tenth of the histories, or fewer."""
        x, t_x, T, weights = self.data
        rows, _, summed = distinct_rows(x, np.round(t_x * GRAIN) / GRAIN, np.round(T * GRAIN) / GRAIN, weights=weights)
        return rows[:, 0], rows[:, 1], rows[:, 2], summed

    @property
    def units(self) -> float:
        """How many of the model's units of time make one of `scale`."""
        return self.scale / DAYS[self.time_unit]

    @property
    def repeat_buyers(self) -> int:
        """Customers with a repeat purchase."""
        return int(self.of.weights[self.of.x > 0].sum())


def scaled(customers: pd.DataFrame, time_unit: TimeUnit) -> Scaled:
    """The histories of `customers`, ready for a search.

    Raises
    ------
    DataError
        If the table is no customer summary, or there are too few customers or repeat buyers.
    ParameterError
        If `time_unit` is none of the three.
    """
    return scaled_histories(histories(customers), time_unit)


def scaled_histories(of: Histories, time_unit: TimeUnit) -> Scaled:
    """The same of histories that were read already."""
    if time_unit not in DAYS:
        raise ParameterError(f"time_unit is {time_unit!r}; it is one of {', '.join(map(repr, DAYS))}")
    _check_enough(of)
    return Scaled(of, float(np.average(of.T, weights=of.weights)), time_unit)


def maximum(data: Scaled, log_likelihood: HistoryLikelihood, starts: Sequence[Vector]) -> Maximum:
    """Where `log_likelihood`, a function of theta, x, t_x, T and weights, is largest.

    Of many histories, rounded ones say first which starts lead to which top; only the tops are climbed on all.
    """
    if data.of.x.size > MANY:
        rounded = data.rounded()
        starts = tops(lambda theta: log_likelihood(theta, *rounded), starts)
    return maximise(lambda theta: log_likelihood(theta, *data.data), starts)


def found_in_units(
    data: Scaled, found: Maximum, names: Sequence[str], *, times: Iterable[str], diagnosis: Iterable[Diagnosis]
) -> dict[str, Any]:
    """The fields of the fitted model; `times` names the parameters that are times, as the rate of a Gamma of rates."""
    units = {name: data.units if name in times else 1.0 for name in names}
    return {
        **estimates(found, units),
        # The density of x purchase times carries one unit of time for each purchase.
        "log_likelihood": found.value - float(data.of.x @ data.of.weights) * float(np.log(data.units)),
        "n_customers": int(data.of.weights.sum()),
        "diagnosis": serious_first(diagnosis),
        "time_unit": data.time_unit,
    }


def _check_enough(of: Histories) -> None:
    customers, repeat_buyers = int(of.weights.sum()), int(of.weights[of.x > 0].sum())
    problems = []
    if customers < LEAST_CUSTOMERS:
        problems.append(
            tr(
                "there are {n} customers, and at least {least} are needed",
                n=count(customers),
                least=count(LEAST_CUSTOMERS),
            )
        )
    if repeat_buyers < LEAST_REPEAT_BUYERS:
        problems.append(
            tr(
                "{n} of them bought on a second day, and at least {least} are needed",
                n=count(repeat_buyers),
                least=count(LEAST_REPEAT_BUYERS),
            )
        )
    if problems:
        raise DataError(together(tr("A model of purchases cannot be fitted:"), problems))
