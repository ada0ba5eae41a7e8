"""Purchase histories whose truth is known, to check an analysis against and to measure speed with.

`steady`: customers who buy at a constant rate and never leave. `dropout`: customers who may leave after a purchase,
the worlds of BG/NBD, MBG/NBD and NBD, with Gamma–Gamma spend. `departures`: customers of a steady company who leave at
a pace of the times, which may change. `dated`: ids, days and amounts as a shop would book them.
"""

from crmlab.simulate.departures import with_departures
from crmlab.simulate.dropout import DropoutHistories, bgnbd_histories, mbgnbd_histories, nbd_histories
from crmlab.simulate.steady import PurchaseHistories, purchase_histories, purchase_history_chunks

__all__ = [
    "DropoutHistories",
    "PurchaseHistories",
    "bgnbd_histories",
    "mbgnbd_histories",
    "nbd_histories",
    "purchase_histories",
    "purchase_history_chunks",
    "with_departures",
]
