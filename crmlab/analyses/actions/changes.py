"""How the last report's recommendations and forecasts did, where their time has passed."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.analyses.actions.situations import CONTACTED
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import count, day, tr


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
    for name in CONTACTED:
        inside = plan["list"].eq(name)
        contact, alone = inside & plan["arm"].eq(CONTACT), inside & plan["arm"].eq(DO_NOTHING)
        if contact.any() and alone.any():
            hits = int((contact & came).sum()), int((alone & came).sum())
            sizes = int(contact.sum()), int(alone.sum())
            window = tr("after {after}, up to {until}", after=day(after), until=day(until))
            found.append(_outcome(name, hits, sizes, window=window, level=level))
    return found


def _outcome(name: str, hits: tuple[int, int], sizes: tuple[int, int], *, window: str, level: float) -> Outcome:
    low, high = confint_proportions_2indep(
        hits[0], sizes[0], hits[1], sizes[1], compare="diff", method="newcomb", alpha=1 - level
    )
    of = tr("{contact} customers to contact and {alone} to leave alone", contact=count(sizes[0]), alone=count(sizes[1]))
    difference = Estimate(
        value=hits[0] / sizes[0] - hits[1] / sizes[1],
        low=float(low),
        high=float(high),
        n=sum(sizes),
        level=level,
        method=tr("Newcombe interval of the difference of two shares, by intention"),
        denominator=of,
        window=window,
    )
    return Outcome(
        name=name,
        contacted=sizes[0],
        contacted_bought=hits[0],
        left_alone=sizes[1],
        left_alone_bought=hits[1],
        difference=difference,
    )
