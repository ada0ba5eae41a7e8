import os
import zipfile

import pytest

from crmlab.tables.sources import address
from crmlab.tables.sources.raw_file import Place


def labels(folder, *names):
    places = address.places(names, folder)
    assert places.problems == []
    return [place.label for place in places.found]


def problem(folder, *names):
    places = address.places(names, folder)
    assert places.found == []
    (told,) = places.problems
    return told


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a\n1\n")


def zip_of(path, *members):
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "a\n1\n")


def test_patterns_give_the_files_in_the_order_of_their_names(tmp_path):
    touch(tmp_path, "sales-02.csv", "sales-01.csv", "other.csv", "deep/er/sales-03.csv", "sales-0x.parquet")
    assert labels(tmp_path, "sales-*.csv", "other.csv") == ["sales-01.csv", "sales-02.csv", "other.csv"]
    assert labels(tmp_path, "sales-0[!1].csv") == ["sales-02.csv"]
    assert labels(tmp_path, "**/sales-03.csv") == ["sales-03.csv"]
    assert labels(tmp_path, str(tmp_path / "o*.csv")) == ["other.csv"]


def test_a_file_of_that_very_name_is_no_pattern_and_neither_is_its_folder(tmp_path):
    folder = tmp_path / "year[1]"
    touch(folder, "a[1].csv", "a1.csv", "b1.csv")
    assert labels(folder, "a[1].csv") == ["a[1].csv"]
    assert labels(folder, "b*.csv") == ["b1.csv"]


def test_a_pattern_that_matches_nothing_names_what_there_is(tmp_path):
    assert "it holds no files" in problem(tmp_path, "*.csv")
    touch(tmp_path, "sale-1.csv", "sale-2.csv")
    assert problem(tmp_path, "sales-*.csv") == (
        f"sales-*.csv: no file in {tmp_path} matches; there are 'sale-1.csv', 'sale-2.csv'"
    )
    assert "there is no folder" in problem(tmp_path, "nowhere/*.csv")


def test_a_pattern_that_matches_what_cannot_be_read_says_so(tmp_path):
    touch(tmp_path, "a.csv", "notes.pdf")
    places = address.places(["*"], tmp_path)
    assert [place.label for place in places.found] == ["a.csv"]
    assert "notes.pdf: is none of .csv" in places.problems[0]


def test_archives_give_their_text_files_or_the_one_that_is_named(tmp_path):
    zip_of(tmp_path / "a.zip", "b/2.csv", "1.txt", "readme.md", "__MACOSX/._1.csv", ".hidden.csv")
    assert labels(tmp_path, "a.zip") == ["a.zip: 1.txt", "a.zip: b/2.csv"]
    assert labels(tmp_path, "a.zip!b/2.csv") == ["a.zip: b/2.csv"]


@pytest.mark.parametrize(
    ("members", "name", "told"),
    [
        (["sales.csv"], "a.zip!sale.csv", "there is no member 'sale.csv' (did you mean 'sales.csv'?)"),
        (["a.md"], "a.zip", "holds only 'a.md'; pack .csv, .tsv, .txt files"),
        ([], "a.zip", "holds no files"),
        (["a.csv", "b.xlsx"], "a.zip", "holds 'b.xlsx', which are not read out of archives"),
        (["b.xlsx"], "a.zip!b.xlsx", "b.xlsx is not a text file"),
        (["a.csv"], "b.zip!a.csv", "b.zip: there is no such file"),
    ],
)
def test_what_is_wrong_with_archives(tmp_path, members, name, told):
    zip_of(tmp_path / "a.zip", *members)
    assert told in problem(tmp_path, name)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_members_of_one_name_is_refused(tmp_path):
    zip_of(tmp_path / "a.zip", "a.csv", "a.csv")
    assert "holds 'a.csv' more than once" in problem(tmp_path, "a.zip")


def test_the_path_of_a_member_is_never_followed(tmp_path):
    zip_of(tmp_path / "a.zip", "../../etc/passwd.csv", "/root/x.csv")
    places = address.places(["a.zip"], tmp_path)
    assert {place.path for place in places.found} == {tmp_path / "a.zip"}


def test_addresses_of_database_files(tmp_path):
    touch(tmp_path, "shop 1%.db", "x.duckdb")
    (place,) = address.places(["sqlite:///shop%201%25.db?table=my%20orders"], tmp_path).found
    assert place == Place(tmp_path / "shop 1%.db", "sqlite", "my orders")
    (place,) = address.places([f"duckdb:///{tmp_path}/x.duckdb?table=main.orders"], tmp_path).found
    assert place == Place(tmp_path / "x.duckdb", "duckdb", "main.orders")
    assert "no such file" in problem(tmp_path, "sqlite:///shop.db?table=a")
    assert "only ?table=NAME may follow" in problem(tmp_path, "duckdb:///x.duckdb?mode=rw")
    assert "names no file" in problem(tmp_path, "duckdb:///?table=a")


def test_a_database_named_as_a_file_says_how_to_name_its_table(tmp_path):
    touch(tmp_path, "x.duckdb", "y.sqlite", "a.parquet.gz")
    assert "duckdb:///x.duckdb?table=NAME" in problem(tmp_path, "x.duckdb")
    assert "sqlite:///y.sqlite?table=NAME" in problem(tmp_path, "y.sqlite")
    assert "only text files may be packed" in problem(tmp_path, "a.parquet.gz")


@pytest.mark.parametrize("name", ["\0*", "[", "*\0", "a.zip!", "sqlite:///\0?table=a", "x" * 999 + "*", "**" * 50])
def test_no_name_is_anything_but_places_or_problems(tmp_path, name):
    places = address.places([name], tmp_path)
    assert places.found or places.problems


def test_only_database_files_are_addresses_that_are_followed():
    assert address.is_address("postgres://host/db")
    assert address.is_address("sqlite://shop.db")
    assert not address.is_address("duckdb:///x.duckdb?table=a")
    assert os.sep not in "".join(address.TEXTS)
