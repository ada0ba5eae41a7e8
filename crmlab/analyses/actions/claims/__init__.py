"""What was found and what is asked, as sentences made from the numbers.

A sentence says what the numbers allow: that something cannot be measured, or that no list could be made, is said as
plainly as the rest.
"""

from crmlab.analyses.actions.claims.customers import (
    bridge_claim,
)
from crmlab.analyses.actions.claims.effects import (
    assumed_claim,
    baseline_claim,
    break_even_claim,
    do_nothing_claims,
    evidence_claims,
    room_claims,
    sensitivity_claim,
    trial_claim,
    tried_claim,
    tried_claims,
    uncovered_claims,
    untested_claim,
    unvaried_claim,
)
from crmlab.analyses.actions.claims.guides import (
    actions_guide,
    do_nothing_guide,
    file_guide,
    order_guide,
    season_guide,
    sensitivity_guide,
    stop_guide,
    test_guide,
    tried_guide,
)
from crmlab.analyses.actions.claims.plans import (
    absent_claims,
    complete_claim,
    consent_claim,
    decision_claim,
    economics_claim,
    empty_claim,
    limits_claim,
    open_questions,
    plan_claim,
    price_claim,
)
from crmlab.analyses.actions.claims.scores import (
    departures_claim,
    forecast_claim,
    outcome_claim,
    score_claims,
    score_lines,
)
from crmlab.analyses.actions.claims.voices import (
    against_claims,
    named_claim,
    next_test_claims,
)

__all__ = [
    "absent_claims",
    "actions_guide",
    "against_claims",
    "assumed_claim",
    "baseline_claim",
    "break_even_claim",
    "bridge_claim",
    "complete_claim",
    "consent_claim",
    "decision_claim",
    "departures_claim",
    "do_nothing_claims",
    "do_nothing_guide",
    "economics_claim",
    "empty_claim",
    "evidence_claims",
    "file_guide",
    "forecast_claim",
    "limits_claim",
    "named_claim",
    "next_test_claims",
    "open_questions",
    "order_guide",
    "outcome_claim",
    "plan_claim",
    "price_claim",
    "room_claims",
    "score_claims",
    "score_lines",
    "season_guide",
    "sensitivity_claim",
    "sensitivity_guide",
    "stop_guide",
    "test_guide",
    "trial_claim",
    "tried_claim",
    "tried_claims",
    "tried_guide",
    "uncovered_claims",
    "untested_claim",
    "unvaried_claim",
]
