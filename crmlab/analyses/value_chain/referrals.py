"""What a good word is worth, and how many customers speak at all.

Purchases after a good word are no gift of the word: some who heard would have bought anyway. Who heard a bad word
serves for comparison. That is an association: content customers may know people who would have bought (see
`influence`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.compare import slope_clustered
from crmlab.analyses.value_chain.reading import Tables, rows, window, window_of, within
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr

LEAST_OF_EITHER = 10


@dataclass(frozen=True)
class Referrals:
    """Tellings of a year.

    Attributes
    ----------
    by_sign : DataFrame
        `sign`, `tellings`, `bought`, `share`.
    more : Estimate
        How much more often people bought after a good word than after a bad one, errors clustered by who told.
    worth : Estimate
        That difference times the contribution of an average customer in the year: what a good word goes with.
    tellers : int
        Customers who told anybody.
    """

    by_sign: pd.DataFrame
    more: Estimate
    worth: Estimate
    tellers: int


def referral_value(tables: Tables, books: YearBooks, *, at: date, level: float = 0.95) -> Referrals:
    """What followed on good and bad words in the year that ends on `at`.

    Raises
    ------
    DataError
        If fewer than ten tellings of either sign say whether a purchase followed.
    """
    told = within(rows(tables, "referrals", ["from_customer_id", "date", "sign", "bought_after"]), "date", at)
    told = told.dropna(subset=["bought_after"])
    good, bought = (told["sign"] == "good").to_numpy(), told["bought_after"].astype(bool).to_numpy()
    if min(good.sum(), (~good).sum()) < LEAST_OF_EITHER:
        raise DataError(
            f"{int(good.sum())} good and {int((~good).sum())} bad words say what followed; ten of each are needed"
        )
    value, reach = slope_clustered(bought, good, told["from_customer_id"].to_numpy(), level=level)
    each = float(books.customers["contribution"].mean())
    by_sign = told.assign(bought=bought).groupby("sign")["bought"].agg(["size", "sum", "mean"]).reset_index()
    by_sign.columns = pd.Index(["sign", "tellings", "bought", "share"])
    said = {
        "n": len(told),
        "level": level,
        "denominator": tr("tellings that say what followed"),
        "window": window(at),
    }
    return Referrals(
        by_sign,
        Estimate(
            value=value,
            low=value - reach,
            high=value + reach,
            method=tr("good less bad, errors clustered by who told"),
            evidence="association",
            **said,  # type: ignore[arg-type]
        ),
        Estimate(
            value=value * each,
            low=value * each - reach * abs(each),
            high=value * each + reach * abs(each),
            method=tr("the difference times the contribution of an average customer, which is taken as known"),
            evidence="association",
            **said,  # type: ignore[arg-type]
        ),
        int(told["from_customer_id"].nunique()),
    )


def tellings_of(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Tellings to customers, purchases and days of joining as numbers of days, in the form `influence` takes."""
    told = rows(tables, "referrals", ["from_customer_id", "to_customer_id", "date"]).dropna()
    sales = rows(tables, "transactions", ["customer_id", "date", "amount"])
    bought = sales[sales["amount"] > 0].drop_duplicates(["customer_id", "date"])
    joined = bought.groupby("customer_id")["date"].min()
    return (
        pd.DataFrame(
            {"from": told["from_customer_id"], "to": told["to_customer_id"], "day": _number(told["date"])}
        ).reset_index(drop=True),
        pd.DataFrame({"customer": bought["customer_id"], "day": _number(bought["date"])}).reset_index(drop=True),
        pd.Series(_number(joined), index=joined.index),
    )


def tellings_window(tellings: pd.DataFrame, last_day: int) -> str:
    """From the first telling to the last day, for people; days as `tellings_of` numbers them."""
    first, last = (pd.Timestamp(0) + pd.Timedelta(days=int(one)) for one in (tellings["day"].min(), last_day))
    return window_of(first, last)


def day_number(of: date) -> int:
    """The number `tellings_of` gives to a day."""
    return (pd.Timestamp(of) - pd.Timestamp(0)).days


def _number(days: pd.Series) -> np.ndarray:
    return (days - pd.Timestamp(0)).dt.days.to_numpy()
