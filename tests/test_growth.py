"""What goes together and comes next: worked by hand, on published rules, in planted worlds and in worlds without."""

import dataclasses
import functools
import gzip
import itertools
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import fisher_exact

from crmlab.analyses import growth
from crmlab.analyses.growth import claims, verdicts
from crmlab.analyses.growth.baskets import every_pair, near
from crmlab.analyses.growth.next_product import best, known_on, probabilities
from crmlab.errors import DataError, ParameterError
from crmlab.simulate import market_baskets
from crmlab.tables.engine import connect

GROCERIES = Path(__file__).parents[2] / "shared" / "data" / "groceries_arules_baskets.csv.gz"
NUMBERS = itertools.count()


@functools.cache
def engine():
    return connect()


def clean(rows):
    """Rows as a clean table of which none is left out; all tables share an engine, as those of a client do."""
    frame = pd.DataFrame(rows)
    name = f"g{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def orders(*baskets, customers=None):
    """Sales of baskets such as "ab": one order each, a product a letter, of one customer each unless told."""
    rows = [
        {
            "customer_id": customers[number] if customers else f"C{number}",
            "date": date(2024, 1, 1) + timedelta(days=number),
            "order_id": f"S{number}",
            "product_id": product,
            "amount": 10.0,
        }
        for number, basket in enumerate(baskets)
        for product in basket
    ]
    return clean(rows)


def names_of(table):
    return {frozenset(pair) for pair in table[["first", "second"]].to_numpy()}


# --- pairs, by hand ---------------------------------------------------------------------------------------------------


def test_lift_and_fisher_by_hand():
    # 1,000 orders: 40 with both, 160 with a alone, 120 with b alone: A = 200, B = 160. Chance: 200 · 160 / 1000 = 32,
    # lift 40 / 32 = 1.25; the one-sided p is that of the 2 × 2 table (40, 160; 120, 680).
    sold = orders(*["ab"] * 40, *["a"] * 160, *["b"] * 120, *["c"] * 680)
    found = growth.associations(growth.co_purchases(sold, min_support=0.1), given="nothing")
    pair = found.table.set_index(["first", "second"]).loc[("a", "b")]
    assert (pair["n_first"], pair["n_second"], pair["together"], pair["expected"]) == (200, 160, 40, 32)
    assert pair["lift"] == pytest.approx(1.25)
    assert (pair["confidence"], pair["confidence_back"]) == (pytest.approx(0.2), pytest.approx(0.25))
    assert pair["p"] == pytest.approx(fisher_exact([[40, 160], [120, 680]], alternative="greater").pvalue, rel=1e-9)
    assert round(pair["p"], 3) == 0.055


def test_the_bestseller_comes_with_everything_and_no_pair_passes():
    # p is in every second order whatever else is in it: it is everybody's partner, at a confidence of one half.
    sold = orders(*["pa", "a", "pb", "b", "pc", "c", "pd", "d"] * 25)
    found = growth.associations(growth.co_purchases(sold, min_support=0.01), given="nothing")
    usual = claims.partners(found).set_index("product")
    assert usual.loc[list("abcd"), "partner"].to_list() == ["p"] * 4
    assert usual.loc[list("abcd"), "confidence"].to_list() == [0.5] * 4
    assert usual.loc[list("abcd"), "lift"].to_list() == [1.0] * 4
    assert "For 5 of 5 products" in claims.popularity_claim(found)
    assert "Of these 5 pairs 0 are" in claims.popularity_claim(found)


def test_expected_given_sizes_by_hand():
    # Three orders of two, ab, ab, cd, and two of one, a and c, which hold no pair. In the orders of two a and b have
    # two partners each, c and d one: x (x + 2y) = 2 and y (y + 2x) = 1 have x² = 2 / √3, the expected number of ab. (Of
    # the 15 ways to deal them out 3 have ab twice and 12 once: 1.2.)
    counted = growth.co_purchases(orders("ab", "ab", "cd", "a", "c"), min_support=0.1)
    pair = counted.pairs.set_index(["first", "second"]).loc[("a", "b")]
    assert (counted.n, counted.several, counted.mean_size) == (5, 3, pytest.approx(1.6))
    assert pair["expected_nothing"] == pytest.approx(3 * 2 / 5)
    assert pair["expected_size"] == pytest.approx(2 / np.sqrt(3), rel=1e-4)


