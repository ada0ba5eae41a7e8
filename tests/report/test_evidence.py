import dataclasses
import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import suite
from crmlab.errors import ReportError
from crmlab.findings import LIST_MIME, ActionList
from crmlab.report import folder as run_folder
from crmlab.report import record
from crmlab.report.collect import collect
from crmlab.report.contents import json_bytes
from crmlab.report.evidence import latest_runs, parts, read_evidence
from crmlab.report.tables_out import csv_bytes

NOW = SimpleNamespace(id="shop", data_key="d" * 64, observed_until=date(1998, 6, 30))
TABLE = pd.DataFrame(
    {
        "customer_id": ["=1+1", "007", "'x", "''=y", "7"],
        "value": [0.1 + 0.2, 1e-17, -0.0, np.nan, 12345678.123456789],
        "purchases": [1, 2, 3, 2**60, 5],
        "reason": ["-5 days", "+1", "", "nan", "None"],
    }
)


def notebook(*bundles: dict[str, Any]) -> SimpleNamespace:
    outputs = [SimpleNamespace(output_type="display_data", data=bundle, get={"data": bundle}.get) for bundle in bundles]
    return SimpleNamespace(cells=[{"outputs": outputs}])


def kept_list(table: pd.DataFrame):
    """The list as the runner has it, after the JSON of a notebook."""
    listing = ActionList("top", "The top", table, {}, {})
    bundle = json.loads(json.dumps(listing._repr_mimebundle_(), allow_nan=False))
    return collect(notebook({LIST_MIME: bundle[LIST_MIME]})).lists[0]


@pytest.fixture
def add(tmp_path):
    """Put a finished run into the client's folder, as the runner leaves it."""

    def add(folder: str, *, table: pd.DataFrame | None = None, data_key="d" * 64, inputs=(), **more: Any) -> None:
        name = folder.rpartition("-")[0]
        lists = [] if table is None else [kept_list(table)]
        content = {
            "client": {"id": "shop", "data_key": data_key, "observed_until": "1998-06-30"},
            "notebook": {"name": name, "question": f"{name}?"}, "parameters": {"seed": 1, "language": "en"},
            "status": "done", "findings": [], "refusals": [], "warnings": [],
            "lists": [{"id": one.id, "title": one.title, "file": one.file, "rows": len(one.rows)} for one in lists],
        } | more  # fmt: skip
        files = {
            record.RECORD: json_bytes(content),
            record.LISTS: json_bytes(record.list_rows(lists)),
            record.RUN: json_bytes({"inputs": list(inputs)}),
        }
        run_folder.publish(tmp_path / "shop" / folder, files)
        line = json.dumps({"notebook": name, "folder": folder})
        run_folder.write_bytes(tmp_path / "shop" / record.LOG, f"{line}\n".encode(), append=True)

    return add


def found(finding_id: str, value: float) -> dict[str, Any]:
    return {
        "id": finding_id, "claim": "A claim.", "value": value, "unit": "share", "low": 0.1, "high": 0.9, "n": 10,
        "method": "m", "denominator": "d", "window": "w", "level": 0.95, "headline": True,
    }  # fmt: skip


def test_findings_come_back_with_their_grade_and_old_ones_without(tmp_path, add):
    add("02_pareto-1", findings=[found("02.old", 0.1), found("02.new", 0.2) | {"evidence": "experiment"}])
    old, new = read_evidence(tmp_path, NOW).findings("02")
    assert (old.evidence, old.grade) == (None, "")
    assert (new.evidence, new.grade[:21]) == ("experiment", "Evidence: experiment.")


def test_list_comes_back_exactly_as_the_notebook_had_it(tmp_path, add):
    add("02_pareto-1", table=TABLE)
    back = read_evidence(tmp_path, NOW).list("02", "top")
    pd.testing.assert_frame_equal(back, TABLE, check_exact=True)
    assert np.signbit(back.value[2])


