"""Orders, lines and returns: what is planted is there, the models find it, and where nothing is planted they do not."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import hyp2f1

from crmlab.company import purchases
from crmlab.company.calendar import FEATURES, SeasonWorld
from crmlab.company.latents import LatentsWorld
from crmlab.company.purchases import PurchasesWorld
from crmlab.company.setting import SCENARIOS
from crmlab.company.transactions import TransactionsWorld
from crmlab.models import fit_bgnbd, fit_gamma_gamma
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

SEEDS = range(200)
VALID, FALSE_ALARMS = range(179, 199), range(2, 22)  # of 200, at 95 %
PLANTED = {"r": "r", "alpha": "alpha_weeks", "a": "a", "b": "b", "p": "p", "q": "q", "gamma": "gamma"}


def summary_of(wanted, known):
    return customer_summary(clean_table(known.tables["transactions"]), observed_until=wanted.observed_until)


def fits(wanted, known):
    customers = summary_of(wanted, known)
    return fit_bgnbd(customers), fit_gamma_gamma(customers)


def test_the_models_find_what_was_planted(some):
    wanted, known = some("clean")
    world = wanted.world(LatentsWorld)
    for model in fits(wanted, known):
        assert not model.serious
        for name, found in model.params.items():
            assert found == pytest.approx(getattr(world, PLANTED[name]), abs=4 * model.standard_errors[name])


@pytest.mark.slow
def test_the_models_intervals_cover_what_was_planted(sales):
    hits = dict.fromkeys(PLANTED, 0)
    for seed in SEEDS:
        wanted, known = sales(1_000, seed, "clean")
        world = wanted.world(LatentsWorld)
        for model in fits(wanted, known):
            for row in model.summary().itertuples():
                hits[row.parameter] += row.low <= getattr(world, PLANTED[row.parameter]) <= row.high
    assert {name: n for name, n in hits.items() if n not in VALID} == {}


def test_repeat_purchases_are_as_many_as_the_bgnbd_says(some):
    wanted, known = some("clean")
    world, buyers = wanted.world(LatentsWorld), known.truth["buyers"]
    r, alpha, a, b = world.r, world.alpha_weeks, world.a, world.b
    # From the middle of the first day, on average, to the end of the last one.
    t = (wanted.days - buyers["first_day"] - 0.5) / 7
    repeats = buyers["orders"] - 1
    # Fader, Hardie and Lee (2005), eq. (9), and eq. (8) for none.
    expected = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t)))
    assert (repeats - expected).mean() == pytest.approx(0, abs=4 * repeats.std() / np.sqrt(len(buyers)))
    none = (alpha / (alpha + t)) ** r
    error = np.sqrt((none * (1 - none)).sum()) / len(buyers)
    assert ((repeats == 0) - none).mean() == pytest.approx(0, abs=4 * error)


def test_who_left_made_no_purchase_afterwards_and_who_stayed_may(some):
    for scenario in SCENARIOS:
        _, known = some(scenario)
        last = known.truth["purchases"].groupby("customer_id")["day"].max()
        buyers = known.truth["buyers"].set_index("customer_id")
        gone = buyers["left"].notna()
        assert (buyers.loc[gone, "left"] == last[buyers.index[gone]]).all()
        assert 0.2 < gone.mean() < 0.6
        first = known.truth["purchases"].query("number == 0").set_index("customer_id")["day"]
        assert (first[buyers.index] == buyers["first_day"]).all()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_order_is_a_customer_day(some, scenario):
    wanted, known = some(scenario)
    orders = known.truth["purchases"]
    assert not orders.duplicated(["customer_id", "day"]).any()
    assert orders["day"].between(0, wanted.days - 1).all()
    moved = orders["day"] - np.floor(orders["moment"])
    assert (moved != 0).mean() < 0.03
    by_time = orders.sort_values(["customer_id", "moment"])
    assert (by_time.groupby("customer_id")["day"].diff().dropna() > 0).all()


def test_orders_of_a_day_are_booked_on_the_next_days():
    # Days 3, 3, 3, 4 become 3, 4, 5, 6; of another customer 8, 9, 9 with 9 as the last day become 7, 8, 9.
    customer, number = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 3, 0, 1, 2])
    found = purchases._one_a_day(customer, np.array([3, 3, 3, 4, 8, 9, 9]), number, 9)
    assert found.tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_orders_are_worth_what_the_gamma_gamma_says(some):
    wanted, known = some("clean")
    orders = known.truth["purchases"].merge(known.truth["buyers"], on="customer_id")
    relative, shape = orders["real_value"] / orders["mean_spend"], wanted.world(LatentsWorld).p
    n = len(orders)
    # Gamma(p) by its mean: mean 1, variance 1/p, fourth central moment (3 + 6/p) / p².
    assert relative.mean() == pytest.approx(1, abs=4 / np.sqrt(shape * n))
    fourth = (3 + 6 / shape) / shape**2
    assert relative.var() == pytest.approx(1 / shape, abs=4 * np.sqrt((fourth - shape**-2) / n))
    assert (orders["value"] == orders["real_value"].round()).all()


def test_values_rise_with_prices(some):
    _, known = some("standard")
    orders = known.truth["purchases"]
    level = known.tables["economy"]["price_index"].to_numpy()[orders["month"]] / 100
    assert (orders["value"] == (orders["real_value"] * level).round()).all()
    assert orders.groupby("month")["value"].mean().corr(pd.Series(level).groupby(orders["month"]).mean()) > 0.9


@pytest.mark.parametrize("scenario", ["clean", "standard", "null"])
def test_lines_add_up_to_their_order_to_the_toman(some, scenario):
    _, known = some(scenario)
    sold = known.tables["transactions"].query("amount > 0")
    totals = sold.groupby("order_id")["amount"].sum()
    orders = known.truth["purchases"].set_index("order_id")
    assert totals[orders.index].tolist() == orders["value"].tolist()
    first = sold.drop_duplicates("order_id").set_index("order_id")
    assert first.loc[orders.index, "customer_id"].tolist() == orders["customer_id"].tolist()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_paid_is_the_list_price_less_a_discount_of_at_most_three_thirteenths(some, scenario):
    _, known = some(scenario)
    lines = known.tables["transactions"]
    sold = lines[lines["amount"] > 0]
    at_list = sold["list_price"] * sold["quantity"]
    assert (sold["amount"] + sold["discount"] == at_list).all()
    assert (sold["discount"] >= 0).all()
    # 1 − 1 / 1.3, and a toman for rounding; complements share a discount, each to the toman.
    assert (sold["discount"] <= at_list * 3 / 13 + 1).all()
    assert (sold["unit_price"] <= sold["list_price"]).all()
    assert ((sold["unit_price"] * sold["quantity"] - sold["amount"]).abs() <= sold["quantity"] / 2).all()


def test_list_prices_are_those_of_the_day(some):
    _, known = some("standard")
    sold = known.tables["transactions"].query("amount > 0").sort_values("date")
    prices = known.tables["prices"].sort_values("valid_from")
    found = pd.merge_asof(
        sold, prices, left_on="date", right_on="valid_from", by="product_id", suffixes=("", "_of_table")
    )
    assert (found["list_price"] == found["list_price_of_table"]).all()
    assert (found["cost"] == found["unit_cost"] * found["quantity"]).all()


def test_an_order_has_as_many_items_as_the_world_says(some):
    wanted, known = some("clean")
    per_order = known.truth["lines"].groupby("order_id").size()
    shares = np.array(wanted.world(TransactionsWorld).lines)
    mean = shares @ [1, 2, 3]
    error = np.sqrt(shares @ np.array([1, 4, 9]) - mean**2) / np.sqrt(len(per_order))
    # Below by the few items too small for any product.
    assert mean - 0.03 - 4 * error < per_order.mean() < mean + 4 * error


def exposure(known, *, who=None):
    """Purchases a day to be expected of customers still there, were every day alike, and the non-habit ones made."""
    buyers, orders = known.truth["buyers"].set_index("customer_id"), known.truth["purchases"]
    if who is not None:
        buyers, orders = buyers.loc[who], orders[orders["customer_id"].isin(who)]
    days = len(known.truth["season"])
    joined_at = orders.groupby("customer_id")["moment"].min()[buyers.index].to_numpy()
    last = orders.groupby("customer_id")["moment"].max()[buyers.index].to_numpy()
    until = np.where(buyers["left"].notna(), last, days)
    edges = np.arange(days + 1)[:, None]
    passed = np.clip(edges - joined_at, 0, until - joined_at) @ (buyers["purchases_per_week"].to_numpy() / 7)
    own = orders[(orders["number"] > 0) & ~orders["from_habit"]]
    return np.diff(passed), np.bincount(own["moment"].astype(int), minlength=days)


def season_fit(known):
    """Poisson regression of a day's repeat purchases on the day's features, by what customers' rates let expect."""
    expected, made = exposure(known)
    features = known.truth["season"][list(FEATURES)].astype(float)
    design = sm.add_constant(features.assign(years=known.truth["season"]["day"] / 365.25))
    seen = expected > 0
    return sm.GLM(made[seen], design[seen], family=sm.families.Poisson(), offset=np.log(expected[seen])).fit()


