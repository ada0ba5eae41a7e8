"""Messages, their catalogue, and numbers and days in the language spoken."""

import json
import math
import re
import string
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from crmlab import suite
from crmlab.errors import ParameterError
from crmlab.language import (
    LANGUAGES,
    catalogue,
    count,
    current,
    day,
    gregorian_month,
    in_kernel,
    interval,
    listed,
    markdown,
    messages,
    money,
    money_decimals,
    money_form,
    month,
    number,
    percent,
    points,
    signed,
    signed_percent,
    speak,
    speaking,
    tally,
    tr,
    trn,
)

FILES = sorted(catalogue.LOCALE.glob("*/*.po"))
NOTEBOOKS = suite.root() / "notebooks"


@pytest.fixture
def persian(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A Persian catalogue of the test's own, while Persian is spoken."""
    known = {"{n} customers": "{n} مشتری", "Look here.": "اینجا را ببینید."}
    monkeypatch.setattr(catalogue, "translations", lambda language: known if language == "fa" else {})
    return known


def entries(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [one for one in read_po(file) if one.id]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_a_message_is_said_in_the_language_spoken_and_counted_where_it_has_no_words(persian: dict[str, str]) -> None:
    with speaking("fa") as counted:
        assert current() == "fa"
        assert tr("{n} customers", n="۱۲") == "۱۲ مشتری"
        assert trn(1, "{n} customer", "{n} customers", n="1") == "1 customer"
        assert trn(3, "{n} customer", "{n} customers", n="۳") == "۳ مشتری"
        assert tr("Nobody bought.") == "Nobody bought."
    assert list(counted.asked) == ["{n} customers", "{n} customer", "Nobody bought."]
    assert list(counted.missing) == ["{n} customer", "Nobody bought."]
    assert current() == "en"


def test_english_is_said_as_it_stands_and_counts_nothing() -> None:
    with speaking("en") as counted:
        assert tr("{n} customers", n="12") == "12 customers"
    assert not counted.asked
    assert not tally().missing


def test_a_language_crmlab_does_not_speak_is_refused_with_those_it_does() -> None:
    with pytest.raises(ParameterError, match=r"'tlh'; it speaks en, fa"):
        speak("tlh")


def test_a_language_chosen_for_the_process_holds_until_another_is() -> None:
    try:
        speak("fa")
        assert current() == "fa"
    finally:
        speak("en")
    assert current() == "en"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_translation_has_the_placeholders_of_its_message(path: Path) -> None:
    for one in entries(path):
        if one.string and messages.MARKDOWN not in one.auto_comments:
            assert placeholders(str(one.string)) == placeholders(str(one.id)), one.id


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_translation_keeps_the_code_and_the_addresses_of_its_message(path: Path) -> None:
    kept = re.compile(r"`[^`]+`|\]\([^)]+\)")
    for one in entries(path):
        if one.string:
            assert sorted(kept.findall(str(one.string))) == sorted(kept.findall(str(one.id))), one.id


def test_the_files_to_translate_are_up_to_date_with_the_source() -> None:
    wanted = messages.update(catalogue.LOCALE, suite.PACKAGE, NOTEBOOKS)
    stale = [str(path) for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    assert not stale, "run `make messages`"
    assert set(FILES) == set(wanted), "run `make messages`"


def test_bringing_the_files_up_to_date_keeps_what_is_translated_and_drops_what_is_gone(tmp_path: Path) -> None:
    package, notebooks, locale = tmp_path / "crmlab", tmp_path / "notebooks", tmp_path / "locale"
    (package / "report").mkdir(parents=True)
    notebooks.mkdir()
    (locale / "fa").mkdir(parents=True)
    (package / "gates.py").write_text(
        'tr("Stay.")\nother.tr("not ours")\ntrn(2, "One.", "Many {n}.", n="2")\n', "utf-8"
    )
    (package / "report" / "page.html.jinja").write_text("<p>{{ _('Hello {name}.', name=x) }}</p>", "utf-8")
    (locale / "fa" / "common.po").write_text('msgid "Stay."\nmsgstr "بمان."\n\nmsgid "Gone."\nmsgstr "رفت."\n', "utf-8")
    files = messages.update(locale, package, notebooks)
    for path, content in files.items():
        path.write_bytes(content)
    common, report = locale / "fa" / "common.po", locale / "fa" / "report.po"
    assert [(one.id, one.string) for one in entries(common)] == [("Stay.", "بمان."), ("One.", ""), ("Many {n}.", "")]
    assert [one.id for one in entries(report)] == ["Hello {name}."]
    assert messages.update(locale, package, notebooks) == files


def test_what_two_domains_say_is_translated_once(tmp_path: Path) -> None:
    for room in ("report", "models"):
        (tmp_path / "crmlab" / room).mkdir(parents=True)
        (tmp_path / "crmlab" / room / "it.py").write_text('tr("The same.")\n', "utf-8")
    files = messages.update(tmp_path / "locale", tmp_path / "crmlab", tmp_path)
    assert [path.name for path in files] == ["common.po"]


@pytest.mark.parametrize(
    "shown",
    [
        'show_table(found, units=dict.fromkeys(["at_first"], "count") | {"later": "money"})',
        'show_table(found, units={"at_first": "count", **dict.fromkeys(["later"], "money")})',
        'show_table(pd.DataFrame({"at_first": [1], "later": [2]}), units={"later": "count"})',
        'show_table(found[["at_first", "later", "last"]], headings={"last": tr("at last")})',
    ],
)
def test_headings_that_a_table_shows_by_itself_are_found(tmp_path: Path, shown: str) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": [shown]}
    content = {"metadata": {"crmlab": {"question": "Why?"}}, "cells": [cell]}
    (tmp_path / "01_it.ipynb").write_text(json.dumps(content), "utf-8")
    found = [text for text, _ in messages.in_notebook(tmp_path / "01_it.ipynb")]
    assert set(found) - {"at last"} == {"Why?", "at first", "later"}


@pytest.mark.parametrize("source", ['tr(f"{n} customers")', 'tr(text, n="1")', 'trn(2, "one", many)'])
def test_a_message_that_is_no_literal_is_refused_with_its_line(source: str) -> None:
    with pytest.raises(ValueError, match=r"there\.py, line 2: .* needs a literal text"):
        list(messages.in_python(f"\n{source}", "there.py"))


TEXT = """\
## A heading

A paragraph over
two lines, with a [link](#a-heading).

- an item
  that goes on
- another

| a | **b** |
|---|------:|
| 1 |  |

> quoted
> words

```python
tr("not a message")
```
"""


def test_markdown_is_cut_into_paragraphs_items_and_cells() -> None:
    assert markdown.messages_of(TEXT) == [
        "A heading",
        "A paragraph over two lines, with a [link](#a-heading).",
        "an item that goes on",
        "another",
        "a",
        "**b**",
        "1",
        "quoted words",
    ]


def test_markdown_without_translations_stays_as_it_is() -> None:
    with speaking("en"):
        assert markdown.in_language_spoken(TEXT) == TEXT.replace("> words", "words")


def test_markdown_keeps_its_signs_in_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "translations", lambda _: {"A heading": "تیتر", "another": "دیگری", "a": "الف"})
    with speaking("fa") as counted:
        said = markdown.in_language_spoken(TEXT)
    assert "## تیتر\n" in said
    assert "\n- دیگری\n" in said
    assert "| الف | **b** |" in said
    assert "an item\n  that goes on" in said
    assert "an item that goes on" in counted.missing


def test_links_to_sections_follow_their_headings() -> None:
    assert markdown.headings(TEXT) == ["A heading"]
    assert markdown.with_links("see [it](#A-heading)", {"a-heading": "تیتر"}) == "see [it](#تیتر)"


def test_every_language_but_english_has_files() -> None:
    assert {path.parent.name for path in FILES} == set(LANGUAGES) - {"en"}


def test_numbers_have_the_digits_and_marks_of_the_language() -> None:
    assert (percent(0.2537), percent(0.2, None), count(12_345), number(1234.5)) == (
        "25.4 %",
        "20 %",
        "12,345",
        "1,234.50",
    )
    with speaking("fa"):
        # The mark from right to left keeps the sign on the left of its number, after letters as after nothing.
        assert (percent(0.2537), percent(0.2, None)) == ("۲۵٫۴\u200f٪", "۲۰\u200f٪")
        assert (count(12_345), number(1234.5)) == ("۱۲٬۳۴۵", "۱٬۲۳۴٫۵۰")
        assert money(1234.5, "IRR", 0) == "۱٬۲۳۴ IRR"  # the currency is a code and stays
        assert number(-0.031, 3) == "\u200e−۰٫۰۳۱\u200f"
        assert [form(math.nan) for form in (percent, points, count, number, money)] == ["–"] * 5


def test_money_is_in_whole_units_from_ten_thousand_on() -> None:
    assert [money(value, "USD") for value in (3.426, 9_999.99, 10_000.4, -10_000.6)] == [
        "3.43 USD",
        "9,999.99 USD",
        "10,000 USD",
        "-10,001 USD",
    ]
    assert (money(10_000.4, "USD", 2), money(3.426, "USD", 0)) == ("10,000.40 USD", "3 USD")  # asked for is asked for
    assert (money_decimals(), money_decimals(None, math.nan, 3.0), money_decimals(3.0, -10_000.0)) == (2, 2, 0)
    form = money_form("IRT", 950.5, 12_000.0)
    assert (form(950.5), form(12_000.0)) == ("950 IRT", "12,000 IRT")
    with speaking("fa"):
        assert (money(10_000.4, "IRT"), money(3.43, "IRT")) == ("۱۰٬۰۰۰ IRT", "۳٫۴۳ IRT")


def test_a_sign_stands_on_the_left_of_its_number() -> None:
    assert (signed("3.1 %", 0.031), signed("3.1 %", -0.031), signed("0", 0.0)) == ("+3.1 %", "-3.1 %", "+0")
    with speaking("fa"):
        # Without the mark a sign between letters and Persian digits goes to the right of them.
        assert signed(percent(0.031), 0.031) == "\u200e+۳٫۱\u200f٪"
        assert signed(percent(0.031), -0.031) == percent(-0.031)


def test_a_currency_stands_on_the_same_side_of_an_amount_below_zero_as_of_one_above() -> None:
    with speaking("fa"):
        # Digits behind the mark of a sign read from left to right, and Latin letters behind them would go on so.
        assert money(-12_500.0, "USD") == "\u200e−۱۲٬۵۰۰\u200f USD"
        assert signed(money(12_500.0, "USD"), -1) == money(-12_500.0, "USD")
        assert signed(money(3.43, "تومان"), 1) == "\u200e+۳٫۴۳\u200f تومان"


@pytest.mark.parametrize(
    ("gregorian", "jalali", "month_shown"),
    [
        (date(1998, 6, 30), "۱۳۷۷/۰۴/۰۹", "تیر ۱۳۷۷"),
        (date(2021, 3, 20), "۱۳۹۹/۱۲/۳۰", "اسفند ۱۳۹۹"),  # 1399 is a leap year: Esfand has 30 days
        (date(2021, 3, 21), "۱۴۰۰/۰۱/۰۱", "فروردین ۱۴۰۰"),
    ],
)
def test_days_and_months_are_those_of_the_jalali_calendar(gregorian: date, jalali: str, month_shown: str) -> None:
    assert (day(gregorian), month(gregorian)) == (gregorian.isoformat(), gregorian.isoformat()[:7])
    with speaking("fa"):
        assert (day(gregorian), month(gregorian)) == (jalali, month_shown)


def test_a_gregorian_month_keeps_its_own_name() -> None:
    months = [date(1997, number, 1) for number in (1, 5, 6, 12)]
    assert [gregorian_month(day_) for day_ in months] == ["1997-01", "1997-05", "1997-06", "1997-12"]
    with speaking("fa"):
        assert [gregorian_month(day_) for day_ in months] == ["ژانویهٔ ۱۹۹۷", "مهٔ ۱۹۹۷", "ژوئن ۱۹۹۷", "دسامبر ۱۹۹۷"]


def test_a_signed_share_has_the_sign_of_all_numbers_and_nothing_has_none() -> None:
    shares = {0.0312: "+3.1 %", -0.461: "-46.1 %", 0.0: "0.0 %", -0.0004: "0.0 %"}
    assert {share: signed_percent(share) for share in shares} == shares
    assert [points(difference) for difference in (0.1, -0.031, -0.0)] == ["+10.0 points", "-3.1 points", "0.0 points"]
    for language in ("en", "fa"):
        with speaking(language):
            assert signed_percent(-0.461) == percent(-0.461)
            assert signed_percent(math.nan) == percent(math.nan)


def test_an_interval_stands_after_its_number_or_not_at_all() -> None:
    assert interval(0.709, 0.747) == " (95 % interval 70.9 % to 74.7 %)"
    assert interval(None, 0.747) == ""
    with speaking("fa"):
        assert "۷۰٫۹" in interval(0.709, 0.747)
        assert not re.search("[0-9]", interval(0.709, 0.747))


def test_parts_are_listed_with_the_commas_of_the_language() -> None:
    assert (listed(["a", "b"]), listed(["a", "b"], strong=True)) == ("a, b", "a; b")
    with speaking("fa"):
        assert (listed(["a", "b"]), listed(["a", "b"], strong=True)) == ("a، b", "a؛ b")


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_a_number_in_persian_is_the_same_number(value: float, decimals: int) -> None:
    english = number(value, decimals)
    with speaking("fa"):
        persian = number(value, decimals)
    back = str.maketrans("۰۱۲۳۴۵۶۷۸۹٬٫−", "0123456789,.-", "\u200e\u200f")
    assert persian.translate(back) == english


def test_a_block_inside_a_block_counts_with_it(persian: dict[str, str]) -> None:
    with speaking("fa") as outer:
        tr("One.")
        with speaking("en"):
            tr("Not counted.")
        with speaking("fa") as inner:
            tr("Two.")
    assert inner is outer
    assert list(outer.asked) == ["One.", "Two."]


def test_a_kernel_tells_each_message_once(persian: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(in_kernel, "publish_display_data", sent.append)
    monkeypatch.setattr(in_kernel, "_told", catalogue.Tally())
    with speaking("fa"):
        tr("Look here.")
        tr("No words.")
        in_kernel.tell()
        in_kernel.tell()
        tr("Look here.")
        in_kernel.tell()
    assert sent == [{in_kernel.MIME: {"asked": ["Look here.", "No words."], "missing": ["No words."]}}]
