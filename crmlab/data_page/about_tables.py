"""The sections of the data page about the tables: what was read, left out and changed, and how the tables fit.

Transactions are shown in full; of other tables, which may be thirty, each has a line.
"""

from collections.abc import Iterator, Mapping, Sequence

from crmlab.data_page.assemble import TRANSACTIONS, Counted, DataPage, ReadExport
from crmlab.data_page.joins import Reference
from crmlab.data_page.layout import Grid, Section
from crmlab.data_page.phrases import named, share
from crmlab.display import format_value
from crmlab.tables.schema.standard import DESTROYED, MISSING

MOST_ROWS = 40

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


def read(page: DataPage) -> Section:
    """Which files were read, how they were taken to be written, and which column is which."""
    shown = page.sources[:MOST_ROWS]
    sources = Grid(
        f"Files read{_first(len(page.sources))}.",
        ("file", "table", "rows", "bytes"),
        tuple((named(one.file), one.table, f"{one.rows:,}", f"{one.bytes:,}") for one in shown),
        numbers=(2, 3),
    )
    mapping = Grid(
        "Which column is which.",
        ("table", "column in crmlab", "column in the file"),
        tuple(dict.fromkeys(row for export in page.exports for row in _mapped(export))),
    )
    period = f"Dates of the kept transactions: {page.period[0]} to {page.period[1]}. " if page.period else ""
    return Section(
        "read",
        "What was read",
        (
            f"{period}Observed until {page.observed_until}. Every amount is in {page.currency}.",
            *_forms(page.exports),
        ),
        (sources, mapping),
    )


def rules(page: DataPage) -> Section:
    """What each rule left out: of transactions rule by rule, of the other tables a line each."""
    others = {table: rows for table, rows in page.rules.items() if table != TRANSACTIONS}
    return Section(
        "rules",
        "What the rules left out",
        ("Each row is kept, or left out by the first rule that applies to it: kept + left out = read.",),
        (
            _rule_grid(page, TRANSACTIONS, page.rules[TRANSACTIONS]),
            *((_grid_of_tables(others),) if others else ()),
        ),
    )


def changes(page: DataPage) -> Section:
    """What counts otherwise than the files have it."""
    grids = (_changed_transactions(page), _changed_elsewhere(page.other_changes))
    there = tuple(grid for grid in grids if grid.rows)
    return Section("changes", "What was changed without leaving it out", () if there else ("Nothing.",), there)


def fit(page: DataPage) -> Iterator[Section]:
    """How often what rows refer to is not found in the table it should be in; nothing where no table refers."""
    if page.references:
        grid = Grid(
            "What rows refer to in other tables.",
            ("table", "column", "looked up in", "rows with a value", "rows not found", "share"),
            tuple(map(_reference, page.references)),
            numbers=(3, 4, 5),
        )
        sentence = (
            "Of both tables only what the rules keep. No row is left out for it: one whose value is not found counts "
            "everywhere except where something of the other table is asked."
        )
        yield Section("fit", "How the tables fit together", (sentence,), (grid,))


def _reference(one: Reference) -> tuple[str, ...]:
    lost = share(one.rows_not_found, one.rows) if one.rows else "–"
    return (one.table, one.column, one.refers_to, f"{one.rows:,}", f"{one.rows_not_found:,}", lost)


def _mapped(export: ReadExport) -> Iterator[tuple[str, str, str]]:
    """Columns that are called otherwise in the file, one by one, and those called the same in one line."""
    same = [ours for ours, theirs in export.columns.items() if ours == theirs]
    yield from ((export.table, ours, named(theirs)) for ours, theirs in export.columns.items() if ours != theirs)
    if same:
        yield export.table, ", ".join(same), "called the same"


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


def _grid_of_tables(tables: Mapping[str, Sequence[Counted]]) -> Grid:
    """A line for each table; what a rule means is said in the notes, once."""
    rows: list[tuple[str, ...]] = []
    means: dict[str, None] = {}
    for table, counts in tables.items():
        by_name = {one.name: one.rows for one in counts}
        took = [one for one in counts if one.rows and one.name not in ("read", "kept")]
        means |= dict.fromkeys(filter(None, map(_meaning, took)))
        left_out = ", ".join(f"{one.rows:,} {one.name.replace('_', ' ')}" for one in took)
        read, kept = by_name["read"], by_name["kept"]
        rows.append((table, f"{read:,}", f"{kept:,}", f"{read - kept:,}", left_out or "–"))
    headings = ("table", "rows read", "kept", "left out", "by which rule")
    return Grid("Rows of the other tables.", headings, tuple(rows), numbers=(1, 2, 3), notes=tuple(means))


def _meaning(rule: Counted) -> str:
    """What the rule means, said once for all columns that may be missing or destroyed."""
    if rule.name.startswith(MISSING):
        return "missing: the row has no value there."
    if rule.name.startswith(DESTROYED):
        return "destroyed: a spreadsheet has rounded the id (5.94773E+23), and what it named is lost."
    return f"{rule.name.replace('_', ' ')}: {rule.sentence}"


def _changed_transactions(page: DataPage) -> Grid:
    rows = tuple(
        (row.name.replace("_", " "), f"{row.rows:,}", format_value(row.amount, "money"), row.sentence)
        for row in page.changes
    )
    headings = ("change", "rows", f"amount ({page.currency})", "what it means")
    return Grid("Rows that count otherwise than the file has them.", headings, rows, numbers=(1, 2))


def _changed_elsewhere(changed: Mapping[str, Sequence[Counted]]) -> Grid:
    rows = tuple(
        (table, row.name.replace("_", " "), f"{row.rows:,}", row.sentence)
        for table, counts in changed.items()
        for row in counts
    )
    headings = ("table", "change", "rows", "what it means")
    return Grid("Rows of the other tables in which something was changed.", headings, rows, numbers=(2,))


def _forms(exports: Sequence[ReadExport]) -> Iterator[str]:
    """How the files were taken to be written, tables that are written alike in one sentence."""
    tables: dict[str, list[str]] = {}
    for export in exports:
        tables.setdefault(_form(export), []).append(export.table)
    for form, named_so in tables.items():
        names = ", ".join(dict.fromkeys(named_so))
        yield f"{names[0].upper()}{names[1:]}: {form}"


def _form(export: ReadExport) -> str:
    """How an export was taken to be written: what the client file says, never a guess."""
    form = export.form
    marks = f"decimals with {_SIGNS[form['decimal']]}"
    if form["thousands"]:
        marks += f", thousands with {_SIGNS[form['thousands']]}"
    unit = f"; money in {form['amounts_in']}" if form["amounts_in"] else ""
    text = f"text is {form['encoding']} with {_SIGNS[form['separator']]} between values; " if export.has_text else ""
    return f"{text}{marks}; {_DATES[form['dates']]}{unit}."


def _first(several: int) -> str:
    return f": the first {MOST_ROWS} of {several:,}" if several > MOST_ROWS else ""
