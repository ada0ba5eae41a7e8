"""What models of buying with static covariates have in common: what is asked of them, and the way to a fit.

A covariate multiplies some of the parameters of a customer by exp(±coefficient · covariate); which, and with which
sign, is the model's to say. So a customer's own model is the plain one with parameters of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.errors import ParameterError, together
from crmlab.language import mark
from crmlab.models.buying import diagnosis
from crmlab.models.buying.base import BuyingModel, Counts, Future, Seen
from crmlab.models.buying.covariates import BEFORE, Known, Names, check_informative, known
from crmlab.models.buying.fitting import Scaled, found_in_units, scaled_histories
from crmlab.models.histories import Histories
from crmlab.models.maximise import LogLikelihood, Maximum, maximise
from crmlab.models.results import Diagnosis, TimeUnit, not_converged, serious_first

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WithCovariates(BuyingModel):
    """A model with static covariates; its parameters are those of a customer whose covariates are all 0.

    Who is asked about needs the covariates among the columns. For a group of customers with the same covariates `at`
    gives the plain model, which can also speak of new customers and be forecast with.

    Attributes
    ----------
    rate, dropout : mapping of str to float
        The coefficients by covariate of how often customers buy, and of how they leave.
    rate_errors, dropout_errors : mapping of str to float
        Their standard errors, NaN where the data do not determine them.
    """

    plain: ClassVar[type[BuyingModel]]
    times: ClassVar[tuple[str, ...]]  # the parameters that are times
    by_rate: ClassVar[Mapping[str, int]]  # the parameters that covariates of the rate move, with the sign
    by_dropout: ClassVar[Mapping[str, int]]

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

    def at(self, **covariates: float) -> BuyingModel:
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
        return self.plain(
            params={name: float(value) for name, value in self._moved(faster, surer).items()},
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
        return self._moved(faster, surer)

    def _moved(self, faster: Any, surer: Any) -> dict[str, Any]:
        return {
            **self.params,
            **{name: self.params[name] * np.exp(sign * faster) for name, sign in self.by_rate.items()},
            **{name: self.params[name] * np.exp(sign * surer) for name, sign in self.by_dropout.items()},
        }

    def counts(self, n: Counts, days: Vector) -> Vector:
        """Not without covariates: ask the model `at` those of a group."""
        del n, days
        raise ParameterError("a new customer has covariates: ask the model at(...) of a group of them")

    @classmethod
    def future(cls, rng: np.random.Generator, seen: Seen, params: Mapping[str, Vector], horizon: float) -> Future:
        """Not without covariates: ask the model `at` those of a group."""
        del rng, seen, params, horizon
        raise ParameterError("customers differ by their covariates: forecast each group with the model at(...) of it")


Model = TypeVar("Model", bound=WithCovariates)


def fit_with_covariates(
    kind: type[Model],
    customers: pd.DataFrame,
    covariates: tuple[Sequence[str], Sequence[str]],
    time_unit: TimeUnit,
    *,
    fit_plain: Callable[..., BuyingModel],
    likelihood_at: Callable[[Scaled, Known], LogLikelihood],
    say: Callable[[Histories], list[Diagnosis]] = lambda _: [],
) -> Model:
    """The model `kind` with the `covariates` of the rate and of dropout, searched from the plain model."""
    rate, dropout = (tuple(names) for names in covariates)
    _check_names(rate, dropout)
    of = known(customers, rate, dropout)
    check_informative(of, rate, dropout)
    data = scaled_histories(of, time_unit)
    plain = fit_plain(customers, time_unit=time_unit)
    by_rate, by_dropout = (
        {kind.parameters.index(name): sign for name, sign in moved.items()} for moved in (kind.by_rate, kind.by_dropout)
    )
    standard, back = of.standardised(by_rate, by_dropout)
    units = [np.log(data.units) if name in kind.times else 0.0 for name in kind.parameters]
    start = np.log(list(plain.params.values())) - units
    found = maximise(likelihood_at(data, standard), [np.r_[start, np.zeros(len(rate) + len(dropout))]])
    said = [*say(of), *(one for one in plain.diagnosis if one.kind in {"no_dropout", "dropout_not_shown"})]
    return _result(kind, data, _on_own_scale(found, back), (rate, dropout), said)


def _result(
    kind: type[Model], data: Scaled, own: Maximum, covariates: tuple[Names, Names], said: list[Diagnosis]
) -> Model:
    main = replace(own, theta=own.theta[:BEFORE], covariance=own.covariance[:BEFORE, :BEFORE])
    estimated = found_in_units(data, main, kind.parameters, times=kind.times, diagnosis=())
    rate, dropout = covariates
    labels = [f"rate: {name}" for name in rate] + [f"dropout: {name}" for name in dropout]
    effects = dict(zip(labels, own.theta[BEFORE:].tolist(), strict=True))
    errors = dict(zip(labels, np.sqrt(np.diag(own.covariance))[BEFORE:].tolist(), strict=True))
    said = [*said, *diagnosis.few_customers(data.repeat_buyers), *not_converged(own)]
    said += diagnosis.flat(own, {**estimated["params"], **effects})
    return kind(
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
