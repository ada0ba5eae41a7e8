"""Each customer's one list, or none: what is done follows from the situation, unless another notebook names them.

The first that fits decides:

1. `save`, with a date: a renewal or a deadline comes (08 `calls`, 13 `save`), and after it there is nothing to save;
2. `let_go`, by losses that were shown (03 `repair_list`);
3. `protect`, by name (21 `significant_customers`);
4. `save`, by name: stayed, dissatisfied, with little choice (14 `false_loyal`);
5. `win_back`, by name (13 `win_back`);
6. `protect`, by situation: top in touch;
7. `save`, by situation: valuable and late;
8. `win_back`, by situation: valuable and lapsed, or of little value and still worth something by the forecast;
9. `grow`, by name (11 `cover_to_review`, `trade_up`, `next_best_product`);
10. `grow`, by situation: one purchase, within the gap of first buyers;
11. `let_go`, by situation: lapsed, of little value and with little to expect by the forecast (notebook 06).

So a name goes before a situation, but for `grow`: who is at the top, late or gone is looked after, asked or won back
first, and the product goes along as what can be offered. Where a notebook speaks against a list (who loses money by
price or cost is repaired before anything is sold to them; who was shown not to pay when contacted is left alone), the
next that fits decides. Who fits nothing else then is counted, with the reason, and not contacted.
"""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.analyses.actions import voices as say
from crmlab.analyses.actions.situations import (
    FACTS,
    LITTLE_LAPSED,
    NOT_TOLD,
    ONCE_IN_TOUCH,
    TOP_IN_TOUCH,
    UNKNOWN,
    VALUABLE_LAPSED,
    VALUABLE_LATE,
)
from crmlab.analyses.actions.voices import Voices, nothing_said
from crmlab.language import mark

LISTS = (mark("protect"), mark("save"), mark("grow"), mark("win_back"), mark("let_go"))
"""In the order of their priority: whose contacts are paid first."""

CONTACTED = ("protect", "save", "grow", "win_back")
NO_LIST = ""
STILL_WORTH = ("top", "middle")
OF_SITUATION = {
    TOP_IN_TOUCH: "protect",
    VALUABLE_LATE: "save",
    ONCE_IN_TOUCH: "grow",
    VALUABLE_LAPSED: "win_back",
}
SITUATION = "situation"
ORDER = (
    ("save", say.CALLS),
    ("save", say.SAVE),
    ("let_go", say.REPAIR),
    ("protect", say.SIGNIFICANT),
    ("save", say.FALSE_LOYAL),
    ("win_back", say.WIN_BACK),
    ("protect", SITUATION),
    ("save", SITUATION),
    ("win_back", SITUATION),
    ("grow", say.COVER),
    ("grow", say.TRADE_UP),
    ("grow", say.NEXT_PRODUCT),
    ("grow", SITUATION),
    ("let_go", SITUATION),
)
"""Which list by which source, the first to be heard first."""

BY_GAPS, BY_STATES = "05.overdue", "04.customer_states"


def listed(situated: pd.DataFrame, voices: Voices | None = None) -> pd.DataFrame:
    """Each customer's one list, or none, with what it rests on.

    Parameters
    ----------
    situated : DataFrame
        From `situations`. Without tiers in it nobody is let go by situation.
    voices : Voices, optional
        What other notebooks say. Customers whom only they know get a row, in the situation `not_told`.

    Returns
    -------
    DataFrame
        The columns of `situations`, then `list` (a name of `LISTS`, or empty), `hindrance` (why somebody with a list
        is not contacted all the same: `repair_first`, `shown_not_to_pay`, or empty), `source` (`08.calls`;
        `05.overdue` or `04.customer_states` for a list by situation), `codes` (the source, or the names of the
        situation's reasons joined by commas), `said` (the source's sentence; empty by situation), `due` (missing where
        there is no date) and `offer` (empty where there is none); sorted by `customer_id`.
    """
    heard = voices or nothing_said()
    table = _with_strangers(situated, heard).sort_values("customer_id", ignore_index=True)
    fits = _heard_first(pd.concat([_named(heard), _by_situation(table)], ignore_index=True))
    fits = fits.merge(heard.against[["customer_id", "list", "hindrance"]], on=["customer_id", "list"], how="left")
    chosen = fits.sort_values("hindrance", na_position="first", key=lambda part: part.notna(), kind="stable")
    chosen = chosen.drop_duplicates("customer_id")[["customer_id", "list", "hindrance", "source", "said"]]
    table = table.merge(chosen, on="customer_id", how="left", validate="one_to_one")
    names = ["list", "hindrance", "source", "said"]
    table[names] = table[names].astype(object).fillna("")
    by_name = table["source"].ne(SITUATION)
    own = np.where(table["limit_days"].notna(), BY_GAPS, BY_STATES)
    table["codes"] = table["source"].where(by_name, _codes(table))
    table["source"] = table["source"].where(by_name, own)
    return _with_dates_and_offers(table, heard.named)


