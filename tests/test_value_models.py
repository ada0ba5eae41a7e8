"""Models side by side: the ladder and its choice, tracking, back-tests, spend that depends on frequency."""

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest

from crmlab import suite
from crmlab.analyses import value as v
from crmlab.analyses.value import log as logs
from crmlab.analyses.value import scoring
from crmlab.analyses.value.expected import mean_spend, newcomer_spend
from crmlab.estimate import Estimate
from crmlab.models import expected_purchases_new_customer, fit_nbd
from crmlab.simulate import bgnbd_histories
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

CDNOW = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
UNTIL, SPLIT = date(1998, 6, 30), date(1997, 9, 30)
START, END = date(2020, 1, 1), date(2021, 12, 31)
DRAWS = 200
ABOUT = {"n": 9, "level": 0.95, "method": "m", "denominator": "d", "window": "w"}
BETTER = v.Score(
    forecast=Estimate(value=100, low=90, high=110, **ABOUT),
    naive=150,
    actual=100,
    rmse=1,
    rmse_naive=2,
    gain=Estimate(value=1, low=0.5, high=1.5, **ABOUT),
)


def rng(seed: int = 20) -> np.random.Generator:
    return np.random.default_rng(seed)


def log_of(*rows: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return clean_table(frame.assign(date=pd.to_datetime(frame["date"])))


@cache
def cdnow() -> ibis.Table:
    frame = pd.read_csv(CDNOW, dtype={"customer_id": str, "sample_id": str}, parse_dates=["date"])
    return clean_table(frame[["customer_id", "date", "amount"]])


@cache
def cdnow_checked() -> v.HoldOut:
    return v.hold_out(cdnow(), observed_until=UNTIL, holdout_days=273, rng=rng(), n_draws=DRAWS)


@cache
def cdnow_ladder() -> v.Ladder:
    return v.ladder(cdnow_checked())


@cache
def world(delta: float = 0.0, a: float = 0.793, seed: int = 20) -> ibis.Table:
    """Customers of whom those with x repeat purchases spend x^δ times as much as those with one."""
    made = bgnbd_histories(rng(seed), n_customers=2500, start=START, observed_until=END, a=a)
    rows = made.transactions
    repeats = rows.groupby("customer_id")["amount"].transform("size") - 1
    return clean_table(rows.assign(amount=(rows["amount"] * np.maximum(repeats, 1) ** delta).round(2)))


@cache
def in_world(delta: float = 0.0, a: float = 0.793) -> tuple[pd.DataFrame, v.Fit, v.HoldOut]:
    customers = customer_summary(world(delta, a), observed_until=END)
    checked = v.hold_out(world(delta, a), observed_until=END, holdout_days=182, rng=rng(), n_draws=DRAWS)
    # Whether the models beat the naive forecast is not what is asked here.
    return customers, v.fit_both(customers), replace(checked, purchases=BETTER, value=BETTER)


# --- the ladder ------------------------------------------------------------------------------------------------


def test_the_ladder_on_cdnow_is_that_of_the_papers() -> None:
    # Fader, Hardie and Lee (2005), Marketing Science 24(2), Table 2: BG/NBD −9,582.4, Pareto/NBD −9,595.0, and 4
    # parameters each: AIC 2·4 + 2·9,582.4 = 19,172.8, BIC 4·ln 2,357 + 19,164.8 = 31.06 + 19,164.8 = 19,195.9.
    table = cdnow_ladder().table.set_index("model")
    assert table.loc["BG/NBD", "log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    assert table.loc["Pareto/NBD", "log_likelihood"] == pytest.approx(-9595.0, abs=0.05)
    assert table.loc["BG/NBD", ["parameters", "aic", "bic"]].tolist() == pytest.approx([4, 19172.8, 19195.9], abs=0.1)
    assert table.loc["NBD", "parameters"] == 2
    assert (table["expected"] / (1 + table["error"])).tolist() == pytest.approx([1882] * len(table))
    assert table.loc["period_before", "expected"] == 2457
    assert table.loc[["period_before", "formula"], "log_likelihood"].isna().all()
    assert table.loc["BG/NBD", "rmse"] == pytest.approx(cdnow_checked().purchases.rmse)


def test_dropout_on_cdnow_is_beyond_doubt_and_bic_ties_two_models() -> None:
    found = cdnow_ladder()
    assert (found.nested["p_value"] < 1e-50).all()
    assert found.tied == ("BG/NBD", "MBG/NBD")  # −9,582.4 and −9,582.1: twice .3 is below 2
    rmse = found.table.set_index("model")["rmse"]
    assert (found.why, found.choice) == ("holdout", rmse[list(found.tied)].idxmin())
    assert "cannot tell BG/NBD and MBG/NBD apart" in v.comparisons.choice_claim(found, "BG/NBD")
    assert "does not go with these purchases" in v.comparisons.dropout_claim(found)


def test_where_nobody_leaves_the_simplest_model_is_chosen() -> None:
    found = v.ladder(in_world(a=0.0)[2])
    assert (found.choice, found.why) == ("NBD", "nobody_leaves")
    assert "as well as chance allows" in v.comparisons.dropout_claim(found)
    assert "the simplest will do: NBD" in v.comparisons.choice_claim(found, "BG/NBD")


def test_dropout_is_tested_by_the_gain_over_the_nbd() -> None:
    # A gain of 2.5692 is the 95 % point where nobody leaves; less than the NBD is no gain.
    small = fit_nbd(in_world()[0])
    big, other = (
        replace(model, log_likelihood=small.log_likelihood + gain)
        for model, gain in zip(cdnow_ladder().models[1:], (2.56920, -1.0), strict=False)
    )
    found = v.dropout_tests([small, big, other])
    assert found["model"].tolist() == ["BG/NBD", "MBG/NBD"]
    assert found["statistic"].tolist() == pytest.approx([5.1384, 0])
    assert found["p_value"].tolist() == pytest.approx([0.05, 1], abs=1e-4)
    assert v.dropout_tests([big]).empty


def rung(model: str, bic: float, rmse: float, *, usable: bool = True) -> dict[str, object]:
    return {"model": model, "bic": bic, "rmse": rmse, "usable": usable}


@pytest.mark.parametrize(
    ("rows", "p_value", "choice", "why"),
    [
        ([rung("NBD", 90, 2), rung("BG/NBD", 100, 1)], 0.2, "NBD", "nobody_leaves"),
        ([rung("NBD", 120, 2), rung("BG/NBD", 100, 1), rung("MBG/NBD", 101, 0.9)], 0.01, "MBG/NBD", "holdout"),
        ([rung("NBD", 120, 2), rung("BG/NBD", 100, 1), rung("MBG/NBD", 102, 0.9)], 0.01, "BG/NBD", "likelihood"),
        ([rung("NBD", 120, 2, usable=False), rung("BG/NBD", 100, 1)], 0.01, "BG/NBD", "only"),
        ([rung("NBD", 120, 2, usable=False)], 0.01, None, "none"),
    ],
)
def test_the_rule_of_the_choice(rows: list, p_value: float, choice: str | None, why: str) -> None:
    from crmlab.analyses.value.ladder import _choice  # noqa: PLC0415 - the rule itself, without fits

    nested = pd.DataFrame({"model": ["BG/NBD"], "statistic": [1.0], "p_value": [p_value]})
    assert _choice(pd.DataFrame(rows), nested)[:2] == (choice, why)
    found = replace(cdnow_ladder(), choice=choice, why=why, tied=("BG/NBD", "MBG/NBD"))
    assert "nan" not in v.comparisons.choice_claim(found, "BG/NBD")


def test_the_formula_as_a_forecast_by_hand() -> None:
    # Two customers seen for 4 years each, 5 orders worth 80: 16 an order, 5 / 8 orders a year. Of half a year (182.625
    # days) that is .3125 orders and 5; of ten years it is cut at 4, the longest guess at a lifetime: 2.5 and 40.
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "repeats": [3, 0],
            "t_x": [1461, 0],
            "T": [1461, 1461],
            "days_since_last": [0, 1461],
            "total_value": [60.0, 20.0],
        }
    )
    short, long = v.formula_forecast(customers, days=182.625), v.formula_forecast(customers, days=3652)
    assert (short.purchases, short.value) == pytest.approx((0.3125, 5))
    assert (long.purchases, long.value) == pytest.approx((2.5, 40))