def test_expected_given_sizes_is_that_of_shuffled_baskets():
    # Swapping products between baskets keeps both totals; what remains together on average is what is expected.
    world = market_baskets(np.random.default_rng(4), n_customers=150, n_products=8, n_pairs=0, orders=3)
    counted = growth.co_purchases(clean(world.transactions), min_support=0.01)
    rows = world.transactions[["order_id", "product_id"]].drop_duplicates()
    has = pd.crosstab(rows["order_id"], rows["product_id"]).to_numpy(dtype=bool, copy=True)
    rng, seen = np.random.default_rng(5), []
    for round_ in range(400):
        for _ in range(600):
            i, j = rng.integers(len(has), size=2)
            only_i, only_j = np.flatnonzero(has[i] & ~has[j]), np.flatnonzero(has[j] & ~has[i])
            if only_i.size and only_j.size:
                p, q = rng.choice(only_i), rng.choice(only_j)
                has[i, p], has[i, q], has[j, p], has[j, q] = False, True, True, False
        if round_ >= 20:
            seen.append((has[:, :, None] & has[:, None, :]).sum(axis=0))
    places = {name: place for place, name in enumerate(sorted(rows["product_id"].unique()))}
    i, j = (counted.pairs[name].map(places).to_numpy() for name in ("first", "second"))
    shuffled = np.mean(seen, axis=0)[i, j]
    assert counted.pairs["expected_size"].sum() == pytest.approx(shuffled.sum(), rel=0.03)
    assert np.corrcoef(counted.pairs["expected_size"], shuffled)[0, 1] > 0.98


def test_pairs_of_like_prices_by_hand():
    # Six products in the order of their prices, each two once together: 15 pairs. At a reach of two, around (0, 5) are
    # {0, 1, 2} × {3, 4, 5}: 9 pairs, less itself. Around (0, 1) is {0, 1, 2} × {0, 1, 2, 3}: of its pairs 01, 02, 03,
    # 12, 13 and 23 the first, second and fourth have their mirrors in it and count once; less itself, 5 are left.
    prices = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    around = near(prices)(1 - np.eye(6))
    assert (around[0, 5], around[0, 1]) == (8, 5)


def test_pairs_of_like_prices_are_those_that_counting_one_by_one_finds():
    rng, n = np.random.default_rng(1), 70  # so that the reach is three
    prices, table = rng.permutation(n) + 0.5, np.triu(rng.integers(0, 9, (n, n)), 1).astype(float)
    found, rank = near(prices)(table + table.T), prices - 0.5
    for i, j in [(0, 1), (3, 40), (int(np.argmin(prices)), int(np.argmax(prices))), (69, 12)]:
        around = [
            table[k, m]
            for k, m in itertools.combinations(range(n), 2)
            if any(abs(rank[a] - rank[i]) <= 3 and abs(rank[b] - rank[j]) <= 3 for a, b in ((k, m), (m, k)))
        ]
        assert found[i, j] == sum(around) - table[min(i, j), max(i, j)]


def test_a_pair_against_those_of_like_prices_by_hand():
    # Its size lets expect 1, those around it 9 together; 3 and 6 are seen. Of 9 each is the pair's with chance 1 / 10:
    # P(X ≥ 3) = 1 − .9⁹ − 9 · .1 · .9⁸ − 36 · .01 · .9⁷ = .053; expected are 6.5 · 1 / 9.
    pairs = pd.DataFrame({"first": ["a"], "second": ["b"], "n_first": [20], "n_second": [20], "together": [3]})
    pairs = pairs.assign(expected_nothing=1.0, expected_size=1.0, near=6, near_size=9.0)
    counted = growth.CoPurchases("order", 400, 2.0, 300, pd.DataFrame(), 9, 0.01, pairs, "")
    row = growth.associations(counted, given="size_and_price").table.iloc[0]
    assert row["p"] == pytest.approx(1 - 0.9**9 - 9 * 0.1 * 0.9**8 - 36 * 0.01 * 0.9**7)
    assert row["expected"] == pytest.approx(6.5 / 9)
    alone = dataclasses.replace(counted, pairs=pairs.assign(near=0, near_size=0.0))
    assert growth.associations(alone, given="size_and_price").table.iloc[0]["p"] == 1


