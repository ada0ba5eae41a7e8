"""Contracts against the papers' numbers, arithmetic by hand and planted truth."""

import numpy as np
import pytest
from scipy.special import beta as beta_function

from crmlab.errors import DataError, ParameterError
from crmlab.models import contractual as c

SURVIVORS = [1000, 631, 468, 382, 326]  # Fader and Hardie (2007), appendix B


@pytest.fixture(scope="module")
def published() -> c.ShiftedBetaGeometric:
    return c.fit_sbg(c.Kept.of_cohort(SURVIVORS))


def test_sbg_as_published(published: c.ShiftedBetaGeometric) -> None:
    # Fader and Hardie (2007): α .764, β 1.296, log-likelihood −1401.6.
    assert (published.alpha, published.beta) == pytest.approx((0.764, 1.296), abs=5e-4)
    assert published.log_likelihood == pytest.approx(-1401.6, abs=0.05)
    assert published.observed == 4


def test_three_forecasts_of_the_same_cohort(published: c.ShiftedBetaGeometric) -> None:
    # Ends joined: .326² = .1063. One rate by maximum likelihood: 674 losses over 2481 renewals; (1 − .27166)⁸ = .0792.
    kept = c.Kept.of_cohort(SURVIVORS)
    assert 1000 * c.endpoint_geometric(SURVIVORS).survival(8) == pytest.approx(106.3, abs=0.05)
    assert c.fit_geometric(kept).churn == pytest.approx(674 / 2481)
    assert 1000 * c.fit_geometric(kept).survival(8) == pytest.approx(79.2, abs=0.05)
    assert 1000 * published.survival(8) == pytest.approx(210, abs=0.5)


def test_survival_by_hand() -> None:
    model = c.ShiftedBetaGeometric(alpha=1, beta=1, log_likelihood=0, n=1, observed=1)
    # Uniform churn rates: S(t) = B(1, 1 + t) = 1/(1 + t); retention t/(t + 1).
    assert model.survival([0, 1, 2, 3]).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])
    assert model.retention([1, 2, 3]).tolist() == pytest.approx([1 / 2, 2 / 3, 3 / 4])
    # A base of one new customer and one kept for a year: (1/2 + (1/3)/(1/2))/2 = 7/12 after a year.
    assert model.base_survival({0: 1, 1: 1}, 1)[0] == pytest.approx(7 / 12)


def test_survival_is_the_product_of_retention(published: c.ShiftedBetaGeometric) -> None:
    t = np.arange(1, 30)
    assert np.cumprod(published.retention(t)) == pytest.approx(published.survival(t))
    assert (np.diff(published.retention(t)) > 0).all()
    a, b = published.alpha, published.beta
    assert published.survival(3) == pytest.approx(beta_function(a, b + 3) / beta_function(a, b))


def test_half_in_five_years() -> None:
    assert c.implied_churn(0.5, 5) == pytest.approx(0.1294, abs=5e-5)
    assert c.implied_churn(0.5, 60) == pytest.approx(0.01149, abs=5e-6)  # a month
    for lost, periods in ((0, 5), (1, 5), (0.5, 0)):
        with pytest.raises(ParameterError, match="share between 0 and 1"):
            c.implied_churn(lost, periods)


def test_a_base_keeps_more_than_a_cohort(published: c.ShiftedBetaGeometric) -> None:
    assert published.base_survival({0: 1}, 5)[0] == pytest.approx(float(published.survival(5)))
    old = {tenure: 100 * float(published.survival(tenure)) for tenure in range(10)}
    assert published.base_survival(old, 5)[0] > float(published.survival(5))


def test_cohorts_of_several_ages_are_fitted_together(published: c.ShiftedBetaGeometric) -> None:
    # Two cohorts of the same kind, one watched for two periods only: lost and kept add up by period.
    both = c.Kept(lost=(369 + 369, 163 + 163, 86, 56), kept=(0, 468, 0, 326))
    assert both.n == 2000
    assert both.exposures == 369 * 2 + 163 * 2 * 2 + 86 * 3 + 56 * 4 + 468 * 2 + 326 * 4
    found = c.fit_sbg(both)
    assert (found.alpha, found.beta) == pytest.approx((published.alpha, published.beta), rel=0.1)


def test_customers_alike_give_a_flat_retention() -> None:
    # A tenth leaves each period: 1000, 900, 810, 729; α and β grow together, and retention stays at .9.
    found = c.fit_sbg(c.Kept.of_cohort([1000, 900, 810, 729]))
    assert found.retention([1, 10]).tolist() == pytest.approx([0.9, 0.9], abs=1e-3)


def test_the_forecast_has_an_interval_around_it(published: c.ShiftedBetaGeometric) -> None:
    kept = c.Kept.of_cohort(SURVIVORS)
    found = c.forecast_kept(published, kept, periods=8, rng=np.random.default_rng(20), n_draws=200)
    assert found.value == pytest.approx(210.3, abs=0.05)
    assert 150 < found.low < 190
    assert 230 < found.high < 270
    nearer = c.forecast_kept(published, kept, periods=5, rng=np.random.default_rng(20), n_draws=200)
    assert (nearer.high - nearer.low) / nearer.value < (found.high - found.low) / found.value


@pytest.mark.parametrize("survivors", [[100], [100, 120], [100, -1]])
def test_survivors_only_fall(survivors: list[float]) -> None:
    with pytest.raises(DataError, match="none above the one before"):
        c.Kept.of_cohort(survivors)


@pytest.mark.parametrize("survivors", [[100, 90], [100, 100, 100], [100, 50, 0]])
def test_one_rate_is_all_there_is_to_know(survivors: list[float]) -> None:
    with pytest.raises(DataError, match="two periods or more"):
        c.fit_sbg(c.Kept.of_cohort(survivors))
