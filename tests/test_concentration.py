"""Concentration against arithmetic done by hand, published values, independent SQL, and what must always hold."""

from dataclasses import replace
from datetime import date
from functools import cache

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from crmlab import suite
from crmlab.analyses import concentration as c
from crmlab.analyses.concentration.intervals import MAX_BOOTSTRAP, gini_measure, intervals, top_share_measure
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import purchase_histories
from crmlab.tables.frame import clean_table

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
UNTIL = date(1998, 6, 30)

amounts = st.lists(st.integers(0, 10_000).map(lambda cents: cents / 100), min_size=1, max_size=60).filter(
    lambda values: sum(values) > 0
)
tops = st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 0.99])


def rng(seed: int = 20) -> np.random.Generator:
    return np.random.default_rng(seed)


def log(*rows: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


def window_of(values: list[float] | np.ndarray) -> c.WindowValues:
    ids = [f"c{position}" for position in range(len(values))]
    table = pd.DataFrame({"customer_id": ids, "value": np.asarray(values, dtype=float)})
    return c.WindowValues(table, "made up", c.Window(date(2020, 1, 1), date(2020, 12, 31)))


@cache
def cdnow_frame() -> pd.DataFrame:
    frame = pd.read_csv(CDNOW, dtype={"customer_id": str, "sample_id": str}, parse_dates=["date"])
    return frame[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def cdnow() -> ibis.Table:
    return clean_table(cdnow_frame())


def sql(query: str) -> list[tuple[object, ...]]:
    """`query` on the raw CDNOW file, in a plain DuckDB, with none of our code."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select customer_id, date, cast(amount as decimal(18, 4)) as amount "
            f"from read_csv('{CDNOW}', types = {{'customer_id': 'varchar'}})"
        )
        return connection.execute(query).fetchall()


# --- by hand ---------------------------------------------------------------------------------------------------


def test_top_share_by_hand() -> None:
    # 10 customers, total 100; the top 20 % are 2: (40 + 25) / 100.
    assert c.top_share([40, 25, 10, 8, 6, 4, 3, 2, 1, 1]) == pytest.approx(0.65, abs=1e-15)
    # 3 customers: ceil(0.2 · 3) = 1: 5 / 10.
    assert c.top_share([2, 3, 5]) == 0.5


@pytest.mark.parametrize(
    ("n", "top", "count"), [(35, 0.2, 7), (10, 0.2, 2), (11, 0.2, 3), (2357, 0.2, 472), (1, 0.2, 1)]
)
def test_top_count_is_exact(n: int, top: float, count: int) -> None:
    # 0.2 · 35 is 7.000000000000001 in doubles; its ceiling would be 8. 0.2 · 2357 = 471.4.
    assert c.top_count(n, top) == count


def test_gini_by_hand() -> None:
    # Values 1, 3: mean absolute difference over all ordered pairs (0 + 2 + 2 + 0) / 4 = 1; over twice the mean 4.
    assert c.gini([1, 3]) == pytest.approx(0.25)
    # 0, 0, 0, 8: one has all: 1 − 1/n.
    assert c.gini([0, 0, 8, 0]) == pytest.approx(0.75)
    assert c.gini([5, 5, 5]) == pytest.approx(0, abs=1e-15)


def test_gini_with_negative_values_can_exceed_one() -> None:
    # −5, 0, 6: ordered pairs 2 · (5 + 11 + 6) / 9 = 44/9; twice the mean 2/3: 22/3 = 7.33.
    assert c.gini([-5, 0, 6]) == pytest.approx(22 / 3)
    # −2, 1, 9: total 8; the top fifth is one customer: 9/8.
    assert c.top_share([-2, 1, 9]) == 1.125
    found = c.concentration(window_of([-1.0, *[10.0] * 20, 30.0]), rng=rng(), n_resamples=99)
    assert found.negative == 1


def test_top_customers_by_hand() -> None:
    # Total 100; from the largest 40, 65, 75, 83: the fourth passes 80.
    assert c.top_customers([40, 25, 10, 8, 6, 4, 3, 2, 1, 1]) == 4
    # Exactly 80 of 100 counts as reached.
    assert c.top_customers([80, 20]) == 1


def test_lorenz_curve_by_hand() -> None:
    curve = c.lorenz_curve([5, 1, 4])
    assert curve.customers.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert curve.value.tolist() == pytest.approx([0, 0.1, 0.5, 1])


def test_lorenz_curve_of_many_has_few_points() -> None:
    curve = c.lorenz_curve(np.arange(1, 10_001), points=101)
    assert len(curve) == 101
    # Half of the customers: 5000 · 5001 / 2 over 10000 · 10001 / 2.
    assert curve.value[50] == pytest.approx(5000 * 5001 / (10_000 * 10_001))


def test_ties_at_the_cut_share_the_places() -> None:
    # 10 customers, 2 places: one at 9, and three tied at 5 for the one place left: a third each.
    degree = c.membership([5, 9, 5, 5, 1, 1, 1, 1, 1, 1], 0.2)
    assert degree.tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0])


def pair_frame(*rows: tuple[float, float]) -> pd.DataFrame:
    first, second = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "customer_id": [f"c{row}" for row in range(len(rows))],
            "value_first": np.array(first, dtype=float),
            "bought_first": np.array(first) > 0,
            "value_second": np.array(second, dtype=float),
            "bought_second": np.array(second) > 0,
        }
    )


YEARS = {
    "first": c.Window(date(2020, 1, 1), date(2020, 12, 31)),
    "second": c.Window(date(2021, 1, 1), date(2021, 12, 31)),
}


def test_next_period_by_hand() -> None:
    # Ten known customers, all buyers of the first year: its top is those at 50 and 40 of 150 in total.
    # Eight buy in the second, total 100: its top ceil(0.2 · 8) = 2 are 30 and 20.
    pairs = pair_frame((50, 30), (40, 5), (20, 20), (10, 10), (8, 10), (7, 10), (5, 10), (4, 5), (3, 0), (3, 0))
    found = c.compare_periods(pairs, **YEARS)
    assert found.stay.value == 0.5  # only the one at 50
    assert found.chance == 0.2  # two places, ten customers
    assert found.share_first == pytest.approx(90 / 150)
    assert found.share_second == pytest.approx(0.5)
    assert found.share_next.value == pytest.approx(0.35)  # (30 + 5) / 100
    assert (found.cut_first, found.cut_second, found.known, found.stay.n) == (40, 20, 10, 2)


def test_ties_in_the_next_period_by_hand() -> None:
    # Five customers, base all: one place a year. First year: two tied at the top, half a place each. Second: the
    # first of them at the top alone: half a place of one stays.
    found = c.compare_periods(pair_frame((9, 7), (9, 1), (1, 2), (1, 1), (0, 0)), base="all", **YEARS)
    assert found.stay.value == 0.5
    assert found.chance == 0.2


def test_migration_by_hand() -> None:
    # Five buyers in each year, so each fifth is one customer; c5 bought only in the second year.
    table = c.migration(pair_frame((50, 10), (40, 20), (30, 0), (20, 30), (10, 40), (0, 50)))
    grid = table.set_index(["before", "after"]).customers
    moves = [
        ("top fifth", "last fifth"),
        ("2nd fifth", "4th fifth"),
        ("3rd fifth", "did not buy"),
        ("4th fifth", "3rd fifth"),
        ("last fifth", "2nd fifth"),
        ("did not buy", "top fifth"),
    ]
    assert [grid[move] for move in moves] == pytest.approx([1.0] * 6)
    assert table.customers.sum() == pytest.approx(6)
    assert table.groupby("before").share.sum().tolist() == pytest.approx([1.0] * 6)


# --- windows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "months", "skip", "start", "end"),
    [
        ("1998-06-30", 12, 0, "1997-07-01", "1998-06-30"),
        ("1998-06-30", 6, 1, "1997-07-01", "1997-12-31"),
        ("2024-03-30", 1, 0, "2024-02-29", "2024-03-30"),  # there is no 31 February
        ("2024-02-29", 12, 0, "2023-03-01", "2024-02-29"),
        ("2023-12-31", 1, 0, "2023-12-01", "2023-12-31"),
    ],
)
def test_months_are_calendar_months(until: str, months: int, skip: int, start: str, end: str) -> None:
    window = c.months_back(date.fromisoformat(until), months, skip=skip)
    assert str(window) == f"{start} to {end}"


@pytest.mark.parametrize("months", [0, -3, 2.5, True, "3"])
def test_months_must_be_whole(months: int) -> None:
    with pytest.raises(ParameterError, match="whole months"):
        c.months_back(UNTIL, months)


def test_customer_values_by_hand() -> None:
    shop = log(
        ("old", "2019-06-01", 10.0),
        ("old", "2020-03-01", 5.10),
        ("old", "2020-03-01", 0.20),
        ("back", "2019-06-01", 30.0),
        ("back", "2020-02-01", -30.0),  # only a return in the window: not a buyer, value below zero
        ("gone", "2019-07-01", 8.0),
        ("new", "2020-05-01", 7.0),
        ("late", "2021-01-01", 9.0),
    )
    year = {"start": date(2020, 1, 1), "end": date(2020, 12, 31)}
    bought = c.customer_values(shop, **year)
    assert bought[["customer_id", "value"]].to_numpy().tolist() == [["new", 7.0], ["old", 5.3]]
    known = c.customer_values(shop, **year, known_before=date(2020, 1, 1))
    expected = [["old", True, 5.3], ["gone", False, 0.0], ["back", False, -30.0]]
    assert known.to_numpy().tolist() == expected


def test_excluded_rows_do_not_count() -> None:
    shop = log(("a", "2020-01-01", 10.0), ("b", "2020-01-02", 20.0))
    marked = shop.mutate(excluded_by=ibis.ifelse(shop.customer_id == "b", "zero_amount", ibis.null("string")))
    assert c.customer_values(marked, start=date(2020, 1, 1), end=date(2020, 1, 31)).customer_id.tolist() == ["a"]


def test_a_window_longer_than_the_history_is_listed_with_the_reason(cdnow: ibis.Table) -> None:
    curve = c.window_curve(cdnow, observed_until=UNTIL, windows=[12, 18, 6], rng=rng(), n_resamples=99)
    assert curve.summary().months.tolist() == [6, 12]
    assert curve.not_computed.months.tolist() == [18]
    assert "1997-01-01, not after the first purchase on 1997-01-01" in curve.not_computed.reason[0]


def test_with_no_window_there_is_no_curve_and_no_error() -> None:
    shop = log(*((f"c{i}", "2020-03-01", 5.0) for i in range(40)))
    curve = c.window_curve(shop, observed_until=date(2020, 6, 30), windows=[12], rng=rng())
    assert curve.table.empty
    assert curve.window_effect is None
    assert curve.joining_effect is None
    assert len(curve.not_computed) == 1


def test_too_few_buyers_are_no_curve() -> None:
    shop = log(*((f"c{i}", day, 5.0) for i in range(29) for day in ("2020-01-01", "2020-05-01")))
    curve = c.window_curve(shop, observed_until=date(2020, 6, 30), windows=[3], rng=rng())
    assert "29 customers known before 2020-04-01 bought in it; at least 30" in curve.not_computed.reason[0]


# --- published and known values --------------------------------------------------------------------------------


def test_a_lognormal_with_sigma_1_683_is_80_20() -> None:
    # Lorenz curve Φ(Φ⁻¹(p) − σ) (Aitchison and Brown 1957): the top fifth has Φ(σ − Φ⁻¹(.8)), so σ = 2 Φ⁻¹(.8).
    sigma = 2 * norm.ppf(0.8)
    assert sigma == pytest.approx(1.683, abs=5e-4)
    ranks = (np.arange(400_000) + 0.5) / 400_000
    values = np.exp(sigma * norm.ppf(ranks))
    assert c.top_share(values) == pytest.approx(0.8, abs=5e-4)
    assert c.gini(values) == pytest.approx(2 * norm.cdf(sigma / np.sqrt(2)) - 1, abs=5e-4)


@pytest.mark.parametrize(("months", "buyers", "everybody"), [(3, 0.41, 0.70), (12, 0.48, 0.57), (60, 0.51, 0.53)])
def test_nbd_concentration_depends_on_window_and_denominator(months: int, buyers: float, everybody: float) -> None:
    # NBD with r = 1 and mean 3 a year: P(k) = q(1 − q)^k with q = 1 / (1 + 3 · months/12), a geometric law. As
    # values: 10^5 customers in its proportions.
    q = 1 / (1 + 3 * months / 12)
    counts = np.floor(np.log1p(-(np.arange(100_000) + 0.5) / 100_000) / np.log1p(-q))
    assert c.top_share(counts) == pytest.approx(everybody, abs=0.006)
    assert c.top_share(counts[counts > 0]) == pytest.approx(buyers, abs=0.006)


def nbd_pairs(n: int, *, equal: bool = False) -> pd.DataFrame:
    chance = rng(1)
    rates = np.full(n, 3.0) if equal else chance.gamma(1.0, 3.0, n)
    return pair_frame(*zip(chance.poisson(rates), chance.poisson(rates), strict=True))


def test_nbd_next_year_as_known() -> None:
    # r = 1, 3 a year: 60 % of the top fifth of buyers stay, and the same people's share falls from 48 to 40 %.
    found = c.compare_periods(nbd_pairs(200_000), **YEARS)
    assert found.stay.value == pytest.approx(0.603, abs=0.006)
    assert found.share_first == pytest.approx(0.478, abs=0.006)
    assert found.share_next.value == pytest.approx(0.396, abs=0.006)
    # Three in four buy again, so the second top has .2 · .75 places for each customer.
    assert found.chance == pytest.approx(0.15, abs=0.002)


def test_cdnow_share_as_recomputed_before(cdnow: ibis.Table) -> None:
    # Value of repeat purchases up to 1997-09-30: the top fifth of the 946 repeat buyers makes 63.6 %, of all 2,357
    # customers 87.5 % when the top is rounded down. Rounded up, as here, it is a tenth or two of a point more.
    frame = cdnow_frame()
    calibration = frame[frame["date"] <= "1997-09-30"]
    first = calibration.groupby("customer_id")["date"].transform("min")
    repeat = calibration[calibration["date"] > first].groupby("customer_id").amount.sum()
    assert len(repeat) == 946
    assert c.top_share(repeat) == pytest.approx(0.636, abs=0.002)
    everybody = repeat.reindex(frame.customer_id.unique(), fill_value=0.0)
    assert len(everybody) == 2357
    assert c.top_share(everybody) == pytest.approx(0.875, abs=0.002)


# --- independent SQL -------------------------------------------------------------------------------------------

VALUES_SQL = """
with known as (select customer_id from t group by all having min(date) < '{start}'),
     inside as (select customer_id, sum(amount) as value from t where date between '{start}' and '{end}' group by all),
     v as (select value from known join inside using (customer_id) {union})
"""
ZEROS = "union all select 0 from known where customer_id not in (select customer_id from inside)"


@pytest.mark.parametrize("base", ["buyers", "all"])
@pytest.mark.parametrize(
    ("months", "start"), [(3, "1998-04-01"), (6, "1998-01-01"), (9, "1997-10-01"), (12, "1997-07-01")]
)
def test_windows_equal_handwritten_sql(cdnow: ibis.Table, months: int, start: str, base: c.windows.Base) -> None:
    values = VALUES_SQL.format(start=start, end=UNTIL, union=ZEROS if base == "all" else "")
    [(n, share, gini)] = sql(
        values
        + """, r as (select value, row_number() over (order by value desc) as place,
                            row_number() over (order by value) as up, count(*) over () as n from v)
        select max(n), sum(case when place <= (n + 4) // 5 then value else 0 end)::double / sum(value)::double,
               sum((2 * up - n - 1) * value)::double / (max(n) * sum(value)::double) from r"""
    )
    of = c.window_values(cdnow, c.months_back(UNTIL, months), base=base)
    assert of.n == n
    assert c.top_share(of.values) == pytest.approx(share, rel=1e-12)
    assert c.gini(of.values) == pytest.approx(gini, rel=1e-12)


def test_everyone_equals_handwritten_sql(cdnow: ibis.Table) -> None:
    [(n, total)] = sql("select count(distinct customer_id), sum(amount)::double from t")
    of = c.everyones_values(cdnow, c.Window(date(1997, 1, 1), UNTIL))
    assert of.n == n == 2357
    assert np.sum(of.values) == pytest.approx(total, rel=1e-12)


def test_next_period_equals_handwritten_sql(cdnow: ibis.Table) -> None:
    # No two buyers at either cut are tied in these data, so whole places suffice.
    [(places, overlap, second_places, moved, total)] = sql(
        """with known as (select customer_id from t group by all having min(date) < '1997-07-01'),
        v as (select customer_id,
                sum(case when date between '1997-07-01' and '1997-12-31' then amount end) as one,
                sum(case when date between '1998-01-01' and '1998-06-30' then amount end) as two
              from t join known using (customer_id) group by all),
        r as (select *, row_number() over (order by one desc nulls last) <= (count(one) over () + 4) // 5 as top_one,
                row_number() over (order by two desc nulls last) <= (count(two) over () + 4) // 5 as top_two from v)
        select count(*) filter (top_one), count(*) filter (top_one and top_two), count(*) filter (top_two),
               (sum(two) filter (top_one))::double, sum(two)::double from r"""
    )
    found = c.next_period(cdnow, observed_until=UNTIL, months=6)
    assert found.known == 2357
    assert found.stay.n == places
    assert found.stay.value == pytest.approx(overlap / places, rel=1e-12)
    assert found.chance == pytest.approx(second_places / 2357, rel=1e-12)
    assert found.share_next.value == pytest.approx(moved / total, rel=1e-12)


# --- what must always hold -------------------------------------------------------------------------------------


@given(amounts, tops, st.randoms(use_true_random=False))
def test_order_changes_no_bit(values: list[float], top: float, random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert c.top_share(values, top) == c.top_share(shuffled, top)
    assert c.gini(values) == c.gini(shuffled)
    assert c.lorenz_curve(values).equals(c.lorenz_curve(shuffled))


@given(amounts, tops, st.floats(0.01, 1e6))
def test_currency_does_not_matter(values: list[float], top: float, rate: float) -> None:
    exchanged = [value * rate for value in values]
    assert c.top_share(exchanged, top) == pytest.approx(c.top_share(values, top))
    assert c.gini(exchanged) == pytest.approx(c.gini(values), abs=1e-9)


@given(amounts, st.integers(2, 5))
def test_repeating_every_customer_changes_nothing(values: list[float], times: int) -> None:
    assert c.gini(values * times) == pytest.approx(c.gini(values), abs=1e-9)
    fifths = values * 5  # five times, so that the top fifth of both is a whole number
    assert c.top_share(fifths * times) == pytest.approx(c.top_share(fifths))


@given(amounts, tops)
def test_bounds(values: list[float], top: float) -> None:
    n = len(values)
    assert c.top_count(n, top) / n - 1e-9 <= c.top_share(values, top) <= 1 + 1e-9
    assert -1e-9 <= c.gini(values) <= 1 - 1 / n + 1e-9
    assert 1 <= c.top_customers(values) <= n


@given(amounts)
def test_a_larger_top_makes_no_less(values: list[float]) -> None:
    shares = [c.top_share(values, top) for top in (0.01, 0.1, 0.2, 0.5, 0.9)]
    assert shares == sorted(shares)


@given(st.integers(1, 50), st.integers(1, 10_000))
def test_equal_customers(n: int, value: int) -> None:
    assert c.top_share([value] * n) == pytest.approx(c.top_count(n, 0.2) / n)
    assert c.gini([value] * n) == pytest.approx(0, abs=1e-12)


@given(amounts, tops)
def test_membership_fills_the_places(values: list[float], top: float) -> None:
    degree = c.membership(values, top)
    assert degree.sum() == pytest.approx(c.top_count(len(values), top))
    assert ((degree >= 0) & (degree <= 1)).all()
    ascending = np.argsort(values)
    assert (np.diff(degree[ascending]) >= 0).all()


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=5, max_size=60),
    st.sampled_from(["all", "buyers"]),
)
def test_next_period_ignores_order_and_names(rows: list[tuple[int, int]], base: c.windows.Base) -> None:
    rows = [(6, 6), (1, 1), *rows]
    pairs = pair_frame(*rows)
    turned = pairs.iloc[::-1].assign(customer_id=[f"x{row}" for row in range(len(pairs))])
    one, two = (c.compare_periods(table, base=base, **YEARS) for table in (pairs, turned))
    assert (one.stay, one.share_next) == (two.stay, two.share_next)
    pd.testing.assert_frame_equal(one.migration, two.migration, rtol=1e-12)
    assert 0 <= one.stay.value <= 1 + 1e-12
    assert one.migration.customers.sum() == pytest.approx(len(pairs))


def test_shuffled_and_renamed_cdnow_gives_the_same_bits(cdnow: ibis.Table) -> None:
    frame = cdnow_frame()
    renamed = frame.sample(frac=1, random_state=3).assign(
        customer_id=lambda table: [f"z{99_999 - int(customer):05d}" for customer in table.customer_id]
    )
    other = clean_table(renamed)
    options = {"observed_until": UNTIL, "windows": [6, 12], "n_resamples": 99}
    one, two = (c.window_curve(table, rng=rng(), **options) for table in (cdnow, other))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    assert (one.window_effect, one.joining_effect) == (two.window_effect, two.joining_effect)
    one, two = (c.next_period(table, observed_until=UNTIL, months=6) for table in (cdnow, other))
    assert (one.stay, one.share_next) == (two.stay, two.share_next)
    pd.testing.assert_frame_equal(one.migration, two.migration, check_exact=True)
    lists = [c.top_list(table, observed_until=UNTIL, months=6) for table in (cdnow, other)]
    assert lists[0].drop(columns="customer_id").equals(lists[1].drop(columns="customer_id"))


def test_arguments_are_left_as_they_were() -> None:
    values = np.array([3.0, 1.0, 2.0])
    c.concentration(window_of(values), rng=rng(), n_resamples=99)
    c.lorenz_curve(values)
    assert values.tolist() == [3.0, 1.0, 2.0]
    pairs = nbd_pairs(200)
    before = pairs.copy()
    c.compare_periods(pairs, **YEARS)
    pd.testing.assert_frame_equal(pairs, before)


# --- intervals -------------------------------------------------------------------------------------------------


def test_an_estimate_lies_in_its_interval_and_the_seed_decides(cdnow: ibis.Table) -> None:
    of = c.window_values(cdnow, c.months_back(UNTIL, 12))
    one, again, other = (c.concentration(of, rng=rng(seed), n_resamples=199) for seed in (1, 1, 2))
    assert one == again
    assert one.top_share.low != other.top_share.low
    for estimate in (one.top_share, one.gini, one.customers_for):
        assert estimate.low < estimate.value < estimate.high
    assert one.summary().shape == (3, 10)


def test_each_measure_is_shown_in_its_own_form(cdnow: ibis.Table) -> None:
    of = c.window_values(cdnow, c.months_back(UNTIL, 12))
    found = c.concentration(of, rng=rng(1), n_resamples=199)
    shown = c.claims.measures_table(found).set_index("measure")["value"]
    # The forms in which the sentences say them.
    assert shown["share of the top 20 %"] in c.claims.top_share_claim(found)
    assert shown["customers who make 80 %"] in c.claims.customers_for_claim(found)
    assert shown["Gini index"] in c.claims.gini_claim(found)
    assert [value.endswith(" %") for value in shown] == [True, False, True]
    bare = replace(found, gini=replace(found.gini, low=None, high=None))
    assert c.claims.measures_table(bare)["low"].iloc[1] == "–"


def test_several_tops_at_once(cdnow: ibis.Table) -> None:
    of = c.window_values(cdnow, c.months_back(UNTIL, 12))
    table = c.top_shares(of, tops=(0.1, 0.2), rng=rng(), n_resamples=199)
    assert table["customers"].tolist() == [82, 163]  # of 812: 81.2 and 162.4, rounded up
    assert table["value"].tolist() == [c.top_share(of.values, 0.1), c.top_share(of.values, 0.2)]
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()


def test_bootstrap_and_formula_agree_on_many_customers() -> None:
    values = rng(5).lognormal(0, 1, MAX_BOOTSTRAP)
    measures = [top_share_measure(0.2), gini_measure()]
    drawn = intervals(values, measures, rng=rng(), n_resamples=199)
    formula = intervals(np.append(values, 1.0), measures, rng=rng())
    assert "bootstrap" in drawn[0].method
    assert "influence" in formula[0].method
    for one, two in zip(drawn, formula, strict=True):
        assert (one.low, one.high) == pytest.approx((two.low, two.high), abs=0.004)


def test_a_share_of_one_has_an_interval_without_room() -> None:
    # 50 of 1,000 bought: the top 20 % have it all, in every resample.
    found = c.concentration(window_of([10.0] * 50 + [0.0] * 950), rng=rng(), n_resamples=99)
    assert (found.top_share.low, found.top_share.value, found.top_share.high) == (1, 1, 1)


def test_equal_customers_have_an_interval_without_width() -> None:
    found = c.concentration(window_of([7.0] * 50), rng=rng(), n_resamples=99)
    assert (found.top_share.low, found.top_share.high) == pytest.approx((0.2, 0.2))
    assert (found.gini.low, found.gini.high) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1.0, 41),
        np.r_[np.zeros(25), 1.0, 2, 2, 2, 5, 9, 30],
        np.full(30, 7.3),
        np.r_[-3.0, -1, np.arange(1, 30)],
    ],
    ids=["even", "zeros and ties", "all equal", "negative"],
)
@pytest.mark.parametrize("top", [0.1, 0.2, 0.5])
def test_error_from_sums_is_that_of_each_influence_written_out(values: np.ndarray, top: float) -> None:
    ascending, n = np.sort(values), len(values)
    counts = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=20).astype(float)
    _, errors = top_share_measure(top).weighted(ascending, counts)
    for row, error in zip(counts, errors, strict=True):
        sample = np.repeat(ascending, row.astype(int))
        places = int(np.ceil(top * n))
        cut, total = sample[-places], sample.sum()
        share = sample[-places:].sum() / total
        influence = (np.maximum(sample - cut, 0) - share * sample) * n / total
        assert error == pytest.approx(influence.std() / np.sqrt(n), rel=1e-9, abs=1e-12)


def test_negative_values_have_intervals_beyond_one() -> None:
    values = np.concatenate([rng().normal(2, 5, 400), [60.0] * 20])
    found = c.concentration(window_of(values), rng=rng(), n_resamples=199)
    assert found.top_share.low < found.top_share.value < found.top_share.high
    assert found.top_share.high > 1


def test_a_total_near_zero_has_no_interval() -> None:
    found = c.concentration(window_of([-9.0, -9.0, 10.0, 9.0]), rng=rng(), n_resamples=99)
    assert found.top_share.low is None
    assert "no interval" in found.top_share.method
    assert not found.top_share.contains(0.5)


def test_the_difference_of_the_same_customers_is_nothing(cdnow: ibis.Table) -> None:
    of = c.window_values(cdnow, c.months_back(UNTIL, 6))
    same = c.share_difference(of, of)
    assert (same.value, same.low, same.high) == (0, 0, 0)


# --- worlds with known truth -----------------------------------------------------------------------------------


def world(**changed: object) -> ibis.Table:
    settings = {"n_customers": 3000, "start": date(2020, 1, 1), "observed_until": date(2022, 12, 31), **changed}
    made = purchase_histories(rng(7), purchases_per_year=3.0, **settings)
    return clean_table(made.transactions)


def test_in_a_world_where_all_are_alike_staying_is_chance() -> None:
    alike = world(r=float("inf"), spend_cv_between=0.0)
    found = c.next_period(alike, observed_until=date(2022, 12, 31), months=12)
    assert found.stay.contains(found.chance)
    assert "no more than chance" in c.claims.stay_claim(found)


def test_in_a_mixed_world_staying_is_more_than_chance() -> None:
    found = c.next_period(world(r=1.0), observed_until=date(2022, 12, 31), months=12)
    assert found.stay.low > found.chance
    assert "more than chance" in c.claims.stay_claim(found)
    assert "fell back" in c.claims.share_next_claim(found)


def test_joining_and_window_are_told_apart() -> None:
    growing = world(r=1.0, acquired_over_days=1096)
    curve = c.window_curve(growing, observed_until=date(2022, 12, 31), windows=[3, 12], rng=rng(), n_resamples=99)
    sizes = curve.table.pivot_table(index="months", columns="base", values="n")
    assert (sizes["everyone"] > sizes["buyers"]).all()
    assert curve.window_effect.low > 0
    assert "points" in c.claims.joining_claim(curve)
    assert "Nobody joined" not in c.claims.joining_claim(curve)


# --- the list --------------------------------------------------------------------------------------------------


def test_the_list_flags_by_hand() -> None:
    # Last half-year: five buyers tied from the second on: one place, at 90; before: the top is "stay" at 80.
    rows = [("stay", "2020-03-01", 80.0), ("stay", "2020-09-01", 90.0), ("rise", "2020-03-01", 5.0)]
    rows += [("rise", "2020-09-01", 90.0), ("new", "2020-10-01", 90.0), ("low", "2020-03-01", 6.0)]
    rows += [("low", "2020-10-01", 1.0), ("lower", "2020-10-01", 1.0)]
    listed = c.top_list(log(*rows), observed_until=date(2020, 12, 31), months=6)
    assert listed.customer_id.tolist() == ["new", "rise", "stay"]  # tied at the cut: all three, by id
    assert listed.stability.tolist() == ["not known before", "new in top", "stable"]
    assert listed.value.tolist() == [90.0] * 3
    assert listed.value_before.tolist()[1:] == [5.0, 80.0]
    assert np.isnan(listed.value_before[0])
    assert "protect" in listed.reason[2]


def test_the_list_of_nobody_is_refused() -> None:
    with pytest.raises(DataError, match="nobody bought from 2021-07-01"):
        c.top_list(log(("a", "2020-01-01", 5.0)), observed_until=date(2021, 12, 31), months=6)


# --- errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([], "no customers"),
        ([1.0, float("nan")], "1 of 2 values are missing"),
        ([1.0, float("inf")], "missing or infinite"),
        ([0.0, 0.0], "sum to 0"),
        ([5.0, -8.0], "sum to -3"),
    ],
)
def test_values_that_cannot_be_shared_out(values: list[float], match: str) -> None:
    for measure in (c.top_share, c.gini, c.lorenz_curve, c.top_customers):
        with pytest.raises(DataError, match=match):
            measure(values)


@pytest.mark.parametrize("top", [0, 1, -0.2, 20, float("nan")])
def test_a_top_outside_0_to_1(top: float) -> None:
    with pytest.raises(ParameterError, match="must lie between 0 and 1"):
        c.top_share([1.0, 2.0], top)
    with pytest.raises(ParameterError, match="must lie between 0 and 1"):
        c.top_customers([1.0, 2.0], top)


def test_levels_and_resamples() -> None:
    with pytest.raises(ParameterError, match="at least 99"):
        c.concentration(window_of([1.0, 2.0]), rng=rng(), n_resamples=10)
    with pytest.raises(ParameterError, match=r"level is 95"):
        c.concentration(window_of([1.0, 2.0]), rng=rng(), level=95)
    with pytest.raises(ParameterError, match=r"level is 95"):
        c.compare_periods(nbd_pairs(50), level=95, **YEARS)


def test_periods_without_buyers_or_history() -> None:
    shop = log(("a", "2020-01-01", 5.0), ("b", "2020-07-02", 5.0))
    with pytest.raises(DataError, match="nobody was a customer before 2019-01-01"):
        c.next_period(shop, observed_until=date(2020, 12, 31), months=12)
    with pytest.raises(DataError, match="0 of 1 known customers bought in the first period, 2020-04-01"):
        c.next_period(shop, observed_until=date(2020, 9, 30), months=3)


def test_a_window_that_ends_before_it_starts() -> None:
    with pytest.raises(ParameterError, match="before it starts"):
        c.customer_values(log(("a", "2020-01-01", 5.0)), start=date(2020, 2, 1), end=date(2020, 1, 1))


def test_first_purchase_of_nobody() -> None:
    with pytest.raises(DataError, match="no purchase"):
        c.first_purchase(log(("a", "2020-01-01", -5.0)))


# --- sentences -------------------------------------------------------------------------------------------------


def said(values: list[float], **options: float) -> c.Concentration:
    return c.concentration(window_of(values), rng=rng(), n_resamples=199, **options)


def test_a_sentence_weighs_80_20_against_the_interval() -> None:
    claim = c.claims.top_share_claim
    assert claim(said([10.0] * 100)).endswith("made 20.0 % of the value: less concentrated than 80/20.")
    assert claim(said([1000.0] * 10 + [1.0] * 90)).endswith("more concentrated than 80/20.")
    # Twenty make 3,200 (160 on average), eighty make 800: 80 %, with a spread that leaves an interval about it.
    near = [*np.linspace(20, 300, 20), *np.linspace(1, 19, 80)]
    assert claim(said(near)).endswith("80.0 % of the value; 80/20 is within that interval.")
    assert "80/20" not in claim(said([10.0] * 100, top=0.1))


def test_a_sentence_names_the_interval_if_asked() -> None:
    found = said([float(value) for value in range(1, 101)])
    assert "interval" not in c.claims.top_share_claim(found)
    assert "(95 % interval " in c.claims.top_share_claim(found, interval=True)
    assert "(95 % interval " in c.claims.customers_for_claim(found, interval=True)


def test_a_sentence_warns_of_negative_values() -> None:
    assert "1 of 22 customers have a value below zero" in c.claims.gini_claim(said([-1.0, *[10.0] * 20, 30.0]))


def test_sentences_without_any_window() -> None:
    shop = log(*((f"c{i}", "2020-03-01", 5.0) for i in range(40)))
    curve = c.window_curve(shop, observed_until=date(2020, 6, 30), windows=[12], rng=rng())
    for claim in (c.claims.window_claim, c.claims.denominator_claim, c.claims.joining_claim):
        assert "not known" in claim(curve)
    assert c.claims.not_computed_claim(curve).startswith("Windows not computed: 12 months (it starts on 2019-07-01")


def test_a_window_without_effect_is_said_to_have_none() -> None:
    # Everybody buys for 10 every month: neither length nor denominator matters.
    days = pd.date_range("2020-01-15", "2021-12-15", freq="MS") + pd.Timedelta(days=14)
    shop = log(*((f"c{i}", f"{day:%Y-%m-%d}", 10.0) for i in range(40) for day in days))
    curve = c.window_curve(shop, observed_until=date(2021, 12, 31), windows=[1, 12], rng=rng(), n_resamples=99)
    assert "the difference is within its interval" in c.claims.window_claim(curve)
    assert "both denominators agree" in c.claims.denominator_claim(curve)
    assert "Nobody joined within the last 12 months" in c.claims.joining_claim(curve)
    assert c.claims.not_computed_claim(curve) == "Every window that was asked for could be computed."


def test_a_top_that_reaches_those_who_did_not_buy_is_pointed_out() -> None:
    rows = [(9, 8)] * 2 + [(0, 0)] * 98
    found = c.compare_periods(pair_frame(*rows), base="all", **YEARS)
    assert "the places left were split" in c.claims.stay_claim(found)


def test_a_top_that_buys_less_next_time_is_said_to() -> None:
    # The top of the first period buys nothing in the second, the others all do.
    rows = [(50 + i, 0) for i in range(40)] + [(1, 20 + i) for i in range(160)]
    found = c.compare_periods(pair_frame(*rows), **YEARS)
    assert found.stay.value == 0
    assert "less than chance" in c.claims.stay_claim(found)


def test_periods_are_shortened_to_the_history() -> None:
    assert c.longest_period(date(1997, 1, 1), UNTIL, wanted=6) == 6
    # Two periods of nine months would start on the day of the first purchase, so eight it is.
    assert c.longest_period(date(1997, 1, 1), UNTIL, wanted=24) == 8
    with pytest.raises(DataError, match="two periods of a month each"):
        c.longest_period(date(1998, 6, 1), UNTIL, wanted=6)
