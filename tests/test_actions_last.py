"""The last report scored: from its lists alone, and by two reports in a row on a small client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab import suite
from crmlab.analyses import actions
from crmlab.analyses.actions import claims
from crmlab.client import Client
from crmlab.report.client_report import make_report
from crmlab.report.evidence import read_evidence
from crmlab.simulate import bgnbd_histories
from crmlab.tables.frame import clean_table

THEN, NOW = date(2020, 6, 30), date(2020, 9, 30)
SALES = clean_table(
    pd.DataFrame(
        [
            ("a", date(2020, 7, 5), 10.0),
            ("a", date(2020, 8, 5), 20.0),
            ("b", date(2020, 9, 1), 5.0),
            ("c", date(2020, 6, 1), 7.0),
            ("d", date(2020, 9, 30), 9.0),
        ],
        columns=["customer_id", "date", "amount"],
    )
)


@dataclass
class Part:
    observed_until: str = "2020-06-30"
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"horizon_months": 3})


@dataclass
class Earlier:
    lists: Mapping[str, pd.DataFrame]
    sections: tuple[Part, ...] = (Part(),)

    def section(self, _number: str, /) -> Part:
        return Part()

    def list(self, number: str, list_id: str, /) -> pd.DataFrame | None:
        return self.lists.get(f"{number}.{list_id}")


PLAN = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d"],
        "list": ["check_in", "check_in", "check_in", "let_go"],
        "arm": ["contact", "contact", "do_nothing", "no_contact"],
    }
)
FORECAST = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "purchases": [1.5, 0.5, 0.5],
        "purchases_low": [0.0, 0.0, 0.0],
        "purchases_high": [3.0, 0.0, 1.0],
    }
)
CALLS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d"],
        "unit": ["a", "b", "c", "d"],
        "due": [date(2020, 7, 20), date(2020, 8, 20), date(2020, 9, 1), date(2020, 12, 1)],
        "probability": [0.25, 0.5, 0.75, 0.5],
    }
)


def test_a_plan_with_names_of_old_lists_is_scored_by_them():
    score = actions.score_of(Earlier({"90.contact_plan": PLAN}), SALES, until=NOW)
    (found,) = score.outcomes  # nobody of let_go is contacted, so there is nothing to compare
    assert (found.name, found.contacted_bought, found.left_alone_bought) == ("check_in", 2, 0)
    assert claims.score_claims(score)[0].startswith("Ask the valuable who are late: of the 2 to be contacted 100.0 %")
    assert actions.score_of(Earlier({"90.contact_plan": PLAN}), SALES, until=date(2020, 9, 29)).outcomes == ()


def test_a_forecast_is_scored_once_its_horizon_has_passed():
    # Expected 2.5; a made 2, b 1 and c none: 3. b's one is above its 0, so 2 of 3 are inside.
    score = actions.score_of(Earlier({"06.customer_value": FORECAST}), SALES, until=NOW)
    assert score.forecast is not None
    assert (score.forecast.expected, score.forecast.actual) == (2.5, 3)
    assert score.forecast.inside.value == pytest.approx(2 / 3)
    assert actions.score_of(Earlier({"06.customer_value": FORECAST}), SALES, until=THEN).forecast is None


def test_deadlines_of_customers_without_contracts_are_scored_by_their_purchases():
    # a bought on 5 July, before 20 July; b on 1 September, after 20 August; c never; d's day has not come.
    score = actions.score_of(Earlier({"08.calls": CALLS}), SALES, until=NOW)
    assert score.departures is not None
    assert (score.departures.n, score.departures.expected, score.departures.actual) == (3, 1.5, 2)
    assert claims.score_lines(score) == ("The last report, scored: 1.5 departures were expected and 2 came.",)


def test_renewals_are_scored_by_the_contracts():
    listed = CALLS.assign(unit=["K1", "K2", "K3", "K4"])
    days = [(day - date(1970, 1, 1)).days for day in listed["due"]]
    lost = pd.array([True, False, False, None], dtype="boolean")
    ends = pd.DataFrame({"unit": listed["unit"], "due": days, "lost": lost})
    score = actions.score_of(Earlier({"08.calls": listed}), SALES, until=NOW, renewals=lambda: ends)
    assert score.departures is not None
    assert (score.departures.n, score.departures.actual) == (3, 1)
    assert actions.score_of(Earlier({"08.calls": listed}), SALES, until=NOW).departures is None


def client_of(folder: Path, sales: pd.DataFrame, until: date) -> Client:
    folder.mkdir()
    sales[sales["date"] <= pd.Timestamp(until)].to_csv(folder / "sales.csv", index=False, date_format="%Y-%m-%d")
    (folder / "client.yml").write_text(
        f"id: shop\nname: Shop\nobserved_until: {until}\ncurrency: EUR\ntables:\n"
        "  transactions:\n    files: sales.csv\n    columns: {customer_id: customer_id, date: date, amount: amount}\n"
        "economics: {margin_rate: 0.3, contact_cost: 1.0, contact_budget: 400, contact_capacity: 300}\n",
        encoding="utf-8",
    )
    return Client.open(folder)


@pytest.mark.slow
def test_two_reports_in_a_row_score_the_first(tmp_path, monkeypatch):
    """The second report finds the plan, the forecast and the calls of the first, and says how they did."""
    world = bgnbd_histories(
        np.random.default_rng(20), n_customers=700, start=date(2018, 1, 1), observed_until=NOW, r=0.8, alpha=8.0,
        a=0.4, b=2.4, acquired_over_days=600,
    )  # fmt: skip
    kept = tuple(one for one in suite.notebooks() if one.number in {"05", "06", "08", "90"})
    monkeypatch.setattr(suite, "notebooks", lambda: kept)
    out, settings = tmp_path / "out", {"horizon_months": "3", "n_draws": "400"}
    first = client_of(tmp_path / "first", world.transactions, THEN)
    made = make_report(first, out=out, settings=settings, quiet=True)
    assert [one.status for one in made.outcomes] == ["done"] * 4
    second = client_of(tmp_path / "second", world.transactions, NOW)
    again = make_report(second, out=out, settings=settings, quiet=True)
    evidence = read_evidence(out, second, again.report.inputs)
    score = actions.score_of(evidence.previous, second.table("transactions"), until=NOW)
    plan = read_evidence(out, second, again.report.inputs).previous.list("90", "contact_plan")
    both = plan.groupby("list")["arm"].nunique()
    assert {one.name for one in score.outcomes} == set(both[both == 2].index)
    assert all(one.difference.contains(0) for one in score.outcomes)  # nobody was contacted in this world
    assert score.departures is not None
    assert score.departures.n > 20
    (line,) = claims.score_lines(score)
    page = (again.report.folder / "report.html").read_text(encoding="utf-8")
    assert line.split(": ", 1)[1].split(";")[0].strip(".") in page
    assert "0 of" in line
