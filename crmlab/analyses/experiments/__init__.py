"""Whether what is done works: what a comparison by chance says, what spoils it, and what the next one needs.

contacts -> one row a customer of a campaign (`rows`) -> is it a fair comparison (`checks`: planned arms, balance) ->
what changed (`effect`: responses and money, by intention; `cuped`: with the past taken off; `compliance`: for those
reached; `groups`: in several groups or offers) -> when one may look (`looks`) -> what it means (`verdict`) -> the next
test (`plan`). Sentences that say what was found are in `claims`.
"""

from crmlab.analyses.experiments import claims
from crmlab.analyses.experiments.checks import SampleRatio, balance, sample_ratio, sample_ratios
from crmlab.analyses.experiments.compliance import Compliance, complier_effect, reached_estimates
from crmlab.analyses.experiments.cuped import Cuped, cuped
from crmlab.analyses.experiments.effect import Effect, comparisons, effect
from crmlab.analyses.experiments.groups import by_group, by_offer, differ_between
from crmlab.analyses.experiments.looks import (
    crossing,
    monitored,
    obrien_fleming,
    peeking_alarm,
    spending_bounds,
)
from crmlab.analyses.experiments.plan import Audience, NextTest, assigned, audience, next_test
from crmlab.analyses.experiments.rows import campaigns_run, chosen_test, contact_rows, spent_between, window_of
from crmlab.analyses.experiments.verdict import Verdict, verdict

__all__ = [
    "Audience",
    "Compliance",
    "Cuped",
    "Effect",
    "NextTest",
    "SampleRatio",
    "Verdict",
    "assigned",
    "audience",
    "balance",
    "by_group",
    "by_offer",
    "campaigns_run",
    "chosen_test",
    "claims",
    "comparisons",
    "complier_effect",
    "contact_rows",
    "crossing",
    "cuped",
    "differ_between",
    "effect",
    "monitored",
    "next_test",
    "obrien_fleming",
    "peeking_alarm",
    "reached_estimates",
    "sample_ratio",
    "sample_ratios",
    "spending_bounds",
    "spent_between",
    "verdict",
    "window_of",
]
