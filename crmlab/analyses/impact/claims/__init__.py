"""What was found about whether CRM worked, as sentences made from the numbers."""

from crmlab.analyses.impact.claims.customers import (
    corrected_claim,
    credit_claim,
    marginal_claim,
    response_claim,
    roll_claim,
    source_claim,
)
from crmlab.analyses.impact.claims.decision import (
    decision_claim,
    measuring_claim,
    ratio_claim,
    without_claim,
    worst_claim,
    worth_claim,
)
from crmlab.analyses.impact.claims.rollout import (
    effect_claim,
    interrupted_claim,
    naive_claim,
    pre_trend_claim,
    two_way_claim,
)
from crmlab.analyses.impact.claims.words import chance

__all__ = [
    "chance",
    "corrected_claim",
    "credit_claim",
    "decision_claim",
    "effect_claim",
    "interrupted_claim",
    "marginal_claim",
    "measuring_claim",
    "naive_claim",
    "pre_trend_claim",
    "ratio_claim",
    "response_claim",
    "roll_claim",
    "source_claim",
    "two_way_claim",
    "without_claim",
    "worst_claim",
    "worth_claim",
]
