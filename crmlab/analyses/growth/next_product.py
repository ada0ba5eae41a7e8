"""Which product a customer buys next: a logit of customer and product, against what sells most, out of time.

A next-product-to-buy model (Knott, Hayes and Neslin 2002, Journal of Interactive Marketing 16(3)): one row for each
customer and product, whether it is bought in the days that follow, explained by what was known before them. The
yardstick is not zero but the list of bestsellers, which needs no customer at all.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from crmlab.analyses.growth.baskets import bought, co_purchases
from crmlab.analyses.growth.rules import associations
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import day, mark, tr

Matrix = NDArray[np.float64]

FEATURES = (
    mark("popularity"),
    mark("price_near_usual"),
    mark("bought_before"),
    mark("partner_bought"),
    mark("products_so_far"),
)
YEAR = 365
MOST_PRODUCTS, MOST_TO_FIT, MOST_AT_ONCE = 150, 1500, 5000
LEAST_CUSTOMERS = 100


@dataclass(frozen=True)
class Known:
    """What was known of customers and products on a day: the model's rows, before they are laid out.

    `counts` has how often each customer (row) bought each product (column) up to the day; `popular` how many bought it
    in the year before; `price` its mean price; `partner` is 1 where a pair of products passed the test on orders.
    """

    customers: NDArray[np.object_]
    products: NDArray[np.object_]
    counts: Matrix
    so_far: Matrix
    usual_price: Matrix
    popular: Matrix
    price: Matrix
    partner: Matrix


@dataclass(frozen=True)
class NextProduct:
    """A fitted model and how it did on days it had not seen.

    Attributes
    ----------
    coefficients : DataFrame
        `feature`, `coefficient`, `low`, `high`: log-odds per standard deviation of a feature; errors by customer.
    hits, bestsellers, gain : Estimate
        Of customers who bought in the last `days`: the share who bought one of the `top_n` products named by the model,
        one of the `top_n` bestsellers, and the difference.
    top_n, days : int
    fitted : array
        The coefficients, the constant first, on the features as they are.
    """

    coefficients: pd.DataFrame
    hits: Estimate
    bestsellers: Estimate
    gain: Estimate
    top_n: int
    days: int
    fitted: Matrix


def next_product(
    sales: ibis.Table, *, until: date, days: int = 180, top_n: int = 3, rng: np.random.Generator, level: float = 0.95
) -> NextProduct:
    """The model fitted on the `days` before the last `days`, and tried on the last.

    Raises
    ------
    ParameterError
        If `top_n` or `days` is below 1.
    DataError
        If fewer than 100 customers bought before and in either of the two spans.
    """
    if top_n < 1 or days < 1:
        raise ParameterError(f"top_n {top_n} and days {days} cannot be used: both are at least 1")
    middle, start = until - timedelta(days=days), until - timedelta(days=2 * days)
    then, happened = _span(sales, start, middle)
    fitted, coefficients = _fit(then, happened, rng, level)
    now, happens = _span(sales, middle, until)
    named = best(probabilities(now, fitted), top_n)
    usual = best(np.tile(now.popular, (len(now.customers), 1)), top_n)
    ours, theirs = (np.take_along_axis(happens, chosen, 1).max(axis=1).astype(float) for chosen in (named, usual))
    window = tr("{first} to {last}", first=day(middle + timedelta(days=1)), last=day(until))
    return NextProduct(
        coefficients=coefficients,
        hits=_mean(ours, level, window),
        bestsellers=_mean(theirs, level, window),
        gain=_mean(ours - theirs, level, window),
        top_n=top_n,
        days=days,
        fitted=fitted,
    )


def known_on(sales: ibis.Table, on: date, customers: Any = None) -> Known:
    """What was known on a day, of all who had bought by then or of some `customers`; the most popular 150 products."""
    lines = bought(sales)
    before = lines.filter(lines.date <= on)
    by_product = _by_product(before, on)
    recent = by_product[by_product["popular"] > 0].head(MOST_PRODUCTS)
    counted = before.group_by("customer_id", "product_id").agg(times=before.date.nunique()).to_pyarrow().to_pandas()
    counted = counted.merge(by_product[["product_id", "price"]], on="product_id")
    whom = np.sort(counted["customer_id"].unique()) if customers is None else np.asarray(customers, dtype=object)
    counted = counted[counted["customer_id"].isin(whom)]
    counted["level"] = np.log(counted["price"]) * counted["times"]
    counted = counted.sort_values(["level", "times"])  # the engine's order is not always the same, nor would sums be
    sums = counted.groupby("customer_id")[["times", "level"]].sum().reindex(whom)
    seen = counted[counted["product_id"].isin(recent["product_id"])]
    counts = np.zeros((len(whom), len(recent)))
    row = pd.Series(np.arange(len(whom)), index=whom)
    column = pd.Series(np.arange(len(recent)), index=recent["product_id"])
    counts[seen["customer_id"].map(row), seen["product_id"].map(column)] = seen["times"]
    return Known(
        customers=whom,
        products=recent["product_id"].to_numpy(dtype=object),
        counts=counts,
        so_far=sums["times"].to_numpy(dtype=float),
        usual_price=(sums["level"] / sums["times"]).to_numpy(dtype=float),
        popular=recent["popular"].to_numpy(dtype=float),
        price=np.log(recent["price"].to_numpy(dtype=float)),
        partner=_partners(before, recent["product_id"]),
    )


def probabilities(known: Known, fitted: Matrix) -> Matrix:
    """The chance of each product (column) to be bought by each customer (row) in the days that follow."""
    parts = [slice(at, at + MOST_AT_ONCE) for at in range(0, len(known.customers), MOST_AT_ONCE)]
    linear = [_features(known, part) @ fitted[1:] + fitted[0] for part in parts]
    chance = 1 / (1 + np.exp(-np.concatenate(linear)))
    return np.asarray(chance.reshape(len(known.customers), len(known.products)), dtype=np.float64)


def best(scores: Matrix, top_n: int) -> NDArray[np.int64]:
    """The columns of the `top_n` highest scores of each row; of equal ones the first, which is the most popular."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :top_n]


