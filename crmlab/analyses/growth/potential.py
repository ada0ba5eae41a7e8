"""How much a customer could spend: what the best tenth of customers of the same profile do, and what they say.

Potential is the conditional 90th percentile of a year's spend given the profile (quantile regression: Koenker and
Bassett 1978, Econometrica 46); headroom is what is missing to it. Share of wallet is what customers say; those who
answer are not those who do not.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm, spearmanr
from statsmodels.regression.quantile_regression import QuantReg

from crmlab.analyses.growth.trading import constant_prices
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import day, tr
from crmlab.shares import share
from crmlab.tables.kept import kept_frame

Matrix = NDArray[np.float64]

PROFILE = ("customer_type", "income_band")
YEAR = 365
LEAST = 100
LEAST_OF_GROUP = 20


@dataclass(frozen=True)
class Potential:
    """What customers of each profile could spend in a year, at constant prices.

    Attributes
    ----------
    quantile : float
    profile : tuple of str
        The columns of the profile; none where the client has none of them.
    groups : DataFrame
        One row a profile: its columns, `customers`, `median`, `potential`, `low`, `high`.
    customers : DataFrame
        `customer_id`, `spend`, `potential`, `headroom` (0 where the spend is above), of who bought in the last year.
    above : Estimate
        Of the customers of the last year the share above the potential that the year before had given them; 1 −
        `quantile` if it holds out of time.
    gain : Estimate
        How much better the profile tells the 90th percentile of the last year than one number for all: relative
        reduction of the quantile loss, learnt the year before.
    """

    quantile: float
    profile: tuple[str, ...]
    groups: pd.DataFrame
    customers: pd.DataFrame
    above: Estimate
    gain: Estimate


@dataclass(frozen=True)
class Wallet:
    """What customers say of their share of wallet.

    Attributes
    ----------
    said : Estimate
        Mean of all who answered.
    at_once, later : Estimate or None
        Mean of who answered at once, and of the silent who were drawn for a second try.
    corrected : Estimate or None
        Mean of all who were asked: those of the second try stand for all the silent (Hansen and Hurwitz 1946).
    follows_spend : Estimate
        Rank correlation of the share said with the spend of the year before the survey.
    customers : DataFrame
        `customer_id`, `share`, `spend`, `elsewhere` (spend · (1 − share) / share).
    """

    said: Estimate
    at_once: Estimate | None
    later: Estimate | None
    corrected: Estimate | None
    follows_spend: Estimate
    customers: pd.DataFrame


def potential(
    sales: ibis.Table,
    customers: ibis.Table | None,
    *,
    until: date,
    quantile: float = 0.9,
    rng: np.random.Generator,
    n_resamples: int = 499,
) -> Potential:
    """The potential of each profile, and whether the year before would have told the last.

    Raises
    ------
    ParameterError
        If `quantile` is not between .5 and 1.
    DataError
        If fewer than 100 customers bought in either of the last two years.
    """
    if not 0.5 <= quantile < 1:  # noqa: PLR2004 - a potential lies above the middle
        raise ParameterError(f"quantile {quantile:g} cannot be used: potential is a quantile from 0.5 to below 1")
    middle = until - timedelta(days=YEAR)
    before = _with_profile(constant_prices(sales, start=middle - timedelta(days=YEAR), end=middle), customers)
    now = _with_profile(constant_prices(sales, start=middle, end=until), customers)
    if min(len(before), len(now)) < LEAST:
        raise DataError(
            f"only {len(before)} and {len(now)} customers bought in the last two years: too few to tell what the best "
            f"of a kind spend (at least {LEAST} in each)"
        )
    profile = tuple(name for name in PROFILE if name in now.columns)
    window = tr("{first} to {last}", first=day(middle + timedelta(days=1)), last=day(until))
    own = _fitted(now, profile, quantile)
    told, flat = _fitted(before, profile, quantile).of(now)[0], _fitted(before, (), quantile).of(now)[0]
    denominator = tr("customers who bought in the last year")
    reach, low, high = own.of(now)
    listed = now.assign(potential=reach, low=low, high=high, headroom=np.maximum(reach - now["spend"], 0))
    return Potential(
        quantile=quantile,
        profile=profile,
        groups=_groups(listed, profile),
        customers=listed[["customer_id", "spend", "potential", "headroom"]],
        above=share(int((now["spend"] > told).sum()), len(now), denominator=denominator, window=window),
        gain=_gain(
            _loss(now["spend"].to_numpy(float), told, quantile),
            _loss(now["spend"].to_numpy(float), flat, quantile),
            rng,
            n_resamples,
            about={"denominator": denominator, "window": window},
        ),
    )


def wallet(sales: ibis.Table, surveys: ibis.Table, *, level: float = 0.95) -> Wallet:
    """What customers say of their share of wallet, and whether it goes with what they spent in the year before.

    Raises
    ------
    DataError
        If the surveys have no such column or fewer than 30 answers.
    """
    if "share_of_wallet" not in surveys.columns:
        raise DataError("the surveys have no column `share_of_wallet`")
    columns = ["customer_id", "date", "responded", "share_of_wallet"]
    has_second = "follow_up" in surveys.columns
    asked = kept_frame(surveys, [*columns, *(["follow_up"] if has_second else [])])
    answers = asked[asked["responded"].eq(True) & asked["share_of_wallet"].notna()]
    if len(answers) < 30:  # noqa: PLR2004 - below, no mean says anything
        raise DataError(f"only {len(answers)} customers said what share of their spending comes here: at least 30")
    last = pd.Timestamp(asked["date"].max()).date()
    window = tr("{first} to {last}", first=day(pd.Timestamp(asked["date"].min()).date()), last=day(last))
    about = {"denominator": tr("customers who answered"), "window": window, "level": level}
    second = answers["follow_up"].eq(True) if has_second else pd.Series(False, index=answers.index)
    at_once, later = answers.loc[~second, "share_of_wallet"], answers.loc[second, "share_of_wallet"]
    parts = [_mean_of(part, about) if len(part) > 1 else None for part in (at_once, later)]
    spent = constant_prices(sales, start=last - timedelta(days=YEAR), end=last)[["customer_id", "spend"]]
    both = answers.merge(spent, on="customer_id")[["customer_id", "share_of_wallet", "spend"]]
    both = both.rename(columns={"share_of_wallet": "share"}).astype({"share": float})
    elsewhere = both["spend"] * (1 - both["share"]) / both["share"].where(both["share"] > 0)
    return Wallet(
        said=_mean_of(answers["share_of_wallet"], about),
        at_once=parts[0],
        later=parts[1],
        corrected=_corrected(len(asked), at_once, later, about) if has_second and len(later) > 1 else None,
        follows_spend=_rank_correlation(both["share"], both["spend"], window, level),
        customers=both.assign(elsewhere=elsewhere),
    )


@dataclass(frozen=True)
class _Fit:
    profile: tuple[str, ...]
    levels: dict[str, list[str]]
    params: Matrix
    covariance: Matrix

    def of(self, rows: pd.DataFrame) -> tuple[Matrix, Matrix, Matrix]:
        """The quantile of spend of each row, with the ends of its 95 % interval."""
        design = _design(rows, self.profile, self.levels)
        linear = design @ self.params
        reach = norm.ppf(0.975) * np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))
        return np.exp(linear), np.exp(linear - reach), np.exp(linear + reach)


def _fitted(rows: pd.DataFrame, profile: tuple[str, ...], quantile: float) -> _Fit:
    levels = {name: _levels(rows[name]) for name in profile}
    result = QuantReg(np.log(rows["spend"].to_numpy(float)), _design(rows, profile, levels)).fit(q=quantile)
    return _Fit(profile, levels, np.asarray(result.params), np.asarray(result.cov_params()))


def _levels(column: pd.Series) -> list[str]:
    """The values that enough customers have; all others are taken together, as the first is."""
    counts = column.value_counts()
    common = sorted(str(value) for value, n in counts.items() if n >= LEAST_OF_GROUP)
    return common[1:]


def _design(rows: pd.DataFrame, profile: tuple[str, ...], levels: dict[str, list[str]]) -> Matrix:
    columns: list[Matrix] = [np.ones(len(rows))]
    columns += [np.asarray(rows[name] == level, dtype=float) for name in profile for level in levels[name]]
    return np.column_stack(columns)


def _with_profile(spent: pd.DataFrame, customers: ibis.Table | None) -> pd.DataFrame:
    spent = spent[spent["spend"] > 0]
    there = [name for name in PROFILE if customers is not None and name in customers.columns]
    if customers is None or not there:
        return spent.reset_index(drop=True)
    known = kept_frame(customers, ["customer_id", *there]).drop_duplicates("customer_id")
    both = spent.merge(known, on="customer_id", how="left")
    both[there] = both[there].astype(object).where(both[there].notna(), tr("not known"))
    return both


def _groups(listed: pd.DataFrame, profile: tuple[str, ...]) -> pd.DataFrame:
    keys = list(profile) or ["all"]
    rows = listed if profile else listed.assign(all=tr("all customers"))
    return rows.groupby(keys, as_index=False).agg(
        customers=("spend", "size"),
        median=("spend", "median"),
        potential=("potential", "first"),
        low=("low", "first"),
        high=("high", "first"),
    )


def _loss(spend: Matrix, told: Matrix, quantile: float) -> Matrix:
    """The quantile loss on the logarithm of spend."""
    error = np.log(spend) - np.log(told)
    return np.asarray(np.where(error >= 0, quantile * error, (quantile - 1) * error))


def _gain(
    ours: Matrix, theirs: Matrix, rng: np.random.Generator, n_resamples: int, *, about: dict[str, Any]
) -> Estimate:
    # Losses are put in order, so that what is drawn does not hang on how customers are called.
    order = np.lexsort((theirs, ours))
    drawn = rng.integers(len(ours), size=(n_resamples, len(ours)))
    ratios = 1 - ours[order][drawn].mean(axis=1) / theirs[order][drawn].mean(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Estimate(
        value=float(1 - ours.mean() / theirs.mean()),
        low=float(low),
        high=float(high),
        n=len(ours),
        level=0.95,
        method=tr("percentile bootstrap over customers"),
        **about,
    )


def _mean_of(values: pd.Series, about: dict[str, Any]) -> Estimate:
    values = values.astype(float)
    error = float(values.std(ddof=1)) / sqrt(len(values))
    return _estimate(float(values.mean()), error, len(values), about)


def _corrected(asked: int, at_once: pd.Series, later: pd.Series, about: dict[str, Any]) -> Estimate:
    """W₁ ȳ₁ + W₂ ȳ₂, the silent weighted by all who were silent; variance W₁² s₁²/n₁ + W₂² s₂²/n₂."""
    first, second = at_once.astype(float), later.astype(float)
    weight = len(first) / asked
    value = weight * first.mean() + (1 - weight) * second.mean()
    variance = weight**2 * first.var(ddof=1) / len(first) + (1 - weight) ** 2 * second.var(ddof=1) / len(second)
    n = len(first) + len(second)
    return _estimate(
        float(value), sqrt(float(variance)), n, about | {"denominator": tr("all customers who were asked")}
    )


def _estimate(value: float, error: float, n: int, about: dict[str, Any]) -> Estimate:
    reach = float(norm.ppf((1 + about["level"]) / 2)) * error
    return Estimate(
        value=value,
        low=max(0.0, value - reach),
        high=min(1.0, value + reach),
        n=n,
        method=tr("interval of a mean over customers"),
        **about,
    )


def _rank_correlation(x: pd.Series, y: pd.Series, window: str, level: float) -> Estimate:
    """Spearman's, with Fisher's z and the variance 1.06 / (n − 3) of Fieller, Hartley and Pearson (1957)."""
    n = len(x)
    varies = n > 3 and bool(np.ptp(x) > 0 and np.ptp(y) > 0)  # noqa: PLR2004 - Fisher's z needs four
    value = float(spearmanr(x, y).statistic) if varies else float("nan")
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(1.06 / max(n - 3, 1))
    ends = (
        (None, None)
        if np.isnan(value)
        else (float(np.tanh(np.arctanh(value) - reach)), float(np.tanh(np.arctanh(value) + reach)))
    )
    return Estimate(
        value=value,
        low=ends[0],
        high=ends[1],
        n=n,
        level=level,
        method=tr("Spearman's rank correlation, interval by Fisher's z"),
        evidence="association",
        denominator=tr("customers who answered and bought in the year before"),
        window=window,
    )
