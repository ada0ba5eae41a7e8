"""How the last report's recommendations and forecasts did, where their time has passed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pandas as pd

from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, day, mark, tr
from crmlab.shares import share
from crmlab.trials import difference_of_shares

CHANGED, UNCLEAR, NO_INTERVAL = mark("changed"), mark("no clear change"), mark("no interval")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one list's test: the share of buyers in both arms, and the difference.

    The difference is by intention: whether those marked `contact` were contacted the data do not say.
    """

    name: str
    contacted: int
    contacted_bought: int
    left_alone: int
    left_alone_bought: int
    difference: Estimate


def outcomes(
    plan: pd.DataFrame, bought: pd.DataFrame, *, after: date, until: date, level: float = 0.95
) -> list[Outcome]:
    """For each list of an earlier plan with customers in both arms, what they did since.

    Lists go by the names that the plan has, also those that plans no longer use.

    Parameters
    ----------
    plan : DataFrame
        The earlier report's plan: `customer_id`, `list`, `arm`.
    bought : DataFrame
        `customer_id` of who bought after the plan's last day of data (`after`) and up to `until`.
    after, until : date
        The days between.

    Raises
    ------
    DataError
        If the plan lacks one of its columns.
    """
    absent = [name for name in ("customer_id", "list", "arm") if name not in plan.columns]
    if absent:
        raise DataError(f"the earlier plan lacks the columns {absent}; it has {list(plan.columns)}")
    came = plan["customer_id"].isin(bought["customer_id"])
    found = []
    for name in dict.fromkeys(plan["list"].astype(str)):
        inside = plan["list"].eq(name)
        contact, alone = inside & plan["arm"].eq(CONTACT), inside & plan["arm"].eq(DO_NOTHING)
        if contact.any() and alone.any():
            hits = int((contact & came).sum()), int((alone & came).sum())
            sizes = int(contact.sum()), int(alone.sum())
            window = tr("after {after}, up to {until}", after=day(after), until=day(until))
            found.append(_outcome(name, hits, sizes, window=window, level=level))
    return found


class Found(Protocol):
    """What is read of a finding."""

    @property
    def id(self) -> str:
        """Its stable name."""

    @property
    def claim(self) -> str:
        """Its sentence."""

    @property
    def unit(self) -> str:
        """The unit of its value."""

    @property
    def value(self) -> float:
        """Its number."""

    @property
    def low(self) -> float | None:
        """Lower end of its interval, or None."""

    @property
    def high(self) -> float | None:
        """Upper end of its interval, or None."""


def then_and_now(then: Iterable[Found], now: Iterable[Found]) -> pd.DataFrame:
    """The findings that both reports have, in the order of now.

    Returns
    -------
    DataFrame
        `claim` (of now), `unit`, `then`, `then_low`, `then_high`, `now`, `now_low`, `now_high` and `change`, a label:
        `changed` where the intervals do not overlap, `no clear change` where they do, `no interval` where one has
        none. Intervals apart are a stricter test than that of the difference: a small change may be missed.
    """
    before = {one.id: one for one in then}
    rows = [
        {
            "claim": one.claim,
            "unit": one.unit,
            **_ends("then", before[one.id]),
            **_ends("now", one),
            "change": _change(before[one.id], one),
        }
        for one in now
        if one.id in before and before[one.id].unit == one.unit
    ]
    columns = ["claim", "unit", "then", "then_low", "then_high", "now", "now_low", "now_high", "change"]
    return pd.DataFrame(rows, columns=columns)


def _ends(name: str, one: Found) -> dict[str, float | None]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def _change(then: Found, now: Found) -> str:
    if then.low is None or then.high is None or now.low is None or now.high is None:
        return NO_INTERVAL
    return UNCLEAR if then.low <= now.high and now.low <= then.high else CHANGED


@dataclass(frozen=True, kw_only=True)
class ForecastScore:
    """How an earlier forecast of purchases did, now that its days have passed.

    Attributes
    ----------
    expected, actual : float
        Purchases of all customers of the forecast together.
    inside : Estimate
        Share of customers whose number of purchases lay within their own prediction interval.
    """

    expected: float
    actual: float
    inside: Estimate


def forecast_score(forecast: pd.DataFrame, counts: pd.Series, *, after: date, until: date) -> ForecastScore | None:
    """The score of an earlier report's forecast, or None where it has no intervals.

    Parameters
    ----------
    forecast : DataFrame
        The earlier list `customer_value`: `customer_id`, `purchases`, `purchases_low`, `purchases_high`.
    counts : Series
        Purchases since, by customer id; who is not in it bought nothing.
    after, until : date
        The forecast's days: after its last day of data, up to the end of its horizon.
    """
    known = forecast.dropna(subset=["purchases", "purchases_low", "purchases_high"])
    if known.empty:
        return None
    came = known["customer_id"].map(counts).fillna(0.0)
    hits = int(came.between(known["purchases_low"], known["purchases_high"]).sum())
    return ForecastScore(
        expected=float(known["purchases"].sum()),
        actual=float(came.sum()),
        inside=share(
            hits,
            len(known),
            denominator=tr("the {n} customers of the forecast", n=count(len(known))),
            window=tr("after {after}, up to {until}", after=day(after), until=day(until)),
        ),
    )


def _outcome(name: str, hits: tuple[int, int], sizes: tuple[int, int], *, window: str, level: float) -> Outcome:
    of = tr("{contact} customers to contact and {alone} to leave alone", contact=count(sizes[0]), alone=count(sizes[1]))
    difference = difference_of_shares(
        (hits[0], sizes[0]), (hits[1], sizes[1]), denominator=of, window=window, level=level
    )
    return Outcome(
        name=name,
        contacted=sizes[0],
        contacted_bought=hits[0],
        left_alone=sizes[1],
        left_alone_bought=hits[1],
        difference=difference,
    )
