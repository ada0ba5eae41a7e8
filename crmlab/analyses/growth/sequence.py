"""What comes first: of two products, whether customers buy one before the other more often than a coin would have it.

That many who have A buy B afterwards says little where B is popular: many who have B buy A afterwards too. So only
customers count who bought each of the two on exactly one day, and not the same one. If the days of the two could be
exchanged, one half buys A first (a sign test), however popular each is and however much customers differ. Not so where
the firm began to sell one later, or where one's season comes first in the window.
"""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.growth.baskets import bought
from crmlab.errors import ParameterError


@dataclass(frozen=True)
class Orders:
    """Pairs of products by which comes first.

    `table` has one row a pair with at least `least` customers, most certain first: `first` (more often the earlier),
    `second`, `customers`, `first_first` (how many of them bought it first), `share`, `p` (two-sided), `q`, `passes`.
    """

    table: pd.DataFrame
    tested: int
    unadjusted: int
    passing: int
    least: int
    fdr: float


def what_comes_first(sales: ibis.Table, *, least: int = 10, fdr: float = 0.05) -> Orders:
    """Every pair of products tested for an order in time, and the false discovery rate controlled over all of them.

    Parameters
    ----------
    sales : Ibis table
        Clean transactions with `product_id`.
    least : int
        Customers who bought both once, from which on a pair is tested: says nothing of the order, so it may be chosen.
    """
    if least < 1 or not 0 < fdr < 1:
        raise ParameterError(f"least {least} and fdr {fdr:g} cannot be used: least is 1 or more, fdr between 0 and 1")
    counted = _counted(sales)
    tested = counted[counted["customers"] >= least].reset_index(drop=True)
    n, forward = (tested[name].to_numpy(dtype=np.int64) for name in ("customers", "forward"))
    more = np.maximum(forward, n - forward)
    p = np.minimum(1.0, 2 * binom.sf(more - 1, n, 0.5))
    passes, q = multipletests(p, alpha=fdr, method="fdr_bh")[:2] if len(p) else (np.zeros(0, dtype=bool), p)
    turned = forward < n - forward
    table = pd.DataFrame(
        {
            "first": np.where(turned, tested["other"], tested["one"]),
            "second": np.where(turned, tested["one"], tested["other"]),
            "customers": n,
            "first_first": more,
            "share": more / n,
            "p": p,
            "q": q,
            "passes": passes,
        }
    )
    order = ["p", "customers", "first", "second"]
    return Orders(
        table=table.sort_values(order, ascending=[True, False, True, True], ignore_index=True),
        tested=len(table),
        unadjusted=int((p <= fdr).sum()),
        passing=int(passes.sum()),
        least=least,
        fdr=fdr,
    )


def _counted(sales: ibis.Table) -> pd.DataFrame:
    """`one`, `other`, `customers` with one day of each, and `forward`: how many of them had `one` first."""
    lines = bought(sales)
    days = lines.group_by("customer_id", "product_id").agg(days=lines.date.nunique(), on=lines.date.min())
    once = days.filter(days.days == 1)
    left = once.select("customer_id", one="product_id", on_one="on")
    right = once.select("customer_id", other="product_id", on_other="on")
    both = left.join(right, "customer_id").filter(lambda row: (row.one < row.other) & (row.on_one != row.on_other))
    found = both.group_by("one", "other").agg(customers=both.count(), forward=(both.on_one < both.on_other).sum())
    counted: pd.DataFrame = found.to_pyarrow().to_pandas()
    return counted.sort_values(["one", "other"], ignore_index=True)
