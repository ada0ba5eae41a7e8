"""Worlds that make analyses stumble: every notebook answers or says why not, and no page says what a program says."""

import datetime as dt
from pathlib import Path

import pytest

from crmlab.client import Client
from crmlab.report.client_report import ClientReport, make_report
from tests.conftest import WriteClient
from tests.page_checks import check_page, text_of
from tests.worlds.made import company

pytestmark = pytest.mark.slow

FIRST = dt.date(1997, 1, 5)


def check_report(made: ClientReport) -> dict[str, str]:
    """What became of each notebook by its number; none may fail, refuse without a reason or write nonsense."""
    assert [str(one.error) for one in made.failed] == []
    for outcome in made.outcomes:
        result = outcome.result
        assert result is not None
        assert bool(result.refusals) == (result.status == "refused")
        assert all(len(reason.split()) >= 5 for reason in result.refusals), result.refusals
        check_page(text_of((result.folder / "report.html").read_text("utf-8")))
        for reason in result.refusals:
            check_page(reason)
        for finding in result.findings:
            check_page(finding.claim)
    check_page(text_of(made.index.read_text("utf-8")))
    return {one.notebook.number: one.status for one in made.outcomes}


def shop(rows: list[str], write_client: WriteClient, out: Path) -> dict[str, str]:
    path = write_client("\n".join(["customer_id,date,amount", *rows]) + "\n")
    return check_report(make_report(Client.open(path), out=out, quiet=True))


def test_the_awkward_company_is_answered_or_refused(tmp_path: Path) -> None:
    client = company(tmp_path / "client", "awkward", seed=0, customers=300, branches=6)
    statuses = check_report(make_report(Client.open(client), out=tmp_path / "out", quiet=True))
    # The data of the company are all there, so that what does not need many customers or branches is answered.
    assert {number for number, status in statuses.items() if status == "done"} >= {"00", "02", "03", "04", "05", "90"}


def test_a_shop_that_takes_back_more_than_it_sold(write_client: WriteClient, tmp_path: Path) -> None:
    days = [
        (who, FIRST + dt.timedelta(days=(37 * who + 60 * number) % 700)) for who in range(150) for number in range(4)
    ]
    sold = [f"c{who},{day},{10 + who % 7}.00" for who, day in days]
    back = [f"c{who},{day + dt.timedelta(days=9)},-{20 + who % 7}.00" for who, day in days]
    statuses = shop(sold + back, write_client, tmp_path / "out")
    assert statuses["02"] == "refused"  # shares of a total below zero say nothing
    assert {statuses["04"], statuses["05"]} == {"done"}  # who buys when is known all the same


def test_a_shop_where_everybody_bought_once(write_client: WriteClient, tmp_path: Path) -> None:
    rows = [f"c{who},{FIRST + dt.timedelta(days=who % 500)},{10 + who % 50}.50" for who in range(300)]
    statuses = shop(rows, write_client, tmp_path / "out")
    assert statuses["06"] == "refused"  # with no second purchase there is nothing a model of repeats can learn from
