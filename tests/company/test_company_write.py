"""A company on disk: whole, or not at all."""

import pyarrow.parquet as pq
import pytest
import yaml

from crmlab.cli import main
from crmlab.company import make_company, setting, write
from crmlab.errors import DataError
from crmlab.tables.schema import BY_NAME


def test_what_is_written_is_what_is_made(tmp_path):
    write.write_company(tmp_path / "tiny", setting("tiny", seed=4))
    made = make_company("tiny", seed=4)
    for kind, frames in (("tables", made.tables), ("truth", made.truth)):
        written = {path.stem: pq.read_table(path) for path in (tmp_path / "tiny" / kind).glob("*.parquet")}
        assert written.keys() == frames.keys()
        for name, frame in frames.items():
            assert written[name].column_names == list(frame.columns)
            assert written[name].num_rows == len(frame)
    keys = yaml.safe_load((tmp_path / "tiny" / "client.yml").read_text(encoding="utf-8"))
    assert keys["tables"].keys() == made.tables.keys()
    assert keys["id"] == "negin-tiny-standard"


def test_blocks_are_written_one_after_the_other(tmp_path):
    told = []
    wanted = setting("sample")
    write.write_company(tmp_path / "sample", wanted, on_part=lambda *counts: told.append(counts))
    assert told[-1][0] == told[-1][1]
    customers = pq.read_table(tmp_path / "sample" / "truth" / "customers.parquet")["customer_id"].to_pylist()
    assert customers == [f"N{number:06}" for number in range(1, 6_001)]


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something already"):
        write.write_company(tmp_path, setting("tiny"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "client_keys", full)
    with pytest.raises(DataError, match=r"(?s)could not be written.*No space left"):
        write.write_company(tmp_path / "new", setting("tiny"))
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_made_and_what_is_wrong(tmp_path, capsys):
    assert main(["data", "make", str(tmp_path / "new"), "--profile", "tiny", "--scenario", "clean"]) == 0
    assert "Then: crmlab check" in capsys.readouterr().out
    assert main(["data", "make", str(tmp_path / "other"), "--profile", "huge"]) == 2
    assert "profile is 'huge'" in capsys.readouterr().err


def test_the_client_file_names_only_what_the_schema_knows():
    made = make_company("tiny")
    for name, frame in made.tables.items():
        assert set(frame.columns) <= set(BY_NAME[name].column_names)
