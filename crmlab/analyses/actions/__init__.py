"""What to do about customers, and what can be known about it before anything is tried.

what was known on two days (`measure.Look`) -> one situation a customer (`situations`) -> what other notebooks' lists
say of them (`voices`) -> one list a customer (`lists`) -> consent, budget, capacity and a random hold-out (`plan`,
`holdout`) -> what customers in the same situations did one period ago (`baseline`, `standardised`) -> the least uplift
a test can see (`crmlab.trials`), the uplift that pays (`breakeven`), what experiments found (`tried`) -> what the
decision rests on (`sensitivity`) -> how the last report did (`changes`, `departures`, `last`) -> sentences (`claims`,
`reasons`, `wording`).
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
from crmlab.analyses.actions.departures import DeparturesScore, departures_score, poisson_binomial_range
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, arms, carried, contacts_paid, held_out
from crmlab.analyses.actions.last import Score, score_of
from crmlab.analyses.actions.lists import CONTACTED, LISTS, listed
from crmlab.analyses.actions.measure import (
    ListFacts,
    Look,
    Settings,
    lists_of,
    look,
    measured,
    plan_of,
    situated,
    taken_off,
    together,
)
from crmlab.analyses.actions.plan import Plan, contact_plan, may_contact
from crmlab.analyses.actions.reasons import with_reasons
from crmlab.analyses.actions.sensitivity import Sensitivity, sensitivity
from crmlab.analyses.actions.situations import (
    SITUATIONS,
    situations,
    standings_from_gaps,
    standings_from_states,
)
from crmlab.analyses.actions.standardised import standardised
from crmlab.analyses.actions.tried import Tried, tried, verdict
from crmlab.analyses.actions.voices import Voices, in_next_test, voices
from crmlab.trials import Detectable, detectable, needed_per_arm, power_of

__all__ = [
    "CONTACT",
    "CONTACTED",
    "DO_NOTHING",
    "LISTS",
    "SITUATIONS",
    "Baseline",
    "BreakEven",
    "Bridge",
    "DeparturesScore",
    "Detectable",
    "ForecastScore",
    "Horizon",
    "ListFacts",
    "Look",
    "Outcome",
    "Plan",
    "Score",
    "Sensitivity",
    "Settings",
    "Tried",
    "Voices",
    "arms",
    "assumed_break_evens",
    "baselines",
    "bought_between",
    "break_even",
    "bridge",
    "carried",
    "claims",
    "contact_plan",
    "contacts_paid",
    "departures_score",
    "detectable",
    "everyone",
    "forecast_score",
    "held_out",
    "horizon",
    "in_next_test",
    "listed",
    "lists_of",
    "look",
    "may_contact",
    "measured",
    "needed_per_arm",
    "outcomes",
    "plan_of",
    "poisson_binomial_range",
    "power_of",
    "purchase_counts",
    "score_of",
    "sensitivity",
    "situated",
    "situations",
    "standardised",
    "standings_from_gaps",
    "standings_from_states",
    "taken_off",
    "then_and_now",
    "together",
    "tried",
    "up_to",
    "verdict",
    "voices",
    "with_reasons",
    "wording",
]
