"""What other notebooks' lists say of customers: for a list of this report, or against one.

Notebooks that looked closer than the situations do name customers one by one. Their lists are read from the evidence
and never made again; a client whose data allow none of them has no voices, and the situations alone decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from crmlab.language import mark, tr, translated

REPAIR_FIRST, NOT_PAYING = mark("repair_first"), mark("shown_not_to_pay")

CALLS, SAVE, WIN_BACK = mark("08.calls"), mark("13.save"), mark("13.win_back")
REPAIR, SIGNIFICANT, FALSE_LOYAL = mark("03.repair_list"), mark("21.significant_customers"), mark("14.false_loyal")
COVER, TRADE_UP, NEXT_PRODUCT = mark("11.cover_to_review"), mark("11.trade_up"), mark("11.next_best_product")
LEAVE_ALONE = "13.leave_alone"

SPEAKS_FOR: Mapping[str, str] = {
    CALLS: "save",
    SAVE: "save",
    REPAIR: "let_go",
    SIGNIFICANT: "protect",
    FALSE_LOYAL: "save",
    WIN_BACK: "win_back",
    COVER: "grow",
    TRADE_UP: "grow",
    NEXT_PRODUCT: "grow",
}
"""For which list each of the other notebooks' lists speaks; of `REPAIR` only those let go."""

WITH_A_DATE = (CALLS, SAVE)
LET_GO, REPAIRED = "let go", ("reprice", "cut cost to serve")
NO_USE = ("contacts were shown not to pay", "a contact would lose money", "too little uplift")
"""Why notebook 13 leaves a customer alone, where it is because of what contacts do, not of consent or room."""

NAMED = ["customer_id", "list", "source", "said", "due", "offer"]
AGAINST = ["customer_id", "list", "source", "hindrance"]


class Lists(Protocol):
    """What is asked of the evidence here."""

    def list(self, notebook_number: str, list_id: str, /) -> pd.DataFrame | None:
        """A list of one notebook, None where it made no such list."""


@dataclass(frozen=True)
class Voices:
    """What the other notebooks say of customers.

    Attributes
    ----------
    named : DataFrame
        One row a customer and source: `customer_id`, `list` (for which it speaks), `source` (`08.calls`), `said` (the
        source's own sentence), `due` (the day of a renewal or deadline, missing elsewhere), `offer` (what is offered,
        empty elsewhere).
    against : DataFrame
        One row a customer and list from which a source takes them: `customer_id`, `list`, `source`, `hindrance`
        (`repair_first` or `shown_not_to_pay`).
    """

    named: pd.DataFrame
    against: pd.DataFrame


def voices(evidence: Lists) -> Voices:
    """All that the lists of notebooks 03, 08, 11, 13, 14 and 21 say, as far as there are such lists."""
    named = [_named(source, found) for source in SPEAKS_FOR if (found := _list(evidence, source)) is not None]
    against = [*_to_repair(_list(evidence, REPAIR)), *_to_leave_alone(_list(evidence, LEAVE_ALONE))]
    return Voices(_together(named, NAMED), _together(against, AGAINST))


def nothing_said() -> Voices:
    """The voices of a client of whom no other notebook made a list."""
    return Voices(_together([], NAMED), _together([], AGAINST))


def in_next_test(evidence: Lists) -> pd.Series:
    """The ids of the customers in the test that notebook 12 has planned; none where it planned none."""
    found = _list(evidence, "12.next_test")
    return pd.Series([], dtype=object) if found is None else found["customer_id"]


def _list(evidence: Lists, source: str) -> pd.DataFrame | None:
    found = evidence.list(*source.split(".", 1))
    return None if found is None or found.empty else found.drop_duplicates("customer_id", ignore_index=True)


def _named(source: str, found: pd.DataFrame) -> pd.DataFrame:
    rows = found[found["action"].eq(LET_GO)] if source == REPAIR else found
    due = pd.to_datetime(rows["due"]) if source in WITH_A_DATE else pd.Series(pd.NaT, index=rows.index)
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "list": SPEAKS_FOR[source],
            "source": source,
            "said": rows["reason"].astype(str),
            "due": due,
            "offer": [_offer(source, row) for row in rows.to_dict(orient="records")],
        }
    )


def _offer(source: str, row: Mapping[Any, Any]) -> str:
    match source:
        case "11.cover_to_review":
            return tr("another cover than {product}", product=str(row["product"]))
        case "11.trade_up":
            tier = translated(str(row["next_tier"]))
            return tr("a higher tier ({tier}) than {product}", product=str(row["product"]), tier=tier)
        case "11.next_best_product":
            return str(row["product"])
        case _:
            return ""


def _to_repair(found: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Who loses money by price or by cost to serve: nothing is sold to them, and nothing spent on them, before that."""
    if found is None:
        return []
    rows = found.loc[found["action"].isin(REPAIRED), ["customer_id"]]
    return [rows.assign(list=name, source=REPAIR, hindrance=REPAIR_FIRST) for name in ("protect", "grow")]


def _to_leave_alone(found: pd.DataFrame | None) -> list[pd.DataFrame]:
    if found is None:
        return []
    rows = found.loc[found["why"].isin(NO_USE), ["customer_id", "kind"]].rename(columns={"kind": "list"})
    return [rows.assign(source=LEAVE_ALONE, hindrance=NOT_PAYING)]


def _together(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    kept = [part for part in parts if len(part)]
    if not kept:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    return pd.concat(kept, ignore_index=True)[columns]
