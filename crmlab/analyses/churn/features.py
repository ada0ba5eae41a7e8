"""What was known of each customer at the end of a day, and of nothing after it.

Every function takes the day and cuts its tables there first. That is the whole defence against leakage that can be
built in; `leakage` shows what happens without it, and how to find it in a table that others have made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.churn.chances import EPOCH, purchase_days
from crmlab.language import mark, tr, translated
from crmlab.tables.schema.codes import code_words

HISTORY, DEMOGRAPHICS = mark("history"), mark("demographics")
RECENT_DAYS, YEAR = 180, 365
LEAST_IN_REGION = 50
DAYS_PER_YEAR = 365.25
USED = ("transactions", "contracts", "customers", "customer_history", "tickets", "contacts")
"""Tables that this room looks at, where a client has them."""

NAMES: Mapping[str, str] = {
    "purchases": mark("purchases so far"),
    "silence": mark("days since the last purchase"),
    "late": mark("silence against the usual gap"),
    "recent": mark("purchases in the last 180 days"),
    "trend": mark("purchases of the last 180 days against the 180 before"),
    "value_rank": mark("rank by money spent"),
    "tenure": mark("days since the first purchase"),
    "complaints": mark("complaints in the last year"),
    "renewals": mark("renewals made so far"),
    "half_yearly": mark("renewed twice a year"),
    "days_left": mark("days until the chance to leave"),
    "exported": mark("exported too late"),
    "age": mark("age"),
    "firm": mark("firm"),
    "income_low": mark("low income"),
    "income_high": mark("high income"),
}
HIGHER: Mapping[str, str] = {
    "purchases": mark("has bought often"),
    "silence": mark("has not bought for long"),
    "late": mark("is silent for longer than usual for them"),
    "recent": mark("bought much lately"),
    "trend": mark("buys more often than half a year ago"),
    "value_rank": mark("spends more than most"),
    "tenure": mark("is a customer of long standing"),
    "complaints": mark("complained within the last year"),
    "renewals": mark("has renewed often"),
    "half_yearly": mark("renews twice a year"),
    "days_left": mark("has long until the next chance to leave"),
    "age": mark("is older than most"),
    "firm": mark("is a firm"),
    "income_low": mark("has a low income"),
    "income_high": mark("has a high income"),
}
LOWER: Mapping[str, str] = {
    "purchases": mark("has bought seldom"),
    "silence": mark("bought not long ago"),
    "late": mark("is not late for their pace"),
    "recent": mark("bought little lately"),
    "trend": mark("buys less often than half a year ago"),
    "value_rank": mark("spends less than most"),
    "tenure": mark("has not been a customer for long"),
    "complaints": mark("has not complained within the last year"),
    "renewals": mark("has renewed seldom or never"),
    "half_yearly": mark("renews once a year"),
    "days_left": mark("has little time until the next chance to leave"),
    "age": mark("is younger than most"),
    "firm": mark("is no firm"),
    "income_low": mark("has no low income"),
    "income_high": mark("has no high income"),
}


@dataclass(frozen=True, kw_only=True)
class Records:
    """What the client's tables hold, reduced to what features are made of.

    Attributes
    ----------
    days : DataFrame
        As `chances.purchase_days` returns it.
    complaints : DataFrame or None
        `customer_id`, `day`: one row a complaint.
    people : DataFrame or None
        `customer_id` and, where they are there, `birth_date` (whole days since 1970), `customer_type`, `region`,
        `income_band`, `may_contact`.
    income : DataFrame or None
        `customer_id`, `value`, `valid_from`, `known_from`: income bands as the firm came to know them. Without it the
        band of today stands for all days, which is a leak if bands change.
    """

    days: pd.DataFrame
    complaints: pd.DataFrame | None
    people: pd.DataFrame | None
    income: pd.DataFrame | None


def records(tables: Mapping[str, ibis.Table]) -> Records:
    """What the tables hold (`transactions` at least; of `USED` those there are).

    Raises
    ------
    DataError
        If nothing was purchased.
    """
    return Records(
        days=purchase_days(tables["transactions"]),
        complaints=_complaints(tables["tickets"]) if "tickets" in tables else None,
        people=_people(tables["customers"]) if "customers" in tables else None,
        income=_income(tables["customer_history"]) if "customer_history" in tables else None,
    )


def history(of: Records, rows: pd.DataFrame, at: int) -> pd.DataFrame:
    """What the customers of `rows` (chances) had done by the end of day `at`: one column a feature, counts as ln(1+n).

    A customer without a purchase by then has NaN where there is nothing to measure.
    """
    bought = of.days[of.days["day"] <= at]
    by = bought.groupby("customer_id")
    known = pd.DataFrame(
        {
            "n": by.size(),
            "first": by["day"].first(),
            "last": by["day"].last(),
            "spent": by["value"].sum(),
            "recent": _within(bought, at - RECENT_DAYS, at),
            "before": _within(bought, at - 2 * RECENT_DAYS, at - RECENT_DAYS),
        }
    )
    found = known.reindex(rows["customer_id"]).reset_index(drop=True)
    n, silence = found["n"].fillna(0), at - found["last"]
    gap = (found["last"] - found["first"]) / (n - 1).where(n > 1)
    table = pd.DataFrame(
        {
            "purchases": np.log1p(n),
            "silence": np.log1p(silence),
            "late": np.log1p(silence) - np.log1p(gap),
            "recent": np.log1p(found["recent"].fillna(0)),
            "trend": np.log1p(found["recent"].fillna(0)) - np.log1p(found["before"].fillna(0)),
            "value_rank": found["spent"].fillna(0).rank(pct=True),
            "tenure": np.log1p(at - found["first"]),
        }
    )
    if of.complaints is not None:
        seen = _within(of.complaints, at - YEAR, at).reindex(rows["customer_id"]).fillna(0)
        table["complaints"] = np.log1p(seen.to_numpy())
    return table.join(_of_chance(rows, at))


def demographics(of: Records, rows: pd.DataFrame, at: int) -> pd.DataFrame:
    """Who the customers of `rows` are, as the firm knew it at the end of day `at`; no columns without such a table.

    Age in years; being a firm; low and high income against the middle; each region with 50 customers or more against
    the largest.
    """
    table = pd.DataFrame(index=range(len(rows)))
    if of.people is None:
        return table
    known = of.people.set_index("customer_id").reindex(rows["customer_id"]).reset_index(drop=True)
    if "birth_date" in known:
        table["age"] = (at - known["birth_date"]) / DAYS_PER_YEAR
    if "customer_type" in known:
        table["firm"] = (known["customer_type"] == "firm").astype(float)
    band = _income_at(of, rows, at)
    if band is not None:
        table["income_low"], table["income_high"] = (band == "low").astype(float), (band == "high").astype(float)
    for region in regions(of)[1:]:
        table[f"region:{region}"] = (known["region"] == region).astype(float)
    return table


def groups(of: Records, rows: pd.DataFrame, at: int) -> pd.DataFrame:
    """The groups in which errors are compared, one column each: region, income band, type of customer, age band."""
    table = pd.DataFrame(index=range(len(rows)))
    if of.people is None:
        return table
    known = of.people.set_index("customer_id").reindex(rows["customer_id"]).reset_index(drop=True)
    if regions(of):
        table["region"] = known["region"]
    band = _income_at(of, rows, at)
    if band is not None:
        table["income_band"] = band
    if "customer_type" in known:
        table["customer_type"] = known["customer_type"]
    if "birth_date" in known:
        age = (at - known["birth_date"]) / DAYS_PER_YEAR
        named = np.select([age < 35, age < 55], [mark("under 35"), mark("35 to 54")], mark("55 and over"))  # noqa: PLR2004
        table["age_band"] = pd.Series(named, dtype=object).where(age.notna())
    return table


def regions(of: Records) -> list[str]:
    """The regions with 50 customers or more, largest first; none where regions are not known."""
    if of.people is None or "region" not in of.people:
        return []
    sizes = of.people["region"].value_counts()
    large = sizes[sizes >= LEAST_IN_REGION].rename_axis("region").reset_index(name="n")
    return [str(name) for name in large.sort_values(["n", "region"], ascending=[False, True])["region"]]


def label(name: str) -> str:
    """A feature's name for readers."""
    if name.startswith("region:"):
        return tr("region {region}", region=code_words(name.removeprefix("region:")))
    return translated(NAMES.get(name, name))


