"""One function a figure: a table in, Axes out. No figure computes a statistic."""

from crmlab.figures.actions import base_bridge, uplift_tornado, what_a_test_can_see
from crmlab.figures.concentration import lorenz, migration_heatmap, share_by_window, top_shares
from crmlab.figures.contracts import customers_kept, retention_by_renewal
from crmlab.figures.orientation import answerable, budget_by_programme, contacted, definition_map, learning
from crmlab.figures.retention import cohort_heatmap, gap_by_pace, retention_by_tenure, survival
from crmlab.figures.segments import by_time_in_state, rfm_grid, transition_heatmap, usual_moves
from crmlab.figures.significant import flag_sets, flag_stability, followed
from crmlab.figures.state_river import state_river
from crmlab.figures.style import show
from crmlab.figures.value import iso_value, naive_values, tiers, tornado, value_fan
from crmlab.figures.value_chain import chain_links, margin_bridge, needs_grid, rank_spread, support_and_outcome
from crmlab.figures.value_checks import back_tests, calibration, frequency_groups, tracking

__all__ = [
    "answerable",
    "back_tests",
    "base_bridge",
    "budget_by_programme",
    "by_time_in_state",
    "calibration",
    "chain_links",
    "cohort_heatmap",
    "contacted",
    "customers_kept",
    "definition_map",
    "flag_sets",
    "flag_stability",
    "followed",
    "frequency_groups",
    "gap_by_pace",
    "iso_value",
    "learning",
    "lorenz",
    "margin_bridge",
    "migration_heatmap",
    "naive_values",
    "needs_grid",
    "rank_spread",
    "retention_by_renewal",
    "retention_by_tenure",
    "rfm_grid",
    "share_by_window",
    "show",
    "state_river",
    "support_and_outcome",
    "survival",
    "tiers",
    "top_shares",
    "tornado",
    "tracking",
    "transition_heatmap",
    "uplift_tornado",
    "usual_moves",
    "value_fan",
    "what_a_test_can_see",
]
