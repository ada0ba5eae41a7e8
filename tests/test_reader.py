import csv
import gzip
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables import engine, reader

NAMES = {"customer_id": "customer_id", "amount": "amount"}
CSV = "customer_id,date,amount\nann,1997-01-01,10.00\nbob,1997-01-15,7.25\n"


def rows(path, names=NAMES):
    file, problems = reader.look(path)
    assert not problems
    with reader.opened(engine.connect(), file, names) as raw:
        return [tuple(row.values()) for row in raw.to_pyarrow().to_pylist()]


def problems_of(path, content=None):
    if content is not None:
        path.write_bytes(content)
    return reader.look(path)[1]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sales.csv"


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        b"\xef\xbb\xbf" + CSV.encode(),
        CSV.replace("\n", "\r\n").encode(),
        CSV.rstrip().encode(),
        CSV.replace("\n", ",\n").encode(),
        CSV.replace("ann", '"ann"').replace("customer_id", '" customer_id "').encode(),
        b"amount,date,customer_id\n10.00,1997-01-01,ann\n7.25,1997-01-15,bob\n",
        CSV.replace("bob", "\nbob").encode(),
    ],
    ids=["plain", "bom", "crlf", "no-last-line-end", "trailing-comma", "quoted", "other-order", "blank-line"],
)
def test_the_same_rows_come_from_every_clean_form_of_a_csv(path, content):
    path.write_bytes(content)
    assert rows(path) == [("ann", "10.00"), ("bob", "7.25")]


def test_everything_in_a_csv_is_text_and_nothing_is_guessed(path):
    path.write_text("a,b,c\n007,NULL,\n 1 ,#x,true\n")
    assert rows(path, {"x": "a", "y": "b", "z": "c"}) == [("007", "NULL", None), (" 1 ", "#x", "true")]


def test_quoted_values_may_hold_commas_quotes_and_line_ends(path):
    path.write_text('customer_id,amount\n"a,""b""\nc",1\n')
    assert rows(path) == [('a,"b"\nc', "1")]


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "sales.parquet"
    pd.DataFrame({"customer_id": [1, 2], "amount": [1.5, 2.5]}).to_parquet(path)
    assert rows(path) == [(1, 1.5), (2, 2.5)]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("name", ["a[1]", "a*", "a?b", "[!a]", "{a,b}", "o'brien", 'q"', "x=1", "%20 é", "~", "[[]"])
def test_a_files_name_is_never_a_pattern(tmp_path, name, suffix):
    folder = tmp_path / f"year=1997 {name}"
    folder.mkdir()
    for other in ("a1", "ab", "axb", "a", "b"):
        pd.DataFrame({"customer_id": ["wrong"], "amount": ["0"]}).to_parquet(folder / f"{other}.parquet")
        (folder / f"{other}.csv").write_text("customer_id,amount\nwrong,0\n")
    frame = pd.DataFrame({"customer_id": ["right"], "amount": ["1"]})
    path = folder / (name + suffix)
    path.write_text(frame.to_csv(index=False)) if suffix == ".csv" else frame.to_parquet(path)
    assert rows(path) == [("right", "1")]


def test_names_that_differ_only_in_case_are_different_columns(tmp_path):
    path = tmp_path / "sales.parquet"
    pd.DataFrame({"Amount": [1], "amount": [2], "customer_id": ["a"]}).to_parquet(path)
    assert rows(path) == [("a", 2)]
    path = tmp_path / "sales.csv"
    path.write_text("Amount,amount,customer_id\n1,2,a\n")
    assert rows(path) == [("a", "2")]


@pytest.mark.parametrize(
    ("name", "is_one"), [("https://x.org/a.csv", True), ("s3://b/a.parquet", True), ("a.csv", False)]
)
def test_addresses_are_recognised(name, is_one):
    assert reader.is_address(name) is is_one


def test_a_missing_file_names_the_near_one(tmp_path):
    (tmp_path / "sales.csv").write_text(CSV)
    (problem,) = problems_of(tmp_path / "sale.csv")
    assert "sale.csv: there is no such file" in problem
    assert "did you mean 'sales.csv'?" in problem


def test_what_is_no_file_is_refused(tmp_path):
    assert "not a file" in problems_of(tmp_path)[0]
    assert "is none of .csv, .tsv, .txt" in problems_of(tmp_path / "a.pdf", b"x")[0]
    assert "no such file" in problems_of(tmp_path / "a\0.csv")[0] or "no file name" in problems_of(tmp_path / "\0")[0]
    assert "no file name" in problems_of(tmp_path / ("a" * 999))[0]
    assert "backslash" in problems_of(tmp_path / "a\\b.csv", CSV.encode())[0]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n", "header but no rows"),
        (b"a,b", "header but no rows"),
        (b"a,b\n\n,\n", "header but no rows"),
        (b"\na,b\n1,2\n", "first line is blank"),
        (b"\xff\xfea\x00,\x00b\x00\n\x001\x00", "line 1 is not UTF-8; its first bytes are those of UTF-16"),
        (b'a,"b\n1,2\n', "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_head_of_a_csv(path, content, problem):
    (found,) = problems_of(path, content)
    assert problem in found
    assert found.startswith("sales.csv: ")


def test_what_is_wrong_with_a_parquet_file(tmp_path):
    path = tmp_path / "sales.parquet"
    assert "empty" in problems_of(path, b"")[0]
    assert "cannot be read" in problems_of(path, b"PAR1 nothing of the kind PAR1")[0]
    pd.DataFrame({"a": []}).to_parquet(path)
    assert "no rows" in problems_of(path)[0]


def test_an_absent_column_names_the_near_one_and_lists_what_there_is(path):
    path.write_text(CSV)
    file, _ = reader.look(path)
    (problem,) = reader.absent(file, ["amout", "date"])
    assert problem == (
        "sales.csv: there is no column 'amout' (did you mean 'amount'?); its columns are "
        "'customer_id', 'date', 'amount'"
    )


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_separator_is_recognised(path, sign, word):
    path.write_text(CSV.replace(",", sign))
    file, _ = reader.look(path)
    (problem,) = reader.absent(file, ["customer_id", "date"])
    assert f"separated by {word}" in problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,b\n1,2\n1\n1,2,3\n", r"2 rows without the 2 values the header announces (line 3 has 1, line 4 has 3)"),
        (b'a,b\n"1\n1",2\n1\n', "line 4 has 1"),
        (b"a,b\n1,2\n1,\xe9\n", "line 3 is not UTF-8"),
        (b'a,b\n1,"2\n', "cannot be read as CSV"),
    ],
)
def test_damage_is_found_with_its_line(path, content, problem):
    path.write_bytes(content)
    file, _ = reader.look(path)
    assert problem in reader.damage(file)


