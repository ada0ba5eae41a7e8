"""BG/NBD with what is known of customers beforehand: static covariates of how often they buy and of how they leave.

A customer with covariates z of the rate and w of dropout has α·exp(−γ'z), a·exp(δ'w) and b·exp(δ'w) for α, a and b: one
coefficient for a and b, as CLVTools has it (after Fader and Hardie 2007, note 019). So one more of z multiplies the
customer's rates by exp(γ). The mean chance to leave after a purchase, a / (a + b), is not moved by w: it is how much
customers differ in it that is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.errors import ParameterError, together
from crmlab.language import mark
from crmlab.models.buying import diagnosis
from crmlab.models.buying.base import Counts, Future, Seen
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.buying.bgnbd import BGNBD, bought_once, fit_bgnbd
from crmlab.models.buying.covariates import BEFORE, Known, Names, check_informative, known, likelihood_at
from crmlab.models.buying.fitting import Scaled, found_in_units, scaled_histories
from crmlab.models.histories import Histories
from crmlab.models.maximise import Maximum, maximise
from crmlab.models.results import Diagnosis, TimeUnit, serious_first

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BGNBDCovariates(BetaGeometric):
    """The BG/NBD model with static covariates: `r`, and `alpha`, `a`, `b` of a customer whose covariates are all 0.

    Who is asked about needs the covariates among the columns. For a group of customers with the same covariates `at`
    gives the plain model, which can also speak of new customers and be forecast with.

    Attributes
    ----------
    rate, dropout : mapping of str to float
        γ and δ by covariate: a covariate one higher multiplies rates by exp(γ), a and b by exp(δ).
    rate_errors, dropout_errors : mapping of str to float
        Their standard errors, NaN where the data do not determine them.
    """

    name: ClassVar[str] = "BG/NBD with covariates"
    chances_at_first: ClassVar[int] = 0

    rate: Mapping[str, float]
    dropout: Mapping[str, float]
    rate_errors: Mapping[str, float]
    dropout_errors: Mapping[str, float]

    def effects(self, level: float = 0.95) -> pd.DataFrame:
        """One row a coefficient: `covariate`, `on` (`rate` or `dropout`), `value`, `standard_error`, `low`, `high`."""
        reach = norm.ppf((1 + level) / 2)
        rows = [
            (name, on, value, errors[name], value - reach * errors[name], value + reach * errors[name])
            for on, values, errors in [
                (mark("rate"), self.rate, self.rate_errors),
                (mark("dropout"), self.dropout, self.dropout_errors),
            ]
            for name, value in values.items()
        ]
        return pd.DataFrame(rows, columns=["covariate", "on", "value", "standard_error", "low", "high"])

    def at(self, **covariates: float) -> BGNBD:
        """The plain model of customers with these covariates; it has no standard errors of its own.

        Raises
        ------
        ParameterError
            If a covariate is missing or not known.
        """
        needed = {*self.rate, *self.dropout}
        if set(covariates) != needed:
            raise ParameterError(f"the covariates are {sorted(needed)}; given were {sorted(covariates)}")
        faster = sum(value * covariates[name] for name, value in self.rate.items())
        surer = sum(value * covariates[name] for name, value in self.dropout.items())
        factors = {"r": 1.0, "alpha": np.exp(-faster), "a": np.exp(surer), "b": np.exp(surer)}
        return BGNBD(
            params={name: float(value * factors[name]) for name, value in self.params.items()},
            log_likelihood=self.log_likelihood,
            standard_errors=self.standard_errors * np.nan,
            covariance=self.covariance * np.nan,
            n_customers=self.n_customers,
            diagnosis=self.diagnosis,
            time_unit=self.time_unit,
        )

    def read(self, customers: pd.DataFrame) -> Histories:
        """The distinct histories with their covariates."""
        return known(customers, tuple(self.rate), tuple(self.dropout))

    def given(self, of: Histories) -> Mapping[str, Any]:
        """The parameters of each history, moved by its covariates."""
        if not isinstance(of, Known):
            raise ParameterError("customers differ by their covariates: ask the model at(...) of a group of them")
        faster = (of.on_rate * list(self.rate.values())).sum(axis=1)
        surer = (of.on_dropout * list(self.dropout.values())).sum(axis=1)
        factors = {"r": np.ones(of.x.size), "alpha": np.exp(-faster), "a": np.exp(surer), "b": np.exp(surer)}
        return {name: value * factors[name] for name, value in self.params.items()}

    def counts(self, n: Counts, days: Vector) -> Vector:
        """Not without covariates: ask the model `at` those of a group."""
        del n, days
        raise ParameterError("a new customer has covariates: ask the model at(...) of a group of them")

    @classmethod
    def future(cls, rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Not without covariates: ask the model `at` those of a group."""
        del rng, seen, params, horizon
        raise ParameterError("customers differ by their covariates: forecast each group with the model at(...) of it")


