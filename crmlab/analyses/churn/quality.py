"""How good a score is on rows it has not seen: its order, its top, and whether its probabilities keep their word.

AUC and differences of AUC: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44. Brier score and its parts: Brier
(1950), Monthly Weather Review 78; Murphy (1973), Journal of Applied Meteorology 12. Intercept and slope of
calibration: Cox (1958), Biometrika 45.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, tr
from crmlab.shares import wilson

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
GROUPS = 10
N_RESAMPLES = 999
LEAST_IN_GROUP = 10
_EDGE = 1e-6  # probabilities are kept so far from 0 and 1 before their log-odds are taken


@dataclass(frozen=True, kw_only=True)
class Brier:
    """The mean squared error of probabilities, in parts that add up: reliability − resolution + uncertainty + within.

    Attributes
    ----------
    score, base : float
        Of the probabilities, and of one probability for everybody (`dummy`).
    skill : Estimate
        1 − score / base: above 0 where the probabilities tell more than the dummy.
    reliability, resolution, uncertainty, within : float
        Of groups of like probability: how far the group's share is from what was said, how far from the share of
        all, the variance of the outcome, and what differences inside the groups leave.
    """

    score: float
    base: float
    skill: Estimate
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Whether probabilities can be taken at their word.

    Attributes
    ----------
    table : DataFrame
        By group of like probability, lowest first: `customers`, `expected`, `lost`, `share`, `low`, `high` (Wilson).
    intercept : Estimate
        Of log-odds, the slope held at 1; 0 where the level is right, above 0 where more left than was said.
    slope : Estimate or None
        Of log-odds; below 1 where probabilities are too extreme. None where all probabilities are one.
    """

    table: pd.DataFrame
    intercept: Estimate
    slope: Estimate | None


def auc(lost: ArrayLike, score: ArrayLike, *, window: str, level: float = 0.95) -> Estimate:
    """The chance that who left was scored above who stayed (ties count a half), with DeLong's interval in log-odds.

    Raises
    ------
    DataError
        If not at least two left and two stayed, or the lengths differ.
    """
    y, s = checked(lost, score)
    parts = _placements(y, s)
    value, error = parts[0], float(np.sqrt(_variance(parts[1], parts[1]) + _variance(parts[2], parts[2])))
    reach = float(norm.ppf((1 + level) / 2)) * error
    inside = 0 < value < 1 and error > 0
    if inside:
        step = reach / (value * (1 - value))
        low, high = float(expit(logit(value) - step)), float(expit(logit(value) + step))
    method = tr("DeLong, on log-odds") if inside else tr("no interval: everybody who left stands on one side")
    if value == 0.5 and error == 0:  # noqa: PLR2004 - one score for all
        method = tr("no interval: everybody has one score")
    return Estimate(
        value=value,
        low=low if inside else None,
        high=high if inside else None,
        n=y.size,
        level=level,
        method=method,
        denominator=tr("pairs of one who left and one who stayed"),
        window=window,
    )


def auc_difference(
    lost: ArrayLike, score: ArrayLike, other: ArrayLike, *, window: str, level: float = 0.95
) -> Estimate:
    """AUC of `score` less that of `other` on the same rows, with DeLong's paired interval.

    It describes. Whether columns add anything is a question for the likelihood-ratio test of nested models: the
    difference of two AUC has no normal distribution where they add nothing.
    """
    y, s = checked(lost, score)
    _, t = checked(lost, other)
    first, second = _placements(y, s), _placements(y, t)
    of_lost, of_stayed = first[1] - second[1], first[2] - second[2]
    error = float(np.sqrt(_variance(of_lost, of_lost) + _variance(of_stayed, of_stayed)))
    reach = float(norm.ppf((1 + level) / 2)) * error
    value = first[0] - second[0]
    return Estimate(
        value=value,
        low=max(-1.0, value - reach),
        high=min(1.0, value + reach),
        n=y.size,
        level=level,
        method=tr("DeLong, paired"),
        denominator=tr("pairs of one who left and one who stayed"),
        window=window,
    )


