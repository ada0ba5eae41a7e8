"""The data page in the order it is read: sections of sentences, tables and points, the same on paper and on a screen.

What stands here is text: the terminal and the HTML page only lay it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from crmlab.data_page.assemble import TRANSACTIONS, Counted, DataPage, ReadExport
from crmlab.data_page.noticed import Noticed
from crmlab.data_page.personal import Personal
from crmlab.data_page.phrases import count, money, named, share
from crmlab.data_page.readiness import Readiness
from crmlab.display import format_value

Mark = Literal["good", "bad", "odd", "plain"]

MOST_ROWS = 20

_SIGNS = {
    ",": "commas",
    ";": "semicolons",
    "|": "bars",
    "\t": "tabs",
    ".": "points",
    " ": "spaces",
    "'": "apostrophes",
    "٫": "٫",
    "٬": "٬",
}
_DATES = {
    "year_first": "dates year first",
    "day_first": "dates day first",
    "month_first": "dates month first",
    "excel_serial": "dates as Excel's serial numbers",
    "jalali": "dates in the Jalali calendar",
}


@dataclass(frozen=True)
class Grid:
    """A table of texts; `numbers` are the positions of columns to align right, `totals` those of rows to stress.

    `notes` are sentences to be read with the table.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """One thing said, whether it is good, bad or odd, and what there is to add."""

    mark: Mark
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page; `anchor` is its name in addresses. What is empty is not shown."""

    anchor: str
    title: str
    sentences: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    points: tuple[Point, ...] = ()


def sections(page: DataPage) -> tuple[Section, ...]:
    """Every section of the page, in its order."""
    return (
        _in_short(page),
        _read(page),
        _rules(page),
        _changes(page),
        _ledger(page),
        _noticed(page),
        _gates(page),
        _personal(page),
        _notebooks(page),
        Section("next", "What to do next", points=tuple(Point("plain", step) for step in page.next_steps)),
    )


def _in_short(page: DataPage) -> Section:
    read, kept = page.count("read"), page.count("kept")
    able = [notebook for notebook in page.notebooks if notebook.can_run]
    odd = count(len(page.noticed), "odd thing was", "odd things were")
    columns = count(len(page.personal), "column of the raw files holds", "columns of the raw files hold")
    return Section(
        "in-short",
        "In short",
        points=(
            Point(
                "plain",
                f"{count(read.rows, 'row', 'rows')} of transactions read, worth {_money(read, page)}; the rules keep "
                f"{kept.rows:,} of them ({share(kept.rows, read.rows)}), worth {_money(kept, page)}.",
            ),
            Point(
                "good" if len(able) == len(page.notebooks) else "bad",
                f"{len(able):,} of {count(len(page.notebooks), 'notebook', 'notebooks')} can run on these data.",
            ),
            _reconciled(page) or Point("plain", "The counts are not yet held against a total of the client's books."),
            Point("odd", f"{odd} noticed.") if page.noticed else Point("good", "Nothing odd was found."),
            Point("odd", f"{columns} personal data.")
            if page.personal
            else Point("good", "No personal data was found in the raw files."),
        ),
    )


def _read(page: DataPage) -> Section:
    shown = page.sources[:MOST_ROWS]
    sources = Grid(
        f"Files read{_first(len(page.sources))}.",
        ("file", "table", "rows", "bytes"),
        tuple((named(one.file), one.table, f"{one.rows:,}", f"{one.bytes:,}") for one in shown),
        numbers=(2, 3),
    )
    columns = [
        (export.table, ours, named(theirs)) for export in page.exports for ours, theirs in export.columns.items()
    ]
    mapping = Grid(
        "Which column is which.",
        ("table", "column in crmlab", "column in the file"),
        tuple(dict.fromkeys(columns)),
    )
    period = f"Dates of the kept transactions: {page.period[0]} to {page.period[1]}. " if page.period else ""
    return Section(
        "read",
        "What was read",
        (
            f"{period}Observed until {page.observed_until}. Every amount is in {page.currency}.",
            *dict.fromkeys(map(_form, page.exports)),
        ),
        (sources, mapping),
    )


def _rules(page: DataPage) -> Section:
    return Section(
        "rules",
        "What the rules left out",
        ("Each row is kept, or left out by the first rule that applies to it: kept + left out = read.",),
        tuple(_rule_grid(page, table, rows) for table, rows in page.rules.items()),
    )


def _rule_grid(page: DataPage, table: str, rows: Sequence[Counted]) -> Grid:
    """A rule that took nothing is named in a note only, so that the table is short."""
    told = [row for row in rows if row.rows or row.name in ("read", "kept")]
    idle = [row.name.replace("_", " ") for row in rows if row not in told]
    nothing = (f"Nothing was taken by: {', '.join(idle)}.",) if idle else ()
    with_money = table == TRANSACTIONS
    headings = ("rule", "rows", *((f"amount ({page.currency})",) if with_money else ()), "what it means")
    cells = [
        (
            row.name.replace("_", " "),
            f"{row.rows:,}",
            *((format_value(row.amount, "money"),) if with_money else ()),
            row.sentence,
        )
        for row in told
    ]
    return Grid(
        f"Rows {'and money ' if with_money else ''}of {table} by rule.",
        headings,
        tuple(cells),
        numbers=(1, 2) if with_money else (1,),
        totals=tuple(number for number, row in enumerate(told) if row.name in ("read", "kept")),
        notes=(_adds_up(page, table), *nothing),
    )


def _adds_up(page: DataPage, table: str) -> str:
    read, kept = page.count("read", table), page.count("kept", table)
    rows = f"{kept.rows:,} kept + {read.rows - kept.rows:,} left out = {read.rows:,} read"
    if read.amount is None or kept.amount is None:
        return f"Rows: {rows}."
    left_out = read.amount - kept.amount
    return f"Rows: {rows}. {page.currency}: {kept.amount:,.2f} + {left_out:,.2f} = {read.amount:,.2f}."


def _changes(page: DataPage) -> Section:
    rows = tuple(
        (row.name.replace("_", " "), f"{row.rows:,}", format_value(row.amount, "money"), row.sentence)
        for row in page.changes
    )
    headings = ("change", "rows", f"amount ({page.currency})", "what it means")
    grid = Grid("Rows that count otherwise than the file has them.", headings, rows, numbers=(1, 2))
    return Section(
        "changes",
        "What was changed without leaving it out",
        () if rows else ("Nothing.",),
        (grid,) if rows else (),
    )


def _ledger(page: DataPage) -> Section:
    said = _reconciled(page)
    advice = (
        "No total of the client's own books is stated. Write it into the client file to have every count held against "
        "it: `ledger: {total: 1234.50, of: read}` (or `of: kept`)."
    )
    return Section("ledger", "Against the client's books", () if said else (advice,), points=(said,) if said else ())


def _noticed(page: DataPage) -> Section:
    if not page.noticed:
        return Section("noticed", "What was noticed", ("Nothing odd was found.",))
    return Section(
        "noticed",
        "What was noticed",
        ("Counted over all rows read, whether or not a rule took them.",),
        points=tuple(Point("odd", one.sentence, _details(one)) for one in page.noticed),
    )


def _details(one: Noticed) -> tuple[str, ...]:
    examples = (f"For example: {'; '.join(one.examples)}.",) if one.examples else ()
    return (*examples, one.advice)


def _gates(page: DataPage) -> Section:
    return Section(
        "gates",
        "How much there is",
        ("What any work with customers asks of data; each notebook asks its own besides.",),
        points=tuple(Point("good" if gate.passed else "bad", gate.sentence) for gate in page.gates),
    )


def _personal(page: DataPage) -> Section:
    looked = f"{count(page.rows_looked_at, 'row', 'rows')} of the raw files, at even distances, were looked at"
    if not page.personal:
        return Section("personal", "Personal data", (f"None was found; {looked}.",))
    return Section(
        "personal",
        "Personal data",
        (f"{looked[0].upper()}{looked[1:]}; no value is shown or kept here.",),
        points=tuple(Point("odd", _personal_sentence(one), (one.advice,)) for one in page.personal),
    )


def _personal_sentence(one: Personal) -> str:
    column = f"{named(one.file)}: column {named(one.column)}"
    if one.by_name:
        return f"{column} seems to hold a {one.kind}, by its name."
    return (
        f"{column} holds {_kinds(one)} in {one.matching:,} of the {count(one.looked_at, 'value', 'values')} looked at."
    )


def _kinds(one: Personal) -> str:
    return f"{one.kind}es" if one.kind.endswith("s") else f"{one.kind}s"


def _notebooks(page: DataPage) -> Section:
    return Section("notebooks", "Which notebooks can run", points=tuple(_notebook(one) for one in page.notebooks))


def _notebook(one: Readiness) -> Point:
    if one.can_run:
        passed = tuple(gate.sentence for gate in one.gates)
        return Point("good", f"{one.notebook} can run: {one.question}", passed)
    return Point("bad", f"{one.notebook} cannot run: {one.question}", one.reasons)


def _reconciled(page: DataPage) -> Point | None:
    found = page.reconciliation
    if found is None:
        return None
    return Point("good" if found.agrees else "bad", found.sentence)


def _form(export: ReadExport) -> str:
    """How an export was taken to be written: what the client file says, never a guess."""
    form = export.form
    marks = f"decimals with {_SIGNS[form['decimal']]}"
    if form["thousands"]:
        marks += f", thousands with {_SIGNS[form['thousands']]}"
    unit = f"; money in {form['amounts_in']}" if form["amounts_in"] else ""
    text = f"text is {form['encoding']} with {_SIGNS[form['separator']]} between values; " if export.has_text else ""
    return f"{export.table.capitalize()}: {text}{marks}; {_DATES[form['dates']]}{unit}."


def _first(several: int) -> str:
    return f": the first {MOST_ROWS} of {several:,}" if several > MOST_ROWS else ""


def _money(counted: Counted, page: DataPage) -> str:
    return money(counted.amount or Decimal(0), page.currency)
