"""Whole worlds: Negin in a scenario and of a size, and what a notebook finds in it, run in this process.

A kernel for each notebook costs more than what most of them compute, and a picture more than its numbers. So the cells
of the client view run here one after the other, in a namespace of their own, and nothing is drawn. That they run in a
kernel, and what the page then looks like, is what `test_awkward.py` and the tests of the report look at.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crmlab import figures, suite
from crmlab.company.setting import Profile, setting
from crmlab.company.write import write_company
from crmlab.findings import Finding, Findings, Refusal
from tests.in_process import value_of


@dataclass(frozen=True)
class Told:
    """What a notebook said: its findings by id, or why it refused."""

    findings: dict[str, Finding]
    refusals: tuple[str, ...]


def company(folder: Path, scenario: str, *, seed: int, customers: int, branches: int) -> Path:
    """The client file of a company between `tiny` and `sample`, with as many prospects as customers."""
    size = Profile("middle", customers=customers, prospects=customers, branches=branches, reps=branches)
    wanted = replace(setting("tiny", seed=seed, scenario=scenario), profile=size)
    return write_company(folder, wanted)


def told(number: str, client: Path, monkeypatch: Any) -> Told:
    """What notebook `number` says of `client`, with its default parameters."""
    monkeypatch.setattr(figures, "show", lambda _drawn: None)
    found: dict[str, Finding] = {}
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in _cells(number):
        try:
            last = value_of(cell, names)
        except Refusal as refusal:
            return Told({}, refusal.reasons)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {"client": str(client), "view": "client"}
        if isinstance(last, Findings):
            found |= {one.id: one for one in last.items}
    return Told(found, ())


def _cells(number: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(suite.notebook(number).path.read_text("utf-8"))["cells"]
    shown = [one for one in cells if one["cell_type"] == "code" and "teaching" not in one["metadata"].get("tags", [])]
    # Lists of whom to contact come after the findings and change none of them.
    end = max(place for place, one in enumerate(shown) if "findings(" in "".join(one["source"]))
    return shown[: end + 1]
