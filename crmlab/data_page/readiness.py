"""Which notebooks a client's data can support, and every reason where they cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

from crmlab import gates
from crmlab.gates import DataFacts, GateResult, HasTables
from crmlab.language import translated
from crmlab.suite import Notebook


@dataclass(frozen=True)
class Readiness:
    """A notebook, whether it will answer its question, its gates held against the data, and every reason why not."""

    notebook: str
    question: str
    can_run: bool
    gates: tuple[GateResult, ...]
    reasons: tuple[str, ...]


def readiness(client: HasTables, known: DataFacts, notebooks: Sequence[Notebook]) -> tuple[Readiness, ...]:
    """Each notebook held against the client's tables and the facts `known` about them.

    Raises
    ------
    ReportError
        If a notebook names a gate that crmlab does not know: a fault of the notebook, not of the data.
    """
    return tuple(_one(client, known, notebook) for notebook in notebooks)


def _one(client: HasTables, known: DataFacts, notebook: Notebook) -> Readiness:
    results = gates.hold_all(known, notebook)
    failed = [result.sentence for result in results if not result.passed]
    reasons = (*gates.missing(client, notebook), *failed)
    return Readiness(notebook.name, translated(notebook.question), not reasons, results, reasons)
