"""What CRM is and what data can support of it: worked by hand, found in planted worlds, silent in the null world."""

import functools
import itertools

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crmlab.analyses import orientation
from crmlab.analyses.orientation import claims
from crmlab.analyses.orientation.goals import median_interval
from crmlab.errors import ParameterError
from crmlab.tables.engine import connect

WINDOW = "2023-01-01 to 2024-12-30"
NUMBERS = itertools.count()


@functools.cache
def engine():
    return connect()


def clean(rows):
    """Rows as a clean table of which none is left out; all tables share an engine, as those of a client do."""
    frame = pd.DataFrame(rows)
    if "date" in frame:
        frame["date"] = pd.to_datetime(frame["date"]).dt.date
    name = f"t{next(NUMBERS)}"
    engine().con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
    return engine().table(name).mutate(excluded_by=ibis.null("string"))


def coded(*views):
    rows = [
        {"id": f"D{n}", "place": "", "said_by": "", "wording": "", "whom": whom}
        | {view: int(view[0] in letters) for view in orientation.VIEWS}
        for n, (letters, whom) in enumerate(views)
    ]
    return pd.DataFrame(rows)


def test_definitions_are_compared_pair_by_pair():
    # tp and s have nothing in common; tps shares with both: of 3 pairs 1 apart.
    found = orientation.definitions(coded(("tp", "all"), ("s", "few"), ("tps", "all")))
    assert (found.pairs, found.apart, found.complete, found.whom) == (3, 1, 1, 2)
    assert found.by_view["definitions"].to_list() == [2, 2, 2]
    assert "Of 3 definitions 1 rest" in claims.definitions_claim(found)


def test_the_definitions_that_come_with_the_suite_disagree_on_strategy_or_tool():
    table = orientation.definitions().table.set_index("place")
    assert table.loc["001:38", "strategy"]
    assert not table.loc["001:91", "strategy"]
    assert table.index.is_unique


