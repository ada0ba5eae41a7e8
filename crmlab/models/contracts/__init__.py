"""Contracts: how many customers are kept from renewal to renewal, how long they stay, and what they are still worth.

What was counted (`kept`) -> one churn rate for all (`geometric`), one of each customer's own (`sbg`), or one that
also changes with time (`bdw`), each found by `maximise` on one likelihood (`base`) with what has to be said of it
(`diagnosis`) -> which of them is worth its parameters (`ladder`) -> how sure it is (`refits`) -> curves, shares lost
and customers kept (`forecast`), lifetimes (`lifetime`) and what a base is worth (`value`).
"""

from crmlab.models.contracts.base import ContractModel
from crmlab.models.contracts.bdw import BetaDiscreteWeibull, fit_bdw
from crmlab.models.contracts.forecast import base_survival, curves, forecast_kept, kept_path, share_lost
from crmlab.models.contracts.geometric import Geometric, endpoint_geometric, fit_geometric, implied_churn
from crmlab.models.contracts.kept import Cohort, Kept, RenewalPeriod, whole_periods
from crmlab.models.contracts.ladder import ladder
from crmlab.models.contracts.lifetime import (
    discounted_lifetime,
    discounted_residual_lifetime,
    expected_lifetime,
    expected_residual_lifetime,
)
from crmlab.models.contracts.refits import refits
from crmlab.models.contracts.sbg import ShiftedBetaGeometric, fit_sbg
from crmlab.models.contracts.value import BaseValue, residual_value

__all__ = [
    "BaseValue",
    "BetaDiscreteWeibull",
    "Cohort",
    "ContractModel",
    "Geometric",
    "Kept",
    "RenewalPeriod",
    "ShiftedBetaGeometric",
    "base_survival",
    "curves",
    "discounted_lifetime",
    "discounted_residual_lifetime",
    "endpoint_geometric",
    "expected_lifetime",
    "expected_residual_lifetime",
    "fit_bdw",
    "fit_geometric",
    "fit_sbg",
    "forecast_kept",
    "implied_churn",
    "kept_path",
    "ladder",
    "refits",
    "residual_value",
    "share_lost",
    "whole_periods",
]
