"""What to do about customers, and what can be known about it before anything is tried.

what was known on two days (`measure.Look`) -> one situation a customer (`situations`) -> consent, budget and a random
hold-out (`plan`, `holdout`) -> what customers in the same situation did one period ago (`baseline`) -> the least
uplift a test can see (`crmlab.trials`), the uplift that pays (`breakeven`) -> what the decision rests on
(`sensitivity`) -> how the last report's recommendations did (`changes`) -> sentences (`claims`, `wording`).
"""

from crmlab.analyses.actions import claims, wording
from crmlab.analyses.actions.base import Bridge, bridge, everyone
from crmlab.analyses.actions.baseline import (
    Baseline,
    Horizon,
    baselines,
    bought_between,
    horizon,
    purchase_counts,
    up_to,
)
from crmlab.analyses.actions.breakeven import BreakEven, assumed_break_evens, break_even
from crmlab.analyses.actions.changes import ForecastScore, Outcome, forecast_score, outcomes, then_and_now
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, affordable, arms, held_out
from crmlab.analyses.actions.measure import ListFacts, Look, Settings, look, measured, plan_of, together
from crmlab.analyses.actions.plan import Plan, contact_plan, may_contact, with_reasons
from crmlab.analyses.actions.sensitivity import Sensitivity, sensitivity
from crmlab.analyses.actions.situations import (
    CONTACTED,
    LISTS,
    situations,
    standings_from_gaps,
    standings_from_states,
)
from crmlab.trials import Detectable, detectable, needed_per_arm, power_of

__all__ = [
    "CONTACT",
    "CONTACTED",
    "DO_NOTHING",
    "LISTS",
    "Baseline",
    "BreakEven",
    "Bridge",
    "Detectable",
    "ForecastScore",
    "Horizon",
    "ListFacts",
    "Look",
    "Outcome",
    "Plan",
    "Sensitivity",
    "Settings",
    "affordable",
    "arms",
    "assumed_break_evens",
    "baselines",
    "bought_between",
    "break_even",
    "bridge",
    "claims",
    "contact_plan",
    "detectable",
    "everyone",
    "forecast_score",
    "held_out",
    "horizon",
    "look",
    "may_contact",
    "measured",
    "needed_per_arm",
    "outcomes",
    "plan_of",
    "power_of",
    "purchase_counts",
    "sensitivity",
    "situations",
    "standings_from_gaps",
    "standings_from_states",
    "then_and_now",
    "together",
    "up_to",
    "with_reasons",
    "wording",
]
