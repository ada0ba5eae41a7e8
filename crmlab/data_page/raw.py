"""What is odd about the raw files themselves: repeated rows, columns without use or values, signs that were unified."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb
import ibis

from crmlab.client import Client
from crmlab.data_page.noticed import Noticed, records
from crmlab.data_page.phrases import both, count, listed, money, share
from crmlab.errors import DataError, together
from crmlab.language import tr, translated, trn
from crmlab.tables import reader, rules
from crmlab.tables.convert.text import is_ascii
from crmlab.tables.export import Export
from crmlab.tables.reader import FINGERPRINT, RawFile
from crmlab.tables.request import Request
from crmlab.tables.schema import TRANSACTIONS
from crmlab.tables.wording import first_line

_DOING = logging.getLogger(__name__)

ALMOST_EMPTY = 0.05
SAMPLE = 10_000

# Digits and letters that look like ours and are others: reading writes them one way.
OTHER_DIGITS = "[۰-۹٠-٩]"
OTHER_LETTERS = "[يك]"


@dataclass(frozen=True)
class RawColumn:
    """One column over all raw files of a table that have it.

    Attributes
    ----------
    table, name : str
        Our table, and the name of the column in the files.
    used_as : tuple of str
        Which of our columns it is mapped to; empty where it is not used.
    rows, filled : int
        Rows of those files, and how many of them are not blank here.
    other_digits, other_letters : int
        Rows with Persian or Arabic digits, and with Arabic yeh or kaf, where reading writes them another way: the
        digits of ids, the letters of ids and texts.
    """

    table: str
    name: str
    used_as: tuple[str, ...]
    rows: int
    filled: int
    other_digits: int
    other_letters: int


@dataclass(frozen=True)
class Sample:
    """Some rows of a raw file: how many, and the values of each column that are not blank."""

    rows: int
    columns: tuple[tuple[str, Sequence[str]], ...]


def raw_files(exports: Sequence[Export]) -> tuple[tuple[Export, RawFile], ...]:
    """Every raw file with the export it is part of.

    Raises
    ------
    DataError
        If one is gone or broken, which was sound when the client was opened.
    """
    found = [(export, *reader.find(export)) for export in exports]
    problems = [problem for _, _, broken in found for problem in broken]
    if problems:
        raise DataError(together("The files changed after they were read; open the client again:", problems))
    return tuple((export, file) for export, files, _ in found for file in files)


def used_as(export: Export, name: str) -> tuple[str, ...]:
    """Which of our columns a column of the export's files is mapped to."""
    return tuple(ours for ours, theirs in export.columns.items() if theirs == name)


def profile(connection: Any, export: Export, file: RawFile) -> tuple[RawColumn, ...]:
    """What every column of the file holds, counted over all its rows in the engine."""
    _DOING.info("looking at every column of %s", file.label)
    with _readable(file), reader.scan(connection, file) as scanned:
        (counts,) = records(scanned.aggregate(rows=scanned.count(), **_measures(scanned, export, file)))
    return tuple(
        RawColumn(
            table=export.table.name,
            name=name,
            used_as=used_as(export, name),
            rows=counts["rows"],
            filled=counts[f"filled{number}"],
            other_digits=counts.get(f"digits{number}", 0),
            other_letters=counts.get(f"letters{number}", 0),
        )
        for number, name in enumerate(file.columns)
    )


def joined(columns: Iterable[RawColumn]) -> tuple[RawColumn, ...]:
    """Columns of one name in several files of a table as one."""
    found: dict[tuple[str, str], RawColumn] = {}
    for column in columns:
        key = (column.table, column.name)
        found[key] = _added(found[key], column) if key in found else column
    return tuple(found.values())


