"""Chances to leave, the logit and the Cox model: by hand, by published values, with planted truth."""

from datetime import date, timedelta
from itertools import pairwise

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm

from crmlab.analyses import churn
from crmlab.analyses.churn import logit as logit_module
from crmlab.errors import DataError, ParameterError
from crmlab.models import fit_mbgnbd, probability_alive
from crmlab.simulate import churn_world, leaky_table, mbgnbd_histories, sbg_contracts
from crmlab.summary import customer_summary
from crmlab.tables.frame import clean_table

UNTIL = date(2022, 12, 31)


def table(frame: pd.DataFrame) -> ibis.Table:
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    return ibis.memtable(rows.append_column("excluded_by", pa.nulls(len(frame), pa.string())))


def contracts(*rows: tuple[str, str, str | None, int]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end", "period_months"])
    frame["start"], frame["end"] = pd.to_datetime(frame["start"]), pd.to_datetime(frame["end"])
    return table(frame.assign(contract_id=[f"k{place}" for place in range(len(frame))]))


@pytest.fixture(scope="module")
def shop() -> dict[str, ibis.Table]:
    """Customers with purchases and contracts; contracts are sBG, purchases tell nothing of them."""
    world = mbgnbd_histories(
        np.random.default_rng(3),
        n_customers=1500,
        start=date(2020, 1, 1),
        observed_until=UNTIL,
        r=1.0,
        alpha=6.0,
        a=0.8,
        b=3.0,
        acquired_over_days=900,
    )
    signed = sbg_contracts(
        np.random.default_rng(4),
        n_customers=1500,
        start=date(2020, 1, 1),
        observed_until=UNTIL,
        alpha=2.0,
        beta=8.0,
        period="quarter",
        acquired_over_days=900,
    ).contracts
    ids = np.sort(world.transactions["customer_id"].unique())[: len(signed)]
    chance = np.random.default_rng(5)
    people = pd.DataFrame(
        {
            "customer_id": ids,
            "birth_date": pd.Timestamp("1980-01-01")
            + pd.to_timedelta(chance.integers(-9000, 5000, ids.size), unit="D"),
            "region": chance.choice(["north", "south"], ids.size),
            "customer_type": "person",
            "may_contact": chance.random(ids.size) < 0.7,
        }
    )
    signed = signed.iloc[: ids.size].assign(customer_id=ids, contract_id=ids, period_months=3)
    return {
        "transactions": clean_table(world.transactions),
        "contracts": table(signed),
        "customers": table(people),
    }


@pytest.fixture(scope="module")
def study(shop: dict[str, ibis.Table]) -> churn.Study:
    """The contracts of `shop` in windows of 60 days."""
    return churn.prepare(shop, observed_until=UNTIL, window_days=60)


@pytest.fixture(scope="module")
def bought(shop: dict[str, ibis.Table]) -> churn.Study:
    """Its purchases in windows of 90 days."""
    return churn.prepare(shop, observed_until=UNTIL, window_days=90, setting="purchases")


# Chances.


def test_renewals_by_hand() -> None:
    # A begins on 31 January 2022 and is renewed twice a year: 31 July 2022, 31 January 2023 still to come.
    # B ends in May between two quarters: counted as the renewal of 1 July, known since it ended.
    found = churn.renewals(
        contracts(("A", "2022-01-31", None, 6), ("B", "2022-01-01", "2022-05-10", 3)), observed_until=UNTIL
    ).table
    rows = [(row.customer_id, row.number, churn.day_of(row.due), row.lost) for row in found.itertuples()]
    assert rows[:2] == [("A", 1, date(2022, 7, 31), False), ("A", 2, date(2023, 1, 31), pd.NA)]
    assert rows[2:] == [("B", 1, date(2022, 4, 1), False), ("B", 2, date(2022, 7, 1), True)]
    assert churn.day_of(int(found["settled"].iloc[-1])) == date(2022, 5, 10)


def test_a_month_without_the_day_ends_on_its_last() -> None:
    found = churn.renewals(contracts(("A", "2022-08-31", None, 6)), observed_until=date(2023, 6, 1)).table
    assert [churn.day_of(day) for day in found["due"]] == [date(2023, 2, 28), date(2023, 8, 31)]


def test_who_is_open_is_decided_by_what_was_known() -> None:
    of = churn.renewals(
        contracts(("A", "2022-01-01", None, 6), ("B", "2022-01-01", "2022-05-10", 3), ("C", "2022-11-01", None, 3)),
        observed_until=UNTIL,
    )
    assert of.open_on(date(2022, 5, 9))["customer_id"].tolist() == ["A", "B"]
    assert of.open_on(date(2022, 5, 10))["customer_id"].tolist() == ["A"]
    assert of.open_on(date(2022, 5, 9), within_days=53)["customer_id"].tolist() == ["A", "B"]
    assert of.open_on(date(2022, 5, 9), within_days=52).empty
    assert of.open_on(UNTIL)["customer_id"].tolist() == ["A", "C"]
    assert of.open_on(UNTIL)["lost"].isna().all()


def test_contracts_that_cannot_be_are_refused_all_at_once() -> None:
    with pytest.raises(DataError, match=r"(?s)1 contracts end on or before.*1 contracts have a period") as caught:
        churn.renewals(
            contracts(("A", "2022-01-01", "2021-12-31", 12), ("B", "2022-01-01", None, 0)), observed_until=UNTIL
        )
    assert "have no start" not in str(caught.value)
    with pytest.raises(DataError, match="no contract"):
        churn.renewals(contracts(("A", "2022-01-01", None, 1)).filter(ibis.literal(False)), observed_until=UNTIL)


def test_a_deadline_is_where_the_model_says_a_half(shop: dict[str, ibis.Table]) -> None:
    model = fit_mbgnbd(customer_summary(shop["transactions"], observed_until=UNTIL), time_unit="week")
    x, t_x = np.array([0, 1, 5, 20]), np.array([0, 90, 200, 700])
    limit = churn.limit_days(model, x, t_x)
    assert (np.diff(limit) < 0).any()  # it is no single gap for all
    told = pd.DataFrame({"customer_id": list("abcd"), "repeats": x, "t_x": t_x, "T": np.round(t_x + limit).astype(int)})
    told["days_since_last"], told["total_value"], told["mean_repeat_value"] = told["T"] - told["t_x"], 1.0, 1.0
    assert probability_alive(model, told).to_numpy() == pytest.approx([0.5] * 4, abs=0.01)


def test_deadlines_by_hand(shop: dict[str, ibis.Table]) -> None:
    model = fit_mbgnbd(customer_summary(shop["transactions"], observed_until=UNTIL), time_unit="week")
    log = clean_table(
        pd.DataFrame({"customer_id": "a", "date": pd.to_datetime(["2022-01-01", "2022-01-11"]), "amount": 1})
    )
    days = churn.purchase_days(log)
    assert days[["x", "t_x"]].to_numpy().tolist() == [[0, 0], [1, 10]]
    of = churn.deadlines(days, model, observed_until=UNTIL)
    first, second = (row for _, row in of.table.iterrows())
    limit = np.ceil(churn.limit_days(model, np.array([0, 1]), np.array([0, 10])))
    assert [first["due"] - first["clock"], second["due"] - second["clock"]] == limit.tolist()
    assert (first["lost"], first["settled"]) == (False, second["clock"])
    assert second["lost"] == (second["due"] <= of.end)
    back = churn.returners(of)
    assert back is not None
    assert (back.value, back.n) == (0, 1)


def test_the_probability_of_no_purchase_comes_true(bought: churn.Study) -> None:
    # Planted truth: in the model's own world so many let their deadline pass as it says.
    assert bought.model is not None
    whole = bought.train
    told = churn.no_purchase(whole.rows, bought.model)
    error = np.sqrt((told * (1 - told)).sum())
    assert abs(whole.lost.sum() - told.sum()) < 4 * error
    assert churn.auc(whole.lost, told, window="").low > 0.6  # type: ignore[operator]


def test_windows_follow_each_other_and_hold_every_chance_once(study: churn.Study) -> None:
    assert study.setting == "contract"
    starts = [part.rows["start"].iloc[0] for part in study.parts]
    assert {b - a for a, b in pairwise(starts)} == {timedelta(60)}
    assert starts[-1] == UNTIL - timedelta(60)
    whole = study.whole.rows
    assert not whole.duplicated(["unit", "number"]).any()
    assert ((whole["due"] - whole["start"].map(churn.number_of)).between(1, 60)).all()


def test_features_know_nothing_of_what_came_after(study: churn.Study) -> None:
    for part in (study.parts[0], study.test):
        at = churn.number_of(part.rows["start"].iloc[0])
        cut = churn.without_future(study.records, at)
        assert churn.changed(churn.history(cut, part.rows, at), part.history)["changed"].max() == 0
        assert churn.changed(churn.demographics(cut, part.rows, at), part.demographics)["changed"].max() == 0


def test_an_export_made_late_changes_when_the_future_goes(study: churn.Study, bought: churn.Study) -> None:
    for one in (study, bought):
        test = one.test
        days = (0, test.window_days)
        then, now = (churn.exported(one.records, test.rows, days_late=late).to_frame() for late in days)
        assert churn.changed(then, now)["changed"][0] > 0.3
        assert (
            churn.alone(now, test.lost, window="")["auc"][0] > churn.alone(then, test.lost, window="")["auc"][0] + 0.03
        )


def test_renaming_customers_and_shuffling_rows_changes_nothing(shop: dict[str, ibis.Table]) -> None:
    frame = shop["transactions"].select("customer_id", "date", "amount").to_pyarrow().to_pandas()
    frame = frame[frame["customer_id"] < "C000000700"]
    other = frame.sample(frac=1, random_state=1).assign(customer_id=lambda t: "z" + t["customer_id"].str[::-1])
    tried = []
    for log in (frame, other):
        study = churn.prepare({"transactions": clean_table(log)}, observed_until=UNTIL, window_days=60)
        trial = churn.trial(study)
        tried.append((churn.auc(study.test.lost, trial.p, window="").value, trial.model.log_likelihood))
    assert tried[0] == pytest.approx(tried[1], abs=1e-6)


def test_data_too_thin_are_refused(shop: dict[str, ibis.Table]) -> None:
    with pytest.raises(DataError, match="three are needed"):
        churn.prepare(shop, observed_until=UNTIL, window_days=400)
    with pytest.raises(ParameterError, match="7 or more"):
        churn.prepare(shop, observed_until=UNTIL, window_days=3)
    with pytest.raises(ParameterError, match="'auto', 'contract', 'purchases'"):
        churn.prepare(shop, observed_until=UNTIL, window_days=60, setting="both")
    bare = {"transactions": shop["transactions"]}
    with pytest.raises(DataError, match="no table of contracts"):
        churn.prepare(bare, observed_until=UNTIL, window_days=60, setting="contract")
    study = churn.prepare(bare, observed_until=UNTIL, window_days=60)
    with pytest.raises(DataError, match="No demographics"):
        churn.trial(study, features="demographics")
    with pytest.raises(ParameterError, match="one of 'history'"):
        churn.trial(study, features="all")
    assert churn.trial(study).chosen == "history"


# Who.


def test_a_logit_by_hand() -> None:
    # Of 50 with x = 1 30 left, of 50 with x = 0 10: odds ratio (30 · 40) / (20 · 10) = 6; x has standard deviation ½,
    # so ln 6 / 2 = .8959 a standard deviation. Against nothing: 2 Σ O ln(O/E) with E = 20 and 30 is 17.26.
    x = pd.DataFrame({"x": np.repeat([1.0, 0.0], 50), "same": 1.0, "twice": np.repeat([2.0, 0.0], 50)})
    lost = np.r_[np.ones(30), np.zeros(20), np.ones(10), np.zeros(40)]
    model = churn.fit_logit(x, lost)
    assert model.table["coefficient"].tolist() == pytest.approx([np.log(6) / 2])
    assert model.dropped == ("same", "twice")
    assert model.probability(x)[[0, 99]] == pytest.approx([0.6, 0.2])
    tested = churn.against_nothing(model)
    assert tested is not None
    assert (tested.statistic, tested.df) == (pytest.approx(17.26, abs=0.005), 1)
    # Contributions are against the average customer, so they add up to nothing.
    assert model.contributions(x).to_numpy().sum() == pytest.approx(0, abs=1e-9)


def test_the_logit_of_greene(monkeypatch: pytest.MonkeyPatch) -> None:
    # Spector and Mazzeo's data; Greene (2003), Econometric Analysis, table 21.1: GPA 2.826, TUCE .095, PSI 2.379,
    # standard errors 1.263, .142, 1.065; log-likelihood −12.890.
    monkeypatch.setattr(logit_module, "ROWS_A_COEFFICIENT", 3)
    data = sm.datasets.spector.load_pandas()
    model = churn.fit_logit(data.exog, data.endog)
    spread = np.array([model.spread[name] for name in model.table["feature"]])
    assert (model.table["coefficient"] / spread).tolist() == pytest.approx([2.826, 0.095, 2.379], abs=5e-4)
    assert (model.table["standard_error"] / spread).tolist() == pytest.approx([1.263, 0.142, 1.065], abs=5e-4)
    assert model.log_likelihood == pytest.approx(-12.890, abs=5e-4)


def test_a_column_that_tells_everybody_apart_is_penalised() -> None:
    chance = np.random.default_rng(1)
    lost = np.arange(100) < 30
    x = pd.DataFrame({"apart": lost + 0.01 * chance.normal(size=100), "noise": chance.normal(size=100)})
    model = churn.fit_logit(x, lost)
    assert model.penalised
    assert model.table["standard_error"].isna().all()
    assert np.isfinite(model.table["coefficient"]).all()
    assert churn.auc(lost, model.probability(x), window="").value == 1
    assert churn.against_nothing(model) is None
    assert churn.compare(churn.fit_logit(x[["noise"]], lost), model) is None


def test_logits_that_cannot_be_are_refused() -> None:
    x = pd.DataFrame({"x": np.arange(40.0)})
    with pytest.raises(DataError, match="at least 10 of each"):
        churn.fit_logit(x, np.arange(40) < 9)
    with pytest.raises(DataError, match="40 rows but 39"):
        churn.fit_logit(x, np.arange(39) < 9)
    with pytest.raises(DataError, match="nothing to tell them apart"):
        churn.fit_logit(x * 0, np.arange(40) < 20)
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 9)))
    with pytest.raises(DataError, match="9 columns are too many for 20"):
        churn.fit_logit(many, np.arange(40) < 20)
    one = churn.fit_logit(x, np.arange(40) % 3 == 0)
    with pytest.raises(DataError, match="nested"):
        churn.compare(one, one)
    with pytest.raises(DataError, match="are missing"):
        one.probability(pd.DataFrame({"y": [1.0]}))


