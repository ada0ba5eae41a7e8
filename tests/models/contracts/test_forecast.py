"""What will be left: a base of mixed tenures, bands, and prediction intervals."""

import numpy as np
import pytest

from crmlab.errors import DataError, ParameterError
from crmlab.models.contracts import (
    ShiftedBetaGeometric,
    base_survival,
    curves,
    fit_geometric,
    fit_sbg,
    forecast_kept,
    kept_path,
    refits,
    share_lost,
)

SEEN = 5


@pytest.fixture(scope="module")
def model(regular):
    return fit_sbg(regular[:SEEN], time_unit="year")


@pytest.fixture(scope="module")
def drawn(model, regular):
    return refits(model, regular[:SEEN], rng=np.random.default_rng(20))


def test_a_base_by_hand():
    # Uniform churn rates, a new customer and one with a renewal: (1/2 + (1/3)/(1/2))/2 = 7/12 after a year.
    model = ShiftedBetaGeometric.known(alpha=1, beta=1, time_unit="year")
    assert float(base_survival(model, {0: 1, 1: 1}, 1)) == pytest.approx(7 / 12)
    assert base_survival(model, {0: 3, 1: 3}, [0, 1]).tolist() == pytest.approx([1, 7 / 12])


def test_a_base_keeps_more_than_a_cohort(model):
    assert float(base_survival(model, {0: 1}, 5)) == pytest.approx(float(model.survival(5)))
    old = {tenure: 100 * float(model.survival(tenure)) for tenure in range(10)}
    assert float(base_survival(model, old, 5)) > float(model.survival(5))


def test_curves_lie_in_their_bands(model, drawn):
    table = curves(model, drawn, periods=12)
    assert table["survival"].to_numpy() == pytest.approx(model.survival(np.arange(13)))
    assert table["retention"].to_numpy()[1:] == pytest.approx(model.retention(np.arange(1, 13)))
    assert table.loc[0, ["survival", "survival_low", "survival_high"]].tolist() == [1, 1, 1]
    assert np.isnan(table.loc[0, "retention"])
    for name in ("survival", "retention"):
        later = table[1:]
        assert later[name].between(later[f"{name}_low"], later[f"{name}_high"]).all()
    # What is known well is narrow: the second period's band, seen, against the twelfth's, not seen, relative to it.
    width = (table["survival_high"] - table["survival_low"]) / table["survival"]
    assert width[2] < width[12]


def test_a_bands_width_is_that_of_the_binomial_where_one_rate_is_all(regular):
    # One rate: 1.96 √(θ(1 − θ)/2481) = .0175 on either side of the retention.
    one = fit_geometric(regular[:SEEN], time_unit="year")
    table = curves(one, refits(one, regular[:SEEN], rng=np.random.default_rng(2), n_draws=2000), periods=3)
    assert table["retention_high"][3] - table["retention_low"][3] == pytest.approx(0.035, rel=0.08)


def test_the_published_customers_are_forecast(model, drawn, regular):
    # From four renewals: 210 of 1,000 after eight, 223 were left; all eight later counts lie within their intervals.
    found = forecast_kept(model, drawn, {0: 1000}, periods=8, rng=np.random.default_rng(20))
    assert found.value == pytest.approx(210.3, abs=0.05)
    assert found.contains(regular[8])
    path = kept_path(model, drawn, {4: 326}, periods=8, rng=np.random.default_rng(20))
    counted = np.array(regular[SEEN:])
    assert ((path["low"] <= counted) & (counted <= path["high"])).all()
    one = fit_geometric(regular[:SEEN], time_unit="year")
    flat = refits(one, regular[:SEEN], rng=np.random.default_rng(20))
    path = kept_path(one, flat, {4: 326}, periods=8, rng=np.random.default_rng(20))
    assert not ((path["low"] <= counted) & (counted <= path["high"])).any()


def test_a_prediction_interval_holds_chance_too(model, drawn):
    # Ten customers: chance alone leaves some 10 S(8) ± 2 √(10 S(8) (1 − S(8))) = 2.1 ± 2.6.
    few = forecast_kept(model, drawn, {0: 10}, periods=8, rng=np.random.default_rng(20))
    assert (few.low, few.high) == (0, 5)
    many = forecast_kept(model, drawn, {0: 1_000_000}, periods=8, rng=np.random.default_rng(20))
    band = curves(model, drawn, periods=8).iloc[-1]
    assert (many.low / 1e6, many.high / 1e6) == pytest.approx((band["survival_low"], band["survival_high"]), abs=3e-3)


def test_the_share_lost_is_what_is_not_kept(model, drawn):
    found = share_lost(model, drawn, {0: 1}, periods=5)
    band = curves(model, drawn, periods=5).iloc[-1]
    assert found.value == pytest.approx(1 - band["survival"])
    assert (found.low, found.high) == pytest.approx((1 - band["survival_high"], 1 - band["survival_low"]))
    assert share_lost(model, drawn, {0: 1, 9: 1}, periods=5).value < found.value


def test_the_same_seed_gives_the_same_numbers(model, drawn, regular):
    again = refits(model, regular[:SEEN], rng=np.random.default_rng(20))
    assert again.equals(drawn)
    first, second = (
        kept_path(model, drawn, base, periods=4, rng=np.random.default_rng(1)) for base in ({4: 9, 0: 5}, {0: 5, 4: 9})
    )
    assert first.equals(second)


def test_arguments_out_of_range(model, drawn):
    rng = np.random.default_rng(1)
    with pytest.raises(ParameterError, match="1 or more periods"):
        kept_path(model, drawn, {0: 1}, periods=0, rng=rng)
    with pytest.raises(ParameterError, match="level 2"):
        curves(model, drawn, periods=2, level=2)
    with pytest.raises(DataError, match="This base"):
        share_lost(model, drawn, {}, periods=2)