def season_planted(wanted):
    world = wanted.world(SeasonWorld)
    return {name: np.log(getattr(world, name)) for name in FEATURES} | {"years": np.log(world.trend_per_year)}


@pytest.mark.parametrize("scenario", ["standard", "null", "clean"])
def test_seasons_are_recovered(some, scenario):
    wanted, known = some(scenario)
    found = season_fit(known)
    for name, planted in season_planted(wanted).items():
        assert found.params[name] == pytest.approx(planted, abs=4 * found.bse[name])


@pytest.mark.slow
def test_intervals_cover_the_planted_seasons_and_the_null_world_has_none(sales):
    hits, alarms = dict.fromkeys([*FEATURES, "years"], 0), 0
    for seed in SEEDS:
        wanted, known = sales(400, seed, "standard", with_lines=False)
        intervals = season_fit(known).conf_int()
        for name, planted in season_planted(wanted).items():
            hits[name] += intervals.loc[name, 0] <= planted <= intervals.loc[name, 1]
        _, known = sales(400, seed, "null", with_lines=False)
        found = season_fit(known)
        alarms += found.wald_test(np.eye(6)[1:], scalar=True).pvalue < 0.05
    assert {name: n for name, n in hits.items() if n not in VALID} == {}
    assert alarms in FALSE_ALARMS