def test_missing_values_are_filled_with_the_median_of_the_rows_learnt_from() -> None:
    chance = np.random.default_rng(2)
    x = pd.DataFrame({"x": chance.normal(size=200)})
    lost = chance.random(200) < 1 / (1 + np.exp(-x["x"]))
    model = churn.fit_logit(x, lost)
    told = model.probability(pd.DataFrame({"x": [np.nan, x["x"].median()]}))
    assert told[0] == told[1]


# When.


def spell(time: np.ndarray, lost: np.ndarray, x: np.ndarray) -> churn.Spells:
    n = time.size
    rows = pd.DataFrame({"unit": range(n)})
    nothing = pd.DataFrame(index=range(n))
    of = churn.Cohort(
        rows=rows,
        history=pd.DataFrame({"x": x, "days_left": 0.0}),
        demographics=nothing,
        groups=nothing,
        window_days=1,
        setting="purchases",
    )
    return churn.Spells(
        of=of,
        time=time.astype(float),
        lost=lost.astype(bool),
        lost_after=np.where(lost, time, np.nan),
        stratum=np.zeros(n, dtype=np.int64),
        dates=None,
        start=date(2020, 1, 1),
        until=UNTIL,
    )


def freireich() -> churn.Spells:
    """Weeks to relapse of 42 leukaemia patients, 21 with 6-MP and 21 without: Freireich et al. (1963), Blood 21."""
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    control = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    lost = np.r_[np.ones(9), np.zeros(12), np.ones(21)]
    return spell(np.array(treated + control), lost, np.repeat([0.0, 1.0], 21))