def _by_product(before: ibis.Table, on: date) -> pd.DataFrame:
    """`product_id`, `popular` (customers in the last year), `price` (mean of a line); most popular first."""
    recent = before.date > on - timedelta(days=YEAR)
    found = before.group_by("product_id").agg(
        popular=before.customer_id.nunique(where=recent), paid=before.amount.sum(), lines=before.count()
    )
    rows: pd.DataFrame = found.to_pyarrow().to_pandas()  # the sum is an exact decimal, whatever the number of threads
    counted = rows.assign(price=rows["paid"].astype(np.float64) / rows["lines"]).drop(columns=["paid", "lines"])
    order = ["popular", "price", "product_id"]
    return counted.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _partners(before: ibis.Table, products: pd.Series) -> Matrix:
    """1 where two products passed the test for being bought together in orders, given the orders' sizes."""
    partner = np.zeros((len(products), len(products)))
    try:
        passing = associations(co_purchases(before), given="size").kept
    except DataError:  # nothing was bought together, which is an answer
        return partner
    place = pd.Series(np.arange(len(products)), index=products.to_numpy())
    passing = passing[passing["first"].isin(place.index) & passing["second"].isin(place.index)]
    one, other = passing["first"].map(place).to_numpy(int), passing["second"].map(place).to_numpy(int)
    partner[one, other] = partner[other, one] = 1
    return partner


def _span(sales: ibis.Table, start: date, end: date) -> tuple[Known, NDArray[np.bool_]]:
    """Of who bought up to `start` and again by `end`: what was known on `start`, and what they bought then."""
    lines = bought(sales)
    later = lines.filter((lines.date > start) & (lines.date <= end))
    pairs = later.select("customer_id", "product_id").distinct().to_pyarrow().to_pandas()
    before = lines.filter(lines.date <= start).select("customer_id").distinct().to_pyarrow().to_pandas()["customer_id"]
    whom = np.sort(np.intersect1d(pairs["customer_id"].unique().astype(object), before.to_numpy(dtype=object)))
    if len(whom) < LEAST_CUSTOMERS:
        raise DataError(
            f"only {len(whom)} customers bought up to {start} and again by {end}: too few to learn what is bought next "
            f"(at least {LEAST_CUSTOMERS}); take more `days`, or add older records"
        )
    known = known_on(sales, start, whom)
    happened = np.zeros(known.counts.shape, dtype=bool)
    row = pd.Series(np.arange(len(whom)), index=whom)
    column = pd.Series(np.arange(len(known.products)), index=known.products)
    pairs = pairs[pairs["customer_id"].isin(row.index) & pairs["product_id"].isin(column.index)]
    happened[pairs["customer_id"].map(row), pairs["product_id"].map(column)] = True
    return known, happened


def _features(known: Known, part: slice | NDArray[np.int64]) -> Matrix:
    """One row for each customer of `part` and each product, the columns in the order of `FEATURES`."""
    counts = known.counts[part]
    n = len(counts)
    columns = (
        np.tile(np.log(known.popular + 0.5), (n, 1)),
        -np.abs(known.price - known.usual_price[part][:, None]),
        np.log1p(counts),
        ((counts > 0) @ known.partner > 0).astype(float),
        np.tile(np.log(known.so_far[part])[:, None], (1, counts.shape[1])),
    )
    return np.column_stack([one.ravel() for one in columns])


def _fit(
    known: Known, happened: NDArray[np.bool_], rng: np.random.Generator, level: float
) -> tuple[Matrix, pd.DataFrame]:
    n, n_products = happened.shape
    # Customers are put in the order of what they bought before some of them are drawn; ids decide nothing.
    order = np.lexsort((*known.counts.T, known.usual_price, known.so_far))
    some = order if n <= MOST_TO_FIT else rng.choice(order, MOST_TO_FIT, replace=False)
    features = _features(known, some)
    spread = features.std(axis=0)
    used = spread > 0
    model = sm.GLM(
        happened[some].ravel().astype(float),
        sm.add_constant(features[:, used] / spread[used], has_constant="add"),
        family=sm.families.Binomial(),
    )
    groups = np.repeat(np.arange(len(some)), n_products)
    result = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    ends = result.conf_int(alpha=1 - level)[1:]
    table = pd.DataFrame(
        {
            "feature": [name for name, there in zip(FEATURES, used, strict=True) if there],
            "coefficient": result.params[1:],
            "low": ends[:, 0],
            "high": ends[:, 1],
        }
    )
    fitted = np.zeros(1 + len(FEATURES))
    fitted[0] = result.params[0]
    fitted[1:][used] = result.params[1:] / spread[used]
    return fitted, table


def _mean(values: NDArray[Any], level: float, window: str) -> Estimate:
    """The mean of a value for each customer, with the interval of a mean."""
    found = sm.stats.DescrStatsW(np.asarray(values, dtype=float))
    low, high = found.tconfint_mean(alpha=1 - level)
    return Estimate(
        value=float(found.mean),
        low=float(low),
        high=float(high),
        n=len(values),
        level=level,
        method=tr("interval of a mean over customers"),
        denominator=tr("customers known before who bought"),
        window=window,
    )