def test_benjamini_hochberg_counts_every_pair_tested():
    # Of 10 pairs of 5 products one is always together, all others never by more than chance.
    sold = orders(*["ab"] * 60, *["c"] * 60, *["d"] * 60, *["e"] * 60)
    found = growth.associations(growth.co_purchases(sold, min_support=0.01), given="nothing", fdr=0.05)
    assert found.tested == 10
    assert names_of(found.kept) == {frozenset("ab")}
    # The smallest of ten p values passes at ten times itself.
    assert found.kept["q"].iloc[0] == pytest.approx(10 * found.kept["p"].iloc[0])


def test_orders_without_number_are_customer_days():
    sold = orders("ab", "c").drop("order_id")
    counted = growth.co_purchases(sold, min_support=0.1)
    assert (counted.unit, counted.n) == ("day", 2)
    assert "no number here" in claims.baskets_claim(counted)


def test_rows_in_another_order_and_renamed_customers_change_nothing():
    world = market_baskets(np.random.default_rng(2), n_customers=120, n_products=10, n_pairs=2)
    shuffled = world.transactions.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(customer_id="X" + shuffled["customer_id"].str[::-1])
    one, other = (
        growth.associations(growth.co_purchases(clean(rows), unit="customer", min_support=0.05)).table
        for rows in (world.transactions, shuffled)
    )
    pd.testing.assert_frame_equal(one, other)


def test_planted_pairs_are_found_and_heavy_buyers_are_not_taken_for_them():
    world = market_baskets(np.random.default_rng(8), n_customers=500, n_products=20, n_pairs=4, complement=0.3)
    planted, sold = names_of(world.pairs), clean(world.transactions)
    by_order = growth.associations(growth.co_purchases(sold, min_support=0.01), given="size")
    assert names_of(by_order.kept) >= planted
    assert by_order.passing <= len(planted) + 2
    counted = growth.co_purchases(sold, unit="customer", min_support=0.01)
    plain, sizes = (growth.associations(counted, given=given) for given in ("nothing", "size"))
    assert plain.passing > 0.9 * plain.tested
    assert sizes.passing <= len(planted)
    said = claims.heavy_buyers_claim(plain, sizes, growth.associations(counted, given="size_and_price"))
    assert f"{plain.passing} of 190 pairs pass" in said


@pytest.mark.slow
def test_without_complements_a_pair_passes_as_seldom_as_promised():
    # The false discovery rate in a world with nothing to find is the chance of any pair passing: at most 5 %. The tail
    # of the Poisson law is too wide and counts are whole, so it may be below; 21 is the upper end for 200 at 5 %.
    def finds(seed):
        world = market_baskets(np.random.default_rng(seed), n_customers=150, n_products=12, n_pairs=0)
        return growth.associations(in_memory(world.transactions)).passing > 0

    assert sum(finds(seed) for seed in range(200)) <= 21


def dear_and_cheap(seed, *, planted=0.0):
    """Orders of 800 customers who spend unlike and buy what suits their purse; 50 products that are no pairs.

    With `planted` the products 20 and 30, which cost neither much nor little, are bought as one so often.
    """
    rng = np.random.default_rng(seed)
    price, purse = np.sort(rng.normal(0, 1, 50)), np.repeat(rng.normal(0, 1, 800), 3)
    wanted = rng.lognormal(0, 0.7, 50) * np.exp(-((price - purse[:, None]) ** 2) / 2)
    size = 1 + rng.poisson(0.8, purse.size)
    rows = [
        (order, product)
        for order, (many, chance) in enumerate(zip(size, wanted / wanted.sum(axis=1, keepdims=True), strict=True))
        for product in (*rng.choice(50, many, p=chance), *((20, 30) if rng.random() < planted else ()))
    ]
    sold = pd.DataFrame(rows, columns=["order_id", "product_id"]).drop_duplicates()
    return sold.assign(amount=np.exp(price[sold["product_id"]]))


@pytest.mark.slow
def test_what_suits_the_same_purse_is_no_pair():
    # 12 is the upper end of 100 at 5 %. Given sizes alone about a quarter of these worlds have a "pair".
    sizes = prices = 0
    for seed in range(100):
        counted = in_memory(dear_and_cheap(seed))
        sizes += growth.associations(counted, given="size").passing > 0
        prices += growth.associations(counted, given="size_and_price").passing > 0
    assert prices <= 12 < sizes