def test_the_cox_model_of_the_leukaemia_patients() -> None:
    # Published many times: with Efron's ties 1.572, standard error .412, hazard ratio 4.82 of the control group.
    found = churn.fit_hazard(freireich())
    assert (found.n, found.lost) == (42, 30)
    row = found.table.iloc[0]  # a standard deviation is ½
    assert 2 * row["coefficient"] == pytest.approx(1.572, abs=5e-4)
    assert 2 * row["standard_error"] == pytest.approx(0.412, abs=5e-4)
    assert row["hazard_ratio"] ** 2 == pytest.approx(4.82, abs=5e-3)


def test_a_baseline_by_hand() -> None:
    # Four with risk 1: two lost at 1, one followed to 2, one lost at 3: 1/4 + 1/3 at 1, and 1/1 at 3. With risks 2, 1,
    # 1, 1: at 1 the two lost have 2 and 1 of 5: 1/5 + 1/(5 − 3/2).
    time, lost = np.array([1.0, 1, 2, 3]), np.array([True, True, False, True])
    plain = churn.baseline_hazard(time, lost, np.ones(4))
    assert plain["hazard"].tolist() == pytest.approx([7 / 12, 19 / 12])
    risky = churn.baseline_hazard(time, lost, np.array([2.0, 1, 1, 1]))
    assert risky["hazard"][0] == pytest.approx(1 / 5 + 1 / 3.5)


