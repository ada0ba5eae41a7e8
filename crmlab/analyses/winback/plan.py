"""What the next campaign would cost, how many it may reach, and what a test would have to show where none was run."""

from collections.abc import Mapping
from math import floor

import numpy as np
import pandas as pd

from crmlab.analyses.winback.breakeven import BreakEvenValue, break_even
from crmlab.analyses.winback.lists import Verdict
from crmlab.analyses.winback.policies import Costs
from crmlab.analyses.winback.trial import KINDS, Kind, Trial
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.trials import needed_per_arm

ASSUMED = (0.01, 0.03, 0.05, 0.07, 0.10)
NEW, BACK, KEPT = mark("new customer"), mark("customer won back"), mark("renewal saved")


def stated_margin(wanted: float | None, of_client: float | None) -> float:
    """The margin rate asked for, or else the client's.

    Raises
    ------
    DataError
        If neither is given: there is no default.
    """
    margin = wanted if wanted is not None else of_client
    if margin is None:
        raise DataError(
            tr(
                "What a customer is worth cannot be said without a margin: set the parameter `margin_rate`, or "
                "`margin_rate` under `economics` in the client file."
            )
        )
    return margin


def plan_costs(
    trials: Mapping[Kind, Trial], *, contact: float | None, offer: float | None, stated: float | None
) -> dict[Kind, Costs]:
    """What a contact and an offer cost, for each kind: as asked for, else as the campaign had it, else as stated.

    Where nothing is known a contact costs nothing here, which makes every sentence about profit too kind.
    """
    found: dict[Kind, Costs] = {}
    for kind in KINDS:
        seen = trials[kind].costs if kind in trials else Costs(contact=stated or 0.0, offer=0.0)
        found[kind] = Costs(
            contact=seen.contact if contact is None else contact, offer=seen.offer if offer is None else offer
        )
    return found


def capacities(
    capacity: int, *, verdicts: Mapping[Kind, Verdict], costs: Mapping[Kind, Costs], budget: float | None
) -> dict[Kind, int]:
    """How many contacts each list may have: `capacity`, and all together no more than the budget pays.

    Lists that are shown to pay come first, then tests to save, then tests to win back. An offer that is taken up costs
    on top of that, and is paid by the yes it comes with.
    """
    order = sorted(KINDS, key=lambda kind: (verdicts[kind] != "pays", KINDS.index(kind)))
    left, found = budget, {}
    for kind in order:
        cost = costs[kind].contact
        most = capacity if left is None or cost <= 0 else min(capacity, floor(left / cost + 1e-9))
        found[kind] = 0 if verdicts[kind] == "does_not_pay" else most
        left = None if left is None else left - found[kind] * cost
    return found


def assumed_effects(p0: float, costs: Costs, *, effects: tuple[float, ...] = ASSUMED) -> pd.DataFrame:
    """For effects that are assumed and not known: from which value on a contact would pay, and the test to show it.

    Returns
    -------
    DataFrame
        `effect` (points), `break_even` (money), `per_arm` (customers in each of two equal arms to find the effect with
        80 % power, two-sided, at a level of 5 %). Effects that do not fit above `p0` are left out.
    """
    rows = [
        {
            "effect": effect,
            "break_even": break_even(p0, p0 + effect, costs),
            "per_arm": int(np.ceil(needed_per_arm(p0, effect) - 1e-9)),
        }
        for effect in effects
        if p0 + effect <= 1
    ]
    return pd.DataFrame(rows, columns=["effect", "break_even", "per_arm"])


def ways_to_grow(
    *,
    new: Estimate | None,
    first_margin: float | None,
    extra: Mapping[Kind, BreakEvenValue],
    worth: Mapping[Kind, float],
) -> pd.DataFrame:
    """What one more customer costs by each way, and the margin they bring within the horizon.

    An extra yes costs V*, the break-even value: the contacts and offers that went to everybody else are its price.

    Parameters
    ----------
    new : Estimate or None
        The cost of a new customer.
    first_margin : float or None
        The margin of a customer's first days; None where not known.
    extra : mapping
        V* of each kind that was tried.
    worth : mapping
        The mean value of a yes of each.

    Returns
    -------
    DataFrame
        `way`, `cost`, `low`, `high` (`high` infinite where an effect is not shown), `worth`.
    """
    rows = []
    if new is not None and first_margin is not None:
        rows.append({"way": NEW, "cost": new.value, "low": new.low, "high": new.high, "worth": first_margin})
    rows += [
        {"way": KEPT if kind == "save" else BACK, "cost": one.value, "low": one.low, "high": one.high}
        | {"worth": worth[kind]}
        for kind, one in extra.items()
    ]
    return pd.DataFrame(rows, columns=["way", "cost", "low", "high", "worth"])
