"""Whether customers follow those who told them, or only resemble them.

People talk to people like themselves, at times when both buy. So those who were told buy more than those who were not,
whether or not the telling did anything (homophily [1]_). What resemblance cannot explain is *timing*: if the telling
did something, purchases come after it and not just as often at other times. Each telling is therefore held against
itself on other days: the day is drawn anew among those on which both were customers, many times, and the customer's own
purchases stay where they are (a shuffle test [2]_).

References
----------
.. [1] Aral, Muchnik and Sundararajan (2009), PNAS 106; Shalizi and Thomas (2011), Sociological Methods and Research 40.
.. [2] Anagnostopoulos, Kumar and Mahdian (2008), Influence and correlation in social networks, KDD.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.analyses.value_chain.compare import clustered_mean
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import tr

Numbers = NDArray[np.int64]
WITHIN_DAYS, DAYS_DRAWN, LEAST_TELLINGS = 90, 200, 30
_SPAN = 1_000_000  # days a customer's block of the common time line has


@dataclass(frozen=True)
class Influence:
    """How often those who were told bought soon after.

    Attributes
    ----------
    naive : Estimate
        Share of the told who bought within the window less that of customers who were not told, on the same days.
    timed : Estimate
        The same share less what it is for the same customers on days drawn at random: what resemblance cannot explain.
    p : float
        Share of the drawn sets of days (and the one observed) in which as many bought.
    followed, by_chance : float
        Share that bought soon after the telling, and after a day drawn at random.
    """

    naive: Estimate
    timed: Estimate
    p: float
    followed: float
    by_chance: float


def influence(
    tellings: pd.DataFrame,
    purchases: pd.DataFrame,
    joined: pd.Series,
    *,
    last_day: int,
    rng: np.random.Generator,
    window: str = "",
    within: int = WITHIN_DAYS,
    days_drawn: int = DAYS_DRAWN,
    level: float = 0.95,
) -> Influence:
    """Held against other days, how many of the told bought within so many days of the telling.

    Purchases that a telling brought about lie in the windows of some of the other days too, so that an effect comes out
    smaller than it is, by about the share of a customer's time that the window is; without an effect nothing is off.

    Parameters
    ----------
    tellings : DataFrame
        `from`, `to` (customers), `day` (a number). Tellings later than `last_day` − `within` are left out, as are those
        to customers without a day of joining.
    purchases : DataFrame
        `customer`, `day`.
    joined : Series
        The first day of each customer, by customer.
    last_day : int
        The last day observed.
    rng : numpy.random.Generator
        The only source of chance.

    Raises
    ------
    DataError
        If fewer than thirty tellings can be used.
    """
    told, first, most = _usable(tellings, joined, last_day - within)
    place = pd.Series(np.arange(len(joined)), index=joined.index)
    log = purchases[purchases["customer"].isin(joined.index)]
    times = np.sort(place.loc[log["customer"]].to_numpy() * _SPAN + log["day"].to_numpy(dtype=np.int64))
    to, days = place.loc[told["to"]].to_numpy(), told["day"].to_numpy(dtype=np.int64)
    followed = _bought(times, to, days, within)
    drawn = np.stack([_bought(times, to, rng.integers(first, most + 1), within) for _ in range(days_drawn)])
    others = _bought(times, _strangers(joined.to_numpy(), to, days, rng), days, within)
    against = followed - drawn.mean(axis=0)
    return Influence(
        naive=_mean(followed - others, to, level, tr("told less not told, errors clustered by customer"), window),
        timed=replace(
            _mean(against, to, level, tr("told less the same customers on other days, clustered"), window),
            evidence="quasi-experiment",  # each is compared with itself, so that resemblance cannot make the difference
        ),
        p=float((1 + (drawn.mean(axis=1) >= followed.mean()).sum()) / (days_drawn + 1)),
        followed=float(followed.mean()),
        by_chance=float(drawn.mean()),
    )


def _usable(tellings: pd.DataFrame, joined: pd.Series, most: int) -> tuple[pd.DataFrame, Numbers, Numbers]:
    told = tellings.dropna(subset=["from", "to", "day"])
    told = told[told["to"].isin(joined.index) & told["from"].isin(joined.index)]
    first = np.maximum(joined.loc[told["from"]].to_numpy(), joined.loc[told["to"]].to_numpy()).astype(np.int64)
    usable = (told["day"].to_numpy() <= most) & (told["day"].to_numpy() >= first)
    if usable.sum() < LEAST_TELLINGS:
        raise DataError(f"{int(usable.sum())} tellings between customers can be used; {LEAST_TELLINGS} are needed")
    order = told[usable]
    return order, first[usable], np.full(int(usable.sum()), most)


def _bought(times: Numbers, customer: Numbers, day: Numbers, within: int) -> NDArray[np.float64]:
    """Whether each customer bought from the day after `day` to `within` days after it."""
    start = customer * _SPAN + day
    return (np.searchsorted(times, start + within, "right") > np.searchsorted(times, start, "right")).astype(np.float64)


def _strangers(joined: Numbers, to: Numbers, days: Numbers, rng: np.random.Generator) -> Numbers:
    """For each telling, another customer who had joined by its day, drawn at random."""
    order = np.argsort(joined, kind="stable")
    had = np.maximum(np.searchsorted(joined[order], days, "right"), 1)
    return order[np.floor(rng.random(len(to)) * had).astype(np.int64)]


def _mean(values: NDArray[np.float64], cluster: Numbers, level: float, method: str, window: str) -> Estimate:
    value, reach = clustered_mean(values, cluster, level=level)
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=len(values),
        level=level,
        method=method,
        evidence="association",
        denominator=tr("tellings to customers"),
        window=window,
    )
