"""Segments and life stage: where each customer stands, and who moves where.

purchases by customer and day (`history`) -> limits from the client's own gaps (`rules`) -> states on any day and at
past period ends (`states`) -> how many are where (`snapshot`), who went where (`flows`), which state follows which
(`transitions`, intervals from `shares`) and whether the time in a state matters (`silence`) -> whether the last period
is like the others (`usual`) -> a chain that remembers recency, its long run (`chain`) and its hold-out (`holdout`).
Beside it recency, frequency and monetary value (`rfm`), the four steps of IDIC (`idic`) and the household's life stage
(`household`). The list to act on is in `listing`; sentences that say what was found are in `claims` and `outlook`.
"""

from crmlab.analyses.segments import claims, outlook
from crmlab.analyses.segments.chain import limit_in_touch, limit_sizes, recency_chain, stationary_mix
from crmlab.analyses.segments.flows import bridge, flows, to_at_risk
from crmlab.analyses.segments.history import Gaps, History, gaps, history, share_ended
from crmlab.analyses.segments.holdout import HoldOut, hold_out, hold_out_error
from crmlab.analyses.segments.household import Crossed, Household, columns_missing, cross, household_stages
from crmlab.analyses.segments.idic import idic
from crmlab.analyses.segments.listing import customer_states
from crmlab.analyses.segments.rfm import SEGMENTS, Rfm, rfm, rfm_grid
from crmlab.analyses.segments.rules import Rules, rules_from_gaps
from crmlab.analyses.segments.silence import TimeInState, time_in_state
from crmlab.analyses.segments.snapshot import known_customers, lapsed_return, row_estimate, state_shares
from crmlab.analyses.segments.states import IN_TOUCH, STATES, Panel, panel, states_on
from crmlab.analyses.segments.transitions import Transitions, transitions
from crmlab.analyses.segments.usual import Moves, Range, moves_to_at_risk, usual
from crmlab.analyses.segments.wording import state_name

__all__ = [
    "IN_TOUCH",
    "SEGMENTS",
    "STATES",
    "Crossed",
    "Gaps",
    "History",
    "HoldOut",
    "Household",
    "Moves",
    "Panel",
    "Range",
    "Rfm",
    "Rules",
    "TimeInState",
    "Transitions",
    "bridge",
    "claims",
    "columns_missing",
    "cross",
    "customer_states",
    "flows",
    "gaps",
    "history",
    "hold_out",
    "hold_out_error",
    "household_stages",
    "idic",
    "known_customers",
    "lapsed_return",
    "limit_in_touch",
    "limit_sizes",
    "moves_to_at_risk",
    "outlook",
    "panel",
    "recency_chain",
    "rfm",
    "rfm_grid",
    "row_estimate",
    "rules_from_gaps",
    "share_ended",
    "state_name",
    "state_shares",
    "states_on",
    "stationary_mix",
    "time_in_state",
    "to_at_risk",
    "transitions",
    "usual",
]
