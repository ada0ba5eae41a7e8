"""The next test: who is in it, in which arms, how many, for how long, and what it can see."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError
from crmlab.language import mark
from crmlab.trials import Detectable, detectable

CONTACT, DO_NOTHING = mark("contact"), mark("do_nothing")
LEAST = 4  # two in each arm


@dataclass(frozen=True, kw_only=True)
class NextTest:
    """A test that can be run tomorrow.

    Attributes
    ----------
    sizes : mapping
        Customers by arm, `contact` and `do_nothing`.
    candidates, suppressed, unknown : int
        Customers who would suit; of them those who said no to being contacted, and those of whom nobody knows.
    spare : int
        Customers who may be contacted and whom the test does not need.
    contact_days, days : int
        Over how many days the contacts are spread; from the first contact to the last result.
    test : Detectable
        What it can see.
    """

    sizes: Mapping[str, int]
    candidates: int
    suppressed: int
    unknown: int
    spare: int
    contact_days: int
    days: int
    test: Detectable


@dataclass(frozen=True)
class Audience:
    """Who a test may be made with: `free` (rows), and how many said no (`suppressed`) or were not asked (`unknown`)."""

    free: pd.DataFrame
    suppressed: int
    unknown: int


def audience(candidates: pd.DataFrame, consent: pd.Series | None) -> Audience:
    """Who of the candidates may be contacted.

    Parameters
    ----------
    candidates : DataFrame
        `customer_id` and what their strata are made of.
    consent : Series or None
        By customer id, True or False; a customer who is not in it has not been asked and is not contacted. None: the
        client's data say nothing of consent, and nobody is held back.
    """
    if consent is None:
        return Audience(candidates.reset_index(drop=True), 0, 0)
    agreed = candidates["customer_id"].map(consent)
    free = candidates[agreed.eq(True)].reset_index(drop=True)
    return Audience(free, int(agreed.eq(False).sum()), int(agreed.isna().sum()))


def next_test(
    people: Audience,
    *,
    baseline: float,
    wanted: float,
    window_days: int,
    contacts_per_day: int,
    power: float = 0.8,
    alpha: float = 0.05,
) -> NextTest:
    """The plan: two equal arms, as many customers as it takes to see `wanted`, or all there are.

    Parameters
    ----------
    people : Audience
    baseline : float
        Share of those left alone who are expected to respond.
    wanted : float
        The effect worth finding, as a difference of shares among everybody to be approached, reached or not.
    window_days, contacts_per_day : int
        How long an answer counts; how many can be contacted a day.

    Raises
    ------
    ParameterError
        If contacts_per_day is below 1, or `wanted` or `baseline` are no shares.
    DataError
        If fewer than four customers may be contacted.
    """
    if contacts_per_day < 1 or not 0 < wanted < 1:
        raise ParameterError(
            f"contacts_per_day {contacts_per_day} and wanted {wanted:g} cannot be used: at least 1 a day, and a "
            "difference of shares between 0 and 1"
        )
    free = len(people.free)
    if free < LEAST:
        raise DataError(f"{free} customers may be contacted: a test needs at least two in each arm")
    needed = detectable(baseline, contact=0, do_nothing=0, wanted=wanted, power=power, alpha=alpha).needed
    each = min(needed or free, free // 2)
    days = ceil(each / contacts_per_day)
    return NextTest(
        sizes={CONTACT: each, DO_NOTHING: each},
        candidates=free + people.suppressed + people.unknown,
        suppressed=people.suppressed,
        unknown=people.unknown,
        spare=free - 2 * each,
        contact_days=days,
        days=days + window_days,
        test=detectable(baseline, contact=each, do_nothing=each, wanted=wanted, power=power, alpha=alpha),
    )


def assigned(free: pd.DataFrame, *, sizes: Mapping[str, int], stratum: str, rng: np.random.Generator) -> pd.DataFrame:
    """The customers of the test with `arm`, drawn by chance within strata; in the order of their ids.

    The strata are laid end to end, each in an order that chance gives it, and arms are dealt out along the line in
    blocks that hold every arm in its proportion: so each stratum has the arms' shares to within one block, and within
    a stratum every customer has the same chance. Ids decide nothing but the order in which chance is drawn.

    Parameters
    ----------
    free : DataFrame
        `customer_id` and the column named by `stratum`.
    sizes : mapping
        Customers by arm; together at most as many as there are.
    """
    total = sum(sizes.values())
    if total > len(free):
        raise DataError(f"{total} customers are needed and {len(free)} may be contacted: plan smaller arms")
    ordered = free.sort_values("customer_id", ignore_index=True)
    shuffled = ordered.iloc[rng.permutation(len(ordered))]
    picked = _sampled(shuffled, stratum, total).sort_values(stratum, kind="stable", ignore_index=True)
    # The i-th place of an arm of m lies anywhere in the i-th m-th of the line: blocks hold the arms in proportion.
    places = np.concatenate([(np.arange(size) + rng.random(size)) / max(size, 1) for size in sizes.values()])
    arms = np.repeat(np.asarray(list(sizes), dtype=object), list(sizes.values()))
    dealt = arms[np.argsort(places, kind="stable")]
    return picked.assign(arm=dealt).sort_values("customer_id", ignore_index=True)


def _sampled(shuffled: pd.DataFrame, stratum: str, total: int) -> pd.DataFrame:
    """`total` of the rows, each stratum with its share."""
    place = shuffled.groupby(stratum, observed=True).cumcount() + 0.5
    size = shuffled.groupby(stratum, observed=True)[stratum].transform("size")
    return shuffled.assign(_rank=place / size).sort_values("_rank", kind="stable").head(total).drop(columns="_rank")