# --- tracking --------------------------------------------------------------------------------------------------


def test_the_tracking_line_is_the_sum_of_what_is_expected_of_each() -> None:
    model = cdnow_checked().fit.buying
    table = v.track(cdnow(), [model], known_by=SPLIT, observed_until=UNTIL)
    assert table["actual"].iloc[-1] == 2457 + 1882
    each = expected_purchases_new_customer(model, days=cdnow_checked().known["T"].to_numpy() + 273)
    assert table["BG/NBD"].iloc[-1] == pytest.approx(each.sum(), rel=1e-3)
    weeks = v.by_week(table)
    assert weeks[["actual", "BG/NBD"]].sum().tolist() == pytest.approx(table[["actual", "BG/NBD"]].iloc[-1].tolist())


def test_weeks_by_hand() -> None:
    # Ann's repeats are on days 61 and 153 (weeks 9 and 22), Cat's on day 157 (week 23); the last week of 182 days is
    # whole, and one of 183 days has a day too many.
    rows = (
        ("ann", "2020-01-01", 10.0),
        ("ann", "2020-03-01", 20.0),
        ("ann", "2020-06-01", 30.0),
        ("cat", "2020-06-01", 7.0),
        ("cat", "2020-06-05", 8.0),
    )
    table = v.track(log_of(*rows), [], known_by=date(2020, 6, 4), observed_until=date(2020, 7, 1))
    weeks = v.by_week(table)
    assert (len(table), len(weeks)) == (27, 26)
    assert {int(week): weeks["actual"].iloc[week] for week in np.flatnonzero(weeks["actual"])} == {8: 1, 21: 1, 22: 1}


