"""Workbooks and database files as tables: what is in them, and copies of it, both made by a process of its own.

The libraries that read these formats crash, or take all memory, on some damaged files. In a process apart that is one
readable problem of the file.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq

from crmlab.errors import nearest
from crmlab.tables.export import Form
from crmlab.tables.sources.raw_file import Place, RawFile, UnreadableError
from crmlab.tables.wording import listed

ALL_ROWS = 2**62
_START = "import sys; sys.path.insert(0, sys.argv[1]); from crmlab.tables.sources.apart.order import main; main()"
_KINDS = {"workbook": "workbook", "sqlite": "SQLite file", "duckdb": "DuckDB file"}


def heads(place: Place, form: Form) -> tuple[list[RawFile], list[str]]:
    """The tables at the place that can be opened: the sheets of a workbook, or the table a database address names."""
    try:
        listing = _listing(place, form.skip_lines if place.kind == "workbook" else 0, _stamp(place.path))
    except UnreadableError as error:
        return [], [str(error)]
    if place.kind == "workbook":
        return _sheets(place, form, listing["parts"])
    if not listing["parts"]:
        return [], [_no_table(place, listing["names"])]
    return _with_rows([_raw_file(place, form, part) for part in listing["parts"]], listing["parts"])


def first_rows(file: RawFile) -> list[list[str]]:
    """The first rows of a sheet from its very top, skipped ones too; none of a database."""
    if file.kind != "workbook":
        return []
    parts = _listing(Place(file.path, file.kind), file.form.skip_lines, _stamp(file.path))["parts"]
    return next((part["top"] for part in parts if part["name"] == file.part), [])


def parts(place: Place) -> list[str]:
    """The names of the tables at the place: the sheets that have rows, or the tables and views of a database.

    Raises
    ------
    UnreadableError
        If the file cannot be read.
    """
    listing = _listing(Place(place.path, place.kind), 0, _stamp(place.path))
    if place.kind == "workbook":
        return [part["name"] for part in listing["parts"] if part["rows"]]
    names: list[str] = listing["names"]
    return [name for name in names if name.removeprefix("main.") == name or name.removeprefix("main.") not in names]


def copy(file: RawFile, target: Path, *, limit: int = ALL_ROWS) -> None:
    """Copy the first rows of the table to a Parquet file, with columns by position (and `row`, in workbooks).

    Raises
    ------
    UnreadableError
        If they cannot be read.
    """
    order = {"limit": limit, "target": str(target), "width": len(file.columns), "skip": file.form.skip_lines}
    _answer(file.place, {"do": "copy", **order})


def row_numbers(file: RawFile, positions: Sequence[int], scratch: Path) -> list[int]:
    """The numbers a person sees beside the rows at these positions, ascending; a database's rows count from 1."""
    if file.kind != "workbook" or not positions:
        return [position + 1 for position in positions]
    target = scratch / "numbers.parquet"
    copy(file, target, limit=positions[-1] + 1)
    numbers = pq.read_table(target, columns=["row"]).column("row")
    return [numbers[position].as_py() for position in positions]


def _sheets(place: Place, form: Form, parts: Sequence[Mapping[str, Any]]) -> tuple[list[RawFile], list[str]]:
    names = [part["name"] for part in parts]
    if form.sheets:
        absent = [name for name in form.sheets if name not in names]
        problems = [
            f"{place.label}: there is no sheet {name!r}{nearest(name, names)}; it has {listed(names, near=name)}"
            for name in absent
        ]
        wanted = [part for name in dict.fromkeys(form.sheets) for part in parts if part["name"] == name]
    else:
        wanted, problems = [part for part in parts if part["rows"]], []
        if len(wanted) > 1:
            return [], [_several_sheets(place, wanted)]
        if not wanted:
            return [], [f"{place.label}: no sheet has a header with rows below it; export it again"]
    files, more = _with_rows([_raw_file(place, form, part) for part in wanted], wanted)
    return files, problems + more


def _with_rows(files: Sequence[RawFile], parts: Sequence[Mapping[str, Any]]) -> tuple[list[RawFile], list[str]]:
    sound: list[RawFile] = []
    problems: list[str] = []
    for file, part in zip(files, parts, strict=True):
        if not part["rows"]:
            empty = "has a header but no rows" if any(file.columns) else "is empty"
            problems.append(f"{file.label}: {empty}; export it again, or leave it out of the files")
        elif not any(file.columns):
            mend = "the names of the columns belong there; leave rows above them out with format: {skip_lines: ...}"
            problems.append(f"{file.label}: row {file.form.skip_lines + 1} is blank; {mend}")
        else:
            sound.append(file)
    return sound, problems


def _several_sheets(place: Place, parts: Sequence[Mapping[str, Any]]) -> str:
    shown = ", ".join(repr(part["name"]) + (" (hidden)" if part["hidden"] else "") for part in parts[:12])
    names = ", ".join(json.dumps(part["name"], ensure_ascii=False) for part in parts[:12])
    return (
        f"{place.label}: {len(parts)} sheets have rows ({shown}); write which of them hold this table, "
        f"for example format: {{sheets: [{names}]}}"
    )


def _no_table(place: Place, names: Sequence[str]) -> str:
    there = f"its tables are {listed(names, near=place.part)}" if names else "it holds no table"
    if not place.part:
        example = f"{place.kind}:///{place.path.name}?table={names[0] if names else 'NAME'}"
        return f"{place.path.name}: which table is meant? Write it behind the file, like {example}; {there}"
    return f"{place.path.name}: there is no table {place.part!r}{nearest(place.part, names)}; {there}"


def _raw_file(place: Place, form: Form, part: Mapping[str, Any]) -> RawFile:
    return RawFile(place.path, place.kind, tuple(part["columns"]), form, part["name"])


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return (0, 0)
    return (state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _listing(place: Place, skip: int, stamp: tuple[int, int]) -> dict[str, Any]:  # noqa: ARG001  # the stamp is a key
    return _answer(place, {"do": "list", "skip": skip})


def _answer(place: Place, order: Mapping[str, Any]) -> dict[str, Any]:
    """What the process apart answers to the order; whatever goes wrong there is one problem of the file."""
    limit = psutil.virtual_memory().available if place.kind == "workbook" else None
    asked = {"kind": place.kind, "path": str(place.path), "part": place.part, "memory": limit, **order}
    done = subprocess.run(  # noqa: S603  # this program's own file, with nothing of the user's on the command line
        [sys.executable, "-I", "-c", _START, str(Path(__file__).parents[3])],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        mend = "the file is damaged or too large to be read; save it again, or export it as CSV UTF-8"
        raise UnreadableError(f"{place.label}: cannot be read as a {_KINDS[place.kind]}; {mend}") from error
    if "problem" in answer:
        raise UnreadableError(_problem(place, answer["problem"]))
    return answer


def _problem(place: Place, told: str) -> str:
    sentence = told.strip().splitlines()[0][:300]
    if sentence.startswith(("is ", "cannot ", "column ")):
        return f"{place.label}: {sentence}"
    return f"{place.label}: cannot be read as a {_KINDS[place.kind]}: {sentence}; save or copy it again"
