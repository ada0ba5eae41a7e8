"""What can be said of the chances without learning anything from columns: the bar a score has to get over."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from crmlab.analyses.churn.chances import CONTRACT, number_of
from crmlab.analyses.churn.cohort import Cohort
from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.models import MBGNBD

Values = NDArray[np.float64]
LAST_CLASS = 4


def dummy(train: Cohort) -> float:
    """The share that left in the rows to learn from: one probability for everybody."""
    return float(train.lost.mean())


def benchmark(train: Cohort, test: Cohort, model: MBGNBD | None) -> Values:
    """The probability to leave of each row of `test`, from the one thing everybody knows.

    Contracts: the share of `train` that left at a first, second, third and later renewal. Without contracts: the model
    of buying's probability of no purchase between the window's start and the deadline, which is that of having gone
    already, and of being there and buying nothing all the same.

    Raises
    ------
    DataError
        If there is neither a contract nor a model.
    """
    if test.setting == CONTRACT:
        classes, share = train.rows["number"].clip(upper=LAST_CLASS), pd.Series(train.lost.astype(float))
        rates = share.groupby(classes).mean()
        found = test.rows["number"].clip(upper=LAST_CLASS).map(rates).fillna(share.mean())
        return found.to_numpy(dtype=np.float64)
    if model is None:
        raise DataError(tr("Without contracts the benchmark is a model of buying, and none was given."))
    return no_purchase(test.rows, model)


def no_purchase(rows: pd.DataFrame, model: MBGNBD) -> Values:
    """The probability of no purchase up to each deadline, by MBG/NBD: 1 − P + P · ((α + T) / (α + T + h))^(r + x).

    P is that of still being a customer after x repeat purchases in the days T since the first, h the days left
    (Batislam, Denizel and Filiztekin 2007, International Journal of Research in Marketing 24(3), eq. for P(alive);
    the rate of who is there is Gamma(r + x, α + T)).
    """
    r, a, b = (model.params[name] for name in ("r", "a", "b"))
    alpha = model.params["alpha"] * model.days_per_unit
    x, t_x = rows["number"].to_numpy() - 1, rows["t_x"].to_numpy()
    start = np.array([number_of(day) for day in rows["start"]])
    silence, left = start - rows["known_from"].to_numpy(), rows["due"].to_numpy() - start
    age = alpha + t_x + silence
    alive = expit(-(np.log(a / (b + x)) + (r + x) * np.log(age / (alpha + t_x))))
    return np.asarray(1 - alive + alive * (age / (age + left)) ** (r + x), dtype=np.float64)