# --- groups ----------------------------------------------------------------------------------------------------


def test_frequency_groups_by_hand() -> None:
    told = pd.DataFrame({"one": [1.0, 3.0, 5.0, 9.0]})
    found = v.frequency_groups([0, 0, 7, 12], [0, 2, 4, 8], told)
    # 0: actual mean 1, told 2. 7 and 12 are one group: 6 and 7. Student of (0, 2): 1 ± 12.7062, cut at 0.
    assert found[["repeats", "customers", "actual", "one"]].to_numpy().tolist() == [[0, 2, 1, 2], [7, 2, 6, 7]]
    assert (found["low"].iloc[0], found["high"].iloc[0]) == pytest.approx((0, 13.7062), abs=1e-3)


def test_groups_hold_everybody_and_average_to_the_totals() -> None:
    checked = cdnow_checked()
    found = v.frequency_groups(checked.known["repeats"], checked.customers["purchases"], cdnow_ladder().forecasts)
    assert found["customers"].sum() == 2357
    assert (found["customers"] * found["actual"]).sum() == pytest.approx(1882)
    assert (found["customers"] * found["BG/NBD"]).sum() == pytest.approx(checked.purchases.forecast.value)


# --- who bought once -------------------------------------------------------------------------------------------


def test_who_bought_once_is_certain_in_bgnbd_and_not_in_mbgnbd() -> None:
    table = v.alive_once(cdnow_ladder().models, cdnow_checked()).set_index("model")
    assert (table["customers"] == 1411).all()  # the papers' zero class
    assert table.loc["BG/NBD", ["p_alive", "least", "most"]].tolist() == [1, 1, 1]
    assert 0.2 < table.loc["MBG/NBD", "least"] < table.loc["MBG/NBD", "most"] < 0.8
    # Of MBG/NBD by hand: a customer who bought once is still there with 1 / (1 + a/b · ((α + T) / α)^r).
    params = cdnow_ladder().models[2].params
    weeks = cdnow_checked().known.loc[cdnow_checked().known["repeats"] == 0, "T"].max() / 7
    odds = params["a"] / params["b"] * ((params["alpha"] + weeks) / params["alpha"]) ** params["r"]
    assert table.loc["MBG/NBD", "least"] == pytest.approx(1 / (1 + odds), rel=1e-6)
    returned = v.came_back(cdnow_checked())
    assert returned.n == 1411
    said = v.comparisons.once_claim(table.reset_index(), returned)
    assert "BG/NBD is certain of it by construction" in said
    assert "MBG/NBD gives it" in said


