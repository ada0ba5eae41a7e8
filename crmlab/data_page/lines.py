"""What is odd about single lines: who, how many, at what price, and whether they are products at all."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, decided, records, total
from crmlab.data_page.phrases import count, lines_, listed, named, share
from crmlab.language import day, tr, trn
from crmlab.language import listed as in_a_row
from crmlab.tables.rules import is_non_product

# A prefix of order ids is a mark of cancellations if nearly all its lines are negative.
MARK_SHARE = 0.9
MARKS = 5

# What makes a line so large that one has to know of it: so many times what half of the sales are at most, and so much
# of all sales.
TIMES_THE_USUAL = 100
SHARE_OF_SALES = Decimal("0.005")
LARGEST = 3

NON_PRODUCTS = 12

_PREFIX = "^[A-Za-z]{1,8}"


def without_customer(lines: Lines) -> Iterator[Noticed]:
    """Lines that do not say who bought."""
    rows, amount = total(lines.table.filter(lines.table.customer_id.isnull()))
    if rows:
        (everything,) = records(lines.table.aggregate(n=lines.table.count()))
        yield Noticed(
            "no_customer",
            trn(
                rows,
                "{n} line has no customer ({share} of all lines), worth {money}.",
                "{n} lines have no customer ({share} of all lines), worth {money}.",
                n=count(rows),
                share=share(rows, everything["n"]),
                money=lines.money(amount),
            ),
            rows,
            amount,
            tr(
                "Nothing about customers can count them, so every total here is below the books by that much. Ask "
                "whether they are cash sales or a fault of the export."
            ),
        )


def returns(lines: Lines) -> Iterator[Noticed]:
    """Lines with fewer than no pieces, by the mark on their order ids; without quantities, returns as they are."""
    by_quantity = lines.has("quantity")
    negative = _is_return(lines)
    rows, amount = total(lines.table.filter(negative))
    if rows:
        what = (
            trn(rows, "{n} line has a negative quantity", "{n} lines have a negative quantity", n=count(rows))
            if by_quantity
            else trn(rows, "{n} line is a return", "{n} lines are returns", n=count(rows))
        )
        if lines.has("order_id"):
            what = tr("{what}: {marks}", what=what, marks=_marks(lines, negative))
        yield Noticed(
            "negative_quantity" if by_quantity else "return",
            tr("{what}; together {money}.", what=what, money=lines.money(amount)),
            rows,
            amount,
            _about_returns(lines.rules.returns),
        )


def free_lines(lines: Lines) -> Iterator[Noticed]:
    """Lines at a price of zero; without prices, amounts of zero."""
    by_price = lines.has("unit_price")
    rows, amount = total(lines.table.filter(lines.table["unit_price" if by_price else "amount"] == 0))
    if rows:
        does = decided("zero_amounts", lines.rules.zero_amounts)
        yield Noticed(
            "zero_price" if by_price else "zero_amount",
            trn(rows, "{n} line has a price of zero.", "{n} lines have a price of zero.", n=count(rows))
            if by_price
            else trn(rows, "{n} line has an amount of zero.", "{n} lines have an amount of zero.", n=count(rows)),
            rows,
            amount,
            tr("Free items, samples or stock entries. {decided}", decided=does),
        )


def negative_prices(lines: Lines) -> Iterator[Noticed]:
    """Lines with a price below zero, and the letters their order ids begin with."""
    if not lines.has("unit_price"):
        return
    negative = lines.table.filter(lines.table.unit_price < 0)
    rows, amount = total(negative)
    if rows:
        prefixes = [row["prefix"] for row in _by_prefix(negative)] if lines.has("order_id") else []
        what = trn(rows, "{n} line has a price below zero", "{n} lines have a price below zero", n=count(rows))
        if prefixes and all(prefixes):
            what = tr("{what}, on order ids that begin with {prefixes}", what=what, prefixes=listed(prefixes))
        does = decided("negative_prices", lines.rules.negative_prices)
        yield Noticed(
            "negative_price",
            tr("{what}: {money}.", what=what, money=lines.money(amount)),
            rows,
            amount,
            tr("Corrections of the books, such as bad debt, rather than sales. {decided}", decided=does),
        )


def non_products(lines: Lines) -> Iterator[Noticed]:
    """Lines that are no product but postage, fees and the like, by code with name, rows and money."""
    columns = [name for name in ("product_id", "product") if lines.has(name)]
    if not columns:
        return
    hit = lines.table.filter(is_non_product(lines.table, lines.rules))
    rows, amount = total(hit)
    if rows:
        code = hit[columns[0]]
        name = hit["product"].max() if lines.has("product") else code.max()
        groups = hit.group_by(code=code).agg(name=name, rows=hit.count(), amount=hit.amount.sum())
        found = records(groups.order_by([ibis.desc("rows"), "code"]))
        names = list(dict.fromkeys(row["name"] or row["code"] for row in found))
        yield Noticed(
            "non_product_line",
            trn(
                rows,
                "{n} line is no product, worth {money}: {names}.",
                "{n} lines are no product, worth {money}: {names}.",
                n=count(rows),
                money=lines.money(amount),
                names=listed(names),
            ),
            rows,
            amount,
            tr(
                "{decided} `non_products` names the codes or names that are none, if these are not right.",
                decided=decided("non_product_lines", lines.rules.non_product_lines),
            ),
            tuple(_non_product(lines, row) for row in found[:NON_PRODUCTS]),
        )


def large_lines(lines: Lines) -> Iterator[Noticed]:
    """The largest sales, where they are out of all proportion, and whether an opposite line undoes them."""
    sales = lines.table.filter(lines.table.amount > 0)
    number, everything = total(sales)
    order = [ibis.desc("amount"), *(name for name in ("date", "customer_id", "order_id") if lines.has(name))]
    large = sales.filter(sales.amount >= ibis.literal(SHARE_OF_SALES * everything)).order_by(order).limit(LARGEST)
    found = _out_of_proportion(records(large), sales, number)
    if not found:
        return
    told = [f"{_line(lines, row)}{_undone(lines, row)}" for row in found]
    amount = sum((row["amount"] for row in found), Decimal(0))
    yield Noticed(
        "large_line",
        tr(
            "The largest line is {line}. It is {share} of all sales.",
            line=told[0],
            share=share(found[0]["amount"], everything),
        ),
        len(found),
        amount,
        tr(
            "One such line moves averages, models and top lists. See whether it is real; where it was undone, see that "
            "both lines are kept or both left out."
        ),
        tuple(told[1:]),
    )


def _out_of_proportion(large: list[dict[str, Any]], sales: Any, number: int) -> list[dict[str, Any]]:
    """Those of the lines that half of the sales are a hundredth of at most: counted, so that no amount need be held."""
    if not large:
        return []
    usual = [sales.amount <= ibis.literal(row["amount"] / TIMES_THE_USUAL) for row in large]
    (counts,) = records(sales.aggregate(**{f"of{place}": sales.count(where=of) for place, of in enumerate(usual)}))
    return [row for place, row in enumerate(large) if 2 * counts[f"of{place}"] >= number]


def _about_returns(rule: str) -> str:
    match rule:
        case "net":
            return tr("The rules count returns on the date of their order where that is found (`returns: net`).")
        case "drop":
            return tr("The rules leave returns out (`returns: drop`), so sales are gross.")
        case _:
            return tr(
                "The rules book returns on their own date; `returns: net` would count them on the date of their "
                "order, `returns: drop` would leave them out."
            )


def _by_prefix(rows: Any) -> list[dict[str, Any]]:
    marked = rows.mutate(prefix=rows.order_id.re_extract(_PREFIX, 0).fill_null(""))
    return records(marked.group_by("prefix").agg(n=marked.count()).order_by([ibis.desc("n"), "prefix"]))


def _is_return(lines: Lines) -> Any:
    table = lines.table
    if lines.has("quantity"):
        return table.quantity < 0
    return table.is_return.fill_null(False) if lines.has("is_return") else table.amount < 0


def _marks(lines: Lines, negative: Any) -> str:
    """How the negative lines split by the letters that only cancelled orders begin with."""
    marked = lines.table.mutate(
        prefix=lines.table.order_id.re_extract(_PREFIX, 0).fill_null(""), negative=negative.fill_null(False)
    )
    unpaid = marked.negative & (marked.amount == 0)
    counts = {"negative": marked.count(where=marked.negative), "unpaid": marked.count(where=unpaid)}
    groups = marked.group_by("prefix").agg(n=marked.count(), **counts)
    only = groups.filter((groups.prefix != "") & (groups.negative >= MARK_SHARE * groups.n))
    # Ids of random letters may all begin differently: the first only are fetched.
    marks = records(only.order_by([ibis.desc("negative"), "prefix"]).limit(MARKS))
    parts = [
        tr("{n} on order ids that begin with {prefix}", n=count(row["negative"]), prefix=named(row["prefix"]))
        for row in marks
    ]
    (all_lines,) = records(marked.aggregate(**counts))
    left, unpaid_left = (all_lines[name] - sum(row[name] for row in marks) for name in ("negative", "unpaid"))
    if left:
        on_these = (
            tr("{n} on others", n=count(left)) if marks else tr("{n} on order ids like those of sales", n=count(left))
        )
        parts.append(_unpaid(on_these, left, unpaid_left))
    return in_a_row(parts)


def _unpaid(on_these: str, rows: int, unpaid: int) -> str:
    if not unpaid:
        return on_these
    if unpaid == rows:
        return tr("{lines} (all of them at no price: stock written off, not returned)", lines=on_these)
    return tr("{lines} ({n} of them at no price: stock written off, not returned)", lines=on_these, n=count(unpaid))


def _non_product(lines: Lines, row: dict[str, Any]) -> str:
    code = named(row["code"]) if row["code"] else tr("no code")
    name = named(row["name"]) if row["name"] else tr("no name")
    return tr(
        "{what}: {lines}, {money}",
        what=code if code == name else f"{code} ({name})",
        lines=lines_(row["rows"]),
        money=lines.money(row["amount"] or Decimal(0)),
    )


def _line(lines: Lines, row: dict[str, Any]) -> str:
    facts = [
        *([tr("order {id}", id=named(row["order_id"]))] if row.get("order_id") else []),
        *([named(row["product"] if row.get("product") else row["product_id"])] if row.get("product_id") else []),
        *([day(row["date"])] if row["date"] else []),
    ]
    said = {"money": lines.money(row["amount"]), "facts": in_a_row(facts)}
    if row.get("quantity") is None:
        return tr("{money} ({facts})", **said)
    return tr("{n} pieces for {money} ({facts})", n=count(row["quantity"]), **said)


def _undone(lines: Lines, row: dict[str, Any]) -> str:
    """What to say of a line of the same customer and product that takes the whole amount back, or nothing."""
    table = lines.table
    same = [
        table[name].isnull() if row[name] is None else table[name] == row[name]
        for name in ("customer_id", "product_id")
        if name in row
    ]
    opposite = table.amount == ibis.literal(-row["amount"])
    found = records(table.filter(opposite, *same).order_by("date").limit(1))
    if not found:
        return ""
    of_it = [tr("order {id}", id=named(found[0]["order_id"]))] if found[0].get("order_id") else []
    return tr(", and its cancellation ({facts})", facts=in_a_row([*of_it, day(found[0]["date"])]))
