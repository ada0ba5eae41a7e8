"""A free trial judged by chance: who pays because of it, what they stop buying, and how much it may cost.

Most who pay after a trial would have bought anyway. What the trial did is the difference to customers whom chance left
alone; a subsidy goes to all takers, so it has to be paid by the few more.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
import pandas as pd

from crmlab.analyses.growth.baskets import bought
from crmlab.errors import DataError, ParameterError
from crmlab.estimate import Estimate
from crmlab.language import count, day, mark, tr
from crmlab.shares import share
from crmlab.tables.kept import kept, kept_frame
from crmlab.trials import difference_of_means, difference_of_shares, relative_difference_of_shares

TREAT, LEFT_ALONE = "treat", "do_nothing"
GROWTH = "growth"
WINDOW_DAYS = 60  # where the campaign does not say how long an answer counts
TRIAL, OTHERS, ALL = mark("trial category"), mark("other categories"), mark("all categories")


@dataclass(frozen=True)
class Trial:
    """What a free trial did.

    Attributes
    ----------
    campaign_id, name : str
        Its id, and what the client calls it (the id where it has no name).
    contacts : DataFrame
        One row a customer: `customer_id`, `treated`, `delivered`, `response`, `date`, `cost`.
    treated, control : (int, int)
        Who paid, and all customers of the arm.
    naive : Estimate
        Of customers whom the offer reached, the share who paid: what is reported without a control.
    effect : Estimate
        More who paid, as a difference of shares: by intention, everybody in the arm chance gave them.
    because : Estimate or None
        Of the payers of the approached arm, the share who paid because of it: 1 − p₀ / p₁.
    later : Estimate
        The difference in who bought in as many days after the window: below zero, sales were only brought forward.
    """

    campaign_id: str
    name: str
    contacts: pd.DataFrame
    window_days: int
    treated: tuple[int, int]
    control: tuple[int, int]
    naive: Estimate
    effect: Estimate
    because: Estimate | None
    later: Estimate

    @property
    def contact_cost(self) -> float:
        """What approaching cost, by those who did not pay and so were given nothing; 0 where everybody paid."""
        rows = self.contacts[self.contacts["treated"] & ~self.contacts["response"]]
        return float(rows["cost"].mean()) if len(rows) else 0.0

    @property
    def given(self) -> float:
        """What a payer of the approached arm was given on average, beyond the contact; 0 where nobody paid."""
        rows = self.contacts[self.contacts["treated"] & self.contacts["response"]]
        return max(float(rows["cost"].mean()) - self.contact_cost, 0.0) if len(rows) else 0.0


def trial(
    sales: ibis.Table, campaigns: ibis.Table, contacts: ibis.Table, *, campaign_id: str, level: float = 0.95
) -> Trial:
    """What the campaign did to who bought.

    Raises
    ------
    DataError
        If there is no such campaign, chance did not decide in it, or an arm is empty.
    """
    wanted = ("campaign_id", "name", "randomised", "window_days")
    plans = kept_frame(campaigns, [one for one in wanted if one in campaigns.columns])
    plan = plans[plans["campaign_id"] == campaign_id]
    if plan.empty:
        raise DataError(f"there is no campaign {campaign_id!r}; there are: {', '.join(sorted(plans['campaign_id']))}")
    if not bool(plan.get("randomised", pd.Series([False])).eq(True).iloc[0]):
        raise DataError(
            f"in campaign {campaign_id} chance did not decide who was left alone (`randomised`): what it did cannot be "
            "told"
        )
    days = plan.get("window_days", pd.Series([float("nan")])).iloc[0]
    people = _people(contacts, campaign_id)
    window_days = int(days) if pd.notna(days) else WINDOW_DAYS
    name = plan.get("name", pd.Series([None])).iloc[0]
    arms = [people[people["treated"]], people[~people["treated"]]]
    if min(map(len, arms)) < 2:  # noqa: PLR2004 - no variance otherwise
        raise DataError(
            f"campaign {campaign_id} has {len(arms[0])} approached and {len(arms[1])} left alone: both are needed"
        )
    hits = [(int(arm["response"].sum()), len(arm)) for arm in arms]
    window = tr(
        "{days} days after contact, {first} to {last}",
        days=count(window_days),
        first=day(people["date"].min()),
        last=day(people["date"].max()),
    )
    of: dict[str, Any] = {
        "denominator": tr("customers of the trial campaign, both arms"),
        "window": window,
        "level": level,
    }
    reached = arms[0][arms[0]["delivered"]] if arms[0]["delivered"].any() else arms[0]
    return Trial(
        campaign_id=campaign_id,
        name=str(name) if pd.notna(name) else campaign_id,
        contacts=people,
        window_days=window_days,
        treated=hits[0],
        control=hits[1],
        naive=share(
            int(reached["response"].sum()),
            len(reached),
            denominator=tr("customers whom the offer reached"),
            window=window,
            level=level,
        ),
        effect=difference_of_shares(hits[0], hits[1], **of),
        because=_because(hits[0], hits[1], of) if min(hits[0][0], hits[1][0]) > 0 else None,
        later=_later(sales, people, window_days, of),
    )


def latest_trial(campaigns: ibis.Table, contacts: ibis.Table, *, until: date) -> str:
    """The id of the latest campaign that can be read as a trial.

    One of the programme of growth, in which chance left at least two customers alone, all who were approached were
    offered the same, and the window of the last contact is over by `until`. Where several offers were drawn there is no
    one effect.

    Raises
    ------
    DataError
        If there is none.
    """
    names = ("campaign_id", "programme", "randomised", "window_days")
    plans = kept_frame(campaigns, [one for one in names if one in campaigns.columns])
    plans = plans[(plans["programme"] == GROWTH) & plans.get("randomised", pd.Series(False, plans.index)).eq(True)]
    able = plans.merge(_arms(contacts), on="campaign_id")
    days = able["window_days"] if "window_days" in able else pd.Series(float("nan"), able.index)
    over = pd.to_datetime(able["last"]) + pd.to_timedelta(days.fillna(WINDOW_DAYS).astype(float), unit="D")
    able = able[(able["treated"] > 1) & (able["control"] > 1) & (able["offers"] <= 1) & (over <= pd.Timestamp(until))]
    if able.empty:
        raise DataError(
            tr(
                "none of the {n} growth campaigns by chance left two customers or more alone, offered all the others "
                "the same and is over: what a trial does cannot be told. Plan the next one with a hold-out",
                n=count(len(plans)),
            )
        )
    return str(able.sort_values(["first", "campaign_id"])["campaign_id"].iloc[-1])


def break_even_subsidy(
    treated: tuple[int, int],
    control: tuple[int, int],
    *,
    margin: float,
    contact_cost: float = 0.0,
    denominator: str,
    window: str,
    level: float = 0.95,
) -> Estimate:
    """What each payer may be given at most, so that those who pay because of it pay for all: M (1 − p₀ / p₁) − c / p₁.

    The subsidy s goes to all who pay (p₁ of those approached); the few more (p₁ − p₀) bring the margin M each:
    (p₁ − p₀) M = c + p₁ s. Below zero, no subsidy pays. The interval is that of p₁ / p₀ (Koopman's score interval),
    with the cost of contacts, which is small beside it, at the observed p₁.

    Parameters
    ----------
    treated, control : (int, int)
        Who paid, and all customers of the arm.
    margin : float
        What one who pays brings before the subsidy.
    contact_cost : float
        Of approaching one customer.

    Raises
    ------
    ParameterError
        If a margin is not above zero or a cost is below.
    DataError
        If an arm is empty, or nobody paid in one of them.
    """
    if margin <= 0 or contact_cost < 0:
        raise ParameterError(
            f"margin {margin:g} and contact_cost {contact_cost:g}: a margin is above 0, a cost not below"
        )
    if not treated[0]:
        raise DataError("nobody paid in the arm that was approached: there is nobody to subsidise")
    ratio = relative_difference_of_shares(treated, control, denominator=denominator, window=window, level=level)
    each = contact_cost / (treated[0] / treated[1])
    low, value, high = (margin * (1 - 1 / (1 + one)) - each for one in (ratio.low, ratio.value, ratio.high))  # type: ignore[operator]
    return replace(
        ratio, value=value, low=low, high=high, method=tr("score interval of p₁ / p₀ (Koopman), carried over")
    )


def by_category(
    sales: ibis.Table, products: ibis.Table, found: Trial, *, category: str, level: float = 0.95
) -> dict[str, Estimate]:
    """What a customer spent more because of the trial, in its category, in all others, and together.

    Cannibalisation is what the others lose. Everybody of an arm counts, with 0 where nothing was bought.

    Raises
    ------
    DataError
        If no product is of that category.
    """
    if "category" not in products.columns:
        raise DataError("the products have no column `category`; name it in the client file")
    kinds = kept_frame(products, ["product_id", "category"])
    mine = set(kinds.loc[kinds["category"] == category, "product_id"])
    if not mine:
        known = ", ".join(sorted(kinds["category"].dropna().unique()))
        raise DataError(f"no product is of the category {category!r}; there are: {known}")
    spent = _lines_in_window(sales, found)
    in_trial = spent["product_id"].isin(mine)
    parts = {TRIAL: spent[in_trial], OTHERS: spent[~in_trial], ALL: spent}
    return {name: _difference(rows, found, level) for name, rows in parts.items()}


def margin_of_payers(sales: ibis.Table, found: Trial, *, margin_rate: float | None) -> float | None:
    """The mean margin that those who paid while left alone brought in the window; None where no margin is known."""
    spent = _lines_in_window(sales, found)
    control = set(found.contacts.loc[~found.contacts["treated"] & found.contacts["response"], "customer_id"])
    rows = spent[spent["customer_id"].isin(control)]
    if rows["cost"].notna().any():
        total = float((rows["amount"] - rows["cost"].fillna(0)).sum())
    elif margin_rate is not None:
        total = float(rows["amount"].sum()) * margin_rate
    else:
        return None
    return total / len(control) if control and total > 0 else None


def _arms(contacts: ibis.Table) -> pd.DataFrame:
    """By campaign: `first` and `last` contact, `treated` and `control` customers, different `offers` to the treated."""
    rows = kept(contacts)
    approached = rows.arm == TREAT
    offers = rows.discount_rate.nunique(where=approached) if "discount_rate" in rows.columns else ibis.literal(1)
    arms = rows.group_by("campaign_id").agg(
        first=rows.date.min(),
        last=rows.date.max(),
        treated=rows.customer_id.nunique(where=approached),
        control=rows.customer_id.nunique(where=rows.arm == LEFT_ALONE),
        offers=offers,
    )
    found: pd.DataFrame = arms.to_pyarrow().to_pandas()
    return found


def _people(contacts: ibis.Table, campaign_id: str) -> pd.DataFrame:
    names = ["customer_id", "date", "arm", "response", "delivered", "cost"]
    rows = kept(contacts)
    rows = rows.filter(rows.campaign_id == campaign_id)
    frame = kept_frame(rows, [one for one in names if one in contacts.columns])
    frame = frame.sort_values(["customer_id", "date"]).drop_duplicates("customer_id")
    treated = frame["arm"] == TREAT
    found: pd.DataFrame = frame.assign(
        treated=treated,
        response=frame["response"].eq(True),
        delivered=frame["delivered"].eq(True) if "delivered" in frame else treated,
        cost=frame["cost"].astype(float).fillna(0.0) if "cost" in frame else 0.0,
        date=pd.to_datetime(frame["date"]).dt.date,
    )
    return found.reset_index(drop=True)


def _because(treated: tuple[int, int], control: tuple[int, int], of: dict[str, Any]) -> Estimate:
    return replace(
        break_even_subsidy(treated, control, margin=1.0, **of), denominator=tr("payers of the approached arm")
    )


def _lines_in_window(sales: ibis.Table, found: Trial) -> pd.DataFrame:
    """`customer_id`, `product_id`, `amount`, `cost` in the window after contact, returns too."""
    lines = kept(sales)
    first, last = found.contacts["date"].min(), found.contacts["date"].max()
    length = pd.Timedelta(days=found.window_days)
    lines = lines.filter((lines.date > first) & (lines.date <= (pd.Timestamp(last) + length).date()))
    names = [one for one in ("customer_id", "date", "product_id", "amount", "cost") if one in lines.columns]
    rows = lines.select(*names).to_pyarrow().to_pandas()
    rows = rows.merge(found.contacts[["customer_id", "date"]], on="customer_id", suffixes=("", "_contact"))
    after = (pd.to_datetime(rows["date"]) - pd.to_datetime(rows["date_contact"])).dt.days
    inside = (after > 0) & (after <= found.window_days)
    rows = rows[inside].reset_index(drop=True)
    cost = rows["cost"].astype(float) if "cost" in rows else float("nan")
    found_rows: pd.DataFrame = rows.assign(amount=rows["amount"].astype(float), cost=cost)
    return found_rows


def _later(sales: ibis.Table, people: pd.DataFrame, window_days: int, of: dict[str, Any]) -> Estimate:
    """The difference in who bought in the window after the window."""
    lines = bought(sales).select("customer_id", "date").distinct()
    first = people["date"].min()
    last = (pd.Timestamp(people["date"].max()) + pd.Timedelta(days=2 * window_days)).date()
    rows = lines.filter((lines.date > first) & (lines.date <= last)).to_pyarrow().to_pandas()
    rows = rows.merge(people[["customer_id", "date"]], on="customer_id", suffixes=("", "_contact"))
    after = (pd.to_datetime(rows["date"]) - pd.to_datetime(rows["date_contact"])).dt.days
    again = set(rows.loc[(after > window_days) & (after <= 2 * window_days), "customer_id"])
    bought_later = people["customer_id"].isin(again)
    arms = [bought_later[people["treated"]], bought_later[~people["treated"]]]
    counts = [(int(arm.sum()), len(arm)) for arm in arms]
    return difference_of_shares(counts[0], counts[1], **of)


def _difference(rows: pd.DataFrame, found: Trial, level: float) -> Estimate:
    total = rows.groupby("customer_id")["amount"].sum()
    spent = found.contacts["customer_id"].map(total).fillna(0.0).to_numpy(dtype=float)
    treated = found.contacts["treated"].to_numpy()
    # Values are put in order, so that sums do not hang on how customers are called.
    return difference_of_means(
        sorted(spent[treated]),
        sorted(spent[~treated]),
        denominator=found.effect.denominator,
        window=found.effect.window,
        level=level,
    )
