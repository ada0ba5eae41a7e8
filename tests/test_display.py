"""Formats of numbers, tables and sentences: exact text, everything escaped."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from crmlab.display import UNITS, format_interval, format_value, quantity, say, show_table
from crmlab.language import speaking


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.6214, "share", "62.1 %"),
        (1.125, "share", "112.5 %"),
        (-0.031, "share", "-3.1 %"),
        (0.1131, "points", "+11.3 points"),
        (-0.02, "points", "-2.0 points"),
        (1234567, "count", "1,234,567"),
        (1234.5, "money", "1,234.50"),
        (-0.25, "money", "-0.25"),
        (30.4, "days", "30"),
        (0.5789, "index", "0.579"),
        ("Ann", "text", "Ann"),
        (None, "text", "–"),
        (float("nan"), "money", "–"),
        (None, "share", "–"),
        (pd.NaT, "text", "–"),
        (np.int64(3), "count", "3"),
    ],
)
def test_values(value: object, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@pytest.mark.parametrize("unit", UNITS)
def test_a_missing_value_is_a_dash_in_every_unit(unit: str) -> None:
    assert format_value(None, unit) == "–"


def test_intervals() -> None:
    assert format_interval(0.596, 0.65, "share") == "59.6 % to 65.0 %"
    assert format_interval(None, None, "share") == "–"
    assert format_interval(0.1, float("nan"), "share") == "–"


def table(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"<b>{row}" for row in range(rows)], "value": np.arange(rows) * 1000.0})


def test_a_table_has_caption_headings_and_aligned_numbers() -> None:
    html = show_table(
        table(), "Value & more.", units={"value": "money"}, headings={"value": "value, USD"}
    )._repr_html_()
    assert "<caption>Value &amp; more.</caption>" in html
    assert '<th scope="col">customer id</th><th scope="col" class="number">value, USD</th>' in html
    assert '<td>&lt;b&gt;1</td><td class="number">1,000.00</td>' in html
    assert "<b>" not in html


def test_a_long_table_says_how_much_is_left_out() -> None:
    shown = show_table(table(1200), "All.", max_rows=5)
    assert "First 5 of 1,200 rows." in shown._repr_html_()
    assert shown._repr_html_().count("<tr>") == 6
    assert repr(shown).startswith("All.\n")


def test_the_frame_is_left_as_it_was() -> None:
    data = table()
    show_table(data, "All.", units={"value": "money"})._repr_html_()
    pd.testing.assert_frame_equal(data, table())


def test_sentences_are_paragraphs_without_markup() -> None:
    said = say("A *b* has_c <script>, 80 %.", "Two [links](x) and #1.")
    expected = r"A \*b\* has\_c &lt;script&gt;, 80 %." + "\n\n" + r"Two \[links\](x) and \#1."
    assert said._repr_markdown_() == expected
    assert repr(said) == "A *b* has_c <script>, 80 %.\nTwo [links](x) and #1."


def test_from_right_to_left_names_stand_apart_and_signed_numbers_do_not() -> None:
    frame = pd.DataFrame({"interval": ["x"], "name": ["Ann"]})
    with speaking("fa"):
        frame["interval"] = format_interval(-0.11, 0.127, "share")
        html = show_table(frame, "c")._repr_html_()
    assert "<td><bdi>Ann</bdi></td>" in html
    assert "<td>\u200e−۱۱٫۰" in html


def test_a_column_of_large_money_is_shown_in_whole_units_and_a_small_one_is_not():
    table = pd.DataFrame({"large": [1_372_288_302.69, -250_000.5, 0.0], "small": [1.5, 9_000.25, 0.0]})
    shown = show_table(table, "Money.", units={"large": "money", "small": "money"})._repr_html_()
    assert ">1,372,288,303<" in shown
    assert ">0<" in shown
    assert ">9,000.25<" in shown


# 8,269,823,323.25 is ten digits and two behind the point; in whole units it is off by at most half a unit.
@pytest.mark.parametrize(
    ("value", "low", "high", "shown", "ends"),
    [
        (8_269_823_323.25, 7.9e9, 8_600_000_000.75, "8,269,823,323 IRT", "7,900,000,000 to 8,600,000,001 IRT"),
        (3.43, 2.9, 4.1, "3.43 IRT", "2.90 to 4.10 IRT"),
        (9_999.99, 9_000.5, 9_999.99, "9,999.99 IRT", "9,000.50 to 9,999.99 IRT"),
        (9_500.25, 8_000.75, 10_000.0, "9,500 IRT", "8,001 to 10,000 IRT"),  # 10,000 is whole, so all three are
        (-66_445.05, -368_383.2, 9_658.5, "-66,445 IRT", "-368,383 to 9,658 IRT"),  # half to even, as Python rounds
        (10_000.0, None, None, "10,000 IRT", "–"),
    ],
)
def test_money_and_its_interval_have_the_same_decimals_none_where_one_is_large(value, low, high, shown, ends):
    assert quantity(value, "money", "IRT", (low, high)) == shown
    assert format_interval(low, high, "money", "IRT", (value,)) == ends


def test_large_money_in_persian_has_no_hundredths_and_small_money_has():
    with speaking("fa"):
        assert quantity(9_500.25, "money", "IRT", (8_000.75, 10_000.0)) == "۹٬۵۰۰ IRT"
        assert quantity(9_500.25, "money", "IRT", (8_000.75, 9_999.0)) == "۹٬۵۰۰٫۲۵ IRT"
        assert "۱۰٬۰۰۰ IRT" in format_interval(8_000.75, 10_000.0, "money", "IRT", (9_500.25,))


def test_other_units_are_the_same_beside_anything():
    assert format_value(0.6214, "share", (20_000.0,)) == "62.1 %"
    assert format_interval(20_000.0, 30_000.0, "days") == "20,000 to 30,000 days"


def test_money_without_any_value_is_shown():
    table = pd.DataFrame({"money": [None, float("nan")], "exact": [Decimal("1.10"), Decimal("2.20")]})
    shown = show_table(table, "Money.", units={"money": "money", "exact": "money"})._repr_html_()
    assert shown.count("–") == 2
    assert ">1.10<" in shown


def test_the_ends_of_an_interval_are_called_so_and_columns_named_by_numbers_have_the_languages_digits():
    rows = pd.DataFrame({"low": [0.1], "high": [0.2], "3": [1], "shown": [True], "A": [2]})
    html = show_table(rows, "Ends.", units={"low": "share", "high": "share", "3": "count", "A": "count"})._repr_html_()
    assert re.findall("<th[^>]*>([^<]*)</th>", html) == ["lower end", "upper end", "3", "shown", "A"]
    assert "<td>yes</td>" in html
    with speaking("fa") as counted:
        html = show_table(rows, "Ends.", units={"low": "share", "high": "share", "3": "count"})._repr_html_()
    assert re.findall("<th[^>]*>([^<]*)</th>", html)[:3] == ["حد پایین", "حد بالا", "۳"]
    assert "بله" in html
    assert not counted.missing.keys() & {"low", "high", "3", "A", "True"}
