"""Do the intervals of concentration cover what they promise? 200 seeds, never chosen: 179 to 198 hits are right.

A binomial with 200 tries at 95 % has 99 % of its mass there. Worlds are those of customer bases: purchases from a
Gamma mixture with Gamma–Gamma spend, lognormal values, and CDNOW drawn again and again as if it were everybody.
"""

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from crmlab import suite
from crmlab.analyses import concentration as c
from crmlab.analyses.concentration.intervals import (
    customers_for_measure,
    gini_measure,
    intervals,
    top_share_measure,
)

pytestmark = pytest.mark.slow

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
SEEDS = range(200)
RESAMPLES = 399
VALID = range(179, 199)
FIRST, SECOND = c.Window(date(2020, 1, 1), date(2020, 12, 31)), c.Window(date(2021, 1, 1), date(2021, 12, 31))
MEASURES = [top_share_measure(0.2), gini_measure(), customers_for_measure(0.8)]

Draw = Callable[[np.random.Generator, int], np.ndarray]


def spend(rng: np.random.Generator, purchases: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """What so many purchases of a customer with this mean spend add up to; a purchase varies by half its mean."""
    drawn = rng.gamma(4.0 * np.maximum(purchases, 1)) / 4.0 * mean
    return np.where(purchases > 0, drawn, 0.0)


def nbd_pair(rng: np.random.Generator, n: int, *, equal: bool = False) -> np.ndarray:
    """Two years of n customers: columns value and purchases of each year; mean 3 a year, r = 1."""
    rate = np.full(n, 3.0) if equal else rng.gamma(1.0, 3.0, n)
    mean = np.full(n, 40.0) if equal else 40.0 * 3.78 / rng.gamma(4.78, size=n)
    years = [rng.poisson(rate) for _ in range(2)]
    values = [spend(rng, count, mean) for count in years]
    return np.column_stack([values[0], years[0], values[1], years[1]])


def nbd_buyers(rng: np.random.Generator, n: int) -> np.ndarray:
    drawn = nbd_pair(rng, 2 * n)
    return drawn[drawn[:, 1] > 0][:n, 0]


def lognormal(rng: np.random.Generator, n: int, *, sigma: float) -> np.ndarray:
    return rng.lognormal(0.0, sigma, n)


def resampled(rng: np.random.Generator, n: int, *, population: np.ndarray) -> np.ndarray:
    return rng.choice(population, n)


def exact(population: np.ndarray) -> tuple[float, float, float]:
    return c.top_share(population), c.gini(population), c.top_customers(population) / len(population)


def exact_lognormal(sigma: float) -> tuple[float, float, float]:
    """Lorenz curve of a lognormal: Φ(Φ⁻¹(p) − σ); Gini 2Φ(σ/√2) − 1 (Aitchison and Brown 1957)."""
    share = norm.cdf(sigma - norm.ppf(0.8))
    return float(share), float(2 * norm.cdf(sigma / np.sqrt(2)) - 1), float(norm.cdf(norm.ppf(0.8) - sigma))


def hits(draw: Draw, truth: tuple[float, float, float], n: int) -> list[int]:
    found = np.zeros(3, dtype=int)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        ends = intervals(draw(rng, n), MEASURES, rng=rng, n_resamples=RESAMPLES)
        found += [interval.low <= value <= interval.high for interval, value in zip(ends, truth, strict=True)]
    return found.tolist()


@pytest.fixture(scope="module")
def cdnow_frame() -> pd.DataFrame:
    return pd.read_csv(CDNOW, dtype={"customer_id": str}, parse_dates=["date"])


def cdnow_values(table: pd.DataFrame, *, months: int, buyers: bool) -> np.ndarray:
    window = c.months_back(date(1998, 6, 30), months)
    inside = table[table.date.between(pd.Timestamp(window.start), pd.Timestamp(window.end))]
    values = inside.groupby("customer_id").amount.sum()
    return values.to_numpy() if buyers else values.reindex(table.customer_id.unique(), fill_value=0.0).to_numpy()


WORLDS = [
    "nbd",
    "lognormal 1",
    "lognormal 1.683",
    "cdnow 12 months, buyers",
    "cdnow 12 months, all",
    "cdnow 6 months, all",
]


def world(name: str, table: pd.DataFrame) -> tuple[Draw, tuple[float, float, float]]:
    if name == "nbd":
        return nbd_buyers, exact(nbd_buyers(np.random.default_rng(12345), 4_000_000))
    if name.startswith("lognormal"):
        sigma = float(name.split()[1])
        return partial(lognormal, sigma=sigma), exact_lognormal(sigma)
    population = cdnow_values(table, months=int(name.split()[1]), buyers=name.endswith("buyers"))
    return partial(resampled, population=population), exact(population)


@pytest.mark.parametrize("n", [500, 2357])
@pytest.mark.parametrize("name", WORLDS)
def test_intervals_cover_the_process(name: str, n: int, cdnow_frame: pd.DataFrame) -> None:
    draw, truth = world(name, cdnow_frame)
    found = hits(draw, truth, n)
    assert all(count in VALID for count in found), f"{name}, n = {n}: {found}"


def pair_table(drawn: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(len(drawn))],
            "value_first": drawn[:, 0],
            "bought_first": drawn[:, 1] > 0,
            "value_second": drawn[:, 2],
            "bought_second": drawn[:, 3] > 0,
        }
    )


