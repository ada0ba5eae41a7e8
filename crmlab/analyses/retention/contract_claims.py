"""What was found about contracts, as sentences made from the numbers.

Rising retention is said to be sorting only where customers were shown to differ; in a world where all are alike the
sentences say that nothing shows it.
"""

from collections.abc import Sequence

import pandas as pd

from crmlab.estimate import Estimate
from crmlab.language import count, interval, number, percent, tr, trn
from crmlab.models.contracts import BetaDiscreteWeibull, ShiftedBetaGeometric

SIGNIFICANT = 0.05
SMALLEST_P = 0.001
HALF = 0.5


def sorting_claim(ladder: pd.DataFrame, model: ShiftedBetaGeometric) -> str:
    """Whether customers differ, and what sorting makes of them.

    Parameters
    ----------
    ladder : DataFrame
        As `crmlab.models.contracts.ladder` returns it, the geometric and the sBG model in it.
    """
    row = _row(ladder, model.name)
    test = _test(row)
    if row["p"] >= SIGNIFICANT:
        return tr(
            "Nothing shows customers to differ ({test}): one churn rate for all explains the counts about as well, "
            "so nothing shows that retention rises.",
            test=test,
        )
    first, later = (float(model.churn_after(n)) for n in (0, model.observed))
    return tr(
        "Customers differ ({test}). By the sBG a new customer leaves at the next renewal with a mean chance of "
        "{first}, one who has made {n} renewals with {later}: in this model nobody changes, "
        "those who leave easily are gone.",
        test=test,
        first=percent(first),
        n=count(model.observed),
        later=percent(later),
    )


def time_claim(ladder: pd.DataFrame, model: BetaDiscreteWeibull) -> str:
    """Whether a customer's own risk changes with time, beside sorting."""
    row = _row(ladder, model.name)
    test = _test(row)
    if row["p"] >= SIGNIFICANT:
        return tr(
            "Nothing shows a customer's own risk of leaving to change with time ({test}): sorting alone explains "
            "the counts about as well.",
            test=test,
        )
    c = number(model.params["c"])
    if model.params["c"] > 1:
        return tr(
            "A customer's own risk of leaving rises with time (c = {c}; {test}): where retention of the cohort rises, "
            "sorting outweighs it.",
            c=c,
            test=test,
        )
    return tr("A customer's own risk of leaving falls with time (c = {c}; {test}), beside sorting.", c=c, test=test)


def half_claim(cohort: Estimate, base: Estimate, *, years: int) -> str:
    """What a new cohort loses in so many years, what a base of mixed tenures does, and which may be one half."""
    told = tr(
        "In {years} years a new cohort loses {cohort}{cohort_interval}, and a base of all these tenures "
        "{base}{base_interval}.",
        years=count(years),
        cohort=percent(cohort.value),
        cohort_interval=interval(cohort.low, cohort.high, level=cohort.level),
        base=percent(base.value),
        base_interval=interval(base.low, base.high, level=base.level),
    )
    return f"{told} {_half(cohort, base)}"


def _half(cohort: Estimate, base: Estimate) -> str:
    match cohort.contains(HALF), base.contains(HALF):
        case True, True:
            return tr("Half is within both intervals.")
        case True, False:
            return tr("Half is within the interval of the cohort, not of the base.")
        case False, True:
            return tr("Half is within the interval of the base, not of the cohort.")
        case _:
            return tr("Half is within neither interval.")


def kept_claim(kept: Estimate, *, years: int) -> str:
    """How many of a new cohort are left after so many years."""
    return tr(
        "Of {n} new customers {kept} will be left after {years} years{interval}, if the model holds beyond what was "
        "observed.",
        n=count(kept.n),
        kept=count(kept.value),
        years=count(years),
        interval=interval(kept.low, kept.high, count, kept.level),
    )


def holdout_claim(path: pd.DataFrame, counted: Sequence[float], *, name: str) -> str:
    """How many of the counts held out lie within their prediction intervals, and by how much the last one was missed.

    Parameters
    ----------
    path : DataFrame
        As `crmlab.models.contracts.kept_path` returns it.
    counted : sequence of float
        What was counted in the same periods.
    name : str
        Of the model, for the sentence.
    """
    then = path.iloc[: len(counted)]
    later = pd.Series(list(counted)[: len(then)], index=then.index, dtype="float64")
    inside = later.between(then["low"], then["high"]).sum()
    last = then.iloc[-1]
    return trn(
        len(later),
        "{name}: {inside} of {n} count held out lies within its prediction interval; it was {counted}, and "
        "{forecast}{interval} were forecast.",
        "{name}: {inside} of {n} counts held out lie within their prediction intervals; the last was {counted}, and "
        "{forecast}{interval} were forecast.",
        name=name,
        n=count(len(later)),
        inside=count(inside),
        counted=count(later.iloc[-1]),
        forecast=count(last["kept"]),
        interval=interval(float(last["low"]), float(last["high"]), count),
    )


def _row(ladder: pd.DataFrame, name: str) -> pd.Series:
    return ladder[ladder["model"] == name].iloc[0]


def _test(row: pd.Series) -> str:
    p = float(row["p"])
    if p < SMALLEST_P:
        return tr("likelihood ratio {ratio}, p below {p}", ratio=number(row["ratio"], 1), p=number(SMALLEST_P, 3))
    return tr("likelihood ratio {ratio}, p = {p}", ratio=number(row["ratio"], 1), p=number(p, 3))