def fit_bgnbd_covariates(
    customers: pd.DataFrame,
    *,
    rate: Sequence[str] = (),
    dropout: Sequence[str] = (),
    time_unit: TimeUnit = "week",
) -> BGNBDCovariates:
    """The BG/NBD model of `customers` with static covariates.

    Compare its log-likelihood with that of `fit_bgnbd` on the same customers: twice the difference is chi-square with
    as many degrees of freedom as there are coefficients, where the covariates say nothing.

    Parameters
    ----------
    customers : DataFrame
        A customer summary (`repeats`, `t_x`, `T` in days) with the covariates as columns of numbers: what was known
        at the first purchase. Groups are columns of 0 and 1, one fewer than there are groups.
    rate, dropout : sequence of str
        The columns that move how often customers buy, and how they leave; at least one in all. A column can be both.
    time_unit : {'day', 'week', 'month'}
        The unit of `alpha` and of the log-likelihood.

    Raises
    ------
    DataError
        If the table is no customer summary, there are too few customers, or a covariate is missing, no number, the
        same for everybody, or follows from the others.
    ParameterError
        If no covariate is named, one is named twice in a list, or `time_unit` is none of the three.
    """
    _check_names(rate, dropout)
    of = known(customers, tuple(rate), tuple(dropout))
    check_informative(of, tuple(rate), tuple(dropout))
    data = scaled_histories(of, time_unit)
    plain = fit_bgnbd(customers, time_unit=time_unit)
    standard, back = of.standardised()
    start = np.log(list(plain.params.values())) - [0, np.log(data.units), 0, 0]
    found = maximise(likelihood_at(data, standard), [np.r_[start, np.zeros(len(rate) + len(dropout))]])
    said = [bought_once(of), *(one for one in plain.diagnosis if one.kind in {"no_dropout", "dropout_not_shown"})]
    return _result(data, found, back, (tuple(rate), tuple(dropout)), said)


def _result(
    data: Scaled, found: Maximum, back: Vector, covariates: tuple[Names, Names], said: list[Diagnosis]
) -> BGNBDCovariates:
    own = _on_own_scale(found, back)
    main = replace(own, theta=own.theta[:BEFORE], covariance=own.covariance[:BEFORE, :BEFORE])
    estimated = found_in_units(data, main, BGNBDCovariates.parameters, times=("alpha",), diagnosis=())
    rate, dropout = covariates
    labels = [f"rate: {name}" for name in rate] + [f"dropout: {name}" for name in dropout]
    effects = dict(zip(labels, own.theta[BEFORE:].tolist(), strict=True))
    errors = dict(zip(labels, np.sqrt(np.diag(own.covariance))[BEFORE:].tolist(), strict=True))
    said = [*said, *diagnosis.few_customers(data.repeat_buyers), *diagnosis.not_converged(found)]
    said += diagnosis.flat(found, {**estimated["params"], **effects})
    return BGNBDCovariates(
        **estimated | {"diagnosis": serious_first(said)},
        rate={name: effects[f"rate: {name}"] for name in rate},
        dropout={name: effects[f"dropout: {name}"] for name in dropout},
        rate_errors={name: errors[f"rate: {name}"] for name in rate},
        dropout_errors={name: errors[f"dropout: {name}"] for name in dropout},
    )


def _on_own_scale(found: Maximum, back: Vector) -> Maximum:
    """What was found for standardised covariates as that of the covariates themselves."""
    loose = found.undetermined
    covariance = back @ np.nan_to_num(found.covariance) @ back.T
    unknown = (back[:, loose] != 0).any(axis=1)
    covariance[unknown, :] = covariance[:, unknown] = np.nan
    return replace(found, theta=back @ found.theta, covariance=covariance)


def _check_names(rate: Sequence[str], dropout: Sequence[str]) -> None:
    if not (rate or dropout):
        raise ParameterError("no covariate is named: give columns as rate=[...], dropout=[...] or both")
    twice = [
        f"{name} stands in {on} twice"
        for on, names in (("rate", rate), ("dropout", dropout))
        for name in names
        if list(names).count(name) > 1
    ]
    if twice:
        raise ParameterError(together("these covariates cannot be used:", sorted(set(twice))))
