"""Whether satisfaction keeps customers here, or lack of choice; what trust goes with; what the silent would have said.

`market`: concentration by region · `answers`: who answered, joined with it · `silence`: bounds and follow-up ·
`staying`: what a point of satisfaction is worth, by choice · `scores`: mean, top box, net promoter score ·
`quadrants`: two questions at once · `necessary`: the ceiling of necessary condition analysis · `calls`: the courtesy
call that chance decided · `trust`: consent and price · `levers`: what goes with satisfaction, and the chain behind it ·
`products`: satisfaction by product · `volume`: much buying · `need`: an index of need and its arbitrariness · `recall`:
value at risk, and the list to act on. Sentences that say
what was found are in `claims` and `relations`.
"""

from crmlab.analyses.loyalty import claims, relations
from crmlab.analyses.loyalty.answers import answered, answers, tercile
from crmlab.analyses.loyalty.calls import Calls, courtesy_calls
from crmlab.analyses.loyalty.levers import Chain, chain, if_left_out, levers, shapley
from crmlab.analyses.loyalty.market import concentration, hhi, on_day
from crmlab.analyses.loyalty.necessary import Necessary, bottleneck, effect_size, necessary
from crmlab.analyses.loyalty.need import PARTS, activity, follows, index, parts
from crmlab.analyses.loyalty.products import ByProduct, by_product
from crmlab.analyses.loyalty.quadrants import loyalty, mutual, over_product, retention_by, shares
from crmlab.analyses.loyalty.recall import false_loyal, recall_may_cost, value_of_staying
from crmlab.analyses.loyalty.scores import nps, nps_difference, predicts, promoters, top_box
from crmlab.analyses.loyalty.silence import Silence, response, silence
from crmlab.analyses.loyalty.staying import Logit, between_regions, by_region, curve, per_tenth_of_hhi, pooled, worth
from crmlab.analyses.loyalty.trust import consent, consent_difference, price_by_trust, price_difference
from crmlab.analyses.loyalty.volume import rank_correlation, volume

__all__ = [
    "PARTS",
    "ByProduct",
    "Calls",
    "Chain",
    "Logit",
    "Necessary",
    "Silence",
    "activity",
    "answered",
    "answers",
    "between_regions",
    "bottleneck",
    "by_product",
    "by_region",
    "chain",
    "claims",
    "concentration",
    "consent",
    "consent_difference",
    "courtesy_calls",
    "curve",
    "effect_size",
    "false_loyal",
    "follows",
    "hhi",
    "if_left_out",
    "index",
    "levers",
    "loyalty",
    "mutual",
    "necessary",
    "nps",
    "nps_difference",
    "on_day",
    "over_product",
    "parts",
    "per_tenth_of_hhi",
    "pooled",
    "predicts",
    "price_by_trust",
    "price_difference",
    "promoters",
    "rank_correlation",
    "recall_may_cost",
    "relations",
    "response",
    "retention_by",
    "shapley",
    "shares",
    "silence",
    "tercile",
    "top_box",
    "value_of_staying",
    "volume",
    "worth",
]
