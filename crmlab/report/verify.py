"""Whether a report can be made again: the same notebook, parameters and data once more, and every number compared."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crmlab import suite
from crmlab.client import Client, built_in
from crmlab.errors import ParameterError, ReportError, together
from crmlab.report.parameters import OF_THE_COMMAND
from crmlab.report.record import LISTS, RECORD, RUN, read_json, read_record
from crmlab.report.run import run_notebook
from crmlab.suite import Notebook

Sameness = Literal["the same bytes", "the same numbers", "other numbers"]

LAST_DIGITS = 1e-9
"""Relative difference up to which two numbers are the same: another processor may sum in another order."""

_NUMBERS = (RECORD, LISTS)
_SAID_IN_FINDINGS = ("value", "low", "high", "n", "unit")


@dataclass(frozen=True)
class Difference:
    """One place at which the report made again says something else: which, then and now."""

    where: str
    then: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What came of making a report again.

    Attributes
    ----------
    folder : Path
        The run that was verified; it is only read.
    identical, changed : tuple of str
        Names of its files that came out with the same bytes, and of those that did not.
    differences : tuple of Difference
        Findings, list rows and the outcome itself that are not the same to `LAST_DIGITS`.
    causes : tuple of str
        What went into the run and is not the same now, each a sentence; a reason to expect differences.
    """

    folder: Path
    identical: tuple[str, ...]
    changed: tuple[str, ...]
    differences: tuple[Difference, ...]
    causes: tuple[str, ...]

    @property
    def sameness(self) -> Sameness:
        """`the same bytes`, `the same numbers` (files differ, no finding and no list does) or `other numbers`."""
        if self.differences:
            return "other numbers"
        return "the same numbers" if self.changed else "the same bytes"


def client_of(folder: Path, given: str | None) -> str:
    """What to open as the client of a run: what was given, else the built-in client the run names.

    Raises
    ------
    ReportError
        If `folder` is no finished run.
    ParameterError
        If the run's client is not built in and none was given.
    """
    client_id = str(_record(folder)["client"]["id"])
    if given is None and client_id not in built_in():
        raise ParameterError(
            f"the report is of the client {client_id!r}, and a run does not hold where its client file lies; "
            f"name it: crmlab verify {folder} --client client.yml"
        )
    return given or client_id


def verify(folder: Path, client: Client, *, notebook: Notebook | None = None) -> Verification:
    """The run at `folder` made again from its own record, and what is the same.

    It is made in a temporary folder; `folder` is only read.

    Parameters
    ----------
    folder : Path
        A run folder, `OUT/<client id>/<notebook>-<12 hex>/`.
    client : Client
        The run's client, as it is now. If its data are not those of the run, that is among the causes.
    notebook : Notebook, optional
        By default the one of the suite with the run's name.

    Raises
    ------
    ReportError
        If `folder` is no finished run, or the run itself failed, another client was given, a run it was put together
        from is gone, or it fails now.
    ParameterError
        If the notebook as it is now does not take its parameters.
    """
    kept = _record(folder)
    _refuse_unfit(kept, folder, client)
    run = read_json(folder / RUN)
    with tempfile.TemporaryDirectory(prefix="crmlab-verify-") as place:
        out = Path(place)
        for name in run.get("inputs", []):
            shutil.copytree(folder.parent / name, out / client.id / name)
        again = run_notebook(
            client,
            notebook or suite.notebook(kept["notebook"]["name"]),
            out=out,
            parameters={name: value for name, value in kept["parameters"].items() if name not in OF_THE_COMMAND},
            view=kept["parameters"]["view"],
            language=kept["parameters"]["language"],
            quiet=True,
        )
        return _compared(folder, again.folder, causes=tuple(_causes(run, read_json(again.folder / RUN))))


def _record(folder: Path) -> dict[str, Any]:
    if not (folder / RECORD).is_file() or not (folder / RUN).is_file():
        raise ReportError(
            f"{folder} is no run: a run is a folder OUT/<client>/<notebook>-<12 digits> that holds {RECORD} and {RUN}; "
            "the client's index.html links to each"
        )
    return read_record(folder)


