"""Whether CRM worked, with what doubt, and whether the firm can tell.

`panel`: what branches report, at constant prices, beside when CRM went live · `rollout`: effects by group and month
against branches not live yet, as an event study and as one number · `regressions`: the ways that are in use, to be
compared · `ratios`: average cost before and after, and how its fall misleads · `decide`: rules stated beforehand, and
their chances · `scorecard`: the goals of CRM with baseline, now, and effect · `attribution`: how customers came ·
`response`: who answers surveys · `budget`: the next customer, leads followed to the sale, how much to test · `parts`:
what can be asked of a client. Sentences are in `claims`, tables for people in `overviews`.
"""

from crmlab.analyses.impact import claims
from crmlab.analyses.impact.attribution import (
    Corrected,
    Credit,
    answers,
    corrected,
    credit,
    known_channels,
    recorded_channels,
    shares_behind,
)
from crmlab.analyses.impact.budget import RollAfterTest, marginal_costs, roll_after_test, won_by_source
from crmlab.analyses.impact.decide import Chances, Measuring, chances, decide, least_fall, measuring
from crmlab.analyses.impact.overviews import (
    chances_table,
    credit_estimate,
    credit_table,
    decision_table,
    effect_estimate,
    gain_estimate,
    ratio_table,
    relative_months,
    relative_series,
    response_table,
    scorecard_table,
    ways_table,
)
from crmlab.analyses.impact.panel import (
    Panel,
    before_and_after,
    by_process,
    deflated,
    logs,
    matched_months,
    panel,
    price_levels,
)
from crmlab.analyses.impact.parts import attempt, groups, of_rollout, waves_table
from crmlab.analyses.impact.ratios import (
    AfterTheWorst,
    RatioChange,
    after_the_worst,
    buyers_by_month,
    newcomers,
    ratio_change,
)
from crmlab.analyses.impact.regressions import (
    Change,
    Interrupted,
    TwoWay,
    interrupted,
    mean_change,
    naive,
    same_months,
    two_way,
)
from crmlab.analyses.impact.response import Answered, answered, by_mode
from crmlab.analyses.impact.rollout import Design, RolloutEffect, group_time, overall, rollout_effect, webb_weights
from crmlab.analyses.impact.scorecard import GOALS, MEASURES, Measure, outcome, scorecard, without_baseline

__all__ = [
    "GOALS",
    "MEASURES",
    "AfterTheWorst",
    "Answered",
    "Chances",
    "Change",
    "Corrected",
    "Credit",
    "Design",
    "Interrupted",
    "Measure",
    "Measuring",
    "Panel",
    "RatioChange",
    "RollAfterTest",
    "RolloutEffect",
    "TwoWay",
    "after_the_worst",
    "answered",
    "answers",
    "attempt",
    "before_and_after",
    "buyers_by_month",
    "by_mode",
    "by_process",
    "chances",
    "chances_table",
    "claims",
    "corrected",
    "credit",
    "credit_estimate",
    "credit_table",
    "decide",
    "decision_table",
    "deflated",
    "effect_estimate",
    "gain_estimate",
    "group_time",
    "groups",
    "interrupted",
    "known_channels",
    "least_fall",
    "logs",
    "marginal_costs",
    "matched_months",
    "mean_change",
    "measuring",
    "naive",
    "newcomers",
    "of_rollout",
    "outcome",
    "overall",
    "panel",
    "price_levels",
    "ratio_change",
    "ratio_table",
    "recorded_channels",
    "relative_months",
    "relative_series",
    "response_table",
    "roll_after_test",
    "rollout_effect",
    "same_months",
    "scorecard",
    "scorecard_table",
    "shares_behind",
    "two_way",
    "waves_table",
    "ways_table",
    "webb_weights",
    "without_baseline",
    "won_by_source",
]