def test_a_pair_is_found_among_customers_of_unlike_purses():
    found = growth.associations(in_memory(dear_and_cheap(1, planted=0.02)), given="size_and_price")
    assert names_of(found.kept) == {frozenset((20, 30))}


def in_memory(rows):
    """What `co_purchases` counts of orders, without an engine."""
    has = pd.crosstab(rows["order_id"], rows["product_id"]).clip(upper=1)
    sizes, baskets = has.sum(axis=1), has.sum().sort_values(ascending=False, kind="stable")
    counts = has.groupby(sizes).sum().rename_axis("size").melt(ignore_index=False, value_name="entries").reset_index()
    counts = counts[counts["entries"] > 0]
    products = baskets.rename("baskets").rename_axis("product_id").reset_index()
    products["price"] = products["product_id"].map(rows.groupby("product_id")["amount"].mean())
    together = (has.T @ has).loc[baskets.index, baskets.index].to_numpy(dtype=float, copy=True)
    np.fill_diagonal(together, 0)
    pairs = every_pair(together, counts, products, among=len(products), n=len(has))
    return growth.CoPurchases(
        "order", len(has), float(sizes.mean()), int((sizes > 1).sum()), products, len(baskets), 0.02, pairs, ""
    )


def test_what_is_counted_in_memory_is_what_the_engine_counts():
    rows = market_baskets(np.random.default_rng(3), n_customers=150, n_products=12, n_pairs=2).transactions
    one, other = (
        growth.associations(counted).table.set_index(["first", "second"])[["together", "expected", "p"]]
        for counted in (in_memory(rows), growth.co_purchases(clean(rows), min_support=0.02))
    )
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index(), check_dtype=False)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("min_support", [0, 1, -0.2])
def test_min_support_is_a_share(min_support):
    with pytest.raises(ParameterError, match="share of baskets between 0 and 1"):
        growth.co_purchases(orders("ab"), min_support=min_support)


def test_thin_data_are_refused():
    with pytest.raises(DataError, match="fewer than two of 2 products"):
        growth.co_purchases(orders(*["a"] * 9, "b"), min_support=0.5)
    with pytest.raises(DataError, match="no column `product_id`"):
        growth.co_purchases(orders("ab").drop("product_id"))
    with pytest.raises(DataError, match="nothing is bought together"):
        growth.co_purchases(orders("ab").mutate(amount=ibis.literal(-1.0)))
    counted = growth.co_purchases(orders("ab", "ab"), min_support=0.1)
    with pytest.raises(ParameterError, match="fdr 1 cannot be used"):
        growth.associations(counted, fdr=1)
    with pytest.raises(ParameterError, match="given 'mood' is not known"):
        growth.associations(counted, given="mood")


# --- rules of several products ----------------------------------------------------------------------------------------


def entries(*baskets):
    return pd.DataFrame(
        [(number, item) for number, basket in enumerate(baskets) for item in basket], columns=["basket", "item"]
    )


def test_rules_by_hand():
    # abc three times of five, ab once, c once: {a, b} → c has support 3/5, confidence 3/4, lift (3/4) / (4/5) = .9375.
    rules = growth.association_rules(entries("abc", "abc", "abc", "ab", "c"), min_support=0.5, min_confidence=0.7)
    rule = rules[(rules["before"] == ("a", "b")) & (rules["after"] == "c")].iloc[0]
    assert (rule["together"], rule["support"], rule["confidence"]) == (3, pytest.approx(0.6), pytest.approx(0.75))
    assert rule["lift"] == pytest.approx(0.9375)
    assert rules["length"].max() == 3
    # Who has c has a in 3 of 4 cases, {a} → b in 4 of 4.
    assert rules[rules["before"] == ("c",)]["confidence"].to_list() == pytest.approx([0.75, 0.75])
    assert growth.association_rules(entries("ab"), min_support=0.5, min_confidence=1, max_length=1).empty


