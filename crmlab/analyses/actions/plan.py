"""The contact plan: what other notebooks hold against it, consent, budget, capacity and hold-out put on the lists."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, arms, by_value, carried, contacts_paid
from crmlab.analyses.actions.lists import CONTACTED, LISTS, NO_LIST
from crmlab.analyses.actions.voices import NOT_PAYING, REPAIR_FIRST
from crmlab.language import mark

NO_CONSENT, CONSENT_UNKNOWN = mark("no_consent"), mark("consent_unknown")
OVER_BUDGET, OVER_CAPACITY, OVER_BOTH = mark("over_budget"), mark("over_capacity"), mark("over_both")
NO_CONTACT = mark("no_contact")
OVER = (OVER_BUDGET, OVER_CAPACITY, OVER_BOTH)
SUPPRESSED = (REPAIR_FIRST, NOT_PAYING, NO_CONSENT, CONSENT_UNKNOWN, *OVER)


@dataclass(frozen=True)
class Plan:
    """Who is contacted, who is left alone, and who may not be contacted at all.

    Attributes
    ----------
    table : DataFrame
        One row for each customer with a list who may be contacted and whom budget and capacity reach, and for each
        customer of `let_go`: `customer_id`, `list`, `arm` (`contact`, `do_nothing`; `no_contact` in `let_go`),
        `priority` (1 is first), `place` (1 is the first of its list), then the columns of `listed`. Sorted by priority
        and place.
    counts : DataFrame
        One row a list: `list`, `priority`, `candidates`, then how many of them are `repair_first`,
        `shown_not_to_pay`, `no_consent`, `consent_unknown`, `over_budget` (there would be people to contact them, but
        no money), `over_capacity` (money, but no people), `over_both`, `contact`, `do_nothing`, `no_contact`: these
        ten add up to the candidates.
    consent_known : bool
        Whether the client's data say who may be contacted.
    """

    table: pd.DataFrame
    counts: pd.DataFrame
    consent_known: bool

    def size(self, name: str, column: str = CONTACT) -> int:
        """How many of a list are counted in a column of `counts`; 0 for a list nobody is on."""
        here = self.counts.loc[self.counts["list"] == name, column]
        return int(here.sum())

    @property
    def suppressed(self) -> int:
        """Customers with a reason to be contacted who have not agreed to it, or of whom it is not known."""
        return int(self.counts[[NO_CONSENT, CONSENT_UNKNOWN]].to_numpy().sum())


def may_contact(customers: ibis.Table | None) -> pd.Series | None:
    """For each customer id whether contact is agreed to (True, False or missing); None where the data do not say.

    Parameters
    ----------
    customers : ibis.Table or None
        The clean customers table; a customer with several rows may be contacted only if none of them says no.
    """
    if customers is None or "may_contact" not in customers.columns:
        return None
    kept = customers.filter(customers.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    rows = kept.select("customer_id", "may_contact").to_pyarrow().to_pandas().dropna()
    agreed: pd.Series = rows.astype({"may_contact": bool}).groupby("customer_id")["may_contact"].all()
    return agreed


def contact_plan(
    lists: pd.DataFrame,
    *,
    holdout: float,
    rng: np.random.Generator,
    consent: pd.Series | None = None,
    contact_cost: float | None = None,
    contact_budget: float | None = None,
    contact_capacity: int | None = None,
) -> Plan:
    """The plan for the customers with a list.

    What speaks against a contact comes first, then consent, then budget and capacity (lists in their order of
    priority, each from its first customer: whoever has a date to be met, then the most valuable), then the hold-out:
    both arms are drawn from customers who may be contacted and whom budget and capacity reach.

    Parameters
    ----------
    lists : DataFrame
        From `listed`.
    holdout : float
        Share of each list that is left alone, 0 to 0.5.
    rng : numpy.random.Generator
        The only source of chance; each list has a stream of its own, so that one list does not move another's.
    consent : Series, optional
        From `may_contact`; without it nobody is suppressed, and `consent_known` is False.
    contact_cost, contact_budget : float, optional
        In the client's currency; without both there is no limit.
    contact_capacity : int, optional
        How many contacts can be made; without it there is no limit.
    """
    on_one = lists[lists["list"] != NO_LIST].reset_index(drop=True)
    on_one = on_one.assign(outcome=_held_back(on_one, consent))
    free = on_one["outcome"].isna() & on_one["list"].isin(CONTACTED)
    sizes = {name: int((free & on_one["list"].eq(name)).sum()) for name in CONTACTED}
    paid = carried(sizes, holdout=holdout, contacts=contacts_paid(contact_cost, contact_budget))
    able = carried(sizes, holdout=holdout, contacts=contact_capacity)
    parts = []
    for name, stream in zip(CONTACTED, rng.spawn(len(CONTACTED)), strict=True):
        ordered = _first_things_first(on_one[free & on_one["list"].eq(name)])
        within = ordered.head(min(paid[name], able[name]))
        parts.append(within.assign(outcome=arms(within, holdout=holdout, rng=stream)))
        parts.append(_over(ordered, paid[name], able[name]))
    left_alone = by_value(on_one[on_one["list"].eq("let_go")]).assign(outcome=NO_CONTACT)
    suppressed = on_one[on_one["outcome"].notna() & on_one["list"].isin(CONTACTED)]
    everyone = pd.concat([part for part in [*parts, left_alone, suppressed] if len(part)] or [on_one])
    return Plan(_planned(everyone), _counts(everyone), consent is not None)


def _held_back(on_one: pd.DataFrame, consent: pd.Series | None) -> pd.Series:
    """Why somebody with a list is not contacted: what other notebooks hold against it, or consent; else missing."""
    outcome = pd.Series(None, index=on_one.index, dtype=object)
    contacted = on_one["list"].isin(CONTACTED)
    if consent is not None:
        agreed = on_one["customer_id"].map(consent)
        outcome[contacted & agreed.isna()] = CONSENT_UNKNOWN
        outcome[contacted & agreed.eq(False)] = NO_CONSENT
    return outcome.mask(contacted & on_one["hindrance"].ne(""), on_one["hindrance"])


def _first_things_first(on_one: pd.DataFrame) -> pd.DataFrame:
    """Who is to be saved by a date before the others, the nearest date first; then by value."""
    dated = on_one["due"].where(on_one["list"].eq("save"))
    ordered = by_value(on_one.assign(dated=dated))
    return ordered.sort_values("dated", kind="stable", na_position="last", ignore_index=True).drop(columns="dated")


def _over(ordered: pd.DataFrame, paid: int, able: int) -> pd.DataFrame:
    """Those whom the budget, the capacity or both do not reach."""
    rest = ordered.iloc[min(paid, able) :]
    place = np.arange(min(paid, able), len(ordered))
    outcome = np.where(place < able, OVER_BUDGET, np.where(place < paid, OVER_CAPACITY, OVER_BOTH))
    return rest.assign(outcome=outcome)


def _planned(everyone: pd.DataFrame) -> pd.DataFrame:
    inside = everyone[~everyone["outcome"].isin(SUPPRESSED)].rename(columns={"outcome": "arm"})
    inside = inside.assign(
        priority=inside["list"].map({name: place for place, name in enumerate(LISTS, start=1)}),
        place=inside.groupby("list").cumcount() + 1,
    )
    first = ["customer_id", mark("list"), mark("arm"), mark("priority"), mark("place")]
    inside = inside[[*first, *(name for name in inside.columns if name not in first)]]
    return inside.sort_values(["priority", "place"], ignore_index=True)


def _counts(everyone: pd.DataFrame) -> pd.DataFrame:
    columns = [*SUPPRESSED, CONTACT, DO_NOTHING, NO_CONTACT]
    counted = pd.crosstab(everyone["list"], everyone["outcome"]).reindex(columns=columns, fill_value=0)
    present = [name for name in LISTS if name in counted.index]
    counted = counted.loc[present].rename_axis(index="list", columns=None).reset_index()
    counted.insert(1, "priority", [LISTS.index(name) + 1 for name in present])
    counted.insert(2, mark("candidates"), counted[columns].sum(axis=1))
    return counted
