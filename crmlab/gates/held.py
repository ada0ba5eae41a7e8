"""Gates held against the facts of a client's data, each with the sentence that says so."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmlab.errors import ReportError, nearest, together
from crmlab.gates.data_facts import DataFacts, HasTables, facts
from crmlab.gates.known import GATES, Gate
from crmlab.language import count, tr, translated
from crmlab.suite import Notebook


@dataclass(frozen=True)
class GateResult:
    """One gate held against the facts: what is `needed`, what was `got`, and the sentence that says so.

    `needed` is the least value that passes, or with `at_most` the greatest. `got` is None where there is nothing to
    count from (no purchase), which passes no gate.
    """

    gate: str
    needed: int
    got: int | None
    passed: bool
    sentence: str
    at_most: bool = False


def gate_results(client: HasTables, notebook: Notebook, *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """The notebook's gates, in its order, each held against the client's data.

    Parameters
    ----------
    client : HasTables
    notebook : Notebook
    horizon_days : int, optional
        How far this run looks, where a parameter sets it; by default what the notebook's metadata says.

    Raises
    ------
    ReportError
        If the notebook names a gate that crmlab does not know, or one that counts horizons without having one: a
        fault of the notebook, not of the data.
    """
    return hold_all(facts(client), notebook, horizon_days=horizon_days)


def hold_all(known: DataFacts, notebook: Notebook, *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """`gate_results` from facts that are known already."""
    horizon = notebook.horizon_days if horizon_days is None else horizon_days
    _check_known(notebook, horizon)
    return hold(known, notebook.gates, horizon_days=horizon)


def hold(known: DataFacts, gates: Mapping[str, int], *, horizon_days: int | None = None) -> tuple[GateResult, ...]:
    """Each gate (names of `GATES`, with what is needed) held against facts that are known already, in its order."""
    return tuple(_result(name, needed, known, horizon_days) for name, needed in gates.items())


def _check_known(wanted: Notebook, horizon_days: int | None) -> None:
    unknown = [f"{name!r}{nearest(name, GATES)}" for name in wanted.gates if name not in GATES]
    if unknown:
        heading = f"notebook {wanted.name} names gates that crmlab does not know; it knows {', '.join(GATES)}:"
        raise ReportError(together(heading, unknown))
    if "history_horizons" in wanted.gates and horizon_days is None:
        raise ReportError(
            f"notebook {wanted.name} asks for a history of so many horizons but states none; "
            "write horizon_days beside gates in its metadata"
        )


def _result(name: str, needed: int, known: DataFacts, horizon_days: int | None) -> GateResult:
    gate, got = GATES[name], GATES[name].got(known)
    of_horizons = name == "history_horizons"
    bound = needed * (horizon_days or 0) if of_horizons else needed
    passed = got is not None and (got <= bound if gate.at_most else got >= bound)
    wanted = gate.so_many(bound)
    if of_horizons:
        wanted = tr(
            "{history} ({times} times the horizon of {days} days)",
            history=wanted,
            times=count(needed),
            days=count(horizon_days or 0),
        )
    return GateResult(name, bound, got, passed, _sentence(gate, wanted, got, passed), gate.at_most)


def _sentence(gate: Gate, wanted: str, got: int | None, passed: bool) -> str:
    mend = translated(gate.mend)
    if got is None and gate.at_most:
        return tr(
            "At most {wanted} needed, no purchase found: there is nothing to count from. {mend}",
            wanted=wanted,
            mend=mend,
        )
    if got is None:
        return tr(
            "{wanted} needed, no purchase found: there is nothing to count from. {mend}", wanted=wanted, mend=mend
        )
    found = count(got)
    if gate.at_most and passed:
        return tr("At most {wanted} needed, {found} found.", wanted=wanted, found=found)
    if gate.at_most:
        return tr("At most {wanted} needed, {found} found: too many. {mend}", wanted=wanted, found=found, mend=mend)
    if passed:
        return tr("{wanted} needed, {found} found.", wanted=wanted, found=found)
    return tr("{wanted} needed, {found} found: too few. {mend}", wanted=wanted, found=found, mend=mend)
