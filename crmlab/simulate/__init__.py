"""Purchase histories whose truth is known, to check an analysis against and to measure speed with.

`steady`: customers who buy at a constant rate and never leave. `dropout`: customers who leave after a purchase, the
world of BG/NBD and Gamma–Gamma. `departures`: customers of a steady company who leave at a pace of the times, which may
change. `contracts`: customers who leave at a renewal, the worlds of the geometric, sBG and BdW models. `dated`: ids,
days and amounts as a shop would book them.
"""

from crmlab.simulate.contracts import ContractHistories, bdw_contracts, geometric_contracts, sbg_contracts
from crmlab.simulate.departures import with_departures
from crmlab.simulate.dropout import DropoutHistories, bgnbd_histories
from crmlab.simulate.steady import PurchaseHistories, purchase_histories, purchase_history_chunks

__all__ = [
    "ContractHistories",
    "DropoutHistories",
    "PurchaseHistories",
    "bdw_contracts",
    "bgnbd_histories",
    "geometric_contracts",
    "purchase_histories",
    "purchase_history_chunks",
    "sbg_contracts",
    "with_departures",
]
