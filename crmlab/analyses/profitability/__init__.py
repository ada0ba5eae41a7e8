"""Who earns the firm money, and who costs it some: from revenue to what is left, customer by customer.

`periods`, `money`: which days, in which money · `account`: every customer's account · `bases`: the cost to serve
spread in other ways · `whale`: the curve of profit added up · `ranks`: who is big against who earns · `uncertainty`,
`persistence`: what chance does to a customer's profit, and what repeats itself · `absorption`: what dropping by full
cost does · `products`: customers by categories · `belief`: what is believed, and who is approached · `portfolio`:
value, need and risk · `repair`: what would mend a loss. Sentences are in `claims` and
`verdicts`.
"""

from crmlab.analyses.profitability import claims, verdicts
from crmlab.analyses.profitability.absorption import Spiral, absorbed, spiral
from crmlab.analyses.profitability.account import Account, account, account_of
from crmlab.analyses.profitability.bases import BASES, bridge, by_base, contributions, spread_cost, tenths_by_base
from crmlab.analyses.profitability.belief import Approached, Belief, approached, belief, last_approach
from crmlab.analyses.profitability.money import Prices, prices
from crmlab.analyses.profitability.periods import Periods, Window, two_periods
from crmlab.analyses.profitability.persistence import (
    Persistence,
    correlation,
    cost_persistence,
    persistence,
    rank_correlation,
    tails,
)
from crmlab.analyses.profitability.portfolio import RISKS, Portfolio, portfolio
from crmlab.analyses.profitability.products import PARTS, TwoWay, two_way, variance_parts
from crmlab.analyses.profitability.ranks import Ranks, ranks
from crmlab.analyses.profitability.repair import ACTIONS, repair_table, repairs, to_act_on
from crmlab.analyses.profitability.uncertainty import beyond_chance, customer_interval
from crmlab.analyses.profitability.whale import Whale, deciles, group_of, peak_interval, whale

__all__ = [
    "ACTIONS",
    "BASES",
    "PARTS",
    "RISKS",
    "Account",
    "Approached",
    "Belief",
    "Periods",
    "Persistence",
    "Portfolio",
    "Prices",
    "Ranks",
    "Spiral",
    "TwoWay",
    "Whale",
    "Window",
    "absorbed",
    "account",
    "account_of",
    "approached",
    "belief",
    "beyond_chance",
    "bridge",
    "by_base",
    "claims",
    "contributions",
    "correlation",
    "cost_persistence",
    "customer_interval",
    "deciles",
    "group_of",
    "last_approach",
    "peak_interval",
    "persistence",
    "portfolio",
    "prices",
    "rank_correlation",
    "ranks",
    "repair_table",
    "repairs",
    "spiral",
    "spread_cost",
    "tails",
    "tenths_by_base",
    "to_act_on",
    "two_periods",
    "two_way",
    "variance_parts",
    "verdicts",
    "whale",
]
