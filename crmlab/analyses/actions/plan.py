"""The contact plan: consent, budget and hold-out put on the situations, and each customer's reason as a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, affordable, arms, by_value
from crmlab.analyses.actions.situations import CONTACTED, LISTS, NO_LIST
from crmlab.language import count, mark, money, percent, tr

NO_CONSENT, CONSENT_UNKNOWN, OVER_BUDGET = "no_consent", "consent_unknown", "over_budget"
NO_CONTACT = mark("no_contact")
SUPPRESSED = (NO_CONSENT, CONSENT_UNKNOWN, OVER_BUDGET)


@dataclass(frozen=True)
class Plan:
    """Who is contacted, who is left alone, and who may not be contacted at all.

    Attributes
    ----------
    table : DataFrame
        One row for each customer with a list who may be contacted and whom the budget reaches, and for each customer
        of `let_go`: `customer_id`, `list`, `arm` (`contact`, `do_nothing`; `no_contact` in `let_go`), `priority`
        (1 is first), `place` (1 is the first of its list), then the columns of `situations`. Sorted by priority and
        place.
    counts : DataFrame
        One row a list: `list`, `priority`, `candidates`, then how many of them are `no_consent`, `consent_unknown`,
        `over_budget`, `contact`, `do_nothing`, `no_contact`: the last six add up to the candidates.
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
    situated: pd.DataFrame,
    *,
    holdout: float,
    rng: np.random.Generator,
    consent: pd.Series | None = None,
    contact_cost: float | None = None,
    contact_budget: float | None = None,
) -> Plan:
    """The plan for the customers of `situations`.

    Consent comes first, then the budget (lists in their order of priority, each from its first customer), then the
    hold-out: both arms are drawn from customers who may be contacted and whom the budget reaches.

    Parameters
    ----------
    situated : DataFrame
        From `situations`.
    holdout : float
        Share of each list that is left alone, 0 to 0.5.
    rng : numpy.random.Generator
        The only source of chance; each list has a stream of its own, so that one list does not move another's.
    consent : Series, optional
        From `may_contact`; without it nobody is suppressed, and `consent_known` is False.
    contact_cost, contact_budget : float, optional
        In the client's currency; without both there is no limit.
    """
    listed = situated[situated["list"] != NO_LIST].reset_index(drop=True)
    listed = listed.assign(outcome=_consent(listed, consent))
    free = listed["outcome"].isna() & listed["list"].isin(CONTACTED)
    sizes = {name: int((free & listed["list"].eq(name)).sum()) for name in CONTACTED}
    carried = affordable(sizes, holdout=holdout, contact_cost=contact_cost, contact_budget=contact_budget)
    parts = []
    for (name, limit), stream in zip(carried.items(), rng.spawn(len(carried)), strict=True):
        ordered = by_value(listed[free & listed["list"].eq(name)])
        within = ordered.head(limit)
        parts += [within.assign(outcome=arms(within, holdout=holdout, rng=stream)), _over(ordered, limit)]
    left_alone = by_value(listed[listed["list"].eq("let_go")]).assign(outcome=NO_CONTACT)
    suppressed = listed[listed["outcome"].notna() & listed["list"].isin(CONTACTED)]
    everyone = pd.concat([part for part in [*parts, left_alone, suppressed] if len(part)] or [listed])
    return Plan(_planned(everyone), _counts(everyone), consent is not None)


def with_reasons(
    table: pd.DataFrame, *, currency: str, top_share: float, valuable_share: float, place: str = "reason"
) -> pd.DataFrame:
    """The plan's table with each customer's reason as a sentence, in the language spoken."""
    shares = {"top": percent(top_share, 0), "valuable": percent(valuable_share, 0)}
    said = [_reason(row["codes"], shares | _numbers(row, currency)) for row in table.to_dict(orient="records")]
    return table.assign(**{place: said})


def _consent(listed: pd.DataFrame, consent: pd.Series | None) -> pd.Series:
    outcome = pd.Series(None, index=listed.index, dtype=object)
    if consent is None:
        return outcome
    agreed = listed["customer_id"].map(consent)
    contacted = listed["list"].isin(CONTACTED)
    outcome[contacted & agreed.isna()] = CONSENT_UNKNOWN
    outcome[contacted & agreed.eq(False)] = NO_CONSENT
    return outcome


def _over(ordered: pd.DataFrame, limit: int) -> pd.DataFrame:
    return ordered.iloc[limit:].assign(outcome=OVER_BUDGET)


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


def _numbers(row: Mapping[Any, Any], currency: str) -> dict[str, str]:
    """What the sentences say of a customer in numbers."""
    return {
        "paid": money(row["value"], currency),
        "silent": count(row["days_since_last"]),
        "limit": count(row["limit_days"]),
    }


def _reason(codes: str, said: Mapping[str, str]) -> str:
    match codes:
        case "top value, within own gap" | "top value, in touch":
            return _to_protect(codes, said)
        case "valuable, overdue own gap" | "valuable, at risk":
            return _to_check_in(codes, said)
        case "one purchase, within first gap" | "one purchase, in touch":
            return _to_buy_again(codes, said)
        case _:
            return _of_the_lapsed(codes, said)


def _to_protect(codes: str, said: Mapping[str, str]) -> str:
    if codes == "top value, within own gap":
        return tr(
            "In the top {top} by value to date ({paid}). Days since the last purchase: {silent}; own limit: "
            "{limit}. Look after them, and notice early if they slow down.",
            **said,
        )
    return tr(
        "In the top {top} by value to date ({paid}) and in touch. Days since the last purchase: {silent}. Look "
        "after them, and notice early if they slow down.",
        **said,
    )


def _to_check_in(codes: str, said: Mapping[str, str]) -> str:
    if codes == "valuable, overdue own gap":
        return tr(
            "In the upper {valuable} by value to date ({paid}). Days since the last purchase: {silent}; own limit: "
            "{limit}. Ask whether something is wrong.",
            **said,
        )
    return tr(
        "In the upper {valuable} by value to date ({paid}). Days since the last purchase: {silent}, more than "
        "most customers of this company let pass. Ask whether something is wrong.",
        **said,
    )


def _to_buy_again(codes: str, said: Mapping[str, str]) -> str:
    if codes == "one purchase, within first gap":
        return tr(
            "Bought once ({paid}). Days since then: {silent}; second purchases come within {limit}. A good time to "
            "give a reason for the second.",
            **said,
        )
    return tr(
        "Bought once ({paid}). Days since then: {silent}, not many for this company. A good time to give a "
        "reason for the second purchase.",
        **said,
    )


def _of_the_lapsed(codes: str, said: Mapping[str, str]) -> str:
    if codes in {"valuable, long gone", "valuable, lapsed"}:
        return tr(
            "In the upper {valuable} by value to date ({paid}), but lapsed. Days since the last purchase: "
            "{silent}. Ask why they left, with one offer to return.",
            **said,
        )
    if codes in {"expected value, long gone", "expected value, lapsed"}:
        return tr(
            "Lapsed, with little value to date ({paid}), but still expected to be worth something. Days since the "
            "last purchase: {silent}. One offer to return.",
            **said,
        )
    return tr(
        "Lapsed, with little value to date ({paid}) and little to expect. Days since the last purchase: "
        "{silent}. Do not spend on winning them back.",
        **said,
    )
