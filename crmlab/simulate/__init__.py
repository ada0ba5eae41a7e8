"""Purchase histories whose truth is known, to check an analysis against and to measure speed with.

`steady`: customers who buy at a constant rate and never leave. `dropout`: customers who may leave after a purchase,
the worlds of BG/NBD, MBG/NBD and NBD, with Gamma–Gamma spend. `pareto`: customers who may leave at any moment, the
world of Pareto/NBD. `opportunities`: customers who can buy only at given times, the world of BG/BB. `contracts`:
customers who leave at a renewal, the worlds of the geometric, sBG and BdW models. `departures`: customers of a steady
company who leave at a pace of the times, which may change. `dated`: ids, days and amounts as a shop would book them.
`organisation`: a firm's people answering about it, and its branches. `word_of_mouth`: customers who tell others.
"""

from crmlab.simulate.contracts import ContractHistories, bdw_contracts, geometric_contracts, sbg_contracts
from crmlab.simulate.departures import with_departures
from crmlab.simulate.dropout import DropoutHistories, bgnbd_histories, mbgnbd_histories, nbd_histories
from crmlab.simulate.opportunities import OpportunityHistories, bgbb_histories
from crmlab.simulate.organisation import Organisation, organisation
from crmlab.simulate.pareto import pareto_nbd_histories
from crmlab.simulate.steady import PurchaseHistories, purchase_histories, purchase_history_chunks
from crmlab.simulate.word_of_mouth import WordOfMouth, word_of_mouth

__all__ = [
    "ContractHistories",
    "DropoutHistories",
    "OpportunityHistories",
    "Organisation",
    "PurchaseHistories",
    "WordOfMouth",
    "bdw_contracts",
    "bgbb_histories",
    "bgnbd_histories",
    "geometric_contracts",
    "mbgnbd_histories",
    "nbd_histories",
    "organisation",
    "pareto_nbd_histories",
    "purchase_histories",
    "purchase_history_chunks",
    "sbg_contracts",
    "with_departures",
    "word_of_mouth",
]
