"""Whom to call first: ranked by the probability to leave in the window to come, each with reason and day."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import floor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.churn.benchmark import benchmark
from crmlab.analyses.churn.chances import CONTRACT, day_of
from crmlab.analyses.churn.cohort import Cohort, cohort
from crmlab.analyses.churn.features import in_words
from crmlab.analyses.churn.hazard import HALF, Hazard
from crmlab.analyses.churn.logit import Logit, fit_logit
from crmlab.analyses.churn.spells import spells
from crmlab.analyses.churn.study import Study, Trial
from crmlab.errors import ParameterError
from crmlab.language import count, listed, percent, tr
from crmlab.language import day as spoken_day

Values = NDArray[np.float64]
REASONS = 2
LEAST_CONTRIBUTION = 0.05  # log-odds: less is no reason
MOST_HELD_OUT = 0.5


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The list, and who is not on it.

    Attributes
    ----------
    table : DataFrame
        Highest probability first: `customer_id`, `unit`, `due`, `probability` (to leave in the window), `later` (by the
        hazard, within `later_days`; NaN where nothing is said), `half_gone` (in words), `reason`, `value`, `purchases`,
        `days_since_last`, `expected_value` (the probability, by which a hold-out is layered).
    due : int
        Customers with a chance to leave in the window.
    no_consent, consent_unknown : int
        Of these, who has not agreed to be contacted, and of whom it is not known; 0 where the client holds neither.
    consent_held : bool
    beyond : int
        Who might be called but for the capacity.
    model : Logit or None
        Learnt from all windows; None where the list is the benchmark's.
    window : str
    later_days : int
    """

    table: pd.DataFrame
    due: int
    no_consent: int
    consent_unknown: int
    consent_held: bool
    beyond: int
    model: Logit | None
    window: str
    later_days: int


def calls(
    of: Study,
    tried: Trial,
    timing: Hazard | None,
    *,
    capacity: int,
    holdout: float,
    later_days: int,
    demoted: bool = False,
) -> Calls:
    """The list for the window after the last day observed, for `capacity` calls and those held out beside them.

    Who is held out is drawn afterwards. One row a customer: of several contracts that with the highest probability.
    With `demoted` probabilities are those of the benchmark, because the score lost to it.

    Raises
    ------
    DataError
        If nobody has a chance to leave in it.
    ParameterError
        If the capacity is below 1 or the hold-out no share up to a half.
    """
    if capacity < 1 or not 0 <= holdout <= MOST_HELD_OUT:
        raise ParameterError(
            tr(
                "The list needs a capacity of 1 or more and a hold-out from 0 to {most}.",
                most=percent(MOST_HELD_OUT, 0),
            )
        )
    whole = of.whole
    model = None if demoted else fit_logit(whole.features(tried.chosen), whole.lost)
    ahead = cohort(of.records, of.chances, of.observed_until, window_days=whole.window_days)
    features = ahead.features(tried.chosen)
    p = benchmark(whole, ahead, of.model) if model is None else model.probability(features)
    why = (
        [_by_benchmark(of, row, said) for row, said in zip(ahead.rows.to_dict(orient="records"), p, strict=True)]
        if model is None
        else reasons(signed_names(model, _told(model.contributions(features))))
    )
    table = _rows(of, ahead, p, why).join(_timing(of, ahead, p, timing, later_days))
    order = ["probability", "value", "purchases", "customer_id"]
    table = table.sort_values(order, ascending=[False, False, False, True], ignore_index=True)
    table = table.drop_duplicates("customer_id", ignore_index=True)
    agreed, held = _consent(of, table["customer_id"])
    allowed = table[agreed.to_numpy(dtype=object) == True] if held else table  # noqa: E712 - missing is neither
    size = min(len(allowed), floor(capacity / (1 - holdout) + 1e-9))
    return Calls(
        table=allowed.head(size).reset_index(drop=True),
        due=len(table),
        no_consent=int((agreed.to_numpy(dtype=object) == False).sum()) if held else 0,  # noqa: E712
        consent_unknown=int(agreed.isna().sum()) if held else 0,
        consent_held=held,
        beyond=len(allowed) - size,
        model=model,
        window=tr(
            "{start} to {end}",
            start=spoken_day(of.observed_until + timedelta(days=1)),
            end=spoken_day(of.observed_until + timedelta(days=whole.window_days)),
        ),
        later_days=later_days,
    )


def reasons(contributions: pd.DataFrame) -> list[str]:
    """For each row, what raises its log-odds most above the average customer's, in words; at most two reasons."""
    names = list(contributions.columns)
    values = contributions.to_numpy()
    first = np.argsort(-values, axis=1, kind="stable")[:, :REASONS]
    found = []
    for row, places in zip(values, first, strict=True):
        said = [names[place] for place in places if row[place] >= LEAST_CONTRIBUTION]
        found.append(said)
    return [_phrase(said) for said in found]


