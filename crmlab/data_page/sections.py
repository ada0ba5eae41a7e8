"""The data page in the order it is read: sections of sentences, tables and points, the same on paper and on a screen.

What stands here is text: the terminal and the HTML page only lay it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from crmlab.data_page.assemble import TRANSACTIONS, Counted, DataPage, ReadExport
from crmlab.data_page.noticed import Noticed
from crmlab.data_page.personal import KINDS, Personal
from crmlab.data_page.phrases import count, money, named, share
from crmlab.data_page.readiness import Readiness
from crmlab.display import format_value
from crmlab.language import day, listed, mark, tr, translated, trn

Mark = Literal["good", "bad", "odd", "plain"]

MOST_ROWS = 20
TABLES = (mark("transactions"), mark("customers"), mark("products"))
"""What the tables are called; what is said of them is `translated`."""

_SIGNS = {
    ",": mark("commas"),
    ";": mark("semicolons"),
    "|": mark("bars"),
    "\t": mark("tabs"),
    ".": mark("points"),
    " ": mark("spaces"),
    "'": mark("apostrophes"),
    "٫": "٫",
    "٬": "٬",
}
_DATES = {
    "year_first": mark("dates year first"),
    "day_first": mark("dates day first"),
    "month_first": mark("dates month first"),
    "excel_serial": mark("dates as Excel's serial numbers"),
    "jalali": mark("dates in the Jalali calendar"),
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
        Section("next", tr("What to do next"), points=tuple(Point("plain", step) for step in page.next_steps)),
    )


def _in_short(page: DataPage) -> Section:
    return Section(
        "in-short",
        tr("In short"),
        points=(
            _kept_of_read(page),
            _able(page),
            _reconciled(page)
            or Point("plain", tr("The counts are not yet held against a total of the client's books.")),
            _odd(len(page.noticed)),
            _about_people(len(page.personal)),
        ),
    )


def _kept_of_read(page: DataPage) -> Point:
    read, kept = page.count("read"), page.count("kept")
    told = trn(
        read.rows,
        "{n} row of transactions read, worth {money}; the rules keep {kept} of them ({share}), worth {worth}.",
        "{n} rows of transactions read, worth {money}; the rules keep {kept} of them ({share}), worth {worth}.",
        n=count(read.rows),
        money=_money(read, page),
        kept=count(kept.rows),
        share=share(kept.rows, read.rows),
        worth=_money(kept, page),
    )
    return Point("plain", told)


def _able(page: DataPage) -> Point:
    able = [notebook for notebook in page.notebooks if notebook.can_run]
    told = trn(
        len(page.notebooks),
        "{able} of {n} notebook can run on these data.",
        "{able} of {n} notebooks can run on these data.",
        able=count(len(able)),
        n=count(len(page.notebooks)),
    )
    return Point("good" if len(able) == len(page.notebooks) else "bad", told)


def _not_reconciled() -> Point:
    return Point("plain", tr("The counts are not yet held against a total of the client's books."))


def _odd(number: int) -> Point:
    if not number:
        return Point("good", tr("Nothing odd was found."))
    told = trn(number, "{n} odd thing was noticed.", "{n} odd things were noticed.", n=count(number))
    return Point("odd", told)


def _about_people(columns: int) -> Point:
    if not columns:
        return Point("good", tr("No personal data was found in the raw files."))
    told = trn(
        columns,
        "{n} column of the raw files holds personal data.",
        "{n} columns of the raw files hold personal data.",
        n=count(columns),
    )
    return Point("odd", told)


def _read(page: DataPage) -> Section:
    shown = page.sources[:MOST_ROWS]
    sources = Grid(
        _files_read(len(page.sources)),
        (tr("file"), tr("table"), tr("rows"), tr("bytes")),
        tuple((named(one.file), translated(one.table), count(one.rows), count(one.bytes)) for one in shown),
        numbers=(2, 3),
    )
    columns = [
        (translated(export.table), ours, named(theirs))
        for export in page.exports
        for ours, theirs in export.columns.items()
    ]
    mapping = Grid(
        tr("Which column is which."),
        (tr("table"), tr("column in crmlab"), tr("column in the file")),
        tuple(dict.fromkeys(columns)),
    )
    until = tr(
        "Observed until {day}. Every amount is in {currency}.", day=day(page.observed_until), currency=page.currency
    )
    if page.period:
        first, last = map(day, page.period)
        kept = tr("Dates of the kept transactions: {first} to {last}.", first=first, last=last)
        until = f"{kept} {until}"
    return Section("read", tr("What was read"), (until, *dict.fromkeys(map(_form, page.exports))), (sources, mapping))


def _files_read(several: int) -> str:
    if several <= MOST_ROWS:
        return tr("Files read.")
    return tr("Files read: the first {shown} of {n}.", shown=count(MOST_ROWS), n=count(several))


def _rules(page: DataPage) -> Section:
    return Section(
        "rules",
        tr("What the rules left out"),
        (tr("Each row is kept, or left out by the first rule that applies to it: kept + left out = read."),),
        tuple(_rule_grid(page, table, rows) for table, rows in page.rules.items()),
    )


def _rule_grid(page: DataPage, table: str, rows: Sequence[Counted]) -> Grid:
    """A rule that took nothing is named in a note only, so that the table is short."""
    told = [row for row in rows if row.rows or row.name in ("read", "kept")]
    idle = [_label(row.name) for row in rows if row not in told]
    nothing = (tr("Nothing was taken by: {rules}.", rules=listed(idle)),) if idle else ()
    with_money = table == TRANSACTIONS
    amount = (tr("amount ({currency})", currency=page.currency),) if with_money else ()
    of = translated(table)
    caption = (
        tr("Rows and money of {table} by rule.", table=of) if with_money else tr("Rows of {table} by rule.", table=of)
    )
    cells = [
        (
            _label(row.name),
            count(row.rows),
            *((format_value(row.amount, "money"),) if with_money else ()),
            row.sentence,
        )
        for row in told
    ]
    return Grid(
        caption,
        (tr("rule"), tr("rows"), *amount, tr("what it means")),
        tuple(cells),
        numbers=(1, 2) if with_money else (1,),
        totals=tuple(number for number, row in enumerate(told) if row.name in ("read", "kept")),
        notes=(_adds_up(page, table), *nothing),
    )


def _adds_up(page: DataPage, table: str) -> str:
    read, kept = page.count("read", table), page.count("kept", table)
    rows = tr(
        "Rows: {kept} kept + {left_out} left out = {read} read.",
        kept=count(kept.rows),
        left_out=count(read.rows - kept.rows),
        read=count(read.rows),
    )
    if read.amount is None or kept.amount is None:
        return rows
    sums = tr(
        "{currency}: {kept} + {left_out} = {read}.",
        currency=page.currency,
        kept=money(kept.amount),
        left_out=money(read.amount - kept.amount),
        read=money(read.amount),
    )
    return f"{rows} {sums}"


def _changes(page: DataPage) -> Section:
    rows = tuple(
        (_label(row.name), count(row.rows), format_value(row.amount, "money"), row.sentence) for row in page.changes
    )
    headings = (tr("change"), tr("rows"), tr("amount ({currency})", currency=page.currency), tr("what it means"))
    grid = Grid(tr("Rows that count otherwise than the file has them."), headings, rows, numbers=(1, 2))
    return Section(
        "changes",
        tr("What was changed without leaving it out"),
        () if rows else (tr("Nothing."),),
        (grid,) if rows else (),
    )


def _ledger(page: DataPage) -> Section:
    said = _reconciled(page)
    advice = tr(
        "No total of the client's own books is stated. Write it into the client file to have every count held against "
        "it: `ledger: {total: 1234.50, of: read}` (or `of: kept`)."
    )
    title = tr("Against the client's books")
    return Section("ledger", title, () if said else (advice,), points=(said,) if said else ())


def _noticed(page: DataPage) -> Section:
    title = tr("What was noticed")
    if not page.noticed:
        return Section("noticed", title, (tr("Nothing odd was found."),))
    return Section(
        "noticed",
        title,
        (tr("Counted over all rows read, whether or not a rule took them."),),
        points=tuple(Point("odd", one.sentence, _details(one)) for one in page.noticed),
    )


def _details(one: Noticed) -> tuple[str, ...]:
    examples = (tr("For example: {cases}.", cases=listed(one.examples, strong=True)),) if one.examples else ()
    return (*examples, one.advice)


def _gates(page: DataPage) -> Section:
    return Section(
        "gates",
        tr("How much there is"),
        (tr("What any work with customers asks of data; each notebook asks its own besides."),),
        points=tuple(Point("good" if gate.passed else "bad", gate.sentence) for gate in page.gates),
    )


def _personal(page: DataPage) -> Section:
    title, rows = tr("Personal data"), count(page.rows_looked_at)
    if not page.personal:
        told = trn(
            page.rows_looked_at,
            "None was found; {n} row of the raw files, at even distances, was looked at.",
            "None was found; {n} rows of the raw files, at even distances, were looked at.",
            n=rows,
        )
        return Section("personal", title, (told,))
    told = trn(
        page.rows_looked_at,
        "{n} row of the raw files, at even distances, was looked at; no value is shown or kept here.",
        "{n} rows of the raw files, at even distances, were looked at; no value is shown or kept here.",
        n=rows,
    )
    return Section(
        "personal",
        title,
        (told,),
        points=tuple(Point("odd", _personal_sentence(one), (one.advice,)) for one in page.personal),
    )


def _personal_sentence(one: Personal) -> str:
    where = {"file": named(one.file), "column": named(one.column)}
    if one.by_name:
        return tr(
            "{file}: column {column} seems to hold a {kind}, by its name.", kind=translated(KINDS[one.kind][0]), **where
        )
    return trn(
        one.looked_at,
        "{file}: column {column} holds {kinds} in {matching} of the {n} value looked at.",
        "{file}: column {column} holds {kinds} in {matching} of the {n} values looked at.",
        kinds=translated(KINDS[one.kind][1]),
        matching=count(one.matching),
        n=count(one.looked_at),
        **where,
    )


def _notebooks(page: DataPage) -> Section:
    return Section("notebooks", tr("Which notebooks can run"), points=tuple(_notebook(one) for one in page.notebooks))


def _notebook(one: Readiness) -> Point:
    about = {"notebook": named(one.notebook), "question": one.question}
    if one.can_run:
        passed = tuple(gate.sentence for gate in one.gates)
        return Point("good", tr("{notebook} can run: {question}", **about), passed)
    return Point("bad", tr("{notebook} cannot run: {question}", **about), one.reasons)


def _reconciled(page: DataPage) -> Point | None:
    found = page.reconciliation
    if found is None:
        return None
    return Point("good" if found.agrees else "bad", found.sentence)


def _form(export: ReadExport) -> str:
    """How an export was taken to be written: what the client file says, never a guess."""
    form = export.form
    marks = tr("decimals with {mark}", mark=translated(_SIGNS[form["decimal"]]))
    if form["thousands"]:
        marks = tr("{marks}, thousands with {mark}", marks=marks, mark=translated(_SIGNS[form["thousands"]]))
    parts = [marks, translated(_DATES[form["dates"]])]
    if export.has_text:
        separator = translated(_SIGNS[form["separator"]])
        text = tr("text is {encoding} with {mark} between values", encoding=form["encoding"], mark=separator)
        parts.insert(0, text)
    if form["amounts_in"]:
        parts.append(tr("money in {unit}", unit=form["amounts_in"]))
    return tr("{table}: {form}.", table=translated(export.table).capitalize(), form=listed(parts, strong=True))


def _label(name: str) -> str:
    """A rule or a change as a reader sees it."""
    return translated(name.replace("_", " "))


def _money(counted: Counted, page: DataPage) -> str:
    return money(counted.amount or Decimal(0), page.currency)
