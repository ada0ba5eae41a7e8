"""Whether the state alone says what comes next, or also how long somebody has been in it.

A table of moves between states is a first-order Markov chain only if the next step depends on the present state and
nothing else. States that are cut from the time since the last purchase cannot be: nobody lapses who has just become
at risk, and everybody who does not buy lapses in the end. What remains an empirical question is whether the share who
*buy* falls with the time in the state.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from crmlab.analyses.segments.shares import share_of_cases
from crmlab.analyses.segments.states import AT_RISK, LAPSED, Panel
from crmlab.analyses.segments.transitions import window_of
from crmlab.analyses.segments.wording import state_name
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

DAYS_PER_MONTH = 30.4375
MOST_GROUPS = 6
LEAST_CASES = 20
"""A group with fewer cases is counted with the one before it."""


@dataclass(frozen=True, kw_only=True)
class TimeInState:
    """What happens next to customers in a state, by how long they have been in it.

    Attributes
    ----------
    state : str
        `at_risk` or `lapsed`.
    table : DataFrame
        One row a length of stay: `periods_from`, `periods_to` (how many periods the stay has lasted: more than the
        one, at most the other; infinity in the last row), `customers`, then the fields of `Estimate`, `value` being
        the share in touch one period later; and `lapse`, the share lapsed one period later.
    difference : Estimate or None
        The share in touch later of the longest stays less that of the shortest; None with a single group.
    """

    state: str
    table: pd.DataFrame
    difference: Estimate | None


def time_in_state(of: Panel, state: str, *, level: float = 0.95) -> TimeInState:
    """Who is in touch a period later, by how long they had been `at_risk` or `lapsed`, over all periods of the panel.

    How long follows from the days since the last purchase, so that nobody's stay is cut off by the first look.

    Raises
    ------
    ParameterError
        If `state` is another.
    """
    if state not in ("at_risk", "lapsed"):
        raise ParameterError(f"state is {state!r}; how long somebody is in it can be told of 'at_risk' and 'lapsed'")
    code, limit = (AT_RISK, of.rules.active_days) if state == "at_risk" else (LAPSED, of.rules.lapsed_days)
    inside = of.state[:, :-1] == code
    stay = np.ceil((of.since[:, :-1] - limit) / (DAYS_PER_MONTH * of.period_months)).astype(np.int64)
    back, gone = of.in_touch[:, 1:], of.state[:, 1:] == LAPSED
    window = window_of(of, 0, of.periods)
    rows, parts = [], []
    for low, high in _groups(stay[inside]):
        cases = inside & (stay > low) & (stay <= high)
        said = tr("customers who were {state} when a period began", state=state_name(state))
        per_customer = (cases & back).sum(axis=1), cases.sum(axis=1)
        found = share_of_cases(*per_customer, level=level, denominator=said, window=window)
        if found is not None:
            lapse = float((cases & gone).sum() / cases.sum())
            rows.append({"periods_from": low, "periods_to": high, "customers": found.n, "lapse": lapse} | vars(found))
            parts.append(per_customer)
    difference = _difference(parts[-1], parts[0], rows[0], level) if len(rows) > 1 else None
    return TimeInState(state=state, table=pd.DataFrame(rows), difference=difference)


def _groups(stays: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Lengths of stay, one period each while there are cases enough, then all longer ones together."""
    edges: list[tuple[float, float]] = []
    low = 0.0
    while len(edges) < MOST_GROUPS - 1:
        here, beyond = (stays == low + 1).sum(), (stays > low + 1).sum()
        if min(here, beyond) < LEAST_CASES:
            break
        edges.append((low, low + 1))
        low += 1
    return [*edges, (low, np.inf)]


def _difference(
    of: tuple[NDArray[np.int64], NDArray[np.int64]],
    less: tuple[NDArray[np.int64], NDArray[np.int64]],
    row: dict[str, object],
    level: float,
) -> Estimate:
    """A share less another, of customers who may be in both: each customer's influence on both is summed."""
    shares = [hits.sum() / cases.sum() for hits, cases in (of, less)]
    apart = [(hits - share * cases) / cases.sum() for share, (hits, cases) in zip(shares, (of, less), strict=True)]
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt(((apart[0] - apart[1]) ** 2).sum()))
    value = float(shares[0] - shares[1])
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=int(of[1].sum() + less[1].sum()),
        level=level,
        method=tr("normal interval, customers as clusters"),
        evidence="association",
        denominator=str(row["denominator"]),
        window=str(row["window"]),
    )
