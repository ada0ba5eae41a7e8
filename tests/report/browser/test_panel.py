"""The decision panel in a real browser: what its script says is what Python says, wherever the sliders stand."""

import re
from dataclasses import replace

import pytest

from crmlab.language import speaking
from tests.report.panels import one_panel, page_of

from .reports import GATHERED
from .test_accessibility import AXE, FAULTS, OPEN_ALL
from .test_browser import CUT_OFF

pytestmark = pytest.mark.browser

TOLD = """(() => {
  const panel = document.querySelector('[data-panel]');
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`).textContent;
  return {
    verdict: part(panel, 'plan'), terms: part(panel, 'terms'),
    turns: Object.fromEntries([...panel.querySelectorAll('[data-turn]')].map(e => [e.dataset.turn, e.textContent])),
    lists: [...panel.querySelectorAll('[data-list]')].map(card => ({
      state: card.dataset.state, ...Object.fromEntries(
        ['verdict', 'gain', 'range', 'break_even', 'test'].map(name => [name, part(card, name)])) })),
  };
})()"""
MOVES = [
    {"uplift": 0.03},
    {"uplift": 0.3},
    {"margin_rate": 0.9, "contact_cost": 7.2},
    {"contact_cost": 0.04},
    {"discount_rate_per_year": 1.0, "uplift": 0.096},
    {"margin_rate": 0.0},
]


@pytest.fixture(params=["en", "fa"])
def opened(request, page, tmp_path):
    with speaking(request.param):
        file = tmp_path / "panel.html"
        file.write_text(page_of(one_panel()), "utf-8")
        page.open(file, width=1280)
        yield page


def move(page, terms):
    for name, value in terms.items():
        page.value(
            f"""(() => {{ const one = document.querySelector('input[name="{name}"]'); one.value = {value};
            one.dispatchEvent(new Event('input', {{bubbles: true}})); return Number(one.value) }})()"""
        )


@pytest.mark.parametrize("terms", [{}, *MOVES], ids=str)
def test_script_and_python_say_the_same(opened, terms):
    move(opened, terms)
    panel = one_panel()
    moved = replace(panel, terms=replace(panel.terms, **terms))
    assert opened.value(TOLD) == {**moved.payload()["start"], "turns": turns_of(panel, moved)}


def turns_of(panel, moved):
    """The turning points within the reach of the sliders as they stand, which do not move with the terms."""
    return {name: moved._turn(name, at) for name, at in moved.turning_points(panel.reach).items()}


def test_list_that_is_left_out_no_longer_counts(opened):
    opened.value("document.querySelectorAll('[data-list] input')[1].click()")
    alone = re.sub(r"[^\d.٫]", " ", opened.value(TOLD)["verdict"]).split()
    assert alone in (["8.00", "88.00", "."], ["۸٫۰۰", "۸۸٫۰۰", "."])  # of win_back by itself, -8 to 88
    opened.value("document.querySelectorAll('[data-list] input')[0].click()")
    assert opened.value(TOLD)["verdict"] in ("No list is chosen.", "هیچ فهرستی برگزیده نشده است.")


def test_reset_brings_the_terms_of_the_report_back(opened):
    before = one_panel().payload()["start"]
    move(opened, {"uplift": 0.02, "margin_rate": 0.1})
    opened.value("document.querySelectorAll('[data-list] input')[1].click()")
    opened.value("document.querySelector('button[type=reset]').click()")
    opened.value("new Promise(done => setTimeout(done, 20))")
    assert opened.value(TOLD) == before


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_panel_is_sound_for_everybody(page, tmp_path, width, scheme):
    file = tmp_path / "panel.html"
    file.write_text(page_of(one_panel()), "utf-8")
    page.open(file, width=width, scheme=scheme)
    page.value(OPEN_ALL)
    page.value(AXE.read_text("utf-8") + ";true")
    assert page.value(FAULTS) == []
    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(CUT_OFF) == []


def test_paper_has_the_numbers_and_no_sliders(page, tmp_path):
    file = tmp_path / "panel.html"
    file.write_text(page_of(one_panel()), "utf-8")
    page.open(file, width=1280)
    page.print_media(True)
    seen = page.value("[...document.querySelectorAll('.panel, input, button')].filter(e => e.checkVisibility()).length")
    told = page.value("document.querySelector('.paper-only').innerText")
    page.print_media(False)
    assert seen == 0
    assert "the plan brings 140.00 USD more than it costs" in told
    assert "40.00 USD (-8.00 USD to 88.00 USD)" in told


@pytest.mark.parametrize("width", [390, 1280])
def test_panel_of_a_client_report_is_used_by_keys_alone(files, page, width):
    page.open(files[GATHERED], width=width)
    slider = "document.querySelector('[data-panel] input[name=margin_rate]')"
    before, stood = page.value(TOLD), page.value(f"{slider}.valueAsNumber")
    page.value(f"{slider}.focus()")
    page.press("Home")
    nothing = page.value(TOLD)
    assert page.value(f"{slider}.valueAsNumber") == 0
    assert {one["state"] for one in nothing["lists"]} == {"cannot"}  # at no margin no purchase pays for a contact
    assert nothing["verdict"] != before["verdict"]
    assert nothing["terms"] != before["terms"]
    page.press("End")
    assert page.value(f"{slider}.valueAsNumber") > stood
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.value("document.querySelector('[data-panel] button[type=reset]').focus()")
    page.press("Enter")
    page.value("new Promise(done => setTimeout(done, 20))")
    assert page.value(TOLD) == before
    assert page.complaints == []


def test_list_is_left_out_and_taken_back_with_the_mouse(files, page):
    page.open(files[GATHERED], width=1280)
    before = page.value(TOLD)
    page.click("[data-list] input")
    without = page.value(TOLD)
    page.click("[data-list] input")
    assert without["verdict"] != before["verdict"]
    assert page.value(TOLD) == before
