import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmlab.errors import ReportError
from crmlab.report import folder
from crmlab.report.folder import key_of, publish, replace, sweep, sweep_all, write_bytes


def everything(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*"))


@pytest.fixture
def full_disk(monkeypatch):
    """The second write fails as on a full disk; the tests may run as root, to whom every folder is writable."""
    written = []

    def write(path, content, **how):
        written.append(path)
        if len(written) > 1:
            raise ReportError(f"cannot write {path}: No space left on device")
        write_bytes(path, content, **how)

    monkeypatch.setattr(folder, "write_bytes", write)


def test_key_is_twelve_digits_and_minds_values_not_their_order():
    key = key_of({"a": 1, "b": [1, 2]})
    assert len(key) == 12
    assert int(key, 16) >= 0
    assert key == key_of({"b": [1, 2], "a": 1})
    assert key != key_of({"a": 1, "b": [2, 1]})


def test_publish_makes_the_whole_folder(tmp_path):
    assert publish(tmp_path / "shop" / "02-abc", {"report.html": b"r", "lists/top.csv": b"t"})
    assert everything(tmp_path) == [
        "shop",
        "shop/02-abc",
        *(f"shop/02-abc/{n}" for n in ("lists", "lists/top.csv", "report.html")),
    ]


def test_folder_that_is_there_is_kept(tmp_path):
    publish(tmp_path / "02-abc", {"report.html": b"first"})
    assert not publish(tmp_path / "02-abc", {"report.html": b"second"})
    assert (tmp_path / "02-abc" / "report.html").read_bytes() == b"first"


def test_loser_of_a_race_keeps_the_winner(tmp_path, monkeypatch):
    rename = os.rename

    def late(partial, final):
        final.mkdir()
        (final / "report.html").write_bytes(b"winner")
        rename(partial, final)

    monkeypatch.setattr(os, "rename", late)
    assert not publish(tmp_path / "02-abc", {"report.html": b"loser"})
    assert everything(tmp_path) == ["02-abc", "02-abc/report.html"]
    assert (tmp_path / "02-abc" / "report.html").read_bytes() == b"winner"


def test_failed_write_leaves_nothing(tmp_path, full_disk):
    with pytest.raises(ReportError, match=r"cannot write .*b\.html: No space left"):
        publish(tmp_path / "02-abc", {"a.html": b"a", "b.html": b"b"})
    assert everything(tmp_path) == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt, MemoryError])
def test_anything_else_in_the_middle_leaves_nothing(tmp_path, monkeypatch, fault):
    def write(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        raise fault

    monkeypatch.setattr(folder, "write_bytes", write)
    with pytest.raises(fault):
        publish(tmp_path / "02-abc", {"a.html": b"a"})
    assert everything(tmp_path) == []


def test_write_says_what_and_where(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match=r"cannot write .*file/report\.html \(2 bytes\): "):
        write_bytes(tmp_path / "file" / "report.html", b"ab")


def test_rename_that_fails_for_another_reason(tmp_path, monkeypatch):
    def refuse(_partial, _final):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(ReportError, match=r"cannot rename \.02-abc\.partial-.* Permission denied"):
        publish(tmp_path / "02-abc", {"a.html": b"a"})
    assert everything(tmp_path) == []


def test_replace_never_shows_half_a_file(tmp_path, full_disk):
    replace(tmp_path / "index.html", b"old")
    with pytest.raises(ReportError, match="No space left"):
        replace(tmp_path / "index.html", b"new")
    assert (tmp_path / "index.html").read_bytes() == b"old"
    assert everything(tmp_path) == ["index.html"]


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    return ended.pid


def test_sweep_takes_what_the_dead_left_and_nothing_else(tmp_path):
    host = folder._host()
    dead = tmp_path / f".02-abc.partial-{host}-{dead_process()}-0000"
    living = tmp_path / f".02-abc.partial-{host}-{os.getpid()}-0000"
    elsewhere = tmp_path / f".02-abc.partial-ffffff-{dead_process()}-0000"
    old = tmp_path / f".02-abc.partial-ffffff-{dead_process()}-1111"
    for place in (dead, living, elsewhere, old):
        place.mkdir()
        (place / "a.html").write_text("a")
    os.utime(old, (0, 0))
    (tmp_path / f".index.html.partial-{host}-{dead_process()}-0000").write_text("i")
    for name in (".partial-notes", ".his.partial-notes"):
        (tmp_path / name).write_text("somebody's own")
    sweep(tmp_path)
    kept = {living.name, elsewhere.name, ".partial-notes", ".his.partial-notes"}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_everything_is_swept_whoever_is_still_a_client(tmp_path):
    left = f"partial-{folder._host()}-{dead_process()}-0000"
    (tmp_path / "gone" / f".02-abc.{left}").mkdir(parents=True)
    (tmp_path / f".index.html.{left}").write_text("<!doctype")
    (tmp_path / "index.html").write_text("whole")
    sweep_all(tmp_path)
    assert everything(tmp_path) == ["gone", "index.html"]
    sweep_all(tmp_path / "nowhere")


def test_what_cannot_be_swept_is_left_to_the_next(tmp_path, monkeypatch):
    (tmp_path / f".index.html.partial-{folder._host()}-{dead_process()}-0000").write_text("i")

    def refuse(_path, **_how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    sweep(tmp_path)
    assert len(everything(tmp_path)) == 1


def test_appending_keeps_what_was_there(tmp_path):
    for number in range(3):
        write_bytes(tmp_path / "runs.jsonl", f"{json.dumps(number)}\n".encode(), append=True)
    assert (tmp_path / "runs.jsonl").read_text() == "0\n1\n2\n"


def test_line_that_a_crash_cut_short_does_not_take_the_next_one_with_it(tmp_path):
    log = tmp_path / "runs.jsonl"
    log.write_text('{"whole": 1}\n{"cut')
    write_bytes(log, b'{"whole": 2}\n', append=True)
    assert log.read_text() == '{"whole": 1}\n{"cut\n{"whole": 2}\n'


def test_line_for_which_there_is_no_room_is_not_there_by_half(tmp_path, monkeypatch):
    log = tmp_path / "runs.jsonl"
    write_bytes(log, b"whole\n", append=True)

    def write(file, content):
        file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_write", write)
    with pytest.raises(ReportError, match="No space left on device"):
        write_bytes(log, b"not whole\n", append=True)
    assert log.read_bytes() == b"whole\n"


def test_folder_put_aside_comes_back_where_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    publish(tmp_path / "02-abc", {"report.html": b"old"})
    rename = os.rename

    def refuse(partial, final):
        if ".partial-" in Path(partial).name:
            raise PermissionError(13, "Permission denied")
        rename(partial, final)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(ReportError, match="Permission denied"):
        publish(tmp_path / "02-abc", {"report.html": b"new"}, again=True)
    assert everything(tmp_path) == ["02-abc", "02-abc/report.html"]
    assert (tmp_path / "02-abc" / "report.html").read_bytes() == b"old"
