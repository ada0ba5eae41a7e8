"""The decision panel as data, as a notebook shows it, and as a part of the page."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from crmlab.analyses.actions.payoff import Option, Terms
from crmlab.estimate import Estimate
from crmlab.language import speaking
from crmlab.panel import PANEL_MIME, DecisionPanel
from crmlab.report.body import body
from tests.report.panels import one_panel, page_of

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def test_panel_needs_a_list():
    with pytest.raises(ValueError, match="one list at least"):
        DecisionPanel(
            chosen=(),
            terms=Terms(margin_rate=0.4, contact_cost=2.0, discount_rate_per_year=0.0, uplift=0.1),
            given=(),
            evidence={},
            days=90,
            currency="USD",
        )


def test_first_state_by_hand():
    start = one_panel().payload()["start"]
    # win_back: 100 x (.12 x .4 x 50 - 2) = 40; at 40 and 60 a purchase -8 and 88.
    # protect: 95 % buy anyway, so .05 x .4 x 200 - 2 = 2 each of 50: 100; at 150 and 250: 50 and 150.
    assert start["verdict"] == "At these terms the plan brings 140.00 USD more than it costs (42.00 USD to 238.00 USD)."
    win_back, protect = start["lists"]
    assert (win_back["gain"], win_back["range"]) == ("40.00 USD", "(-8.00 USD to 88.00 USD)")
    assert (win_back["break_even"], win_back["verdict"]) == ("10.0 points", "cannot be told")
    assert win_back["test"] == "the test finds 15.0 points at the least"
    assert (protect["gain"], protect["verdict"]) == ("100.00 USD", "pays")
    assert protect["break_even"] == "2.5 points"  # 2 / (.4 x 200)
    assert protect["test"] == "the test can find none"
    assert start["terms"] == (
        "Terms: margin 40.0 %, cost of a contact 2.00 USD, discount rate a year 0.0 %, uplift of a contact 12.0 points."
    )


def test_where_too_few_are_left_the_list_cannot_pay():
    panel = one_panel(contact_cost=5.0)  # protect: 5 / (.4 x 200) = 6.25 points, and 5 are left
    told = panel.payload()["start"]["lists"][1]
    assert (told["state"], told["break_even"]) == ("cannot", "nothing is enough")
    assert told["verdict"] == "cannot pay: too few are left to win"


def test_turning_points_are_told_of_each_slider():
    turns = one_panel().payload()["start"]["turns"]
    # sum of n u v: win_back 100 x .12 x 50 = 600, protect 50 x .05 x 200 = 500; contacts cost 300 in all
    assert turns["margin_rate"] == "the decision turns at 27.3 %"  # 300 / 1100
    assert turns["contact_cost"] == "the decision turns at 2.93 USD"  # .4 x 1100 / 150
    assert turns["discount_rate_per_year"] == "no value in this range turns the decision"


def test_assumptions_are_called_so():
    sliders = {one["name"]: one["note"] for one in one_panel().payload()["sliders"]}
    assert sliders["margin_rate"] == ""
    assert sliders["contact_cost"] == "an assumption: nobody has said"


def test_every_number_opens_formula_denominator_window_and_evidence():
    html = page_of(one_panel())
    for text in (
        "bought ÷ customers in this situation one horizon ago",
        "cost of a contact ÷ (margin × value of a purchase × discount)",
        "customers who were in this situation",
        "1998-01-01 to 1998-03-31",
        "association &lt;b&gt;",
    ):
        assert text in html or text.replace("1998-01-01", '<span class="whole">1998-01-01</span>') in html, text


def test_script_of_the_page_is_ours_alone_and_nothing_else_may_run():
    html = page_of(one_panel())
    (script,) = SCRIPT.findall(html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_text_in_the_data_cannot_end_its_script():
    (data,) = DATA.findall(page_of(one_panel(evidence="</script><script>alert(1)</script>")))
    assert json.loads(data)["lists"][0]["evidence"] == "</script><script>alert(1)</script>"


def test_notebook_shows_the_numbers_without_a_script():
    bundle = one_panel()._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    assert "the plan brings 140.00 USD more" in bundle["text/html"]
    assert bundle[PANEL_MIME] == json.loads(json.dumps(bundle[PANEL_MIME]))


def test_body_hands_the_data_to_the_page():
    output = new_output("display_data", data=one_panel()._repr_mimebundle_())
    (block,) = body(new_notebook(cells=[new_code_cell("panel", outputs=[output])]), view="client").blocks
    assert block.kind == "decision"
    assert block.data["currency"] == "USD"


def test_large_money_has_no_hundredths_and_persian_its_own_digits():
    paid = Estimate(value=5e6, low=4e6, high=6e6, n=100, level=0.95, method="m", denominator="d", window="w")
    anyway = Estimate(value=0.3, low=0.2, high=0.4, n=100, level=0.95, method="m", denominator="d", window="w")
    option = Option(name="save", contacts=10, left_alone=1, baseline=anyway, purchase=paid, detectable=None)
    panel = DecisionPanel(
        chosen=(option,),
        terms=Terms(margin_rate=0.4, contact_cost=18_000.0, discount_rate_per_year=0.35, uplift=0.05),
        given=("margin_rate",),
        evidence={},
        days=90,
        currency="IRT",
    )
    assert panel.payload()["start"]["lists"][0]["gain"].endswith(" IRT")
    assert "." not in panel.payload()["start"]["lists"][0]["gain"]
    with speaking("fa"):
        assert "۱۸٬۰۰۰" in panel.payload()["start"]["terms"]


@given(start=st.floats(0.001, 1.5), cost=st.floats(0.01, 1e6))
def test_sliders_begin_at_a_whole_step(start, cost):
    panel = replace(one_panel(contact_cost=cost), terms=Terms(margin_rate=min(start, 1.0), contact_cost=cost,
        discount_rate_per_year=start, uplift=start / 3))  # fmt: skip
    for one in panel.payload()["sliders"]:
        steps = one["value"] / one["step"]
        assert steps == pytest.approx(round(steps))
        assert one["value"] <= one["max"] * (1 + 1e-12)
        assert one["name"] != "margin_rate" or one["max"] <= 1 + 1e-12
