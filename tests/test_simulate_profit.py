"""Customers whose profit is known: what is planted is drawn, and what cannot be used is refused."""

import numpy as np
import pytest

from crmlab.errors import ParameterError
from crmlab.simulate import profit_histories


def world(seed: int = 1, **more: float):
    return profit_histories(np.random.default_rng(seed), n_customers=4000, **more)


def test_orders_revenue_and_services_are_as_planted() -> None:
    made = world(effect=0.7)
    # 4,000 customers × 2 periods × 3 orders; rates are exponential, so the sum has sd √(24,000 + 4·4,000·9) = 410.
    assert len(made.sales) == pytest.approx(24_000, abs=4 * 410)
    assert made.truth["services_per_order"].mean() == pytest.approx(1.0, abs=0.06)
    assert made.truth["mean_revenue"].mean() == pytest.approx(100, abs=4)
    assert (made.sales["margin"] / made.sales["revenue"]).to_numpy() == pytest.approx(0.3)
    # A service costs 15 on average, 7.5 its standard deviation.
    by_service = made.services["cost"].sum() / made.services["events"].sum()
    assert by_service == pytest.approx(15, abs=4 * 7.5 / np.sqrt(made.services["events"].sum()))


def test_expected_profit_is_what_customers_leave_on_average() -> None:
    made = world(2, effect=0.7)
    left = made.sales["margin"].sum() - made.services["cost"].sum()
    # A customer's profit of a period has a standard deviation of about 100, over 8,000 of them 9,000.
    assert left == pytest.approx(2 * made.truth["expected"].sum(), abs=4 * 9_000)


def test_without_effect_all_are_served_alike() -> None:
    assert world(effect=0.0).truth["services_per_order"].nunique() == 1
    assert world(effect=0.7).truth["services_per_order"].std() > 0.5


def test_the_same_seed_gives_the_same_world() -> None:
    one, other = world(3, effect=0.2), world(3, effect=0.2)
    assert one.sales.equals(other.sales)
    assert one.services.equals(other.services)


def test_what_cannot_be_simulated_is_refused_together() -> None:
    with pytest.raises(ParameterError, match=r"n_customers is 0(.|\n)*effect is -1(.|\n)*margin_rate is 2") as caught:
        profit_histories(np.random.default_rng(1), n_customers=0, effect=-1, margin_rate=2)
    assert "orders_per_period" not in str(caught.value)
