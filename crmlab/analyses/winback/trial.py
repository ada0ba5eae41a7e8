"""The campaigns that were to save or to win back, which of the two each was, and the last one of each that chance ran.

A campaign *saves* if the contracts of most of its customers still ran on the day of the contact; it *wins back* if
not. What is known of a customer is what was known on the day before: purchases and contracts before it, and the income
band as the firm had written it down by then. Only customers who may be contacted are in it: with the others no contact
arrives, and they are on no list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.winback.breakeven import Arms
from crmlab.analyses.winback.exits import TREAT, in_windows, real_purchases
from crmlab.analyses.winback.policies import Costs
from crmlab.analyses.winback.uplift import thick_enough
from crmlab.language import day, mark, tr
from crmlab.tables.kept import kept, kept_frame

Kind = Literal["save", "win_back"]
Tables = Mapping[str, ibis.Table]

SAVE, WIN_BACK = mark("save"), mark("win_back")
KINDS: tuple[Kind, ...] = ("save", "win_back")
PROGRAMME = "win_back_or_save"
NEEDED = {
    "campaigns": ("campaign_id", "programme", "start", "randomised"),
    "contacts": ("campaign_id", "customer_id", "date", "arm", "response"),
}
INCOME = {"low": -1.0, "middle": 0.0, "high": 1.0}
DAYS_PER_MONTH = 30.4375
SHRUNK_BY = 2.0
"""Purchases of the average customer that are added to a customer's own before their mean is taken."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One campaign, ready to be learned from.

    Attributes
    ----------
    kind : {'save', 'win_back'}
        What it was for.
    campaign_id : str
        Which it is.
    table : DataFrame
        One row a customer who may be contacted: `customer_id`, `date`, `treated`, `response` (bool), `cost`, the
        `features`, `spend` (the mean of their purchases before), and of the year after `revenue_after`.
    features : tuple of str
        What was known before the contact, as numbers.
    costs : Costs
        What a contact and an offer that was taken cost in it, at the prices of the last month known.
    without_consent : int
        Customers left out because they may not be contacted.
    agreed : tuple of float
        Which share of the contacted and of those left alone may be contacted: alike, if chance decided.
    window : str
        First and last contact.
    """

    kind: Kind
    campaign_id: str
    table: pd.DataFrame
    features: tuple[str, ...]
    costs: Costs
    without_consent: int
    agreed: tuple[float, float]
    window: str

    @property
    def arms(self) -> Arms:
        """How many said yes in each arm."""
        treated, yes = (self.table[name].to_numpy(dtype=bool) for name in ("treated", "response"))
        return Arms(
            contacted_yes=int((treated & yes).sum()),
            contacted=int(treated.sum()),
            left_yes=int((~treated & yes).sum()),
            left=int((~treated).sum()),
        )


def campaigns_by_kind(tables: Tables) -> pd.DataFrame:
    """Every campaign that was to save or win back, and which of the two it was.

    Returns
    -------
    DataFrame
        `campaign_id`, `kind`, `customers`, `under_contract` (share whose contract ran on the day), `randomised`,
        `contacted`, `left_alone`, `yes_contacted`, `yes_left_alone` (shares), `first`, `last` (days); the earliest
        first. Empty where the client has no such campaign, or not the tables for it.
    """
    columns = ["campaign_id", "kind", "customers", "under_contract", "randomised"]
    columns += ["contacted", "left_alone", "yes_contacted", "yes_left_alone", "first", "last"]
    if not has(tables, NEEDED):
        return pd.DataFrame(columns=columns)
    plans = kept_frame(tables["campaigns"], NEEDED["campaigns"])
    plans = plans[plans["programme"] == PROGRAMME]
    made = kept_frame(tables["contacts"], NEEDED["contacts"])
    made = made[made["campaign_id"].isin(plans["campaign_id"])]
    chance = plans.set_index("campaign_id")["randomised"].fillna(value=False).astype(bool)
    running = under_contract(tables, made)
    rows = [
        _described(str(name), rows, running.loc[rows.index], bool(chance[str(name)]))
        for name, rows in made.groupby("campaign_id")
    ]
    return pd.DataFrame(rows, columns=columns).sort_values(["first", "campaign_id"], ignore_index=True)


def under_contract(tables: Tables, asked: pd.DataFrame) -> pd.Series:
    """Whether a contract of the customer ran on the day, for each row of `asked` (`customer_id`, `date`)."""
    if not has(tables, {"contracts": ("customer_id", "start", "end")}):
        return pd.Series(data=False, index=asked.index)
    runs = kept_frame(tables["contracts"], ["customer_id", "start", "end"])
    both = asked[["customer_id", "date"]].rename_axis("row").reset_index().merge(runs, on="customer_id")
    start, end, on = (pd.to_datetime(both[name]) for name in ("start", "end", "date"))
    return pd.Series(asked.index.isin(both.loc[(start <= on) & (end.isna() | (end > on)), "row"]), index=asked.index)


def last_trial(tables: Tables, found: pd.DataFrame, kind: Kind, *, horizon_days: int) -> Trial | None:
    """The last campaign of that kind that chance ran and that is large enough to learn from; None where there is none.

    Parameters
    ----------
    tables : mapping
        The client's clean tables by name.
    found : DataFrame
        As `campaigns_by_kind` has it.
    kind : {'save', 'win_back'}
        Which.
    horizon_days : int
        Over how many days after the contact revenue is counted.
    """
    fair = found[(found["kind"] == kind) & found["randomised"].astype(bool)]
    for plan in fair.iloc[::-1].to_dict(orient="records"):
        trial = _trial(tables, kind, str(plan["campaign_id"]), horizon_days)
        if thick_enough(trial.table["treated"].to_numpy(dtype=bool), trial.table["response"].to_numpy(dtype=bool)):
            return trial
    return None


def has(tables: Tables, needed: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether all these tables are there with all these columns."""
    return all(name in tables and set(columns) <= set(tables[name].columns) for name, columns in needed.items())


