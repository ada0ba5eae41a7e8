"""A report in Persian: from right to left, in its own digits and calendar, and honest about what is not translated."""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from matplotlib.ft2font import FT2Font

from crmlab import suite
from crmlab.client import Client
from crmlab.errors import ParameterError
from crmlab.language import FONTS, catalogue, messages, speaking, tally
from crmlab.report import translate
from crmlab.report.body import body
from crmlab.report.collect import take_messages
from crmlab.report.run import RunResult, run_notebook

SHA256 = {
    "OFL.txt": "17e355067c8284f47743a1ee3b1ef7ff684ff0601eda357f9353b10b3016ab31",
    "Vazirmatn-Bold.ttf": "d6322b2d5f50b2eb8c82cb63c2879c973633d36213b452f3f8b9af6cb1c8b374",
    "Vazirmatn-Regular.ttf": "7c3feb9ecb845c30bcebb8a0d031af07f12d97eca47f59b289f0be178e32091e",
    "Vazirmatn.woff2": "c63c2254a7e0a73c85c231bd20d167c61d492923beb845d9d78ea817215ba554",
}
UNTRANSLATED = "This sentence of a test has no translation, {n} times over."


class Shown(HTMLParser):
    """The text a reader sees, without code, what is the client's (`bdi`) and the style."""

    ASIDE = frozenset({"style", "code", "pre", "bdi", "title"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self._aside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        self._aside += [tag] if tag in self.ASIDE else []

    def handle_endtag(self, tag: str) -> None:
        if self._aside and tag == self._aside[-1]:
            self._aside.pop()

    def handle_data(self, data: str) -> None:
        if not self._aside and data.strip():
            self.texts.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.attributes if name == tag]


@pytest.fixture(scope="module")
def pareto(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """The second notebook on CDNOW, in Persian."""
    out = tmp_path_factory.mktemp("fa")
    return run_notebook(Client.open("cdnow"), suite.notebook("02"), out=out, language="fa", quiet=True)


@pytest.fixture(scope="module")
def html(pareto: RunResult) -> str:
    return (pareto.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Shown:
    return Shown(html)


@pytest.fixture(scope="module")
def partly(
    small: suite.Notebook, stand_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunResult, RunResult]:
    """The small notebook with one more cell, that says a sentence nobody translated: in Persian and in English."""
    folder = tmp_path_factory.mktemp("partly")
    notebook: Any = nbformat.read(small.path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace('Literal["en"]', 'Literal["en", "fa"]')
    said = f'from crmlab.language import count, speak, tr\nspeak(language)\nprint(tr("{UNTRANSLATED}", n=count(1234)))'
    notebook.cells.insert(6, nbformat.v4.new_code_cell(said, id="said"))
    path = folder / small.path.name
    nbformat.write(notebook, path)
    copy = suite.Notebook(small.name, path, small.question, small.needs, small.gates)
    first, second = (
        run_notebook(stand_in(), copy, out=folder / "out", language=language, quiet=True) for language in ("fa", "en")
    )
    return first, second


def record(result: RunResult) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    return content


def test_the_page_is_persian_and_runs_from_right_to_left(page: Shown) -> None:
    assert page.all("html") == [{"lang": "fa", "dir": "rtl"}]


def test_the_page_carries_its_font_and_loads_nothing(html: str, page: Shown) -> None:
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in page.all("meta")
    (font,) = re.findall(r"url\(\"data:font/woff2;base64,([^\"]+)\"\)", html)
    assert base64.b64decode(font) == (FONTS / "Vazirmatn.woff2").read_bytes()
    assert not re.search(r"(src|href)=\"https?:", html)


def test_sentences_have_no_latin_digits_and_no_gregorian_dates(pareto: RunResult, page: Shown) -> None:
    untranslated = set(record(pareto)["language"]["not_translated"])
    persian = [text for text in page.texts if any(unicodedata.bidirectional(letter) == "AL" for letter in text)]
    assert len(persian) > 100
    names = re.compile(r"SHA-256|[\w.-]+\.(?:json|ipynb|csv|xlsx)")
    # The sources are cited by their Latin names; what the client calls itself may stand in a caption.
    shown = [names.sub("", text) for text in persian if text not in untranslated and "CDNOW" not in text]
    assert [text for text in shown if re.search("[0-9]", text) and not re.search("[A-Za-z]{4}", text)] == []


def test_days_are_those_of_the_jalali_calendar(page: Shown) -> None:
    # 30 June 1998 is 9 Tir 1377: Nowruz of 1377 is 21 March 1998, Farvardin to Khordad have 31 days each, and
    # 21 March + 93 days is 22 June, 1 Tir.
    (shown,) = {text for text in page.texts if text.startswith("۱۳۷۷/۰۴/۰۹") and len(text) == 10}
    assert shown == "۱۳۷۷/۰۴/۰۹"
    assert {"datetime": "1998-06-30"} in page.all("time")


def test_links_inside_the_page_lead_to_persian_headings(page: Shown) -> None:
    ids = {attrs["id"] for _, attrs in page.attributes if "id" in attrs}
    targets = [str(attrs["href"])[1:] for attrs in page.all("a") if str(attrs.get("href", "")).startswith("#")]
    assert set(targets) <= ids
    assert any(unicodedata.bidirectional(target[0]) == "AL" for target in targets)


def test_ids_stay_as_the_client_has_them(pareto: RunResult, html: str) -> None:
    first = (pareto.folder / "lists" / "top_customers.csv").read_text("utf-8-sig").splitlines()[1].split(",")[0]
    assert f"<bdi>{first}</bdi>" in html
    assert first.isascii()


def test_findings_say_in_persian_what_they_say_in_english(pareto: RunResult) -> None:
    top = next(found for found in pareto.findings if found.id == "02.top_share")
    assert f"{100 * top.value:.1f}".translate(str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")) in top.claim
    assert not re.search("[0-9]", top.claim)


def test_every_message_that_was_asked_for_stands_in_the_files_to_translate(pareto: RunResult) -> None:
    known = {str(one.id) for path in catalogue.LOCALE.glob("fa/*.po") for one in catalogue.read(path)}
    assert set(record(pareto)["language"]["not_translated"]) <= known


def test_the_translation_of_the_second_notebook_is_nearly_whole(pareto: RunResult) -> None:
    said, missing = pareto.translation
    assert said > 150
    assert missing <= 0.15 * said


def test_what_is_not_translated_is_counted_in_the_kernel_too_and_said_on_the_page(
    partly: tuple[RunResult, RunResult],
) -> None:
    told = record(partly[0])["language"]
    assert told["code"] == "fa"
    assert UNTRANSLATED in told["not_translated"]
    assert "None worth the name." in told["not_translated"]
    assert told["missing"] == len(told["not_translated"]) == partly[0].translation[1]
    assert told["messages"] == partly[0].translation[0] > told["missing"]
    page = Shown((partly[0].folder / "report.html").read_text(encoding="utf-8"))
    persian = str(told["missing"]).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert any(persian in text for text in page.texts[-8:])
    assert "۱٬۲۳۴" in (partly[0].folder / "report.html").read_text(encoding="utf-8")
    assert "vnd.crmlab.messages" not in (partly[0].folder / "notebook.ipynb").read_text(encoding="utf-8")


def test_english_reports_carry_nothing_of_it(partly: tuple[RunResult, RunResult]) -> None:
    english = (partly[1].folder / "report.html").read_text(encoding="utf-8")
    assert "language" not in record(partly[1])
    assert partly[1].translation == (0, 0)
    assert '<html lang="en">' in english
    assert "font-face" not in english
    assert "font-src" not in english
    assert "1,234 times over" in english


def test_the_index_shows_each_run_in_its_own_language(partly: tuple[RunResult, RunResult]) -> None:
    page = Shown(partly[1].index.read_text(encoding="utf-8"))
    assert page.all("html") == [{"lang": "en"}]


def test_a_notebook_refuses_a_language_with_those_it_has(stand_in: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"language = 'de'.*'en', 'fa'"):
        run_notebook(stand_in(), suite.notebook("02"), out=tmp_path, language="de", quiet=True)


def test_prose_is_translated_with_its_headings_and_their_links(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"The next part": "بخش بعد", "See [there](#the-next-part).": "[آنجا](#the-next-part) را ببینید."}
    monkeypatch.setattr(catalogue, "translations", lambda _: words)
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("See [there](#the-next-part)."),
            nbformat.v4.new_markdown_cell("## The next part\n\n`code` stays."),
            nbformat.v4.new_code_cell("# The next part"),
        ]
    )
    with speaking("fa") as counted:
        translate.translate(notebook)
    shown = "".join(block.html for block in body(notebook, view="client").blocks)
    assert '<h2 id="بخش-بعد">بخش بعد</h2>' in shown
    assert '<a href="#بخش-بعد">آنجا</a> را ببینید.' in shown
    assert notebook.cells[2].source == "# The next part"
    assert list(counted.missing) == ["`code` stays."]


def test_english_prose_is_left_alone() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## A  heading\n\n-  an item\n")])
    with speaking("en"):
        translate.translate(notebook)
    assert notebook.cells[0].source == "## A  heading\n\n-  an item\n"


def test_messages_of_a_kernel_are_taken_out_of_the_notebook() -> None:
    told = {messages_mime(): {"asked": ["One.", "Two."], "missing": ["Two."]}}
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data=told)])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert take_messages(notebook) == (["One.", "Two."], ["Two."])
    assert notebook.cells[0].outputs == []
    assert take_messages(notebook) == ([], [])


