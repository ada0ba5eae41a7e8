"""What a batch came to: a row and a record for each report, and the count of all."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crmlab.report.batch.jobs import Outcome, at
from crmlab.tables.wording import plural

HEADINGS = ("client", "notebook", "status", "seconds", "headline, or why", "folder")
SECONDS = 3
"""The place of the one column of numbers."""

MOST_ROWS = 100
"""More than anybody reads; of longer batches only what is not simply done is shown."""

_LONGEST = 100


def row(outcome: Outcome) -> list[str]:
    """The row of a report in the table at the end."""
    job = outcome.job
    return [
        job.client_id,
        f"{job.notebook.name}{_which(outcome)}",
        outcome.status if outcome.fresh or outcome.status == "failed" else f"{outcome.status} before",
        f"{outcome.seconds:.1f}",
        _short(outcome.told),
        f"{job.client_id}/{outcome.folder}" if outcome.folder else "–",
    ]


def record(outcome: Outcome, out: Path) -> dict[str, Any]:
    """The same for a program, with nothing cut."""
    job = outcome.job
    folder = at(out, outcome)
    return {
        "event": "report",
        "client": job.client_id,
        "notebook": job.notebook.name,
        "view": job.view,
        "language": job.language,
        "parameters": dict(job.parameters),
        "status": outcome.status,
        "fresh": outcome.fresh,
        "seconds": round(outcome.seconds, 2),
        "headline" if outcome.status == "done" else "reason": outcome.told,
        "warnings": list(outcome.warnings),
        "folder": str(folder) if folder else None,
    }


def rows_to_show(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What the table shows, by client and notebook: everything, or what is not simply done where that is too much."""
    ordered = sorted(outcomes, key=lambda one: (one.job.client_id, one.job.notebook.name, one.job.key))
    if len(ordered) <= MOST_ROWS:
        return ordered
    return [one for one in ordered if one.status != "done"]


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many reports were done, were there before, were refused, failed; each report once."""
    counted = Counter(_state(outcome) for outcome in outcomes)
    return {name: counted[name] for name in ("done", "before", "refused", "failed")}


def sentence(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The counts in words."""
    told = counts(outcomes)
    clients = len({outcome.job.client_id for outcome in outcomes})
    return (
        f"{plural(len(outcomes), 'report')} of {plural(clients, 'client')} in {seconds:.0f} s: {told['done']} done, "
        f"{told['before']} done before, {told['refused']} refused, {told['failed']} failed."
    )


def _state(outcome: Outcome) -> str:
    return outcome.status if outcome.fresh or outcome.status != "done" else "before"


def _which(outcome: Outcome) -> str:
    """The language, where it is not English: the only setting that a table has room for."""
    return "" if outcome.job.language == "en" else f" ({outcome.job.language})"


def _short(text: str) -> str:
    first = (text.strip().splitlines() or [""])[0]
    return first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"
