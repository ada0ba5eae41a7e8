"""How satisfied customers are with each product: a mixed model that borrows from all for those with few answers.

With a product's effect as the only random one, the likelihood is that of one number, the ratio of the two variances,
and is searched as such: statsmodels' `MixedLM`, which the tests compare with, warns and wanders where it is 0.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm

from crmlab.errors import DataError

Vector = NDArray[np.float64]

MOST_RATIO = 100.0  # variance between products over that within one
FEWEST = 5  # products: a spread of fewer cannot be told


@dataclass(frozen=True)
class ByProduct:
    """What the mixed model says: answer = mean + product + error.

    Attributes
    ----------
    mean, between, within : float
        Of all products; standard deviations between products and within one; in points of the scale.
    share : float
        Between products, of the variance of an answer.
    p : float
        Of no difference between products, by the likelihood ratio; half of χ²₁, as 0 is the edge of what is possible
        (Self and Liang 1987, Journal of the American Statistical Association 82).
    table : DataFrame
        `product_id`, `n`, `raw` (mean), `shrunk`, `low`, `high`, the least satisfying first.
    """

    mean: float
    between: float
    within: float
    share: float
    p: float
    table: pd.DataFrame


def by_product(table: pd.DataFrame, *, level: float = 0.95) -> ByProduct:
    """Satisfaction by product.

    A product's own mean is drawn to that of all by n / (n + within² / between²): the fewer answers, the more. Its
    interval is that of the product's effect, given the variances.

    Parameters
    ----------
    table : DataFrame
        `product_id`, `satisfaction`; no missing values.

    Raises
    ------
    DataError
        If there are fewer than five products, or no product with two answers.
    """
    counts = table["product_id"].value_counts()
    if len(counts) < FEWEST or counts.max() < 2:  # noqa: PLR2004 - no spread within a product
        raise DataError(f"{len(counts)} products with answers: {FEWEST} are needed, one of them with two answers")
    grouped = table.groupby("product_id")["satisfaction"].agg(n="size", raw="mean").reset_index()
    n, raw = grouped["n"].to_numpy(float), grouped["raw"].to_numpy(float)
    apart = table["satisfaction"] - table.groupby("product_id")["satisfaction"].transform("mean")
    inside = float((apart**2).sum())
    best = minimize_scalar(lambda ratio: -_fit(n, raw, inside, ratio)[0], bounds=(0, MOST_RATIO), method="bounded")
    ratio = float(best.x) if -best.fun > _fit(n, raw, inside, 0.0)[0] else 0.0
    likelihood, mean, within = _fit(n, raw, inside, ratio)
    between = ratio * within
    gain = 2 * (likelihood - _fit(n, raw, inside, 0.0)[0])
    weight = grouped["n"] * between / (grouped["n"] * between + within)
    shrunk = mean + weight * (grouped["raw"] - mean)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt(between * (1 - weight))
    found = grouped.assign(shrunk=shrunk, low=shrunk - reach, high=shrunk + reach)
    return ByProduct(
        mean=mean,
        between=between**0.5,
        within=within**0.5,
        share=between / (between + within),
        p=0.5 * float(chi2.sf(gain, 1)) if ratio > 0 else 1.0,
        table=found.sort_values(["shrunk", "product_id"], ignore_index=True),
    )


def _fit(n: Vector, raw: Vector, inside: float, ratio: float) -> tuple[float, float, float]:
    """Log-likelihood, mean and variance within a product, for this ratio of the variances.

    With weights w = n / (1 + n · ratio): mean Σ w · raw / Σ w, variance (inside + Σ w (raw − mean)²) / N.
    """
    weight = n / (1 + n * ratio)
    mean = float(weight @ raw / weight.sum())
    within = (inside + float(weight @ (raw - mean) ** 2)) / n.sum()
    likelihood = -0.5 * (n.sum() * (np.log(2 * np.pi * within) + 1) + np.log1p(n * ratio).sum())
    return float(likelihood), mean, float(within)