def test_a_repeated_name_does_harm_only_where_it_is_mapped(path):
    path.write_text("a,b,a,\n1,2,3,\n")
    file, problems = reader.look(path)
    assert problems == []
    assert reader.absent(file, ["b"]) == []
    assert reader.absent(file, ["a", "b"]) == ["sales.csv: the column 'a' is there 2 times; give each its own name"]


def test_a_sound_file_has_no_damage(path):
    path.write_text(CSV)
    assert reader.damage(reader.look(path)[0]) is None


def test_row_numbers_are_those_of_a_spreadsheet(path):
    # Rows as a spreadsheet shows them: 1 header, 2 first, 3 (two lines) second, 4 blank, 5 third.
    path.write_text('a,b\nx,1\n"x\ny",2\n\nz,3\n')
    file, _ = reader.look(path)
    assert reader.row_numbers(file, [0, 1, 2]) == [2, 3, 5]
    assert reader.row_numbers(file, [2]) == [5]
    assert reader.row_numbers(file, []) == []


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(table=st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_csv_that_was_written_properly_is_read_back_whole(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b", "c"], *table])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    if not any(cell.strip() for row in table for cell in row):
        assert "no rows" in problems_of(path)[0]
    else:
        assert rows(path, {"a": "a", "b": "b", "c": "c"}) == [tuple(row) for row in table]


# Fingerprints and scans


def fingerprints(path, form=None):
    file, _ = reader.look(path, form)
    with reader.opened(engine.connect(threads=1), file, {}, fingerprint=True) as raw:
        return raw.to_pyarrow().column("fingerprint").to_pylist()


def test_a_fingerprint_is_shared_by_equal_rows_only(path):
    path.write_text("a,b,c\n1,2,3\n1,2,3\n12,,3\n1,2,\n1,,2\n,1,2\n1:2,-,3\n")
    first, second, *others = fingerprints(path)
    assert first == second
    assert len({first, *others}) == 6
    assert len(first) == 32


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", "1", "-", "1:", ":1", "2:-", "11"]), min_size=3, max_size=3), min_size=2
    )
)
@settings(max_examples=40, deadline=None)
def test_fingerprints_are_equal_where_rows_are(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.parquet"
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).replace({"11": None})
    frame.to_parquet(path)
    marks = fingerprints(path)
    as_rows = list(frame.itertuples(index=False, name=None))
    assert len(set(zip(marks, as_rows, strict=True))) == len(set(marks)) == len(set(as_rows))


def test_the_order_of_columns_and_the_container_do_not_change_a_fingerprint(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("b,a\n2,1\n")
    (tmp_path / "c.csv").write_text("a,c\n1,2\n")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    a, b, c, d = (fingerprints(tmp_path / name)[0] for name in ("a.csv", "b.csv", "c.csv", "d.csv.gz"))
    assert a == b == d != c


def test_a_scan_has_every_column_by_position_as_text(tmp_path, path):
    path.write_text("a,b,a\n1,,x\n2,3,y\n")
    with reader.scan(engine.connect(threads=1), reader.look(path)[0]) as raw:
        assert raw.to_pyarrow().to_pylist() == [{"c0": "1", "c1": None, "c2": "x"}, {"c0": "2", "c1": "3", "c2": "y"}]
    parquet = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1.5, None], "b": pd.to_datetime(["2020-01-31", None])}).to_parquet(parquet)
    with reader.scan(engine.connect(threads=1), reader.look(parquet)[0]) as raw:
        assert raw.to_pyarrow().to_pylist() == [{"c0": "1.5", "c1": "2020-01-31 00:00:00"}, {"c0": None, "c1": None}]


def test_what_is_written_down_can_be_read_again_and_again_and_then_is_gone(tmp_path, path, cache_folder):
    path.write_text("a\n1\n2\n")
    connection = engine.connect(threads=1)
    with reader.scan(connection, reader.look(path)[0]) as raw, reader.written_down(connection, raw) as written:
        path.unlink()
        assert [written.to_pyarrow().column(0).to_pylist() for _ in range(2)] == [["1", "2"]] * 2
    assert list((cache_folder / "scratch").iterdir()) == []
