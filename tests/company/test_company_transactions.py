"""The sales records as they are written: returns, channels, sellers, what an export gets wrong, and the schema."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.discrete.conditional_models import ConditionalLogit

from crmlab.client import Client
from crmlab.company import setting, transactions
from crmlab.company.made import Made, table
from crmlab.company.months import month_of
from crmlab.company.setting import SCENARIOS
from crmlab.company.transactions import TransactionsWorld
from crmlab.tables.schema import BY_NAME

WEB_SD = 0.8  # of customers' own leaning to the web, by the mechanism


def day_of(wanted, lines):
    return (lines["date"] - pd.Timestamp(wanted.start)).dt.days


def test_nothing_comes_back_where_the_models_are_the_whole_truth(some):
    _, known = some("clean")
    assert (known.tables["transactions"]["amount"] > 0).all()
    assert not known.truth["lines"]["returned"].any()


@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_lines_come_back_at_the_rate_of_their_category(some, scenario):
    _, known = some(scenario)
    lines = known.truth["lines"].merge(known.truth["catalogue"], on="product_id")
    for _, of in lines.groupby("category"):
        rate = of["return_rate"].iloc[0]
        assert of["returned"].mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / len(of)))


@pytest.mark.slow
def test_intervals_cover_the_planted_rates_of_return(sales):
    hits = 0
    for seed in range(200):
        _, known = sales(300, seed, "null")
        lines = (
            known.truth["lines"].merge(known.truth["catalogue"], on="product_id").query("category == 'small_kitchen'")
        )
        interval = stats.binomtest(int(lines["returned"].sum()), len(lines)).proportion_ci(method="wilson")
        hits += interval.low <= lines["return_rate"].iloc[0] <= interval.high
    assert hits in range(179, 199)


def test_a_return_mirrors_a_line_that_was_sold_within_thirty_days(some):
    wanted, known = some("standard")
    lines = known.tables["transactions"]
    sold, back = lines[lines["amount"] > 0], lines[lines["amount"] < 0]
    seen = known.truth["lines"]["returned_on"]
    assert len(back) == seen.notna().sum()
    columns = ["customer_id", "product_id", "quantity", "amount", "cost"]
    mirrored = back.assign(**{name: -back[name] for name in ("quantity", "amount", "cost")})
    both = mirrored.merge(sold, on=columns, suffixes=("", "_sold"))
    assert len(both) >= len(back)
    waited = (both["date"] - both["date_sold"]).dt.days
    assert waited.between(1, 30).all()
    # Uniform on 1 to 30: mean 15.5, variance (30² − 1) / 12; less for what the window's end cuts off.
    early = both["date_sold"] <= pd.Timestamp(wanted.observed_until) - pd.Timedelta(days=30)
    assert waited[early].mean() == pytest.approx(15.5, abs=4 * np.sqrt(899 / 12 / early.sum()))
    share, n = wanted.world(TransactionsWorld).same_order, len(both)
    assert (both["order_id"] == both["order_id_sold"]).mean() == pytest.approx(
        share, abs=4 * np.sqrt(share * (1 - share) / n)
    )
    assert back["discount"].isna().all()
    assert sold["discount"].notna().all()


@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_the_web_grows_by_the_planted_pace(sales, scenario):
    wanted, known = sales(300, 4, scenario)
    orders = known.tables["transactions"].query("amount > 0").drop_duplicates("order_id")
    # Customers lean to the web by themselves: given how often each bought there, the likelihood is free of it
    # (Chamberlain 1980).
    on_web = orders["channel"] == "web"
    mixed = on_web.groupby(orders["customer_id"]).transform("nunique") == 2
    years = day_of(wanted, orders) / 365.25
    found = ConditionalLogit(
        on_web[mixed].astype(int), years[mixed].to_frame("years"), groups=orders["customer_id"][mixed]
    ).fit(disp=False)
    planted = wanted.world(TransactionsWorld).web_growth_per_year
    assert found.params.iloc[0] == pytest.approx(planted, abs=4 * found.bse.iloc[0])


def test_where_nothing_grows_channels_have_the_planted_shares(some):
    wanted, known = some("null")
    world, lines = wanted.world(TransactionsWorld), known.tables["transactions"]
    orders = lines[lines["amount"] > 0].drop_duplicates("order_id")
    by_customer = pd.crosstab(orders["customer_id"], orders["channel"], normalize="index")
    # The mean of a logit with a Normal part, by quadrature.
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    web = (weights / weights.sum()) @ (1 / (1 + np.exp(-np.log(world.web / (1 - world.web)) - WEB_SD * nodes)))
    for channel, planted in {"web": web, "phone": (1 - web) * world.phone / (1 - world.web)}.items():
        share = by_customer[channel]
        assert share.mean() == pytest.approx(planted, abs=4 * share.std() / np.sqrt(len(share)))


def test_only_firms_are_given_credit(some):
    _, known = some("standard")
    lines = known.tables["transactions"]
    kind = lines["customer_id"].map(known.truth["customers"].set_index("customer_id")["customer_type"])
    assert (lines.loc[kind == "person", "due_days"] == 0).all()
    orders = lines[(kind == "firm") & (lines["amount"] > 0)].drop_duplicates("order_id")["due_days"]
    for days, share in {0: 0.4, 30: 0.4, 60: 0.2}.items():
        assert (orders == days).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(orders)))


def staff(wanted):
    """Two branches in Tehran and one in Fars, each with somebody from the start and somebody hired in the middle."""
    branches = pd.DataFrame({"branch_id": ["B1", "B2", "B3"], "region": ["Tehran", "Tehran", "Fars"]})
    reps = pd.DataFrame(
        {
            "rep_id": ["R1", "R2", "R3", "R4", "R5"],
            "branch_id": ["B1", "B1", "B2", "B3", "B3"],
            "hired_on": wanted.date([-400, 700, 700, -10, 700]),
        }
    )
    return Made({"branches": table("branches", dict(branches)), "reps": table("reps", dict(reps))})


def test_a_branch_of_the_region_sells_and_somebody_it_has_on_the_day(sales):
    wanted = setting("tiny")
    wanted, known = sales(600, 5, "standard", also=staff(wanted))
    lines, reps = known.tables["transactions"], known.tables["reps"].set_index("rep_id")
    sold = lines[lines["amount"] > 0]
    region = sold["customer_id"].map(known.truth["customers"].set_index("customer_id")["region"])
    assert sold.loc[sold["channel"] == "web", ["branch_id", "rep_id"]].isna().all(axis=None)
    in_shop = sold[sold["channel"] != "web"]
    of = region[in_shop.index]
    assert set(in_shop.loc[of == "Tehran", "branch_id"]) == {"B1", "B2"}
    assert set(in_shop.loc[of == "Fars", "branch_id"]) == {"B3"}
    assert in_shop.loc[~of.isin(["Tehran", "Fars"]), "branch_id"].isna().all()
    by_rep = in_shop[in_shop["rep_id"].notna()]
    assert (by_rep["rep_id"].map(reps["branch_id"]) == by_rep["branch_id"]).all()
    assert (by_rep["rep_id"].map(reps["hired_on"]) <= by_rep["date"]).all()
    assert set(by_rep["rep_id"]) == set(reps.index)
    alone = in_shop[in_shop["branch_id"] == "B2"]
    assert (alone["rep_id"].isna() == (day_of(wanted, alone) < 700)).all()


def test_the_branch_that_serves_a_customer_sells_to_them(sales):
    wanted = setting("tiny")
    serving = {"customer_id": wanted.blocks[0].customer_ids, "branch_id": np.resize(["B1", "B3"], 300)}
    _, known = sales(300, 5, "standard", also=staff(wanted) | Made({"customers": table("customers", serving)}))
    lines = known.tables["transactions"].query("channel != 'web'")
    assert (lines["branch_id"] == lines["customer_id"].map(dict(zip(*serving.values(), strict=True)))).all()


def test_what_makes_analyses_stumble_is_there(sales, some):
    wanted, known = some("awkward")
    world, lines = wanted.world(TransactionsWorld), known.tables["transactions"]
    per_customer = lines.groupby("customer_id")["amount"].sum().sort_values()
    assert per_customer.index[-1] == "N000001"
    assert per_customer.iloc[-1] > 20 * per_customer.iloc[-2]
    region = known.truth["customers"].set_index("customer_id")["region"]
    orders = known.truth["purchases"]["customer_id"].map(region)
    assert (known.truth["buyers"].set_index("customer_id")["orders"][region.index[region == "Kerman"]] == 1).all()
    assert (orders == "Kerman").sum() == (region == "Kerman").sum()
    day = day_of(wanted, lines)
    assert (month_of(wanted, day) != world.lost_month).all()
    assert (month_of(wanted, known.truth["purchases"]["day"]) == world.lost_month).any()
    twice = lines.duplicated(keep=False)
    assert set(day[twice]) == set(range(world.copied_days[0], world.copied_days[1] + 1))
    margin = (lines["amount"] - lines["cost"]).groupby(lines["product_id"].map(category(known))).sum()
    assert list(margin.index[margin < 0]) == ["television"]
    assert (per_customer < 0).sum() == pytest.approx(20, abs=4 * np.sqrt(20))  # one in a hundred of 2,000


def category(known):
    return known.tables["products"].set_index("product_id")["category"]


@pytest.mark.parametrize(("scenario", "left_out"), [("clean", set()), ("awkward", {"exact_duplicate"})])
def test_the_rules_leave_out_what_was_exported_twice_and_nothing_else(sales, write_client, scenario, left_out):
    _, known = sales(300, 6, scenario)
    lines = known.tables["transactions"]
    columns = {name: name for name in lines}
    path = write_client(lines, columns=columns, observed_until="2025-03-20", currency="IRT")
    found = Client.open(path).table("transactions").excluded_by.to_pyarrow().to_pylist()
    assert len(found) == len(lines)
    assert set(found) - {None} == left_out
    assert len(found) - found.count(None) == lines.duplicated().sum()


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", ["economy", "market", "products", "prices", "transactions"])
def test_tables_keep_to_the_schema(some, scenario, name):
    _, known = some(scenario)
    declared, found = BY_NAME[name], known.tables[name]
    for column in declared.columns:
        if column.name not in found:
            assert not column.required
            continue
        values = found[column.name]
        assert not (column.required and not column.may_be_blank and values.isna().any())
        assert not column.allowed or values.dropna().isin(column.allowed).all()
        assert column.least is None or (values.dropna() >= column.least).all()
        assert column.most is None or (values.dropna() <= column.most).all()
    if declared.key:
        assert not found.duplicated(list(declared.key)).any()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_lines_are_in_the_window_and_of_known_customers_and_products(some, scenario):
    wanted, known = some(scenario)
    lines = known.tables["transactions"]
    assert lines["customer_id"].isin(known.truth["customers"]["customer_id"]).all()
    assert lines["product_id"].isin(known.tables["products"]["product_id"]).all()
    assert lines["date"].between(pd.Timestamp(wanted.start), pd.Timestamp(wanted.observed_until)).all()
    assert lines["date"].is_monotonic_increasing or scenario == "awkward"


def test_the_same_seed_makes_the_same_and_no_input_is_changed(sales):
    _, one = sales(200, 9, "awkward")
    wanted, other = sales(200, 9, "awkward")
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])
    before = {name: frame.copy() for name, frame in (other.tables | other.truth).items()}
    inputs = Made(
        {name: frame for name, frame in other.tables.items() if name != "transactions"},
        {name: frame for name, frame in other.truth.items() if name != "lines"},
    )
    transactions.make(wanted, inputs, wanted.blocks[0])
    for name, frame in (inputs.tables | inputs.truth).items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_customer_is_the_same_in_every_world(some):
    # Where only what the shop adds differs, the orders are the same: nothing comes back, or nothing is bought twice.
    _, clean = some("clean")
    _, null = some("null")
    pd.testing.assert_frame_equal(clean.truth["purchases"], null.truth["purchases"])