def messages_mime() -> str:
    from crmlab.language import in_kernel  # noqa: PLC0415

    return in_kernel.MIME


@pytest.mark.parametrize("name", SHA256)
def test_the_fonts_are_those_that_were_cut(name: str) -> None:
    assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == SHA256[name]


@pytest.mark.parametrize("name", ["Vazirmatn-Regular.ttf", "Vazirmatn-Bold.ttf"])
def test_the_fonts_have_every_letter_of_the_translations(name: str) -> None:
    letters = {letter for text in catalogue.translations("fa").values() for letter in text} - {"\n", "\u200f", "\u200e"}
    absent = {letter for letter in letters if ord(letter) not in FT2Font(str(FONTS / name)).get_charmap()}
    assert {letter for letter in absent if unicodedata.bidirectional(letter) in ("AL", "EN", "AN")} == set()
    assert len(absent) <= 12  # signs of mathematics; pages and figures take them from the next font


def test_nothing_is_asked_of_the_catalogue_outside_of_a_report() -> None:
    assert not tally().missing
    assert messages.COMMON == "common"


def test_paper_has_the_page_number_beside_the_run_not_under_it(html: str, pareto: RunResult) -> None:
    at = re.findall(r"@bottom-(left|right) \{ content: ([^;]+);", html)
    places = dict(at)  # the last one said is the one that holds
    assert "persian" in places["left"]
    assert "pareto" in places["right"]
    assert re.search(r"@top-right \{ content: \"CDNOW", html)
