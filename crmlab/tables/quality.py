"""What the rules did to a clean table: rows and money read, left out by each rule, changed, and kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import ibis
import pandas as pd

from crmlab.language import mark, percent, tr
from crmlab.language.numbers import localised
from crmlab.tables.portions import portions
from crmlab.tables.schema import BOOKED_ON, CHANGED, CHANGES, EXCLUDED_BY, TRANSACTIONS, Table, blanked

AGREES_BELOW = Decimal("0.01")
"""Two totals agree if they differ by less than a hundredth of the currency: what rounding to cents can make."""

_NOTHING = Decimal("0.0000")


@dataclass(frozen=True)
class Ledger:
    """A total of the client's own books in the client's currency, and whether it covers the rows read or kept."""

    total: Decimal
    of: Literal["read", "kept"] = "read"


@dataclass(frozen=True)
class Reconciliation:
    """The data held against the client's books.

    Attributes
    ----------
    total : Decimal
        What the books say.
    of : str
        Which rows that is meant to cover: `read` or `kept`.
    found : Decimal
        What these rows sum to.
    difference : Decimal
        `found` − `total`.
    share : float
        `difference` as a share of the absolute total; NaN where the total is zero.
    agrees : bool
        Whether the difference is below `AGREES_BELOW`, whatever its sign.
    sentence : str
        All of it for a reader, without the currency's name.
    """

    total: Decimal
    of: Literal["read", "kept"]
    found: Decimal
    difference: Decimal
    share: float
    agrees: bool
    sentence: str


def rule_counts(clean: Any, table: Table = TRANSACTIONS) -> pd.DataFrame:
    """One row for what was read, one for each rule in its order (also where it took nothing), one for what was kept.

    Rows and money are counted in the engine. What the rules took and what was kept add up to what was read, in rows
    and to the last decimal in money.

    Parameters
    ----------
    clean : ibis.Table
        A clean table of a client.
    table : Table
        Its declaration.

    Returns
    -------
    DataFrame
        `rule` (`read`, the rules' names, `kept`), `rows` (integers) and, where the table has an `amount`, `amount`
        (`Decimal`s in the client's currency; missing amounts count as zero).
    """
    has_money = "amount" in clean.columns
    sums = {"amount": clean.amount.sum()} if has_money else {}
    groups = clean.group_by(EXCLUDED_BY).agg(rows=clean.count(), **sums).to_pyarrow().to_pylist()
    taken = {group[EXCLUDED_BY]: (group["rows"], group.get("amount") or _NOTHING) for group in groups}
    read = (sum(rows for rows, _ in taken.values()), sum((amount for _, amount in taken.values()), _NOTHING))
    named = [(mark("read"), read), *((rule.name, taken.get(rule.name, (0, _NOTHING))) for rule in table.rules)]
    counts = _frame("rule", [*named, (mark("kept"), taken.get(None, (0, _NOTHING)))])
    return counts if has_money else counts.drop(columns="amount")


def changes(clean: Any, table: Table = TRANSACTIONS) -> pd.DataFrame:
    """What the rules changed or merged among the kept rows without leaving it out; only what happened.

    Parameters
    ----------
    clean : ibis.Table
        A clean table of a client.
    table : Table
        Its declaration.

    Returns
    -------
    DataFrame
        `change`, `rows` (integers) and, where the table has an `amount`, `amount` (`Decimal`s, the money of these rows
        as it counts now), no row for what did not happen. A row of the table can be in several:

        - of transactions `returns_booked`: returns that count on their own date, where returns are not netted;
        - `returns_netted`: returns that count on the date of the order they belong to;
        - `returns_unmatched`: returns that were to be netted, but no order was found: they count on their own date;
        - `same_day`: sales on a customer's day with other orders (without `order_id`: other lines), which count as
          one purchase;
        - of any table what `schema.CHANGES` and `schema.blanked` name: `sign_flipped`, `amount_rounded`, ...
    """
    kept = clean.filter(clean[EXCLUDED_BY].isnull())  # noqa: PD003 - Ibis, not pandas
    marks = _marks(kept)
    found = [*_returns(kept, marks), ("same_day", _on_shared_days(kept))] if table == TRANSACTIONS else []
    names = [*(name for name in CHANGES if name != "return_netted"), *(rule.name for rule in blanked(table))]
    found += [(name, marks[name]) for name in names if name in marks]
    counts = _frame("change", [(name, (rows, amount)) for name, (rows, amount) in found if rows])
    return counts if "amount" in clean.columns else counts.drop(columns="amount")


@dataclass
class Several:
    """Groups of rows that have more than one part: how many groups, with how many parts, rows and money.

    `most` are the first of them, as rows of `key`, `parts`, `rows` and `amount`.
    """

    groups: int = 0
    parts: int = 0
    rows: int = 0
    amount: Decimal = _NOTHING
    most: list[dict[str, Any]] = field(default_factory=list)


def several(rows: Any, key: Sequence[str], part: str | None, *, by: str = "parts", most: int = 0) -> Several:
    """The groups of equal `key` in which the column `part` has several different values, however many groups there are.

    Parameters
    ----------
    rows : ibis.Table
        With the columns `key` and `part`, and `amount`; missing amounts count as zero.
    key : sequence of str
        Names of columns; the first is text and never missing if `most` are asked for.
    part : str or None
        Its missing values are none. None counts rows instead.
    by : {'parts', 'rows'}
        What the first groups have most of; the key in its order decides where that is equal.
    most : int
        How many of the groups to return.
    """
    found = Several()
    inner = key if part is None else [*key, part]
    for portion in portions(rows.select(*inner, "amount"), key, inner):
        groups = _by_group(portion, key, part)
        groups = groups.filter(groups.parts > 1)
        sums = groups.agg(groups=groups.count(), **{name: groups[name].sum() for name in ("parts", "rows", "amount")})
        (one,) = sums.to_pyarrow().to_pylist()
        found.groups += one["groups"]
        found.parts += int(one["parts"] or 0)
        found.rows += int(one["rows"] or 0)
        found.amount += one["amount"] or _NOTHING
        if most and one["groups"]:
            first = groups.order_by([ibis.desc(by), *key]).limit(most).to_pyarrow().to_pylist()
            found.most = sorted([*found.most, *first], key=lambda group: (-group[by], *(group[k] for k in key)))[:most]
    return found


def _by_group(rows: Any, key: Sequence[str], part: str | None) -> Any:
    """A row for each key with its `parts`, `rows` and `amount`.

    It is grouped twice, because the engine spills the keys of groups to disk, but not what it holds inside a group:
    distinct values, the least and the greatest text.
    """
    if part is None:
        return rows.group_by(key).agg(parts=rows.count(), rows=rows.count(), amount=rows.amount.sum())
    parts = rows.group_by([*key, part]).agg(rows=rows.count(), amount=rows.amount.sum())
    return parts.group_by(key).agg(parts=parts[part].count(), rows=parts.rows.sum(), amount=parts.amount.sum())


def reconcile(counts: pd.DataFrame, ledger: Ledger) -> Reconciliation:
    """The rows read or kept, as `rule_counts` has them, against the ledger's total.

    They agree if they differ by less than `AGREES_BELOW`.
    """
    found: Decimal = dict(zip(counts["rule"], counts["amount"], strict=True))[ledger.of]
    difference = found - ledger.total
    share = float(difference / abs(ledger.total)) if ledger.total else float("nan")
    agrees = abs(difference) < AGREES_BELOW
    return Reconciliation(
        total=ledger.total,
        of=ledger.of,
        found=found,
        difference=difference,
        share=share,
        agrees=agrees,
        sentence=_reconciled(found, ledger, share, agrees=agrees),
    )


def _reconciled(found: Decimal, ledger: Ledger, share: float, *, agrees: bool) -> str:
    difference = found - ledger.total
    values = {"found": _exact(found), "total": _exact(ledger.total), "difference": _exact(abs(difference))}
    read = ledger.of == "read"
    told = tr("The rows read sum to {found}", **values) if read else tr("The rows kept sum to {found}", **values)
    if agrees:
        return tr("{told}, which agrees with the ledger's {total}.", told=told, **values)
    part = f" {tr('({share} of it)', share=percent(abs(share), 2))}" if ledger.total else ""
    away = (
        tr("{told}, {difference} more than the ledger's {total}{part}.", told=told, part=part, **values)
        if difference > 0
        else tr("{told}, {difference} less than the ledger's {total}{part}.", told=told, part=part, **values)
    )
    advice = tr(
        "See whether rows are missing from the export or stand in it twice, and whether the ledger covers the same "
        "days, the same lines and the same taxes."
    )
    return f"{away} {advice}"


def _exact(amount: Decimal) -> str:
    return localised(f"{amount:,.2f}")


def _marks(kept: Any) -> dict[str, tuple[int, Decimal]]:
    """For each mark that stands in `changed`, the rows and the money that have it."""
    found: dict[str, tuple[int, Decimal]] = {}
    if CHANGED not in kept.columns:
        return found
    sums = {"amount": kept.amount.sum()} if "amount" in kept.columns else {}
    marked = kept.filter(kept[CHANGED].notnull())  # noqa: PD004 - Ibis, not pandas
    for group in marked.group_by(CHANGED).agg(rows=marked.count(), **sums).to_pyarrow().to_pylist():
        for name in group[CHANGED].split():
            rows, amount = found.get(name, (0, _NOTHING))
            found[name] = (rows + group["rows"], amount + (group.get("amount") or _NOTHING))
    return found


def _returns(kept: Any, marks: Mapping[str, tuple[int, Decimal]]) -> Iterator[tuple[str, tuple[int, Decimal]]]:
    if "is_return" not in kept.columns:
        return
    rows, amount = _counted(kept.filter(kept.is_return))
    if BOOKED_ON not in kept.columns:
        yield "returns_booked", (rows, amount)
        return
    netted_rows, netted_amount = marks.get("return_netted", (0, _NOTHING))
    yield "returns_netted", (netted_rows, netted_amount)
    yield "returns_unmatched", (rows - netted_rows, amount - netted_amount)


def _on_shared_days(kept: Any) -> tuple[int, Decimal]:
    """Sales on days on which a customer has more than one order, or more than one line without orders."""
    sales = kept.filter(~kept.is_return) if "is_return" in kept.columns else kept.filter(kept.amount > 0)
    found = several(sales, ["customer_id", "date"], "order_id" if "order_id" in sales.columns else None)
    return found.rows, found.amount


def _counted(rows: Any) -> tuple[int, Decimal]:
    found = rows.agg(rows=rows.count(), amount=rows.amount.sum()).to_pyarrow().to_pylist()[0]
    return found["rows"], found["amount"] or _NOTHING


def _frame(first: str, named: list[tuple[str, tuple[int, Decimal]]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            first: pd.Series([name for name, _ in named], dtype=object),
            "rows": pd.Series([rows for _, (rows, _) in named], dtype="int64"),
            "amount": pd.Series([amount for _, (_, amount) in named], dtype=object),
        }
    )
