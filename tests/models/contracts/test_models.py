"""The three models: by hand, likelihood and gradient, how they nest, what always holds, what is said of them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta as beta_distribution
from scipy.stats import chi2

from crmlab.errors import ParameterError
from crmlab.models.contracts import (
    BetaDiscreteWeibull,
    Geometric,
    Kept,
    ShiftedBetaGeometric,
    endpoint_geometric,
    fit_bdw,
    fit_geometric,
    fit_sbg,
    implied_churn,
    ladder,
    refits,
)
from crmlab.models.contracts.base import log_likelihood

T = np.arange(1, 40)
SHAPES = st.floats(0.05, 50)
FITS = (fit_geometric, fit_sbg, fit_bdw)


def sbg(alpha, beta, time_unit="year"):
    return ShiftedBetaGeometric.known(alpha=alpha, beta=beta, time_unit=time_unit)


def bdw(alpha, beta, c, time_unit="year"):
    return BetaDiscreteWeibull.known(alpha=alpha, beta=beta, c=c, time_unit=time_unit)


def geometric(churn, time_unit="year"):
    return Geometric.known(churn=churn, time_unit=time_unit)


def test_survival_by_hand():
    # Uniform churn rates: S(t) = B(1, 1 + t) / B(1, 1) = 1/(1 + t), retention t/(t + 1).
    assert sbg(1, 1).survival([0, 1, 2, 3]).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])
    assert sbg(1, 1).retention([1, 2, 3]).tolist() == pytest.approx([1 / 2, 2 / 3, 3 / 4])
    # After one renewal: S(1 + 1) / S(1) = (1/3) / (1/2).
    assert float(sbg(1, 1).survival_from(1, 1)) == pytest.approx(2 / 3)
    # c = 2: S(t) = 1/(1 + t²); retention 1/2, then (1/5) / (1/2), then (1/10) / (1/5).
    assert bdw(1, 1, 2).survival([0, 1, 2, 3]).tolist() == pytest.approx([1, 1 / 2, 1 / 5, 1 / 10])
    assert bdw(1, 1, 2).retention([1, 2, 3]).tolist() == pytest.approx([1 / 2, 2 / 5, 1 / 2])
    assert geometric(0.25).survival([0, 1, 2]).tolist() == pytest.approx([1, 0.75, 0.5625])
    # Mean churn of uniform rates 1/2; of those who renewed once 1/3, twice 1/4.
    assert sbg(1, 1).churn_after([0, 1, 2]).tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 4])


@pytest.mark.parametrize(
    ("alpha", "beta", "c"), [(0.7, 1.2, 1.3), (3.8, 15.2, 0.6), (80.0, 300.0, 1.0), (0.1, 0.3, 2.0)]
)
def test_survival_is_the_mean_over_customers(alpha, beta, c):
    for t in (1, 2, 7):
        mean, _ = quad(lambda p, t=t: (1 - p) ** t**c * beta_distribution.pdf(p, alpha, beta), 0, 1, limit=200)
        assert float(bdw(alpha, beta, c).survival(t)) == pytest.approx(mean, rel=1e-6)


@given(SHAPES, SHAPES)
def test_what_always_holds_of_the_sbg(alpha, beta):
    model = sbg(alpha, beta)
    survival, retention = model.survival(T), model.retention(T)
    assert ((survival > 0) & (survival < 1)).all()
    assert (np.diff(survival) < 0).all()
    assert (np.diff(retention) > 0).all()
    # Fader and Hardie (2007), eq. (7)
    assert retention == pytest.approx((beta + T - 1) / (alpha + beta + T - 1))
    assert np.cumprod(retention) == pytest.approx(survival)
    assert model.churn_after(T - 1) == pytest.approx(1 - retention)


@given(SHAPES, SHAPES, st.floats(0.3, 3))
def test_what_always_holds_of_the_bdw(alpha, beta, c):
    survival = bdw(alpha, beta, c).survival(np.r_[0, T])
    assert survival[0] == 1
    assert (survival >= 0).all()
    assert (np.diff(survival) <= 0).all()


@given(st.floats(0.001, 0.99))
def test_retention_of_the_geometric_is_flat(churn):
    assert geometric(churn).retention(T) == pytest.approx(np.full(T.size, 1 - churn))


@given(SHAPES, SHAPES)
def test_the_bdw_with_c_1_is_the_sbg(alpha, beta):
    assert (bdw(alpha, beta, 1.0).survival(T) == sbg(alpha, beta).survival(T)).all()


def test_c_turns_a_customers_own_risk():
    # Customers all but alike: the retention of the cohort is that of a customer.
    alike = {c: bdw(1e5, 4e5, c).retention(T) for c in (0.7, 1.0, 1.4)}
    assert (np.diff(alike[0.7]) > 0).all()
    assert alike[1.0] == pytest.approx(np.full(T.size, 0.8), abs=1e-4)
    assert (np.diff(alike[1.4]) < 0).all()
    # With customers who differ retention falls first and rises afterwards: the paper's U.
    shape = np.diff(bdw(0.5, 1.5, 1.6).retention(T))
    assert shape[0] < 0 < shape[-1]


@pytest.mark.parametrize("total", [1e2, 1e4, 1e6, 1e9])
def test_customers_all_but_alike_are_exact(total):
    # ln S(t) = Σ ln[(β + i) / (α + β + i)], summed in long numbers.
    a, b = np.longdouble(0.3) * np.longdouble(total), np.longdouble(0.7) * np.longdouble(total)
    steps = np.arange(12, dtype=np.longdouble)
    expected = np.cumsum(np.log1p(-a / (a + b + steps)))
    found = ShiftedBetaGeometric.log_survival({"alpha": float(a), "beta": float(b)}, steps.astype(float) + 1)
    assert found == pytest.approx(expected.astype(float), rel=1e-13)


def test_the_likelihood_by_hand():
    # Uniform churn rates, counts 100, 60, 45: 40 ln(1/2) + 15 ln(1/2 − 1/3) + 45 ln(1/3).
    expected = 40 * np.log(1 / 2) + 15 * np.log(1 / 6) + 45 * np.log(1 / 3)
    value, _ = log_likelihood(np.zeros(2), Kept.of_cohort([100, 60, 45]).intervals, ShiftedBetaGeometric.slopes)
    assert float(value) == pytest.approx(expected)
    # Of 60 after one renewal 45 after two: 45 ln(2/3) + 15 ln(1/3).
    value, _ = log_likelihood(np.zeros(2), Kept.of_last_two([(2, 60, 45)]).intervals, ShiftedBetaGeometric.slopes)
    assert float(value) == pytest.approx(45 * np.log(2 / 3) + 15 * np.log(1 / 3))


@pytest.mark.parametrize(
    "kept", [Kept.of_cohorts([[100, 60, 45, 40], [50, 30]]), Kept.of_last_two([(2, 60, 45), (5, 30, 26)])]
)
@pytest.mark.parametrize("model", [Geometric, ShiftedBetaGeometric, BetaDiscreteWeibull])
@pytest.mark.parametrize("at", [-1.0, 0.3, 2.0, 8.0])
def test_the_gradient_is_that_of_the_value(model, kept, at):
    theta = at + 0.1 * np.arange(len(model.parameters)) * (1 if at < 5 else -20)
    _, gradient = log_likelihood(theta, kept.intervals, model.slopes)
    for place in range(theta.size):
        step = np.zeros(theta.size)
        step[place] = 1e-5
        ahead, behind = (float(log_likelihood(theta + s * step, kept.intervals, model.slopes)[0]) for s in (1, -1))
        assert gradient[place] == pytest.approx((ahead - behind) / 2e-5, rel=1e-4, abs=1e-5)


def test_the_geometric_is_losses_over_renewals(regular):
    # 674 losses over 1000 + 631 + 468 + 382 = 2481 renewals; standard error √(θ(1 − θ)/2481).
    model = fit_geometric(regular[:5], time_unit="year")
    assert model.params["churn"] == pytest.approx(674 / 2481, rel=1e-9)
    assert model.standard_errors["churn"] == pytest.approx(np.sqrt(674 / 2481 * (1 - 674 / 2481) / 2481), rel=1e-4)
    assert 1000 * float(model.survival(8)) == pytest.approx(79.2, abs=0.05)
    # Ends joined: .326² = .1063; the sBG says 210.
    assert 1000 * float(endpoint_geometric(regular[:5], time_unit="year").survival(8)) == pytest.approx(106.3, abs=0.05)
    assert 1000 * float(fit_sbg(regular[:5], time_unit="year").survival(8)) == pytest.approx(210, abs=0.5)
    low, high = model.summary()[["low", "high"]].iloc[0]
    assert low < 674 / 2481 < high


def test_half_in_five_years():
    assert implied_churn(0.5, 5) == pytest.approx(0.1294, abs=5e-5)
    assert implied_churn(0.5, 60) == pytest.approx(0.01149, abs=5e-6)  # a month
    for lost, periods in ((0, 5), (1, 5), (0.5, 0)):
        with pytest.raises(ParameterError, match="share between 0 and 1"):
            implied_churn(lost, periods)


@pytest.mark.parametrize("fit", FITS)
def test_a_cohort_split_into_two_changes_nothing(fit, regular):
    whole = fit(regular[:8], time_unit="year")
    half = [n / 2 for n in regular[:8]]
    parts = fit([half, half], time_unit="year")
    assert parts.params == pytest.approx(whole.params, rel=1e-9)
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert list(parts.standard_errors) == pytest.approx(list(whole.standard_errors), rel=1e-6)
    assert (parts.n_customers, parts.observed) == (whole.n_customers, whole.observed)


@pytest.mark.parametrize("fit", FITS)
def test_a_name_for_the_period_changes_no_parameter(fit, regular):
    years, months = (fit(regular[:8], time_unit=unit) for unit in ("year", "month"))
    assert years.params == months.params
    assert (years.periods_a_year, months.periods_a_year) == (1, 12)
    # 10 % a year is 10 % a yearly period and 1.1^(1/12) − 1 = .797 % a monthly one.
    assert years.discount_rate(0.1) == pytest.approx(0.1)
    assert months.discount_rate(0.1) == pytest.approx(0.00797, abs=5e-6)


@pytest.mark.parametrize("fit", FITS)
def test_the_covariance_is_the_inverse_of_second_differences(fit, high_end):
    model = fit(high_end, time_unit="year")
    kept, names = Kept.of_cohort(high_end), list(model.params)
    values = np.array(list(model.params.values()))
    steps = 1e-3 * values

    def at(*moves):
        params = dict(zip(names, values + np.sum(moves, axis=0), strict=True))
        return float(log_likelihood(model.to_theta(params), kept.intervals, model.slopes)[0])

    units = np.diag(steps)
    hessian = [
        [(at(i, j) - at(i, -j) - at(-i, j) + at(-i, -j)) / (4 * i.sum() * j.sum()) for j in units] for i in units
    ]
    assert model.covariance.to_numpy() == pytest.approx(np.linalg.inv(-np.array(hessian)), rel=1e-3)


def test_the_ladder_by_hand(regular):
    models = [fit(regular[:8], time_unit="year") for fit in FITS]
    table = ladder(*reversed(models))
    assert list(table["model"]) == ["geometric", "sBG", "BdW"]
    logs = [model.log_likelihood for model in models]
    assert list(table["aic"]) == pytest.approx([2 * k - 2 * log for k, log in zip((1, 2, 3), logs, strict=True)])
    assert list(table["bic"]) == pytest.approx(
        [k * np.log(1000) - 2 * log for k, log in zip((1, 2, 3), logs, strict=True)]
    )
    # At the boundary half of chi-square's p-value, inside the whole of it.
    ratios = 2 * np.diff(logs)
    assert list(table["p"][1:]) == pytest.approx([chi2.sf(ratios[0], 1) / 2, chi2.sf(ratios[1], 1)])
    assert np.isnan(table["p"][0])
    # Geometric against BdW: an even mix of one and two degrees of freedom.
    both = ladder(models[0], models[2])["p"][1]
    assert both == pytest.approx((chi2.sf(ratios.sum(), 1) + chi2.sf(ratios.sum(), 2)) / 2)


def test_a_ladder_takes_models_of_the_same_customers(regular):
    one, other = fit_sbg(regular[:8], time_unit="year"), fit_bdw(regular[:7], time_unit="year")
    for models in ((one,), (one, other), (one, one), (sbg(1, 1), bdw(1, 1, 1))):
        with pytest.raises(ParameterError, match="same customers and periods"):
            ladder(*models)


@pytest.mark.parametrize("fit", FITS)
def test_a_period_no_contract_has_is_refused(fit, regular):
    with pytest.raises(ParameterError, match="'day', 'week', 'month', 'quarter', 'year'"):
        fit(regular, time_unit="decade")


def test_a_known_model_needs_its_parameters():
    with pytest.raises(ParameterError, match="beta is missing") as refused:
        ShiftedBetaGeometric.known(time_unit="year", alpha=-1, gamma=2)
    for said in ("gamma is no parameter", "alpha is -1"):
        assert said in str(refused.value)
    with pytest.raises(ParameterError, match="churn is 1; it is below 1"):
        geometric(1)


def test_a_model_is_frozen(regular):
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit_sbg(regular, time_unit="year").observed = 1


@pytest.mark.parametrize("fit", FITS)
def test_refits_find_the_maximum_of_each_sample(fit, regular):
    # Small steps on many samples at once against the search that fits one: no sample is better by a thousandth.
    model = fit(regular[:6], time_unit="year")
    drawn = refits(model, regular[:6], rng=np.random.default_rng(3), n_draws=100)
    rng = np.random.default_rng(3)
    here, counts = np.full(100, 1000), [np.full(100, 1000)]
    for t in range(1, 6):
        here = rng.binomial(here, float(model.retention(t)))
        counts.append(here)
    for row in range(20):
        sample = Kept.of_cohort([float(column[row]) for column in counts])
        at = model.to_theta(drawn.iloc[row].to_dict())
        reached = float(log_likelihood(at, sample.intervals, model.slopes)[0])
        assert reached > fit(sample, time_unit="year").log_likelihood - 2e-3


def test_refits_need_draws(regular):
    with pytest.raises(ParameterError, match="at least 100"):
        refits(fit_sbg(regular, time_unit="year"), regular, rng=np.random.default_rng(1), n_draws=50)