@given(
    st.lists(
        st.tuples(st.text(), st.floats(allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.booleans()),
        max_size=5,
    )
)
def test_any_list_comes_back_although_its_csv_is_made_safe(rows):
    rows = [(text.encode("utf-8", "replace").decode(), *rest) for text, *rest in rows]
    table = pd.DataFrame(rows, columns=["customer_id", "value", "purchases", "kept"])
    table = table.astype({"customer_id": "str", "value": "float64", "purchases": "int64", "kept": "bool"})
    table["reason"] = pd.Series(["-"] * len(table), dtype="str")
    kept = kept_list(table)
    csv_bytes(kept)  # the spreadsheet's copy is another file; this one is not touched by it
    payload = json.loads(json_bytes(record.list_rows([kept])))["top"]
    pd.testing.assert_frame_equal(record._frame(payload), table, check_exact=True)


def test_dates_categories_and_missing_texts_come_back(tmp_path, add):
    table = pd.DataFrame(
        {
            "customer_id": [1, 2],
            "since": pd.to_datetime(["1997-01-01 10:30", None]),
            "state": pd.Categorical(["new", "lapsed"]),
            "reason": pd.Series(["x", None], dtype="str"),
        }
    )
    add("02_pareto-1", table=table)
    back = read_evidence(tmp_path, NOW).list(2, "top")
    pd.testing.assert_frame_equal(back, table.astype({"state": "str"}))


def test_list_that_nobody_made_is_none(tmp_path, add):
    add("02_pareto-1", table=TABLE)
    evidence = read_evidence(tmp_path, NOW)
    assert evidence.list("02", "other") is None
    assert evidence.list("77", "top") is None
    assert evidence.finding("02.no") is None
    assert evidence.findings(77) == ()


def test_latest_run_on_the_same_data_is_taken(tmp_path, add):
    add("02_pareto-1", findings=[found("02.top_share", 0.5)])
    add("02_pareto-2", findings=[found("02.top_share", 0.6)])
    add("02_pareto-3", findings=[found("02.top_share", 0.7)], data_key="e" * 64)
    add("02_pareto-4", findings=[found("02.top_share", 0.8)], parameters={"language": "fa"})
    evidence = read_evidence(tmp_path, NOW)
    assert evidence.finding("02.top_share").value == 0.6
    assert evidence.runs == ("02_pareto-2",)
    assert [one.value for one in evidence.findings("02")] == [0.6]


def test_named_runs_are_taken_instead_of_the_latest(tmp_path, add):
    add("02_pareto-1", findings=[found("02.top_share", 0.5)])
    add("02_pareto-2", findings=[found("02.top_share", 0.6)])
    assert read_evidence(tmp_path, NOW, ["02_pareto-1"]).finding("02.top_share").value == 0.5


def test_every_notebook_has_a_section_whatever_came_of_it(tmp_path, add):
    add("02_pareto-1", status="refused", refusals=["only 3 customers; 100 are needed"])
    sections = read_evidence(tmp_path, NOW).sections
    assert [one.notebook for one in sections] == [one.name for one in parts()]
    of_pareto = next(one for one in sections if one.number == "02")
    assert (of_pareto.status, of_pareto.reasons) == ("refused", ("only 3 customers; 100 are needed",))
    assert of_pareto.key == "1"


def test_nothing_was_run(tmp_path):
    evidence = read_evidence(tmp_path / "nowhere", NOW)
    assert {one.status for one in evidence.sections} == {"not_run"}
    assert evidence.previous is None
    assert evidence.runs == ()


def test_failed_run_says_what_went_wrong_and_gives_way_to_one_that_ended(tmp_path, add):
    failure = {"cell": "fit", "error": "ValueError: no"}
    add("02_pareto-1", status="failed", failure=failure)
    assert read_evidence(tmp_path, NOW).section("02").reasons == ("ValueError: no",)
    add("02_pareto-2")
    add("02_pareto-3", status="failed", failure=failure)
    assert read_evidence(tmp_path, NOW).section("02").status == "done"


def test_run_in_progress_is_not_taken(tmp_path, add):
    add("02_pareto-1")
    (tmp_path / "shop" / "02_pareto-1").rename(tmp_path / "shop" / ".02_pareto-1.partial-abc123-1-aa")
    assert read_evidence(tmp_path, NOW).runs == ()


@pytest.mark.parametrize("file", [record.RECORD, record.LISTS])
def test_damaged_run_is_named_and_not_taken(tmp_path, add, file):
    add("02_pareto-1", table=TABLE)
    path = tmp_path / "shop" / "02_pareto-1" / file
    path.write_text(path.read_text("utf-8")[:-9], "utf-8")
    evidence = read_evidence(tmp_path, NOW)
    assert "02_pareto-1 was changed" in evidence.damaged[0]
    assert evidence.section("02").status == "not_run"
    assert evidence.section("02").reasons == evidence.damaged
    assert str(tmp_path) not in evidence.damaged[0]


def test_list_that_lost_rows_is_damage(tmp_path, add):
    add("02_pareto-1", table=TABLE)
    path = tmp_path / "shop" / "02_pareto-1" / record.LISTS
    content = json.loads(path.read_text("utf-8"))
    content["top"]["rows"].pop()
    path.write_text(json.dumps(content), "utf-8")
    assert "4 rows of top, and the record says 5" in read_evidence(tmp_path, NOW).damaged[0]


def test_runs_that_do_not_fit_are_refused_all_at_once(tmp_path, add):
    add("02_pareto-1")
    add("02_pareto-2")
    add("02_pareto-3", data_key="e" * 64)
    with pytest.raises(ReportError) as refused:
        read_evidence(tmp_path, NOW, ["02_pareto-1", "02_pareto-2", "02_pareto-3", "04_x-1", "../shop/02_pareto-1"])
    assert "02_pareto-3 was made on other data" in str(refused.value)
    assert "no run folder '04_x-1' in shop" in str(refused.value)
    assert "no run folder '../shop/02_pareto-1'" in str(refused.value)
    assert "02_pareto is named more than once" in str(refused.value)


def test_previous_is_the_last_client_report_on_other_data(tmp_path, add):
    before = {"data_key": "c" * 64}
    add("02_pareto-1", findings=[found("02.top_share", 0.5)], **before)
    add("90_client_report-1", findings=[found("90.all", 1.0)], table=TABLE, inputs=["02_pareto-1"], **before)
    add("02_pareto-2", findings=[found("02.top_share", 0.6)])
    add("90_client_report-2", inputs=["02_pareto-2"])
    assert latest_runs(tmp_path, NOW) == ("02_pareto-2", "90_client_report-1")
    previous = read_evidence(tmp_path, NOW).previous
    assert previous.finding("02.top_share").value == 0.5
    assert previous.finding("90.all").value == 1.0
    assert len(previous.list(90, "top")) == len(TABLE)
    assert read_evidence(tmp_path, NOW, ["02_pareto-2"]).previous is None


def test_report_on_later_data_is_not_the_previous_one(tmp_path, add):
    client = {"id": "shop", "data_key": "e" * 64, "observed_until": "1999-06-30"}
    add("90_client_report-1", client=client)
    assert read_evidence(tmp_path, NOW).previous is None


def test_suite_has_parts_and_gathering_notebooks_apart():
    assert {one.name for one in suite.notebooks()} >= {one.name for one in parts()}
    assert not [one for one in parts() if one.number.startswith("9")]
    assert dataclasses.is_dataclass(parts()[0])
