from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from crmlab.errors import ReportError
from crmlab.findings import FINDINGS_MIME, LIST_MIME, REFUSAL_MIME
from crmlab.report.collect import collect, without_payloads

FINDING = {
    "id": "02.top_share", "claim": "The top brings half.", "value": 0.5, "unit": "share", "low": 0.4, "high": 0.6,
    "n": 10, "method": "bootstrap", "denominator": "buyers", "window": "1997", "level": 0.95, "headline": False,
}  # fmt: skip
LIST = {
    "id": "top",
    "title": "The top",
    "units": {},
    "headings": {},
    "table": {"columns": ["customer_id", "reason"], "data": [["a", "first"]]},
}


def notebook(*bundles: dict[str, Any], stderr: str = "", error: str = "") -> Any:
    outputs = [new_output("display_data", data=bundle) for bundle in bundles]
    outputs += [new_output("stream", name="stderr", text=stderr)] if stderr else []
    outputs += [new_output("error", ename="Refusal", evalue=error, traceback=[])] if error else []
    return new_notebook(cells=[new_code_cell("x", outputs=outputs)])


def test_everything_is_collected_in_order():
    second = FINDING | {"id": "02.gini", "headline": True}
    found = collect(notebook({FINDINGS_MIME: [FINDING, second]}, {LIST_MIME: LIST}, stderr="careful\n"))
    assert [finding.id for finding in found.findings] == ["02.top_share", "02.gini"]
    assert [finding.id for finding in found.headlines] == ["02.gini"]
    assert found.lists[0].rows == (("a", "first"),)
    assert found.warnings == ("careful",)
    assert found.refusals == ()


def test_first_three_findings_are_headlines_where_none_is_marked():
    rows = [FINDING | {"id": f"02.f{number}"} for number in range(5)]
    found = collect(notebook({FINDINGS_MIME: rows}))
    assert [finding.id for finding in found.headlines] == ["02.f0", "02.f1", "02.f2"]


def test_refusal_is_its_statement_or_else_the_error_itself():
    assert collect(notebook({REFUSAL_MIME: ["few", "short"]}, error="few; short")).refusals == ("few", "short")
    assert collect(notebook(error="few; short")).refusals == ("few; short",)


@pytest.mark.parametrize(
    ("bundles", "told"),
    [
        ([{FINDINGS_MIME: [FINDING]}, {FINDINGS_MIME: [FINDING]}], "finding id '02.top_share' stands 2 times"),
        ([{LIST_MIME: LIST}, {LIST_MIME: LIST}], "list id 'top' stands 2 times"),
        ([{FINDINGS_MIME: [FINDING | {"value": float("nan")}]}], "missing or infinite"),
        ([{FINDINGS_MIME: [FINDING | {"high": float("inf")}]}], "missing or infinite"),
        ([{FINDINGS_MIME: [FINDING | {"value": None}]}], "missing or infinite"),
        ([{FINDINGS_MIME: [FINDING | {"colour": "red"}]}], "does not have the fields"),
    ],
)
def test_unsound_outputs_are_refused(bundles, told):
    with pytest.raises(ReportError, match=told):
        collect(notebook(*bundles))


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "a\\b", "", "A", "con", "com1", "a.csv", "-a", "a" * 61, "top\n", "..", "<script>"]
)
def test_list_id_never_becomes_a_path(name):
    with pytest.raises(ReportError, match="cannot name a file"):
        collect(notebook({LIST_MIME: LIST | {"id": name}}))


def test_payload_of_a_list_is_left_out_and_its_table_stays():
    executed = notebook({LIST_MIME: LIST, "text/html": "<table></table>"})
    kept = nbformat.writes(without_payloads(executed))
    assert LIST_MIME not in kept
    assert "<table></table>" in kept
