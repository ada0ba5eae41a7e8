"""Segments and life stage: where each customer stands, and who moves where.

purchases by customer and day (`history`) -> limits from the client's own gaps (`rules`) -> states on any day and at
past period ends (`states`) -> which state follows which (`transitions`, intervals from `shares`); beside it recency,
frequency and monetary value (`rfm`) -> the list to act on (`listing`). Words for readers are in `wording`.
"""

from crmlab.analyses.segments.history import Gaps, History, gaps, history, share_ended
from crmlab.analyses.segments.listing import customer_states
from crmlab.analyses.segments.rfm import SEGMENTS, Rfm, rfm, rfm_grid
from crmlab.analyses.segments.rules import Rules, rules_from_gaps
from crmlab.analyses.segments.states import IN_TOUCH, STATES, Panel, panel, states_on
from crmlab.analyses.segments.transitions import Transitions, transitions
from crmlab.analyses.segments.wording import state_name

__all__ = [
    "IN_TOUCH",
    "SEGMENTS",
    "STATES",
    "Gaps",
    "History",
    "Panel",
    "Rfm",
    "Rules",
    "Transitions",
    "customer_states",
    "gaps",
    "history",
    "panel",
    "rfm",
    "rfm_grid",
    "rules_from_gaps",
    "share_ended",
    "state_name",
    "states_on",
    "transitions",
]
