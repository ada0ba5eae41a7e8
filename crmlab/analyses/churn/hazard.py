"""When customers leave: a Cox model of the time until they do, and whether its one assumption holds.

Everybody who was a customer on a day is followed to their loss or to the last day observed (`spells`); features are
those of the first day. `statsmodels` fits (PHReg). Many are lost at one renewal, so ties are Efron's (1977, Journal of
the American Statistical Association 72), in the baseline as in the likelihood: Breslow's would say too little is lost.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm, rankdata
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.churn.logit import independent_columns
from crmlab.analyses.churn.spells import Spells
from crmlab.errors import DataError
from crmlab.language import count, tr
from crmlab.language import day as spoken_day

Values = NDArray[np.float64]

LEAST_EVENTS = 30

LEAST_AT_RISK = 20

HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """A fitted Cox model.

    Attributes
    ----------
    table : DataFrame
        One row a feature: `feature`, `coefficient` (log hazard ratio a standard deviation), `standard_error`, `low`,
        `high`, `hazard_ratio`, `p_value`.
    proportional : DataFrame
        One row a feature: `feature`, `statistic` (chi-square with one degree of freedom), `p_value`, `holm` (corrected
        for the number of features): whether its effect changes along the clock.
    baselines : dict
        By stratum: `time`, `hazard` (cumulative, of the average customer).
    reach : dict
        By stratum, the last point of the clock at which at least 20 were still followed.
    mean, spread, filling : Series
        What features are standardised and filled with.
    n, lost : int
    window : str
    """

    table: pd.DataFrame
    proportional: pd.DataFrame
    baselines: dict[int, pd.DataFrame]
    reach: dict[int, float]
    mean: pd.Series
    spread: pd.Series
    filling: pd.Series
    n: int
    lost: int
    window: str

    def risk(self, features: pd.DataFrame) -> Values:
        """Each customer's hazard over that of the average customer."""
        used = list(self.table["feature"])
        standard = (features[used].fillna(self.filling[used]).astype(float) - self.mean[used]) / self.spread[used]
        return np.asarray(np.exp(standard.to_numpy() @ self.table["coefficient"].to_numpy()), dtype=np.float64)

    def lost_within(
        self, followed: Spells, days: float, *, first: Values | None = None, first_days: float = 0
    ) -> Values:
        """The probability of each to leave within so many days; NaN where nobody was followed so long.

        Where the probability to leave within the `first_days` is known better, it is given as `first`, and the hazard
        says what comes after.
        """
        gone = np.zeros(followed.time.size) if first is None else first
        risk, clock, begun = self.risk(followed.features), followed.clock(days), followed.clock(first_days)
        found = np.full(risk.size, np.nan)
        for stratum, baseline in self.baselines.items():
            own = followed.stratum == stratum
            gained = _at(baseline, clock[own]) - _at(baseline, begun[own])
            told = 1 - (1 - gone[own]) * np.exp(-gained * risk[own])
            found[own] = np.where(clock[own] <= self.reach[stratum], told, np.nan)
        return found

    def half_gone(self, followed: Spells, *, first: Values | None = None, first_days: float = 0) -> Values:
        """Days until half of customers like each would have gone; NaN where fewer go within what was followed.

        `first` and `first_days` as in `lost_within`; NaN also where half have gone within these.
        """
        risk, begun = self.risk(followed.features), followed.clock(first_days)
        left = 1 - (np.zeros(risk.size) if first is None else first)
        wanted = np.log(np.maximum(left, HALF) / HALF) / risk
        found = np.full(risk.size, np.nan)
        for stratum, baseline in self.baselines.items():
            own = np.flatnonzero((followed.stratum == stratum) & (left > HALF))
            seen = baseline[baseline["time"] <= self.reach[stratum]]
            level = wanted[own] + _at(baseline, begun[own])
            place = np.searchsorted(seen["hazard"].to_numpy(), level - 1e-12)
            found[own] = np.r_[seen["time"].to_numpy(dtype=float), np.nan][place]
        if followed.dates is None:
            return found
        known = np.flatnonzero(~np.isnan(found))
        found[known] = followed.dates[known, found[known].astype(np.int64) - 1]
        return found