def habit_interval(wanted, known):
    """Further purchases from each one, without looking at which are: repeat purchases in the segment beyond the rates'.

    Of N purchases, R are to be expected of the rates; the hazard is `habit` / `habit_days` higher over a total of E
    days. The estimate is (N − R) · habit_days / E, and N is about Poisson.
    """
    world = wanted.world(PurchasesWorld)
    who = known.truth["customers"].query("need_segment == @world.habit_segment")["customer_id"]
    orders = known.truth["purchases"]
    orders = orders[orders["customer_id"].isin(who)]
    expected, _ = exposure(known, who=who)
    of_rates = float(expected @ known.truth["season"]["weight"])
    has_left = known.truth["buyers"].set_index("customer_id")["left"].notna()
    last = orders.groupby("customer_id")["moment"].max()
    until = last.where(has_left[last.index], wanted.days)
    later = np.clip(orders["customer_id"].map(until) - orders["moment"], 0, world.habit_days).sum()
    n = (orders["number"] > 0).sum()
    estimate, error = (n - of_rates) / later * world.habit_days, np.sqrt(n) / later * world.habit_days
    return estimate, error


def test_habit_is_in_one_segment_and_as_strong_as_planted(some):
    for scenario in ("clean", "standard", "null"):
        wanted, known = some(scenario)
        world = wanted.world(PurchasesWorld)
        estimate, error = habit_interval(wanted, known)
        assert estimate == pytest.approx(world.habit, abs=4 * error)
        segment = known.truth["customers"].set_index("customer_id")["need_segment"]
        of_habit = known.truth["purchases"].query("from_habit")["customer_id"].map(segment)
        assert set(of_habit) == ({world.habit_segment} if scenario == "standard" else set())


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_intervals_cover_the_planted_habit_and_its_absence(sales, scenario):
    hits = 0
    for seed in SEEDS:
        wanted, known = sales(400, seed, scenario, with_lines=False)
        estimate, error = habit_interval(wanted, known)
        hits += abs(estimate - wanted.world(PurchasesWorld).habit) < 1.96 * error
    assert hits in VALID


