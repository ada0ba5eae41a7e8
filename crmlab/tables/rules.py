"""One raw row -> one clean row: its amount, whether it is a return, and the first rule that leaves it out.

Everything here looks at one row only; what needs other rows (duplicates, returns netted against their orders) is in
`across.py`. The expressions are plain Ibis.

- **amount** is the mapped column; where only `quantity` and `unit_price` are mapped it is their product, computed in
  exact decimals and rounded once, halves away from zero.
- **A return** is a row flagged as one (`is_return`), else one with a quantity below zero, else one with an amount below
  zero. Its amount counts below zero, also where the file has it without a sign; only a product of a negative quantity
  and a negative price stays above zero, which is what the file says.
- **Money** in rial or toman is turned into the client's unit of the two.
- **A value that does not fit** (none of those allowed, out of its bounds) in a column that need not be there is left
  blank, and the row is marked; in a required column it costs the row, by a rule of its own.
"""

import re
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from crmlab.tables import convert, non_products
from crmlab.tables.convert.currency import marks_of
from crmlab.tables.export import Export, Form
from crmlab.tables.reader import FINGERPRINT
from crmlab.tables.request import UNITS, Request
from crmlab.tables.schema import (
    BOOKED_ON,
    CHANGED,
    EXCLUDED_BY,
    TRANSACTIONS,
    Column,
    ColumnType,
    Rules,
    Table,
    blanked,
)
from crmlab.tables.schema.standard import misfit
from crmlab.tables.wording import plural

# These stand in `excluded_by` only while a table is being written: a table with one such row is never kept.
FAULTY = "faulty value"
OTHER_CURRENCY = "other currency"
OUT_OF_RANGE = "amount out of range"
UNFIT = (FAULTY, OTHER_CURRENCY, OUT_OF_RANGE)

# Wide enough that the product of two amounts is exact; the engine would otherwise stop at 18 digits.
_FACTOR = dt.Decimal(19, 4)
_TYPES: dict[ColumnType, Any] = {
    "id": dt.string,
    "text": dt.string,
    "date": dt.date,
    "money": convert.MONEY,
    "number": convert.MONEY,
    "flag": dt.boolean,
}


def clean(raw: Any, export: Export, request: Request) -> Any:
    """The raw relation as the clean table's columns; an unfit row has one of `UNFIT` in `excluded_by`.

    Where duplicates are sought, `fingerprint` stands beside them: null in rows that may not be left out as one.
    """
    rows = _in_clients_unit(_converted(raw, export, request), export, request)
    if export.table == TRANSACTIONS:
        rows = _with_amounts(rows, export)
    rows = _without_misfits(rows, export.table)
    rows = rows.mutate(**{EXCLUDED_BY: _excluded_by(rows, export, request)})
    return rows.select(**{name: _final(rows, name, export, request) for name in _kept_columns(request)})


def is_non_product(rows: Any, rules: Rules) -> Any:
    """Whether the code or the name of each row, typed or clean, is one of no product; one of the two must be there."""
    named = rules.non_products
    hits = []
    for column in TRANSACTIONS.columns:
        if column.name in ("product_id", "product") and column.name in rows.columns:
            text = rows[column.name].lower()
            words = [word.lower() for word in _as_read(rows, named, column.type)]
            hit = text.isin(words) if named else text.re_search(non_products.PATTERN)
            hits.append(hit.fill_null(False))
    return ibis.or_(*hits)


def unit_problems(request: Request) -> list[str]:
    """A sentence for each unit of money that cannot be turned into the client's currency."""
    return [
        f"{export.where}: format.amounts_in is {export.form.amounts_in}, but the client's currency is "
        f"{request.currency}; only rial (IRR) and toman (IRT) can be turned into each other: leave amounts_in out, or "
        "write the client's currency as IRR or IRT"
        for export in request.exports
        if export.form.amounts_in not in ("", request.currency) and not request.unit_factor(export)
    ]


def unfit_problems(clean_rows: Any, request: Request) -> list[str]:
    """A sentence for each reason, apart from faulty values, for which rows cannot be read as they stand."""
    problems = []
    beyond = clean_rows.filter(clean_rows[EXCLUDED_BY] == OUT_OF_RANGE).count().to_pyarrow().as_py()
    if beyond:
        problems.append(
            f"{request.table.name}: {plural(beyond, 'row')} where the money, once computed (quantity × unit_price, or "
            "rial and toman), has more than 14 digits before the point or more than four decimals; check the "
            "columns, or let fine_amounts: round stand in the client file's rules"
        )
    if "currency" in clean_rows.columns:
        problems += _mixed_currencies(clean_rows, request)
    return problems


