"""IDIC: identify, differentiate, interact, customise, and what this client's tables can do of each.

The four steps are Peppers and Rogers' [1]_. Each line here is a number from the tables the client has, or the statement
that no table says anything about it; a step without a number cannot be taken with these data, however good the plan.

References
----------
.. [1] Peppers and Rogers (2004), Managing customer relationships: a strategic framework.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import ibis
import pandas as pd

from crmlab.analyses.segments.rfm import Rfm
from crmlab.language import mark, tr

STEPS = (mark("identify"), mark("differentiate"), mark("interact"), mark("customise"))
CONTACTS = ("email", "phone")
GROUPINGS = ("product_id", "product")
FAVOURITE = 0.5
LEAST_LINES = 3

Line = tuple[str, str, float | None, str]


def idic(tables: Mapping[str, ibis.Table], scored: Rfm, grid: pd.DataFrame) -> pd.DataFrame:
    """One row a question of the four steps, with what the client's tables say.

    Parameters
    ----------
    tables : mapping
        The clean tables the client has, by name; `transactions` at least.
    scored : Rfm
        The scores of the customers.
    grid : DataFrame
        As `rfm_grid` returns it.

    Returns
    -------
    DataFrame
        `step` (of `STEPS`), `question`, `value` (a share; NaN where no table says), `said` (what the share means, or
        what is missing).
    """
    rows = [*_identify(tables), *_differentiate(scored, grid), *_interact(tables), *_customise(tables)]
    return pd.DataFrame(rows, columns=["step", "question", "value", "said"]).astype({"value": "float64"})


def _identify(tables: Mapping[str, ibis.Table]) -> Iterator[Line]:
    sales = tables["transactions"]
    nameless = (sales.excluded_by == "missing_customer_id").fill_null(False)
    found = _row(sales.agg(rows=sales.count(), nameless=nameless.sum()))
    yield (
        "identify",
        tr("lines of the sales records that say who bought"),
        1 - found["nameless"] / found["rows"],
        tr("what is left over was bought by people the company cannot recognise"),
    )
    if "customers" not in tables:
        yield (
            "identify",
            tr("buyers who stand in a customers table"),
            None,
            tr("not known: there is no customers table, so nothing is known of a customer but what they bought"),
        )
        return
    yield (
        "identify",
        tr("buyers who stand in the customers table"),
        _share_of_buyers(tables, None),
        tr("the others are ids without a person behind them"),
    )


def _differentiate(scored: Rfm, grid: pd.DataFrame) -> Iterator[Line]:
    best = (grid["r"] == scored.n_bins) & (grid["f"] == scored.n_bins)
    yield (
        "differentiate",
        tr("customers with the best score in recency and in frequency"),
        float(grid.loc[best, "share"].sum()),
        tr("how few they are, beside how much they make in the next line, is what differentiating can use"),
    )
    yield (
        "differentiate",
        tr("the value these customers made"),
        float(grid.loc[best, "value_share"].sum(min_count=1)),
        tr("value so far, which is not yet what they will need or bring"),
    )


def _interact(tables: Mapping[str, ibis.Table]) -> Iterator[Line]:
    customers = tables.get("customers")
    columns = () if customers is None else customers.columns
    reachable = [name for name in CONTACTS if name in columns]
    question = tr("buyers with an e-mail address or a phone number")
    if reachable:
        yield "interact", question, _share_of_buyers(tables, reachable), tr("the others can only be met in the shop")
    else:
        yield (
            "interact",
            question,
            None,
            tr("not known: the client file names no column with addresses or numbers (email, phone)"),
        )
    question = tr("buyers who have agreed to be contacted")
    if "may_contact" in columns:
        said = tr("nobody else may be contacted, whatever a list says")
        yield "interact", question, _share_of_buyers(tables, ["may_contact"]), said
    else:
        yield (
            "interact",
            question,
            None,
            tr("not known: before writing to anybody, name in the client file the column that says it (may_contact)"),
        )
    yield (
        "interact",
        tr("what customers were sent, and what they answered"),
        None,
        tr("not known: no table records contacts, so interaction here means purchases alone"),
    )


def _customise(tables: Mapping[str, ibis.Table]) -> Iterator[Line]:
    grouping, by_category = _grouped(tables)
    if by_category:
        question = tr("customers with a favourite: half or more of at least three lines in one category")
    else:
        question = tr("customers with a favourite: half or more of at least three lines of one product")
    if grouping is None:
        missing = tr("not known: the client file names no column that says what was bought (product_id, product)")
        yield "customise", question, None, missing
    else:
        said = tr("for them an offer can be chosen by what they like; for the others it would be a guess")
        yield "customise", question, _with_favourite(grouping), said


def _share_of_buyers(tables: Mapping[str, ibis.Table], columns: list[str] | None) -> float | None:
    """The share of buyers who stand in the customers table with a value (true, if a flag) in one of `columns`."""
    sales, customers = tables["transactions"], tables["customers"]
    buyers = _kept(sales).select("customer_id").distinct()
    known = _kept(customers)
    if columns is not None:
        has = [known[name] if known[name].type().is_boolean() else known[name].notnull() for name in columns]  # noqa: PD004
        known = known.filter(ibis.or_(*has))
    ids = known.select("customer_id").distinct()
    found = _row(buyers.agg(share=buyers.customer_id.isin(ids.customer_id).mean()))["share"]
    return None if found is None else float(found)


def _grouped(tables: Mapping[str, ibis.Table]) -> tuple[ibis.Table | None, bool]:
    """Kept lines as `customer_id` and `group`, and whether the groups are categories; None if nothing groups them."""
    sales = _kept(tables["transactions"])
    products = tables.get("products")
    if products is not None and "category" in products.columns and "product_id" in sales.columns:
        groups = _kept(products).select("product_id", group="category")
        lines = sales.select("customer_id", "product_id").left_join(groups, "product_id")
        return lines.select("customer_id", "group"), True
    for name in GROUPINGS:
        if name in sales.columns:
            return sales.select("customer_id", group=name), False
    return None, False


def _with_favourite(lines: ibis.Table) -> float | None:
    counted = lines.group_by("customer_id", "group").agg(n=lambda t: t.count())
    customers = counted.group_by("customer_id").agg(
        lines=counted.n.sum(),
        most=counted.n.max(where=counted.group.notnull()).fill_null(0),  # noqa: PD004 - Ibis, not pandas
    )
    fond = (customers.lines >= LEAST_LINES) & (customers.most >= FAVOURITE * customers.lines)
    found = _row(customers.agg(share=fond.mean()))["share"]
    return None if found is None else float(found)


def _kept(table: ibis.Table) -> ibis.Table:
    return table.filter(table.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas


def _row(expression: ibis.Table) -> dict[str, Any]:
    row: dict[str, Any] = expression.to_pyarrow().to_pylist()[0]
    return row
