"""What a point of satisfaction is worth in staying, where customers have a choice and where they have none.

The effect is on the scale of the probability: in a logit the coefficient of the product of two variables is not the
interaction, and may even have the other sign (Ai and Norton 2003, Economics Letters 80). Regions, not customers, have
a market, so regions are what the comparison can count: with eight of them, errors that are robust to clusters are too
small (Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90(3)), and the two-step estimate of Donald
and Lang (2007, Review of Economics and Statistics 89(2)) takes one number from each region.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import norm, t

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import wilson

Vector = NDArray[np.float64]

FEWEST = 20  # answers a region needs for a slope of its own
STEP = 1e-5


def curve(table: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """The share that stayed by answer and market: `captive`, `satisfaction`, `n`, `stayed`, `share`, `low`, `high`."""
    counted = table.groupby(["captive", "satisfaction"])["stayed"].agg(n="size", stayed="sum").reset_index()
    low, high = wilson(counted["stayed"], counted["n"], level=level)
    return counted.assign(share=counted["stayed"] / counted["n"], low=low, high=high)


@dataclass(frozen=True)
class Logit:
    """Stayed on satisfaction, captive and their product, over all customers.

    Attributes
    ----------
    coefficient : float
        Of the product, in log-odds a point: what is often read as the interaction.
    choice, captive : float
        The average effect of a point on the probability, if everybody had a choice, and if nobody had.
    naive, clustered : Estimate
        `choice` less `captive`: with errors as if customers were independent, and clustered by region with t of G − 1.
    """

    coefficient: float
    choice: float
    captive: float
    naive: Estimate
    clustered: Estimate


def pooled(table: pd.DataFrame, *, window: str, level: float = 0.95) -> Logit | None:
    """The logit of staying; None where all regions are on one side of the cut.

    Parameters
    ----------
    table : DataFrame
        `stayed` (1 or 0), `satisfaction`, `captive` (bool), `region`; no missing values.
    """
    if table["captive"].nunique() < 2:  # noqa: PLR2004 - two kinds of market
        return None
    x, captive = table["satisfaction"].to_numpy(float), table["captive"].to_numpy(float)
    design = np.column_stack([np.ones(x.size), x, captive, x * captive])
    groups = pd.factorize(table["region"])[0]
    model = sm.Logit(table["stayed"].to_numpy(float), design)
    plain = model.fit(disp=0)
    robust = model.fit(disp=0, cov_type="cluster", cov_kwds={"groups": groups})

    def worth(beta: Vector) -> Vector:
        return np.array([_average_effect(beta, x, held) for held in (0.0, 1.0)])

    beta = np.asarray(plain.params)
    slopes, gradient = worth(beta), _gradient(lambda at: float(np.subtract(*worth(at))), beta)
    spread: list[Any] = [(plain, float(norm.ppf((1 + level) / 2))), (robust, _t(groups.max(), level))]
    ways = (tr("logit, delta method, customers independent"), tr("logit, delta method, clustered by region"))
    made = [
        _estimate(
            float(slopes[0] - slopes[1]),
            reach * float(np.sqrt(gradient @ fit.cov_params() @ gradient)),
            len(table),
            method,
            window=window,
            level=level,
        )
        for (fit, reach), method in zip(spread, ways, strict=True)
    ]
    return Logit(float(beta[3]), float(slopes[0]), float(slopes[1]), *made)


def by_region(table: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """One row a region: `region`, `hhi`, `captive`, `n`, `stayed` (share), `slope`, `low`, `high`.

    The slope is that of the straight line of staying on satisfaction: the average effect of a point on the
    probability, whatever the curve (for a normal score exactly so). The interval's errors are robust (HC3). Regions
    with fewer than 20 answers, or all of them alike, are left out.
    """
    rows = []
    for region, part in table.groupby("region"):
        if len(part) < FEWEST or part["satisfaction"].nunique() < 2:  # noqa: PLR2004 - a line needs two points
            continue
        line = sm.OLS(part["stayed"].to_numpy(float), sm.add_constant(part["satisfaction"].to_numpy(float)))
        fit = line.fit(cov_type="HC3", use_t=True)
        low, high = fit.conf_int(alpha=1 - level)[1]
        first = part.iloc[0]
        rows.append(
            (region, first["hhi"], first["captive"], len(part), part["stayed"].mean(), fit.params[1], low, high)
        )
    columns = ["region", "hhi", "captive", "n", "stayed", "slope", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values(["hhi", "region"], ignore_index=True)


def between_regions(regions: pd.DataFrame, *, window: str, level: float = 0.95) -> Estimate | None:
    """What a point is worth more with choice than without, from one slope a region: the number to quote.

    Weighted by the region's answers; t with as many degrees of freedom as regions less two. None where fewer than two
    regions are on a side.
    """
    sides = regions.groupby("captive").size()
    if len(sides) < 2 or sides.min() < 2:  # noqa: PLR2004 - two sides, and a spread within each
        return None
    return _line(regions, 1.0 - regions["captive"].to_numpy(float), window, level)


def per_tenth_of_hhi(regions: pd.DataFrame, *, window: str, level: float = 0.95) -> Estimate | None:
    """By how much the worth of a point changes with .1 more concentration; None with fewer than four regions."""
    if len(regions) < 4:  # noqa: PLR2004 - two degrees of freedom for a line
        return None
    return _line(regions, regions["hhi"].to_numpy(float) * 10, window, level)


def worth(table: pd.DataFrame, *, window: str, level: float = 0.95) -> Estimate:
    """What a point of satisfaction is worth in staying among these customers, on the scale of the probability.

    Raises
    ------
    DataError
        If there are fewer than 20 of them, or all answered alike.
    """
    if len(table) < FEWEST or table["satisfaction"].nunique() < 2:  # noqa: PLR2004 - a line needs two points
        raise DataError(f"{len(table)} answers, or answers all alike, give no slope: {FEWEST} that differ are needed")
    x = sm.add_constant(table["satisfaction"].to_numpy(float))
    fit = sm.OLS(table["stayed"].to_numpy(float), x).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int(alpha=1 - level)[1]
    reach = float(high - low) / 2
    return _estimate(
        float(fit.params[1]), reach, len(table), tr("straight line, robust errors (HC3)"), window=window, level=level
    )


def _line(regions: pd.DataFrame, x: Vector, window: str, level: float) -> Estimate:
    fit = sm.WLS(regions["slope"].to_numpy(float), sm.add_constant(x), weights=regions["n"].to_numpy(float)).fit()
    reach = _t(len(regions) - 2, level) * float(fit.bse[1])
    method = tr("one slope a region, weighted by answers (Donald and Lang)")
    return _estimate(float(fit.params[1]), reach, int(regions["n"].sum()), method, window=window, level=level)


def _estimate(value: float, reach: float, n: int, method: str, *, window: str, level: float) -> Estimate:
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=n,
        level=level,
        method=method,
        evidence="association",
        denominator=tr("customers who answered"),
        window=window,
    )


def _average_effect(beta: Vector, x: Vector, held: float) -> float:
    slope = beta[1] + beta[3] * held
    chance = 1 / (1 + np.exp(-(beta[0] + beta[2] * held + slope * x)))
    return float((chance * (1 - chance)).mean() * slope)


def _gradient(f: Any, at: Vector) -> Vector:
    steps = STEP * np.eye(at.size)
    return np.array([(f(at + step) - f(at - step)) / (2 * STEP) for step in steps])


def _t(freedom: int, level: float) -> float:
    return float(t.ppf((1 + level) / 2, freedom))
