"""Month by month: who came, who stayed, who slipped away, in tables that add up."""

import numpy as np
import pandas as pd

from crmlab.analyses.segments.states import AT_RISK, LAPSED, STATES, UNKNOWN, Panel
from crmlab.language import mark

NOT_YET = "not yet"
"""What customers were before their first purchase, in `flows`."""


def bridge(of: Panel) -> pd.DataFrame:
    """The customers in touch from one look to the next, and those who lapsed: one row a period.

    Returns
    -------
    DataFrame
        `end` (the period's last day) and, in customers,

        - `before`: in touch when the period began; `slipped` of them are not when it ends, `kept` are;
        - `new`: first purchase in the period, and in touch when it ends;
        - `returned`: at risk or lapsed when it began, in touch when it ends; `from_lapsed` of them had lapsed;
        - `after`: in touch when it ends;
        - `lapsed`: known and not lapsed when it began, lapsed when it ends.

        `before = kept + slipped` and `kept + new + returned = after`, in every row.
    """
    touch, lapsed, known = of.in_touch, of.state == LAPSED, of.state != UNKNOWN
    rows = []
    for period, end in enumerate(of.ends[1:]):
        was, now = touch[:, period], touch[:, period + 1]
        away = known[:, period] & ~was
        gone_before, gone = lapsed[:, period], lapsed[:, period + 1]
        rows.append(
            {
                "end": end,
                mark("before"): was.sum(),
                mark("slipped"): (was & ~now).sum(),
                "kept": (was & now).sum(),
                "new": (~known[:, period] & now).sum(),
                "returned": (away & now).sum(),
                "from_lapsed": (gone_before & now).sum(),
                mark("after"): now.sum(),
                "lapsed": (known[:, period] & ~gone_before & gone).sum(),
            }
        )
    return pd.DataFrame(rows)


def flows(of: Panel, *, periods: int = 6) -> pd.DataFrame:
    """Who went from which state to which, in each of the last `periods` periods.

    Returns
    -------
    DataFrame
        One row a period and pair of states with customers: `start`, `end` (the looks before and after), `before`
        (`not yet` for those without a purchase until then), `after`, `customers`.
    """
    names = np.array([*STATES, NOT_YET], dtype=object)  # UNKNOWN, -1, is the last
    tables = []
    for period in range(max(of.periods - periods, 0), of.periods):
        pair = pd.DataFrame({"before": names[of.state[:, period]], "after": names[of.state[:, period + 1]]})
        counted = pair[pair["after"] != NOT_YET].groupby(["before", "after"]).size().rename("customers").reset_index()
        counted.insert(0, "end", of.ends[period + 1])
        counted.insert(0, "start", of.ends[period])
        tables.append(counted)
    return pd.concat(tables, ignore_index=True)


def to_at_risk(of: Panel) -> pd.DataFrame:
    """Who slipped from in touch to at risk or beyond, in each period: one row a period.

    Returns
    -------
    DataFrame
        `end`; `in_touch` when the period began; `at_brink`: those of them who would slip unless they bought within
        the period, because `active_days` would pass; `moved`: those who did not, and so slipped; `share`: `moved` of
        `in_touch`, NaN if nobody was; `at_risk`: how many are at risk when it ends. `moved` ≤ `at_brink` ≤ `in_touch`.
    """
    lengths = np.diff([end.toordinal() for end in of.ends])
    touch, since = of.in_touch[:, :-1], of.since[:, :-1]
    brink = touch & (since + lengths > of.rules.active_days)
    moved = touch & ~of.in_touch[:, 1:]
    before = touch.sum(axis=0)
    return pd.DataFrame(
        {
            "end": of.ends[1:],
            "in_touch": before,
            "at_brink": brink.sum(axis=0),
            "moved": moved.sum(axis=0),
            "share": moved.sum(axis=0) / np.where(before > 0, before, np.nan),
            "at_risk": (of.state[:, 1:] == AT_RISK).sum(axis=0),
        }
    )
