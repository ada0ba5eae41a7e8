"""Which customers a firm could call strategically significant: four rules, each from the firm's own books.

Four kinds are named (Buttle 2004): customers of high lifetime value, benchmarks whom others follow, inspirations who
bring about changes, and cost magnets who carry fixed cost. None of the rules is a quantile. "The best fifth" finds a
fifth in every firm; here the thresholds are amounts and counts, so that how many customers pass them is a finding.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.stats import binom

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.reading import Tables, rows, window, within, year_to
from crmlab.errors import ParameterError, together
from crmlab.language import mark
from crmlab.models import fit_bgnbd, fit_gamma_gamma, forecast
from crmlab.summary import customer_summary
from crmlab.tables.kept import kept

FLAGS = (mark("high value"), mark("benchmark"), mark("inspiration"), mark("cost magnet"))
HIGH_VALUE, BENCHMARK, INSPIRATION, COST_MAGNET = FLAGS
DRAWS = 200
ADOPTED_WITHIN = 180


@dataclass(frozen=True)
class Rules:
    """The four rules.

    Attributes
    ----------
    carries : float
        High value: next year's contribution is to exceed so many times the fixed cost of one customer.
    sure : float
        With this probability at least.
    followers : int
        Benchmark: so many people bought after a good word of the customer's within the year.
    beyond_chance : float
        Inspiration: a request that was taken up, after which the product was bought by more other customers than
        before with a probability of chance below this.
    times : float
        Cost magnet: as many orders within the year as so many average customers.
    """

    carries: float = 1.0
    sure: float = 0.8
    followers: int = 1
    beyond_chance: float = 0.05
    times: float = 5.0

    def __post_init__(self) -> None:
        problems = [
            f"{name} {getattr(self, name):g} is to be above 0"
            for name in ("carries", "followers", "times")
            if not getattr(self, name) > 0
        ]
        if not 0.5 <= self.sure < 1:  # noqa: PLR2004
            problems.append(f"sure {self.sure:g} is to be a probability from 0.5 to below 1")
        if not 0 < self.beyond_chance < 1:
            problems.append(f"beyond_chance {self.beyond_chance:g} is to be a probability between 0 and 1")
        if problems:
            raise ParameterError(together("the rules for significant customers cannot be used:", problems))


@dataclass(frozen=True)
class Significant:
    """Customers on one day, with the rules they pass.

    Attributes
    ----------
    customers : DataFrame
        One row for each customer with a purchase up to the day: `customer_id`, a column of True and False for each of
        `FLAGS`, `expected` and `at_least` (next year's contribution: expected, and what it exceeds with the rules'
        probability), `followers`, `requests` (those that pass), `orders`, `contribution` (of the year).
    threshold : float
        What next year's contribution has to exceed.
    by_expectation : int
        How many customers would be of high value if the expected amount were taken for certain.
    requests : DataFrame
        One row for each request of the year that was taken up: `customer_id`, `before`, `after` (other customers who
        bought the product), `p`, `adopted`.
    at : date
    window : str
        The year that ends on it.
    """

    customers: pd.DataFrame
    threshold: float
    by_expectation: int
    requests: pd.DataFrame
    at: date
    window: str

    @property
    def flagged(self) -> pd.Series:
        """Whether each customer passes any of the rules."""
        return self.customers[list(FLAGS)].any(axis=1)


def significant(
    tables: Tables,
    books: YearBooks,
    *,
    at: date,
    rules: Rules,
    rng: np.random.Generator,
    prices: pd.Series | None = None,
) -> Significant:
    """Which customers pass which of the rules on one day, with nothing from after it.

    Parameters
    ----------
    books : YearBooks
        Of the year that ends on `at`.
    prices : Series, optional
        By month, a price index; purchases are then valued in the money of the month of `at`.

    Raises
    ------
    DataError
        If there are too few purchases up to the day to fit a model of buying to.
    """
    value, threshold, by_expectation = _value(tables, books, at, rules, rng=rng, prices=prices)
    asked = accepted_requests(tables, at=at, beyond_chance=rules.beyond_chance)
    followers = _followers(tables, at)
    table = value.merge(books.customers[["customer_id", "orders", "contribution"]], on="customer_id", how="left")
    table = table.fillna({"orders": 0, "contribution": 0.0})
    table["followers"] = table["customer_id"].map(followers).fillna(0).astype(int)
    passed = asked[asked["adopted"]].groupby("customer_id").size()
    table["requests"] = table["customer_id"].map(passed).fillna(0).astype(int)
    table[HIGH_VALUE] = table["at_least"] > threshold
    table[BENCHMARK] = table["followers"] >= rules.followers
    table[INSPIRATION] = table["requests"] > 0
    table[COST_MAGNET] = table["orders"] >= rules.times * books.orders_of_one
    return Significant(table, threshold, by_expectation, asked, at, window(at))


def _value(
    tables: Tables, books: YearBooks, at: date, rules: Rules, *, rng: np.random.Generator, prices: pd.Series | None
) -> tuple[pd.DataFrame, float, int]:
    sales = tables["transactions"]
    until = sales.filter(sales.date <= ibis.literal(at))
    seen = customer_summary(deflated(until, prices, at), observed_until=at)
    ahead = forecast(
        fit_bgnbd(seen),
        fit_gamma_gamma(seen),
        seen,
        horizon_days=365,
        rng=rng,
        n_draws=DRAWS,
        level=2 * rules.sure - 1 if rules.sure > 0.5 else 0.01,  # noqa: PLR2004
    ).customers
    left = books.kept_of_one(ahead["customer_id"]).to_numpy()
    table = pd.DataFrame(
        {
            "customer_id": ahead["customer_id"],
            "expected": ahead["value"] * left,
            "at_least": np.where(left > 0, ahead["value_low"], ahead["value_high"]) * left,
        }
    )
    threshold = rules.carries * books.fixed_of_one
    return table, threshold, int((table["expected"] > threshold).sum())


def deflated(transactions: ibis.Table, prices: pd.Series | None, at: date) -> ibis.Table:
    """The transactions with amounts in the money of the month of `at`, or as they are where there is no index."""
    if prices is None:
        return transactions
    months = np.sort(prices.index.to_numpy())
    base = prices.loc[months[max(int(np.searchsorted(months, np.datetime64(at), "right")) - 1, 0)]]
    # Each month holds until the next begins; days before the first have its prices.
    cases = [
        (transactions.date >= ibis.literal(pd.Timestamp(month).date()), float(base / prices.loc[month]))
        for month in months[::-1]
    ]
    factor = ibis.cases(*cases, else_=float(base / prices.loc[months[0]]))
    return transactions.mutate(amount=(transactions.amount.cast("float64") * factor).cast("decimal(18, 4)"))


def _followers(tables: Tables, at: date) -> pd.Series:
    told = within(rows(tables, "referrals", ["from_customer_id", "date", "sign", "bought_after"]), "date", at)
    good = told[(told["sign"] == "good") & told["bought_after"].fillna(value=False).astype(bool)]
    return good.groupby("from_customer_id").size()


def accepted_requests(tables: Tables, *, at: date, beyond_chance: float) -> pd.DataFrame:
    """Requests of the year that were taken up, and whether others then bought the product more than before.

    Before and after are the 180 days on either side of the day the request was closed, cut where the observation ends,
    equally long on both sides. Of those who bought the product in either, the share after is held against the share of
    all products' buyers after (one-sided binomial test): a product is not adopted because the season came.

    Returns
    -------
    DataFrame
        `customer_id`, `product_id`, `before`, `after`, `p`, `adopted`.
    """
    asked = rows(
        tables,
        "tickets",
        ["customer_id", "opened_on", "kind", "accepted", "product_id", "hours_to_close"],
        optional=("product_id", "hours_to_close"),
    )
    took = (asked["kind"] == "request") & asked["accepted"].fillna(value=False).astype(bool)
    closed = asked["opened_on"] + pd.to_timedelta(asked["hours_to_close"].fillna(0).astype(float), unit="h").dt.ceil(
        "D"
    )
    first, last = year_to(at)
    found = asked.assign(closed=closed)[took & closed.between(first, last - timedelta(days=ADOPTED_WITHIN // 2))]
    found = found.dropna(subset=["product_id"])
    log = _log(tables, at)
    counted = [_adopters(log, request, last) for request in found.to_dict("records")]
    table = found[["customer_id", "product_id"]].reset_index(drop=True)
    table[["before", "after", "p"]] = np.array(counted, dtype=float).reshape(-1, 3)
    table["adopted"] = table["p"] < beyond_chance
    return table


@dataclass(frozen=True)
class _Log:
    """Who bought what when, by day: codes of customers and products."""

    day: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    customers: dict[str, int]
    products: dict[str, int]


def _log(tables: Tables, at: date) -> _Log:
    sales = kept(tables["transactions"])
    bought = sales.filter((sales.amount > 0) & (sales.date <= ibis.literal(at)) & sales.product_id.notnull())  # noqa: PD004
    frame: pd.DataFrame = bought.select("customer_id", "product_id", "date").distinct().to_pyarrow().to_pandas()
    frame = frame.assign(date=pd.to_datetime(frame["date"])).sort_values("date", kind="stable")
    customer, customers = pd.factorize(frame["customer_id"])
    product, products = pd.factorize(frame["product_id"])
    codes = [{str(name): place for place, name in enumerate(names)} for names in (customers, products)]
    return _Log(frame["date"].to_numpy(), customer, product, codes[0], codes[1])


def _adopters(log: _Log, request: Mapping[Hashable, Any], last: pd.Timestamp) -> tuple[int, int, float]:
    closed = request["closed"]
    reach = pd.Timedelta(days=min(ADOPTED_WITHIN, (last - closed).days))
    ends = [np.datetime64(day) for day in (closed - reach, closed, closed + reach)]
    start, middle, end = (int(place) for place in np.searchsorted(log.day, ends, "right"))
    others = log.customer[start:end] != log.customers.get(str(request["customer_id"]), -1)
    own = others & (log.product[start:end] == log.products.get(str(request["product_id"]), -1))
    after = np.arange(start, end) >= middle
    counts = [len(np.unique(log.customer[start:end][own & side])) for side in (~after, after)]
    share = float(after[others].mean()) if others.any() else 0.5
    p = float(binom.sf(counts[1] - 1, sum(counts), share)) if sum(counts) else 1.0
    return counts[0], counts[1], p
