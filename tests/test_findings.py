"""What leaves a notebook: each output readable by people and by programs."""

import json
import re
from dataclasses import asdict, dataclass
from typing import get_args

import pandas as pd
import pytest

from crmlab.display import Unit
from crmlab.errors import DataError
from crmlab.estimate import Estimate, Evidence
from crmlab.findings import (
    FINDINGS_MIME,
    LIST_MIME,
    REFUSAL_MIME,
    ActionList,
    Finding,
    Refusal,
    finding,
    findings,
    refusing,
)


@dataclass(frozen=True)
class Number:
    value: float = 0.621
    low: float | None = 0.596
    high: float | None = 0.65
    n: int = 812
    level: float = 0.95
    method: str = "studentised bootstrap"
    denominator: str = "customers who bought"
    window: str = "1997-07-01 to 1998-06-30"
    evidence: Evidence = "description"


def share(**changed: object) -> Finding:
    return finding("02.top_share", "The top made <most>.", Number(**changed), headline=True)


def test_a_finding_takes_everything_from_its_estimate() -> None:
    assert share() == Finding(
        id="02.top_share",
        claim="The top made <most>.",
        value=0.621,
        unit="share",
        low=0.596,
        high=0.65,
        n=812,
        method="studentised bootstrap",
        denominator="customers who bought",
        window="1997-07-01 to 1998-06-30",
        level=0.95,
        headline=True,
        evidence="description",
    )


def test_findings_leave_as_json_and_as_a_table() -> None:
    bundle = findings(share(), share(low=None, high=None))._repr_mimebundle_()
    rows = json.loads(json.dumps(bundle[FINDINGS_MIME], allow_nan=False))
    assert rows[0]["id"] == "02.top_share"
    assert (rows[0]["value"], rows[1]["low"]) == (0.621, None)
    assert "The top made &lt;most&gt;." in bundle["text/html"]
    assert "59.6 % to 65.0 %" in bundle["text/html"]
    assert "95 % interval" in bundle["text/html"]
    one = share()
    assert f">n = {one.n:,}: {one.denominator}; {one.window}; {one.method}</td>" in bundle["text/html"]
    assert "62.1 %" in bundle["text/plain"]


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("experiment", "Chance decided who was treated"),
        ("quasi-experiment", "Chance did not decide"),
        ("association", "not what causes it"),
        ("description", "what the data hold"),
        ("model", "expected, not seen"),
    ],
)
def test_a_finding_says_its_grade_and_what_may_be_said_with_it(evidence: Evidence, said: str) -> None:
    one = share(evidence=evidence)
    assert one.grade.startswith(f"Evidence: {evidence}. ")
    assert said in one.grade
    html = findings(one)._repr_mimebundle_()["text/html"]
    assert ">evidence</th>" in html
    assert f">{evidence}</td>" in html


def test_every_grade_has_its_sentence() -> None:
    grades = get_args(Evidence)
    assert len({share(evidence=one).grade for one in grades}) == len(grades)


def test_a_finding_from_before_grades_claims_none() -> None:
    row = asdict(share())
    del row["evidence"]
    old = Finding(**row)
    assert (old.evidence, old.grade) == (None, "")
    assert ">–</td>" in findings(old)._repr_mimebundle_()["text/html"]


def test_what_is_not_said_to_be_more_is_a_description() -> None:
    told = {"n": 9, "level": 0.95, "method": "m", "denominator": "d", "window": "w"}
    assert Estimate(value=1.0, low=0.5, high=1.5, **told).evidence == "description"  # type: ignore[arg-type]


