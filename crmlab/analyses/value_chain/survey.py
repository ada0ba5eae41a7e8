"""What a firm's own people say of it: scales, waves, branch means, and what changed from one wave to the next.

A statement is called by its scale and a number (`sponsorship_1`). A wave is a run of days with answers; a gap of a
quarter or more begins another.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.compare import Compared, compared
from crmlab.analyses.value_chain.reading import Tables, rows, window_of
from crmlab.analyses.value_chain.reliability import agreement, alpha, omega
from crmlab.errors import DataError
from crmlab.language import tr

GAP_DAYS = 90
LEAST_PEOPLE, LEAST_BRANCHES = 20, 6


@dataclass(frozen=True)
class Survey:
    """Answers of the firm's people.

    Attributes
    ----------
    people : DataFrame
        One row a person and wave: `respondent_id`, `branch_id`, `wave` (from 1), and the score of every statement
        (1 to 5), NaN where it was not answered.
    items : dict
        Of each scale, its statements.
    windows : dict
        Of each wave, its days for people.
    starts : dict
        Of each wave, its first day.
    """

    people: pd.DataFrame
    items: dict[str, list[str]]
    windows: dict[int, str]
    starts: dict[int, pd.Timestamp]

    @property
    def last(self) -> int:
        """The number of the last wave."""
        return max(self.windows)

    def scored(self, wave: int) -> pd.DataFrame:
        """`respondent_id`, `branch_id` and each person's mean on each scale; NaN where a statement was not answered."""
        people = self.people[self.people["wave"] == wave]
        means = {scale: people[names].mean(axis=1, skipna=False) for scale, names in self.items.items()}
        return people[["respondent_id", "branch_id"]].assign(**means).reset_index(drop=True)

    def branches(self, wave: int) -> pd.DataFrame:
        """Branches by scales: the mean of the people's means."""
        return self.scored(wave).drop(columns="respondent_id").groupby("branch_id").mean()


def survey(tables: Tables) -> Survey:
    """The table `org_survey` as people by statements.

    Raises
    ------
    DataError
        If it is too thin: fewer than twenty people or six branches in its last wave, or no scale of two statements.
    """
    told = rows(tables, "org_survey", ["respondent_id", "branch_id", "date", "item", "score"])
    if told.empty:
        raise DataError("the table 'org_survey' has no answers that could be used")
    days = told["date"].drop_duplicates().sort_values()
    starts = days[(days.diff().dt.days > GAP_DAYS).to_numpy() | (days == days.min()).to_numpy()]
    told["wave"] = np.searchsorted(starts.to_numpy(), told["date"].to_numpy(), side="right")
    people = told.pivot_table(index=["respondent_id", "branch_id", "wave"], columns="item", values="score")
    items: dict[str, list[str]] = {}
    for name in people.columns:
        items.setdefault(str(name).rpartition("_")[0] or str(name), []).append(name)
    items = {scale: names for scale, names in items.items() if len(names) > 1}
    days_of = {wave: told.loc[told["wave"] == wave, "date"] for wave in range(1, len(starts) + 1)}
    windows = {wave: window_of(days.min(), days.max()) for wave, days in days_of.items()}
    found = Survey(people.reset_index(), items, windows, {wave: days.min() for wave, days in days_of.items()})
    _check(found)
    return found


def _check(found: Survey) -> None:
    last = found.people[found.people["wave"] == found.last]
    if not found.items:
        raise DataError("no scale of 'org_survey' has two statements; statements are named by scale and number")
    if len(last) < LEAST_PEOPLE or last["branch_id"].nunique() < LEAST_BRANCHES:
        raise DataError(
            f"the last wave of 'org_survey' has {len(last)} people in {last['branch_id'].nunique()} branches; at least "
            f"{LEAST_PEOPLE} people in {LEAST_BRANCHES} branches are needed"
        )


def scales(found: Survey, *, level: float = 0.95) -> pd.DataFrame:
    """One row a scale of the last wave: how well it is measured, and whether it can stand for a branch.

    Returns
    -------
    DataFrame
        `scale`, `items`, `n` (people who answered all of them), `alpha`, `low`, `high`, `omega`, `icc1`, `icc1_low`,
        `icc1_high`, `icc2`, `may_aggregate`.
    """
    window, people = found.windows[found.last], found.people[found.people["wave"] == found.last]
    table = []
    for scale, names in found.items.items():
        whole = people.dropna(subset=names)
        one = alpha(whole[names], window=window, level=level)
        same = agreement(whole[names].mean(axis=1), whole["branch_id"], window=window, level=level)
        table.append(
            {
                "scale": scale,
                "items": len(names),
                "n": one.n,
                "alpha": one.value,
                "low": one.low,
                "high": one.high,
                "omega": omega(whole[names]),
                "icc1": same.one.value,
                "icc1_low": same.one.low,
                "icc1_high": same.one.high,
                "icc2": same.mean,
                "may_aggregate": same.may_aggregate,
            }
        )
    return pd.DataFrame(table)


def went_live(tables: Tables, found: Survey) -> pd.Series:
    """Whether CRM went live in each branch between the first wave and the last, by `branch_id`.

    Branches where it was live before the first wave are left out: they have no time before.
    """
    branches = rows(tables, "branches", ["branch_id", "crm_live_on"]).set_index("branch_id")["crm_live_on"]
    first, last = found.starts[min(found.windows)], found.starts[found.last]
    return branches[~branches.le(first)].le(last)


def pre_post(found: Survey, live: pd.Series, *, rng: np.random.Generator, level: float = 0.95) -> dict[str, Compared]:
    """By scale: how much more the means of live branches rose from the first wave to the last than those of the others.

    Branches that were never live show what time alone did. Empty with a single wave, or fewer than two branches of
    either kind.

    Parameters
    ----------
    live : Series of bool
        By `branch_id`; branches that are not in it are left out.
    rng : numpy.random.Generator
        For the permutation of branches.
    """
    first, last = min(found.windows), found.last
    if first == last:
        return {}
    change = (found.branches(last) - found.branches(first)).dropna(how="all")
    change = change[change.index.isin(live.index)]
    treated = live.reindex(change.index).to_numpy(dtype=bool)
    if min(treated.sum(), (~treated).sum()) < 2:  # noqa: PLR2004
        return {}
    window = tr("{first} against {last}", first=found.windows[first], last=found.windows[last])
    return {
        scale: compared(
            change.loc[treated, scale],
            change.loc[~treated, scale],
            denominator=tr("branches"),
            window=window,
            rng=rng,
            level=level,
            evidence="quasi-experiment",
        )
        for scale in found.items
    }
