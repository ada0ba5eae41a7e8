"""The sections of the data page about the tables: what was read, left out and changed, and how the tables fit.

Transactions are shown in full; of other tables, which may be thirty, each has a line.
"""

from collections.abc import Iterator, Mapping, Sequence

from crmlab.data_page.assemble import TRANSACTIONS, Counted, DataPage, ReadExport
from crmlab.data_page.joins import Reference
from crmlab.data_page.layout import Grid, Section
from crmlab.data_page.phrases import count, money, named, share
from crmlab.language import day, listed, mark, tr, translated
from crmlab.language.numbers import MISSING as NOTHING
from crmlab.tables.schema.standard import DESTROYED, MISSING

MOST_ROWS = 40

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


def read(page: DataPage) -> Section:
    """Which files were read, how they were taken to be written, and which column is which."""
    shown = page.sources[:MOST_ROWS]
    sources = Grid(
        _files_read(len(page.sources)),
        (tr("file"), tr("table"), tr("rows"), tr("bytes")),
        tuple((named(one.file), translated(one.table), count(one.rows), count(one.bytes)) for one in shown),
        numbers=(2, 3),
    )
    mapping = Grid(
        tr("Which column is which."),
        (tr("table"), tr("column in crmlab"), tr("column in the file")),
        tuple(dict.fromkeys(row for export in page.exports for row in _mapped(export))),
    )
    until = tr(
        "Observed until {day}. Every amount is in {currency}.", day=day(page.observed_until), currency=page.currency
    )
    if page.period:
        first, last = map(day, page.period)
        kept = tr("Dates of the kept transactions: {first} to {last}.", first=first, last=last)
        until = f"{kept} {until}"
    return Section("read", tr("What was read"), (until, *_forms(page.exports)), (sources, mapping))


def rules(page: DataPage) -> Section:
    """What each rule left out: of transactions rule by rule, of the other tables a line each."""
    others = {table: rows for table, rows in page.rules.items() if table != TRANSACTIONS}
    return Section(
        "rules",
        tr("What the rules left out"),
        (tr("Each row is kept, or left out by the first rule that applies to it: kept + left out = read."),),
        (_rule_grid(page), *((_grid_of_tables(others),) if others else ())),
    )


def changes(page: DataPage) -> Section:
    """What counts otherwise than the files have it."""
    grids = (_changed_transactions(page), _changed_elsewhere(page.other_changes))
    there = tuple(grid for grid in grids if grid.rows)
    nothing = () if there else (tr("Nothing."),)
    return Section("changes", tr("What was changed without leaving it out"), nothing, there)


def fit(page: DataPage) -> Iterator[Section]:
    """How often what rows refer to is not found in the table it should be in; nothing where no table refers."""
    if page.references:
        grid = Grid(
            tr("What rows refer to in other tables."),
            (tr("table"), tr("column"), tr("looked up in"), tr("rows with a value"), tr("rows not found"), tr("share")),
            tuple(map(_reference, page.references)),
            numbers=(3, 4, 5),
        )
        sentence = tr(
            "Of both tables only what the rules keep. No row is left out for it: one whose value is not found counts "
            "everywhere except where something of the other table is asked."
        )
        yield Section("fit", tr("How the tables fit together"), (sentence,), (grid,))


def _reference(one: Reference) -> tuple[str, ...]:
    lost = share(one.rows_not_found, one.rows) if one.rows else NOTHING
    tables = translated(one.table), translated(one.refers_to)
    return (tables[0], one.column, tables[1], count(one.rows), count(one.rows_not_found), lost)


def _mapped(export: ReadExport) -> Iterator[tuple[str, str, str]]:
    """Columns that are called otherwise in the file, one by one, and those called the same in one line."""
    table = translated(export.table)
    same = [ours for ours, theirs in export.columns.items() if ours == theirs]
    yield from ((table, ours, named(theirs)) for ours, theirs in export.columns.items() if ours != theirs)
    if same:
        yield table, listed(map(named, same)), tr("called the same")


def _files_read(several: int) -> str:
    if several <= MOST_ROWS:
        return tr("Files read.")
    return tr("Files read: the first {shown} of {n}.", shown=count(MOST_ROWS), n=count(several))