def test_findings_without_intervals_name_no_level() -> None:
    html = findings(share(low=None, high=None))._repr_mimebundle_()["text/html"]
    assert ">interval<" in html


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "shown"),
    [
        ("money", 103.56, 94.8, 112.32, ["103.56 USD", "94.80 to 112.32 USD"]),
        ("days", 315.0, 300.0, 330.0, ["315 days", "300 to 330 days"]),
        ("days", 1.0, 1.0, 2.0, ["1 day", "1 to 2 days"]),
        ("change", 0.004, -0.117, 0.129, ["+0.4 %", "-11.7 % to +12.9 %"]),
        ("count", 627.0, 589.0, 670.0, ["627", "589 to 670"]),
        ("money", 103.56, None, None, ["103.56 USD", "–"]),
        ("money", 9_999.5, 9_000.25, 11_000.0, ["10,000 USD", "9,000 to 11,000 USD"]),
    ],
)
def test_a_finding_stands_with_its_unit(unit: Unit, value: float, low: float, high: float, shown: list[str]) -> None:
    found = finding("06.x", "A claim.", Number(value, low, high), unit=unit)
    html = findings(found, currency="USD")._repr_mimebundle_()["text/html"]
    assert re.findall(r"<td>([^<]*)</td>", html)[1:3] == shown


def test_findings_in_money_need_a_currency() -> None:
    with pytest.raises(ValueError, match=r"need a currency.*\['06.x'\]"):
        findings(finding("06.x", "A claim.", Number(), unit="money"))


def action_list(table: pd.DataFrame) -> ActionList:
    return ActionList("top", "Top customers", table, {"value": "money"}, {"value": "value, USD"})


def test_a_list_keeps_every_row_and_shows_the_first() -> None:
    table = pd.DataFrame(
        {"customer_id": [f"0{row}" for row in range(12)], "value": [0.1 + row for row in range(12)], "reason": "large"}
    )
    table.loc[3, "value"] = None
    bundle = action_list(table)._repr_mimebundle_()
    payload = json.loads(json.dumps(bundle[LIST_MIME], allow_nan=False))
    assert payload["id"] == "top"
    assert len(payload["table"]["data"]) == 12
    assert payload["table"]["data"][1] == ["01", 1.1, "large"]
    assert payload["table"]["data"][3][1] is None
    assert "First 10 of 12 rows." in bundle["text/html"]


def test_a_column_without_any_value_is_handed_on_but_not_shown() -> None:
    table = pd.DataFrame({"customer_id": ["a", "b"], "value": [1.0, 2.0], "p_alive": [None, None], "reason": "large"})
    bundle = action_list(table)._repr_mimebundle_()
    assert bundle[LIST_MIME]["table"]["columns"] == ["customer_id", "value", "p_alive", "reason"]
    assert "p alive" not in bundle["text/html"]
    assert "value, USD" in bundle["text/html"]
    assert "customer id" in action_list(table.iloc[:0])._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("absent", ["customer_id", "reason"])
def test_a_list_needs_a_customer_and_a_reason(absent: str) -> None:
    table = pd.DataFrame({"customer_id": ["a"], "reason": ["b"], "value": [1.0]}).drop(columns=absent)
    with pytest.raises(ValueError, match=f"lacks the columns \\['{absent}'\\]"):
        action_list(table)


def test_a_refusal_states_its_reasons_once_and_escaped() -> None:
    refusal = Refusal(["too few <customers>", "too short"])
    bundle = refusal._repr_mimebundle_()
    assert bundle[REFUSAL_MIME] == ["too few <customers>", "too short"]
    assert "<li>too few &lt;customers&gt;</li><li>too short</li>" in bundle["text/html"]
    assert str(refusal) == "too few <customers>; too short"
    assert refusal._render_traceback_() == ["This notebook ends here: the data cannot support it."]


def test_what_a_refusal_says_to_type_looks_like_code() -> None:
    html = Refusal(["see with `crmlab check` which"])._repr_mimebundle_()["text/html"]
    assert "see with <code>crmlab check</code> which" in html


def test_thin_data_are_refused_and_faults_of_ours_are_not() -> None:
    with pytest.raises(Refusal, match="nobody bought") as caught, refusing():
        raise DataError("nobody bought")
    assert isinstance(caught.value.__cause__, DataError)
    with pytest.raises(ZeroDivisionError), refusing():
        raise ZeroDivisionError