def together(known):
    """For each pair of complements, orders with both, and how many chance lets expect.

    Within strata of orders that have as many lines and come from customers who spend alike, persons only, chance deals
    the lines out anew: of N orders with s lines each, n · m · (s − 1) / (N · s − 1) are to have both of two products
    that stand on n and m lines.
    """
    lines = known.truth["lines"].drop_duplicates(["order_id", "product_id"])
    orders = known.truth["purchases"].merge(known.truth["buyers"][["customer_id", "mean_spend"]], on="customer_id")
    orders = orders.merge(known.truth["customers"][["customer_id", "customer_type"]], on="customer_id")
    orders = orders[orders["customer_type"] == "person"].set_index("order_id")
    size = lines.groupby("order_id").size().reindex(orders.index)
    stratum = size * 100 + pd.qcut(orders["mean_spend"], 25, labels=False)
    stratum = stratum[size > 1]
    has = lines.assign(stratum=lines["order_id"].map(stratum)).dropna(subset="stratum")
    number = stratum.value_counts()
    lines_each = number.index.to_numpy() // 100
    each = pd.crosstab(has["product_id"], has["stratum"]).reindex(columns=number.index)
    found = []
    for pair in known.truth["complements"].itertuples():
        one, other = (
            set(has.loc[has["product_id"] == of, "order_id"]) for of in (pair.product_id, pair.with_product_id)
        )
        alone = each.reindex([pair.product_id, pair.with_product_id]).fillna(0).to_numpy()
        by_chance = alone[0] * alone[1] * (lines_each - 1) / (number.to_numpy() * lines_each - 1)
        found.append((len(one & other), float(by_chance.sum())))
    return pd.DataFrame(found, columns=["both", "by_chance"])


def test_complements_are_bought_together_where_they_are_planted(some):
    _, known = some("standard")
    pairs = together(known)
    excess = pairs["both"].sum() - pairs["by_chance"].sum()
    assert excess > 4 * np.sqrt(pairs["by_chance"].sum())
    # As many more than by chance as were bought as a pair.
    lines = known.truth["lines"].merge(known.truth["purchases"][["order_id", "customer_id"]], on="order_id")
    persons = known.truth["customers"].query("customer_type == 'person'")["customer_id"]
    planted = lines[(lines["pair"] > 0) & lines["customer_id"].isin(persons)]
    assert set(lines["pair"]) == set(range(13))
    assert excess == pytest.approx(planted["order_id"].nunique(), abs=4 * np.sqrt(pairs["both"].sum()))
    for scenario in ("clean", "null"):
        _, known = some(scenario)
        pairs = together(known)
        assert (known.truth["lines"]["pair"] == 0).all()
        assert pairs["both"].sum() == pytest.approx(pairs["by_chance"].sum(), abs=4 * np.sqrt(pairs["by_chance"].sum()))


@pytest.mark.slow
def test_where_no_complements_are_planted_they_are_rarely_found(sales):
    alarms = 0
    for seed in SEEDS:
        _, known = sales(1_000, seed, "null")
        pairs = together(known)
        both, chance = int(pairs["both"].sum()), pairs["by_chance"].sum()
        # Two-sided, with half the weight on the number found (mid-p), as so few cases are far from normal.
        tail = (
            min(stats.poisson.cdf(both, chance), stats.poisson.sf(both - 1, chance))
            - stats.poisson.pmf(both, chance) / 2
        )
        alarms += 2 * tail < 0.05
    assert alarms in FALSE_ALARMS
