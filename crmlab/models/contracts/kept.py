"""Who was kept how long: the survivors of cohorts at the ages at which they were counted.

One form holds all that firms report [1]_: a cohort counted at every renewal (full information), its size at the start
and its last count only, or its last two counts only. A count is always compared with the one before it, and everything
is conditional on the first: customers who had left before it are not known and say nothing.

References
----------
.. [1] Fader and Hardie (2007), Fitting the sBG model to multi-cohort data, note 017: Table 1 and cases 1 and 4 of
   Table 2. Its cases 2 and 3, with totals over cohorts, have no likelihood and are not covered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmlab.errors import DataError, ParameterError, together
from crmlab.language import tr

Vector = NDArray[np.float64]

RenewalPeriod = Literal["day", "week", "month", "quarter", "year"]
PERIODS_A_YEAR: Mapping[str, float] = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Cohort:
    """Customers who began in the same period.

    Attributes
    ----------
    ages : tuple of int
        Renewals since the start at which the cohort was counted, ascending; 0 is the start.
    survivors : tuple of float
        Customers still there at each of these ages.
    """

    ages: tuple[int, ...]
    survivors: tuple[float, ...]


@dataclass(frozen=True)
class Intervals:
    """What is known of customers in one line each, every line once with its weight.

    Customers known to be there at age `known` were still there at `stayed` and had left by `gone`, which is infinite
    for those who had not.
    """

    known: Vector
    stayed: Vector
    gone: Vector
    weights: Vector  # along the last axis


@dataclass(frozen=True)
class Kept:
    """Cohorts of customers with contracts and how many of each were kept.

    A cohort counted only once is allowed, and says nothing.

    Raises
    ------
    DataError
        If a cohort's ages do not ascend, its survivors are not numbers that never rise, or no cohort was counted
        twice with customers at the first count; all problems are named at once.
    """

    cohorts: tuple[Cohort, ...]

    def __post_init__(self) -> None:
        problems = [problem for place, cohort in enumerate(self.cohorts, 1) for problem in _problems(place, cohort)]
        if not problems and not any(len(cohort.ages) > 1 and cohort.survivors[0] > 0 for cohort in self.cohorts):
            problems = [tr("no cohort was counted twice, so nobody is known to have renewed or left")]
        if problems:
            raise DataError(together(tr("These survivors cannot be (a cohort's counts never rise):"), problems))

    @classmethod
    def of_cohort(cls, survivors: Sequence[float]) -> "Kept":
        """From one cohort's survivors at every renewal, its size at the start first."""
        return cls.of_cohorts([survivors])

    @classmethod
    def of_cohorts(cls, cohorts: Iterable[Sequence[float]]) -> "Kept":
        """From several cohorts' survivors at every renewal, each with its size first; lengths may differ."""
        return cls(tuple(Cohort(tuple(range(len(one))), tuple(map(float, one))) for one in cohorts))

    @classmethod
    def of_first_and_last(cls, cohorts: Iterable[tuple[int, float, float]]) -> "Kept":
        """From each cohort's age now, its size at the start and its count now (limited information, case 1)."""
        return cls(tuple(Cohort((0, age), (float(size), float(now))) for age, size, now in cohorts))

    @classmethod
    def of_last_two(cls, cohorts: Iterable[tuple[int, float, float]]) -> "Kept":
        """From each cohort's age now, its count one period ago and its count now (limited information, case 4)."""
        return cls(tuple(Cohort((age - 1, age), (float(before), float(now))) for age, before, now in cohorts))

    @classmethod
    def of_contracts(cls, contracts: pd.DataFrame, *, observed_until: date, time_unit: RenewalPeriod) -> "Kept":
        """From single contracts: cohorts by the number of renewals that were due up to `observed_until`.

        Parameters
        ----------
        contracts : DataFrame
            `start`, and `end`: the first day no longer covered, missing for who is still a customer. An end between
            two renewal days counts as the renewal that follows it.
        observed_until : date
            The last day observed, included.
        time_unit : {'day', 'week', 'month', 'quarter', 'year'}
            From one renewal to the next.

        Raises
        ------
        DataError
            If a column is missing, a start is missing or after `observed_until`, or an end is not after its start.
        ParameterError
            If `time_unit` is none of the five.
        """
        check_period(time_unit)
        _check_contracts(contracts, observed_until)
        until = np.full(len(contracts), np.datetime64(observed_until, "D"))
        start = contracts["start"].to_numpy().astype("datetime64[D]")
        end = contracts["end"].to_numpy().astype("datetime64[D]")
        left = ~np.isnat(end) & (end <= until)
        due = whole_periods(start, until, time_unit)
        ended = np.where(left, end - np.timedelta64(1, "D"), until)
        # Who left on the day of the third renewal had two whole periods by the day before.
        lived = np.where(left, np.minimum(whole_periods(start, ended, time_unit) + 1, due + 1), due + 1)
        lines = np.zeros((int(due.max()) + 1, int(due.max()) + 2))
        np.add.at(lines, (due, lived), 1)
        at_least = lines[:, ::-1].cumsum(axis=1)[:, ::-1]  # so many lived for that many periods or longer
        return cls.of_cohorts(at_least[age, 1 : age + 2].tolist() for age in np.unique(due))

    def __add__(self, other: "Kept") -> "Kept":
        """Both together."""
        return Kept(self.cohorts + other.cohorts)

    @property
    def n(self) -> float:
        """Customers at the first count of all cohorts that were counted again."""
        return float(sum(cohort.survivors[0] for cohort in self.cohorts if len(cohort.ages) > 1))

    @property
    def lost(self) -> float:
        """How many of them left."""
        return float(sum(cohort.survivors[0] - cohort.survivors[-1] for cohort in self.cohorts))

    @property
    def periods(self) -> int:
        """Age of the oldest cohort at its last count; whatever is said beyond it rests on a model alone."""
        return max(cohort.ages[-1] for cohort in self.cohorts if len(cohort.ages) > 1)

    @property
    def base(self) -> dict[int, float]:
        """Customers there at the last count, by the renewals they have made."""
        found: dict[int, float] = {}
        for cohort in self.cohorts:
            found[cohort.ages[-1]] = found.get(cohort.ages[-1], 0.0) + cohort.survivors[-1]
        return {renewals: n for renewals, n in sorted(found.items()) if n > 0}

    @property
    def intervals(self) -> Intervals:
        """What each customer says of survival, equal lines together."""
        return self.intervals_of(np.concatenate([_numbers(np.array(cohort.survivors)) for cohort in self.cohorts]))

    def intervals_of(self, numbers: Vector) -> Intervals:
        """The same for other customers counted at the same ages.

        Parameters
        ----------
        numbers : array
            For each cohort in order, how many left between its counts and how many were there at the last; along the
            last axis, others before it are kept.
        """
        lines = np.array([line for cohort in self.cohorts for line in _lines(cohort)])
        distinct, place = np.unique(lines, axis=0, return_inverse=True)
        place = place.ravel()
        order = np.argsort(place, kind="stable")
        firsts = np.searchsorted(place[order], np.arange(len(distinct)))
        weights = np.add.reduceat(numbers[..., order], firsts, axis=-1)
        known, stayed, gone = distinct.T
        return Intervals(known, stayed, gone, weights=np.asarray(weights, dtype=np.float64))