def captured(lost: ArrayLike, score: ArrayLike, size: int) -> float:
    """How many of those who left are among the `size` highest scores; of equal scores, a fair share."""
    y, s = checked(lost, score)
    return float(_captured(y[None, :], s[None, :], min(size, y.size))[0])


def top_lift(
    lost: ArrayLike,
    score: ArrayLike,
    *,
    window: str,
    rng: np.random.Generator,
    share: float = 0.1,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
) -> Estimate:
    """The share that left among the top `share` of scores, over the share that left of all: 1 is what chance gives.

    The top of n customers are ceil(`share` · n). The interval is the percentile bootstrap of customers.
    """
    y, s = checked(lost, score)
    size = ceil(share * y.size - 1e-9)
    rows = rng.integers(0, y.size, (n_resamples, y.size))
    ys, ss = y[rows], s[rows]
    some = ys.any(axis=1)
    lifts = _captured(ys[some], ss[some], size) / size / ys[some].mean(axis=1)
    low, high = np.quantile(lifts, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        value=float(_captured(y[None, :], s[None, :], size)[0]) / size / float(y.mean()),
        low=float(low),
        high=float(high),
        n=y.size,
        level=level,
        method=tr("percentile bootstrap of customers, {n} resamples", n=count(n_resamples)),
        denominator=tr("the share that left of all"),
        window=window,
    )


def brier(lost: ArrayLike, p: ArrayLike, *, dummy: float, window: str, level: float = 0.95) -> Brier:
    """The Brier score of `p`, its skill over one probability `dummy` for everybody, and its parts."""
    y, said = checked(lost, p)
    own, base = np.square(said - y), np.square(dummy - y)
    skill = 1 - own.mean() / base.mean()
    # The delta method for a ratio of means of the same customers.
    error = float(np.std((1 - skill) * base - own, ddof=1) / base.mean() / np.sqrt(y.size))
    reach = float(norm.ppf((1 + level) / 2)) * error
    groups = by_group(y, said)
    weight, all_ = groups["customers"] / y.size, float(y.mean())
    reliability = float((weight * np.square(groups["expected"] - groups["share"])).sum())
    resolution = float((weight * np.square(groups["share"] - all_)).sum())
    uncertainty = all_ * (1 - all_)
    estimate = Estimate(
        value=float(skill),
        low=float(skill) - reach,
        high=min(1.0, float(skill) + reach),
        n=y.size,
        level=level,
        method=tr("normal interval of a ratio of means (delta method)"),
        denominator=tr("the mean squared error of one probability for everybody"),
        window=window,
    )
    return Brier(
        score=float(own.mean()),
        base=float(base.mean()),
        skill=estimate,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within=float(own.mean()) - reliability + resolution - uncertainty,
    )


def calibration(
    lost: ArrayLike, p: ArrayLike, *, window: str, level: float = 0.95, groups: int = GROUPS
) -> Calibration:
    """Groups of like probability with what was said and what came, and the intercept and slope of log-odds."""
    y, said = checked(lost, p)
    table = by_group(y, said, groups)
    table["low"], table["high"] = wilson(table["lost"], table["customers"], level=level)
    odds = log_odds(said)
    level_only = sm.GLM(y.astype(float), np.ones((y.size, 1)), family=sm.families.Binomial(), offset=odds).fit()
    slope = None
    if np.ptp(odds) > 0:
        both = sm.GLM(y.astype(float), sm.add_constant(odds), family=sm.families.Binomial()).fit()
        slope = _of_fit(both, 1, y.size, window, level)
    return Calibration(table=table, intercept=_of_fit(level_only, 0, y.size, window, level), slope=slope)


def recalibrated(p: ArrayLike, held: Calibration) -> Values:
    """`p` moved to the level that was seen, all log-odds by the same step: `held` is from rows of an earlier window.

    Only the level is moved, which cannot change who stands above whom. A slope from few rows is left alone.
    """
    return np.asarray(expit(log_odds(p) + held.intercept.value), dtype=np.float64)


