"""The Pareto/NBD model of repeat purchases, fitted to a customer summary.

While a customer is with us, purchases come at a rate λ of the customer's own; they leave for good at a rate μ of their
own, at any moment, not only at a purchase. λ is Gamma(r, rate α) and μ is Gamma(s, rate β) among customers,
independently (Schmittlein, Morrison and Colombo 1987, Management Science 33(1)). So who bought once can have left, and
the probability that they are still a customer falls with every day of silence.
"""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from crmlab.models.buying.fitting import scaled
from crmlab.models.buying.gamma_rates import GammaRates
from crmlab.models.buying.pareto_fit import fitted_fields
from crmlab.models.buying.pareto_likelihood import log_likelihood
from crmlab.models.results import TimeUnit

__all__ = ["ParetoNBD", "fit_pareto_nbd", "log_likelihood"]


@dataclass(frozen=True, kw_only=True)
class ParetoNBD(GammaRates):
    """The Pareto/NBD model of repeat purchases: `r`, `alpha`, `s`, `beta` (Schmittlein, Morrison and Colombo 1987).

    `alpha` and `beta` depend on the unit of time.
    """

    name: ClassVar[str] = "Pareto/NBD"


def fit_pareto_nbd(customers: pd.DataFrame, *, time_unit: TimeUnit = "week") -> ParetoNBD:
    """The Pareto/NBD model of `customers`.

    Where a model in which nobody ever leaves (NBD, s → 0) is as likely, that model comes back, with a serious
    diagnosis: `s` is then 1e-9, without standard errors of it and of `beta`. Where customers differ so little in how
    long they stay or how often they buy that only the ratio of two parameters is determined, these are of the order of
    a million, and the first of them has no standard error.

    Parameters
    ----------
    customers : DataFrame
        A customer summary: `repeats`, `t_x` and `T` in days; optionally `weight`, how many customers a row stands for.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha`, `beta` and of the log-likelihood. Predictions do not depend on it.

    Raises
    ------
    DataError
        If the table is no customer summary, or there are too few customers or repeat buyers.
    ParameterError
        If `time_unit` is none of the three.
    """
    return ParetoNBD(**fitted_fields(scaled(customers, time_unit)))