def cdnow_pairs(table: pd.DataFrame) -> np.ndarray:
    halves = ("1997-07-01", "1997-12-31"), ("1998-01-01", "1998-06-30")
    everyone = table.customer_id.unique()
    parts = []
    for start, end in halves:
        inside = table[table.date.between(start, end)].groupby("customer_id").amount
        parts += [inside.sum().reindex(everyone, fill_value=0), inside.size().reindex(everyone, fill_value=0)]
    return np.column_stack(parts)


def pair_world(name: str, table: pd.DataFrame) -> Draw:
    if name == "cdnow":
        population = cdnow_pairs(table)
        return lambda rng, n: population[rng.integers(0, len(population), n)]
    return partial(nbd_pair, equal=name == "equal")


@pytest.mark.parametrize("n", [500, 2357])
@pytest.mark.parametrize("base", ["buyers", "all"])
@pytest.mark.parametrize("name", ["nbd", "equal", "cdnow"])
def test_next_period_covers_the_process(name: str, base: str, n: int, cdnow_frame: pd.DataFrame) -> None:
    draw = pair_world(name, cdnow_frame)
    compare = partial(c.compare_periods, first=FIRST, second=SECOND, base=base)
    large = cdnow_pairs(cdnow_frame) if name == "cdnow" else draw(np.random.default_rng(12345), 1_000_000)
    truth = compare(pair_table(large))
    found = np.zeros(3, dtype=int)
    for seed in SEEDS:
        drawn = compare(pair_table(draw(np.random.default_rng(seed), n)))
        found += [
            drawn.stay.contains(truth.stay.value),
            drawn.share_next.contains(truth.share_next.value),
            drawn.stay.contains(drawn.chance),
        ]
    assert all(count in VALID for count in found[:2]), f"{name}, {base}, n = {n}: {found}"
    if name == "equal":
        assert found[2] in VALID, f"chance is missed {200 - found[2]} times of 200"


@pytest.mark.parametrize("n", [500, 2357])
def test_difference_of_windows_covers_the_process(n: int) -> None:
    """The second year's buyers against both years' buyers: the same people in part, so the two shares depend."""

    def both(rng: np.random.Generator, size: int) -> tuple[c.WindowValues, c.WindowValues]:
        drawn = nbd_pair(rng, size)
        whole, second = drawn[:, 0] + drawn[:, 2], drawn[:, 2]
        return made_of(whole, SECOND), made_of(second, SECOND)

    truth = c.share_difference(*both(np.random.default_rng(12345), 2_000_000)).value
    found = sum(c.share_difference(*both(np.random.default_rng(seed), n)).contains(truth) for seed in SEEDS)
    assert found in VALID, f"n = {n}: {found}"


def made_of(values: np.ndarray, window: c.Window) -> c.WindowValues:
    table = pd.DataFrame({"customer_id": np.arange(len(values)), "value": values})
    return c.WindowValues(table[table["value"] > 0], "buyers", window)
