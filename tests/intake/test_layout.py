"""How the lines of a text file are cut, and which of them is the header."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.intake.layout import guess_layout, header_row

ROWS = [["customer", "date", "amount"], ["a, b", "2020-01-31", "12.50"], ["c; d", "2020-02-01", "7"]]


def written(rows, separator=",", quote='"'):
    file = io.StringIO()
    csv.writer(file, delimiter=separator, quotechar=quote, lineterminator="\n").writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_separator_and_quote_are_seen(separator, quote):
    rows = [[*row, "x,y;z\t|" + "!"] for row in ROWS[1:]]
    layout = guess_layout(written([[*ROWS[0], "note"], *rows], separator, quote))
    assert (layout.separator, layout.quote, layout.skip_lines) == (separator, quote, 0)
    assert layout.header == ("customer", "date", "amount", "note")


def test_quotes_within_values_quote_nothing():
    layout = guess_layout('id|screw|price\n1|5" screw|2.50\n2|6" screw|3\n')
    assert (layout.separator, layout.quote) == ("|", "")


def test_a_decimal_comma_is_no_separator():
    layout = guess_layout("Kunde;Datum;Betrag\nK1;31.12.2019;12,50\nK2;01.01.2020;1.250,00\n")
    assert (layout.separator, layout.header) == (";", ("Kunde", "Datum", "Betrag"))


def test_titles_above_the_header_are_skipped():
    layout = guess_layout('Sales report\n\n"2019, all shops"\ncustomer,date,amount\na,2020-01-01,1\nb,2020-01-02,2\n')
    assert layout.skip_lines == 3


def test_values_may_hold_line_ends():
    layout = guess_layout('title\nid,note,price\n1,"two\nlines",3\n2,one,4\n')
    assert (layout.skip_lines, layout.header) == (1, ("id", "note", "price"))


def test_a_last_column_without_values_and_a_separator_at_the_end_do_no_harm():
    assert guess_layout("a,b,c\n1,2,\n3,4,\n").header == ("a", "b", "c")
    assert guess_layout("a,b\n1,2,\n3,4,\n").header == ("a", "b")


def test_two_hundred_columns_are_fine():
    names = [f"name {number}" for number in range(200)]
    assert guess_layout(written([names, ["1"] * 200, ["2"] * 200])).header == tuple(names)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a\n1\n2\n", "single column"),
        ("c1,2020-01-01,5\nc2,2020-01-02,6\n", "has no header"),
        # Few rows, most of them broken: the names on top are a header all the same, and the rows are what is wrong.
        ("id,day,sum\nc1,2020-01-01,5,x\n", r"1 row without the 3 values the header announces \(line 2 has 4\)"),
        (
            "id,day,sum\nc1,2020-01-01,5,x,y\nc2,2020-01-02,6,x,y\n",
            r"2 rows without the 3 values the header announces \(line 2 has 5, line 3 has 5\)",
        ),
        ("id,day,sum\nc1,2020-01-01,5\nc2,2020-01-02\n", r"1 row without the 3 values .*\(line 3 has 2\)"),
        ("id,day,sum\nc1,2020-01-01\nc2,2020-01-02\n", r"2 rows without the 3 values .*\(line 2 has 2, line 3 has 2\)"),
        # Two words over rows of five values are a title, not the names of the columns.
        ("Sales,Ann\nc1,2020-01-01,5,3,4\nc2,2020-01-02,6,3,4\n", "has no header"),
        ("customer,date,amount\n", "no rows"),
        ("a,b,c\n1,2,3\n1,2\n4,5,6\n4,5,6\n", r"1 row without the 3 values .*line 3 has 2"),
        ("a,b\n1,2\n3,4\na,b\n5,6\n", "line 4 repeats the header"),
        ("customer,amount\ntext,euro\na,5\nb,6\n", r"two header lines \(lines 1 and 2\)"),
    ],
)
def test_what_no_form_mends_is_refused_in_a_sentence(text, said):
    with pytest.raises(DataError, match=said):
        guess_layout(text)


def test_the_header_of_a_sheet_may_stand_below_a_title():
    rows = [
        (1, ["Sales"]),
        (4, ["customer", "date", "amount"]),
        (5, ["a", "2020-01-01", "3"]),
        (6, ["b", "2020-01-02", ""]),
    ]
    assert header_row(rows) == 4


def test_a_sheet_without_header_is_refused():
    with pytest.raises(DataError, match="has no header"):
        header_row([(1, ["a", "2020-01-01", "3"]), (2, ["b", "2020-01-02", "4"])])


@given(
    st.lists(
        st.lists(st.text(alphabet="abc xyz,;|'äی", min_size=1, max_size=8), min_size=3, max_size=3),
        min_size=3,
        max_size=10,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)
@example([[";", ";", ";"], [";", ";", "''"], [";", "''", "''"]], ",")
@example([["'a'", "'b'", "'c'"]] * 3, ",")
def test_what_a_program_writes_is_cut_as_it_was_written(cells, separator):
    rows = [["customer", "date", "amount"], *([name, "2020-01-31", "1", *cell] for name, *cell in cells)]
    rows[0] += ["one", "two"]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    layout = guess_layout(text.getvalue())
    assert (layout.separator, layout.quote, layout.skip_lines) == (separator, '"', 0)
    assert layout.header == tuple(rows[0])


@given(st.text(alphabet="a1,;|\t\"'\n -.é", max_size=200))
def test_any_text_has_a_layout_or_is_refused(text):
    try:
        layout = guess_layout(text)
    except DataError:
        return
    assert len(layout.header) > 1
