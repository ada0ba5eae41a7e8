"""Selling more to customers one has: what goes together, what comes next, who could spend more, and what it changes.

`baskets`: what is bought together, and how often chance would have it · `rules`: pairs tested, rules of several
products · `sequence`: what comes first · `next_product`: what a customer buys next · `trading`: growth taken apart, and
who traded up · `upgrading`: propensity and headroom of a step up · `potential`: how much customers could spend, and
what they say · `trial`: a free trial judged by chance · `moments`: channel and time · `breadth`: many categories and
profit · `cover`: contracts at turns of life · `lists`: whom to offer what · `overviews`: tables for people. Sentences
are in `claims` (what was found in purchases) and `verdicts` (what chance, or its absence, lets one say).
"""

from crmlab.analyses.growth import claims, verdicts
from crmlab.analyses.growth.baskets import CoPurchases, co_purchases, entries
from crmlab.analyses.growth.breadth import Breadth, breadth
from crmlab.analyses.growth.cover import Cover, cover
from crmlab.analyses.growth.lists import (
    Offer,
    consent,
    cover_to_review,
    next_best,
    product_names,
    steps_to_offer,
)
from crmlab.analyses.growth.moments import Moments, moments
from crmlab.analyses.growth.next_product import NextProduct, next_product
from crmlab.analyses.growth.overviews import (
    NotKnown,
    arms_of,
    breadth_table,
    chance_table,
    pair_table,
    potential_table,
    tier_table,
    told,
    where_known,
)
from crmlab.analyses.growth.potential import Potential, Wallet, potential, wallet
from crmlab.analyses.growth.rules import Associations, association_rules, associations, fisher
from crmlab.analyses.growth.sequence import Orders, what_comes_first
from crmlab.analyses.growth.trading import Growth, Upgrades, growth, upgrades
from crmlab.analyses.growth.trial import Trial, break_even_subsidy, by_category, latest_trial, margin_of_payers, trial
from crmlab.analyses.growth.upgrading import Propensity, steps_up, upgrade_propensity

__all__ = [
    "Associations",
    "Breadth",
    "CoPurchases",
    "Cover",
    "Growth",
    "Moments",
    "NextProduct",
    "NotKnown",
    "Offer",
    "Orders",
    "Potential",
    "Propensity",
    "Trial",
    "Upgrades",
    "Wallet",
    "arms_of",
    "association_rules",
    "associations",
    "breadth",
    "breadth_table",
    "break_even_subsidy",
    "by_category",
    "chance_table",
    "claims",
    "co_purchases",
    "consent",
    "cover",
    "cover_to_review",
    "entries",
    "fisher",
    "growth",
    "latest_trial",
    "margin_of_payers",
    "moments",
    "next_best",
    "next_product",
    "pair_table",
    "potential",
    "potential_table",
    "product_names",
    "steps_to_offer",
    "steps_up",
    "tier_table",
    "told",
    "trial",
    "upgrade_propensity",
    "upgrades",
    "verdicts",
    "wallet",
    "what_comes_first",
    "where_known",
]
