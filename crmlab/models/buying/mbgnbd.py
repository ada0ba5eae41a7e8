"""The MBG/NBD model of repeat purchases: BG/NBD in which one can leave right after the first purchase, too.

Purchases come at a rate λ of the customer's own; after each purchase, the first among them, the customer leaves for
good with a probability p of their own. λ is Gamma(r, rate α) and p is Beta(a, b) among customers, independently
(Batislam, Denizel and Filiztekin 2007, International Journal of Research in Marketing 24(3)). So who bought once can
have left, and the probability that they are still a customer says something about them.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.models.buying import beta_geometric_fit
from crmlab.models.buying.beta_geometric import BetaGeometric
from crmlab.models.buying.beta_geometric_fit import fit_beta_geometric
from crmlab.models.results import TimeUnit

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MBGNBD(BetaGeometric):
    """The MBG/NBD model of repeat purchases: `r`, `alpha`, `a`, `b` (Batislam, Denizel and Filiztekin 2007).

    Only `alpha` depends on the unit of time.
    """

    name: ClassVar[str] = "MBG/NBD"
    chances_at_first: ClassVar[int] = 1


def fit_mbgnbd(customers: pd.DataFrame, *, time_unit: TimeUnit = "week") -> MBGNBD:
    """The MBG/NBD model of `customers`, asked for and refused as by `fit_bgnbd`.

    Where a model in which nobody ever leaves is as likely, that comes back as there: `a` is then 1e-9, `b` 1.
    """
    return fit_beta_geometric(MBGNBD, customers, time_unit)


def log_likelihood(theta: Vector, x: Vector, t_x: Vector, T: Vector, weights: Vector) -> tuple[float, Vector]:
    """Log-likelihood of the MBG/NBD and its gradient, at the logarithms of r, α, a and b.

    Batislam, Denizel and Filiztekin (2007), the likelihood of their section 3; `t_x`, `T` and α are in one unit of
    time.
    """
    return beta_geometric_fit.log_likelihood(theta, x, t_x, T, weights, chances_at_first=MBGNBD.chances_at_first)
