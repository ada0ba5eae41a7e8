"""Retention: how fast customers stop buying, who is overdue by their own pace, and whether keeping them improves.

every silence (`history`) -> what gap is usual for whom (`pace`) -> who is overdue (`overdue`) -> what a definition of
lost makes of the customers, and how often it was wrong (`loss`). Kaplan–Meier curves (`survival`), the cohort
triangle and cohorts at the same age (`triangle`), retention by tenure and what of a change is sorting (`tenure`),
shares with intervals (`proportions`), sentences that say what was found (`claims`; of contracts, `contract_claims`).
"""

from crmlab.analyses.retention import claims, contract_claims
from crmlab.analyses.retention.history import first_day, silences, without_lead_in
from crmlab.analyses.retention.loss import Definition, Definitions, compare_definitions
from crmlab.analyses.retention.overdue import customer_gaps, pace_of
from crmlab.analyses.retention.pace import Pace, fit_pace
from crmlab.analyses.retention.second import SecondPurchase, second_purchase
from crmlab.analyses.retention.survival import SurvivalCurve, kaplan_meier
from crmlab.analyses.retention.tenure import Improvement, TenureRetention, improvement, periods, tenure_retention
from crmlab.analyses.retention.triangle import (
    CohortComparison,
    Cohorts,
    begins_midway,
    cohorts,
    compare_cohorts,
    intake_jump,
    period_for,
)
from crmlab.estimate import Estimate

__all__ = [
    "CohortComparison",
    "Cohorts",
    "Definition",
    "Definitions",
    "Estimate",
    "Improvement",
    "Pace",
    "SecondPurchase",
    "SurvivalCurve",
    "TenureRetention",
    "begins_midway",
    "claims",
    "cohorts",
    "compare_cohorts",
    "compare_definitions",
    "contract_claims",
    "customer_gaps",
    "first_day",
    "fit_pace",
    "improvement",
    "intake_jump",
    "kaplan_meier",
    "pace_of",
    "period_for",
    "periods",
    "second_purchase",
    "silences",
    "tenure_retention",
    "without_lead_in",
]