def test_half_gone_and_lost_within() -> None:
    chance = np.random.default_rng(4)
    x = chance.normal(size=4000)
    time = np.ceil(chance.exponential(100 / np.exp(0.7 * x)))
    followed = spell(np.minimum(time, 300), time <= 300, x)
    found = churn.fit_hazard(followed)
    assert found.table["low"][0] < 0.7 * x.std() < found.table["high"][0]
    # The average customer has a constant hazard of 1/100: half have gone after 69 days, 1 − e^−1 after 100.
    average = np.argmin(np.abs(x))
    assert found.half_gone(followed)[average] == pytest.approx(69, abs=6)
    assert found.lost_within(followed, 100)[average] == pytest.approx(1 - np.exp(-1), abs=0.03)
    assert np.isnan(found.lost_within(followed, 301)).all()
    # Told that a fifth go in the first 20 days: .8 · e^−.8 are left after 100, and half are gone when .8 · e^−t/100 is
    # a half, 47 days after these 20.
    given = {"first": np.full(4000, 0.2), "first_days": 20}
    assert found.lost_within(followed, 100, **given)[average] == pytest.approx(1 - 0.8 * np.exp(-0.8), abs=0.03)
    assert found.half_gone(followed, **given)[average] == pytest.approx(67, abs=6)
    assert np.isnan(found.half_gone(followed, first=np.full(4000, 0.6), first_days=20)).all()
    slow = np.argmin(x)
    assert np.isnan(found.half_gone(followed)[slow])
    bands = churn.by_band(followed, found.lost_within(followed, 100), days=100)
    assert bands["customers"].sum() == 4000
    assert bands["share"].is_monotonic_increasing


