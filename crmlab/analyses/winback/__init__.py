"""Whom to save, whom to win back, and whom to leave alone.

`exits`: who leaves, who comes back by themselves, and what a second life is worth · `trial`: the campaigns, save
against win-back, and the last randomised one of each · `uplift`: what a contact does to whom (`logit`) ·
`quadrants`: risk is not persuadability · `policies`: what contacting these rather than those would have brought, Qini,
depth · `breakeven`: from which value on a contact pays · `values`: what a yes is worth, average effects, the cost of a
new customer · `lists`, `plan`: whom to contact. Sentences that say what was found are in `claims` (customers and
campaigns) and `verdicts` (policies, money, lists).
"""

from crmlab.analyses.winback import claims, verdicts
from crmlab.analyses.winback.breakeven import Arms, BreakEvenValue, break_even, break_even_value, threat
from crmlab.analyses.winback.exits import (
    Life,
    contract_exits,
    exits,
    first_life,
    real_purchases,
    returned_within,
    second_life,
    week_ratio,
    weekly_hazard,
)
from crmlab.analyses.winback.lists import Chosen, audience, choose, scored_audience, test_share, verdict
from crmlab.analyses.winback.plan import assumed_effects, capacities, plan_costs, stated_margin, ways_to_grow
from crmlab.analyses.winback.policies import (
    EVERYBODY,
    NOBODY,
    PAYING,
    RANKINGS,
    RISK,
    RISK_VALUE,
    UPLIFT_VALUE,
    VALUE,
    Costs,
    Qini,
    contact_profit,
    depth_curve,
    extra_answers,
    gains,
    places,
    policies,
    policy_differences,
    policy_values,
    qini,
    rankings,
)
from crmlab.analyses.winback.quadrants import by_risk, quadrants, risk_and_uplift
from crmlab.analyses.winback.trial import KINDS, Trial, campaigns_by_kind, last_trial
from crmlab.analyses.winback.uplift import fit, scores_unseen
from crmlab.analyses.winback.values import (
    Worth,
    average_effect,
    contact_profit_mean,
    cost_of_a_new_customer,
    profit_seen,
)

__all__ = [
    "EVERYBODY",
    "KINDS",
    "NOBODY",
    "PAYING",
    "RANKINGS",
    "RISK",
    "RISK_VALUE",
    "UPLIFT_VALUE",
    "VALUE",
    "Arms",
    "BreakEvenValue",
    "Chosen",
    "Costs",
    "Life",
    "Qini",
    "Trial",
    "Worth",
    "assumed_effects",
    "audience",
    "average_effect",
    "break_even",
    "break_even_value",
    "by_risk",
    "campaigns_by_kind",
    "capacities",
    "choose",
    "claims",
    "contact_profit",
    "contact_profit_mean",
    "contract_exits",
    "cost_of_a_new_customer",
    "depth_curve",
    "exits",
    "extra_answers",
    "first_life",
    "fit",
    "gains",
    "last_trial",
    "places",
    "plan_costs",
    "policies",
    "policy_differences",
    "policy_values",
    "profit_seen",
    "qini",
    "quadrants",
    "rankings",
    "real_purchases",
    "returned_within",
    "risk_and_uplift",
    "scored_audience",
    "scores_unseen",
    "second_life",
    "stated_margin",
    "test_share",
    "threat",
    "verdict",
    "verdicts",
    "ways_to_grow",
    "week_ratio",
    "weekly_hazard",
]
