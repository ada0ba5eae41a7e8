"""What more than one model of buying may have to say about its fit."""

from collections.abc import Mapping

from crmlab.language import count, listed, number, tr
from crmlab.models.maximise import Maximum
from crmlab.models.results import Diagnosis

FEW_REPEAT_BUYERS = 100


def few_customers(repeat_buyers: int) -> list[Diagnosis]:
    """That a model rests on few customers, if it does."""
    if repeat_buyers >= FEW_REPEAT_BUYERS:
        return []
    sentence = tr(
        "The model rests on {n} customers with a repeat purchase; below {few} its intervals are rough.",
        n=count(repeat_buyers),
        few=count(FEW_REPEAT_BUYERS),
    )
    return [Diagnosis(kind="few_customers", sentence=sentence, serious=False)]


def flat(found: Maximum, params: Mapping[str, float]) -> list[Diagnosis]:
    """Which parameters the purchases do not determine, if there are any."""
    loose = [name for name, undetermined in zip(params, found.undetermined, strict=True) if undetermined]
    if not loose:
        return []
    sentence = tr(
        "The purchases do not determine the parameters {names} (found: {values}): very different values explain them "
        "as well. The model's forecasts can still be sound; these parameters by themselves, and the standard errors of "
        "the others, which take them as known, are not.",
        names=listed(loose),
        values=listed(number(params[name]) for name in loose),
    )
    return [Diagnosis(kind="flat", sentence=sentence, serious=True)]


def no_dropout(parameter: str) -> Diagnosis:
    """That it looks as if nobody left, `parameter` being the one of dropout that went to 0."""
    sentence = tr(
        "The purchases look as if no customer ever left (the dropout parameter {name} goes to 0). The probability of "
        "still being a customer is then 100 % for everybody and means nothing, and forecasts assume that nobody will "
        "leave.",
        name=parameter,
    )
    return Diagnosis(kind="no_dropout", sentence=sentence, serious=True)


def dropout_not_shown() -> Diagnosis:
    """That a model in which nobody leaves is about as likely."""
    sentence = tr(
        "A model in which no customer ever leaves explains these purchases about as well. Who has left cannot be told "
        "from them, so the probabilities of still being a customer carry little information."
    )
    return Diagnosis(kind="dropout_not_shown", sentence=sentence, serious=True)
