"""Intervals of the churn analyses hold what they promise over 200 worlds, and find nothing where nothing is."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from crmlab.analyses import churn
from crmlab.simulate import churn_world
from crmlab.simulate.churn import WEIGHTS

pytestmark = pytest.mark.slow
HITS, ALARMS = range(179, 199), range(2, 22)
N = 400


def scores(seed: int, apart: float, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """One in five leaves; scores are normal, those of leavers `apart` standard deviations higher."""
    rng = np.random.default_rng(seed)
    lost = rng.random(n) < 0.2
    return lost, rng.normal(size=n) + apart * lost


def test_the_interval_of_the_auc() -> None:
    true = norm.cdf(1 / np.sqrt(2))
    found = [churn.auc(*scores(seed, 1.0), window="") for seed in range(200)]
    assert sum(one.contains(true) for one in found) in HITS
    nothing = [churn.auc(*scores(seed, 0.0), window="") for seed in range(200)]
    assert sum(not one.contains(0.5) for one in nothing) in ALARMS


def test_the_interval_of_the_lift() -> None:
    # In the large the top tenth lies above the c at which .8 · (1 − Φ(c)) + .2 · (1 − Φ(c − 1)) = .1, and of the
    # leavers, 1 − Φ(c − 1) lie there.
    cut = brentq(lambda c: 0.8 * norm.sf(c) + 0.2 * norm.sf(c - 1) - 0.1, 0, 3)
    true = norm.sf(cut - 1) / 0.1
    found = [
        churn.top_lift(*scores(seed, 1.0, 1000), window="", rng=np.random.default_rng(seed), n_resamples=299)
        for seed in range(200)
    ]
    assert sum(one.contains(true) for one in found) in HITS


def test_the_intervals_of_skill_and_calibration() -> None:
    # p is Beta(1, 4): mean .2, variance .8 · .2 / 6 = .02667, so that true probabilities have skill .02667 / .16 = 1/6.
    skills, slopes, levels = 0, 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p = rng.beta(1, 4, 1000)
        lost = rng.random(1000) < p
        skills += churn.brier(lost, p, dummy=0.2, window="").skill.contains(1 / 6)
        held = churn.calibration(lost, p, window="")
        assert held.slope is not None
        slopes += held.slope.contains(1)
        levels += held.intercept.contains(0)
    assert skills in HITS
    assert slopes in HITS
    assert levels in HITS


def test_what_columns_add_is_found_only_where_they_do() -> None:
    alarms, covered = 0, 0
    for seed in range(200):
        world = churn_world(np.random.default_rng(seed), n_customers=N, windows=2)
        lost = world.table["lost"]
        few, many = (churn.fit_logit(world.columns(block), lost) for block in ("history", "both"))
        tested = churn.compare(few, many)
        assert tested is not None
        alarms += tested.p_value < 0.05
        row = many.table.set_index("feature").loc["h1"]
        covered += row["low"] <= WEIGHTS[0] * many.spread["h1"] <= row["high"]
    assert alarms in ALARMS
    assert covered in HITS


def test_a_score_that_knows_nothing_is_not_shown_to_order() -> None:
    alarms = 0
    for seed in range(200):
        world = churn_world(np.random.default_rng(seed), n_customers=N, windows=3, effect=0.0)
        learnt, tried = world.table["window"] < 2, world.table["window"] == 2
        model = churn.fit_logit(world.columns("both")[learnt], world.table["lost"][learnt])
        p = model.probability(world.columns("both")[tried])
        alarms += not churn.auc(world.table["lost"][tried], p, window="").contains(0.5)
    assert alarms in ALARMS


def test_the_cox_model_and_its_test() -> None:
    covered, alarms = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=N)
        time = np.ceil(rng.exponential(60 / np.exp(0.5 * x)))
        found = churn.fit_hazard(followed(np.minimum(time, 90), time <= 90, x))
        row = found.table.iloc[0]
        covered += row["low"] <= 0.5 * x.std() <= row["high"]
        alarms += found.proportional["p_value"][0] < 0.05
    assert covered in HITS
    assert alarms in ALARMS


def followed(time: np.ndarray, lost: np.ndarray, x: np.ndarray) -> churn.Spells:
    nothing = pd.DataFrame(index=range(time.size))
    of = churn.Cohort(
        rows=pd.DataFrame({"unit": range(time.size)}),
        history=pd.DataFrame({"x": x, "days_left": 0.0}),
        demographics=nothing,
        groups=nothing,
        window_days=1,
        setting="purchases",
    )
    return churn.Spells(
        of=of,
        time=time,
        lost=lost,
        lost_after=np.where(lost, time, np.nan),
        stratum=np.zeros(time.size, dtype=np.int64),
        dates=None,
        start=date(2020, 1, 1),
        until=date(2020, 12, 31),
    )
