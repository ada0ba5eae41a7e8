import json
import re
from pathlib import Path

import pytest

from crmlab import cli, suite
from crmlab.language import speaking
from crmlab.report import course as page
from crmlab.teaching.course import concepts, lessons, reading

NUMBERS = [one.number for one in lessons()]


def test_the_lessons_are_the_notebooks_and_those_to_come_in_their_order():
    assert [f"{number:02d}" for number in range(23)] + ["90"] == NUMBERS
    assert {one.number for one in suite.notebooks()} <= set(NUMBERS)


def test_a_lesson_builds_only_on_lessons_before_it():
    for one in lessons():
        assert all(NUMBERS.index(before) < NUMBERS.index(one.number) for before in one.after)
        assert len(one.objectives) == 3
        assert 20 <= one.minutes <= 90
        assert one.question.endswith("?")
        assert one.notebook is None or one.question == one.notebook.question


def test_every_concept_of_the_articles_is_there_with_its_lessons():
    # 32 + 19 + 16 + 25 + 65 rows of the five articles.
    counted = {letter: sum(one.id[0] == letter for one in concepts()) for letter in "ABCDE"}
    assert counted == {"A": 32, "B": 19, "C": 16, "D": 25, "E": 65}
    assert len({one.id for one in concepts()}) == 157
    for one in concepts():
        assert re.fullmatch(r"00[0-4]:[\d,-]+", one.place)
        assert {*one.ready, *one.later} <= set(NUMBERS)
        assert one.ready or one.later
        assert not set(one.ready) & set(one.later)


def test_what_to_read_says_where_it_was_checked():
    for one in reading():
        assert set(one.lessons) <= set(NUMBERS)
        assert one.checked
        assert re.search(r"\(\d{4}[a-z]?\)", one.reference)


def write_log(folder: Path, *lines: dict[str, object]) -> None:
    folder.mkdir(parents=True)
    (folder / "runs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_the_page_has_every_lesson_concept_and_the_last_run_times(tmp_path, capsys):
    line = {"time": "2026-01-01T00:00:00+00:00", "notebook": "02_pareto", "folder": "02_pareto-1", "parameters": {}}
    write_log(
        tmp_path / "reports" / "negin",
        line | {"status": "done", "fresh": True, "seconds": 99.0},
        line | {"status": "done", "fresh": True, "seconds": 7.25},
        line | {"status": "done", "fresh": False, "seconds": 0.1},
        line | {"status": "failed", "fresh": True, "seconds": 0.2},
    )
    out = tmp_path / "course.html"
    assert cli.main(["teach", "course", "--reports", str(tmp_path / "reports"), "--out", str(out)]) == 0
    html = out.read_text(encoding="utf-8")
    assert f"Open {out}" in capsys.readouterr().out
    assert all(one.id in html for one in concepts())
    assert ">7.2<" in html or ">7.3<" in html
    assert "99.0" not in html
    assert "<script" not in html


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_page_of_a_place_without_reports_says_how_to_make_one(tmp_path, language):
    with speaking(language):
        told = {section.anchor: section for section in page.sections(tmp_path)}
    assert "crmlab report negin" in told["run-times"].sentences[0]
    assert len(told["concepts"].grids[0].rows) == 157
    assert len(told["lessons"].grids[0].rows) == len(NUMBERS)
