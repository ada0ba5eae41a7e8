"""One number for many answers: mean, top box, net promoter score; each with its interval."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.weightstats import DescrStatsW

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr
from crmlab.shares import wilson
from crmlab.trials import difference_of_means

PROMOTER, DETRACTOR = 9, 6  # from 0 to 10 (Reichheld 2003, Harvard Business Review 81(12))
TOP = 6  # of seven points: the two best


def promoters(recommend: ArrayLike) -> NDArray[np.float64]:
    """1 for 9 and 10, −1 for 0 to 6, 0 between: the mean of these is the net promoter score, as a share.

    So its variance is that of a mean, p₊ + p₋ − (p₊ − p₋)², the multinomial one.

    Raises
    ------
    DataError
        If there are fewer than two answers, or one is not from 0 to 10.
    """
    answers = np.asarray(recommend, dtype=np.float64)
    if answers.size < 2 or not (np.isfinite(answers).all() and answers.min() >= 0 and answers.max() <= 10):  # noqa: PLR2004
        raise DataError(f"{answers.size} answers from 0 to 10 give no net promoter score: at least 2 are needed")
    return np.where(answers >= PROMOTER, 1.0, np.where(answers <= DETRACTOR, -1.0, 0.0))


def nps(recommend: ArrayLike, *, window: str, level: float = 0.95) -> Estimate:
    """The share of promoters less that of detractors, −1 to 1, with its interval.

    Of ten answers five promoters and two detractors: .3, variance (.5 + .2 − .09) / 9.
    """
    scores = promoters(recommend)
    low, high = DescrStatsW(scores).tconfint_mean(alpha=1 - level) if np.ptp(scores) else (scores[0], scores[0])
    return Estimate(
        value=float(scores.mean()),
        low=max(-1.0, float(low)),
        high=min(1.0, float(high)),
        n=scores.size,
        level=level,
        method=tr("mean of promoters (1) and detractors (−1), t interval"),
        denominator=tr("customers who answered"),
        window=window,
    )


def nps_difference(one: ArrayLike, other: ArrayLike, *, window: str, level: float = 0.95) -> Estimate:
    """The score of `one` less that of `other`, with the interval of the difference: the one that answers the question.

    Two intervals may overlap though the difference is clear: together they are up to √2 too wide.
    """
    return difference_of_means(
        promoters(one),
        promoters(other),
        denominator=tr("customers who answered"),
        window=window,
        level=level,
        evidence="association",
    )


def top_box(table: pd.DataFrame, by: str, *, level: float = 0.95) -> pd.DataFrame:
    """Mean and top box side by side: `by`, `n`, `mean`, `mean_low`, `mean_high`, `top`, `low`, `high`.

    The top box is the share of 6 and 7. Two groups can be in one order by the mean and in the other by the top box.
    """
    rows = []
    for name, part in table.groupby(by):
        score = DescrStatsW(part["satisfaction"].to_numpy(float))
        ends = score.tconfint_mean(alpha=1 - level) if len(part) > 1 else (np.nan, np.nan)
        low, high = wilson((part["satisfaction"] >= TOP).sum(), len(part), level=level)
        top = float((part["satisfaction"] >= TOP).mean())
        rows.append((name, len(part), score.mean, *ends, top, float(low), float(high)))
    columns = [by, "n", "mean", "mean_low", "mean_high", "top", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def predicts(table: pd.DataFrame, *, window: str, level: float = 0.95) -> dict[str, Estimate]:
    """How much more often those above stayed than the rest, for `top_box` and `above_mean`: shares' differences."""
    satisfaction, stayed = table["satisfaction"], table["stayed"].to_numpy(float)
    cuts = {"top_box": satisfaction >= TOP, "above_mean": satisfaction > satisfaction.mean()}
    return {
        name: difference_of_means(
            stayed[above.to_numpy()],
            stayed[~above.to_numpy()],
            denominator=tr("customers who answered"),
            window=window,
            level=level,
            evidence="association",
        )
        for name, above in cuts.items()
    }
