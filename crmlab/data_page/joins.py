"""Whether the tables of a client fit together: what their rows refer to, against what the other tables hold."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, named, share
from crmlab.language import tr, translated, trn
from crmlab.tables.schema import BY_NAME, EXCLUDED_BY, TRANSACTIONS

EXAMPLES = 5

BIG_SHARE = 0.05
"""From what share of the rows on a value that is not found is noticed: one in twenty is no slip of the finger."""


class HasTables(Protocol):
    """What is read of a `Client`."""

    @property
    def tables(self) -> Collection[str]:
        """The names of its tables."""

    def table(self, name: str) -> Any:
        """The clean table of that name."""


@dataclass(frozen=True)
class Reference:
    """A column that stands for rows of another table, held against it; of both only what is kept.

    Attributes
    ----------
    table, column, refers_to : str
        Where the column is, and the table whose key it holds.
    rows, different : int
        Rows that have a value there, and how many different values.
    rows_not_found, different_not_found : int
        How many of these the other table does not have.
    """

    table: str
    column: str
    refers_to: str
    rows: int
    different: int
    rows_not_found: int
    different_not_found: int

    @property
    def is_big(self) -> bool:
        """Whether so many are not found that something must be wrong."""
        return self.rows_not_found > 0 and self.rows_not_found >= BIG_SHARE * self.rows


def references(client: HasTables) -> tuple[Reference, ...]:
    """Every column of the client's tables that stands for rows of another of them, counted in the engine."""
    return tuple(
        _reference(client, name, column.name, column.refers_to)
        for name in client.tables
        for column in BY_NAME[name].columns
        if column.refers_to and column.refers_to in client.tables and column.name in client.table(name).columns
    )


def not_found(client: HasTables, found: Sequence[Reference], *, names_customers: bool) -> Iterator[Noticed]:
    """References of which a big share leads nowhere; whom and what is bought is the business of `unlisted`."""
    for one in found:
        if not one.is_big or (one.table == TRANSACTIONS.name and one.column in _LISTING):
            continue
        shown = names_customers or one.refers_to != "customers"
        yield Noticed(
            "reference_not_found",
            _leads_nowhere(one),
            one.rows_not_found,
            None,
            tr(
                "They count everywhere except where something of the table {table} is asked. See whether the table "
                "{table} is complete, whether its rules left rows out, and whether ids are written alike in both.",
                table=repr(one.refers_to),
            ),
            _examples(client, one) if shown else (),
        )


def _leads_nowhere(one: Reference) -> str:
    different = one.different_not_found
    return trn(
        one.rows,
        "{lost} of {n} row of {table} ({share}) has a {column} that the table {other} does not have: {different}.",
        "{lost} of {n} rows of {table} ({share}) have a {column} that the table {other} does not have: {different}.",
        lost=count(one.rows_not_found),
        n=count(one.rows),
        table=translated(one.table),
        share=share(one.rows_not_found, one.rows),
        column=one.column,
        other=repr(one.refers_to),
        different=trn(different, "{n} value", "{n} different values", n=count(different)),
    )


def _reference(client: HasTables, table: str, column: str, refers_to: str) -> Reference:
    values = _values(client, table, column)
    joined = values.left_join(_keys(client, refers_to), "value")
    lost = joined.is_there.isnull()
    (sums,) = records(
        joined.aggregate(
            rows=joined.n.sum(),
            different=joined.count(),
            rows_not_found=joined.n.sum(where=lost),
            different_not_found=joined.count(where=lost),
        )
    )
    return Reference(table, column, refers_to, **{name: int(number or 0) for name, number in sums.items()})


def _examples(client: HasTables, one: Reference) -> tuple[str, ...]:
    lost = _values(client, one.table, one.column).anti_join(_keys(client, one.refers_to), "value")
    first = records(lost.order_by([ibis.desc("n"), "value"]).limit(EXAMPLES))
    return tuple(named(row["value"]) for row in first)


def _values(client: HasTables, table: str, column: str) -> Any:
    """The different values of a column among the kept rows, and in how many of them each stands."""
    rows = client.table(table)
    kept = rows.filter(rows[EXCLUDED_BY].isnull(), rows[column].notnull())
    return kept.group_by(value=kept[column]).agg(n=kept.count())


def _keys(client: HasTables, name: str) -> Any:
    rows = client.table(name)
    (key,) = BY_NAME[name].key
    kept = rows.filter(rows[EXCLUDED_BY].isnull())
    return kept.select(value=kept[key], is_there=ibis.literal(value=True))


_LISTING = {"customer_id": "customers", "product_id": "products"}


def unlisted(lines: Lines, listing: Any, key: str) -> Iterator[Noticed]:
    """Kept transactions whose customer or product is not in that table, and entries of it without a transaction."""
    if not lines.has(key):
        return
    several = _LISTING[key]
    listing = listing.filter(listing[EXCLUDED_BY].isnull())
    sold = lines.kept.filter(lines.kept[key].notnull())
    unknown = sold.anti_join(listing, key)
    rows, amount = total(unknown)
    if rows:
        shown = key != "customer_id" or lines.names_customers
        keys = unknown.group_by(key).agg(n=unknown.count())
        (found,) = records(keys.aggregate(n=keys.count()))
        first = records(keys.order_by([ibis.desc("n"), key]).limit(EXAMPLES)) if shown else []
        yield Noticed(
            f"unlisted_{several}",
            trn(
                rows,
                "{n} kept line is of {whose} that the table {table} does not have, worth {money}.",
                "{n} kept lines are of {whose} that the table {table} does not have, worth {money}.",
                n=count(rows),
                whose=_whose(key, found["n"]),
                table=repr(several),
                money=lines.money(amount),
            ),
            rows,
            amount,
            tr(
                "They count everywhere except where something of the table {table} is asked. See whether ids are "
                "written alike in both tables and whether the table is complete.",
                table=repr(several),
            ),
            tuple(named(row[key]) for row in first),
        )
    yield from _never_sold(sold, listing, key)


def _never_sold(sold: Any, listing: Any, key: str) -> Iterator[Noticed]:
    several = _LISTING[key]
    idle = listing.anti_join(sold.select(key).distinct(), key)
    (found,) = records(idle.aggregate(n=idle.count()))
    (everything,) = records(listing.aggregate(n=listing.count()))
    if found["n"]:
        yield Noticed(
            f"idle_{several}",
            trn(
                found["n"],
                "{whose} of the {all} in the table {table} has no kept transaction.",
                "{whose} of the {all} in the table {table} have no kept transaction.",
                whose=_whose(key, found["n"]),
                all=count(everything["n"]),
                table=repr(several),
            ),
            found["n"],
            None,
            tr("Who never bought is in no analysis of buying.")
            if key == "customer_id"
            else tr("Products never sold are in no analysis of sales."),
        )


def _whose(key: str, number: int) -> str:
    if key == "customer_id":
        return trn(number, "{n} customer", "{n} customers", n=count(number))
    return trn(number, "{n} product", "{n} products", n=count(number))
