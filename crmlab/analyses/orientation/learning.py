"""The learning relationship: how much better the firm knows a customer after being told so many times.

A customer prefers the first of two offers with a chance of their own, Beta(a, b) among customers. After n answers of
which x were for the first, the firm's best guess is (a + x) / (a + b + n). Its mean squared error is the variance of
the mixture times (a + b) / (a + b + n): Var(p) = ab / ((a + b)² (a + b + 1)). Where all customers are alike the first
factor is zero, and there is nothing to learn about anybody in particular.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError


def prediction_error(a: float, b: float, answers: int) -> float:
    """Root of the mean squared error of the best guess of a customer's preference after so many answers.

    Raises
    ------
    ParameterError
        If `a` or `b` is not above zero, or `answers` is below zero.
    """
    if min(a, b) <= 0 or answers < 0:
        raise ParameterError(f"a {a} and b {b} must be above zero, and answers {answers} zero or more")
    s = a + b
    return float(np.sqrt(a * b / (s**2 * (s + 1)) * s / (s + answers)))


def learning_curve(
    rng: np.random.Generator, *, a: float, b: float, answers: Sequence[int], n_customers: int = 20_000
) -> pd.DataFrame:
    """Customers who are asked again and again: `answers`, `error` found, `formula`, and the `average`'s error.

    `average` guesses the same for everybody, however much each has said.
    """
    preference = rng.beta(a, b, n_customers)
    rows = []
    for n in answers:
        guess = (a + rng.binomial(n, preference)) / (a + b + n)
        rows.append(
            {
                "answers": n,
                "error": float(np.sqrt(np.mean((guess - preference) ** 2))),
                "formula": prediction_error(a, b, n),
                "average": float(np.std(preference)),
            }
        )
    return pd.DataFrame(rows)
