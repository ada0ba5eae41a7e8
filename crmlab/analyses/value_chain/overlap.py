"""How far the rules single out the same customers, how many they single out, and whether they do so again next year."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.significance import FLAGS, Significant
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.shares import share

ANY = mark("any")
"""Stands among the rules for passing one of them or more."""


def jaccard(first: pd.Series, second: pd.Series, *, window: str, level: float = 0.95) -> Estimate:
    """Of those who have either mark, the share that has both.

    Given how many have either, how many have both is binomial, so that Wilson's interval holds.

    Raises
    ------
    DataError
        If nobody has either: the share of nobody is not 0.
    """
    one, two = first.to_numpy(dtype=bool), second.to_numpy(dtype=bool)
    either = int((one | two).sum())
    if either == 0:
        raise DataError("nobody has either mark: how far they overlap cannot be said")
    return share(
        int((one & two).sum()), either, denominator=tr("customers with either of the two"), window=window, level=level
    )


def overlaps(found: Significant, *, level: float = 0.95) -> pd.DataFrame:
    """One row a pair of rules: `first`, `second`, `both`, `either`, `jaccard`, `low`, `high`, and `by_chance`.

    `by_chance` is what the Jaccard index would be if the one said nothing of the other: n₁n₂/N over n₁ + n₂ − n₁n₂/N.
    Pairs that nobody is in are left out.
    """
    table, n = [], len(found.customers)
    for first, second in combinations(FLAGS, 2):
        one, two = (found.customers[name] for name in (first, second))
        if not (one | two).any():
            continue
        index = jaccard(one, two, window=found.window, level=level)
        expected = float(one.sum()) * float(two.sum()) / n
        table.append(
            {
                "first": first,
                "second": second,
                "both": int((one & two).sum()),
                "either": index.n,
                "jaccard": index.value,
                "low": index.low,
                "high": index.high,
                "by_chance": expected / (one.sum() + two.sum() - expected),
            }
        )
    columns = ["first", "second", "both", "either", "jaccard", "low", "high", "by_chance"]
    return pd.DataFrame(table, columns=columns)


def combinations_of(found: Significant) -> pd.DataFrame:
    """One row for each set of rules that somebody passes, largest first: a column for each rule, and `customers`."""
    flagged = found.customers.loc[found.flagged, list(FLAGS)]
    if flagged.empty:
        return pd.DataFrame(columns=[*FLAGS, "customers"])
    counted = flagged.groupby(list(FLAGS)).size().rename("customers").reset_index()
    order = ["customers", *FLAGS]
    return counted.sort_values(order, ascending=[False, *[True] * len(FLAGS)], ignore_index=True)


def counted(found: Significant, *, level: float = 0.95) -> dict[str, Estimate]:
    """The share of all customers that passes each rule, and, under `any`, one rule or more."""
    said = {"denominator": tr("customers with a purchase"), "window": found.window, "level": level}
    n = len(found.customers)
    shares = {name: share(int(found.customers[name].sum()), n, **said) for name in FLAGS}  # type: ignore[arg-type]
    return {ANY: share(int(found.flagged.sum()), n, **said), **shares}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Stability:
    """Whether customers who passed a rule pass it again a year later.

    Attributes
    ----------
    table : DataFrame
        One row a rule, and `any` first: `flag`, `before` (who passed it a year ago), `kept` (of these, who pass it
        now), `share`, `low`, `high`, and `by_chance`: the share of all these customers that passes it now.
    window : str
    """

    table: pd.DataFrame
    window: str

    def flips(self, flag: str = ANY) -> Estimate:
        """The share that has lost the mark.

        Raises
        ------
        DataError
            If nobody had it.
        """
        before, kept = self.table.loc[self.table["flag"] == flag, ["before", "kept"]].to_numpy(dtype=int)[0]
        return share(
            int(before - kept),
            int(before),
            denominator=tr("customers who were marked a year earlier"),
            window=self.window,
        )


def stability(before: Significant, after: Significant, *, level: float = 0.95) -> Stability:
    """Held against chance, how many customers who passed a rule on the first day pass it on the second.

    Only customers of both days count. `any` asks whether a customer passes one rule or more, not the same one.
    """
    both = before.customers.merge(after.customers, on="customer_id", suffixes=("_before", "_after"))
    if both.empty:
        raise DataError("no customer is there on both days: nothing can be said of who keeps a mark")
    marks = {
        ANY: tuple(both[[f"{name}_{side}" for name in FLAGS]].any(axis=1) for side in ("before", "after")),
        **{name: (both[f"{name}_before"], both[f"{name}_after"]) for name in FLAGS},
    }
    window = tr("{first} against {last}", first=before.window, last=after.window)
    table = [_kept(name, was.to_numpy(bool), now.to_numpy(bool), window, level) for name, (was, now) in marks.items()]
    return Stability(pd.DataFrame(table), window)


def _kept(flag: str, was: np.ndarray, now: np.ndarray, window: str, level: float) -> dict[str, object]:
    hits, n = int((was & now).sum()), int(was.sum())
    one = share(hits, n, denominator="", window=window, level=level) if n else None
    return {
        "flag": flag,
        "before": n,
        "kept": hits,
        "share": one.value if one else np.nan,
        "low": one.low if one else np.nan,
        "high": one.high if one else np.nan,
        "by_chance": float(now.mean()),
    }