@pytest.mark.skipif(not GROCERIES.is_file(), reason="the shared data are not here")
def test_groceries_give_the_published_rules():
    # Hahsler, Hornik and Reutterer (2006): 9,835 baskets; support .006, confidence .25, two items or more: 463 rules.
    with gzip.open(GROCERIES, "rt") as file:
        baskets = [set(line.rstrip("\n").split(",")) for line in file]
    rules = growth.association_rules(entries(*baskets), min_support=0.006, min_confidence=0.25)
    assert len(baskets) == 9835
    assert rules["length"].value_counts().to_dict() == {2: 150, 3: 297, 4: 16}
    herbs = rules[(rules["before"] == ("herbs",)) & (rules["after"] == "root vegetables")].iloc[0]
    assert round(herbs["support"], 7) == 0.0070158
    assert round(herbs["lift"], 4) == 3.9565


# --- what comes first and next ----------------------------------------------------------------------------------------


def test_what_comes_first_by_hand():
    # 12 customers buy a, then b; sign test: 2 · (1/2)^12.
    people = [f"C{number}" for number in range(12) for _ in "ab"]
    found = growth.what_comes_first(orders(*["a", "b"] * 12, customers=people), least=5)
    row = found.table.iloc[0]
    assert (row["first"], row["second"], row["customers"], row["first_first"]) == ("a", "b", 12, 12)
    assert row["p"] == pytest.approx(2 / 2**12)
    assert "bought a before b" in claims.orders_claim(found, pd.Series(dtype=object))


def test_popularity_is_no_order():
    # Ten buy a and then b, ten b and then a: no order.
    sold = orders(*["a", "b"] * 10, *["b", "a"] * 10, customers=[f"C{n}" for n in range(20) for _ in "ab"])
    found = growth.what_comes_first(sold, least=5)
    assert (found.passing, found.table["first_first"].iloc[0]) == (0, 10)
    assert "cannot be told from chance" in claims.orders_claim(found, pd.Series(dtype=object))
    nothing = growth.what_comes_first(sold, least=50)
    assert "cannot be told" in claims.orders_claim(nothing, pd.Series(dtype=object))
    with pytest.raises(ParameterError, match="least is 1 or more"):
        growth.what_comes_first(sold, least=0)