def _rule_grid(page: DataPage) -> Grid:
    """The rules of transactions; one that took nothing is named in a note only, so that the table is short."""
    rows = page.rules[TRANSACTIONS]
    told = [row for row in rows if row.rows or row.name in ("read", "kept")]
    idle = [row.label for row in rows if row not in told]
    nothing = (tr("Nothing was taken by: {rules}.", rules=listed(idle)),) if idle else ()
    return Grid(
        tr("Rows and money of {table} by rule.", table=translated(TRANSACTIONS)),
        (tr("rule"), tr("rows"), _amount(page), tr("what it means")),
        _with_money(told),
        numbers=(1, 2),
        totals=tuple(number for number, row in enumerate(told) if row.name in ("read", "kept")),
        notes=(_adds_up(page), *nothing),
    )


def _with_money(rows: Sequence[Counted]) -> tuple[tuple[str, str, str, str], ...]:
    """The lines of the ledger; where one of them has hundredths, they all do."""
    amounts = [row.amount for row in rows if row.amount is not None]
    shown = (NOTHING if row.amount is None else money(row.amount, beside=amounts) for row in rows)
    return tuple((row.label, count(row.rows), said, row.sentence) for row, said in zip(rows, shown, strict=True))


def _amount(page: DataPage) -> str:
    return tr("amount ({currency})", currency=page.currency)


def _adds_up(page: DataPage) -> str:
    read, kept = page.count("read"), page.count("kept")
    rows = tr(
        "Rows: {kept} kept + {left_out} left out = {read} read.",
        kept=count(kept.rows),
        left_out=count(read.rows - kept.rows),
        read=count(read.rows),
    )
    if read.amount is None or kept.amount is None:
        return rows
    parts = (kept.amount, read.amount - kept.amount, read.amount)
    told = [money(part, beside=parts) for part in parts]
    sums = tr(
        "{currency}: {kept} + {left_out} = {read}.",
        currency=page.currency,
        kept=told[0],
        left_out=told[1],
        read=told[2],
    )
    return f"{rows} {sums}"


def _grid_of_tables(tables: Mapping[str, Sequence[Counted]]) -> Grid:
    """A line for each table; what a rule means is said in the notes, once."""
    rows: list[tuple[str, ...]] = []
    means: dict[str, None] = {}
    for table, counts in tables.items():
        by_name = {one.name: one.rows for one in counts}
        took = [one for one in counts if one.rows and one.name not in ("read", "kept")]
        means |= dict.fromkeys(map(_meaning, took))
        left_out = listed(f"{count(one.rows)} {one.label}" for one in took)
        read, kept = by_name["read"], by_name["kept"]
        rows.append((translated(table), count(read), count(kept), count(read - kept), left_out or NOTHING))
    headings = (tr("table"), tr("rows read"), tr("kept"), tr("left out"), tr("by which rule"))
    return Grid(tr("Rows of the other tables."), headings, tuple(rows), numbers=(1, 2, 3), notes=tuple(means))


def _meaning(rule: Counted) -> str:
    """What the rule means, said once for all columns that may be missing or destroyed."""
    if rule.name.startswith(MISSING):
        return tr("missing: the row has no value there.")
    if rule.name.startswith(DESTROYED):
        return tr("destroyed: a spreadsheet has rounded the id (5.94773E+23), and what it named is lost.")
    return f"{rule.label}: {rule.sentence}"


def _changed_transactions(page: DataPage) -> Grid:
    headings = (tr("change"), tr("rows"), _amount(page), tr("what it means"))
    rows = _with_money(page.changes)
    return Grid(tr("Rows that count otherwise than the file has them."), headings, rows, numbers=(1, 2))


def _changed_elsewhere(changed: Mapping[str, Sequence[Counted]]) -> Grid:
    rows = tuple(
        (translated(table), row.label, count(row.rows), row.sentence)
        for table, counts in changed.items()
        for row in counts
    )
    headings = (tr("table"), tr("change"), tr("rows"), tr("what it means"))
    return Grid(tr("Rows of the other tables in which something was changed."), headings, rows, numbers=(2,))


def _forms(exports: Sequence[ReadExport]) -> Iterator[str]:
    """How the files were taken to be written, tables that are written alike in one sentence."""
    tables: dict[str, list[str]] = {}
    for export in exports:
        tables.setdefault(_form(export), []).append(translated(export.table))
    for form, named_so in tables.items():
        names = listed(dict.fromkeys(named_so))
        yield tr("{table}: {form}.", table=f"{names[0].upper()}{names[1:]}", form=form)


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
    return listed(parts, strong=True)
