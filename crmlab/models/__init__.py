"""Models of buying and spending: fitted to a customer summary, with errors, diagnosis and forecasts.

customer summary -> distinct histories with weights (`histories`) -> the maximum of our own likelihood (`maximise`),
one of its starts found by lifetimes (`lifetimes_fit`) -> a frozen result (`results`) from `bgnbd` or `gamma_gamma`
-> expected purchases (`expectations`) -> what will be bought, simulated with parameters as uncertain as the fit left
them (`draws`, `simulated`, `forecast`).
"""

from crmlab.models.bgnbd import fit_bgnbd, share_bought_once
from crmlab.models.expectations import expected_purchases, expected_purchases_new_customer, probability_alive
from crmlab.models.forecast import Forecast, forecast
from crmlab.models.gamma_gamma import expected_spend, fit_gamma_gamma, spend_correlation
from crmlab.models.results import BGNBD, Diagnosis, GammaGamma

__all__ = [
    "BGNBD",
    "Diagnosis",
    "Forecast",
    "GammaGamma",
    "expected_purchases",
    "expected_purchases_new_customer",
    "expected_spend",
    "fit_bgnbd",
    "fit_gamma_gamma",
    "forecast",
    "probability_alive",
    "share_bought_once",
    "spend_correlation",
]
