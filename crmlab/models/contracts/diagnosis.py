"""What has to be said of a fitted model of contracts, in plain words."""

from collections.abc import Iterator, Mapping

import numpy as np

from crmlab.language import count, listed, number, tr
from crmlab.models.contracts.base import steps
from crmlab.models.contracts.kept import Kept
from crmlab.models.maximise import Maximum
from crmlab.models.results import Diagnosis, not_converged

FEW_LOST = 100


def of_the_data(seen: Kept, parameters: int) -> Iterator[Diagnosis]:
    """Too few customers to be sure, or too few periods to check the model against."""
    if seen.lost < FEW_LOST:
        sentence = tr(
            "The model rests on {n} customers who left; below {few} its intervals are rough.",
            n=count(seen.lost),
            few=count(FEW_LOST),
        )
        yield Diagnosis(kind="few_customers", sentence=sentence, serious=False)
    if steps(seen) == parameters:
        sentence = tr(
            "Customers were counted over {n} stretches of time and the model has as many parameters: it meets the "
            "counts whether it is right or wrong, and nothing is left to check it against.",
            n=count(parameters),
        )
        yield Diagnosis(kind="few_periods", sentence=sentence, serious=False)


def of_the_search(found: Maximum, names: tuple[str, ...]) -> Iterator[Diagnosis]:
    """A search that did not come to rest, or parameters the counts leave open."""
    yield from not_converged(found)
    loose = [name for name, open_ in zip(names, found.undetermined, strict=True) if open_]
    if loose:
        values = [float(value) for value, open_ in zip(np.exp(found.theta), found.undetermined, strict=True) if open_]
        sentence = tr(
            "The counts do not determine the parameters {names} (found: {values}): very different values explain them "
            "as well. Survival within the observed periods can still be sound; these parameters by themselves, and the "
            "standard errors of the others, which take them as known, are not.",
            names=listed(loose),
            values=listed(number(value) for value in values),
        )
        yield Diagnosis(kind="flat", sentence=sentence, serious=True)


def alike() -> Diagnosis:
    """No difference between customers at all."""
    sentence = tr(
        "Nothing shows customers to differ: the best α and β are infinitely large, so everybody leaves at the same "
        "rate and the model is the geometric one. Its retention does not rise."
    )
    return Diagnosis(kind="homogeneous", sentence=sentence, serious=True)


def alike_in_time() -> Diagnosis:
    """No difference between customers at all, where their risk may change with time."""
    sentence = tr(
        "Nothing shows customers to differ: the best α and β are infinitely large, so everybody has the same risk of "
        "leaving at the same renewal, and only c says how it changes."
    )
    return Diagnosis(kind="homogeneous", sentence=sentence, serious=True)


def difference_not_shown() -> Diagnosis:
    """A difference between customers that chance explains as well."""
    sentence = tr(
        "Nothing shows customers to differ: one churn rate for all explains the counts about as well. That retention "
        "will rise, as the model says, cannot be told from them."
    )
    return Diagnosis(kind="difference_not_shown", sentence=sentence, serious=True)


def time_not_shown() -> Diagnosis:
    """A c that may as well be 1."""
    sentence = tr(
        "Nothing shows a customer's own risk of leaving to change with time: with c = 1 the model explains the counts "
        "about as well."
    )
    return Diagnosis(kind="time_not_shown", sentence=sentence, serious=False)


def endless(params: Mapping[str, float]) -> Iterator[Diagnosis]:
    """An expected lifetime without end."""
    if params["alpha"] * params.get("c", 1.0) > 1:
        return
    sentence = tr(
        "The expected lifetime of a customer is infinite in this model: so many leave so seldom. Read it up to a "
        "horizon, or discounted."
    )
    yield Diagnosis(kind="infinite_mean", sentence=sentence, serious=False)