def may_contact(tables: Tables, customers: pd.Series) -> np.ndarray:
    """Who has agreed to be contacted, by what the table of customers says; all where it does not say.

    A customer of whom it is not known has not agreed.
    """
    if not has(tables, {"customers": ("customer_id", "may_contact")}):
        return np.ones(len(customers), dtype=bool)
    said = kept_frame(tables["customers"], ["customer_id", "may_contact"])
    yes = said.loc[said["may_contact"].fillna(value=False).astype(bool), "customer_id"]
    return np.asarray(customers.isin(yes))


def known_before(
    tables: Tables, asked: pd.DataFrame, kind: Kind, *, bought: ibis.Table
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """What was known of each customer before a day: the features, and `spend`, the mean of their purchases.

    Parameters
    ----------
    tables : mapping
        The client's clean tables.
    asked : DataFrame
        `customer_id`, each once, and `date`: only what happened, or was written down, before that day is used.
    kind : {'save', 'win_back'}
        To save, the contract is looked at too.
    bought : ibis.Table
        As `real_purchases` has them.
    """
    rows = _memtable(asked)
    both = bought.join(rows, "customer_id")
    both = both.filter(both.date < both.on)
    sums = both.group_by("customer_id").agg(
        purchases=lambda t: t.count(), last=lambda t: t.date.max(), paid=lambda t: t["value"].sum()
    )
    past = sums.to_pyarrow().to_pandas().set_index("customer_id").reindex(asked["customer_id"])
    past.index = asked.index
    on = pd.to_datetime(asked["date"])
    silent = (on - pd.to_datetime(past["last"])).dt.days
    usual = past["paid"].sum() / past["purchases"].sum() if past["purchases"].sum() else 0.0
    spend = (past["paid"].fillna(0) + SHRUNK_BY * usual) / (past["purchases"].fillna(0) + SHRUNK_BY)
    table = pd.DataFrame(
        {
            # Who has not bought before has been silent for longer than anybody.
            "silence": np.log1p(silent.fillna(silent.max() if silent.notna().any() else 0)),
            "purchases_before": np.log1p(past["purchases"].fillna(0)),
            "spend_before": np.log(np.maximum(spend, 1e-9)) if usual > 0 else 0.0,
            **_income(tables, asked),
            **_firm(tables, asked),
            **(_contract(tables, asked) if kind == "save" else {}),
        },
        index=asked.index,
    ).astype(np.float64)
    names = tuple(str(name) for name in table if name != "price")
    return table.assign(spend=spend), names


def _described(name: str, rows: pd.DataFrame, running: pd.Series, chance: bool) -> dict[str, object]:
    treated, yes = rows["arm"] == TREAT, rows["response"].astype(bool)
    days = pd.to_datetime(rows["date"])
    return {
        "campaign_id": name,
        "kind": SAVE if running.mean() > 0.5 else WIN_BACK,  # noqa: PLR2004 - most
        "customers": len(rows),
        "under_contract": float(running.mean()),
        "randomised": chance,
        "contacted": int(treated.sum()),
        "left_alone": int((~treated).sum()),
        "yes_contacted": float(yes[treated].mean()) if treated.any() else np.nan,
        "yes_left_alone": float(yes[~treated].mean()) if (~treated).any() else np.nan,
        "first": days.min().date(),
        "last": days.max().date(),
    }


def _trial(tables: Tables, kind: Kind, campaign_id: str, horizon_days: int) -> Trial:
    contacts = kept(tables["contacts"])
    contacts = contacts.filter(contacts.campaign_id == campaign_id)
    cost = contacts.cost.cast("float64").fill_null(0) if "cost" in contacts.columns else ibis.literal(0.0)
    rows = contacts.select("customer_id", "date", "arm", "response", cost=cost).to_pyarrow().to_pandas()
    rows = rows.sort_values(["customer_id", "date"]).drop_duplicates("customer_id", ignore_index=True)
    rows = rows.assign(treated=rows["arm"] == TREAT, response=rows["response"].astype(bool))
    agreed = may_contact(tables, rows["customer_id"])
    shares = tuple(float(agreed[arm].mean()) if arm.any() else np.nan for arm in (rows["treated"], ~rows["treated"]))
    asked = rows[agreed].drop(columns="arm").reset_index(drop=True)
    asked["cost"] *= _price_rise(tables, asked["date"])
    bought = real_purchases(tables["transactions"], tables.get("economy"))
    known, features = known_before(tables, asked, kind, bought=bought)
    after = in_windows(
        bought, asked["customer_id"], pd.to_datetime(asked["date"]) + pd.Timedelta(days=1), days=horizon_days
    )
    days = pd.to_datetime(asked["date"])
    return Trial(
        kind=kind,
        campaign_id=campaign_id,
        table=asked.join(known).assign(revenue_after=after["revenue"].to_numpy()),
        features=features,
        costs=_costs(asked),
        without_consent=int((~agreed).sum()),
        agreed=(shares[0], shares[1]),
        window=tr("{first} to {last}", first=day(days.min().date()), last=day(days.max().date())) if len(days) else "",
    )


def _costs(rows: pd.DataFrame) -> Costs:
    """What a contact cost where nothing was taken up, and by how much more where it was."""
    treated = rows[rows["treated"]]
    without, with_yes = (treated.loc[treated["response"] == answer, "cost"] for answer in (False, True))
    contact = float(without.mean()) if len(without) else 0.0
    return Costs(contact=contact, offer=max(0.0, float(with_yes.mean()) - contact) if len(with_yes) else 0.0)


def _price_rise(tables: Tables, days: pd.Series) -> np.ndarray:
    """By how much prices have risen from each day to the last month known; 1 where prices are not known."""
    if "economy" not in tables:
        return np.ones(len(days))
    prices = kept_frame(tables["economy"], ["month", "price_index"]).sort_values("month")
    if prices.empty:
        return np.ones(len(days))
    level = prices["price_index"].astype("float64").to_numpy()
    place = (
        np.searchsorted(pd.to_datetime(prices["month"]).to_numpy(), pd.to_datetime(days).to_numpy(), side="right") - 1
    )
    return np.asarray(np.where(place >= 0, level[-1] / level[np.maximum(place, 0)], 1.0))


def _memtable(asked: pd.DataFrame) -> ibis.Table:
    frame = pd.DataFrame({"customer_id": asked["customer_id"], "on": pd.to_datetime(asked["date"]).dt.date})
    return ibis.memtable(frame, schema={"customer_id": "string", "on": "date"})


def _income(tables: Tables, asked: pd.DataFrame) -> dict[str, pd.Series]:
    """The income band as the firm had written it down before the day; nothing where it keeps no such history.

    The table of customers has the band of today, which may have been learned from the campaign.
    """
    if not has(tables, {"customer_history": ("customer_id", "field", "value", "valid_from", "recorded_on")}):
        return {}
    history = kept(tables["customer_history"])
    history = history.filter((history.field == "income_band") & history.value.isin(list(INCOME)))
    both = history.join(_memtable(asked), "customer_id")
    both = both.filter((both.recorded_on < both.on) & (both.valid_from < both.on))
    last = both.group_by("customer_id").agg(band=lambda t: t["value"].argmax(t.valid_from))
    found = last.to_pyarrow().to_pandas().set_index("customer_id")["band"].map(INCOME)
    return {"income": asked["customer_id"].map(found).astype("float64").fillna(0.0)}


def _firm(tables: Tables, asked: pd.DataFrame) -> dict[str, pd.Series]:
    if not has(tables, {"customers": ("customer_id", "customer_type")}):
        return {}
    said = kept_frame(tables["customers"], ["customer_id", "customer_type"])
    firms = said.loc[said["customer_type"] == "firm", "customer_id"]
    return {"firm": asked["customer_id"].isin(firms).astype("float64")}


def _contract(tables: Tables, asked: pd.DataFrame) -> dict[str, pd.Series]:
    """Renewals made, months of a period and price of the contract that runs on the day; its end is never looked at."""
    contracts = kept(tables["contracts"])
    months, price = (
        contracts[name].cast("float64") if name in contracts.columns else ibis.null("float64")
        for name in ("period_months", "price")
    )
    rows = contracts.select("customer_id", "start", months=months, price=price).to_pyarrow().to_pandas()
    both = asked[["customer_id", "date"]].rename_axis("row").reset_index().merge(rows, on="customer_id")
    both["age"] = (pd.to_datetime(both["date"]) - pd.to_datetime(both["start"])).dt.days
    own = both[both["age"] >= 0].sort_values("age").drop_duplicates("row").set_index("row").reindex(asked.index)
    period = own["months"].fillna(12.0)
    rise = _price_rise(tables, asked["date"] if own["start"].isna().all() else own["start"].fillna(asked["date"]))
    return {
        "renewals": np.log1p(np.floor(own["age"].fillna(0) / (DAYS_PER_MONTH * period))),
        "period_months": period,
        "price": own["price"].fillna(0) * rise,
    }
