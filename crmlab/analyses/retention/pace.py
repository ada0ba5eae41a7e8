"""How long a customer usually waits: a distribution of gaps of their own, shrunken towards that of all customers.

While customers buy, the gaps between their purchases are Gamma with a regularity k that all share and a rate λ of
their own, and the rates are Gamma(r, α) over customers. After each purchase a customer leaves for good with a
probability of their own, Beta(a, b) over customers. (With k = 1 this is the MBG/NBD model, with whole k the
MBG/CNBD-k of [1]_.) With x gaps seen that add up to s days, the next gap G of a customer who still buys has

    G / (α + s + G)  ~  Beta(k, r + k·x),

so every quantile has a closed form, gaps of one's own count the more the more there are, and customers with one gap
lean on the others. The last silence of each customer enters as one of two things, that they left, or that they will
return later: that keeps lost customers from making everyone look slow, and gaps still open from being ignored, which
makes everyone look fast.

The five parameters are fitted by maximum likelihood on all silences of all customers.

References
----------
.. [1] Reutterer, Platzer and Schröder (2021), Leveraging purchase regularity for predicting customer behavior the
   easy way, International Journal of Research in Marketing 38(1).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaincc, betaincinv, betaln

from crmlab.errors import DataError
from crmlab.language import count, tr

Values = NDArray[np.float64]

LEAST_GAPS = 20
"""With fewer completed gaps among all customers the parameters are not fitted."""

MOST_ROWS = 20_000
"""With more distinct silences, days are rounded to two significant digits for the fit, so that it takes seconds."""

BOUNDS = ((-6.0, 8.0), (-4.0, 14.0), (-3.0, 5.0), (-7.0, 7.0), (-7.0, 7.0))  # of ln r, α, k, a, b
STARTS = ((0.0, 4.0, 0.0, 0.0, 1.0), (1.5, 5.0, 1.0, 0.0, 3.0))


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The distribution of gaps over customers.

    Attributes
    ----------
    r, alpha : float
        Shape, and scale in days, of the Gamma distribution of the customers' rates. Small r: customers differ much.
    k : float
        Regularity of a customer's gaps: 1 pure chance, more is more regular, less is clumped.
    a, b : float
        Shapes of the Beta distribution of the probability of leaving after a purchase. They serve to tell silence
        from slowness; they are no forecast.
    gaps, customers : int
        Completed gaps, and customers, it was fitted to.
    log_likelihood : float
        Of the silences in days.
    """

    r: float
    alpha: float
    k: float
    a: float
    b: float
    gaps: int
    customers: int
    log_likelihood: float

    def quantile(self, share: float, *, gaps: ArrayLike, days: ArrayLike) -> Values:
        """Days within which the next gap of a customer who still buys ends with probability `share`.

        Parameters
        ----------
        gaps, days : array_like
            How many gaps the customer has completed, and how many days they add up to.
        """
        x, s = np.asarray(gaps, dtype=np.float64), np.asarray(days, dtype=np.float64)
        part = betaincinv(self.k, self.r + self.k * x, share)
        return np.asarray((self.alpha + s) * part / np.maximum(1 - part, np.finfo(float).tiny), dtype=np.float64)


def fit_pace(silences: pd.DataFrame) -> Pace:
    """The distribution of gaps that makes these silences most likely.

    Parameters
    ----------
    silences : DataFrame
        As `crmlab.analyses.retention.silences` returns it; the names of customers and their order do not matter.

    Raises
    ------
    DataError
        If there are fewer than 20 completed gaps.
    """
    gaps = int(silences["returned"].sum())
    if gaps < LEAST_GAPS:
        text = tr(
            "Customers came back {found} times in all; {least} gaps are needed to say what is usual.",
            found=count(gaps),
            least=count(LEAST_GAPS),
        )
        raise DataError(text)
    rows = _Rows.of(silences)
    tried = [minimize(rows.loss, start, method="L-BFGS-B", bounds=BOUNDS, options={"maxiter": 12}) for start in STARTS]
    nearest = min(tried, key=lambda result: float(result.fun))
    best = minimize(rows.loss, nearest.x, method="L-BFGS-B", bounds=BOUNDS)
    r, alpha, k, a, b = np.exp(best.x)
    return Pace(
        r=float(r),
        alpha=float(alpha),
        k=float(k),
        a=float(a),
        b=float(b),
        gaps=gaps,
        customers=int((silences["purchase"] == 1).sum()),
        log_likelihood=-float(best.fun) * rows.total,
    )


@dataclass(frozen=True)
class _Rows:
    """Silences alike in all that the likelihood looks at, counted once: what they followed, and how they ended."""

    x: Values
    s: Values
    days: Values
    returned: NDArray[np.bool_]
    customers: Values
    each_x: Values
    which_x: NDArray[np.intp]

    @classmethod
    def of(cls, silences: pd.DataFrame) -> "_Rows":
        keys = ["purchase", "since_first", "days", "returned"]
        counted = silences.groupby(keys, as_index=False, sort=True).size()
        if len(counted) > MOST_ROWS:
            coarse = {name: _two_digits(counted[name].to_numpy()) for name in ("since_first", "days")}
            counted = counted.assign(**coarse).groupby(keys, sort=True)["size"].sum().reset_index()
        x, s, days, customers = (counted[name].to_numpy(np.float64) for name in ("purchase", *keys[1:3], "size"))
        each_x, which_x = np.unique(x - 1, return_inverse=True)
        return cls(x - 1, s, days, counted["returned"].to_numpy(dtype=bool), customers, each_x, which_x)

    @property
    def total(self) -> float:
        return float(self.customers.sum())

    def loss(self, theta: Values) -> float:
        """Minus the mean log-likelihood of a silence, at the logarithms of r, α, k, a, b."""
        r, alpha, k, a, b = np.exp(theta)
        # Who has stayed after x purchases leaves after the next with the mean of Beta(a, b + x).
        p = a / (a + b + self.x)
        done, open_ = self.returned, ~self.returned
        shape, scale = r + k * self.x, alpha + self.s
        part = self.days / (scale + self.days)
        log_density = (
            k * np.log(part[done])
            + shape[done] * np.log1p(-part[done])
            - np.log(self.days[done])
            - betaln(k, r + k * self.each_x)[self.which_x][done]
        )
        still = betaincc(k, shape[open_], part[open_])
        returned = (np.log1p(-p[done]) + log_density) @ self.customers[done]
        silent = np.log(p[open_] + (1 - p[open_]) * still) @ self.customers[open_]
        return -float(returned + silent) / self.total


def _two_digits(days: NDArray[np.int64]) -> NDArray[np.int64]:
    unit = 10 ** np.maximum(np.floor(np.log10(np.maximum(days, 1))).astype(np.int64) - 1, 0)
    return np.asarray(np.rint(days / unit).astype(np.int64) * unit, dtype=np.int64)