def _mixed_currencies(clean_rows: Any, request: Request) -> list[str]:
    others = clean_rows.filter(clean_rows[EXCLUDED_BY] == OTHER_CURRENCY)
    named = others.group_by(named=others.currency.fill_null("(blank)"))
    counts = named.agg(n=lambda group: group.count()).order_by(ibis.desc("n"), "named")
    found = counts.limit(10).to_pyarrow().to_pylist()
    if not found:
        return []
    listed = ", ".join(f"{row['named']} in {plural(row['n'], 'row')}" for row in found)
    ours = request.currency
    sentence = (
        f"{request.table.name}: mixed currencies: the client's currency is {ours}, but the currency column has "
        f"{listed}; convert these rows to {ours} or leave them out of the file, or leave currency unmapped if all "
        f"amounts are in {ours}"
    )
    return [sentence]


def _converted(raw: Any, export: Export, request: Request) -> Any:
    rounds = request.rules.fine_amounts == "round"
    columns = [column for column in export.table.columns if column.name in export.columns]
    converted = {
        column.name: convert.convert(
            raw[column.name], column.type, export.form, currency=request.currency, round_fine=rounds
        )
        for column in columns
    }
    beside = {FINGERPRINT: raw[FINGERPRINT]} if FINGERPRINT in raw.columns else {}
    fault = ibis.coalesce(*(column.fault for column in converted.values()))
    return raw.select(
        **{name: column.value for name, column in converted.items()},
        **beside,
        unfit=ibis.cases((fault.notnull(), ibis.literal(FAULTY))),
        changes=_roundings(converted, export) if rounds else ibis.literal(""),
    )


def _roundings(converted: dict[str, convert.Converted], export: Export) -> Any:
    """What was rounded: what the amount of a transaction is made of, and any other number."""
    made_of = ("amount",) if "amount" in export.columns else ("quantity", "unit_price")
    amounts = made_of if export.table == TRANSACTIONS else ()
    numbers = {column.name for column in export.table.columns if column.type in ("money", "number")}
    found = ibis.literal("")
    for mark, names in (("amount_rounded", numbers & {*amounts}), ("number_rounded", numbers - {*amounts})):
        rounded = [converted[name].changed for name in converted if name in names]
        if rounded:
            found += _if(ibis.or_(*rounded), mark)
    return found


def _if(hit: Any, mark: str) -> Any:
    """The mark as it is added to those of the row, where it is hit."""
    return ibis.cases((hit, f" {mark}"), else_="")


def _in_clients_unit(rows: Any, export: Export, request: Request) -> Any:
    factor = request.unit_factor(export)
    money = [column.name for column in export.table.columns if column.type == "money" and column.name in rows.columns]
    if factor is None or not money:
        return rows
    by = ibis.literal(factor).cast(dt.Decimal(3, 1))
    scaled = {name: (rows[name].cast(_FACTOR) * by).try_cast(convert.MONEY) for name in money}
    lost = [rows[name].notnull() & scaled[name].isnull() for name in money]
    if request.rules.fine_amounts == "refuse":
        back = ibis.literal(UNITS[request.currency, export.form.amounts_in]).cast(dt.Decimal(3, 1))
        lost += [(scaled[name].cast(_FACTOR) * back != rows[name]).fill_null(False) for name in money]
    return rows.mutate(
        **scaled,
        unfit=ibis.coalesce(rows.unfit, ibis.cases((ibis.or_(*lost), ibis.literal(OUT_OF_RANGE)))),
        changes=rows.changes + " unit_converted",
    )


def _with_amounts(rows: Any, export: Export) -> Any:
    if "amount" not in export.columns:
        product = rows.quantity.cast(_FACTOR) * rows.unit_price.cast(_FACTOR)
        amount = product.try_cast(convert.MONEY)
        beyond = product.notnull() & amount.isnull()
        unfit = ibis.coalesce(rows.unfit, ibis.cases((beyond, ibis.literal(OUT_OF_RANGE))))
        rows = rows.mutate(amount=amount, unfit=unfit)
    flagged = rows.is_return.fill_null(False) if "is_return" in export.columns else ibis.literal(value=False)
    fewer = (rows.quantity < 0).fill_null(False) if "quantity" in export.columns else ibis.literal(value=False)
    is_return = flagged | fewer | (rows.amount < 0).fill_null(False)
    if not {"is_return", "quantity"} & set(export.columns):
        return rows.mutate(is_return=is_return)
    unsigned = ((flagged | fewer) if "amount" in export.columns else flagged) & (rows.amount > 0)
    return rows.mutate(
        is_return=is_return,
        amount=ibis.cases((unsigned, -rows.amount), else_=rows.amount),
        changes=ibis.cases((unsigned, rows.changes + " sign_flipped"), else_=rows.changes),
    )