def test_the_test_of_proportionality_by_hand() -> None:
    # Residuals −½, 0, ½ on days 1, 2, 3, variance .4: 3 · .4 · r = −.6, 0, .6; (1.2)² / (3 · .4 · 2) = .6.
    statistic, p = churn.proportionality(np.array([[-0.5], [0.0], [0.5]]), np.array([1, 2, 3]), np.array([[0.4]]))
    assert statistic[0] == pytest.approx(0.6)
    assert p[0] == pytest.approx(0.4386, abs=5e-5)


def test_an_effect_that_fades_is_found() -> None:
    chance = np.random.default_rng(5)
    x = chance.choice([0.0, 1.0], 1500)
    early = chance.exponential(50 / np.exp(1.5 * x))
    time = np.ceil(np.where(early < 20, early, 20 + chance.exponential(50, 1500)))
    found = churn.fit_hazard(spell(time, np.ones(1500), x))
    assert found.proportional["p_value"][0] < 0.001
    assert found.proportional["holm"][0] == pytest.approx(found.proportional["p_value"][0])  # the only one looked at
    assert "changes along the clock" in churn.claims.proportional_claim(found)


def test_too_few_losses_say_when_of_nobody() -> None:
    with pytest.raises(DataError, match="29 of 60 were lost; at least 30"):
        churn.fit_hazard(spell(np.arange(1, 61), np.arange(60) < 29, np.arange(60.0)))


def test_contracts_are_followed_from_renewal_to_renewal(study: churn.Study) -> None:
    start = UNTIL - timedelta(days=365)
    followed = churn.spells(study.records, study.chances, start, until=UNTIL)
    assert set(followed.time) <= {1.0, 2.0, 3.0, 4.0}  # quarters
    assert followed.dates is not None
    lost = followed.lost
    places = followed.time[lost].astype(int) - 1
    assert followed.dates[lost, places].tolist() == followed.lost_after[lost].tolist()
    timing = churn.fit_hazard(followed)
    told = timing.lost_within(followed, 365)
    # A Cox model reproduces the losses of those it was fitted to, near enough.
    assert told.sum() == pytest.approx(lost.sum(), rel=0.03)
    within = timing.lost_within(followed, 100)
    assert within.sum() == pytest.approx((followed.lost_after <= 100).sum(), rel=0.1)


# The list.


