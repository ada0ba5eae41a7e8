"""Whether the tables of a client fit together: what is bought by whom and of what, against who and what is listed."""

from collections.abc import Iterator
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, named
from crmlab.tables.schema import EXCLUDED_BY

EXAMPLES = 5

_WHOSE = {"customer_id": ("customer", "customers"), "product_id": ("product", "products")}


def unlisted(lines: Lines, listing: Any, key: str) -> Iterator[Noticed]:
    """Kept transactions whose customer or product is not in that table, and entries of it without a transaction."""
    if not lines.has(key):
        return
    one, several = _WHOSE[key]
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
            f"{count(rows, 'kept line is', 'kept lines are')} of {count(found['n'], one, several)} that the table "
            f"{several!r} does not have, worth {lines.money(amount)}.",
            rows,
            amount,
            f"They count everywhere except where something of the table {several!r} is asked. See whether ids are "
            "written alike in both tables and whether the table is complete.",
            tuple(named(row[key]) for row in first),
        )
    yield from _never_sold(sold, listing, key)


def _never_sold(sold: Any, listing: Any, key: str) -> Iterator[Noticed]:
    one, several = _WHOSE[key]
    idle = listing.anti_join(sold.select(key).distinct(), key)
    (found,) = records(idle.aggregate(n=idle.count()))
    (everything,) = records(listing.aggregate(n=listing.count()))
    if found["n"]:
        yield Noticed(
            f"idle_{several}",
            f"{count(found['n'], one, several)} of the {everything['n']:,} in the table {several!r} "
            f"{'has' if found['n'] == 1 else 'have'} no kept transaction.",
            found["n"],
            None,
            "Who never bought is in no analysis of buying."
            if one == "customer"
            else "Products never sold are in no analysis of sales.",
        )
