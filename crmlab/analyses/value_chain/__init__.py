"""The CRM value chain: five stages, five conditions, and the customers it is all for.

`books`: what customers leave of what they pay · `significance`: four rules for who is strategically significant ·
`overlap`: whether the rules single out the same customers, and the same next year · `influence`, `referrals`: whether
others follow · `offer`: dependence, needs, flows, mutual benefit · `reliability`, `survey`: what the firm's people say
· `sponsorship`, `compare`: what is needed and what helps, with few branches · `support`: processes, silos, touchpoints,
data · `need`: whether the market asks for it · `links`, `weakest`: the chain, and how sure its weakest link is ·
`register`: the list. Sentences are in `claims` (customers), `survey_claims` and `chain_claims`, tables for
people in `overviews`.
"""

from crmlab.analyses.value_chain import chain_claims, claims, survey_claims
from crmlab.analyses.value_chain.books import YearBooks, year_books
from crmlab.analyses.value_chain.compare import Compared, clustered_mean, compared, slope, slope_clustered
from crmlab.analyses.value_chain.influence import Influence, influence
from crmlab.analyses.value_chain.links import ABOUT, Link, links
from crmlab.analyses.value_chain.need import Need, need
from crmlab.analyses.value_chain.offer import (
    Dependence,
    Mutual,
    channel_dependence,
    dependence,
    flows,
    mutual_benefit,
    need_gaps,
    supplier_dependence,
)
from crmlab.analyses.value_chain.overlap import Stability, combinations_of, counted, jaccard, overlaps, stability
from crmlab.analyses.value_chain.overviews import condition_matrix, owners, price_index, scorecard, stability_table
from crmlab.analyses.value_chain.referrals import Referrals, day_number, referral_value, tellings_of, tellings_window
from crmlab.analyses.value_chain.register import may_contact, register, register_headings, suppressed_claim
from crmlab.analyses.value_chain.reliability import Agreement, agreement, alpha, omega, omega_of
from crmlab.analyses.value_chain.significance import FLAGS, Rules, Significant, accepted_requests, significant
from crmlab.analyses.value_chain.sponsorship import Needed, Outcome, cheaper_acquisition, helped, needed, trained
from crmlab.analyses.value_chain.support import (
    Quality,
    Silos,
    coverage,
    cycle_times,
    data_quality,
    silos,
    touchpoints,
)
from crmlab.analyses.value_chain.survey import Survey, pre_post, scales, survey, went_live
from crmlab.analyses.value_chain.weakest import rank_table

__all__ = [
    "ABOUT",
    "FLAGS",
    "Agreement",
    "Compared",
    "Dependence",
    "Influence",
    "Link",
    "Mutual",
    "Need",
    "Needed",
    "Outcome",
    "Quality",
    "Referrals",
    "Rules",
    "Significant",
    "Silos",
    "Stability",
    "Survey",
    "YearBooks",
    "accepted_requests",
    "agreement",
    "alpha",
    "chain_claims",
    "channel_dependence",
    "cheaper_acquisition",
    "claims",
    "clustered_mean",
    "combinations_of",
    "compared",
    "condition_matrix",
    "counted",
    "coverage",
    "cycle_times",
    "data_quality",
    "day_number",
    "dependence",
    "flows",
    "helped",
    "influence",
    "jaccard",
    "links",
    "may_contact",
    "mutual_benefit",
    "need",
    "need_gaps",
    "needed",
    "omega",
    "omega_of",
    "overlaps",
    "owners",
    "pre_post",
    "price_index",
    "rank_table",
    "referral_value",
    "register",
    "register_headings",
    "scales",
    "scorecard",
    "significant",
    "silos",
    "slope",
    "slope_clustered",
    "stability",
    "stability_table",
    "supplier_dependence",
    "suppressed_claim",
    "survey",
    "survey_claims",
    "tellings_of",
    "tellings_window",
    "touchpoints",
    "trained",
    "went_live",
    "year_books",
]
