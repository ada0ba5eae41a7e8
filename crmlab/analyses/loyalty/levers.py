"""Which lever goes with satisfaction, and through what a relationship may keep customers.

Shapley shares divide the R² of a regression among its variables, averaged over every order in which they may enter
(Lindeman, Merenda and Gold 1980; Shapley 1953). They say what predicts. A consequence of satisfaction predicts it as
well as a cause does, so they say nothing of what would follow from pulling a lever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr

MOST = 12  # variables: 2¹² regressions


def levers(table: pd.DataFrame, names: Sequence[str], *, of: str = "satisfaction", level: float = 0.95) -> pd.DataFrame:
    """One row a lever, the largest share of R² first: `lever`, `slope`, `low`, `high`, `shapley`.

    `slope` is in points of `of` for a point of the lever, the others held; errors are robust (HC3). The shares add up
    to the R² of all together.
    """
    x = sm.add_constant(table[list(names)].to_numpy(float))
    fit = sm.OLS(table[of].to_numpy(float), x).fit(cov_type="HC3", use_t=True)
    ends = fit.conf_int(alpha=1 - level)[1:]
    share = shapley(table[list(names)].to_numpy(float), table[of].to_numpy(float))
    found = pd.DataFrame(
        {"lever": list(names), "slope": fit.params[1:], "low": ends[:, 0], "high": ends[:, 1], "shapley": share}
    )
    return found.sort_values("shapley", ascending=False, ignore_index=True)


def shapley(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Each column's share of R²: Σ over sets S without it of |S|! (k − |S| − 1)! / k! · (R²(S and it) − R²(S)).

    Parameters
    ----------
    x, y : ndarray
        n rows, k columns; n values. With uncorrelated columns each share is the squared correlation.

    Raises
    ------
    DataError
        If there are more than 12 columns, or y or a column does not vary.
    """
    k = x.shape[1]
    if k > MOST or np.ptp(y) == 0 or (np.ptp(x, axis=0) == 0).any():
        raise DataError(f"shares of R² need at most {MOST} variables that vary, and answers that do; got {k}")
    every = [frozenset(chosen) for size in range(k + 1) for chosen in combinations(range(k), size)]
    r2 = {chosen: _r2(x[:, sorted(chosen)], y) for chosen in every}
    return np.array(
        [
            sum((r2[one | {j}] - r2[one]) / (k * comb(k - 1, len(one))) for one in every if j not in one)
            for j in range(k)
        ]
    )


@dataclass(frozen=True)
class Chain:
    """A cause, what it may work through, and the outcome, by two straight lines.

    Attributes
    ----------
    first, second : float
        Points of the mediator for a point of the cause; change of the outcome's share for a point of the mediator.
    through : Estimate
        Their product: the part that goes through the mediator, if nothing else moves mediator and outcome together.
    direct : Estimate
        What is left of the cause with the mediator held.
    breaks_at : float
        How strongly what was left out would have to move mediator and outcome together (the correlation of the two
        errors) for the part through the mediator to be nothing at all.
    """

    first: float
    second: float
    through: Estimate
    direct: Estimate
    breaks_at: float


def chain(
    table: pd.DataFrame, cause: str, mediator: str, outcome: str, *, denominator: str, window: str, level: float = 0.95
) -> Chain:
    """Whether what `cause` does to `outcome` goes through `mediator`, and how easily that could be mistaken.

    The product's error is Sobel's (1982, Sociological Methodology 13). `breaks_at` is the correlation of the errors of
    mediator and outcome in regressions on the cause alone: at that value the product is 0 (Imai, Keele and Yamamoto
    2010, Statistical Science 25(1), theorem 4). Nothing in the data can say how large the correlation is.
    """
    t, m, y = (table[name].to_numpy(float) for name in (cause, mediator, outcome))
    on_cause = sm.OLS(m, sm.add_constant(t)).fit(cov_type="HC3")
    both = sm.OLS(y, sm.add_constant(np.column_stack([t, m]))).fit(cov_type="HC3")
    total = sm.OLS(y, sm.add_constant(t)).fit()
    a, b = float(on_cause.params[1]), float(both.params[2])
    error = float(np.hypot(a * both.bse[2], b * on_cause.bse[1]))

    def made(value: float, spread: float, method: str) -> Estimate:
        reach = float(norm.ppf((1 + level) / 2)) * spread
        return Estimate(
            value=value,
            low=value - reach,
            high=value + reach,
            n=len(table),
            level=level,
            method=method,
            evidence="association",
            denominator=denominator,
            window=window,
        )

    return Chain(
        first=a,
        second=b,
        through=made(a * b, error, tr("product of two slopes, Sobel's error")),
        direct=made(float(both.params[1]), float(both.bse[1]), tr("straight line, robust errors (HC3)")),
        breaks_at=float(np.corrcoef(on_cause.resid, total.resid)[0, 1]),
    )


def if_left_out(
    table: pd.DataFrame, cause: str, mediator: str, outcome: str, *, correlations: Sequence[float]
) -> pd.DataFrame:
    """The part through the mediator, if the errors were correlated that much: `correlation`, `through`.

    a σ_y / σ_m · (ρ̃ − ρ √((1 − ρ̃²) / (1 − ρ²))), with a the slope of the mediator on the cause, σ the errors' standard
    deviations given the cause alone and ρ̃ their correlation (Imai, Keele and Yamamoto 2010, theorem 4).
    """
    t, m, y = (table[name].to_numpy(float) for name in (cause, mediator, outcome))
    design = sm.add_constant(t)
    first, total = sm.OLS(m, design).fit(), sm.OLS(y, design).fit()
    observed = float(np.corrcoef(first.resid, total.resid)[0, 1])
    rho = np.asarray(correlations, dtype=np.float64)
    ratio = float(total.resid.std() / first.resid.std())
    through = float(first.params[1]) * ratio * (observed - rho * np.sqrt((1 - observed**2) / (1 - rho**2)))
    return pd.DataFrame({"correlation": rho, "through": through})


def _r2(x: np.ndarray, y: np.ndarray) -> float:
    if x.shape[1] == 0:
        return 0.0
    design = np.column_stack([np.ones(len(y)), x])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - left @ left / ((y - y.mean()) @ (y - y.mean())))