def test_where_everybody_bought_again_nothing_is_certain_by_construction() -> None:
    checked = replace(cdnow_checked(), known=cdnow_checked().known.query("repeats > 0"))
    assert v.alive_once(cdnow_ladder().models, checked).empty
    assert "Nobody bought just once" in v.comparisons.once_claim(v.alive_once([], checked), v.came_back(checked))


# --- back-tests ------------------------------------------------------------------------------------------------


def test_back_tests_begin_half_a_hold_out_earlier_each_and_see_nothing_after() -> None:
    checked = v.hold_out(cdnow(), observed_until=UNTIL, holdout_days=182, rng=rng(), n_draws=DRAWS)
    found = v.back_test(cdnow(), checked, rng=rng(), n_draws=DRAWS)
    assert found.table["split"].tolist() == [checked.split - timedelta(days=91 * back) for back in (2, 1, 0)]
    assert found.table["actual"].iloc[-1] == checked.purchases.actual
    early = v.back_test(
        logs.until_day(cdnow(), date(1998, 3, 31)),
        v.hold_out(cdnow(), observed_until=date(1998, 3, 31), holdout_days=182, rng=rng(), n_draws=DRAWS),
        rng=rng(),
        n_draws=DRAWS,
    )
    # The same origin from a shorter log: the model and the actual total are the same, chance is not.
    same = ["split", "customers", "actual", "expected", "error", "naive_error"]
    ours, theirs = found.table.iloc[1][same].tolist(), early.table.iloc[-1][same].tolist()
    assert ours[0] == theirs[0]
    assert ours[1:] == pytest.approx(theirs[1:])
    # A third origin would have less than 182 days before it, counted from the log's first.
    assert len(v.back_test(cdnow(), checked, origins=9, rng=rng(), n_draws=DRAWS).table) == 3
    assert "From 3 origins" in v.comparisons.back_test_claim(found)
    assert "not independent trials" in v.comparisons.back_test_claim(found)


def test_without_a_model_back_tests_say_so() -> None:
    rows = [(f"c{i:03d}", f"2020-{1 + i % 6:02d}-05", 10.0) for i in range(150)]
    checked = v.hold_out(log_of(*rows), observed_until=date(2021, 6, 30), holdout_days=120, rng=rng())
    found = v.back_test(log_of(*rows), checked, rng=rng())
    assert found.table["expected"].isna().all()
    assert v.comparisons.back_test_claim(found) == "From no origin could a model be used."
    ladder = v.ladder(checked)
    assert ladder.choice is None
    assert "None of the models" in v.comparisons.choice_claim(ladder, "BG/NBD")


# --- spend and frequency ---------------------------------------------------------------------------------------


def test_planted_dependence_is_found_used_and_said() -> None:
    customers, fit, checked = in_world(delta=0.4)
    assert fit.dependent
    assert fit.independence.elasticity.value == pytest.approx(0.4, abs=0.08)
    assert v.settled(fit, checked) is fit
    said = v.spend_claim(fit, checked)
    assert "independence of frequency is rejected (likelihood-ratio test, p below 0.001)" in said
    assert "The forecast uses the model that allows for it" in said
    known = v.outlook(
        world(0.4), customers, fit, checked, v.Basis(currency="EUR"), observed_until=END, horizon_months=6, rng=rng()
    )
    spend = v.tornado(known, fit, customers, checked).table.set_index("factor").loc["spend"]
    assert {spend["low_setting"], spend["high_setting"]} == {"dependent on frequency", "independent of it"}


