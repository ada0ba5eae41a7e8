"""Worlds whose truth is known, to check an analysis against, to be fooled by, and to measure speed with.

Buying: `steady`: customers who buy at a constant rate and never leave. `dropout`: customers who may leave after a
purchase, the worlds of BG/NBD, MBG/NBD and NBD, with Gamma–Gamma spend. `pareto`: customers who may leave at any
moment, the world of Pareto/NBD. `opportunities`: customers who can buy only at given times, the world of BG/BB.
`contracts`: customers who leave at a renewal, the worlds of the geometric, sBG and BdW models. `departures`: customers
of a steady company who leave at a pace of the times, which may change. `dated`: ids, days and amounts as a shop would
book them.

Questions: `profit`: customers whose profit is known. `churn`: customers who leave by a logit of their columns, and a
column that knows the future. `market_baskets`: orders of several products, some of which go together. `experiments`:
tests of a contact, by chance or chosen. `uplift`: a campaign that persuades some and drives others away.
`market_choice`: customers with choice and without. `silent_survey`: answers that are missing not by chance. `rollout`:
branches that go live in waves. `attribution`: customers asked how they came. `organisation`: a firm's people answering
about it, and its branches. `word_of_mouth`: customers who tell others.
"""

from crmlab.simulate.attribution import CAME, CHANNELS, simulate_answers
from crmlab.simulate.churn import ChurnWorld, LeakyTable, churn_world, leaky_table
from crmlab.simulate.contracts import ContractHistories, bdw_contracts, geometric_contracts, sbg_contracts
from crmlab.simulate.departures import with_departures
from crmlab.simulate.dropout import DropoutHistories, bgnbd_histories, mbgnbd_histories, nbd_histories
from crmlab.simulate.experiments import SimulatedTest, peeked, simulated_test
from crmlab.simulate.market_baskets import MarketBaskets, market_baskets
from crmlab.simulate.opportunities import OpportunityHistories, bgbb_histories
from crmlab.simulate.organisation import Organisation, organisation
from crmlab.simulate.pareto import pareto_nbd_histories
from crmlab.simulate.profit import ProfitHistories, profit_histories
from crmlab.simulate.rollout import Rollout, simulate_rollout
from crmlab.simulate.steady import PurchaseHistories, purchase_histories, purchase_history_chunks
from crmlab.simulate.word_of_mouth import WordOfMouth, word_of_mouth

__all__ = [
    "CAME",
    "CHANNELS",
    "ChurnWorld",
    "ContractHistories",
    "DropoutHistories",
    "LeakyTable",
    "MarketBaskets",
    "OpportunityHistories",
    "Organisation",
    "ProfitHistories",
    "PurchaseHistories",
    "Rollout",
    "SimulatedTest",
    "WordOfMouth",
    "bdw_contracts",
    "bgbb_histories",
    "bgnbd_histories",
    "churn_world",
    "geometric_contracts",
    "leaky_table",
    "market_baskets",
    "mbgnbd_histories",
    "nbd_histories",
    "organisation",
    "pareto_nbd_histories",
    "peeked",
    "profit_histories",
    "purchase_histories",
    "purchase_history_chunks",
    "sbg_contracts",
    "simulate_answers",
    "simulate_rollout",
    "simulated_test",
    "with_departures",
    "word_of_mouth",
]