Survivors = Kept | Sequence[float] | Sequence[Sequence[float]]


def kept_of(seen: Survivors) -> Kept:
    """`seen` itself, or made from the survivors of one cohort or of several."""
    if isinstance(seen, Kept):
        return seen
    several = all(np.ndim(one) > 0 for one in seen)
    return Kept.of_cohorts(seen if several else [seen])  # type: ignore[list-item, arg-type]


def check_period(time_unit: str) -> None:
    """Refuse a period no contract has.

    Raises
    ------
    ParameterError
        If `time_unit` is none of the five.
    """
    if time_unit not in PERIODS_A_YEAR:
        raise ParameterError(
            f"time_unit is {time_unit!r}; it is one of {', '.join(map(repr, get_args(RenewalPeriod)))}"
        )


def whole_periods(start: ArrayLike, end: ArrayLike, time_unit: RenewalPeriod) -> NDArray[np.int64]:
    """Periods completed on the day `end`, for days of the calendar.

    A month is over on the same day of the next one, or on its last day if it has no such day.
    """
    first, last = np.asarray(start, dtype="datetime64[D]"), np.asarray(end, dtype="datetime64[D]")
    if time_unit in DAYS:
        return np.asarray((last - first).astype(np.int64) // DAYS[time_unit])
    months = last.astype("datetime64[M]").astype(np.int64) - first.astype("datetime64[M]").astype(np.int64)
    day_of_month = (first - first.astype("datetime64[M]")).astype(np.int64)
    reached = (last - last.astype("datetime64[M]")).astype(np.int64)
    at_end = last + np.timedelta64(1, "D") == (last.astype("datetime64[M]") + np.timedelta64(1, "M")).astype(
        "datetime64[D]"
    )
    months -= (reached < day_of_month) & ~at_end
    return np.asarray(months // MONTHS[time_unit])


def _lines(cohort: Cohort) -> Iterable[tuple[float, float, float]]:
    """Known, stayed and gone: one line for each pair of counts, and one for who was there at the last."""
    for age, after in zip(cohort.ages, [*cohort.ages[1:], np.inf], strict=True):
        yield cohort.ages[0], age, after


def _numbers(survivors: Vector) -> Vector:
    return np.concatenate([-np.diff(survivors), survivors[-1:]])


def _problems(place: int, cohort: Cohort) -> Iterable[str]:
    ages, survivors = np.asarray(cohort.ages, dtype=np.float64), np.asarray(cohort.survivors, dtype=np.float64)
    where = tr("cohort {n}", n=str(place))
    if ages.size != survivors.size or ages.size == 0:
        yield tr("{where} has {ages} ages and {n} counts", where=where, ages=str(ages.size), n=str(survivors.size))
        return
    if not (np.isfinite(survivors) & (survivors >= 0)).all():
        yield tr("{where}: a count is below zero or no number", where=where)
    if (np.diff(survivors) > 0).any():
        yield tr("{where}: a count is above the one before it", where=where)
    if ages[0] < 0 or (np.diff(ages) <= 0).any() or (ages != np.floor(ages)).any():
        yield tr("{where}: ages are whole numbers from 0 that ascend", where=where)


def _check_contracts(contracts: pd.DataFrame, observed_until: date) -> None:
    missing = [name for name in ("start", "end") if name not in contracts.columns]
    if missing:
        raise DataError(f"columns {missing} are not in the table of contracts; it has {list(contracts.columns)}")
    start, end = contracts["start"], contracts["end"]
    rules = {
        "a start is missing": start.isna(),
        f"a start is after observed_until, {observed_until}": start > pd.Timestamp(observed_until),
        "an end is not after its start": end <= start,
    }
    problems = [f"{rule}: {int(rows.sum()):,} contracts" for rule, rows in rules.items() if rows.any()]
    if problems or contracts.empty:
        raise DataError(together("these contracts cannot be:", problems or ["there are none"]))
