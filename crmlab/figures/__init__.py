"""One function a figure: a table in, Axes out. No figure computes a statistic."""

from crmlab.figures.actions import base_bridge, plan_bars, uplift_tornado, what_a_test_can_see
from crmlab.figures.churn import effects, gains, reliability, still_there
from crmlab.figures.concentration import lorenz, migration_heatmap, share_by_window, top_shares
from crmlab.figures.contracts import customers_kept, retention_by_renewal
from crmlab.figures.experiments import campaign_comparisons, effect_readings, sequential_looks, size_and_uplift
from crmlab.figures.growth import effect_by_moment, pairs_by_chance, pairs_together, spend_potential, trial_arms
from crmlab.figures.impact import (
    answers_by_mode,
    channel_credit,
    estimates_and_truth,
    event_study,
    interrupted_series,
    rule_chances,
    said_and_recorded,
    ways_of_measuring,
)
from crmlab.figures.loyalty import (
    ceiling,
    choice_curves,
    market_concentration,
    need_ranks,
    shrunk_products,
    silent_means,
    staying_curves,
    worth_by_region,
)
from crmlab.figures.orientation import answerable, budget_by_programme, contacted, definition_map, learning
from crmlab.figures.profit_ahead import approached_by_tenth, death_spiral, tails_then_and_later, value_and_risk
from crmlab.figures.profitability import (
    profit_bridge,
    tenths_by_base,
    variance_parts,
    volume_and_profit,
    whale_curve,
)
from crmlab.figures.retention import cohort_heatmap, gap_by_pace, retention_by_tenure, survival
from crmlab.figures.segments import by_time_in_state, rfm_grid, transition_heatmap, usual_moves
from crmlab.figures.significant import flag_sets, flag_stability, followed
from crmlab.figures.state_river import state_river
from crmlab.figures.style import show
from crmlab.figures.value import iso_value, naive_values, tiers, tornado, value_fan
from crmlab.figures.value_chain import chain_links, margin_bridge, needs_grid, rank_spread, support_and_outcome
from crmlab.figures.value_checks import back_tests, calibration, frequency_groups, tracking
from crmlab.figures.winback import (
    cost_of_a_customer,
    four_quadrants,
    policy_values,
    profit_by_depth,
    qini_curves,
    return_hazard,
)

__all__ = [
    "answerable",
    "answers_by_mode",
    "approached_by_tenth",
    "back_tests",
    "base_bridge",
    "budget_by_programme",
    "by_time_in_state",
    "calibration",
    "campaign_comparisons",
    "ceiling",
    "chain_links",
    "channel_credit",
    "choice_curves",
    "cohort_heatmap",
    "contacted",
    "cost_of_a_customer",
    "customers_kept",
    "death_spiral",
    "definition_map",
    "effect_by_moment",
    "effect_readings",
    "effects",
    "estimates_and_truth",
    "event_study",
    "flag_sets",
    "flag_stability",
    "followed",
    "four_quadrants",
    "frequency_groups",
    "gains",
    "gap_by_pace",
    "interrupted_series",
    "iso_value",
    "learning",
    "lorenz",
    "margin_bridge",
    "market_concentration",
    "migration_heatmap",
    "naive_values",
    "need_ranks",
    "needs_grid",
    "pairs_by_chance",
    "pairs_together",
    "plan_bars",
    "policy_values",
    "profit_bridge",
    "profit_by_depth",
    "qini_curves",
    "rank_spread",
    "reliability",
    "retention_by_renewal",
    "retention_by_tenure",
    "return_hazard",
    "rfm_grid",
    "rule_chances",
    "said_and_recorded",
    "sequential_looks",
    "share_by_window",
    "show",
    "shrunk_products",
    "silent_means",
    "size_and_uplift",
    "spend_potential",
    "state_river",
    "staying_curves",
    "still_there",
    "support_and_outcome",
    "survival",
    "tails_then_and_later",
    "tenths_by_base",
    "tiers",
    "top_shares",
    "tornado",
    "tracking",
    "transition_heatmap",
    "trial_arms",
    "uplift_tornado",
    "usual_moves",
    "value_and_risk",
    "value_fan",
    "variance_parts",
    "volume_and_profit",
    "ways_of_measuring",
    "whale_curve",
    "what_a_test_can_see",
    "worth_by_region",
]
