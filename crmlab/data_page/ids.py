"""What is odd about ids: destroyed by a spreadsheet, spelled in several ways, with many names or many owners."""

from collections.abc import Iterator
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, lines_, listed, named
from crmlab.language import mark, tr, translated, trn
from crmlab.tables import convert
from crmlab.tables.quality import Several, several

EXAMPLES = 5

_ID_COLUMNS = {"customer_id": mark("customer id"), "order_id": mark("order id"), "product_id": mark("product id")}


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
                trn(
                    rows,
                    "{n} line has a {id} that a spreadsheet has rounded, worth {money}.",
                    "{n} lines have a {id} that a spreadsheet has rounded, worth {money}.",
                    n=count(rows),
                    id=translated(what),
                    money=lines.money(amount),
                ),
                rows,
                amount,
                tr("The digits are lost for good: export again from the system itself, with ids stored as text."),
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
            trn(
                found.groups,
                "{n} product code is written in several ways of upper and lower case, {on_lines}.",
                "{n} product codes are written in several ways of upper and lower case, {on_lines}.",
                n=count(found.groups),
                on_lines=_on(lines, found),
            ),
            found.rows,
            found.amount,
            tr(
                "They count as different products. Where they are the same, write them alike before analysing products."
            ),
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
            trn(
                found.groups,
                "{n} product code has more than one name, {on_lines}; the most has {code} with {names}.",
                "{n} product codes have more than one name, {on_lines}; the most has {code} with {names}.",
                n=count(found.groups),
                on_lines=_on(lines, found),
                code=named(most[0]["product_id"]),
                names=count(most[0]["parts"]),
            ),
            found.rows,
            found.amount,
            tr("Products are told apart by their code. Remarks typed into the name (damaged, lost) are not products."),
            tuple(tr("{code}: {n} names", code=named(row["product_id"]), n=count(row["parts"])) for row in most),
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
            trn(
                found.groups,
                "{n} order has more than one customer, {on_lines}.",
                "{n} orders have more than one customer, {on_lines}.",
                n=count(found.groups),
                on_lines=_on(lines, found),
            ),
            found.rows,
            found.amount,
            tr(
                "Order ids that start again (every year, in every branch) look like this: then an id is no order by "
                "itself, and returns cannot be matched to it."
            ),
            tuple(
                tr("{order}: {n} customers", order=named(row["order_id"]), n=count(row["parts"])) for row in found.most
            ),
        )


def _on(lines: Lines, found: Several) -> str:
    return tr("on {lines} worth {money}", lines=lines_(found.rows), money=lines.money(found.amount))


def _ways(codes: Any, folded: str) -> str:
    of_it = codes.filter(codes.folded == folded)
    ways = records(of_it.group_by("product_id").agg(n=of_it.count()).order_by([ibis.desc("n"), "product_id"]))
    return listed([row["product_id"] for row in ways])