def test_the_list_keeps_consent_capacity_and_order(shop: dict[str, ibis.Table], study: churn.Study) -> None:
    trial = churn.trial(study)
    start = UNTIL - timedelta(days=365)
    timing = churn.fit_hazard(churn.spells(study.records, study.chances, start, until=UNTIL))
    found = churn.calls(study, trial, timing, capacity=45, holdout=0.1, later_days=200)
    people = shop["customers"].to_pyarrow().to_pandas().set_index("customer_id")
    assert people.loc[found.table["customer_id"], "may_contact"].all()
    assert len(found.table) == 50  # 45 to call and 5 to hold out
    assert found.table["probability"].is_monotonic_decreasing
    assert found.table["customer_id"].is_unique
    assert found.due == len(found.table) + found.no_consent + found.consent_unknown + found.beyond
    days = [(day - UNTIL).days for day in found.table["due"]]
    assert min(days) >= 1
    assert max(days) <= 60
    # More are gone in 200 days than by the chance in the window: quarters bring others.
    assert (found.table["later"] > found.table["probability"]).all()
    by_benchmark = churn.calls(study, trial, timing, capacity=45, holdout=0.1, later_days=200, demoted=True)
    assert by_benchmark.model is None
    assert by_benchmark.table["probability"].nunique() <= 4
    assert by_benchmark.table["reason"].str.contains("renewal number").all()
    assert (by_benchmark.table["later"] >= by_benchmark.table["probability"]).all()
    assert found.table["reason"].str.startswith("renewal on ").all()
    with pytest.raises(ParameterError, match="capacity of 1"):
        churn.calls(study, trial, None, capacity=0, holdout=0.1, later_days=200)
    alone = churn.calls(study, trial, None, capacity=10, holdout=0.0, later_days=200)
    assert alone.table["later"].isna().all()


def test_without_consent_held_nobody_is_suppressed_and_it_is_said(shop: dict[str, ibis.Table]) -> None:
    bare = {"transactions": shop["transactions"]}
    study = churn.prepare(bare, observed_until=UNTIL, window_days=60)
    found = churn.calls(study, churn.trial(study), None, capacity=10, holdout=0.0, later_days=100)
    assert not found.consent_held
    assert found.no_consent == 0
    assert "do not say" in churn.claims.consent_claim(found)


def test_reasons_are_what_raises_the_odds() -> None:
    told = pd.DataFrame({"is late": [1.0, -1.0, 0.01], "complained": [0.2, -0.1, 0.0], "is new": [0.5, 0.06, -1.0]})
    assert churn.reasons(told) == ["is late, is new", "is new", "nothing above the average customer"]


# Sentences in the null world.


def test_sentences_claim_nothing_where_nothing_is(study: churn.Study) -> None:
    # Contracts and purchases are independent here; demographics tell nothing of either.
    trial = churn.trial(study)
    assert trial.demographics is not None
    assert "not shown that demographics add" in churn.claims.demographics_claim(trial.demographics)
    nothing = churn.auc([1, 1, 0, 0, 1, 0], [1, 2, 3, 1, 2, 2], window="2024")
    assert "not shown that the score orders better" in churn.claims.auc_claim(nothing)


# Simulated worlds.


def test_a_world_of_churn_has_its_planted_shares() -> None:
    world = churn_world(np.random.default_rng(1), n_customers=4000, windows=2, effect=0.0, base_rate=0.2)
    assert set(world.truth["p"].round(12)) == {0.2}
    assert world.table["lost"].mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 8000))
    assert world.columns("history").shape[1] + world.columns("demographics").shape[1] == 12
    assert world.columns("both").shape == (8000, 12)
    assert world.truth["kept"].mean() == pytest.approx(0.2, abs=0.01)


def test_worlds_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"(?s)n_customers is 0.*history is 3.*base_rate is 1.*kept is 0.9"):
        churn_world(np.random.default_rng(0), n_customers=0, history=3, base_rate=1, kept=0.9)
    with pytest.raises(ParameterError, match="500 or more"):
        leaky_table(np.random.default_rng(0), n_customers=10)


def test_the_leaky_column_is_the_one_whose_power_goes() -> None:
    for seed in range(5):
        made = leaky_table(np.random.default_rng(seed))
        stayed = ~made.table["lost_first"]
        second = made.table["lost_second"][stayed].astype(bool)
        columns = made.table[list("ABCDEFGH")]
        first = churn.alone(columns, made.table["lost_first"], window="").set_index("feature")["auc"]
        later = churn.alone(columns[stayed], second, window="").set_index("feature")["auc"]
        assert (first - later).idxmax() == made.leaky
        assert later.idxmax() == made.strongest
