"""Whether what is done works: what a comparison by chance says, what spoils it, and what the next one needs.

contacts -> one row a customer of a campaign (`rows`) -> is it a fair comparison (`checks`: planned arms, balance) ->
what changed (`effect`: responses and money, by intention; `cuped`: with the past taken off; `compliance`: for those
reached; `groups`: in several groups or offers; `events`: before and after something that
happened to everybody) -> when one may look (`looks`) -> what it means (`verdict`) -> the next
test (`plan`). Sentences that say what was found are in `claims` and `fairness`, tables for people in
`overviews`.
"""

from crmlab.analyses.experiments import claims, fairness
from crmlab.analyses.experiments.checks import (
    SampleRatio,
    as_planned,
    balance,
    known_before,
    planned_shares,
    sample_ratio,
    sample_ratios,
)
from crmlab.analyses.experiments.compliance import Compliance, complier_effect, reached_estimates
from crmlab.analyses.experiments.cuped import Cuped, cuped
from crmlab.analyses.experiments.effect import Effect, comparisons, effect
from crmlab.analyses.experiments.events import RateJump, change_around, rate_jump
from crmlab.analyses.experiments.groups import by_group, by_offer, differ_between
from crmlab.analyses.experiments.looks import (
    crossing,
    monitored,
    obrien_fleming,
    peeking_alarm,
    spending_bounds,
)
from crmlab.analyses.experiments.overviews import (
    against_truth,
    plan_table,
    readings,
    sizes_and_uplifts,
    with_reasons,
    with_stratum,
)
from crmlab.analyses.experiments.plan import Audience, NextTest, assigned, audience, expected_share, next_test
from crmlab.analyses.experiments.rows import campaigns_run, chosen_test, contact_rows, spent_between, window_of
from crmlab.analyses.experiments.verdict import Verdict, verdict

__all__ = [
    "Audience",
    "Compliance",
    "Cuped",
    "Effect",
    "NextTest",
    "RateJump",
    "SampleRatio",
    "Verdict",
    "against_truth",
    "as_planned",
    "assigned",
    "audience",
    "balance",
    "by_group",
    "by_offer",
    "campaigns_run",
    "change_around",
    "chosen_test",
    "claims",
    "comparisons",
    "complier_effect",
    "contact_rows",
    "crossing",
    "cuped",
    "differ_between",
    "effect",
    "expected_share",
    "fairness",
    "known_before",
    "monitored",
    "next_test",
    "obrien_fleming",
    "peeking_alarm",
    "plan_table",
    "planned_shares",
    "rate_jump",
    "reached_estimates",
    "readings",
    "sample_ratio",
    "sample_ratios",
    "sizes_and_uplifts",
    "spending_bounds",
    "spent_between",
    "verdict",
    "window_of",
    "with_reasons",
    "with_stratum",
]
