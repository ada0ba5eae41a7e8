"""Value: what customers are expected to bring, how sure that is, and how much may be spent to get or keep one.

terms of value (`basis`) -> formulas that mislead (`simple`) -> models, or why there are none (`fits`) -> forecast
against what came (`holdout`, with `scoring` and `log`) -> the forecast a report may stand on (`outlook`, `expected`)
-> tiers (`tiers`), new customers (`newcomers`), what the total rests on (`sensitivity`), the list (`customerlist`)
-> sentences that say what was found (`claims`, `verdicts`).
"""

from crmlab.analyses.value import claims, verdicts
from crmlab.analyses.value.basis import Basis, basis, days_of
from crmlab.analyses.value.customerlist import customer_value
from crmlab.analyses.value.expected import expected_value
from crmlab.analyses.value.fits import Fit, fit_both
from crmlab.analyses.value.holdout import HoldOut, Score, hold_out, naive_forecast
from crmlab.analyses.value.log import opening, period, purchase_total
from crmlab.analyses.value.newcomers import NewCustomer, ceilings, new_customer
from crmlab.analyses.value.outlook import Outlook, fan, outlook
from crmlab.analyses.value.sensitivity import Tornado, dependent_spend, tornado
from crmlab.analyses.value.simple import Naive, bought_once, contract_value, naive_value, value_so_far, yearly_retention
from crmlab.analyses.value.tiers import TIERS, tier_of, tier_table, top_tier

__all__ = [
    "TIERS",
    "Basis",
    "Fit",
    "HoldOut",
    "Naive",
    "NewCustomer",
    "Outlook",
    "Score",
    "Tornado",
    "basis",
    "bought_once",
    "ceilings",
    "claims",
    "contract_value",
    "customer_value",
    "days_of",
    "dependent_spend",
    "expected_value",
    "fan",
    "fit_both",
    "hold_out",
    "naive_forecast",
    "naive_value",
    "new_customer",
    "opening",
    "outlook",
    "period",
    "purchase_total",
    "tier_of",
    "tier_table",
    "top_tier",
    "tornado",
    "value_so_far",
    "verdicts",
    "yearly_retention",
]