def with_base_rate(p: ArrayLike, *, of: float, to: float) -> Values:
    """`p` as it would be where `to` leave instead of `of`, if what tells the leavers apart stays as it is.

    Log-odds move by the difference of the base rates' log-odds (Elkan 2001, IJCAI, theorem 2; King and Zeng 2001,
    Political Analysis 9, the prior correction).
    """
    return np.asarray(expit(log_odds(p) + logit(to) - logit(of)), dtype=np.float64)


def log_odds(p: ArrayLike) -> Values:
    """Log-odds of probabilities, those of 0 and 1 a hair inside."""
    return np.asarray(logit(np.clip(np.asarray(p, dtype=np.float64), _EDGE, 1 - _EDGE)), dtype=np.float64)


def by_group(lost: ArrayLike, p: ArrayLike, groups: int = GROUPS) -> pd.DataFrame:
    """Groups of like probability, equal in size where values are not: `customers`, `expected`, `lost`, `share`."""
    y, said = np.asarray(lost, dtype=np.float64), np.asarray(p, dtype=np.float64)
    number = max(1, min(groups, y.size // LEAST_IN_GROUP))
    place = np.minimum((rankdata(said, method="average") - 0.5) * number // y.size, number - 1)
    frame = pd.DataFrame({"place": place, "expected": said, "lost": y})
    table = frame.groupby("place").agg(customers=("lost", "size"), expected=("expected", "mean"), lost=("lost", "sum"))
    table["lost"] = table["lost"].astype("int64")
    table["share"] = table["lost"] / table["customers"]
    return table.reset_index(drop=True)


def checked(lost: ArrayLike, score: ArrayLike) -> tuple[Flags, Values]:
    """Outcome and score as arrays, if both kinds of outcome occur twice and every score is a number."""
    y, s = np.asarray(lost, dtype=bool), np.asarray(score, dtype=np.float64)
    problems = []
    if y.shape != s.shape:
        problems.append(tr("{n} outcomes but {m} scores", n=count(y.size), m=count(s.size)))
    if min(int(y.sum()), int((~y).sum())) < 2:  # noqa: PLR2004 - a variance needs two
        problems.append(
            tr(
                "{lost} who left and {stayed} who stayed: two of each are needed",
                lost=count(int(y.sum())),
                stayed=count(int((~y).sum())),
            )
        )
    if np.isnan(s).any():
        problems.append(tr("{n} scores are missing", n=count(int(np.isnan(s).sum()))))
    if problems:
        raise DataError(tr("A score cannot be judged: {problems}.", problems="; ".join(problems)))
    return y, s


def _placements(y: Flags, s: Values) -> tuple[float, Values, Values]:
    """AUC; for each who left the share of those who stayed below them; for each who stayed, of who left above them."""
    m, n = int(y.sum()), int((~y).sum())
    all_, own, others = rankdata(s), rankdata(s[y]), rankdata(s[~y])
    of_lost = (all_[y] - own) / n
    of_stayed = 1 - (all_[~y] - others) / m
    return float(of_lost.mean()), of_lost, of_stayed


def _variance(first: Values, second: Values) -> float:
    return float(np.cov(first, second)[0, 1]) / first.size


def _captured(y: Flags, s: Values, size: int) -> Values:
    """By row: those who left among the `size` highest scores; at the boundary, of equal ones their share."""
    bound = -np.partition(-s, size - 1, axis=1)[:, size - 1 : size]
    above, at = s > bound, s == bound
    left = size - above.sum(axis=1)
    return np.asarray((y & above).sum(axis=1) + (y & at).sum(axis=1) * left / at.sum(axis=1), dtype=np.float64)


def _of_fit(fit: object, place: int, n: int, window: str, level: float) -> Estimate:
    value, error = float(fit.params[place]), float(fit.bse[place])  # type: ignore[attr-defined]
    reach = float(norm.ppf((1 + level) / 2)) * error
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=n,
        level=level,
        method=tr("logistic regression of what came on the log-odds said"),
        denominator=tr("chances to leave"),
        window=window,
    )
