"""What is odd about single lines: who, how many, at what price, and whether they are products at all."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ibis

from crmlab.data_page.noticed import Lines, Noticed, decided, records, total
from crmlab.data_page.phrases import count, listed, named, share
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
            f"{count(rows, 'line has', 'lines have')} no customer ({share(rows, everything['n'])} of all lines), worth "
            f"{lines.money(amount)}.",
            rows,
            amount,
            "Nothing about customers can count them, so every total here is below the books by that much. Ask "
            "whether they are cash sales or a fault of the export.",
        )


def returns(lines: Lines) -> Iterator[Noticed]:
    """Lines with fewer than no pieces, by the mark on their order ids; without quantities, returns as they are."""
    by_quantity = lines.has("quantity")
    negative = _is_return(lines)
    rows, amount = total(lines.table.filter(negative))
    if rows:
        one, several = ("line has", "lines have") if by_quantity else ("line is", "lines are")
        what = "a negative quantity" if by_quantity else "a return" if rows == 1 else "returns"
        by_mark = f": {_marks(lines, negative)}" if lines.has("order_id") else ""
        yield Noticed(
            "negative_quantity" if by_quantity else "return",
            f"{count(rows, one, several)} {what}{by_mark}; together {lines.money(amount)}.",
            rows,
            amount,
            _RETURNS[lines.rules.returns],
        )


def free_lines(lines: Lines) -> Iterator[Noticed]:
    """Lines at a price of zero; without prices, amounts of zero."""
    column, what = ("unit_price", "a price") if lines.has("unit_price") else ("amount", "an amount")
    rows, amount = total(lines.table.filter(lines.table[column] == 0))
    if rows:
        yield Noticed(
            "zero_price" if column == "unit_price" else "zero_amount",
            f"{count(rows, 'line has', 'lines have')} {what} of zero.",
            rows,
            amount,
            f"Free items, samples or stock entries. {decided('zero_amounts', lines.rules.zero_amounts)}",
        )


def negative_prices(lines: Lines) -> Iterator[Noticed]:
    """Lines with a price below zero, and the letters their order ids begin with."""
    if not lines.has("unit_price"):
        return
    negative = lines.table.filter(lines.table.unit_price < 0)
    rows, amount = total(negative)
    if rows:
        prefixes = [row["prefix"] for row in _by_prefix(negative)] if lines.has("order_id") else []
        on = f", on order ids that begin with {listed(prefixes)}" if prefixes and all(prefixes) else ""
        yield Noticed(
            "negative_price",
            f"{count(rows, 'line has', 'lines have')} a price below zero{on}: {lines.money(amount)}.",
            rows,
            amount,
            "Corrections of the books, such as bad debt, rather than sales. "
            + decided("negative_prices", lines.rules.negative_prices),
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
            f"{count(rows, 'line is', 'lines are')} no product, worth {lines.money(amount)}: {listed(names)}.",
            rows,
            amount,
            decided("non_product_lines", lines.rules.non_product_lines)
            + " `non_products` names the codes or names that are none, if these are not right.",
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
        f"The largest line is {told[0]}. It is {share(found[0]['amount'], everything)} of all sales.",
        len(found),
        amount,
        "One such line moves averages, models and top lists. See whether it is real; where it was undone, see that "
        "both lines are kept or both left out.",
        tuple(told[1:]),
    )


def _out_of_proportion(large: list[dict[str, Any]], sales: Any, number: int) -> list[dict[str, Any]]:
    """Those of the lines that half of the sales are a hundredth of at most: counted, so that no amount need be held."""
    if not large:
        return []
    usual = [sales.amount <= ibis.literal(row["amount"] / TIMES_THE_USUAL) for row in large]
    (counts,) = records(sales.aggregate(**{f"of{place}": sales.count(where=of) for place, of in enumerate(usual)}))
    return [row for place, row in enumerate(large) if 2 * counts[f"of{place}"] >= number]


_RETURNS = {
    "book": "The rules book returns on their own date; `returns: net` would count them on the date of their order, "
    "`returns: drop` would leave them out.",
    "net": "The rules count returns on the date of their order where that is found (`returns: net`).",
    "drop": "The rules leave returns out (`returns: drop`), so sales are gross.",
}


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
    parts = [f"{row['negative']:,} on order ids that begin with {row['prefix']}" for row in marks]
    (all_lines,) = records(marked.aggregate(**counts))
    left, unpaid_left = (all_lines[name] - sum(row[name] for row in marks) for name in ("negative", "unpaid"))
    if left:
        parts.append(
            f"{left:,} on {'others' if marks else 'order ids like those of sales'}{_unpaid(left, unpaid_left)}"
        )
    return ", ".join(parts)


def _unpaid(rows: int, unpaid: int) -> str:
    if not unpaid:
        return ""
    return f" ({'all' if unpaid == rows else f'{unpaid:,}'} of them at no price: stock written off, not returned)"


def _non_product(lines: Lines, row: dict[str, Any]) -> str:
    code, name = named(row["code"] or "no code"), named(row["name"] or "no name")
    what = code if code == name else f"{code} ({name})"
    return f"{what}: {count(row['rows'], 'line', 'lines')}, {lines.money(row['amount'] or Decimal(0))}"


def _line(lines: Lines, row: dict[str, Any]) -> str:
    pieces = f"{row['quantity']:,.0f} pieces for " if row.get("quantity") is not None else ""
    facts = [
        *([f"order {named(row['order_id'])}"] if row.get("order_id") else []),
        *([named(row["product"] if row.get("product") else row["product_id"])] if row.get("product_id") else []),
        *([str(row["date"])] if row["date"] else []),
    ]
    return f"{pieces}{lines.money(row['amount'])} ({', '.join(facts)})"


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
    order = f"order {named(found[0]['order_id'])}, " if found[0].get("order_id") else ""
    return f", and its cancellation ({order}{found[0]['date']})"
