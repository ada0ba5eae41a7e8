"""What the rules did to a clean table: rows and money read, left out by each rule, and kept."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from crmlab.tables.schema import EXCLUDED_BY, TRANSACTIONS, Table


@dataclass(frozen=True)
class Ledger:
    """A total of the client's own books in the client's currency, and whether it covers the rows read or kept."""

    total: Decimal
    of: Literal["read", "kept"] = "read"


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
        `rule` (`read`, the rules' names, `kept`), `rows` (integers), `amount` (`Decimal`s in the client's currency;
        missing amounts count as zero).
    """
    groups = clean.group_by(EXCLUDED_BY).agg(rows=clean.count(), amount=clean.amount.sum()).to_pyarrow().to_pylist()
    taken = {group[EXCLUDED_BY]: (group["rows"], group["amount"] or Decimal("0.0000")) for group in groups}
    nothing = (0, Decimal("0.0000"))
    read = (sum(rows for rows, _ in taken.values()), sum((amount for _, amount in taken.values()), nothing[1]))
    named = [("read", read), *((rule.name, taken.get(rule.name, nothing)) for rule in table.rules)]
    named.append(("kept", taken.get(None, nothing)))
    return pd.DataFrame(
        {
            "rule": [name for name, _ in named],
            "rows": [rows for _, (rows, _) in named],
            "amount": pd.Series([amount for _, (_, amount) in named], dtype=object),
        }
    )