def test_where_spend_is_independent_gamma_gamma_stays() -> None:
    customers, fit, checked = in_world()
    assert not fit.dependent
    assert fit.spending is fit.independent
    assert "is not rejected" in v.spend_claim(fit, checked)
    known = v.outlook(
        world(), customers, fit, checked, v.Basis(currency="EUR"), observed_until=END, horizon_months=6, rng=rng()
    )
    assert "spend" not in set(v.tornado(known, fit, customers, checked).table["factor"])


def test_the_hold_out_overrules_a_dependence_that_foresees_worse() -> None:
    _, fit, checked = in_world(delta=0.4)
    worse = Estimate(value=-2, low=-3, high=-1, **ABOUT)
    overruled = replace(checked, spend_gain=worse)
    assert v.settled(fit, overruled).spending is fit.independent
    assert "foresaw revenue worse" in v.spend_claim(v.settled(fit, overruled), overruled)
    assert v.settled(fit, replace(checked, spend_gain=replace(worse, high=1.0))).dependent
    # On CDNOW it does: the scores are then those of independent spend.
    assert cdnow_checked().spend_worse == (not cdnow_checked().fit.dependent)


def test_a_new_customers_spend_counts_each_number_of_purchases_by_its_purchases() -> None:
    fit = in_world(delta=0.4)[1]
    n = np.arange(1, 400)
    shares = n * fit.buying.counts(n, np.array(365.0))
    by_hand = float(shares @ [mean_spend(fit.spending, float(number)) for number in n] / shares.sum())
    found = newcomer_spend(fit.buying, fit.spending, 365.0)
    assert found == pytest.approx(by_hand, rel=1e-3)
    assert found > mean_spend(fit.spending)
    independent = newcomer_spend(fit.buying, fit.independent, 365.0)
    assert independent == mean_spend(fit.independent) == mean_spend(fit.independent, 9.0)


def test_another_model_can_forecast_and_hands_on_what_it_knows_of_one_time_buyers() -> None:
    customers = in_world()[0]
    fit = v.fit_both(customers, model="MBG/NBD")
    checked = v.hold_out(world(), observed_until=END, holdout_days=182, rng=rng(), model="MBG/NBD", n_draws=DRAWS)
    assert checked.model == "MBG/NBD"
    known = v.outlook(
        world(), customers, fit, checked, v.Basis(currency="EUR"), observed_until=END, horizon_months=6, rng=rng()
    )
    if known.kind == "model":
        listed = v.customer_value(known)
        once = listed[listed["reason"].str.startswith("bought once; still a customer with probability")]
        assert len(once) == (customers["repeats"] == 0).sum()
        assert once["p_alive"].between(0, 1, inclusive="neither").all()


# --- value as a map --------------------------------------------------------------------------------------------


def test_the_map_turns_where_customers_leave_and_not_where_nobody_does() -> None:
    customers, fit, _ = in_world()
    found = v.value_map(fit, customers, v.Basis(currency="EUR", margin_rate=0.5), horizon_days=365)
    assert found.value.shape == (len(found.repeats), len(found.t_x))
    assert (np.diff(found.value, axis=1) > 0).all()  # who bought later is worth more
    assert (np.diff(found.value[:, -1]) > 0).all()  # of those who have just bought, the frequent are
    at, best, most = found.turn
    assert found.value[most, at] < found.value[best, at]
    assert "has probably left" in v.comparisons.value_map_claim(found, v.Basis(currency="EUR"))
    # By hand for NBD: a rate of (r + 3) / (α + T) a week for who bought again three times, whenever that was.
    nobody = replace(fit, buying=fit_nbd(customers))
    flat = v.value_map(nobody, customers, v.Basis(currency="EUR"), horizon_days=365)
    assert not flat.turns
    params = nobody.buying.params
    rate = (params["r"] + 3) / (params["alpha"] + flat.T / 7) * 365 / 7
    spend = mean_spend(fit.spending, 3.0)
    assert flat.value[2] == pytest.approx([rate * spend] * len(flat.t_x))
    assert "At every silence, who bought oftener is worth more" in v.comparisons.value_map_claim(
        flat, v.Basis(currency="EUR")
    )