def in_words(name: str, *, above: bool) -> str:
    """What can be said of a customer whose value of this feature is above, or not above, that of the average one."""
    if name.startswith("region:"):
        region = code_words(name.removeprefix("region:"))
        return tr("lives in {region}", region=region) if above else tr("does not live in {region}", region=region)
    return translated((HIGHER if above else LOWER).get(name, name))


def _of_chance(rows: pd.DataFrame, at: int) -> pd.DataFrame:
    """Of the contract or the deadline itself; both are known on the day."""
    contract = rows["period_months"].to_numpy() > 0
    table = pd.DataFrame({"days_left": np.log1p(rows["due"].to_numpy() - at)})
    if contract.all():
        table["renewals"] = np.log1p(rows["number"].to_numpy() - 1)
        table["half_yearly"] = (rows["period_months"].to_numpy() <= 6).astype(float)  # noqa: PLR2004 - months
    return table


def _within(rows: pd.DataFrame, after: int, until: int) -> pd.Series:
    """By customer: how many rows lie after one day, up to another."""
    inside = rows[(rows["day"] > after) & (rows["day"] <= until)]
    return inside.groupby("customer_id").size()


def _income_at(of: Records, rows: pd.DataFrame, at: int) -> NDArray[np.object_] | None:
    """Each customer's income band as it was known on the day; None where no band is held."""
    if of.income is not None and len(of.income):
        seen = of.income[of.income["known_from"] <= at].sort_values(["customer_id", "valid_from"], kind="stable")
        latest = seen.drop_duplicates("customer_id", keep="last").set_index("customer_id")["value"]
        return latest.reindex(rows["customer_id"]).to_numpy(dtype=object)
    if of.people is None or "income_band" not in of.people:
        return None
    return of.people.set_index("customer_id")["income_band"].reindex(rows["customer_id"]).to_numpy(dtype=object)


