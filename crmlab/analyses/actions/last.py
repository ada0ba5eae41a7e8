"""The last report, scored: its recommendations and its forecasts, where their time has passed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import ibis
import pandas as pd

from crmlab.analyses.actions.baseline import bought_between, horizon, purchase_counts
from crmlab.analyses.actions.changes import ForecastScore, Outcome, forecast_score, outcomes
from crmlab.analyses.actions.departures import DeparturesScore, departures_score


class Part(Protocol):
    """What is read of one notebook's run."""

    @property
    def observed_until(self) -> str:
        """The last day of its data, as 1998-06-30; empty where there is none."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it ran with."""


class Earlier(Protocol):
    """What is read of the evidence behind an earlier report, that report's own part last."""

    @property
    def sections(self) -> Sequence[Part]:
        """One a notebook."""

    def section(self, notebook_number: str, /) -> Part | None:
        """What came of one notebook."""

    def list(self, notebook_number: str, list_id: str, /) -> pd.DataFrame | None:
        """One of its lists."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """How the last report did; empty where there is none, or none of its days have come.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Of the plan's lists, if its review date has passed.
    forecast : ForecastScore or None
        Of notebook 06, if the end of its horizon has passed.
    departures : DeparturesScore or None
        Of notebook 08, of those whose day has passed.
    """

    outcomes: tuple[Outcome, ...] = ()
    forecast: ForecastScore | None = None
    departures: DeparturesScore | None = None


def score_of(
    earlier: Earlier | None,
    transactions: ibis.Table,
    *,
    until: date,
    renewals: Callable[[], pd.DataFrame] | None = None,
) -> Score:
    """The score of the last report on the data of now.

    Parameters
    ----------
    earlier : Evidence or None
        Of the last report.
    transactions : ibis.Table
        A clean table.
    until : date
        The last day observed now.
    renewals : callable, optional
        What became of every renewal: `unit`, `due` (days since 1970-01-01), `lost`; None for a client without
        contracts.
    """
    last = earlier.sections[-1] if earlier and earlier.sections else None
    if earlier is None or last is None or not last.observed_until:
        return Score()
    then = date.fromisoformat(last.observed_until)
    return Score(
        outcomes=_outcomes(earlier, last, transactions, then, until),
        forecast=_forecast(earlier, transactions, then, until),
        departures=_departures(earlier, transactions, then, until, renewals),
    )


def _outcomes(earlier: Earlier, last: Part, transactions: ibis.Table, then: date, until: date) -> tuple[Outcome, ...]:
    plan = earlier.list("90", "contact_plan")
    review = horizon(then, months=last.parameters["horizon_months"]).end
    if plan is None or review > until:
        return ()
    return tuple(outcomes(plan, bought_between(transactions, after=then, until=review), after=then, until=review))


def _forecast(earlier: Earlier, transactions: ibis.Table, then: date, until: date) -> ForecastScore | None:
    part, forecast = earlier.section("06"), earlier.list("06", "customer_value")
    if part is None or forecast is None:
        return None
    end = horizon(then, months=part.parameters["horizon_months"]).end
    if end > until:
        return None
    return forecast_score(forecast, purchase_counts(transactions, after=then, until=end), after=then, until=end)


def _departures(
    earlier: Earlier,
    transactions: ibis.Table,
    then: date,
    until: date,
    renewals: Callable[[], pd.DataFrame] | None,
) -> DeparturesScore | None:
    calls = earlier.list("08", "calls")
    if calls is None or calls.empty:
        return None
    by_contract = not calls["unit"].astype(str).equals(calls["customer_id"].astype(str))
    if by_contract and renewals is None:
        return None
    ends = _of_contracts(renewals()) if by_contract and renewals else _without_contracts(calls, transactions, then)
    return departures_score(calls, ends, after=then, until=until)


def _of_contracts(renewals: pd.DataFrame) -> pd.DataFrame:
    return renewals[["unit", "lost"]].assign(due=pd.to_datetime(renewals["due"], unit="D"))


def _without_contracts(calls: pd.DataFrame, transactions: ibis.Table, then: date) -> pd.DataFrame:
    """Who bought nothing after the list's last day up to a deadline of their own counts as lost."""
    due = pd.to_datetime(calls["due"])
    bought = bought_between(transactions, after=then, until=due.max().date())
    first = pd.to_datetime(calls["customer_id"].map(bought.set_index("customer_id")["date"]))
    return pd.DataFrame({"unit": calls["unit"], "due": due, "lost": ~(first <= due)})
