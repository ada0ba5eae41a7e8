"""Customers whose profit is known: orders by chance, a margin on each, and services for it that may differ by customer.

Orders come as a Poisson process, in two years alike. An order's revenue is Gamma around a mean of the customer's own,
and its margin a fixed share of it. Services for an order are Poisson with a mean of the customer's own, and each
costs Gamma. With `effect` 0 all customers are served alike, and whoever lost money lost it by chance or by small
orders; with more, some cost much to serve whatever they buy.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError, together
from crmlab.simulate.dated import customer_ids

PERIODS = (1, 2)
SHAPE = 4.0  # of the Gamma of an order's revenue and of a service's cost: their spread is half of their mean


@dataclass(frozen=True)
class ProfitHistories:
    """Simulated sales and services, and the truth they were drawn from.

    Attributes
    ----------
    sales : DataFrame
        One row an order: `customer_id`, `unit` (its number), `period` (1 or 2), `date`, `revenue`, `margin`.
    services : DataFrame
        One row an order with a service: `customer_id`, `unit`, `period`, `driver` (`service`), `events`, `minutes`,
        `cost`.
    truth : DataFrame
        One row a customer, with orders or not: `customer_id`, `orders_per_period`, `mean_revenue`,
        `services_per_order`, `expected`: what the customer leaves in a period on average.
    """

    sales: pd.DataFrame
    services: pd.DataFrame
    truth: pd.DataFrame


def profit_histories(
    rng: np.random.Generator,
    *,
    n_customers: int,
    effect: float = 0.0,
    orders_per_period: float = 3.0,
    mean_revenue: float = 100.0,
    revenue_spread: float = 0.5,
    margin_rate: float = 0.3,
    services_per_order: float = 1.0,
    cost_of_service: float = 15.0,
) -> ProfitHistories:
    """Orders and services of `n_customers` customers in two periods.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.
    n_customers : int
        Customers in the truth.
    effect : float
        How much customers differ in how often they are served: the standard deviation of the logarithm of their mean
        services an order, whose mean over customers stays as it is. 0: all alike.
    orders_per_period : float
        Mean over customers, whose rates are exponential.
    mean_revenue, revenue_spread : float
        Mean revenue of an order, and the standard deviation of its logarithm between customers.
    margin_rate : float
        Margin as a share of revenue, above 0, at most 1.
    services_per_order, cost_of_service : float
        Mean services an order, and what one costs on average.

    Raises
    ------
    ParameterError
        If a value cannot be used; all of them at once.
    """
    above = {"n_customers": n_customers, "orders_per_period": orders_per_period, "mean_revenue": mean_revenue}
    above |= {"services_per_order": services_per_order, "cost_of_service": cost_of_service, "margin_rate": margin_rate}
    spreads = {"effect": effect, "revenue_spread": revenue_spread}
    _check(above, spreads, margin_rate)
    rate = rng.exponential(orders_per_period, n_customers)
    revenue = mean_revenue * _around_one(rng, revenue_spread, n_customers)
    served = services_per_order * _around_one(rng, effect, n_customers)
    ids = customer_ids(1, n_customers)
    truth = pd.DataFrame(
        {
            "customer_id": ids,
            "orders_per_period": rate,
            "mean_revenue": revenue,
            "services_per_order": served,
            "expected": rate * (margin_rate * revenue - served * cost_of_service),
        }
    )
    orders = rng.poisson(rate, (len(PERIODS), n_customers))
    of = np.concatenate([np.repeat(np.arange(n_customers), times) for times in orders])
    period = np.repeat(PERIODS, orders.sum(axis=1))
    paid = revenue[of] * rng.gamma(SHAPE, 1 / SHAPE, of.size)
    sales = pd.DataFrame(
        {
            "customer_id": ids.take(of),
            "unit": np.arange(of.size).astype(str),
            "period": period,
            "date": np.datetime64("2021-01-01", "s") + (365 * (period - 1)).astype("timedelta64[D]"),
            "revenue": paid,
            "margin": margin_rate * paid,
        }
    )
    return ProfitHistories(sales, _services(rng, sales, served[of], cost_of_service), truth)


def _around_one(rng: np.random.Generator, spread: float, n: int) -> np.ndarray:
    """`n` lognormal numbers with mean 1 and this standard deviation of their logarithm."""
    drawn: np.ndarray = np.exp(spread * rng.standard_normal(n) - spread**2 / 2)
    return drawn


def _services(rng: np.random.Generator, sales: pd.DataFrame, mean: np.ndarray, cost: float) -> pd.DataFrame:
    times = rng.poisson(mean)
    spent = rng.gamma(SHAPE * np.maximum(times, 1)) / SHAPE * cost
    found = sales[["customer_id", "unit", "period"]].assign(
        driver="service", events=times, minutes=10.0 * times, cost=spent
    )
    return found[times > 0].reset_index(drop=True)


def _check(above: dict[str, float], spreads: dict[str, float], margin_rate: float) -> None:
    problems = [f"{name} is {value}; it is above 0" for name, value in above.items() if not 0 < value < math.inf]
    problems += [f"{name} is {value}; it is 0 or more" for name, value in spreads.items() if not 0 <= value < math.inf]
    if margin_rate > 1:
        problems.append(f"margin_rate is {margin_rate}; it is at most 1")
    if problems:
        raise ParameterError(together("profits cannot be simulated:", problems))