def fit_hazard(followed: Spells, *, level: float = 0.95) -> Hazard:
    """The Cox model of the time to loss on what was known on the first day, every feature standardised.

    Raises
    ------
    DataError
        If fewer than 30 were lost, or no feature varies.
    """
    if int(followed.lost.sum()) < LEAST_EVENTS:
        text = tr(
            "From {start} to {until}, {lost} of {n} were lost; at least {least} are needed to say when.",
            start=spoken_day(followed.start),
            until=spoken_day(followed.until),
            lost=count(int(followed.lost.sum())),
            n=count(followed.lost.size),
            least=count(LEAST_EVENTS),
        )
        raise DataError(text)
    features = followed.features
    filling = features.median().fillna(0.0)
    filled = features.fillna(filling).astype(float)
    used = independent_columns(filled)
    mean, spread = filled[used].mean(), filled[used].std(ddof=0)
    x = ((filled[used] - mean) / spread).to_numpy()
    # Who had no chance to leave yet has nothing to tell.
    met = followed.time > 0
    fit = _fitted(followed, x, met)
    params, errors = np.asarray(fit.params), np.asarray(fit.bse)
    reach = norm.ppf((1 + level) / 2) * errors
    table = pd.DataFrame(
        {
            "feature": used,
            "coefficient": params,
            "standard_error": errors,
            "low": params - reach,
            "high": params + reach,
            "hazard_ratio": np.exp(params),
            "p_value": 2 * norm.sf(np.abs(params / errors)),
        }
    )
    baselines, reaches, risk = {}, {}, np.exp(x @ params)
    for stratum in np.unique(followed.stratum):
        own = (followed.stratum == stratum) & met
        baselines[int(stratum)] = baseline_hazard(followed.time[own], followed.lost[own], risk[own])
        reaches[int(stratum)] = _reach(followed.time[own])
    window = tr("{start} to {until}", start=spoken_day(followed.start), until=spoken_day(followed.until))
    return Hazard(
        table=table,
        proportional=_proportional(fit, followed.time[met], used),
        baselines=baselines,
        reach=reaches,
        mean=mean,
        spread=spread,
        filling=filling,
        n=int(met.sum()),
        lost=int(followed.lost.sum()),
        window=window,
    )


def baseline_hazard(time: Values, lost: NDArray[np.bool_], risk: Values) -> pd.DataFrame:
    """The cumulative baseline hazard after each time with a loss: `time`, `hazard`, with Efron's ties.

    Of d lost at one time, the first meets all who are at risk, the last the others and 1 / d of the d. With all risks 1
    that is 1/n + 1/(n−1) + … , close to −ln of the share that stays.
    """
    times, steps = np.unique(time[lost]), []
    for at in times:
        whole, ties = risk[time >= at].sum(), risk[lost & (time == at)]
        steps.append(float((1 / (whole - np.arange(ties.size) / ties.size * ties.sum())).sum()))
    return pd.DataFrame({"time": times, "hazard": np.cumsum(steps)})


def proportionality(residuals: Values, days: Values, covariance: Values) -> tuple[Values, Values]:
    """Chi-square statistics and p-values of whether each effect changes along the clock.

    The test of Grambsch and Therneau (1994, Biometrika 81) one feature at a time, on the ranks of the days:
    Schoenfeld residuals (one row a loss) scaled by the covariance of the coefficients, against centred ranks g:
    (Σ g·r*)² / (d · V · Σ g²) with r* = d · V · r.

    Parameters
    ----------
    residuals : ndarray
        Schoenfeld residuals, losses by features.
    days : ndarray
        Of the losses.
    covariance : ndarray
        Of the coefficients.
    """
    d = len(days)
    g = rankdata(days)
    g = g - g.mean()
    if not np.ptp(g):  # all on one day: nothing can change
        return np.zeros(residuals.shape[1]), np.ones(residuals.shape[1])
    scaled = d * residuals @ covariance
    statistic = np.square(g @ scaled) / (d * np.diag(covariance) * np.square(g).sum())
    return statistic, np.asarray(chi2.sf(statistic, 1), dtype=np.float64)


def _fitted(followed: Spells, x: Values, met: NDArray[np.bool_]) -> Any:
    model = PHReg(
        followed.time[met],
        x[met],
        status=followed.lost[met].astype(int),
        strata=followed.stratum[met],
        ties="efron",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("newton", "bfgs"):
            try:
                return model.fit(disp=0, method=method)
            except (Warning, np.linalg.LinAlgError):
                continue
    raise DataError(tr("The Cox model has no maximum in these data."))


def _at(baseline: pd.DataFrame, clock: Values) -> Values:
    place = np.searchsorted(baseline["time"].to_numpy(), clock, side="right")
    return np.asarray(np.r_[0.0, baseline["hazard"].to_numpy()][place], dtype=np.float64)


def _reach(time: Values) -> float:
    """The last time at which at least 20 were followed; the last of all where they are fewer."""
    ordered = np.sort(time)
    return float(ordered[-min(LEAST_AT_RISK, ordered.size)])


def _proportional(fit: Any, time: Values, used: list[str]) -> pd.DataFrame:
    residuals = np.asarray(fit.schoenfeld_residuals)
    seen = ~np.isnan(residuals).any(axis=1)
    statistic, p = proportionality(residuals[seen], time[seen], np.asarray(fit.cov_params()))
    return pd.DataFrame(
        {"feature": used, "statistic": statistic, "p_value": p, "holm": multipletests(p, method="holm")[1]}
    )
