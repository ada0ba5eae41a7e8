"""Raw files -> the draft of a client file: the one door of this package."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from crmlab import client_file
from crmlab.client import FILE_NAME
from crmlab.errors import DataError, together
from crmlab.intake import decide, draft, survey
from crmlab.intake.draft import Understood
from crmlab.intake.facts import Facts, facts_of
from crmlab.intake.grouping import Group, grouped, with_values
from crmlab.intake.survey import Looked
from crmlab.tables.schema import Rules
from crmlab.tables.sources import address
from crmlab.tables.sources.raw_file import Place
from crmlab.tables.wording import plural, shown

_LEAST_SAMPLE = 500
_ROUNDS = 2


@dataclass(frozen=True)
class Draft:
    """A client file that is not written yet.

    Attributes
    ----------
    path : Path
        Where it belongs.
    text : str
        What it will say.
    to_confirm : tuple of str
        What was guessed without being sure.
    understood : Understood
        What it says, for a program.
    """

    path: Path
    text: str
    to_confirm: tuple[str, ...]
    understood: Understood

    def save(self, *, force: bool = False) -> None:
        """Write the client file and make its folder; one that is there is replaced only with `force`."""
        refuse_to_replace(self.path, force=force)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_name(f".{self.path.name}.partial")
            partial.write_text(self.text, encoding="utf-8", newline="\n")
            partial.replace(self.path)
        except OSError as error:
            raise DataError(f"{self.path} cannot be written: {error.strerror}; choose another folder") from error


def refuse_to_replace(path: Path, *, force: bool) -> None:
    """Raise a `DataError` if there is a client file that was not to be replaced."""
    if not force and os.path.lexists(path):
        raise DataError(f"{path} is there already; --force replaces it, and what was confirmed in it is lost")


def start(folder: Path, files: Sequence[str], *, today: date) -> Draft:
    """The draft of a client file in `folder` for the raw files; nothing is written or copied.

    Parameters
    ----------
    folder : Path
        Where the client file will lie; it need not exist. The files are named relative to it.
    files : sequence of str
        Names, patterns, archives, workbooks, or `sqlite:///` and `duckdb:///` addresses, relative to the working
        folder. Each sheet, member and table of them that holds rows is looked at.
    today : date
        No purchase can be later: dates that could be read in two ways are held against it.

    Raises
    ------
    DataError
        If a file cannot be read or understood; all of them in one message.
    """
    folder = Path(os.path.realpath(folder))
    looked, passed_over = _looked(files, today)
    groups, unknown = grouped(looked, today=today)
    currency = decide.currency(groups)
    facts: list[Facts] = []
    sure: list[Group] = []
    for group, unit in zip(groups, currency.units, strict=True):
        settled, found = _settled(group, unit or currency.code, today)
        sure.append(settled)
        facts.append(found)
    understood = Understood(
        folder=folder,
        groups=tuple(sure),
        facts=tuple(facts),
        currency=currency,
        observed_until=decide.last_day(facts, today),
        today=today,
        rules=Rules(fine_amounts="round" if any(found.too_fine for found in facts) else "refuse"),
        passed_over=(*passed_over, *unknown),
    )
    _refuse_without_dates(understood)
    text, to_confirm = draft.write(understood)
    _held_against_the_client_file(text, folder, today)
    return Draft(folder / FILE_NAME, text, to_confirm, understood)


def _looked(files: Sequence[str], today: date) -> tuple[list[Looked], list[str]]:
    """The tables behind the names, and why parts of files were passed over; a file that was named must be readable."""
    places, problems = _places(files)
    sample = max(_LEAST_SAMPLE, survey.SAMPLE_ROWS // max(1, len(places)))
    looked: list[Looked] = []
    passed_over: list[str] = []
    for place, is_asked_for in places.items():
        try:
            table = survey.look(place, today=today, sample=sample)
            looked.append(replace(table, is_asked_for=is_asked_for))
        except DataError as error:
            (problems if is_asked_for else passed_over).append(str(error))
    if problems or not looked:
        raise DataError(together("These files cannot be read:", problems or passed_over or ["no file was named"]))
    return looked, passed_over


def _places(files: Sequence[str]) -> tuple[dict[Place, bool], list[str]]:
    """The places behind the names, with whether each was named itself, and why there are none behind the others."""
    places: dict[Place, bool] = {}
    problems: list[str] = []
    for name in files:
        if address.is_address(name):
            problems.append(f"{shown(name)} is an address; crmlab reads only files: fetch it first, then name the file")
            continue
        behind = address.places([name], Path.cwd())
        problems += behind.problems
        for place in behind.found:
            try:
                parts = survey.parts(place)
            except DataError as error:
                problems.append(str(error))
                continue
            places |= {part: places.get(part, False) or len(parts) == 1 for part in parts}
    return places, problems


def _settled(group: Group, currency: str, today: date) -> tuple[Group, Facts]:
    """The group, its form held against every row; values that the sample did not show are read again with it."""
    facts = facts_of(group.export(), currency=currency, today=today)
    for _ in range(_ROUNDS):
        again = with_values(group, {name: texts for name, (_, texts) in facts.faults.items()}, today=today)
        if not facts.faults or again.form == group.form:
            break
        group, facts = again, facts_of(again.export(), currency=currency, today=today)
    return group, facts


def _refuse_without_dates(understood: Understood) -> None:
    whole = understood.together
    if whole.last is None:
        dates = next(group.columns["date"] for group, _ in understood.sales)
        raise DataError(f"no row has a date that can be read in the column {shown(dates)}; look at the file")
    if whole.last_until_today is None:
        future = f"{plural(whole.rows, 'row')} with dates from {whole.first} to {whole.last}"
        raise DataError(f"all dates are after today ({understood.today}): {future}; look at the file and the clock")


def _held_against_the_client_file(text: str, folder: Path, today: date) -> None:
    """Refuse to write what could not be read back: better no client file than one that says something else."""
    path = folder / FILE_NAME
    keys, problems = client_file.parse(yaml.safe_load(text), path, today=today)
    if keys is None or problems:
        raise DataError(together("No client file can be written for these files:", problems))
