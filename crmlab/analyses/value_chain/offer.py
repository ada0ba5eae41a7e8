"""The later stages: whom the firm depends on, what customers miss, how the base moves, whether both sides gain."""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr, t

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.links import offer_answers, yearly_buyers
from crmlab.analyses.value_chain.reading import Tables, rows, window, within, year_to
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.resamples import multiplicities
from crmlab.shares import wilson
from crmlab.tables.kept import kept

RESAMPLES = 400
MOST_R = 1 - 1e-9  # Fisher's transformation of 1 is not finite
FLOWS = (mark("kept"), mark("lost"), mark("won"), mark("returned"))


def need_gaps(tables: Tables, *, level: float = 0.95) -> pd.DataFrame:
    """Parts of the offer by how far performance lies behind importance, the largest gap first.

    Importance and performance of one customer go together, so the gap is taken customer by customer. Only those who
    answered are in it; who was content enough to stay silent is not (Martilla and James 1977, Journal of Marketing 41).

    Returns
    -------
    DataFrame
        `part`, `n`, `importance`, `performance` (means, 1 to 7), `gap` (importance less performance), `low`, `high`.
    """
    told = offer_answers(tables)
    grouped = told.assign(gap=told["importance"] - told["performance"]).groupby("part")
    table = grouped.agg(
        n=("gap", "size"),
        importance=("importance", "mean"),
        performance=("performance", "mean"),
        gap=("gap", "mean"),
        sd=("gap", "std"),
    ).reset_index()
    table = table[table["n"] > 1]
    reach = t.ppf((1 + level) / 2, table["n"] - 1) * table["sd"] / np.sqrt(table["n"])
    table = table.assign(low=table["gap"] - reach, high=table["gap"] + reach).drop(columns="sd")
    return table.sort_values(["gap", "part"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class Dependence:
    """How concentrated what the firm gets is on those it gets it from.

    Attributes
    ----------
    index : Estimate
        The Herfindahl index Σs², 1/k with k equal sources, 1 with a single one; bootstrap over customers.
    table : DataFrame
        `source`, `amount`, `share`, largest first.
    """

    index: Estimate
    table: pd.DataFrame

    @property
    def equal(self) -> float:
        """What the index would be if all sources were equal."""
        return 1 / len(self.table)


def supplier_dependence(tables: Tables, *, at: date, rng: np.random.Generator, level: float = 0.95) -> Dependence:
    """How far the goods of the year come from few brands, by what they cost.

    The brand stands for the supplier, whom no table names. Goods that no line gives a cost for are left out.
    """
    first, last = year_to(at)
    sales, products = kept(tables["transactions"]), kept(tables["products"])
    if "brand" not in products.columns:
        raise DataError("the table 'products' has no column 'brand', which stands for the supplier")
    lines = sales.filter(sales.date.between(ibis.literal(first.date()), ibis.literal(last.date())))
    joined = lines.join(products.select("product_id", "brand"), "product_id")
    asked = joined.group_by("customer_id", "brand").agg(amount=joined.cost.cast("float64").sum())
    table: pd.DataFrame = asked.to_pyarrow().to_pandas().dropna()
    if table.empty:
        raise DataError("no line of the year names a product with a brand and a cost")
    wide = table.pivot_table(index="customer_id", columns="brand", values="amount", fill_value=0.0, aggfunc="sum")
    return dependence(wide.sort_index(), window=window(at), rng=rng, level=level)


def channel_dependence(tables: Tables, *, at: date, rng: np.random.Generator, level: float = 0.95) -> Dependence:
    """How far the customers who joined in the year came through few channels."""
    came = within(rows(tables, "customers", ["customer_id", "joined_on", "channel"]), "joined_on", at).dropna()
    if came.empty:
        raise DataError("nobody joined in the year with a channel that is known")
    wide = pd.get_dummies(came.set_index("customer_id")["channel"]).astype(float)
    return dependence(wide, window=window(at), rng=rng, level=level)


def dependence(amounts: pd.DataFrame, *, window: str, rng: np.random.Generator, level: float = 0.95) -> Dependence:
    """The Herfindahl index of the columns' sums, with a basic bootstrap interval over the rows.

    A share that is estimated adds its variance to the sum of squares, so draws lie above the estimate; the basic
    interval turns them over.
    """
    values = amounts.to_numpy(dtype=np.float64)
    shares = values.sum(axis=0) / values.sum()
    weights = multiplicities(len(values), RESAMPLES, rng=rng)
    drawn = weights @ values
    index = float((shares**2).sum())
    again = ((drawn / drawn.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    high, low = (2 * index - np.quantile(again, side) for side in ((1 - level) / 2, (1 + level) / 2))
    estimate = Estimate(
        value=index,
        low=max(float(low), 1 / values.shape[1]),
        high=min(float(high), 1.0),
        n=len(values),
        level=level,
        method=tr("Herfindahl index, basic bootstrap over customers"),
        denominator=tr("customers"),
        window=window,
    )
    table = pd.DataFrame({"source": amounts.columns, "amount": values.sum(axis=0), "share": shares})
    return Dependence(estimate, table.sort_values(["share", "source"], ascending=[False, True], ignore_index=True))


def flows(tables: Tables, *, at: date, level: float = 0.95) -> pd.DataFrame:
    """How the base moved from the year before to the year that ends on `at`.

    Returns
    -------
    DataFrame
        `flow` of `FLOWS`, `customers`, `of` (the denominator), `share`, `low`, `high`. Kept and lost are of last year's
        customers, won and returned of this year's; returned had bought before, but not last year.
    """
    base = yearly_buyers(tables, at)
    now, before, earlier = (base[name].to_numpy(dtype=bool) for name in ("now", "before", "earlier"))
    counts = [
        ("kept", now & before, before),
        ("lost", ~now & before, before),
        ("won", now & ~before & ~earlier, now),
        ("returned", now & ~before & earlier, now),
    ]
    hits = np.array([int(held.sum()) for _, held, _ in counts])
    n = np.array([int(of.sum()) for *_, of in counts])
    low, high = wilson(hits, n, level=level)
    return pd.DataFrame(
        {
            "flow": [name for name, *_ in counts],
            "customers": hits,
            "of": n,
            "share": np.divide(hits, n, out=np.full(len(n), np.nan), where=n > 0),
            "low": low,
            "high": high,
        }
    )


@dataclass(frozen=True)
class Mutual:
    """Satisfaction of customers against what they leave the firm.

    Attributes
    ----------
    correlation : Estimate
        Spearman's, with Fisher's interval (variance (1 + r²/2) / (n − 3); Bonett and Wright 2000, Psychometrika 65).
    table : DataFrame
        `satisfied`, `profitable` (True or False), `customers`, `share`.
    """

    correlation: Estimate
    table: pd.DataFrame


def mutual_benefit(tables: Tables, books: YearBooks, *, level: float = 0.95) -> Mutual:
    """Who is satisfied (above the middle of the scale) and who leaves something (a contribution above zero).

    Raises
    ------
    DataError
        If fewer than ten customers have both an answer and a purchase in the year.
    """
    told = rows(tables, "surveys", ["customer_id", "date", "satisfaction"]).dropna()
    last = told.sort_values(["date", "customer_id"]).groupby("customer_id")["satisfaction"].last()
    both = books.customers.assign(satisfaction=books.customers["customer_id"].map(last)).dropna()
    if len(both) < 10:  # noqa: PLR2004
        raise DataError(f"{len(both)} customers of the year have said how satisfied they are; ten are needed")
    if np.ptp(both["satisfaction"].to_numpy(dtype=np.float64)) == 0:
        raise DataError("all customers of the year who answered are equally satisfied: nothing can go together with it")
    r = float(spearmanr(both["satisfaction"], both["contribution"]).statistic)
    middle = float(np.arctanh(np.clip(r, -MOST_R, MOST_R)))
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt((1 + r**2 / 2) / (len(both) - 3))
    estimate = Estimate(
        value=r,
        low=float(np.tanh(middle - reach)),
        high=float(np.tanh(middle + reach)),
        n=len(both),
        level=level,
        method=tr("Spearman's correlation, Fisher's interval"),
        evidence="association",
        denominator=tr("customers of the year who answered"),
        window=books.window,
    )
    quadrant = both.assign(satisfied=both["satisfaction"] > 4, profitable=both["contribution"] > 0)  # noqa: PLR2004
    cells = pd.MultiIndex.from_product([[True, False], [True, False]], names=["satisfied", "profitable"])
    table = quadrant.groupby(["satisfied", "profitable"]).size().reindex(cells, fill_value=0).rename("customers")
    return Mutual(estimate, table.reset_index().assign(share=table.to_numpy() / len(both)))
