"""Models of buying and spending: fitted to a customer summary, with errors, diagnosis and forecasts.

customer summary -> distinct histories with weights (`histories`) -> the maximum of our own likelihood (`maximise`),
one of its starts found by lifetimes (`lifetimes_fit`) -> a frozen result (`results`) from a model in `buying` or
`spending` -> expected purchases (`expectations`) -> what will be bought, simulated with parameters as uncertain as the
fit left them (`draws`, `simulated`, `forecast`). Expectations and forecasts know `buying.base` and no single model.
"""

from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.bgnbd import BGNBD, fit_bgnbd, share_bought_once
from crmlab.models.buying.mbgnbd import MBGNBD, fit_mbgnbd
from crmlab.models.buying.nbd import NBD, fit_nbd
from crmlab.models.expectations import expected_purchases, expected_purchases_new_customer, probability_alive
from crmlab.models.forecast import Forecast, forecast
from crmlab.models.results import Diagnosis
from crmlab.models.spending.dependent import (
    DependentGammaGamma,
    Independence,
    fit_dependent_gamma_gamma,
    independence,
)
from crmlab.models.spending.gamma_gamma import GammaGamma, expected_spend, fit_gamma_gamma, spend_correlation

__all__ = [
    "BGNBD",
    "MBGNBD",
    "NBD",
    "BuyingModel",
    "DependentGammaGamma",
    "Diagnosis",
    "Forecast",
    "GammaGamma",
    "Independence",
    "expected_purchases",
    "expected_purchases_new_customer",
    "expected_spend",
    "fit_bgnbd",
    "fit_dependent_gamma_gamma",
    "fit_gamma_gamma",
    "fit_mbgnbd",
    "fit_nbd",
    "forecast",
    "independence",
    "probability_alive",
    "share_bought_once",
    "spend_correlation",
]