def _kept(table: ibis.Table) -> ibis.Table:
    return table.filter(table.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas


def _numbers(days: pd.Series) -> pd.Series:
    return (pd.to_datetime(days) - pd.Timestamp(EPOCH)).dt.days


def _complaints(tickets: ibis.Table) -> pd.DataFrame:
    kept = _kept(tickets)
    found = kept.filter(kept["kind"] == "complaint").select("customer_id", "opened_on").to_pyarrow().to_pandas()
    return pd.DataFrame({"customer_id": found["customer_id"], "day": _numbers(found["opened_on"])})


def _people(customers: ibis.Table) -> pd.DataFrame:
    kept = _kept(customers)
    wanted = ("customer_id", "birth_date", "customer_type", "region", "income_band", "may_contact")
    found: pd.DataFrame = kept.select(*(name for name in wanted if name in kept.columns)).to_pyarrow().to_pandas()
    if "birth_date" in found:
        found["birth_date"] = _numbers(found["birth_date"])
    return found


def _income(past: ibis.Table) -> pd.DataFrame:
    kept = _kept(past)
    wanted = kept.filter((kept["field"] == "income_band") & kept["recorded_on"].notnull())  # noqa: PD004
    found = wanted.select("customer_id", "value", "valid_from", "recorded_on").to_pyarrow().to_pandas()
    valid, known = _numbers(found["valid_from"]), _numbers(found["recorded_on"])
    told: pd.DataFrame = found.assign(valid_from=valid, known_from=np.maximum(valid, known))
    return told.drop(columns="recorded_on")
