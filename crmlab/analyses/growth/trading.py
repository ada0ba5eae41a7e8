"""Growth of a customer, taken apart: more units, or dearer ones; and who trades up.

Up-selling in the article is selling more units to one customer; in the trade it is selling a better one instead. Both
make a customer's spend grow, and they call for different offers, so the growth is split at constant prices, where what
prices did is in neither part.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.growth.baskets import bought
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import day, mark, tr
from crmlab.shares import share

TIERS = (mark("basic"), mark("standard"), mark("premium"))
YEAR = 365
LEAST = 30


@dataclass(frozen=True)
class Growth:
    """Between two years, what the growth of customers who bought in both consists of.

    Attributes
    ----------
    table : DataFrame
        `customer_id`, and the differences of logarithms from the first year to the second: `units`, `dearer` (mean
        constant price of a unit) and `spend` at constant prices, their sum.
    units, dearer : Estimate
        The mean of each, as a logarithm: 0.1 is about a tenth more.
    units_share : Estimate
        Of what customers differ in the growth of their spend, the share that is units: cov(units, spend) / var(spend).
    """

    table: pd.DataFrame
    units: Estimate
    dearer: Estimate
    units_share: Estimate


@dataclass(frozen=True)
class Upgrades:
    """The last two days on which customers bought a durable, by the tier of the best one.

    Attributes
    ----------
    table : DataFrame
        `customer_id`, `on` (the later day), `before`, `after`: places in `TIERS`.
    counts : DataFrame
        Customers by tier before (rows) and after (columns).
    up : Estimate
        Of those who could rise, the share who did.
    net : Estimate
        Rises less falls, as a share of all: what is left when it is not only chance that moves people.
    """

    table: pd.DataFrame
    counts: pd.DataFrame
    up: Estimate
    net: Estimate


def constant_prices(sales: ibis.Table, *, start: date, end: date) -> pd.DataFrame:
    """`customer_id`, `units`, `spend` of the days after `start` up to `end`, priced as each product was on average.

    A product's price is the mean paid for a piece over all kept sales of the last year it was sold in, so that what
    differs between years is what was bought, not what it cost then.
    """
    lines = _pieces(bought(sales))
    prices = _last_prices(lines)
    span = lines.filter((lines.date > start) & (lines.date <= end)).join(prices, "product_id")
    by_customer = span.group_by("customer_id").agg(units=span.pieces.sum(), spend=(span.pieces * span.price).sum())
    found: pd.DataFrame = by_customer.to_pyarrow().to_pandas()
    return found.sort_values("customer_id", ignore_index=True)


def growth(sales: ibis.Table, *, until: date, rng: np.random.Generator, n_resamples: int = 999) -> Growth:
    """The growth from the year before last to the last, of customers who bought in both.

    Raises
    ------
    DataError
        If fewer than 30 did.
    """
    middle = until - timedelta(days=YEAR)
    first = constant_prices(sales, start=middle - timedelta(days=YEAR), end=middle)
    second = constant_prices(sales, start=middle, end=until)
    both = first.merge(second, on="customer_id", suffixes=("_1", "_2"))
    if len(both) < LEAST:
        raise DataError(
            f"only {len(both)} customers bought in both of the last two years: too few to take their growth apart "
            f"(at least {LEAST})"
        )
    units = np.log(both["units_2"] / both["units_1"])
    spend = np.log(both["spend_2"] / both["spend_1"])
    table = pd.DataFrame({"customer_id": both["customer_id"], "units": units, "dearer": spend - units, "spend": spend})
    about = {
        "denominator": tr("customers who bought in both years"),
        "window": tr("{first} to {last}", first=day(middle - timedelta(days=YEAR - 1)), last=day(until)),
    }
    ordered = table.sort_values(["spend", "units"])
    return Growth(
        table=table,
        units=_mean(table["units"], about),
        dearer=_mean(table["dearer"], about),
        units_share=_covariance_share(ordered["units"], ordered["spend"], rng, n_resamples, **about),
    )


def upgrades(sales: ibis.Table, products: ibis.Table, *, until: date) -> Upgrades:
    """What tier customers bought on their last two days with a durable.

    Raises
    ------
    DataError
        If products have no tier, or fewer than 30 customers bought durables on two days.
    """
    days = tier_days(sales, products)
    days["later"] = days.groupby("customer_id").cumcount(ascending=False)
    last = days[days["later"] == 0].set_index("customer_id")
    before = days[days["later"] == 1].set_index("customer_id")
    table = pd.DataFrame({"on": last["date"], "before": before["tier"], "after": last["tier"]}).dropna()
    if len(table) < LEAST:
        raise DataError(
            f"only {len(table)} customers bought goods with a tier on two days: too few to see who trades up "
            f"(at least {LEAST})"
        )
    table = table.astype({"before": int, "after": int}).reset_index()
    window = tr("{first} to {last}", first=day(days["date"].min()), last=day(until))
    can, up, down = table["before"] < len(TIERS) - 1, table["after"] > table["before"], table["after"] < table["before"]
    denominator = tr("customers whose last but one durable was not of the highest tier")
    return Upgrades(
        table=table,
        counts=pd.crosstab(table["before"], table["after"]).reindex(index=range(3), columns=range(3), fill_value=0),
        up=share(int(up[can].sum()), int(can.sum()), denominator=denominator, window=window),
        net=_net(int(up.sum()), int(down.sum()), len(table), window),
    )


def tier_days(sales: ibis.Table, products: ibis.Table) -> pd.DataFrame:
    """`customer_id`, `date`, `tier` (place in `TIERS`) and `product_id` of the best durable of each day; by day."""
    lines = bought(sales)
    if "tier" not in products.columns:
        raise DataError("the products have no column `tier`; name it in the client file to see who trades up")
    kinds = products.filter(products.tier.isin(TIERS)).select("product_id", "tier")
    rows = (
        lines.select("customer_id", "date", "product_id").distinct().join(kinds, "product_id").to_pyarrow().to_pandas()
    )
    rows["tier"] = rows["tier"].map({name: place for place, name in enumerate(TIERS)}).astype(int)
    rows["date"] = pd.to_datetime(rows["date"]).dt.date
    best = rows.sort_values(["customer_id", "date", "tier", "product_id"]).drop_duplicates(
        ["customer_id", "date"], keep="last"
    )
    found: pd.DataFrame = best[["customer_id", "date", "tier", "product_id"]].reset_index(drop=True)
    return found


def _pieces(lines: ibis.Table) -> ibis.Table:
    """The lines with `pieces`: their quantity where it is known and above zero, else one."""
    if "quantity" not in lines.columns:
        return lines.mutate(pieces=ibis.literal(1.0))
    quantity = lines.quantity.cast("float64").coalesce(1.0)
    return lines.mutate(pieces=ibis.ifelse(quantity > 0, quantity, 1.0))


def _last_prices(lines: ibis.Table) -> ibis.Table:
    """What a piece of each product cost on average in the last year in which it was sold."""
    last = lines.group_by("product_id").agg(last=lines.date.max())
    rows = lines.join(last, "product_id")
    rows = rows.filter(rows.date > rows["last"] - ibis.interval(days=YEAR))
    return rows.group_by("product_id").agg(price=rows.amount.cast("float64").sum() / rows.pieces.sum())


def _mean(values: pd.Series, about: dict[str, Any], level: float = 0.95) -> Estimate:
    n = len(values)
    mean, error = float(values.mean()), float(values.std(ddof=1)) / sqrt(n)
    reach = float(norm.ppf((1 + level) / 2)) * error
    return Estimate(
        value=mean,
        low=mean - reach,
        high=mean + reach,
        n=n,
        level=level,
        method=tr("interval of a mean over customers"),
        **about,
    )


def _covariance_share(
    part: pd.Series, whole: pd.Series, rng: np.random.Generator, n_resamples: int, *, denominator: str, window: str
) -> Estimate:
    """cov(part, whole) / var(whole), with the percentile interval of a bootstrap over customers."""
    x, y = part.to_numpy(dtype=float), whole.to_numpy(dtype=float)
    drawn = rng.integers(len(x), size=(n_resamples, len(x)))
    ratios = np.array([_slope(x[rows], y[rows]) for rows in drawn])
    varies = bool(np.isfinite(ratios).all())
    low, high = np.quantile(ratios, [0.025, 0.975]) if varies else (float("nan"), float("nan"))
    return Estimate(
        value=_slope(x, y),
        low=float(low) if varies else None,
        high=float(high) if varies else None,
        n=len(x),
        level=0.95,
        method=tr("percentile bootstrap over customers"),
        denominator=denominator,
        window=window,
    )


def _slope(x: Any, y: Any) -> float:
    centred = y - y.mean()
    square = float(centred @ centred)
    return float(x @ centred) / square if square > 0 else float("nan")


def _net(up: int, down: int, n: int, window: str, level: float = 0.95) -> Estimate:
    """(up − down) / n with the interval of paired shares: variance (up + down − (up − down)² / n) / n²."""
    value = (up - down) / n
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(max(up + down - (up - down) ** 2 / n, 0)) / n
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=n,
        level=level,
        method=tr("interval of a difference of paired shares (Wald)"),
        denominator=tr("customers with goods of a tier on two days"),
        window=window,
    )
