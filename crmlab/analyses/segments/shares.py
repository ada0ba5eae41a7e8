"""Shares with Wilson intervals where the same customer is counted in several periods.

Within one period a customer counts once, and the interval is Wilson's [1]_. Over several periods a customer's months
depend on each other, so the months are not that many independent cases: the share's standard error is that of a ratio
with customers as clusters, and Wilson's interval takes the number of independent cases that would give that standard
error (Korn and Graubard's effective sample size [2]_).

References
----------
.. [1] Wilson (1927), Journal of the American Statistical Association 22(158).
.. [2] Korn and Graubard (1998), Survey Methodology 24(2), section 2; with Wilson's interval: Franco, Little, Louis and
   Slud (2019), Journal of Survey Statistics and Methodology 7(3).
"""

import numpy as np
from numpy.typing import NDArray

from crmlab import shares
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

LEAST_LEVEL = 0.5
LEAST_CUSTOMERS = 30


def method(*, clustered: bool = False) -> str:
    """The name of the method, in the language spoken."""
    return tr("Wilson interval, customers as clusters") if clustered else tr("Wilson interval")


def wilson(share: float, cases: float, level: float) -> tuple[float, float]:
    """The ends of Wilson's interval for a share seen in so many independent cases; 0 and 1 without cases."""
    if not LEAST_LEVEL < level < 1:
        raise ParameterError(f"level is {level}; it lies between 0.5 and 1, such as 0.95")
    if cases <= 0:
        return 0.0, 1.0
    low, high = shares.wilson(share * cases, cases, level=level)
    return float(low), float(high)


def share_of_cases(
    hits: NDArray[np.int64], cases: NDArray[np.int64], *, level: float, denominator: str, window: str
) -> Estimate | None:
    """`hits` of `cases`, each summed over customers, as a share with its interval; None without cases.

    Parameters
    ----------
    hits, cases : ndarray
        One entry a customer: in how many periods the customer is in the denominator, and in how many of them the
        thing happened.
    """
    total = int(cases.sum())
    if total == 0:
        return None
    share = float(hits.sum() / total)
    low, high = wilson(share, effective_cases(hits, cases), level)
    return Estimate(
        value=share,
        low=low,
        high=high,
        n=total,
        level=level,
        method=method(clustered=bool(cases.max() > 1)),
        denominator=denominator,
        window=window,
    )


def effective_cases(hits: NDArray[np.int64], cases: NDArray[np.int64]) -> float:
    """How many independent cases would give the standard error that clusters of customers give.

    More than there are cases, where a customer's periods are less alike than chance: of the periods at risk only one
    can end in lapsing. With fewer than `LEAST_CUSTOMERS` that is not believed, and the number of cases is the most.
    Where all or none were hit, or all customers alike, nothing can be said about the clustering, and the customers
    are counted.
    """
    total, customers = int(cases.sum()), int((cases > 0).sum())
    share = hits.sum() / total
    if customers in (total, 1):
        return float(customers)
    apart = float(((hits - share * cases) ** 2).sum()) * customers / (customers - 1)
    if apart == 0 or share in (0, 1):
        return float(customers)
    cases_like = float(share * (1 - share) * total**2 / apart)
    return max(cases_like, 1.0) if customers >= LEAST_CUSTOMERS else float(np.clip(cases_like, 1, total))
