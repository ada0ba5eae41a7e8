"""Churn: who leaves at the next chance, when, and whom to call with so many calls.

Every chance to leave (`chances`: renewals of contracts, or deadlines of each customer's own) -> what was known before
each (`features`, `cohort`) -> who (`logit`) and when (`spells`, `hazard`, `bands`) -> against what needs no columns
(`benchmark`), on a later window (`study`) -> how good that was (`quality`) -> what it decides (`decide`), a column that
knows the future (`leakage`), the list (`calls`), sentences (`claims`).
"""

from crmlab.analyses.churn import claims
from crmlab.analyses.churn.bands import band_curves, band_of, by_band
from crmlab.analyses.churn.benchmark import benchmark, dummy, no_purchase
from crmlab.analyses.churn.calls import Calls, calls, headings, reasons
from crmlab.analyses.churn.chances import (
    CONTRACT,
    PURCHASES,
    Chances,
    day_of,
    deadlines,
    limit_days,
    model_on,
    number_of,
    purchase_days,
    renewals,
    returners,
    starts_of_windows,
)
from crmlab.analyses.churn.cohort import Cohort, cohort, open_cohort, stacked
from crmlab.analyses.churn.decide import (
    Fairness,
    Reach,
    base_rate_shift,
    base_rates,
    break_even_success,
    called,
    fairness,
    gains,
    reach,
    stakes,
    thresholds,
    yearly_margin,
)
from crmlab.analyses.churn.features import USED, Records, demographics, groups, history, label, records
from crmlab.analyses.churn.hazard import Hazard, baseline_hazard, fit_hazard, proportionality
from crmlab.analyses.churn.leakage import Leak, alone, changed, exported, leak, without_future
from crmlab.analyses.churn.logit import Logit, Nested, against_nothing, compare, fit_logit
from crmlab.analyses.churn.quality import (
    Brier,
    Calibration,
    auc,
    auc_difference,
    brier,
    calibration,
    captured,
    recalibrated,
    top_lift,
    with_base_rate,
)
from crmlab.analyses.churn.spells import Spells, spells
from crmlab.analyses.churn.study import Judged, Study, Trial, judged, nested_blocks, prepare, trial
from crmlab.analyses.churn.when import Timing, timing

__all__ = [
    "CONTRACT",
    "PURCHASES",
    "USED",
    "Brier",
    "Calibration",
    "Calls",
    "Chances",
    "Cohort",
    "Fairness",
    "Hazard",
    "Judged",
    "Leak",
    "Logit",
    "Nested",
    "Reach",
    "Records",
    "Spells",
    "Study",
    "Timing",
    "Trial",
    "against_nothing",
    "alone",
    "auc",
    "auc_difference",
    "band_curves",
    "band_of",
    "base_rate_shift",
    "base_rates",
    "baseline_hazard",
    "benchmark",
    "break_even_success",
    "brier",
    "by_band",
    "calibration",
    "called",
    "calls",
    "captured",
    "changed",
    "claims",
    "cohort",
    "compare",
    "day_of",
    "deadlines",
    "demographics",
    "dummy",
    "exported",
    "fairness",
    "fit_hazard",
    "fit_logit",
    "gains",
    "groups",
    "headings",
    "history",
    "judged",
    "label",
    "leak",
    "limit_days",
    "model_on",
    "nested_blocks",
    "no_purchase",
    "number_of",
    "open_cohort",
    "prepare",
    "proportionality",
    "purchase_days",
    "reach",
    "reasons",
    "recalibrated",
    "records",
    "renewals",
    "returners",
    "spells",
    "stacked",
    "stakes",
    "starts_of_windows",
    "thresholds",
    "timing",
    "top_lift",
    "trial",
    "with_base_rate",
    "without_future",
    "yearly_margin",
]