def taken_off(situated: pd.DataFrame, voices: Voices) -> dict[str, tuple[int, int]]:
    """For each hindrance how many customers it took off a list, and how many of them are on another one."""
    before = listed(situated, Voices(voices.named, nothing_said().against)).set_index("customer_id")["list"]
    now = listed(situated, voices).set_index("customer_id")
    found = {}
    for name, rows in voices.against.groupby("hindrance"):
        ids = rows.loc[rows["customer_id"].map(before).eq(rows["list"]), "customer_id"].unique()
        left = now.loc[now.index.isin(ids)]
        elsewhere = left["list"].ne(NO_LIST) & left["hindrance"].eq("")
        found[str(name)] = (len(left), int(elsewhere.sum()))
    return found


def _with_strangers(situated: pd.DataFrame, voices: Voices) -> pd.DataFrame:
    """The customers of the situations and those whom only another notebook knows."""
    unknown = ~voices.named["customer_id"].isin(situated["customer_id"])
    ids = voices.named.loc[unknown, "customer_id"].unique()
    if not len(ids):
        return situated
    rows = pd.DataFrame({"customer_id": ids, "purchases": 0, "value": 0.0, "standing": UNKNOWN, "situation": NOT_TOLD})
    rows = rows.assign(days_since_last=np.nan, limit_days=np.nan, expected_value=np.nan, tier=None)
    if situated.empty:
        return rows[[*FACTS, "limit_days", "standing", "expected_value", "tier", "situation"]]
    return pd.concat([situated, rows.astype({"tier": object})[list(situated.columns)]], ignore_index=True)


def _named(voices: Voices) -> pd.DataFrame:
    return voices.named[["customer_id", "list", "source", "said"]]


def _by_situation(table: pd.DataFrame) -> pd.DataFrame:
    name = table["situation"].map(OF_SITUATION)
    little = table["situation"].eq(LITTLE_LAPSED)
    name = name.mask(little & _promising(table), "win_back")
    name = name.mask(little & ~_promising(table) & table["tier"].notna(), "let_go")
    rows = pd.DataFrame({"customer_id": table["customer_id"], "list": name, "source": SITUATION, "said": ""})
    return rows.dropna(subset=["list"])


def _promising(table: pd.DataFrame) -> pd.Series:
    """Of whom the forecast still expects something; of who bought once it knows least, so it does not count there."""
    return table["tier"].isin(STILL_WORTH) & table["purchases"].ne(1)


def _heard_first(fits: pd.DataFrame) -> pd.DataFrame:
    rank = {pair: place for place, pair in enumerate(ORDER)}
    places = [rank[pair] for pair in zip(fits["list"], fits["source"], strict=True)]
    return fits.assign(rank=places).sort_values(["customer_id", "rank"], ignore_index=True)


def _with_dates_and_offers(table: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """The date and the product that any source has for a customer, whichever source decided."""
    ranked = _heard_first(named)
    due, offers = _first(ranked.dropna(subset=["due"]), "due"), _first(ranked[ranked["offer"].ne("")], "offer")
    ids = table["customer_id"].where(table["list"].isin(CONTACTED))
    return table.assign(
        due=pd.to_datetime(pd.Series([due.get(one) for one in ids], dtype=object)),
        offer=pd.Series([offers.get(one, "") for one in ids], dtype=object),
    )


def _first(ranked: pd.DataFrame, column: str) -> dict[str, Any]:
    """What the first source that is heard says of each customer."""
    rows = ranked.drop_duplicates("customer_id")
    return dict(zip(rows["customer_id"], rows[column], strict=True))


def _codes(table: pd.DataFrame) -> pd.Series:
    by_gap = table["limit_days"].notna()
    parts = {
        "protect": [mark("top value, within own gap"), mark("top value, in touch")],
        "save": [mark("valuable, overdue own gap"), mark("valuable, at risk")],
        "grow": [mark("one purchase, within first gap"), mark("one purchase, in touch")],
        "win_back": [mark("valuable, long gone"), mark("valuable, lapsed")],
        "let_go": [mark("little value, long gone"), mark("little value, lapsed")],
    }
    codes = pd.Series("", index=table.index, dtype=object)
    for name, (own, shared) in parts.items():
        here = table["list"].eq(name)
        codes[here & by_gap], codes[here & ~by_gap] = own, shared
    only_expected = table["list"].eq("win_back") & table["situation"].eq(LITTLE_LAPSED)
    codes[only_expected & by_gap] = mark("expected value, long gone")
    codes[only_expected & ~by_gap] = mark("expected value, lapsed")
    return codes
