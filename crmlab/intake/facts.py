"""Every row of an export under its guessed form: what the form does not read, and what the rules will touch."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import ibis

from crmlab.errors import DataError
from crmlab.tables import convert, engine, non_products, reader
from crmlab.tables.export import Export
from crmlab.tables.reader import RawFile
from crmlab.tables.schema import TRANSACTIONS
from crmlab.tables.wording import first_line

_DOING = logging.getLogger(__name__)

DUPLICATES_UP_TO = 2_000_000
"""Rows of a file up to which its exact duplicates are counted; beyond, `crmlab check` counts them."""

_TOO_FINE = "too_fine"
_NO_COUNTS = ("total", "first", "last", "last_until_today")
_MOST_FAULTS = 500
_MOST_CODES = 500_000


@dataclass(frozen=True)
class NonProduct:
    """A code (or a name, where no code is mapped) whose lines look like no product, its name and its rows."""

    code: str
    name: str
    rows: int


@dataclass
class Facts:
    """What is in all rows of the transactions; a count whose columns are not mapped is 0.

    `faults` holds, for each column with values that its type and form do not take, how many rows have one and some of
    the values. `duplicates` counts within each file, and is None where a file was too long for it.
    """

    rows: int = 0
    total: Decimal = Decimal(0)
    first: date | None = None
    last: date | None = None
    last_until_today: date | None = None
    after_today: int = 0
    missing_ids: int = 0
    destroyed_ids: int = 0
    returns: int = 0
    zero_amounts: int = 0
    negative_prices: int = 0
    duplicates: int | None = 0
    too_fine: int = 0
    non_products: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows_of_code: Counter[str] = field(default_factory=Counter)
    faults: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def add(self, other: "Facts") -> None:
        """Take in the facts of one more file."""
        for name in ("rows", "total", "after_today", *_COUNTS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, choose in (("first", min), ("last", max), ("last_until_today", max)):
            days = [day for day in (getattr(self, name), getattr(other, name)) if day is not None]
            setattr(self, name, choose(days) if days else None)
        known = None not in (self.duplicates, other.duplicates)
        self.duplicates = (self.duplicates or 0) + (other.duplicates or 0) if known else None
        self.non_products += other.non_products
        self.rows_of_code += other.rows_of_code
        for name, (count, texts) in other.faults.items():
            before, shown = self.faults.get(name, (0, ()))
            self.faults[name] = before + count, tuple(dict.fromkeys((*shown, *texts)))[:_MOST_FAULTS]

    def no_products(self) -> tuple[NonProduct, ...]:
        """What is no product, the most frequent first: codes, and names that stand on few lines of a product's code."""
        codes, names, called = Counter[str](), Counter[str](), dict[str, str]()
        for (code, name), rows in self.non_products.most_common():
            codes[code] += rows
            called.setdefault(code, name)
        products = {code for code, rows in codes.items() if rows * 2 <= self.rows_of_code[code]}
        for (code, name), rows in self.non_products.items():
            if code in products:
                names[name] += rows
        by_code = [NonProduct(code, called[code], rows) for code, rows in codes.most_common() if code not in products]
        by_name = [NonProduct(name, name, rows) for name, rows in names.most_common()]
        return tuple(_whatever_the_case([*by_code, *by_name]))


def _whatever_the_case(found: list[NonProduct]) -> list[NonProduct]:
    """The codes once each, whatever their case, as the rule takes them."""
    first: dict[str, NonProduct] = {}
    for one in found:
        same = first.setdefault(one.code.casefold(), one)
        if same is not one:
            first[one.code.casefold()] = NonProduct(same.code, same.name, same.rows + one.rows)
    return list(first.values())


_COUNTS = (
    "missing_ids",
    "destroyed_ids",
    "returns",
    "zero_amounts",
    "negative_prices",
    "too_fine",
)


def facts_of(export: Export, *, currency: str, today: date) -> Facts:
    """The facts of an export, from a pass of the engine over all rows of each of its files.

    Of customers and products only the rows and the faults are counted.

    Raises
    ------
    DataError
        If a file breaks somewhere below the rows that were looked at before, as ragged rows do.
    """
    files, problems = reader.find(export)
    if problems:
        raise DataError("; ".join(problems))
    together, connection = Facts(), engine.connect()
    for file in files:
        _DOING.info("counting every row of %s", file.label)
        with _readable(file):
            together.add(_facts_of_file(connection, file, export, currency, today))
    return together


@contextmanager
def _readable(file: RawFile) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise DataError(reader.damage(file) or f"{file.label}: cannot be read: {first_line(error)}") from error


def _facts_of_file(connection: Any, file: RawFile, export: Export, currency: str, today: date) -> Facts:
    sales = export.table == TRANSACTIONS
    with reader.opened(connection, file, export.columns, fingerprint=sales) as raw:
        typed = _typed(raw, export, currency)
        found = Facts()
        faulty = _count(found, _with_amount(typed) if sales else typed, export, today)
        found.faults = {name: (rows, _unread_texts(typed, name)) for name, rows in faulty.items() if rows}
        if sales:
            found.duplicates = _duplicates(raw) if found.rows <= DUPLICATES_UP_TO else None
            found.non_products, found.rows_of_code = _non_products(connection, raw, export)
    return found


