"""What was found about programmes, goals and questions, as tables for people."""

from collections.abc import Sequence
from typing import Protocol

import pandas as pd

from crmlab.analyses.orientation import claims
from crmlab.analyses.orientation.definitions import Definitions
from crmlab.analyses.orientation.goals import OWNERS, Goal
from crmlab.analyses.orientation.programmes import Programme
from crmlab.language import tr, translated


class Ready(Protocol):
    """What is read of a notebook that was held against the data."""

    @property
    def question(self) -> str:
        """What it asks."""

    @property
    def can_run(self) -> bool:
        """Whether the data can support it."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not."""


def definition_table(found: Definitions) -> pd.DataFrame:
    """The definitions in the language spoken: `id`, `wording`, `whom`, `place`."""
    table = found.table
    words = {name: [translated(text) for text in table[name]] for name in ("wording", "whom")}
    return pd.DataFrame({"id": table["id"], **words, "place": table["place"]})


def programme_table(found: Sequence[Programme]) -> pd.DataFrame:
    """`programme`, `campaigns`, `contacted`, `compared`, `cost` and `share` of the budget, one row each."""
    rows = [
        {
            "programme": one.programme,
            "campaigns": one.campaigns,
            "contacted": one.contacted,
            "compared": one.compared,
            "cost": one.cost,
            "share": one.share_of_budget,
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=["programme", "campaigns", "contacted", "compared", "cost", "share"])


def goal_table(found: Sequence[Goal]) -> pd.DataFrame:
    """`goal`, `measure` with its number or what it lacks, the `decision` that hangs on it and its `owner`, in words."""
    rows = [
        {
            "goal": translated(one.goal),
            "measure": claims.measured(one),
            "decision": translated(OWNERS[one.goal][0]),
            "owner": translated(OWNERS[one.goal][1]),
        }
        for one in found
    ]
    return pd.DataFrame(rows)


def ready_table(found: Sequence[Ready]) -> pd.DataFrame:
    """`question`, whether it can be `asked`, and `why` not."""
    rows = [
        {
            "question": one.question,
            "asked": tr("yes") if one.can_run else tr("no"),
            "why": " ".join(one.reasons),
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=["question", "asked", "why"])


def tables_table(held: pd.DataFrame) -> pd.DataFrame:
    """What `tables_held` found, in words: `table`, `description`, `held`, `columns`, `are`."""
    return held.assign(
        description=[translated(text) for text in held["description"]],
        held=[tr("yes") if there else tr("no") for there in held["held"]],
    )
