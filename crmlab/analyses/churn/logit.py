"""Who leaves: a logit of what was known at the start of the window, and what each part of it adds.

`statsmodels` fits by maximum likelihood. Only where the likelihood has no maximum (a column tells everybody apart) is
it penalised, by the square of standardised coefficients, and then no test is possible and the result says so.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from scipy.stats import chi2, norm
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from crmlab.errors import DataError
from crmlab.language import count, listed, tr

Values = NDArray[np.float64]
ROWS_A_COEFFICIENT = 5  # of the rarer outcome: with fewer a column more teaches nothing
MOST_STEPS = 25  # of Newton's method, which needs ten where there is a maximum
_SPREAD = 1e-9
_TOO_LARGE = 15.0  # log-odds a standard deviation: no maximum, but a climb without end
_DEPENDENT = 1e-6


@dataclass(frozen=True, kw_only=True)
class Logit:
    """A fitted logit.

    Attributes
    ----------
    intercept : float
        Log-odds of the average customer.
    table : DataFrame
        One row a feature: `feature`, `coefficient` (log-odds a standard deviation), `standard_error`, `low`, `high`,
        `odds_ratio` (a standard deviation), `p_value`; NaN errors where it is penalised.
    filling, mean, spread : dict
        Of each feature in the rows it was fitted to: the median that stands for what is missing, mean, standard
        deviation.
    log_likelihood : float
    n, lost : int
    penalised : bool
    dropped : tuple of str
        Columns left out: they never vary, or follow from others.
    level : float
    """

    intercept: float
    table: pd.DataFrame
    filling: Mapping[str, float]
    mean: Mapping[str, float]
    spread: Mapping[str, float]
    log_likelihood: float
    n: int
    lost: int
    penalised: bool
    dropped: tuple[str, ...]
    level: float

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """By feature, how much each customer's log-odds differ from those of the average customer for it."""
        used = list(self.table["feature"])
        standard = _standardised(features, used, self.filling, self.mean, self.spread)
        return standard * self.table["coefficient"].to_numpy()

    def probability(self, features: pd.DataFrame) -> Values:
        """The probability to leave at the chance in the window."""
        return np.asarray(expit(self.intercept + self.contributions(features).sum(axis=1)), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A likelihood-ratio test of nested logits: what columns add that the others have not said.

    `statistic` is twice the gain in log-likelihood, chi-square with `df` degrees of freedom where they add nothing.
    """

    statistic: float
    df: int
    p_value: float
    n: int
    lost: int


def fit_logit(features: pd.DataFrame, lost: ArrayLike, *, level: float = 0.95) -> Logit:
    """The logit of `lost` on `features`, every feature standardised.

    Raises
    ------
    DataError
        If fewer than 10 left or stayed, no column varies, or there are more than one column to five of the rarer
        outcome.
    """
    y = np.asarray(lost, dtype=bool)
    _check(features, y)
    medians = features.median().fillna(0.0)
    filled = features.fillna(medians)
    used = independent_columns(filled)
    if not used:
        raise DataError(tr("No column differs between customers: there is nothing to tell them apart by."))
    _check_columns(used, y)
    filling = {str(name): float(value) for name, value in medians.items()}
    mean = {str(name): float(value) for name, value in filled.mean().items()}
    spread = {str(name): float(value) for name, value in filled.std(ddof=0).items()}
    design = sm.add_constant(_standardised(features, used, filling, mean, spread), has_constant="add")
    params, errors, likelihood = _fitted(design, y)
    table = _table(used, params[1:], errors[1:], level)
    return Logit(
        intercept=float(params[0]),
        table=table,
        filling=filling,
        mean=mean,
        spread=spread,
        log_likelihood=likelihood,
        n=y.size,
        lost=int(y.sum()),
        penalised=bool(np.isnan(errors).any()),
        dropped=tuple(name for name in features.columns if name not in used),
        level=level,
    )


def compare(smaller: Logit, larger: Logit) -> Nested | None:
    """The likelihood-ratio test of `smaller` within `larger`, both fitted to the same rows.

    None where one of them is penalised: there is no maximum to compare.

    Raises
    ------
    DataError
        If the rows are not as many, or `smaller` has columns that `larger` lacks, or as many.
    """
    few, many = set(smaller.table["feature"]), set(larger.table["feature"])
    if (smaller.n, smaller.lost) != (larger.n, larger.lost) or not few < many:
        raise DataError(tr("Only nested models of the same rows can be compared by their likelihoods."))
    if smaller.penalised or larger.penalised:
        return None
    statistic = max(0.0, 2 * (larger.log_likelihood - smaller.log_likelihood))
    df = len(many) - len(few)
    return Nested(statistic=statistic, df=df, p_value=float(chi2.sf(statistic, df)), n=larger.n, lost=larger.lost)


def against_nothing(model: Logit) -> Nested | None:
    """The likelihood-ratio test of all columns at once against one probability for everybody."""
    if model.penalised:
        return None
    share = model.lost / model.n
    alone = model.lost * np.log(share) + (model.n - model.lost) * np.log(1 - share)
    statistic, df = max(0.0, 2 * (model.log_likelihood - float(alone))), len(model.table)
    return Nested(statistic=statistic, df=df, p_value=float(chi2.sf(statistic, df)), n=model.n, lost=model.lost)


def _fitted(design: pd.DataFrame, y: NDArray[np.bool_]) -> tuple[Values, Values, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("error", RuntimeWarning)
        try:
            fit = sm.Logit(y.astype(float), design).fit(disp=0, maxiter=MOST_STEPS)
        except (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning, np.linalg.LinAlgError):
            return _penalised(design, y)
    params, errors = np.asarray(fit.params, dtype=float), np.asarray(fit.bse, dtype=float)
    if not np.isfinite(errors).all() or np.abs(params[1:]).max() > _TOO_LARGE:
        return _penalised(design, y)
    return params, errors, float(fit.llf)


def _penalised(design: pd.DataFrame, y: NDArray[np.bool_]) -> tuple[Values, Values, float]:
    weight = np.r_[0.0, np.ones(design.shape[1] - 1)] / y.size  # as much as one customer; the intercept goes free
    model = sm.GLM(y.astype(float), design, family=sm.families.Binomial())
    params = np.asarray(model.fit_regularized(alpha=weight, L1_wt=0.0, maxiter=1000).params, dtype=float)
    odds = design.to_numpy() @ params
    likelihood = float((y * odds - np.logaddexp(0, odds)).sum())
    return params, np.full(params.size, np.nan), likelihood


def _standardised(
    features: pd.DataFrame,
    used: list[str],
    filling: Mapping[str, float],
    mean: Mapping[str, float],
    spread: Mapping[str, float],
) -> pd.DataFrame:
    absent = [name for name in used if name not in features.columns]
    if absent:
        raise DataError(tr("The features {names} are missing.", names=listed(absent)))
    filled = features[used].fillna({name: filling[name] for name in used}).astype(float)
    middle, unit = (np.array([one[name] for name in used]) for one in (mean, spread))
    return pd.DataFrame((filled - middle) / unit)


def independent_columns(filled: pd.DataFrame) -> list[str]:
    """The columns that vary and do not follow from those before them."""
    mean, spread = filled.mean(), filled.std(ddof=0)
    used: list[str] = []
    basis = np.empty((len(filled), 0))
    for name in filled.columns:
        if spread[name] <= _SPREAD:
            continue
        column = ((filled[name] - mean[name]) / spread[name]).to_numpy() / np.sqrt(len(filled))
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > _DEPENDENT:
            used.append(str(name))
            basis = np.column_stack([basis, rest / size])
    return used


def _table(used: list[str], params: Values, errors: Values, level: float) -> pd.DataFrame:
    reach = norm.ppf((1 + level) / 2) * errors
    return pd.DataFrame(
        {
            "feature": used,
            "coefficient": params,
            "standard_error": errors,
            "low": params - reach,
            "high": params + reach,
            "odds_ratio": np.exp(params),
            "p_value": 2 * norm.sf(np.abs(params / errors)),
        }
    )


def _check(features: pd.DataFrame, y: NDArray[np.bool_]) -> None:
    if len(features) != y.size:
        raise DataError(tr("{n} rows but {m} outcomes.", n=count(len(features)), m=count(y.size)))
    fewest = min(int(y.sum()), int((~y).sum()))
    if fewest < 10:  # noqa: PLR2004 - as in `cohort`
        text = tr(
            "{lost} left and {stayed} stayed; a logit needs at least 10 of each.",
            lost=count(int(y.sum())),
            stayed=count(int((~y).sum())),
        )
        raise DataError(text)


def _check_columns(used: list[str], y: NDArray[np.bool_]) -> None:
    fewest = min(int(y.sum()), int((~y).sum()))
    if fewest < ROWS_A_COEFFICIENT * len(used):
        text = tr(
            "{n} columns are too many for {fewest} of the rarer outcome: {needed} are needed. Ask for fewer features, "
            "a longer window or older records.",
            n=count(len(used)),
            fewest=count(fewest),
            needed=count(ROWS_A_COEFFICIENT * len(used)),
        )
        raise DataError(text)
