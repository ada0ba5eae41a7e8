"""Raw tables that look alike -> one export each: the same columns, written in the same form, holding the same table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from crmlab.errors import DataError, together
from crmlab.intake import readings, values
from crmlab.intake.mapping import GUESSED, Mapped, Match, map_columns, other_table
from crmlab.intake.profile import Profile
from crmlab.intake.readings import DateReading, NumberReading
from crmlab.intake.survey import Looked, name_of
from crmlab.tables.export import Export, Form
from crmlab.tables.schema import TABLES, Table
from crmlab.tables.wording import shown

_READS_ALL = 0.98
_MOST_NAMES = 12


@dataclass(frozen=True)
class Group:
    """Raw tables that make one export: how they were mapped, and how their numbers and dates were read."""

    looked: tuple[Looked, ...]
    mapped: Mapped
    numbers: NumberReading | None
    dates: DateReading | None

    @property
    def form(self) -> Form:
        """How the files are written."""
        style = self.numbers.style if self.numbers else values.STYLES[0]
        return replace(
            self.looked[0].file.form,
            sheets=tuple(dict.fromkeys(sheet for looked in self.looked for sheet in looked.file.form.sheets)),
            decimal=style.decimal,  # type: ignore[arg-type]
            thousands=style.thousands,  # type: ignore[arg-type]
            dates=self.dates.order if self.dates else "year_first",
        )

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the files, once each, as a client file in `folder` has them."""
        return tuple(dict.fromkeys(name_of(looked.file.place, folder) for looked in self.looked))

    @cached_property
    def columns(self) -> dict[str, str]:
        """Ours -> theirs, without the columns that identify a person: those are offered, not taken."""
        return {name: match.theirs for name, match in self.mapped.matches.items() if not match.column.personal}

    @property
    def rows(self) -> int:
        """The rows of all its files."""
        return sum(looked.rows for looked in self.looked)

    @property
    def kind_of_parts(self) -> str:
        """What its parts are: files, sheets of workbooks or tables of databases."""
        kinds = {"workbook": "sheet", "sqlite": "table", "duckdb": "table"}
        return kinds.get(self.looked[0].file.kind, "file")

    def export(self) -> Export:
        """The export under the absolute names of its files."""
        names = tuple(dict.fromkeys(looked.name for looked in self.looked))
        return Export(self.mapped.table, Path.cwd(), names, self.columns, self.form)


def grouped(looked: Sequence[Looked], *, today: date) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """The exports the tables make, transactions first, and what was passed over: sheets nobody asked for, other tables.

    Raises
    ------
    DataError
        If some table is none that crmlab knows, or if there are no transactions among them; with all such tables.
    """
    others = [(one, table) for one in looked if (table := other_table(one.file.columns))]
    looked = [one for one in looked if not other_table(one.file.columns)]
    alike: dict[object, list[Looked]] = {}
    for one in looked:
        alike.setdefault(_likeness(one, looked), []).append(one)
    groups = [group for tables in alike.values() for group in _groups_of(tables, today)]
    unknown = [group for group in groups if not group.mapped.is_complete]
    groups = [group for group in groups if group.mapped.is_complete]
    if not groups or any(looked.is_asked_for for group in unknown for looked in group.looked):
        problems = [*map(_unknown, unknown), *(_by_hand(one, table) for one, table in others)]
        raise DataError(together("What these files hold could not be understood:", problems))
    if all(group.mapped.table != TABLES[0] for group in groups):
        held = [f"{group.looked[0].label}: holds {group.mapped.table.name}" for group in groups]
        raise DataError(together("There are no transactions among the files; name the file with the sales too:", held))
    order = [table.name for table in TABLES]
    known = tuple(sorted(groups, key=lambda group: order.index(group.mapped.table.name)))
    nothing = [f"{one.label}, which holds none of the tables" for group in unknown for one in group.looked]
    return known, (*nothing, *(_by_hand(one, table) for one, table in others))


def with_values(group: Group, more: Mapping[str, Sequence[str]], *, today: date) -> Group:
    """The group with more values of its columns (ours -> texts) having a say in how numbers and dates are read."""
    kept = _kept(group.mapped)
    numbers = _texts(kept, ("money", "number")) + _more(kept, ("money", "number"), more)
    dates = _texts(kept, ("date",)) + _more(kept, ("date",), more)
    return replace(group, numbers=readings.read_numbers(numbers), dates=readings.read_dates(dates, today=today))


def _likeness(looked: Looked, others: Sequence[Looked]) -> object:
    """What tables of one export have in common; those of several workbooks, the names of all their sheets too."""
    sheets = [
        other.file.part
        for other in others
        if _columns_and_form(other) == _columns_and_form(looked)
        and other.file.path == looked.file.path
        and other.file.form.sheets
    ]
    return _columns_and_form(looked), tuple(sheets)


def _columns_and_form(looked: Looked) -> tuple[object, ...]:
    return looked.file.columns, looked.file.kind, replace(looked.file.form, sheets=())


def _groups_of(tables: Sequence[Looked], today: date) -> list[Group]:
    """One group, or where the tables write their numbers or dates in different ways, one for each way."""
    whole = _group(tables, today)
    if _reads_all(whole) or len(tables) == 1:
        return [whole]
    ways: dict[object, list[Looked]] = {}
    for looked in tables:
        alone = _group([looked], today)
        ways.setdefault((alone.form.decimal, alone.form.thousands, alone.form.dates), []).append(looked)
    return [_group(same, today) for same in ways.values()]


def _reads_all(group: Group) -> bool:
    return all(reading is None or reading.share >= _READS_ALL for reading in (group.numbers, group.dates))


def _group(tables: Sequence[Looked], today: date) -> Group:
    merged = [
        Profile(
            first.name, first.position, tuple(text for looked in tables for text in looked.profiles[at].texts), today
        )
        for at, first in enumerate(tables[0].profiles)
    ]
    mapped = map_columns(merged)
    kept = _kept(mapped)
    return Group(
        looked=tuple(tables),
        mapped=mapped,
        numbers=readings.read_numbers(_texts(kept, ("money", "number"))),
        dates=readings.read_dates(_texts(kept, ("date",)), today=today),
    )


def _kept(mapped: Mapped) -> list[Match]:
    return [match for match in mapped.matches.values() if not match.column.personal]


def _texts(matches: Sequence[Match], types: Sequence[str]) -> list[str]:
    return [text for match in matches if match.column.type in types for text in match.profile.filled]


def _more(matches: Sequence[Match], types: Sequence[str], more: Mapping[str, Sequence[str]]) -> list[str]:
    return [text for match in matches if match.column.type in types for text in more.get(match.column.name, ())]


def _unknown(group: Group) -> str:
    names = [name for name in group.looked[0].file.columns if name.strip()]
    there = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    wanted = " and no ".join(group.mapped.missing)
    return (
        f"{group.looked[0].label}: no column for {wanted} was found among {there}{more}; if they are there, rename "
        "them in the first line (customer_id, date, amount), or write the client file by hand; `crmlab data tables` "
        "lists every table it may name"
    )


def _by_hand(looked: Looked, table: Table) -> str:
    """What to do with a raw table that is one of ours, but none that is guessed."""
    guessed = ", ".join(one.name for one in GUESSED)
    return (
        f"{looked.label}, which has the columns of {table.name}: only {guessed} are written for you; add it under "
        f"tables by hand (`crmlab data tables {table.name}` lists its columns)"
    )
