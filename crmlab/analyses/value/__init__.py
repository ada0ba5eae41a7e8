"""Value: what customers are expected to bring, how sure that is, and how much may be spent to get or keep one.

terms of value (`basis`) -> formulas that mislead (`simple`) -> models, or why there are none (`fits`) -> forecast
against what came (`holdout`, with `scoring` and `log`), week by week (`tracking`), from several origins (`backtest`),
for several models (`ladder`), for who bought once (`onetime`) -> which spending to plan with (`spend`) -> the
forecast a report may stand on (`outlook`, `expected`) -> tiers (`tiers`), value by recency, frequency and spend
(`valuemap`), new customers (`newcomers`), what the total rests on (`sensitivity`), the list (`customerlist`) ->
sentences that say what was found (`claims`, `verdicts`, `comparisons`).
"""

from crmlab.analyses.value import claims, comparisons, verdicts
from crmlab.analyses.value.backtest import BackTest, back_test
from crmlab.analyses.value.basis import Basis, basis, days_of
from crmlab.analyses.value.customerlist import customer_value, list_headings, list_title
from crmlab.analyses.value.expected import expected_value
from crmlab.analyses.value.fits import FITS, Fit, fit_both
from crmlab.analyses.value.holdout import HoldOut, Score, hold_out, naive_forecast
from crmlab.analyses.value.ladder import Ladder, dropout_tests, ladder
from crmlab.analyses.value.log import opening, period, purchase_total
from crmlab.analyses.value.newcomers import NewCustomer, ceilings, new_customer
from crmlab.analyses.value.onetime import alive_once, came_back
from crmlab.analyses.value.outlook import Outlook, fan, outlook
from crmlab.analyses.value.scoring import frequency_groups
from crmlab.analyses.value.sensitivity import Tornado, tornado
from crmlab.analyses.value.simple import (
    Formula,
    Naive,
    bought_once,
    contract_value,
    formula_forecast,
    naive_value,
    value_so_far,
    yearly_retention,
)
from crmlab.analyses.value.spend import settled, spend_claim
from crmlab.analyses.value.tiers import TIERS, tier_of, tier_table, top_tier
from crmlab.analyses.value.tracking import by_week, track
from crmlab.analyses.value.valuemap import ValueMap, rfm_cells, rfm_table, value_map

__all__ = [
    "FITS",
    "TIERS",
    "BackTest",
    "Basis",
    "Fit",
    "Formula",
    "HoldOut",
    "Ladder",
    "Naive",
    "NewCustomer",
    "Outlook",
    "Score",
    "Tornado",
    "ValueMap",
    "alive_once",
    "back_test",
    "basis",
    "bought_once",
    "by_week",
    "came_back",
    "ceilings",
    "claims",
    "comparisons",
    "contract_value",
    "customer_value",
    "days_of",
    "dropout_tests",
    "expected_value",
    "fan",
    "fit_both",
    "formula_forecast",
    "frequency_groups",
    "hold_out",
    "ladder",
    "list_headings",
    "list_title",
    "naive_forecast",
    "naive_value",
    "new_customer",
    "opening",
    "outlook",
    "period",
    "purchase_total",
    "rfm_cells",
    "rfm_table",
    "settled",
    "spend_claim",
    "tier_of",
    "tier_table",
    "top_tier",
    "tornado",
    "track",
    "value_map",
    "value_so_far",
    "verdicts",
    "yearly_retention",
]
