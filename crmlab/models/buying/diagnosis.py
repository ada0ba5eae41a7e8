"""What more than one model of buying may have to say about its fit, and whether dropout is shown at all."""

from collections.abc import Mapping

from scipy.stats import chi2

from crmlab.language import count, listed, number, tr
from crmlab.models.maximise import Maximum
from crmlab.models.results import Diagnosis

FEW_REPEAT_BUYERS = 100
LEVEL = 0.05  # of false alarms where nobody leaves


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


def dropout_p_value(gain: float) -> float:
    """The chance of so large a gain in log-likelihood by dropout, where nobody ever leaves.

    The NBD (of BG/BB: the beta-binomial) is the edge of a model with dropout, where its first parameter of dropout (a,
    s or γ) goes to 0. There the second (b, β or δ) means nothing: each of its values makes a test at the boundary of
    its own, and the search takes the largest of all. Twice the gain is then the square of the largest value of a
    Gaussian process, or 0 where all are negative (Andrews 2001, Econometrica 69(3)). By how often such a process
    crosses a level upwards (Davies 1977, Biometrika 64(2), section 3)

        P(2 gain > c) ≤ ½ P(χ²₁ > c) + κ / 2π · P(χ²₂ > c)

    with κ the length of the process's path on the sphere of normalised scores: the angle by which the direction of
    dropout turns. κ = 0, one direction, is the even mix of chi-square with 0 and 1 degree of freedom (Self and Liang
    1987, JASA 82, case 5), which forgets the second parameter and finds dropout too often. κ = π, every direction of
    a half-plane, is the even mix with 1 and 2. In worlds without dropout κ was 1.3 to 2.1 for BG/NBD, 1.6 to 2.6 for
    MBG/NBD and 0.1 to 1.7 for Pareto/NBD, other for other data. So the mix with 1 and 2 is taken for all: it errs on
    the safe side, and asks a gain of 2.57 where 1.4 to 2.4 would do.

    Parameters
    ----------
    gain : float
        Log-likelihood of the model with dropout less that of the same customers where nobody leaves.
    """
    statistic = 2 * max(gain, 0.0)
    return float(chi2.sf(statistic, 1) + chi2.sf(statistic, 2)) / 2


def dropout_is_shown(gain: float) -> bool:
    """Whether so large a gain is rarer than 5 % where nobody leaves."""
    return dropout_p_value(gain) < LEVEL


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