def test_the_map_discounts_and_needs_a_model() -> None:
    customers, fit, _ = in_world()
    plain = v.value_map(fit, customers, v.Basis(currency="EUR"), horizon_days=365)
    rate = v.Basis(currency="EUR", discount_rate_per_year=0.2, discount_rate_kind="real")
    assert (v.value_map(fit, customers, rate, horizon_days=365).value < plain.value).all()
    empty = v.Fit(buying=None, spending=None, problems=("It failed.",), notes=())
    assert v.value_map(empty, customers, rate, horizon_days=365) is None
    assert "Without a model" in v.comparisons.value_map_claim(None, rate)


def known_of(values: list[float], repeats: list[int]) -> v.Outlook:
    total = Estimate(
        value=sum(values), low=None, high=None, n=len(values), level=0.95, method="m", denominator="d", window="w"
    )
    ids = [f"c{i}" for i in range(len(values))]
    return v.Outlook(
        kind="model",
        demoted=False,
        customers=pd.DataFrame({"customer_id": ids, "value": values, "repeats": repeats}),
        total=total,
        purchases=total,
        buyers=None,
        basis=v.Basis(currency="EUR"),
        horizon_months=12,
    )


def test_cells_by_hand() -> None:
    known = known_of([60.0, 20, 10, 4, 6], [6, 4, 2, 0, 0])
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(5)],
            "days_since_last": [1, 10, 100, 50, 60],
            "mean_repeat_value": [9.0, 5.0, 7.0, np.nan, np.nan],
        }
    )
    cells = v.rfm_cells(known, customers).set_index(["recency", "frequency", "monetary"])
    # Thirds of three who bought again; the two who did not are one cell, of 5 each and 10 of 100.
    assert cells.loc[(3, 3, 3), ["customers", "mean_value", "share_of_value"]].tolist() == [1, 60, 0.6]
    assert cells.loc[(2, 2, 1), "mean_value"] == 20
    assert cells.loc[(1, 1, 2), "mean_value"] == 10
    assert cells.loc[(0, 0, 0), ["customers", "mean_value", "share_of_value"]].tolist() == [2, 5, 0.1]
    said = v.comparisons.cells_claim(cells.reset_index(), known.basis)
    assert "bring 60.00 EUR each and 60.0 % of all; the 2 who bought once bring 5.00 EUR each and 10.0 %" in said
    table = v.rfm_table(cells.reset_index())
    assert table[["recency", "frequency", "customers"]].to_numpy().tolist() == [[3, 3, 1], [2, 2, 1], [1, 1, 1]]
    assert table["high"].tolist()[0] == 60
    assert math.isnan(table["low"].tolist()[0])


def test_cells_hold_everybody_whatever_the_order_and_without_anybody_who_came_back() -> None:
    customers, fit, checked = in_world()
    known = v.outlook(
        world(), customers, fit, checked, v.Basis(currency="EUR"), observed_until=END, horizon_months=6, rng=rng()
    )
    cells = v.rfm_cells(known, customers)
    assert cells["customers"].sum() == len(customers)
    assert cells["value"].sum() == pytest.approx(known.customers["value"].sum())
    pd.testing.assert_frame_equal(cells, v.rfm_cells(known, customers.sample(frac=1, random_state=1)))
    nobody = known_of([0.0, 0.0], [0, 0])
    once = customers.head(2).assign(customer_id=["c0", "c1"])
    cells = v.rfm_cells(nobody, once)
    assert v.rfm_table(cells).empty
    assert "do not hold enough" in v.comparisons.cells_claim(cells, nobody.basis)


@pytest.mark.slow
def test_a_frequency_groups_interval_covers_the_mean_in_179_to_198_of_200_worlds() -> None:
    hits = 0
    for seed in range(200):
        chance = rng(seed)
        rates = chance.gamma(0.7, 2.0, 300)
        told = pd.DataFrame({"model": rates})
        found = scoring.frequency_groups(np.zeros(300), chance.poisson(rates), told)
        hits += found["low"].iloc[0] <= 1.4 <= found["high"].iloc[0]
    assert 179 <= hits <= 198, hits