def _excluded_by(rows: Any, export: Export, request: Request) -> Any:
    hits = _standard_hits(rows, export.table, request)
    if export.table == TRANSACTIONS:
        hits |= _transaction_hits(rows, export, request)
    named = [(hits[rule.name], ibis.literal(rule.name)) for rule in export.table.rules if rule.name in hits]
    unfit = [(rows.unfit.notnull(), rows.unfit)]
    if "currency" in export.columns:
        right = rows.currency.re_search(f"^{marks_of(export.form.amounts_in or request.currency)}$")
        unfit.append((~right.fill_null(False), ibis.literal(OTHER_CURRENCY)))
    return ibis.cases(*unfit, *named)


def _misfits(rows: Any, column: Column) -> Any:
    """Whether a value is there that is none of those the column allows, or out of its bounds."""
    value = rows[column.name]
    if column.allowed:
        return ~value.isin(column.allowed)
    beyond = [] if column.least is None else [value < column.least]
    beyond += [] if column.most is None else [value > column.most]
    return ibis.or_(*beyond)


def _without_misfits(rows: Any, table: Table) -> Any:
    """The rows with what does not fit left blank where its column need not be there."""
    changes, values = rows.changes, {}
    for rule in blanked(table):
        (column,) = rule.columns
        if column.name in rows.columns:
            misfits = _misfits(rows, column).fill_null(False)
            values[column.name] = ibis.cases((misfits, ibis.null(_TYPES[column.type])), else_=rows[column.name])
            changes += _if(misfits, rule.name)
    return rows.mutate(**values, changes=changes) if values else rows


def _standard_hits(rows: Any, table: Table, request: Request) -> dict[str, Any]:
    """The conditions of the rules that any table may have, by name."""
    hits = dict(_test_hits(rows, table, request))
    for column in table.columns:
        if column.name in rows.columns:
            hits |= _column_hits(rows, column)
    if table.event_day in rows.columns:
        hits["after_observed_until"] = rows[table.event_day] > ibis.literal(request.observed_until)
    return hits


def _column_hits(rows: Any, column: Column) -> dict[str, Any]:
    name = column.name
    hits = {f"missing_{name}": rows[name].isnull()}
    if column.type == "id":
        hits[f"destroyed_{name}"] = convert.is_destroyed(rows[name])
    kind = misfit(column)
    return hits | {kind + name: _misfits(rows, column)} if kind else hits


def _transaction_hits(rows: Any, export: Export, request: Request) -> dict[str, Any]:
    rules, hits = request.rules, {}
    if rules.non_product_lines == "exclude" and {"product_id", "product"} & set(export.columns):
        hits["non_product_line"] = is_non_product(rows, rules)
    if rules.negative_prices == "exclude" and "unit_price" in export.columns:
        hits["negative_price"] = rows.unit_price < 0
    if rules.zero_amounts == "exclude":
        hits["zero_amount"] = rows.amount == 0
    if rules.returns == "drop":
        hits["dropped_return"] = rows.is_return
    return hits


def _test_hits(rows: Any, table: Table, request: Request) -> dict[str, Any]:
    customers = [rows[name] for name in table.of_customers if name in rows.columns]
    if not request.rules.test_customers or not customers:
        return {}
    named = _as_read(rows, request.rules.test_customers, "id")
    exact = [name for name in named if "*" not in name]
    patterns = [".*".join(re.escape(piece) for piece in name.split("*")) for name in named if "*" in name]
    hits = [customer.isin(exact) for customer in customers if exact]
    hits += [customer.re_search(f"(?s)^(?:{'|'.join(patterns)})$") for customer in customers if patterns]
    return {"test_customer": ibis.or_(*hits)}


def _as_read(rows: Any, texts: Sequence[str], to: ColumnType) -> list[str]:
    """Texts of the client file, unified as the values of a column of that type are."""
    if not texts:
        return []
    engine = rows.get_backend()
    values = [convert.convert(ibis.literal(text), to, Form()).value for text in texts]
    return [text for text in engine.to_pyarrow(ibis.array(values)).as_py() if text is not None]


def _kept_columns(request: Request) -> list[str]:
    sought = any(request.seeks_duplicates(export) for export in request.exports)
    return [*request.columns, *([FINGERPRINT] if sought else [])]


def _final(rows: Any, name: str, export: Export, request: Request) -> Any:
    if name == FINGERPRINT:
        return _candidate(rows, export, request)
    if name == BOOKED_ON:
        return rows.date
    if name == CHANGED:
        return rows.changes.strip().nullif("")
    return rows[name] if name in rows.columns else ibis.null(_TYPES[_column(export.table, name).type])


def _candidate(rows: Any, export: Export, request: Request) -> Any:
    """The fingerprint of a row that may be left out as a duplicate; null in the others."""
    if not request.seeks_duplicates(export):
        return ibis.null("uuid")
    number = rows[FINGERPRINT].cast("uuid")  # half as long as its text
    in_orders = request.rules.exact_duplicates == "exclude_within_orders"
    return ibis.cases((rows.order_id.notnull(), number)) if in_orders else number


def _column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)