def signed_names(model: Logit, contributions: pd.DataFrame) -> pd.DataFrame:
    """`contributions` with each column named by what a contribution above 0 says of a customer."""
    above = dict(zip(model.table["feature"], model.table["coefficient"] > 0, strict=True))
    return contributions.rename(
        columns={name: in_words(name, above=bool(above[name])) for name in map(str, contributions.columns)}
    )


def headings(of: Calls) -> Mapping[str, str]:
    """Column headings of the list, in the language spoken."""
    return {
        "due": tr("chance to leave on"),
        "probability": tr("probability to leave, {window}", window=of.window),
        "later": tr("within {days} days", days=count(of.later_days)),
        "half_gone": tr("half of such customers gone by"),
        "unit": tr("contract or customer"),
    }


def _by_benchmark(of: Study, row: Mapping[Hashable, Any], said: float) -> str:
    if of.setting == CONTRACT:
        return tr(
            "renewal number {number}, at which {share} left so far", number=count(row["number"]), share=percent(said)
        )
    return tr("the model of buying sees no purchase before it with {share}", share=percent(said))


def _rows(of: Study, ahead: Cohort, p: Values, why: list[str]) -> pd.DataFrame:
    days = of.records.days
    by = days.groupby("customer_id")
    ids = ahead.rows["customer_id"]
    last = by["day"].last().reindex(ids).to_numpy(dtype=np.float64)
    due = [day_of(int(number)) for number in ahead.rows["due"]]
    return pd.DataFrame(
        {
            "customer_id": ids.to_numpy(),
            "unit": ahead.rows["unit"].to_numpy(),
            "due": due,
            "probability": p,
            "reason": [
                tr("{chance}: {why}", chance=_chance(of, day), why=one) for day, one in zip(due, why, strict=True)
            ],
            "value": by["value"].sum().reindex(ids).fillna(0).to_numpy(),
            "purchases": by.size().reindex(ids).fillna(0).to_numpy(),
            "days_since_last": of.chances.end - last,
            "expected_value": p,
        }
    )


def _chance(of: Study, day: object) -> str:
    said = spoken_day(day)  # type: ignore[arg-type]
    return tr("renewal on {day}", day=said) if of.setting == CONTRACT else tr("own deadline on {day}", day=said)


def _timing(of: Study, ahead: Cohort, p: Values, timing: Hazard | None, later_days: int) -> pd.DataFrame:
    """`later` and `half_gone` of the rows of `ahead`: `p` says what the window brings, the hazard what comes after.

    Two models that were not put together could say that less leave within a year than within its first months.
    """
    if timing is None:
        return pd.DataFrame({"later": np.full(len(p), np.nan), "half_gone": tr("no model of time")})
    met = spells(of.records, of.chances, of.observed_until, until=of.observed_until)
    first = pd.Series(p, index=ahead.rows["unit"]).reindex(met.of.rows["unit"]).fillna(0.0).to_numpy()
    given: dict[str, Any] = {"first": first, "first_days": ahead.window_days}
    later, days = timing.lost_within(met, later_days, **given), timing.half_gone(met, **given)
    days = np.where(first >= HALF, met.of.rows["due"].to_numpy() - of.chances.end, days)
    told = pd.DataFrame({"later": later, "days": days}, index=met.of.rows["unit"]).reindex(ahead.rows["unit"])
    beyond = tr("not within what was followed")
    words = [beyond if np.isnan(n) else spoken_day(of.observed_until + timedelta(days=int(n))) for n in told["days"]]
    return pd.DataFrame({"later": told["later"].to_numpy(), "half_gone": words})


def _consent(of: Study, ids: pd.Series) -> tuple[pd.Series, bool]:
    """Whether each customer agreed to be contacted (missing: not known), and whether the client holds that at all."""
    people = of.records.people
    if people is None or "may_contact" not in people:
        return pd.Series(pd.NA, index=ids.index, dtype="boolean"), False
    agreed = people.dropna(subset=["may_contact"]).groupby("customer_id")["may_contact"].min()
    return agreed.astype("boolean").reindex(ids).reset_index(drop=True), True


def _told(contributions: pd.DataFrame) -> pd.DataFrame:
    """Without the days left: the day of the chance says that already, and no caller can do anything about it."""
    return contributions.drop(columns="days_left", errors="ignore")


def _phrase(said: list[str]) -> str:
    return listed(said) if said else tr("nothing above the average customer")