def _refuse_unfit(kept: Mapping[str, Any], folder: Path, client: Client) -> None:
    inputs = read_json(folder / RUN).get("inputs", [])
    other_data = bool(inputs) and kept["client"]["data_key"] != client.data_key
    unsafe = [name for name in inputs if Path(name).name != name]
    problems = [
        *(["it failed when it was made, so there is no report to make again"] if kept["status"] == "failed" else []),
        *(
            [f"it is of the client {kept['client']['id']!r}, and {client.id!r} was given"]
            if kept["client"]["id"] != client.id
            else []
        ),
        *(["it puts runs together that were made on other data than the client's of now"] if other_data else []),
        *(f"{name!r} among its inputs is no name of a run folder" for name in unsafe),
        *(
            f"it was put together from {name}, which is no longer in {folder.parent}"
            for name in inputs
            if name not in unsafe and not (folder.parent / name).is_dir()
        ),
    ]
    if problems:
        raise ReportError(together(f"{folder.name} cannot be verified:", problems))


def _causes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What went into the two runs and is not the same, in sentences."""
    if then["client"]["data_key"] != now["client"]["data_key"]:
        yield _of_the_data(then["sources"], now["sources"])
    if then["notebook"]["sha256"] != now["notebook"]["sha256"]:
        yield "the notebook was changed"
    if then["crmlab"]["source_sha256"] != now["crmlab"]["source_sha256"]:
        commits = [str(one["crmlab"].get("commit") or "no commit")[:12] for one in (then, now)]
        yield "crmlab's own source was changed" + (
            f" ({commits[0]}, now {commits[1]})" if commits[0] != commits[1] else ""
        )
    versions = [
        f"{name} {then['versions'].get(name, 'absent')}, now {now['versions'].get(name, 'absent')}"
        for name in sorted({*then["versions"], *now["versions"]})
        if then["versions"].get(name) != now["versions"].get(name)
    ]
    if versions:
        yield f"other versions are installed: {'; '.join(versions)}"
    yield from (
        f"{name}: {then[name]}, now {now[name]}" for name in ("python", "platform") if then.get(name) != now.get(name)
    )


def _of_the_data(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    before, after = ({one["file"]: one["sha256"] for one in sources} for sources in (then, now))
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if not names:
        return "the client file reads the same files in another way"
    return f"the data were changed: {', '.join(names)}"


def _compared(then: Path, now: Path, *, causes: tuple[str, ...]) -> Verification:
    files = {name: _bytes(then, name) == _bytes(now, name) for name in sorted({*_names(then), *_names(now)})}
    differences = [
        difference
        for name in _NUMBERS
        if not files.get(name, True)
        for difference in _between(_plain(read_json(then / name)), _plain(read_json(now / name)))
    ]
    return Verification(
        folder=then,
        identical=tuple(name for name, same in files.items() if same),
        changed=tuple(name for name, same in files.items() if not same),
        differences=tuple(differences),
        causes=causes,
    )


def _names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def _bytes(folder: Path, name: str) -> bytes | None:
    return (folder / name).read_bytes() if (folder / name).is_file() else None


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """A record or the lists of a run as one flat mapping from place to value: only what the report stands by."""
    if "findings" not in content:
        return {
            f"list {name}, row {number}, {column}": value
            for name, table in content.items()
            for number, row in enumerate(table["rows"], start=1)
            for column, value in zip(table["columns"], row, strict=True)
        }
    told = {f"finding {one['id']}, {name}": one[name] for one in content["findings"] for name in _SAID_IN_FINDINGS}
    lists = {f"list {one['id']}, number of rows": one["rows"] for one in content["lists"]}
    return {"outcome": content["status"], "refusals": " ".join(content["refusals"])} | told | lists


def _between(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    absent = "absent"
    for where in dict.fromkeys([*then, *now]):
        before, after = then.get(where, absent), now.get(where, absent)
        if not _same(before, after):
            yield Difference(where, _said(before), _said(after))


def _same(then: Any, now: Any) -> bool:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (then, now))
    return math.isclose(then, now, rel_tol=LAST_DIGITS) if numbers else bool(then == now)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
