"""Whether a client's data can support a notebook: facts of the data, held against the notebook's gates.

A notebook says in its metadata what it needs (`needs`: tables and columns), from how much data on its numbers mean
something (`gates`), and how far ahead or over which span it looks (`horizon_days`). `require` in its data cell shows
the gates, or ends the notebook with all the reasons.
"""

from crmlab.gates.data_facts import TRANSACTIONS, DataFacts, HasTables, facts
from crmlab.gates.held import GateResult, gate_results, hold, hold_all
from crmlab.gates.known import GATES, GENERAL, GENERAL_HORIZON_DAYS
from crmlab.gates.needs import missing, require

__all__ = [
    "GATES",
    "GENERAL",
    "GENERAL_HORIZON_DAYS",
    "TRANSACTIONS",
    "DataFacts",
    "GateResult",
    "HasTables",
    "facts",
    "gate_results",
    "hold",
    "hold_all",
    "missing",
    "require",
]
