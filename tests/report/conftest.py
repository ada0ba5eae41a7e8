"""A small notebook, a stand-in for a client, and runs of the one on the other, each made once for all tests."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import pytest

from crmlab import suite
from crmlab.brand import Brand
from crmlab.client import Commission, Economics
from crmlab.report.run import RunResult, run_notebook

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def small() -> suite.Notebook:
    """A notebook with findings, a list, a figure, prose of every kind, and a parameter that makes it go wrong."""
    return suite.Notebook(
        name="99_small",
        path=Path(__file__).parent.parent / "fixtures" / "99_small.ipynb",
        question="What does the small notebook say?",
        needs={"transactions": ["customer_id", "date", "amount"]},
        gates={"customers": 100},
    )


@pytest.fixture(scope="session")
def stand_in() -> Callable[..., Any]:
    """What the report needs of a client: kept rows 10.50 and 3.00, one row without a customer."""
    backend = ibis.duckdb.connect()
    backend.raw_sql(
        """create table transactions as from (values
            ('a', date '1997-01-01', 10.5::decimal(18, 4), null),
            ('b', date '1998-06-01', 3::decimal(18, 4), null),
            (null, date '1998-01-01', 1::decimal(18, 4), 'missing_customer_id')
        ) rows(customer_id, date, amount, excluded_by)"""
    )
    table = backend.table("transactions")

    def make(client_id: str = "shop", name: str = "Shop & Sons", data_key: str = "d" * 64) -> Any:
        return SimpleNamespace(
            id=client_id,
            name=name,
            observed_until=date(1998, 6, 30),
            currency="USD",
            economics=Economics(),
            brand=Brand(),
            commission=Commission(analyst="A. Analyst", confidentiality="Internal"),
            data_key=data_key,
            source_path=Path("client.yml"),
            sources=(SimpleNamespace(file=f"sales {SCRIPT}.csv", sha256="a" * 64, bytes=1234, rows=3),),
            table=lambda _name: table,
        )

    return make


@dataclasses.dataclass(frozen=True)
class Runs:
    """Finished runs; tests read them and never write there."""

    done: RunResult
    twin: RunResult
    again: RunResult
    teaching: RunResult
    refused: RunResult


@pytest.fixture(scope="session")
def runs(small: suite.Notebook, stand_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")

    def run(client: Any, out: Path, parameters: Mapping[str, Any], **how: Any) -> RunResult:
        return run_notebook(client, small, out=out, parameters=parameters, **how)

    return Runs(
        done=run(stand_in(), one, {"mode": "warn"}),
        twin=run(stand_in(), other, {"mode": "warn"}),
        again=run(stand_in(), one, {"mode": "warn"}),
        teaching=run(stand_in("scripted", SCRIPT), one, {}, view="teaching"),
        refused=run(stand_in("few"), one, {"mode": "refuse"}),
    )