def habitual(seed, loyal):
    """Two years of 300 customers, each with a product of their own that they buy with chance `loyal`, else any."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "customer_id": f"C{customer:03}",
            "date": date(2023, 1, 1) + timedelta(days=int(day)),
            "order_id": f"S{customer}-{day}",
            "product_id": f"P{customer % 10 if rng.random() < loyal else rng.integers(10)}",
            "amount": 10.0,
        }
        for customer in range(300)
        for day in rng.choice(730, 12, replace=False)
    ]
    return clean(rows)


def test_the_next_product_of_people_of_habit_is_told():
    until = date(2024, 12, 30)
    found = growth.next_product(habitual(1, 0.8), until=until, rng=np.random.default_rng(0), top_n=1)
    assert found.gain.low > 0.2
    assert "the model gains" in claims.hits_claim(found)
    assert found.coefficients.set_index("feature").loc["bought_before", "low"] > 0
    known = known_on(habitual(1, 0.8), until)
    chance = probabilities(known, found.fitted)
    own = [f"P{int(name[1:]) % 10}" for name in known.customers]
    assert np.mean(known.products[best(chance, 1)[:, 0]] == own) > 0.6


def test_what_is_known_has_the_same_last_digit_in_whatever_order_the_rows_come():
    rng = np.random.default_rng(3)
    rows = habitual(1, 0.5).to_pyarrow().to_pandas()
    rows["amount"] = [Decimal(int(cents)) / 100 for cents in rng.integers(100, 99_999, len(rows))]
    until = date(2024, 12, 30)
    known = [known_on(clean(part.to_dict("records")), until) for part in (rows, rows.sample(frac=1, random_state=4))]
    assert np.array_equal(known[0].usual_price, known[1].usual_price)
    assert np.array_equal(known[0].price, known[1].price)


def test_the_next_product_of_people_without_habits_is_not():
    # At 99.9 %, so that it is the model that fails here and not chance.
    found = growth.next_product(
        habitual(2, 0.0), until=date(2024, 12, 30), rng=np.random.default_rng(0), top_n=1, level=0.999
    )
    assert found.gain.contains(0.0)
    assert "cannot be told from none" in claims.hits_claim(found)


def test_too_few_customers_to_learn_from():
    with pytest.raises(DataError, match="only 0 customers bought up to"):
        growth.next_product(orders("ab", "c"), until=date(2024, 12, 30), rng=np.random.default_rng(0))
    with pytest.raises(ParameterError, match="both are at least 1"):
        growth.next_product(orders("ab"), until=date(2024, 12, 30), top_n=0, rng=np.random.default_rng(0))


# --- baskets simulated ------------------------------------------------------------------------------------------------


def test_simulated_baskets_are_what_they_say():
    world = market_baskets(
        np.random.default_rng(0), n_customers=400, n_products=20, n_pairs=5, complement=0.5, shape=np.inf
    )
    rows = world.transactions
    assert not rows.duplicated(["order_id", "product_id"]).any()
    assert rows.groupby("order_id")["customer_id"].nunique().max() == 1
    # Every customer has one order and on average five more.
    assert rows.groupby("customer_id")["order_id"].nunique().mean() == pytest.approx(6, abs=0.4)
    sets = rows.groupby("order_id")["product_id"].agg(set)
    for first, second in world.pairs.to_numpy():
        has = sets[sets.map(lambda one, first=first: first in one)]
        assert has.map(lambda one, second=second: second in one).mean() == pytest.approx(0.5, abs=0.15)
    assert market_baskets(np.random.default_rng(0), complement=0).pairs.empty


def test_simulated_baskets_name_every_problem():
    with pytest.raises(ParameterError, match=r"n_customers is 0[\s\S]*complement is 2[\s\S]*orders is 0.5"):
        market_baskets(np.random.default_rng(0), n_customers=0, complement=2, orders=0.5)


# --- lists ------------------------------------------------------------------------------------------------------------


def offer(agreed, **other):
    sold = habitual(1, 0.8)
    model = growth.next_product(sold, until=date(2024, 12, 30), rng=np.random.default_rng(0))
    return growth.next_best(
        sold,
        None,
        model,
        until=date(2024, 12, 30),
        agreed=agreed,
        margin_rate=0.3,
        top_n=3,
        owned_days=365,
        **({"size": 100, "holdout": 0.1, "rng": np.random.default_rng(3)} | other),
    )


def test_nobody_is_listed_who_may_not_be_contacted():
    agreed = pd.Series({f"C{number:03}": number % 3 > 0 for number in range(300)})
    found = offer(agreed)
    assert len(found.table) == 100
    assert agreed[found.table["customer_id"]].all()
    assert (found.suppressed, found.eligible) == (100, 300)
    assert (found.table["arm"] == "do_nothing").sum() == 10
    assert found.table["expected"].is_monotonic_decreasing
    # A blank is no consent: a customer of whom nothing is known is not on the list.
    assert "C001" not in set(offer(agreed.drop("C001"), size=300).table["customer_id"])
    assert "100 may not be contacted" in verdicts.offer_claim(found)


def test_consent_that_is_not_known_is_said():
    found = offer(None)
    assert (found.suppressed, found.consent_known) == (0, False)
    assert "check consent" in verdicts.offer_claim(found)
    assert growth.consent(None) is None
    told = growth.consent(clean([{"customer_id": "a", "may_contact": True}, {"customer_id": "b", "may_contact": None}]))
    assert told.to_dict() == {"a": True, "b": False}


def test_a_list_that_cannot_be_held_out_is_refused():
    with pytest.raises(ParameterError, match=r"holdout 0\.7"):
        offer(None, holdout=0.7)


def test_durables_owned_are_not_offered():
    sold = habitual(1, 0.8)
    model = growth.next_product(sold, until=date(2024, 12, 30), rng=np.random.default_rng(0))
    goods = clean(
        [
            {
                "product_id": f"P{n}",
                "name": f"good {n}",
                "category": f"K{n}",
                "kind": "durable" if n < 5 else "consumable",
            }
            for n in range(10)
        ]
    )
    found = growth.next_best(
        sold,
        goods,
        model,
        until=date(2024, 12, 30),
        agreed=None,
        margin_rate=0.3,
        top_n=1,
        owned_days=730,
        size=300,
        holdout=0,
        rng=np.random.default_rng(3),
    )
    bought = (
        sold.select("customer_id", "product_id")
        .distinct()
        .to_pyarrow()
        .to_pandas()
        .groupby("customer_id")["product_id"]
        .agg(set)
    )
    offered = found.table.set_index("customer_id")["product_id"]
    assert not any(product in bought[who] for who, product in offered.items() if product < "P5")
    assert (offered >= "P5").any()
    assert (found.table["arm"] == "contact").all()
