"""Which situation each customer is in: told from past behaviour alone, disjoint, and everybody is in one.

A situation is told from what was known on a day, so that the customers of an earlier day can be put into the same
situations and followed. Which list a situation leads to is for `lists` to say.

=================  ===============================  ========================================  ========
situation          standing on the day              value to date                             bought
=================  ===============================  ========================================  ========
`top_in_touch`     within the customer's own gap    in the top `top_share`                    twice up
`once_in_touch`    within the gap of first buyers   any                                       once
`others_in_touch`  within the customer's own gap    below the top                             twice up
`valuable_late`    overdue                          in the upper `valuable_share`             any
`little_late`      overdue                          below it                                  any
`valuable_lapsed`  lapsed                           in the upper `valuable_share`             any
`little_lapsed`    lapsed                           below it                                  any
`not_told`         not known                        any                                       any
=================  ===============================  ========================================  ========
"""

from math import ceil

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError

TOP_IN_TOUCH, ONCE_IN_TOUCH, OTHERS_IN_TOUCH = "top_in_touch", "once_in_touch", "others_in_touch"
VALUABLE_LATE, LITTLE_LATE = "valuable_late", "little_late"
VALUABLE_LAPSED, LITTLE_LAPSED, NOT_TOLD = "valuable_lapsed", "little_lapsed", "not_told"
SITUATIONS = (
    TOP_IN_TOUCH,
    ONCE_IN_TOUCH,
    OTHERS_IN_TOUCH,
    VALUABLE_LATE,
    LITTLE_LATE,
    VALUABLE_LAPSED,
    LITTLE_LAPSED,
    NOT_TOLD,
)

WITHIN, OVERDUE, GONE, UNKNOWN = "within", "overdue", "gone", "unknown"

OF_GAP = {"within_gap": WITHIN, "overdue": OVERDUE, "long_gone": GONE}
OF_STATE = {"new": WITHIN, "active": WITHIN, "loyal": WITHIN, "returned": WITHIN, "at_risk": OVERDUE, "lapsed": GONE}
FACTS = ["customer_id", "days_since_last", "purchases", "value"]


def standings_from_gaps(gaps: pd.DataFrame, *, overdue_factor: float = 1.0) -> pd.DataFrame:
    """Each customer's standing against their own gap, from the table of notebook 05.

    Parameters
    ----------
    gaps : DataFrame
        `customer_id`, `days_since_last`, `limit_days`, `status`, `purchases`, `value`.
    overdue_factor : float
        The limit is multiplied by it: 1 is the rule of notebook 05 as it stands. Who is long gone stays so.

    Returns
    -------
    DataFrame
        `customer_id`, `days_since_last`, `purchases`, `value`, `limit_days` (NaN where there is none) and `standing`:
        `within`, `overdue`, `gone`, or `unknown` where a customer has no limit.
    """
    _need(gaps, [*FACTS, "limit_days", "status"], "the table of customers' gaps")
    _check_factor(overdue_factor)
    table = gaps[[*FACTS, "limit_days"]].reset_index(drop=True)
    standing = gaps["status"].astype(str).map(OF_GAP).fillna(UNKNOWN).to_numpy(dtype=object)
    if overdue_factor != 1:
        late = (table["days_since_last"] > overdue_factor * table["limit_days"]).to_numpy()
        moved = np.where(late, OVERDUE, WITHIN)
        standing = np.where(np.isin(standing.astype(str), [WITHIN, OVERDUE]), moved, standing)
    return table.assign(standing=standing)


def standings_from_states(states: pd.DataFrame) -> pd.DataFrame:
    """Each customer's standing from the life-cycle states of notebook 04, where notebook 05 says nothing.

    The limits are the same for everybody there, so `limit_days` is NaN. People without a purchase are left out.

    Parameters
    ----------
    states : DataFrame
        `customer_id`, `state`, `days_since_last`, `purchases`, `value`.
    """
    _need(states, [*FACTS, "state"], "the table of customers' states")
    known = states[states["state"] != "prospect"]
    standing = known["state"].astype(str).map(OF_STATE).fillna(UNKNOWN).to_numpy(dtype=object)
    return known[FACTS].assign(limit_days=np.nan, standing=standing).reset_index(drop=True)


def situations(
    standings: pd.DataFrame,
    *,
    tiers: pd.DataFrame | None = None,
    top_share: float = 0.2,
    valuable_share: float = 0.5,
) -> pd.DataFrame:
    """Each customer's one situation.

    Customers tied at a cut by value are all above it. A value of zero or less is never above a cut.

    Parameters
    ----------
    standings : DataFrame
        From `standings_from_gaps` or `standings_from_states`.
    tiers : DataFrame, optional
        `customer_id`, `tier` and, to rank by, `value` (expected), from notebook 06. It decides no situation.
    top_share, valuable_share : float
        The cuts by value to date, as shares of customers; 0 < top_share ≤ valuable_share ≤ 1.

    Returns
    -------
    DataFrame
        The columns of `standings`, `expected_value` and `tier` (missing without notebook 06) and `situation`, a name
        of `SITUATIONS`; sorted by `customer_id`.
    """
    _check_shares(top_share, valuable_share)
    table = standings.sort_values("customer_id", ignore_index=True)
    if table["customer_id"].duplicated().any():
        raise DataError("a customer stands in the table of standings more than once; give one row a customer")
    table = _with_tiers(table, tiers)
    top, valuable = (_above(table["value"], share) for share in (top_share, valuable_share))
    once, standing = table["purchases"].eq(1), table["standing"]
    fits = {
        ONCE_IN_TOUCH: standing.eq(WITHIN) & once,
        TOP_IN_TOUCH: standing.eq(WITHIN) & top,
        OTHERS_IN_TOUCH: standing.eq(WITHIN),
        VALUABLE_LATE: standing.eq(OVERDUE) & valuable,
        LITTLE_LATE: standing.eq(OVERDUE),
        VALUABLE_LAPSED: standing.eq(GONE) & valuable,
        LITTLE_LAPSED: standing.eq(GONE),
    }
    return table.assign(situation=np.select(list(fits.values()), list(fits), NOT_TOLD))


def _with_tiers(table: pd.DataFrame, tiers: pd.DataFrame | None) -> pd.DataFrame:
    if tiers is None:
        return table.assign(expected_value=np.nan, tier=None)
    _need(tiers, ["customer_id", "tier", "value"], "the table of customers' future value")
    expected = tiers[["customer_id", "tier", "value"]].rename(columns={"value": "expected_value"})
    return table.merge(expected, on="customer_id", how="left", validate="one_to_one")


def _above(values: pd.Series, share: float) -> pd.Series:
    """Whether a value is among the largest `share` of them, ties included, and above zero."""
    places = max(1, ceil(share * len(values) - 1e-9))
    cut = values.nlargest(places).min() if len(values) else 0.0
    return values.ge(cut) & values.gt(0)


def _need(table: pd.DataFrame, columns: list[str], what: str) -> None:
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise DataError(f"{what} lacks the columns {absent}; it has {list(table.columns)}")


def _check_shares(top_share: float, valuable_share: float) -> None:
    if not 0 < top_share <= valuable_share <= 1:
        raise ParameterError(
            f"top_share {top_share:g} and valuable_share {valuable_share:g} cannot be used: "
            "both are shares above 0 and up to 1, and the top is not larger than the valuable part"
        )


def _check_factor(factor: float) -> None:
    if not 0 < factor < np.inf:
        raise ParameterError(f"overdue_factor {factor:g} cannot be used: give a number above 0")