def campaign_world(seed, effect):
    """Two randomised campaigns of unlike size and response, and one that chose its customers."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, n, kept_back, base in (("C1", 800, 0.5, 0.1), ("C2", 300, 0.2, 0.4), ("C3", 100, 0.0, 0.9)):
        treated = rng.random(n) >= kept_back
        response = rng.random(n) < base + effect * treated * (name != "C3")
        rows += [
            {"campaign_id": name, "arm": "treat" if t else "do_nothing", "response": bool(r), "cost": 2.0 * t}
            for t, r in zip(treated, response, strict=True)
        ]
    plans = [
        {"campaign_id": name, "programme": "growth", "fixed_cost": 100.0, "randomised": name != "C3"}
        for name in ("C1", "C2", "C3")
    ]
    return orientation.programmes(clean(plans), clean(rows), window=WINDOW)[0]


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "hits"), [(0.08, range(179, 199)), (0.0, range(179, 199))])
def test_the_effect_of_a_programme_is_found_as_often_as_promised(effect, hits):
    assert sum(campaign_world(seed, effect).effect.contains(effect) for seed in range(200)) in hits


def test_a_programme_counts_what_it_cost_and_compares_only_by_chance():
    found = campaign_world(1, 0.2)
    assert (found.campaigns, found.compared) == (3, 2)
    assert found.cost == pytest.approx(300 + 2 * found.contacted)
    assert found.effect.low > 0
    assert found.share_of_budget == 1
    assert "responded more often" in claims.effect_claim(found)
    assert found.cost_per_extra > 2 / 0.3


def test_without_an_effect_the_sentence_says_so():
    found = campaign_world(3, 0.0)
    assert "cannot be told from none" in claims.effect_claim(found)
    assert found.cost_per_extra is None


def test_a_programme_that_left_nobody_alone_has_no_effect_to_tell():
    plans = [{"campaign_id": "C", "programme": "loyalty", "fixed_cost": 5.0, "randomised": True}]
    rows = [{"campaign_id": "C", "arm": "treat", "response": True, "cost": 1.0}]
    (found,) = orientation.programmes(clean(plans), clean(rows), window=WINDOW)
    assert found.effect is None
    assert "cannot be told" in claims.effect_claim(found)


def sales(values):
    rows = [
        {"customer_id": name, "date": "2023-06-01", "amount": amount, "cost": cost}
        for name, (amount, cost) in values.items()
    ]
    return clean(rows)


def test_attention_orders_by_margin_and_looks_at_the_year_after():
    # Margins 1 to 10 against revenues that run the other way: fifths are by margin.
    shop = sales({f"K{n}": (1000 - n, 1000 - 2 * n) for n in range(1, 11)})
    rows = [
        {"customer_id": name, "date": day, "arm": arm}
        for name, day, arm in [
            ("K10", "2024-12-30", "treat"),
            ("K9", "2024-03-01", "treat"),
            ("K1", "2024-03-01", "do_nothing"),
            ("K2", "2023-03-01", "treat"),
        ]
    ]
    found = orientation.contacted_by_value(shop, clean(rows))
    assert found.table["customers"].to_list() == [2] * 5
    assert found.table["value"].to_list() == [1.5, 3.5, 5.5, 7.5, 9.5]
    assert found.table["contacted"].to_list() == [0, 0, 0, 0, 2]
    assert "cannot be told" in claims.attention_claim(found)


def test_attention_says_which_way_it_runs():
    people = {f"K{n:03}": (n, 0) for n in range(1, 201)}
    best = [{"customer_id": f"K{n:03}", "date": "2024-06-01", "arm": "treat"} for n in range(161, 201)]
    found = orientation.contacted_by_value(sales(people), clean(best))
    assert "attention follows value" in claims.attention_claim(found)
    worst = [{"customer_id": f"K{n:03}", "date": "2024-06-01", "arm": "treat"} for n in range(1, 41)]
    found = orientation.contacted_by_value(sales(people), clean(worst))
    assert "runs against value" in claims.attention_claim(found)


def test_attention_needs_approaches_and_buyers():
    people = sales({f"K{n}": (n, 0) for n in range(1, 11)})
    nobody = clean([{"customer_id": "K1", "date": "2024-06-01", "arm": "do_nothing"}])
    late = clean([{"customer_id": "K1", "date": "2030-06-01", "arm": "treat"}])
    assert orientation.contacted_by_value(people, nobody) is None
    assert orientation.contacted_by_value(people, late) is None


def test_touchpoints_count_every_table_that_is_there():
    tickets = clean([{"customer_id": "a", "channel": "phone"}, {"customer_id": "a", "channel": "phone"}])
    found = orientation.touchpoints({"tickets": tickets, "transactions": sales({"a": (1, 0)})})
    assert found[["table", "way", "meetings", "customers"]].fillna("").to_numpy().tolist() == [
        ["transactions", "", 1, 1],
        ["tickets", "phone", 2, 1],
    ]
    assert orientation.touchpoints({}).empty


@pytest.mark.parametrize(
    ("n", "ends"),
    [
        (5, (np.nan, np.nan)),  # outside all five: 2 / 2⁵ = 6.3 %
        (6, (1, 6)),  # 2 / 2⁶ = 3.1 %
        (10, (2, 9)),  # 2 · (1 + 10) / 2¹⁰ = 2.1 %; the 3rd and 8th would be outside with 10.9 %
    ],
)
def test_the_interval_of_a_median_lies_between_order_statistics(n, ends):
    found = median_interval(np.arange(1.0, n + 1))
    assert found[0] == (n + 1) / 2
    assert found[1:] == pytest.approx(ends, nan_ok=True)


def test_the_interval_of_a_median_holds_it_as_often_as_promised():
    rng = np.random.default_rng(5)
    draws = [median_interval(rng.exponential(size=25)) for _ in range(2_000)]
    share = np.mean([low <= np.log(2) <= high for _, low, high in draws])
    # Exact for 25: between the 8th and the 18th value with 95.67 %.
    assert abs(share - 0.9567) < 4 * np.sqrt(0.9567 * 0.0433 / 2_000)


def all_tables(seed=0, effect=50.0):
    rng = np.random.default_rng(seed)
    people = {f"K{n:02}": (100.0 + n, 0.0) for n in range(20)}
    customers = [
        {"customer_id": name, "believed_value": "high" if n >= 15 else "low", "region": "x" if n else None}
        for n, name in enumerate(people)
    ]
    treated = rng.random(400) < 0.5
    contacts = [
        {"campaign_id": "C", "arm": "treat" if t else "do_nothing", "revenue": r + effect * t, "cost": 1.0 * t}
        for t, r in zip(treated, rng.exponential(10, 400), strict=True)
    ]
    return {
        "transactions": sales(people),
        "customers": clean(customers),
        "campaigns": clean([{"campaign_id": "C", "randomised": True, "fixed_cost": 100.0}]),
        "contacts": clean(contacts),
        "tickets": clean([{"hours_to_first_response": float(hours)} for hours in range(1, 11)]),
    }


def test_each_goal_has_its_measure():
    found = orientation.goals(all_tables(), margin_rate=0.5, window=WINDOW)
    know, keep, measure, quick, earn = (one.estimate for one in found)
    assert (know.value, know.n) == (4 / 5, 5)  # K15 to K19 are taken to be high, K16 to K19 are the best fifth
    assert (keep.value, keep.n) == (19 / 20, 20)
    assert measure.value == 1
    assert (quick.value, quick.low, quick.high) == (5.5, 2, 9)
    n_treated = all_tables()["contacts"].filter(lambda rows: rows.arm == "treat").count().to_pyarrow().as_py()
    # About 50 more for each treated, of which half is margin, over 100 + 1 for each treated.
    assert earn.low < 0.5 * 50 * n_treated / (100 + n_treated) - 1 < earn.high
    assert "All five goals" in claims.goals_claim(found)
    assert orientation.goal_table(found)["owner"].notna().all()


def test_what_a_goal_lacks_is_said():
    found = orientation.goals({"transactions": sales({"a": (1, 0)})}, margin_rate=None, window=WINDOW)
    assert all(one.estimate is None and one.lacking for one in found)
    assert "0 of the five goals" in claims.goals_claim(found)
    assert "not known, for it needs tickets" in claims.measured(found[3])


@pytest.mark.slow
def test_the_return_on_campaigns_is_held_by_its_interval_as_often_as_promised():
    hits = 0
    for seed in range(200):
        earn = orientation.goals(all_tables(seed, 3.0), margin_rate=0.5, window=WINDOW)[4].estimate
        n_treated = int((np.random.default_rng(seed).random(400) < 0.5).sum())
        hits += earn.contains(0.5 * 3 * n_treated / (100 + n_treated) - 1)
    assert hits in range(179, 199)


NEEDS = {
    "how much?": {"transactions": ["customer_id", "amount"]},
    "who?": {"customers": ["customer_id", "name"]},
    "why?": {"tickets": ["customer_id", "resolved"], "customers": ["customer_id"]},
}


def test_a_list_of_contacts_answers_only_who():
    table = orientation.answerable(NEEDS, {"transactions": ["customer_id", "amount"]})
    contacts, purchases, held = table.columns[1:]
    assert table[contacts].to_list() == [False, True, False]
    assert table[purchases].to_list() == [True, False, False]
    assert table[held].to_list() == [True, False, False]
    assert "a list of contacts can answer 1" in claims.contact_list_claim(table)


def test_missing_data_are_asked_for_in_the_order_of_what_waits():
    found = orientation.missing_data(NEEDS, {"transactions": ["customer_id", "amount"], "tickets": ["customer_id"]})
    assert found.to_dict(orient="records") == [
        {"table": "customers", "columns": "customer_id, name", "questions": 2},
        {"table": "tickets", "columns": "resolved", "questions": 1},
    ]
    assert "Ask for `customers` first: 2 questions" in claims.missing_claim(found)
    everything = {table: columns for needs in NEEDS.values() for table, columns in needs.items()}
    everything["customers"] = ["customer_id", "name"]
    none = orientation.missing_data(NEEDS, everything)
    assert none.empty
    assert "is there" in claims.missing_claim(none)


def test_every_table_is_listed_with_how_much_of_it_is_there():
    found = orientation.tables_held({"transactions": ["customer_id", "date", "excluded_by"]}).set_index("table")
    assert found.loc["transactions", ["held", "columns"]].to_list() == [True, 2]
    assert not found.drop(index="transactions")["held"].any()


def test_learning_by_hand_and_by_simulation():
    # Uniform preferences: variance 1/12, after ten answers 2 / 12 of it.
    assert orientation.prediction_error(1, 1, 0) == pytest.approx(np.sqrt(1 / 12))
    assert orientation.prediction_error(1, 1, 10) == pytest.approx(np.sqrt(1 / 12 * 2 / 12))
    curve = orientation.learning_curve(np.random.default_rng(3), a=2, b=3, answers=[0, 5, 40])
    assert curve["error"].to_numpy() == pytest.approx(curve["formula"].to_numpy(), rel=0.03)
    assert curve["error"].is_monotonic_decreasing


def test_where_all_are_alike_there_is_nothing_to_learn():
    curve = orientation.learning_curve(np.random.default_rng(3), a=500, b=500, answers=[0, 50])
    assert curve["error"].iloc[1] > 0.9 * curve["error"].iloc[0]
    assert curve["average"].max() < 0.02


def test_learning_needs_a_mixture():
    with pytest.raises(ParameterError, match="a 0 and b 1 must be above zero"):
        orientation.prediction_error(0, 1, 3)
