import sqlite3

import pytest

from crmlab.errors import DataError
from crmlab.tables import check
from crmlab.tables.export import Export, Form
from crmlab.tables.schema import CUSTOMERS, TRANSACTIONS

COLUMNS = {"customer_id": "who", "date": "day", "amount": "paid"}
ROW = "ann,1997-01-01,1\n"
HEADER = "who,day,paid\n"


def export(folder, *names, table=TRANSACTIONS, columns=COLUMNS, **form):
    return Export(table, folder, names, columns, Form(**form))


def problems(folder, content, *, name="a.csv", **keys):
    (folder / name).write_text(content)
    found = check.problems((export(folder, name, **keys),))
    with pytest.raises(DataError, match="cannot be used as it stands"):
        check.sound((export(folder, name, **keys),))
    return found


def value_problems(folder, content, **form):
    (folder / "a.csv").write_text(content)
    exports = (export(folder, "a.csv", **form),)
    check.sound(exports)
    return check.problems(exports)


def test_two_hundred_columns_are_cut_to_the_nearest(tmp_path):
    header = ",".join([*(f"column {number}" for number in range(199)), "whom"])
    (told, *others) = problems(tmp_path, f"{header}\n{','.join('x' * 200)}\n")
    assert "there is no column 'who' (did you mean 'whom'?); its columns are 'whom', " in told
    assert told.endswith("and 188 more")
    assert len(others) == 2


def test_a_file_without_a_header_says_so(tmp_path):
    (told,) = problems(tmp_path, "17,1997-01-01,1.50\n18,1997-01-02,2.50\n")
    assert told == (
        "a.csv: has no header, it seems: its first line is '17', '1997-01-01', '1.50'; "
        "write a line above it with the name of each column"
    )


def test_another_separator_says_how_to_name_it(tmp_path):
    (told,) = problems(tmp_path, "who;day;paid\nann;1997-01-01;1\n")
    assert "separated by semicolons, and the client file says commas; write format: {separator: ';'}" in told


def test_a_header_below_a_title_says_how_many_lines_to_skip(tmp_path):
    (told,) = problems(tmp_path, f"My shop,,\n,,\n{HEADER}{ROW}")
    assert told == "a.csv: the names of the columns are in row 3; write format: {skip_lines: 2}"


def test_a_header_that_is_repeated_among_the_rows_is_one_problem_with_its_rows(tmp_path):
    (told,) = value_problems(tmp_path, HEADER + ROW + HEADER + ROW + HEADER + ROW)
    assert told == (
        "a.csv: the header is repeated 2 times among the rows (row 3, row 5), as if files had been pasted together; "
        "delete these lines"
    )


def test_a_header_that_is_repeated_among_rows_of_text_is_found_too(tmp_path):
    keys = {"table": CUSTOMERS, "columns": {"customer_id": "id", "name": "name"}}
    (told,) = problems(tmp_path, "id,name\n1,Ann\nid,name\n2,Bob\n", **keys)
    assert "the header is repeated 1 time among the rows (row 3)" in told


def test_a_header_of_two_lines_is_one_problem(tmp_path):
    (told,) = value_problems(tmp_path, f"{HEADER}(text),(date),(EUR)\n{ROW}")
    assert told == (
        "a.csv: row 2 ('(text)', '(date)', '(EUR)') looks like a second line of the header; delete it, or, if the "
        "names to map stand there, write format: {skip_lines: 1}"
    )


def test_a_first_row_with_one_bad_value_is_no_header(tmp_path):
    (told,) = value_problems(tmp_path, f"{HEADER}ann,1997-01-01,free\n{ROW}")
    assert "column 'paid': 1 value" in told


def test_rows_are_numbered_with_the_skipped_lines(tmp_path):
    (told,) = value_problems(tmp_path, f"title\n\n{HEADER}{ROW}ann,1997-01-01,oops\n", skip_lines=2)
    assert "(row 5: 'oops')" in told


def test_a_file_reached_twice_is_a_problem_also_through_a_link(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROW)
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    found = check.problems((export(tmp_path, "a.csv"), export(tmp_path, "*.csv")))
    assert "a.csv: transactions reaches it 3 times, and its rows would count as often" in found[0]
    with pytest.raises(DataError, match="its rows would count as often"):
        check.sound((export(tmp_path, "a.csv"), export(tmp_path, "a.c*")))
    other = export(tmp_path, "a.csv", table=CUSTOMERS, columns={"customer_id": "who"})
    assert len(check.sound((export(tmp_path, "a.csv"), other))) == 2


def test_values_of_databases_and_their_rows_are_named(tmp_path):
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("CREATE TABLE t (who, day, paid)")
        connection.execute("INSERT INTO t VALUES (1, '1997-01-01', 1.5), (2, '1997-01-01', 'free')")
    connection.close()
    (told,) = check.problems((export(tmp_path, "sqlite:///s.db?table=t"),))
    assert told.startswith("s.db: t: column 'paid': 1 value is no plain number (row 2: 'free')")
