"""The customers of a campaign: one row each, with the arm, what happened, and what they had bought before."""

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError, nearest
from crmlab.language import count, day, tr
from crmlab.summary import purchases
from crmlab.tables.kept import kept, kept_frame

TREAT, LEFT_ALONE = "treat", "do_nothing"
MONEY = ("revenue", "cost")


def campaigns_run(campaigns: ibis.Table, contacts: ibis.Table, *, until: date) -> pd.DataFrame:
    """One row for each campaign that names customers in `contacts`, the earliest first.

    Parameters
    ----------
    campaigns, contacts : ibis.Table
        Clean tables.
    until : date
        The last day the data cover.

    Returns
    -------
    DataFrame
        `campaign_id`, `name`, `programme`, `randomised` (unknown is False), `start` (the first day of a contact),
        `end` (the last), `window_days`, `planned_share` (to be approached; NaN: nobody wrote it down), `treated`,
        `control` (customers), `comparable`: chance decided, both arms have at least two customers, and the window of
        the last contact is known and over by `until`.
    """
    plans = _columns(campaigns, ["campaign_id", "name", "programme", "window_days", "randomised", "planned_share"])
    made = kept(contacts)
    arms = (
        made.group_by("campaign_id")
        .agg(
            start=made.date.min(),
            end=made.date.max(),
            treated=(made.arm == TREAT).sum(),
            control=(made.arm == LEFT_ALONE).sum(),
        )
        .to_pyarrow()
        .to_pandas()
    )
    both = plans.merge(arms, on="campaign_id").sort_values(["start", "campaign_id"], ignore_index=True)
    both["name"] = both["name"].astype(object).fillna(both["campaign_id"])
    both["window_days"] = both["window_days"].astype(np.float64)
    both["planned_share"] = both["planned_share"].astype(np.float64)
    both["randomised"] = both["randomised"].eq(True)
    enough = (both["treated"] > 1) & (both["control"] > 1)
    over = pd.to_datetime(both["end"]) + pd.to_timedelta(both["window_days"], unit="D") <= pd.Timestamp(until)
    return pd.DataFrame(both.assign(comparable=both["randomised"] & enough & over))


def chosen_test(run: pd.DataFrame, test: str = "") -> dict[str, Any]:
    """The campaign called `test`, or without a name the latest in which chance left customers alone.

    Raises
    ------
    ParameterError
        If no campaign has that id.
    DataError
        If it has no comparison by chance, or no campaign has one.
    """
    ids = list(run["campaign_id"])
    if test and test not in ids:
        raise ParameterError(f"there is no campaign {test!r} with contacts{nearest(test, ids)}; there are: {ids}")
    able = run[run["comparable"] & (run["campaign_id"].eq(test) if test else True)]
    if able.empty:
        whom = f"campaign {test!r} is not one" if test else f"none of the {len(run)} campaigns with contacts is one"
        raise DataError(
            f"a comparison needs a campaign that left at least two customers alone by chance and whose window is over, "
            f"and {whom}: nobody can tell what would have happened anyway. Plan the next campaign with a hold-out, and "
            "come back with its contacts"
        )
    return {str(name): value for name, value in able.iloc[-1].to_dict().items()}


def contact_rows(
    contacts: ibis.Table, transactions: ibis.Table, campaign: dict[str, Any] | pd.Series, *, before_days: int = 365
) -> pd.DataFrame:
    """One row a customer of a campaign, in the order of contact; a customer with several contacts counts once.

    Parameters
    ----------
    contacts, transactions : ibis.Table
        Clean tables.
    campaign : mapping
        A row of `campaigns_run`.
    before_days : int
        Over how many days before the campaign's first contact purchases are added up.

    Returns
    -------
    DataFrame
        `customer_id`, `date` (of the first contact), `treated`, `delivered` (unknown is not), `responded` (flags),
        `offer` (share off the price), `revenue`, `cost` (NaN where unknown), `before`: what the customer bought in the
        `before_days` before anybody was contacted; `bought_before`: whether the customer bought in as many days before
        it as the campaign's window has.
    """
    wanted = ["customer_id", "date", "arm", "delivered", "response", "discount_rate", *MONEY]
    own = contacts.filter(contacts.campaign_id == campaign["campaign_id"])
    found = _columns(own, wanted).sort_values(["date", "customer_id"])
    found = found.drop_duplicates("customer_id", ignore_index=True)
    start: date = pd.Timestamp(campaign["start"]).date()
    spent = spent_between(transactions, start - timedelta(days=before_days), start - timedelta(days=1))
    window = int(campaign["window_days"]) if pd.notna(campaign["window_days"]) else before_days
    lately = spent_between(transactions, start - timedelta(days=window), start - timedelta(days=1))
    table = {
        "customer_id": found["customer_id"],
        "date": found["date"],
        "treated": found["arm"].eq(TREAT),
        "delivered": found["delivered"].eq(True),
        "responded": found["response"].eq(True),
        "offer": found["discount_rate"].astype(np.float64).fillna(0.0),
        **{name: found[name].astype(np.float64) for name in MONEY},
        "before": found["customer_id"].map(spent).fillna(0.0),
        "bought_before": found["customer_id"].isin(lately.index),
    }
    return pd.DataFrame(table)


def spent_between(transactions: ibis.Table, first: date, last: date) -> pd.Series:
    """What each customer bought from `first` to `last`, both inclusive, by customer id; only those with a purchase."""
    bought = purchases(transactions)
    inside = bought.filter((bought.date >= ibis.date(first)) & (bought.date <= ibis.date(last)))
    rows = inside.group_by("customer_id").agg(value=inside.value.sum()).order_by("customer_id").to_pyarrow().to_pandas()
    spent: pd.Series = rows.set_index("customer_id")["value"].astype(np.float64)
    return spent


def arms(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of those to be approached, and of those left alone."""
    treated = rows["treated"].to_numpy(dtype=bool)
    return rows[treated], rows[~treated]


def counted(rows: pd.DataFrame, column: str = "responded") -> tuple[tuple[int, int], tuple[int, int]]:
    """(hits, customers) of those to be approached, and of those left alone."""
    first, second = ((int(arm[column].sum()), len(arm)) for arm in arms(rows))
    return first, second


def whom(rows: pd.DataFrame) -> str:
    """The denominator of a comparison, for people."""
    treated, control = arms(rows)
    return tr(
        "{treated} customers to approach and {control} left alone",
        treated=count(len(treated)),
        control=count(len(control)),
    )


def window_of(campaign: dict[str, Any] | pd.Series) -> str:
    """When the campaign's customers were contacted, and how long an answer counts, for people."""
    first, last = (day(pd.Timestamp(campaign[name]).date()) for name in ("start", "end"))
    if pd.isna(campaign["window_days"]):
        return tr("contacts {first} to {last}", first=first, last=last)
    days = count(campaign["window_days"])
    return tr("contacts {first} to {last}, {days} days each", first=first, last=last, days=days)


def _columns(table: Any, columns: list[str]) -> pd.DataFrame:
    have = [name for name in columns if name in table.columns]
    return kept_frame(table, have).reindex(columns=columns)
