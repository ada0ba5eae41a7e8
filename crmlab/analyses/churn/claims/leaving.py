"""What counts as leaving, how much of it there was, and when it comes, in sentences."""

from crmlab.analyses.churn.chances import CONTRACT
from crmlab.analyses.churn.claims.words import ALPHA, p_value
from crmlab.analyses.churn.cohort import Cohort
from crmlab.analyses.churn.features import label
from crmlab.analyses.churn.hazard import Hazard
from crmlab.analyses.churn.spells import Spells
from crmlab.analyses.churn.study import Study
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, percent, points, tr


def definition_claim(of: Study) -> str:
    """What counts as leaving here."""
    if of.setting == CONTRACT:
        return tr("A customer leaves by not renewing a contract: the day is in the contract, and everybody has it.")
    return tr(
        "Nobody says that they leave. A customer counts as lost on the day after which a model of buying holds it for "
        "likelier than not that they have gone, a deadline of each one's own that follows from their purchases."
    )


def windows_claim(of: Study) -> str:
    """What is learnt from, and what it is tried on."""
    train, test = of.train, of.test
    return tr(
        "Learnt from {rows} chances to leave, {share} of them taken ({learnt}); tried on {tried} later ones, {late} of "
        "them taken ({window}).",
        rows=count(len(train.rows)),
        share=percent(float(train.lost.mean())),
        learnt=train.window,
        tried=count(len(test.rows)),
        late=percent(float(test.lost.mean())),
        window=test.window,
    )


def returners_claim(found: Estimate | None) -> str:
    """How often the definition was wrong."""
    if found is None:
        return tr("A contract that ended has ended: the definition needs no correction.")
    return tr(
        "Of {n} deadlines that passed without a purchase, {share}{interval} were followed by one later: so often at "
        "least the definition was wrong.",
        n=count(found.n),
        share=percent(found.value),
        interval=interval(found.low, found.high),
    )


def shift_claim(found: Estimate, train: Cohort, test: Cohort) -> str:
    """Whether the share that leaves moved between learning and trying."""
    told = {
        "before": percent(float(train.lost.mean())),
        "after": percent(float(test.lost.mean())),
        "difference": points(found.value),
        "interval": interval(found.low, found.high, points),
    }
    if found.contains(0):
        return tr(
            "The share that leaves is not shown to have moved: {before} in the windows learnt from, {after} in the "
            "last ({difference}{interval}).",
            **told,
        )
    return tr(
        "The share that leaves moved from {before} in the windows learnt from to {after} in the last "
        "({difference}{interval}).",
        **told,
    )


def hazard_claim(timing: Hazard, followed: Spells) -> str:
    """Of whom it can be said when."""
    unit = tr("renewals") if followed.dates is not None else tr("days")
    return tr(
        "{n} customers were followed from {window}, and {lost} of them were lost; the clock runs in {unit}.",
        n=count(timing.n),
        lost=count(timing.lost),
        window=timing.window,
        unit=unit,
    )


def proportional_claim(timing: Hazard) -> str:
    """Whether the hazards are proportional."""
    table = timing.proportional
    broken = table[table["holm"] < ALPHA]
    if broken.empty:
        return tr(
            "It is not shown that any effect changes along the clock ({n} tests, smallest p after correction {p}).",
            n=count(len(table)),
            p=p_value(float(table["holm"].min())),
        )
    return tr(
        "The effect of {names} changes along the clock (corrected for {n} tests): read its hazard ratio as an average, "
        "and days far ahead with care.",
        names=listed(label(name) for name in broken["feature"]),
        n=count(len(table)),
    )


def bands_claim(table: object, days: int) -> str:
    """What was said of bands of like forecast and what came."""
    rows = table.to_dict(orient="records")  # type: ignore[attr-defined]
    inside = sum(row["low"] <= row["expected"] <= row["high"] for row in rows)
    low, high = rows[0], rows[-1]
    return tr(
        "Within {days} days {low} of the lowest band were lost and {high} of the highest; what was said lies inside "
        "the interval of what came in {inside} of {n} bands.",
        days=count(days),
        low=percent(low["share"]),
        high=percent(high["share"]),
        inside=count(inside),
        n=count(len(rows)),
    )
