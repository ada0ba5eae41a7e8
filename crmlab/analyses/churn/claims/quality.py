"""How good the score is, and whether it or the benchmark makes the list, in sentences."""

from crmlab.analyses.churn.chances import CONTRACT
from crmlab.analyses.churn.claims.words import ends
from crmlab.analyses.churn.quality import Brier, Calibration
from crmlab.analyses.churn.study import Judged, Study
from crmlab.estimate import Estimate
from crmlab.language import count, interval, number, percent, signed, signed_percent, tr

CHANCE = 0.5


def loses(difference: Estimate) -> bool:
    """Whether the score is shown to order worse than the benchmark."""
    return difference.high is not None and difference.high < 0


def auc_claim(found: Estimate) -> str:
    """The order of the score in the last window."""
    told = {"auc": number(found.value, 3), "interval": ends(found), "n": count(found.n), "window": found.window}
    if found.low is not None and found.low > CHANCE:
        return tr(
            "Of one who left and one who stayed, the score puts the leaver first in {auc} of all pairs{interval}; n = "
            "{n}, {window}.",
            **told,
        )
    return tr(
        "It is not shown that the score orders better than chance: it puts the leaver first in {auc} of all pairs"
        "{interval}; n = {n}, {window}.",
        **told,
    )


def benchmark_claim(found: Estimate, of: Study) -> str:
    """The score's AUC less that of what needs no columns."""
    told = {"difference": _signed(found.value), "interval": ends(found), "bar": _bar(of)}
    if found.low is not None and found.low > 0:
        return tr("It beats {bar}: its AUC is {difference} higher{interval}.", **told)
    if loses(found):
        return tr(
            "It loses to {bar}: the difference of AUC is {difference}{interval}. The list below is made by "
            "that instead.",
            **told,
        )
    return tr(
        "It is not shown to beat {bar}: the difference of AUC is {difference}{interval}. The simpler one will do.",
        **told,
    )


def judged_claim(found: Judged, of: Study) -> str:
    """Of what everything that follows is said: of that by which the list is made."""
    if found.demoted:
        return tr(
            "The list is made by {bar}, to which the score lost. So all that follows judges that, not the score: the "
            "calls, the probabilities, the thresholds and the errors by group.",
            bar=_bar(of),
        )
    return tr("The list is made by the score, and so all that follows judges the score.")


def orders(found: Judged) -> dict[str, str]:
    """What orders the calls and what the other order is, as they are called in a figure."""
    names = (tr("by the score"), tr("by the benchmark"))
    return dict(zip(("by", "other"), names[::-1] if found.demoted else names, strict=True))


def of_list_claim(said: str, found: Judged) -> str:
    """A sentence that can stand apart from the others: with the benchmark's name where it is not about the score."""
    return tr("By the benchmark, which makes the list: {said}", said=said) if found.demoted else said


def lift_claim(found: Estimate) -> str:
    """Lift in the top decile."""
    told = {"lift": number(found.value), "interval": ends(found, 2), "n": count(found.n), "window": found.window}
    if found.low is not None and found.low > 1:
        return tr(
            "In the top tenth by score, {lift} times as many leave as in all{interval}; n = {n}, {window}.", **told
        )
    return tr(
        "It is not shown that more leave in the top tenth by score than in all: {lift} times as many{interval}; n = "
        "{n}, {window}.",
        **told,
    )


def brier_claim(found: Brier) -> str:
    """Skill of the probabilities over one for everybody."""
    told = {
        "skill": signed_percent(found.skill.value),
        "interval": interval(found.skill.low, found.skill.high, signed_percent),
        "score": number(found.score, 4),
        "base": number(found.base, 4),
    }
    if found.skill.low is not None and found.skill.low > 0:
        return tr(
            "The probabilities are nearer to what came than one for everybody: skill {skill}{interval}, Brier score "
            "{score} against {base}.",
            **told,
        )
    return tr(
        "The probabilities are not shown to be nearer to what came than one for everybody: skill {skill}{interval}, "
        "Brier score {score} against {base}.",
        **told,
    )


def calibration_claim(found: Calibration) -> str:
    """Whether level and spread of the probabilities are right."""
    level, slope = found.intercept, found.slope
    if level.contains(0):
        first = tr("The level is right as far as can be seen (intercept {value}{interval}).", **_told(level))
    elif level.value > 0:
        first = tr("More left than the probabilities said (intercept {value}{interval}).", **_told(level))
    else:
        first = tr("Fewer left than the probabilities said (intercept {value}{interval}).", **_told(level))
    if slope is None:
        return first
    if slope.contains(1):
        second = tr("So is the spread (slope {value}{interval}).", **_told(slope))
        if not level.contains(0):
            second = tr("The spread is right as far as can be seen (slope {value}{interval}).", **_told(slope))
    elif slope.value < 1:
        second = tr("High ones are too high and low ones too low (slope {value}{interval}).", **_told(slope))
    else:
        second = tr("They differ less than they could (slope {value}{interval}).", **_told(slope))
    return f"{first} {second}"


def adjusted_claim(before: Brier, after: Brier) -> str:
    """What moving the level to that of the window before did."""
    told = {"before": number(before.score, 4), "after": number(after.score, 4)}
    if after.score < before.score:
        return tr(
            "Moved to the level of the window before, the probabilities come nearer: Brier score {after} instead of "
            "{before}.",
            **told,
        )
    return tr(
        "Moving them to the level of the window before would not have helped: Brier score {after} instead of {before}.",
        **told,
    )


def rarer_claim(precision: float, halved: float, size: int) -> str:
    """What the same order is worth where half as many leave."""
    return tr(
        "With the same order but half as many leavers, {halved} instead of {precision} of the first {size} calls would "
        "be expected to go to a leaver: AUC would not move, the calls would be worth less.",
        halved=percent(halved),
        precision=percent(precision),
        size=count(size),
    )


def ceiling_claim(known: Estimate, said: Estimate) -> str:
    """How well one could order who knew each contract's own planted chance."""
    return tr(
        "Even who knew each contract’s own planted chance to leave would order {known} of all pairs rightly{ends}; the "
        "score orders {said}. The rest is chance, which no column foresees.",
        known=number(known.value, 3),
        ends=ends(known),
        said=number(said.value, 3),
    )


def _bar(of: Study) -> str:
    if of.setting == CONTRACT:
        return tr("the share that left at a first, second, third and later renewal")
    return tr("the model of buying alone")


def _told(found: Estimate) -> dict[str, str]:
    return {"value": number(found.value), "interval": ends(found, 2)}


def _signed(value: float) -> str:
    return signed(number(abs(value), 3), value)