def _typed(raw: Any, export: Export, currency: str) -> Any:
    """For each mapped column its value, null where there is a fault, and beside it `<name>_fault`."""
    types = {column.name: column.type for column in export.table.columns}
    converted = {
        name: convert.convert(raw[name], types[name], export.form, currency=currency) for name in export.columns
    }
    typed = raw.select(
        **{name: one.value for name, one in converted.items()},
        **{f"{name}_fault": one.fault.cast("string") for name, one in converted.items()},
        **{f"{name}_raw": raw[name].cast("string") for name in converted},
    )
    return typed.mutate(**{name: ibis.cases((~_is_unread(typed, name), typed[name])) for name in converted})


def _is_unread(typed: Any, name: str) -> Any:
    """Whether the row has a fault that only the file can mend; what is only too fine is rounded by a rule."""
    return (typed[f"{name}_fault"] != _TOO_FINE).fill_null(False)


def _unread_texts(typed: Any, name: str) -> tuple[str, ...]:
    faulty = typed.filter(_is_unread(typed, name))
    texts = faulty.select(text=faulty[f"{name}_raw"]).distinct().limit(_MOST_FAULTS).to_pyarrow()
    return tuple(text for text in texts.column(0).to_pylist() if text)


def _with_amount(typed: Any) -> Any:
    columns = typed.columns
    if "amount" not in columns:
        typed = typed.mutate(amount=(typed.quantity * typed.unit_price).round(4))
    sign = typed.quantity if "quantity" in columns else typed.amount
    returned = sign < 0
    if "is_return" in columns:
        returned = typed.is_return.fill_null(returned)
        typed = typed.mutate(amount=ibis.cases((returned & (typed.amount > 0), -typed.amount), else_=typed.amount))
    return typed.mutate(returned=returned)


def _count(found: Facts, rows: Any, export: Export, today: date) -> dict[str, int]:
    """Count the rows into `found`, in one pass; the answer is how many values of each column are unread."""
    counts = _sales_counts(rows, today) if export.table == TRANSACTIONS else {}
    fine = [(rows[f"{name}_fault"] == _TOO_FINE).sum() for name in export.columns]
    unread = {f"unread_{name}": _is_unread(rows, name).sum() for name in export.columns}
    counted = rows.agg(rows=rows.count(), too_fine=_added(fine), **counts, **unread).to_pyarrow().to_pylist()[0]
    for name in ("rows", "too_fine", *counts):
        value = counted[name]
        if value is not None:
            setattr(found, name, value if name in _NO_COUNTS else int(value))
    return {name: int(counted[f"unread_{name}"] or 0) for name in export.columns}


def _added(sums: list[Any]) -> Any:
    total = ibis.literal(0)
    for one in sums:
        total += one.fill_null(0)
    return total


def _sales_counts(rows: Any, today: date) -> dict[str, Any]:
    until_today = rows.date <= ibis.literal(today)
    counts = {
        "total": rows.amount.sum(),
        "first": rows.date.min(),
        "last": rows.date.max(),
        "last_until_today": rows.date.max(where=until_today),
        "after_today": (~until_today).sum(),
        "missing_ids": rows.customer_id.isnull().sum(),
        "destroyed_ids": convert.is_destroyed(rows.customer_id).sum(),
        "returns": rows.returned.sum(),
        "zero_amounts": (rows.amount == 0).sum(),
    }
    if "unit_price" in rows.columns:
        counts["negative_prices"] = (rows.unit_price < 0).sum()
    return counts


def _duplicates(raw: Any) -> int:
    copies = raw.group_by("fingerprint").agg(n=raw.count())
    counts = copies.agg(rows=copies.n.sum(), different=copies.count()).to_pyarrow().to_pylist()[0]
    return int(counts["rows"] or 0) - int(counts["different"])


def _non_products(connection: Any, raw: Any, export: Export) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """The rows that look like no product by code and name, and all rows of every code: other files may have more."""
    named = [name for name in ("product_id", "product") if name in export.columns]
    if not named:
        return Counter(), Counter()
    # Each pair is looked at once: there are mostly far fewer of them than rows.
    pairs = raw.group_by(**{name: raw[name].cast("string") for name in named}).agg(rows=raw.count())
    with reader.written_down(connection, pairs) as counted:
        return _non_products_of(counted, named, export)


def _non_products_of(pairs: Any, named: Sequence[str], export: Export) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    code, name = (convert.convert(pairs[column], "id", export.form).value for column in (named[0], named[-1]))
    pairs = pairs.select(code=ibis.coalesce(code, name), name=ibis.coalesce(name, code), rows=pairs.rows)
    pairs = pairs.mutate(hit=_is_non_product(pairs.code) | _is_non_product(pairs.name))
    codes = pairs.filter(pairs.code.notnull()).group_by("code").agg(rows=pairs.rows.sum())
    hit = pairs.filter(pairs.hit).group_by("code", "name").agg(rows=pairs.rows.sum())
    named_hits = hit.order_by(ibis.desc("rows"), "code", "name").limit(_MOST_CODES).to_pyarrow().to_pylist()
    all_rows = codes.order_by(ibis.desc("rows"), "code").limit(_MOST_CODES).to_pyarrow().to_pylist()
    return (
        Counter({(row["code"], row["name"]): int(row["rows"]) for row in named_hits}),
        Counter({row["code"]: int(row["rows"]) for row in all_rows}),
    )


def _is_non_product(column: Any) -> Any:
    return column.strip().lower().re_search(non_products.PATTERN).fill_null(False)