def sample(connection: Any, file: RawFile, rows: int) -> Sample:
    """At most about `SAMPLE` of the file's `rows`, at even distances from its beginning to its end."""
    _DOING.info("looking for personal data in %s", file.label)
    step = -(-rows // SAMPLE) if rows else 1
    with _readable(file), reader.scan(connection, file) as scanned:
        numbered = scanned.mutate(row=ibis.row_number())
        taken = numbered.filter(numbered.row % step == 0).drop("row").to_pyarrow()
    columns = tuple(
        (name, [value for value in taken.column(number).to_pylist() if value is not None and value.strip()])
        for number, name in enumerate(file.columns)
    )
    return Sample(taken.num_rows, columns)


def duplicates(connection: Any, client: Client) -> Iterator[Noticed]:
    """Transactions that repeat an earlier row in every column of the raw files, whichever file that is in."""
    exports = tuple(export for export in client.exports if export.table == TRANSACTIONS)
    files = raw_files(exports)
    _DOING.info("looking for lines that repeat others in the files")
    with ExitStack() as stack:
        rows = [(export, _fingerprinted(stack, connection, export, file)) for export, file in files]
        whole = ibis.union(*(one.select(FINGERPRINT) for _, one in rows)) if rows[1:] else rows[0][1]
        groups = whole.group_by(FINGERPRINT).agg(n=whole.count())
        repeated = stack.enter_context(reader.written_down(connection, groups.filter(groups.n > 1)))
        (found,) = records(repeated.aggregate(different=repeated.count(), rows=repeated.n.sum()))
        if not found["different"]:
            return
        amount = _amount_repeated(stack, connection, rows, repeated, client)
    number = int(found["rows"]) - found["different"]
    yield Noticed(
        "exact_duplicate",
        trn(
            number,
            "{n} line repeats another in every column of the file, worth {money}.",
            "{n} lines repeat another in every column of the file, worth {money}.",
            n=count(number),
            money=money(amount, client.currency),
        ),
        number,
        amount,
        _about_duplicates(client.rules.exact_duplicates),
    )


def unused(columns: Sequence[RawColumn]) -> Iterator[Noticed]:
    """Columns of the files that the client file does not map."""
    for table, group in _by_table(columns).items():
        names = [column.name for column in group if not column.used_as]
        if names:
            yield Noticed(
                "unused_columns",
                trn(
                    len(names),
                    "{n} column of {table} is not used: {names}.",
                    "{n} columns of {table} are not used: {names}.",
                    n=count(len(names)),
                    table=translated(table),
                    names=listed(names, limit=10),
                ),
                None,
                None,
                tr(
                    "Nothing was lost: the files still hold what is not used. Map a column in the client file if it is "
                    "one of crmlab's under another name."
                ),
            )


def almost_empty(columns: Sequence[RawColumn]) -> Iterator[Noticed]:
    """Columns that hold a value in hardly any row."""
    for table, group in _by_table(columns).items():
        thin = [column for column in group if column.rows and column.filled < ALMOST_EMPTY * column.rows]
        if thin:
            told = [
                tr("{column} ({share} filled)", column=column.name, share=share(column.filled, column.rows))
                for column in thin
            ]
            yield Noticed(
                "almost_empty_columns",
                trn(
                    len(thin),
                    "{n} column of {table} is almost empty: {names}.",
                    "{n} columns of {table} are almost empty: {names}.",
                    n=count(len(thin)),
                    table=translated(table),
                    names=listed(told),
                ),
                None,
                None,
                tr("See whether the export left the values out."),
            )


def unified(columns: Sequence[RawColumn]) -> Iterator[Noticed]:
    """Columns in which Persian or Arabic digits or Arabic letters were written one way while reading."""
    for column in columns:
        if not column.used_as:
            continue
        parts = [
            text
            for rows, text in (
                (column.other_digits, tr("Persian or Arabic digits in {n}", n=count(column.other_digits))),
                (column.other_letters, tr("Arabic yeh or kaf in {n}", n=count(column.other_letters))),
            )
            if rows
        ]
        if parts:
            yield Noticed(
                "unified_signs",
                trn(
                    column.rows,
                    "The column {column} of {table} has {signs} of {n} row.",
                    "The column {column} of {table} has {signs} of {n} rows.",
                    column=listed([column.name]),
                    table=translated(column.table),
                    signs=parts[0] if len(parts) == 1 else both(*parts),
                    n=count(column.rows),
                ),
                max(column.other_digits, column.other_letters),
                None,
                tr(
                    "Reading wrote them one way (digits 0 to 9, Persian letters), so that the same id is one id. Do "
                    "the same wherever a list is matched with the client's own system."
                ),
            )


def _about_duplicates(rule: str) -> str:
    match rule:
        case "exclude":
            return tr("The rules keep the first copy (`exact_duplicates: exclude`).")
        case "keep":
            return tr("The rules keep every copy (`exact_duplicates: keep`).")
        case _:
            return tr(
                "Of lines with an order id the rules keep the first copy (`exact_duplicates: exclude_within_orders`); "
                "without one, two equal lines may be two purchases, and both are kept."
            )


def _fingerprinted(stack: ExitStack, connection: Any, export: Export, file: RawFile) -> Any:
    stack.enter_context(_readable(file))
    rows = stack.enter_context(reader.opened(connection, file, export.columns, fingerprint=True))
    return rows.mutate(**{FINGERPRINT: rows[FINGERPRINT].cast("uuid")})  # half as long as its text


def _amount_repeated(
    stack: ExitStack, connection: Any, rows: Sequence[tuple[Export, Any]], repeated: Any, client: Client
) -> Decimal:
    """The money of all copies but the first; only rows that have copies are converted."""
    # As if the rule looked at every row: whether the client's does is another question.
    every = replace(client.rules, exact_duplicates="exclude")
    request = Request(tuple(export for export, _ in rows), client.observed_until, every, client.currency)
    clean = [rules.clean(one.semi_join(repeated, FINGERPRINT), export, request) for export, one in rows]
    picked = [one.select(FINGERPRINT, "amount") for one in clean]
    # Joined first and grouped then: where every row has a copy, memory has room for one of the two.
    whole = stack.enter_context(reader.written_down(connection, ibis.union(*picked) if picked[1:] else picked[0]))
    groups = whole.group_by(FINGERPRINT).agg(n=whole.count(), amount=whole.amount.arbitrary())
    (found,) = records(groups.aggregate(amount=((groups.n - 1) * groups.amount).sum()))
    return Decimal(found["amount"] or 0)


@contextmanager
def _readable(file: RawFile) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise DataError(f"{file.label}: cannot be read a second time: {first_line(error)}; open it again") from error


def _measures(scanned: Any, export: Export, file: RawFile) -> dict[str, Any]:
    measures: dict[str, Any] = {}
    for number, (place, name) in enumerate(zip(scanned.columns, file.columns, strict=True)):
        value = scanned[place]
        measures[f"filled{number}"] = scanned.count(where=value.strip() != "")
        types = {column.type for column in export.table.columns if column.name in used_as(export, name)}
        if types & {"id", "text"}:
            measures[f"letters{number}"] = scanned.count(where=_has(value, OTHER_LETTERS))
        if "id" in types:
            measures[f"digits{number}"] = scanned.count(where=_has(value, OTHER_DIGITS))
    return measures


def _has(value: Any, signs: str) -> Any:
    """Whether one of the signs, none of them ASCII, is in the value; patterns are tried only where one may be."""
    return ibis.cases((~is_ascii(value), value.re_search(signs)), else_=False)


def _added(one: RawColumn, other: RawColumn) -> RawColumn:
    return RawColumn(
        one.table,
        one.name,
        tuple(dict.fromkeys((*one.used_as, *other.used_as))),
        one.rows + other.rows,
        one.filled + other.filled,
        one.other_digits + other.other_digits,
        one.other_letters + other.other_letters,
    )


def _by_table(columns: Sequence[RawColumn]) -> dict[str, list[RawColumn]]:
    tables: dict[str, list[RawColumn]] = {}
    for column in columns:
        tables.setdefault(column.table, []).append(column)
    return tables
