"""Who the customers are, what the firm knows of them, and how it goes out of date."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2, chi2_contingency, norm, poisson
from statsmodels.duration.survfunc import SurvfuncRight

from crmlab.company import latents, people, setting
from crmlab.company.latents import CHANNELS
from crmlab.company.made import Made, joined, table
from crmlab.company.people.customers import customers, expected_revenue
from crmlab.company.people.history import NEXT_BAND, NEXT_STATUS, history
from crmlab.company.people.invented import HEAD_RANKS, listed
from crmlab.company.people.lives import LEAVES_HOME, lives, never_married
from crmlab.company.people.worlds import CustomersWorld, HistoryWorld
from crmlab.company.setting import SCENARIOS
from crmlab.tables.schema import BY_NAME

YEAR = 365.25
UNTIL = np.datetime64("2025-03-20")
SEEDS = range(200)
LEAST_HITS, MOST_HITS = 179, 198  # of 200, for a 95 % interval
LEAST_ALARMS, MOST_ALARMS = 2, 21
TABLES = ("customers", "customer_history", "source_records")
NEW_EACH_TIME = ("address", "phone", "email", "employer")  # fields that never come back to a former value


def made(profile: str = "tiny", seed: int = 1, scenario: str = "standard") -> Made:
    """The group alone, with the latents it reads under `latents` in the truth."""
    wanted = setting(profile, seed=seed, scenario=scenario)
    parts = []
    for block in wanted.blocks:
        own = latents.customers(wanted, block)
        part = people.make(wanted, Made(truth={"customers": own}), block)
        parts.append(Made(part.tables, part.truth | {"latents": own}))
    return Made(
        {name: joined(part.tables[name] for part in parts) for name in parts[0].tables},
        {name: joined(part.truth[name] for part in parts) for name in parts[0].truth},
    )


def booked(seed: int, scenario: str) -> Made:
    """The customers of a tiny company alone: what 200 seeds have time for."""
    wanted = setting("tiny", seed=seed, scenario=scenario)
    block = wanted.blocks[0]
    own = latents.customers(wanted, block)
    lived = lives(wanted, own, block)
    spells = history(wanted, lived, block)
    return customers(wanted, Made(truth={"customers": own}), block, lived, spells) | Made(truth={"latents": own})


@cache
def sample(scenario: str = "standard") -> Made:
    return made("sample", 3, scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_tables_are_as_the_schema_has_them(scenario):
    tables = made(scenario=scenario).tables
    assert set(tables) == set(TABLES)
    for name, rows in tables.items():
        declared = BY_NAME[name]
        assert list(rows.columns) == [c.name for c in declared.columns if c.name in rows]
        for column in declared.columns:
            values = rows.get(column.name, pd.Series(dtype=object))
            assert column.name in rows or not column.required
            assert not column.required or column.may_be_blank or values.notna().all()
            assert not column.allowed or set(values.dropna()) <= set(column.allowed)
            assert column.least is None or (values.dropna() >= column.least).all()
            if column.type == "date":
                assert (values.dropna() <= UNTIL).all()
        if not (name == "source_records" and scenario == "awkward"):
            assert not rows.duplicated(list(declared.key)).any()
    assert set(tables["customer_history"]["customer_id"]) == set(tables["customers"]["customer_id"])


def test_the_same_seed_gives_the_same_and_leaves_what_it_reads_alone():
    one, two, other = made(seed=7), made(seed=7), made(seed=8)
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], two.tables[name])
        assert not one.tables[name].equals(other.tables[name])
    for name in one.truth:
        pd.testing.assert_frame_equal(one.truth[name], two.truth[name])
    wanted = setting("tiny", seed=7)
    pd.testing.assert_frame_equal(one.truth["latents"], latents.customers(wanted, wanted.blocks[0]))


def test_nobody_is_real():
    book, history_ = sample().tables["customers"], sample().tables["customer_history"]
    assert "national_id" not in book
    mails = history_.loc[history_["field"] == "email", "value"]
    assert mails.str.fullmatch(r"[a-z]+(\.[a-z]+)?[0-9]+@[a-z-]+\.example").all()
    phones = history_.loc[history_["field"] == "phone", "value"]
    fictitious = re.compile(r"092[4-9]\d{7}|0(21|51|56|58|31|71|41|44|61|13|34)10\d{6}")
    assert phones.map(lambda number: bool(fictitious.fullmatch(number))).all()
    assert phones.is_unique
    assert mails.is_unique


def test_lines_of_other_blocks_have_other_numbers():
    wanted = setting("big", seed=1)
    seen = set()
    for block in (wanted.blocks[0], wanted.blocks[-1]):
        part = people.make(wanted, Made(truth={"customers": latents.customers(wanted, block)}), block)
        numbers = part.tables["customer_history"].query("field == 'phone'")["value"]
        ids = part.tables["source_records"]["local_id"]
        assert not seen & {*numbers, *ids}
        seen |= {*numbers, *ids}


def test_names_are_many_and_written_in_persian_letters():
    male, female, family = (set(listed(kind)[0]) for kind in ("male", "female", "family"))
    assert len(male | female) >= 150
    assert len(family) >= 150
    assert not male & female
    assert not set("".join(male | female | family)) & set("يىك")
    assert all(re.fullmatch("[a-z]+", latin) for kind in ("male", "female", "family") for latin in listed(kind)[1])


def test_as_many_are_called_alike_by_chance_as_the_law_of_names_has_it():
    truth = sample().truth["people"]
    alone = truth[truth["age"].notna() & (truth["relative"] == "")]

    def chances(kind: str) -> np.ndarray:
        weight = 1 / (np.arange(listed(kind)[0].size) + HEAD_RANKS)
        return weight / weight.sum()

    first = np.concatenate([chances("male") / 2, chances("female") / 2])
    p2, p3 = ((first**k).sum() * (chances("family") ** k).sum() for k in (2, 3))
    n = len(alone)
    pairs = n * (n - 1) / 2
    # The variance of a count of equal pairs: pairs that share nobody, and pairs that share one of theirs.
    sd = np.sqrt(pairs * p2 * (1 - p2) + n * (n - 1) * (n - 2) * (p3 - p2**2))
    alike = alone["name"].value_counts()
    assert abs((alike * (alike - 1) / 2).sum() - pairs * p2) < 4 * sd


def test_relatives_share_region_family_name_and_first_address():
    tables, truth = sample().tables, sample().truth
    named = truth["people"].set_index("customer_id")
    related = named[named["relative"] != ""]
    world = setting("sample").world(CustomersWorld)
    assert 0 < len(related) / len(named) <= world.relatives + 4 * np.sqrt(world.relatives / len(named))
    assert (named.loc[related["relative"], "relative"].to_numpy() == related.index).all()
    book = tables["customers"].set_index("customer_id")
    both = book.loc[related.index], book.loc[related["relative"]]
    assert (both[0]["region"].to_numpy() == both[1]["region"].to_numpy()).all()
    persons = related[related["age"].notna()]
    family, theirs = (
        named.loc[ids, "name"].str.split(" ").str[1:].str.join(" ") for ids in (persons.index, persons["relative"])
    )
    assert (family.to_numpy() == theirs.to_numpy()).all()
    rows = (
        tables["customer_history"].query("field == 'address'").drop_duplicates("customer_id").set_index("customer_id")
    )
    first = rows["value"]
    assert (first[related.index].to_numpy() == first[related["relative"]].to_numpy()).all()


@pytest.mark.parametrize("scenario", ["clean", "standard"])
def test_customers_are_registered_before_they_buy(scenario):
    known = sample(scenario)
    world = setting("sample", scenario=scenario).world(CustomersWorld)
    start = np.datetime64("2021-03-21")
    joined_on = (known.tables["customers"]["joined_on"].to_numpy() - start).astype("timedelta64[D]").astype(int)
    bought = known.truth["latents"]["joined"].to_numpy()
    later = bought >= 100  # the others may have been cut off at the first day
    early = (bought - joined_on)[later]
    share = world.registered_early
    assert (early >= 0).all()
    assert (joined_on >= 0).all()
    assert abs((early > 0).mean() - share) <= 4 * np.sqrt(share * (1 - share) / later.sum())
    if share:
        # A geometric number of days has mean d and variance d · (d − 1).
        sd = np.sqrt(world.days_early * (world.days_early - 1) / (early > 0).sum())
        assert abs(early[early > 0].mean() - world.days_early) < 4 * sd


def test_households_are_consistent():
    book = sample().tables["customers"]
    persons, firms = (book[book["customer_type"] == kind] for kind in ("person", "firm"))
    own = ["birth_date", "marital_status", "children", "household_size"]
    assert firms[[*own, "youngest_child_born"]].isna().all().all()
    assert persons[own].notna().all().all()
    assert (persons["youngest_child_born"].notna() == (persons["children"] > 0)).all()
    married = persons["marital_status"] == "married"
    assert (persons["household_size"] >= 1 + married + persons["children"]).all()
    age = (persons["joined_on"] - persons["birth_date"]).dt.days / YEAR
    assert (age >= 18).all()
    at_birth = (persons["youngest_child_born"] - persons["birth_date"]).dt.days / YEAR
    eldest_at = at_birth - 2 * (persons["children"] - 1)  # two years and more between them
    parents = persons["children"] > 0
    assert at_birth[parents].between(20, 47).all()
    assert (eldest_at[parents & (persons["youngest_child_born"] < persons["joined_on"])] >= 17.99).all()
    child = (persons["joined_on"] - persons["youngest_child_born"]).dt.days / YEAR
    assert (child[parents] < LEAVES_HOME + 0.01).all()


def test_marriage_and_risk_hang_on_age_as_said():
    world = setting("sample").world(CustomersWorld)
    age = sample().truth["people"]["age"]
    persons = age.notna()
    rows = sample().tables["customer_history"]
    first = rows[rows["field"] == "marital_status"].drop_duplicates("customer_id")["value"]
    never = never_married(age[persons].to_numpy())
    assert abs((first == "single").sum() - never.sum()) < 4 * np.sqrt((never * (1 - never)).sum())
    years = world.aversion_by_age * (age.fillna(40) - 40)
    chance = norm.cdf(years + norm.ppf(world.averse))
    averse = sample().tables["customers"]["risk_attitude"] == "averse"
    assert abs(averse.sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_the_recorded_channel_is_the_true_one_as_often_as_said():
    world = setting("sample").world(CustomersWorld)
    shares = np.array(list(CHANNELS.values()))
    lucky = world.channel_default * CHANNELS["branch"] + (1 - world.channel_default) * (shares**2).sum()
    expected = world.channel_right + (1 - world.channel_right) * lucky

    def right(scenario: str) -> float:
        known = sample(scenario)
        return float((known.tables["customers"]["channel"] == known.truth["people"]["channel"]).mean())

    assert abs(right("standard") - expected) < 4 * np.sqrt(expected * (1 - expected) / 6_000)
    assert right("clean") == 1


def test_a_branch_of_the_region_serves_each_customer_where_branches_are_known():
    wanted = setting("tiny", seed=1)
    own = Made(truth={"customers": latents.customers(wanted, wanted.blocks[0])})
    branches = table("branches", {"branch_id": ["B1", "B2", "B3"], "region": ["Tehran", "Tehran", "Fars"]})
    found = people.make(wanted, own | Made({"branches": branches}), wanted.blocks[0]).tables["customers"]
    assert set(found.loc[found["region"] == "Tehran", "branch_id"]) == {"B1", "B2"}
    assert set(found.loc[found["region"] == "Fars", "branch_id"]) == {"B3"}
    assert set(found.loc[found["region"] == "Gilan", "branch_id"]) == {"B1", "B2", "B3"}
    without = people.make(wanted, own, wanted.blocks[0]).tables["customers"]
    assert "branch_id" not in without
    pd.testing.assert_frame_equal(found.drop(columns="branch_id"), without)


# Consent


def consent_slope(known: Made) -> tuple[float, float]:
    design = sm.add_constant(known.truth["latents"]["trust"].to_numpy())
    fit = sm.Logit(known.tables["customers"]["may_contact"].astype(float).to_numpy(), design).fit(disp=0)
    return float(fit.params[1]), float(fit.bse[1])


@pytest.mark.parametrize("scenario", ["standard", "null"])
def test_consent_rises_with_trust(scenario):
    slope, error = consent_slope(sample(scenario))
    assert abs(slope - setting("sample", scenario=scenario).world(CustomersWorld).consent_by_trust) < 4 * error


@pytest.mark.slow
def test_the_slope_of_consent_is_recovered_and_none_is_found_where_none_is():
    planted = setting("tiny").world(CustomersWorld).consent_by_trust
    found = [consent_slope(booked(seed, "standard")) for seed in SEEDS]
    assert LEAST_HITS <= sum(abs(slope - planted) < 1.96 * error for slope, error in found) <= MOST_HITS
    found = [consent_slope(booked(seed, "null")) for seed in SEEDS]
    assert LEAST_ALARMS <= sum(abs(slope) > 1.96 * error for slope, error in found) <= MOST_ALARMS


# Belief


def test_expected_revenue_is_that_of_orders_drawn_one_by_one():
    # The rule of BG/NBD itself: wait Exp(rate), buy, leave with chance p; first order on the day of joining.
    rng = np.random.default_rng(1)
    rate, p, weeks, n = 0.08, 0.2, 120.0, 40_000
    orders, clock, here = np.ones(n), np.zeros(n), np.ones(n, dtype=bool)
    while here.any():
        clock += rng.exponential(1 / rate, n)
        here &= clock <= weeks
        orders += here
        here &= rng.random(n) >= p
    one = pd.DataFrame({"purchases_per_week": [rate], "p_dropout": [p], "joined": [0], "mean_spend": [5.0]})
    assert abs(expected_revenue(one, int(weeks * 7))[0] / 5 - orders.mean()) < 4 * orders.std() / np.sqrt(n)


@pytest.mark.parametrize("scenario", ["clean", "standard", "null"])
def test_belief_follows_volume_and_how_often_somebody_is_seen(scenario):
    known = sample(scenario)
    world = setting("sample", scenario=scenario).world(CustomersWorld)
    volume = np.log(expected_revenue(known.truth["latents"], 1460))
    heavy = (known.truth["latents"]["service_use"] != "normal").to_numpy()
    fit = sm.OLS(
        known.truth["people"]["belief_score"].to_numpy(),
        np.column_stack([np.ones(volume.size), (volume - volume.mean()) / volume.std(), heavy]),
    ).fit()
    planted = [world.belief_by_volume, world.belief_by_use]
    # In each block of 2,000 the volume is standardised for itself: its moments differ a little from those of all.
    assert (abs(fit.params[1:] - planted) < 4 * fit.bse[1:] + [0.02, 0]).all()
    believed = known.tables["customers"]["believed_value"].value_counts(normalize=True)
    assert believed["high"] == pytest.approx(world.believed_high, abs=1e-3)
    assert believed["middle"] == pytest.approx(world.believed_middle, abs=1e-3)


def test_heavy_users_look_better_than_they_are():
    def shares(scenario: str) -> tuple[float, float, float]:
        known = sample(scenario)
        high = (known.tables["customers"]["believed_value"] == "high").to_numpy()
        heavy = (known.truth["latents"]["service_use"] != "normal").to_numpy()
        return high[heavy].mean(), high[~heavy].mean(), np.sqrt(0.16 / heavy.sum() + 0.16 / (~heavy).sum())

    seen, others, error = shares("standard")
    assert seen - others > 4 * error
    seen, others, error = shares("null")
    assert abs(seen - others) < 4 * error


@pytest.mark.slow
def test_belief_is_chance_in_the_world_without_effects():
    alarms = 0
    for seed in SEEDS:
        known = booked(seed, "null")
        volume = pd.qcut(expected_revenue(known.truth["latents"], 1460), 3, labels=False)
        crossed = pd.crosstab(known.tables["customers"]["believed_value"].to_numpy(), volume)
        alarms += chi2_contingency(crossed).pvalue < 0.05
    assert LEAST_ALARMS <= alarms <= MOST_ALARMS


# What goes out of date


def test_spells_follow_each_other():
    rows = sample().tables["customer_history"]
    assert (rows["valid_to"].isna() | (rows["valid_to"] > rows["valid_from"])).all()
    assert (rows["recorded_on"].isna() | (rows["recorded_on"] >= rows["valid_from"])).all()
    ended = rows[rows["valid_to"].notna() & rows["recorded_on"].notna()]
    assert (ended["recorded_on"] < ended["valid_to"]).all()
    following = rows.shift(-1)
    same = (following["customer_id"] == rows["customer_id"]) & (following["field"] == rows["field"])
    assert (rows.loc[same, "valid_to"] == following.loc[same, "valid_from"]).all()
    assert (rows.loc[same, "value"] != following.loc[same, "value"]).all()
    assert (rows["valid_to"].isna() == ~same).all()
    first = rows.drop_duplicates(["customer_id", "field"])
    joined_on = sample().tables["customers"].set_index("customer_id")["joined_on"]
    assert (first["valid_from"].to_numpy() == joined_on[first["customer_id"]].to_numpy()).all()
    assert (first["recorded_on"] == first["valid_from"]).all()


@pytest.mark.parametrize(("field", "following"), [("income_band", NEXT_BAND), ("marital_status", NEXT_STATUS)])
def test_states_follow_each_other_as_said(field, following):
    rows = sample().tables["customer_history"].query("field == @field")
    after = rows.groupby("customer_id")["value"].shift(-1)
    for state, (one, other, share) in following.items():
        steps = after[(rows["value"] == state) & after.notna()]
        assert set(steps) <= {one, other}
        assert abs((steps == one).mean() - share) <= 4 * np.sqrt(share * (1 - share) / len(steps))


def test_the_book_holds_what_the_firm_has_learnt_of_last():
    tables, stale = sample().tables, sample().truth["stale_fields"]
    rows, book = tables["customer_history"], tables["customers"].set_index("customer_id")
    learnt = rows[rows["recorded_on"].notna()].drop_duplicates(["customer_id", "field"], keep="last")
    true = rows[rows["valid_to"].isna()]
    for field in ("address", "phone", "email", "income_band", "marital_status"):
        own = learnt[learnt["field"] == field].set_index("customer_id")["value"]
        assert book[field].dropna().to_dict() == own.to_dict()
        truth = stale[stale["field"] == field].set_index("customer_id")
        now = true[true["field"] == field].set_index("customer_id")["value"]
        assert truth["recorded_value"].to_dict() == own.to_dict()
        assert truth["value"].to_dict() == now.to_dict()
        assert (truth["stale"] == (own.sort_index() != now.sort_index())[truth.index]).all()
    assert (book["city"] == book["address"].str.split("،").str[0]).all()


@pytest.mark.parametrize("scenario", ["standard", "null"])
@pytest.mark.parametrize("field", NEW_EACH_TIME)
def test_as_much_is_stale_as_two_rates_make_it(scenario, field):
    known = sample(scenario)
    world = setting("sample", scenario=scenario).world(HistoryWorld)
    c, learning = world.changes_per_year[field], world.learned_per_year[field]
    stale = known.truth["stale_fields"].query("field == @field")
    joined_on = known.tables["customers"].set_index("customer_id")["joined_on"]
    years = (UNTIL - joined_on[stale["customer_id"]].to_numpy()).astype("timedelta64[D]").astype(int) / YEAR
    chance = c / (c + learning) * (1 - np.exp(-(c + learning) * years))
    assert abs(stale["stale"].sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def exposure(rows: pd.DataFrame) -> tuple[int, float]:
    """Changes, and the years in which they could have come."""
    until = rows["valid_to"].fillna(pd.Timestamp(UNTIL) + pd.Timedelta(days=1))
    return int(rows["valid_to"].notna().sum()), float((until - rows["valid_from"]).dt.days.sum() / YEAR)


def at_risk(known: Made, field: str) -> pd.DataFrame:
    """The spells of a field that could have ended; of the number of children the first of those who may have more."""
    rows = known.tables["customer_history"].query("field == @field")
    if field != "children":
        return rows
    first = rows.drop_duplicates("customer_id")
    status = known.tables["customer_history"].query("field == 'marital_status'").drop_duplicates("customer_id")
    married = set(status.loc[status["value"] == "married", "customer_id"])
    truth = known.truth["people"]
    young = set(truth.loc[(truth["age"] >= 20) & (truth["age"] < 42), "customer_id"])
    return first[first["customer_id"].isin(married & young)]


@pytest.mark.parametrize("scenario", ["standard", "null"])
@pytest.mark.parametrize("field", list(setting("tiny").world(HistoryWorld).changes_per_year))
def test_fields_change_at_their_rates(scenario, field):
    planted = setting("sample", scenario=scenario).world(HistoryWorld).changes_per_year[field]
    changes, years = exposure(at_risk(sample(scenario), field))
    # Of so many years' changes a Poisson number is expected; 4 standard errors on either side.
    low, high = poisson.ppf([norm.cdf(-4), norm.cdf(4)], planted * years)
    assert low <= changes <= high


def spells_of(seed: int, scenario: str = "standard") -> dict[str, pd.DataFrame]:
    wanted = setting("tiny", seed=seed, scenario=scenario)
    block = wanted.blocks[0]
    own = history(wanted, lives(wanted, latents.customers(wanted, block), block), block)
    return {
        field: pd.DataFrame({"customer": one.customer, "days": one.end - one.first, "ended": one.end < wanted.days})
        for field, one in own.items()
    }


@pytest.mark.slow
def test_rates_are_recovered_by_maximum_likelihood_and_by_kaplan_meier():
    planted = setting("tiny").world(HistoryWorld).changes_per_year
    fields = ("address", "phone", "email", "income_band", "employer")
    hits, survived = dict.fromkeys(fields, 0), dict.fromkeys(fields, 0)
    for seed in SEEDS:
        spells = spells_of(seed)
        for field in fields:
            rows = spells[field]
            changes, years = rows["ended"].sum(), rows["days"].sum() / YEAR
            # The rate of an exponential is changes / years, the standard error of its log 1 / √changes.
            hits[field] += abs(np.log(changes / years / planted[field])) < 1.96 / np.sqrt(changes)
            first = rows.drop_duplicates("customer")
            curve = SurvfuncRight(first["days"].to_numpy(), first["ended"].astype(int).to_numpy())
            at = np.searchsorted(curve.surv_times, 730, side="right") - 1
            kept, error = curve.surv_prob[at], curve.surv_prob_se[at]
            low, high = np.exp(np.log(kept) + np.array([-1.96, 1.96]) * error / kept)
            survived[field] += low < np.exp(-planted[field] * 730 / YEAR) < high
    assert all(LEAST_HITS <= n <= MOST_HITS for n in hits.values()), hits
    assert all(LEAST_HITS <= n <= MOST_HITS for n in survived.values()), survived


@pytest.mark.slow
def test_equal_rates_look_equal_in_the_world_without_effects():
    fields = ("address", "phone", "email", "income_band", "employer")
    alarms = 0
    for seed in SEEDS:
        spells = spells_of(seed, "null")
        changes = np.array([spells[field]["ended"].sum() for field in fields])
        years = np.array([spells[field]["days"].sum() for field in fields])
        expected = years * changes.sum() / years.sum()
        likelihood_ratio = 2 * (changes * np.log(changes / expected)).sum()
        alarms += chi2.sf(likelihood_ratio, len(fields) - 1) < 0.05
    assert LEAST_ALARMS <= alarms <= MOST_ALARMS


def test_what_is_planted_stands_in_the_truth():
    wanted = setting("tiny", scenario="null")
    truth = people.planted(wanted, Made()).truth
    decay = truth["field_decay"].set_index("field")
    assert decay["changes_per_year"].to_dict() == wanted.world(HistoryWorld).changes_per_year
    assert decay["learned_per_year"].to_dict() == wanted.world(HistoryWorld).learned_per_year
    parameters = truth["people_parameters"].set_index("parameter")["value"]
    assert parameters["consent_by_trust"] == 0
