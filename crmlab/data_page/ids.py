"""What is odd about ids: destroyed by a spreadsheet, spelled in several ways, with many names or many owners."""

from collections.abc import Iterator
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, listed, named
from crmlab.tables import convert
from crmlab.tables.quality import Several, several

EXAMPLES = 5

_ID_COLUMNS = {"customer_id": "customer", "order_id": "order", "product_id": "product"}


def destroyed(lines: Lines) -> Iterator[Noticed]:
    """Ids that a spreadsheet has turned into rounded numbers, of customers, orders and products."""
    for column, what in _ID_COLUMNS.items():
        if not lines.has(column):
            continue
        hit = lines.table.filter(convert.is_destroyed(lines.table[column]))
        rows, amount = total(hit)
        if rows:
            values = hit.group_by(column).agg(n=hit.count()).order_by([ibis.desc("n"), column])
            shown = column != "customer_id" or lines.names_customers
            yield Noticed(
                f"destroyed_{column}",
                f"{count(rows, 'line has', 'lines have')} a {what} id that a spreadsheet has rounded, worth "
                f"{lines.money(amount)}.",
                rows,
                amount,
                "The digits are lost for good: export again from the system itself, with ids stored as text.",
                tuple(named(row[column]) for row in records(values.limit(EXAMPLES))) if shown else (),
            )


def spellings(lines: Lines) -> Iterator[Noticed]:
    """Product codes that differ in case only."""
    if not lines.has("product_id"):
        return
    codes = lines.table.filter(lines.table.product_id.notnull()).mutate(folded=lines.table.product_id.upper())
    found = several(codes, ["folded"], "product_id", by="rows", most=EXAMPLES)
    if found.groups:
        yield Noticed(
            "code_spellings",
            f"{count(found.groups, 'product code is', 'product codes are')} written in several ways of upper and lower "
            f"case, {_on(lines, found)}.",
            found.rows,
            found.amount,
            "They count as different products. Where they are the same, write them alike before analysing products.",
            tuple(_ways(codes, row["folded"]) for row in found.most),
        )


def many_names(lines: Lines) -> Iterator[Noticed]:
    """Product codes with more than one name."""
    if not lines.has("product_id", "product"):
        return
    whole = lines.table.filter(lines.table.product_id.notnull())
    found = several(whole, ["product_id"], "product", most=EXAMPLES)
    if found.groups:
        most = found.most
        yield Noticed(
            "code_many_names",
            f"{count(found.groups, 'product code has', 'product codes have')} more than one name, {_on(lines, found)}; "
            f"the most has {named(most[0]['product_id'])} with {most[0]['parts']:,}.",
            found.rows,
            found.amount,
            "Products are told apart by their code. Remarks typed into the name (damaged, lost) are not products.",
            tuple(f"{named(row['product_id'])}: {row['parts']:,} names" for row in most),
        )


def shared_orders(lines: Lines) -> Iterator[Noticed]:
    """Orders whose lines name more than one customer."""
    if not lines.has("order_id"):
        return
    whole = lines.table.filter(lines.table.order_id.notnull())
    found = several(whole, ["order_id"], "customer_id", most=EXAMPLES)
    if found.groups:
        yield Noticed(
            "order_several_customers",
            f"{count(found.groups, 'order has', 'orders have')} more than one customer, {_on(lines, found)}.",
            found.rows,
            found.amount,
            "Order ids that start again (every year, in every branch) look like this: then an id is no order by "
            "itself, and returns cannot be matched to it.",
            tuple(f"{named(row['order_id'])}: {row['parts']:,} customers" for row in found.most),
        )


def _on(lines: Lines, found: Several) -> str:
    return f"on {count(found.rows, 'line', 'lines')} worth {lines.money(found.amount)}"


def _ways(codes: Any, folded: str) -> str:
    of_it = codes.filter(codes.folded == folded)
    ways = records(of_it.group_by("product_id").agg(n=of_it.count()).order_by([ibis.desc("n"), "product_id"]))
    return listed([row["product_id"] for row in ways])
