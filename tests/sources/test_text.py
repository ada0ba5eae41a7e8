import gzip
import zipfile

import pytest

from crmlab.errors import DataError
from crmlab.tables import engine, reader
from crmlab.tables.export import Form
from crmlab.tables.sources import text

SALES = "name,amount\nCafé,1\n"


def told(path, content, **form):
    """What is said of the file: when it is looked at, opened, or read by the engine."""
    path.write_bytes(content)
    file, problems = reader.look(path, Form(**form))
    if problems:
        return problems[0]
    with pytest.raises(DataError) as caught, reader.opened(engine.connect(threads=1), file, {"a": "amount"}) as raw:
        raw.to_pyarrow()
    return str(caught.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sales.csv"


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "windows-1256", "mac-roman"])
def test_utf8_under_another_name_is_refused_rather_than_read_as_other_letters(path, encoding):
    assert told(path, SALES.encode(), encoding=encoding).endswith(
        f"is UTF-8, and the client file says {encoding}; write format: {{encoding: utf-8}}"
    )


def test_a_sign_that_latin_1_does_not_have_names_the_encoding_that_has_it(path):
    assert "byte 0x80 is no letter in latin-1; in windows-1252 it is '€'" in told(
        path, "name,amount\né,€1\n".encode("cp1252"), encoding="latin-1"
    )


def test_a_byte_that_the_encoding_does_not_have_is_named_with_its_line(path):
    content = b"name,amount\nCaf\xe9,1\n\x81,2\n"
    assert "line 3 is not Windows-1252 (byte 0x81" in told(path, content, encoding="windows-1252")


def test_bytes_that_are_not_utf8_are_shown_as_other_encodings_read_them(path):
    message = told(path, b"name\xe9,amount\nx,1\n")
    assert "line 1 is not UTF-8 (byte 0xE9: 'nameé' in windows-1252, " in message
    assert "'nameÈ' in mac-roman" in message


def test_the_line_of_a_bad_byte_is_right_in_large_files_and_with_any_line_end(tmp_path):
    for number, end in enumerate([b"\n", b"\r\n", b"\r"]):
        path = tmp_path / f"{number}.csv"
        row = b"name,1" + end
        message = told_damage(path, b"name,amount" + end + row * 400_000 + b"\xff,1" + end)
        assert "line 400002 is not UTF-8 (byte 0xFF" in message


def told_damage(path, content):
    path.write_bytes(content)
    return reader.damage(reader.look(path)[0])


@pytest.mark.parametrize("content", ["name,amount\nx,1\n".encode("utf-16")[:-1], b"\xff\xfe\x00\xd8a\x00"])
def test_broken_utf16_is_refused(path, content):
    assert "is not UTF-16" in told(path, content, encoding="utf-16")


def test_a_locked_archive_says_so(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", SALES)
    locked = path.read_bytes().replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
    locked = locked.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    path.write_bytes(locked)
    _, problems = reader.look(path)
    assert problems == ["a.zip: a.csv: is protected by a password; unpack it and name the unpacked file"]


def test_a_bomb_is_given_up_on(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_BOMB_BYTES", 1_000_000)
    content = b"name,amount\n" + b"x,1\n" * 1_000_000
    assert "unpacks to more than" in told(tmp_path / "a.csv.gz", gzip.compress(content))


def test_a_line_without_end_is_given_up_on(tmp_path):
    content = b"name,amount\n" + b"x" * (text.LONGEST_LINE + 1)
    assert "has more than 2,000,000 signs" in told(tmp_path / "a.csv.gz", gzip.compress(content))


def test_copies_are_gone_after_reading(tmp_path, cache_folder):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"name,amount\nx,1\n"))
    file, _ = reader.look(path)
    with reader.opened(engine.connect(threads=1), file, {"a": "amount"}) as raw:
        assert list(cache_folder.rglob("plain.csv"))
        assert raw.to_pyarrow().num_rows == 1
    assert not list((cache_folder / "scratch").iterdir())


def test_what_the_engine_reads_itself_is_not_copied(tmp_path):
    path = tmp_path / "a.csv"
    for content, copied in [(b"a\n1\n", False), (b"a\r\n1\r\n", False), (b"a\r1\r", True), (b"a\r\n1\n", True)]:
        path.write_bytes(content)
        assert text.needs_copy(reader.look(path)[0]) is copied
