"""How satisfied customers are with each product: a mixed model that borrows from all for those with few answers."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from crmlab.errors import DataError

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
    y = table["satisfaction"].to_numpy(float)
    model = MixedLM(y, np.ones((y.size, 1)), groups=table["product_id"].to_numpy())
    with warnings.catch_warnings():
        # No difference between products is an answer, and lies on the edge of the likelihood.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(reml=False)
    between = max(float(np.asarray(fit.cov_re)[0, 0]), 0.0)
    within, mean = float(fit.scale), float(fit.fe_params[0])
    ratio = 2 * max(float(fit.llf) - float(norm.logpdf(y, y.mean(), y.std()).sum()), 0.0)
    grouped = table.groupby("product_id")["satisfaction"].agg(n="size", raw="mean").reset_index()
    weight = grouped["n"] * between / (grouped["n"] * between + within)
    shrunk = mean + weight * (grouped["raw"] - mean)
    reach = float(norm.ppf((1 + level) / 2)) * np.sqrt(between * (1 - weight))
    found = grouped.assign(shrunk=shrunk, low=shrunk - reach, high=shrunk + reach)
    return ByProduct(
        mean=mean,
        between=between**0.5,
        within=within**0.5,
        share=between / (between + within),
        p=0.5 * float(chi2.sf(ratio, 1)) if ratio > 0 else 1.0,
        table=found.sort_values(["shrunk", "product_id"], ignore_index=True),
    )
