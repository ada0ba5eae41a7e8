"""Whether the tables of a client fit together: what is bought by whom and of what, against who and what is listed."""

from collections.abc import Iterator
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, named
from crmlab.language import tr, trn
from crmlab.tables.schema import EXCLUDED_BY

EXAMPLES = 5

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
