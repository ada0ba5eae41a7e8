"""Models of buying and spending: fitted to a customer summary, with errors, diagnosis and forecasts.

customer summary -> distinct histories with weights (`histories`) -> the maximum of our own likelihood (`maximise`)
-> a frozen result (`results`) from a model in `buying` or `spending` -> expected purchases (`expectations`), what they
are worth (`residual_value`), and what will be bought, simulated with parameters as uncertain as the fit left them
(`draws`, `simulated`, `forecast`). Expectations and forecasts know `buying.base` and no single model.

Whether customers who joined early and late are one population at all, `buying.cohorts` asks of any of the fits.

Contracts have a room of their own, `contracts`: survivors of cohorts -> fitted models -> curves, lifetimes, values.
"""

from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.bgbb import BGBB, fit_bgbb
from crmlab.models.buying.bgnbd import BGNBD, fit_bgnbd, share_bought_once
from crmlab.models.buying.bgnbd_covariates import BGNBDCovariates, fit_bgnbd_covariates
from crmlab.models.buying.cohorts import CohortComparison, compare_cohorts
from crmlab.models.buying.diagnosis import dropout_p_value
from crmlab.models.buying.mbgnbd import MBGNBD, fit_mbgnbd
from crmlab.models.buying.nbd import NBD, fit_nbd
from crmlab.models.buying.pareto_covariates import ParetoNBDCovariates, fit_pareto_nbd_covariates
from crmlab.models.buying.pareto_nbd import ParetoNBD, fit_pareto_nbd
from crmlab.models.contracts import fit_bdw, fit_geometric, fit_sbg
from crmlab.models.expectations import (
    discounted_purchases_new_customer,
    discounted_residual_purchases,
    expected_purchases,
    expected_purchases_new_customer,
    probability_alive,
    probability_of_n_purchases,
)
from crmlab.models.forecast import Forecast, forecast
from crmlab.models.residual_value import residual_value
from crmlab.models.results import Diagnosis, FittedModel
from crmlab.models.robust import with_robust_errors
from crmlab.models.saved import from_json, to_json
from crmlab.models.spending.dependent import (
    DependentGammaGamma,
    Independence,
    fit_dependent_gamma_gamma,
    independence,
)
from crmlab.models.spending.gamma_gamma import GammaGamma, expected_spend, fit_gamma_gamma, spend_correlation

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "NBD",
    "BGNBDCovariates",
    "BuyingModel",
    "CohortComparison",
    "DependentGammaGamma",
    "Diagnosis",
    "FittedModel",
    "Forecast",
    "GammaGamma",
    "Independence",
    "ParetoNBD",
    "ParetoNBDCovariates",
    "compare_cohorts",
    "discounted_purchases_new_customer",
    "discounted_residual_purchases",
    "dropout_p_value",
    "expected_purchases",
    "expected_purchases_new_customer",
    "expected_spend",
    "fit_bdw",
    "fit_bgbb",
    "fit_bgnbd",
    "fit_bgnbd_covariates",
    "fit_dependent_gamma_gamma",
    "fit_gamma_gamma",
    "fit_geometric",
    "fit_mbgnbd",
    "fit_nbd",
    "fit_pareto_nbd",
    "fit_pareto_nbd_covariates",
    "fit_sbg",
    "forecast",
    "from_json",
    "independence",
    "probability_alive",
    "probability_of_n_purchases",
    "residual_value",
    "share_bought_once",
    "spend_correlation",
    "to_json",
    "with_robust_errors",
]
