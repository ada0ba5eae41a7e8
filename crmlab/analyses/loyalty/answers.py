"""Who was asked, what they answered, and how much choice they have where they live."""

from typing import Any

import pandas as pd

from crmlab.analyses.loyalty.market import on_day
from crmlab.errors import DataError
from crmlab.tables.kept import kept_frame

SCALES = ("satisfaction", "trust", "commitment", "fit", "effort", "intends_to_stay", "recommend", "share_of_wallet")
LEAST_ANSWERS = 100  # below it nearly every interval of this room reaches over all that is possible


def answers(surveys: Any, customers: Any, markets: pd.DataFrame, *, cut: float) -> pd.DataFrame:
    """One row for everybody who was asked and whose region's market is known.

    Columns: `response_id`, `customer_id`, `date`, `mode`, `responded`, `follow_up` (bool), the scales of `SCALES` that
    the client has and `stayed` (float, 1 or 0), NaN where there is no answer; `product_id` where it is known;
    `region`, `hhi` on the first day somebody was asked, and `captive`: whether `hhi` is `cut` or more.

    Parameters
    ----------
    surveys, customers : ibis.Table
        Clean tables.
    markets : DataFrame
        From `concentration`.
    cut : float
        The index from which a market leaves customers little choice.

    Raises
    ------
    DataError
        If nobody was asked, or fewer than 100 answered in regions whose market is known.
    """
    optional = [name for name in (*SCALES, "follow_up", "product_id") if name in surveys.columns]
    base = ["response_id", "customer_id", "date", "mode", "responded", "stayed"]
    asked = kept_frame(surveys, [*base, *optional])
    homes = kept_frame(customers, ["customer_id", "region"])
    if asked.empty:
        raise DataError("the table surveys has no row that counts: nobody was asked")
    now = on_day(markets, asked["date"].min())[["region", "hhi"]]
    frame = asked.merge(homes, on="customer_id", how="left").merge(now, on="region", how="inner")
    numbers = [name for name in (*SCALES, "stayed") if name in frame.columns]
    frame[numbers] = frame[numbers].astype("float64")
    frame["responded"] = frame["responded"].astype(bool)
    late = frame["follow_up"] if "follow_up" in frame.columns else pd.Series(False, index=frame.index)
    frame["follow_up"] = late.astype("boolean").fillna(False).astype(bool)
    answered = int((frame["responded"] & frame["satisfaction"].notna()).sum())
    if answered < LEAST_ANSWERS:
        raise DataError(
            f"{answered} customers answered in regions whose market is known; {LEAST_ANSWERS} are needed: check that "
            "customers and market name regions alike, or ask more customers"
        )
    return frame.assign(captive=frame["hhi"] >= cut)


def answered(asked: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Those who answered, satisfaction and all of `columns` included."""
    wanted = list(dict.fromkeys(["satisfaction", *columns]))
    return asked[asked["responded"]].dropna(subset=wanted).reset_index(drop=True)


def tercile(values: pd.Series) -> pd.Series:
    """1, 2 or 3: the third of the answers each value lies in, as even as ties allow; equal answers stay together."""
    place = values.rank(method="average") / len(values)
    return (place * 3).clip(upper=2.999999).astype(int) + 1
