"""Concentration: how much of the total the largest customers make, how sure that is, and whether it lasts.

values in a window (`windows`) -> shares, Gini index, Lorenz curve (`measures`) -> intervals (`intervals`)
-> results by window and denominator (`results`) -> the same customers in the next period (`stability`)
-> the list to act on (`toplist`) -> sentences that say what was found (`claims`).
"""

from crmlab.analyses.concentration import claims, windows
from crmlab.analyses.concentration.measures import (
    gini,
    lorenz_curve,
    membership,
    top_count,
    top_customers,
    top_share,
)
from crmlab.analyses.concentration.results import (
    Concentration,
    WindowCurve,
    concentration,
    share_difference,
    top_shares,
    window_curve,
)
from crmlab.analyses.concentration.stability import (
    NextPeriod,
    compare_periods,
    migration,
    next_period,
    two_periods,
)
from crmlab.analyses.concentration.toplist import top_list
from crmlab.analyses.concentration.windows import (
    Window,
    WindowValues,
    customer_values,
    everyones_values,
    first_purchase,
    longest_period,
    months_back,
    window_values,
)
from crmlab.estimate import Estimate

__all__ = [
    "Concentration",
    "Estimate",
    "NextPeriod",
    "Window",
    "WindowCurve",
    "WindowValues",
    "claims",
    "compare_periods",
    "concentration",
    "customer_values",
    "everyones_values",
    "first_purchase",
    "gini",
    "longest_period",
    "lorenz_curve",
    "membership",
    "migration",
    "months_back",
    "next_period",
    "share_difference",
    "top_count",
    "top_customers",
    "top_list",
    "top_share",
    "top_shares",
    "two_periods",
    "window_curve",
    "window_values",
    "windows",
]
