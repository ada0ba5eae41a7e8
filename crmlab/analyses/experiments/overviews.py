"""Tables for people: readings side by side, the plan of the next test, and its list."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.analyses.experiments.plan import CONTACT, DO_NOTHING, NextTest
from crmlab.estimate import Estimate
from crmlab.language import count, mark, percent, points, tr
from crmlab.trials import detectable

THIRDS = (mark("lowest third"), mark("middle third"), mark("highest third"))


def readings(named: Mapping[str, Estimate]) -> pd.DataFrame:
    """One row for each reading of a test: `reading`, `name` (for people), `value`, `low`, `high`, `n`."""
    names = {
        "intention": tr("everybody as drawn (intention to treat)"),
        "compliers": tr("on those reached (instrument: the draw)"),
        "per_protocol": tr("reached against left alone (per protocol)"),
        "as_treated": tr("reached against all others (as treated)"),
    }
    rows = [
        {"reading": key, "name": names.get(key, key), "value": one.value, "low": one.low, "high": one.high, "n": one.n}
        for key, one in named.items()
    ]
    return pd.DataFrame(rows, columns=["reading", "name", "value", "low", "high", "n"])


def against_truth(table: pd.DataFrame, *, intention: float, compliers: float) -> pd.DataFrame:
    """`readings` with the planted effect that each of them claims to tell: `planted`, and `inside` (a label)."""
    planted = np.where(table["reading"] == "intention", intention, compliers)
    inside = (table["low"] <= planted) & (planted <= table["high"])
    label = np.where(inside, mark("yes"), mark("no"))
    return table[["name", "value", "low", "high"]].assign(planted=planted, inside=label)


def with_stratum(candidates: pd.DataFrame) -> pd.DataFrame:
    """Customers with `stratum`: the third of `value` they are in (the same value is in the same third)."""
    place = candidates["value"].rank(method="max", pct=True)
    third = np.minimum(np.ceil(3 * place - 1e-9).astype(int) - 1, 2)
    return candidates.assign(stratum=np.asarray(THIRDS, dtype=object)[third])


def sizes_and_uplifts(
    baseline: float, *, wanted: float, power: float, alpha: float, most: int = 20_000
) -> pd.DataFrame:
    """The least effect that two equal arms find, from 50 customers in each to `most`: `n`, `uplift` (NaN: none)."""
    n = np.unique(np.geomspace(50, max(most, 100), 50).astype(int))
    seen = [
        detectable(baseline, contact=int(k), do_nothing=int(k), wanted=wanted, power=power, alpha=alpha).uplift
        for k in n
    ]
    return pd.DataFrame({"n": n, "uplift": np.array(seen, dtype=np.float64)})


def plan_table(plan: NextTest, *, who: str, what: str) -> pd.DataFrame:
    """The plan as one would write it down before the test: `item`, `plan`."""
    seen = tr("none") if plan.test.uplift is None else points(plan.test.uplift)
    items = {
        tr("who"): who,
        tr("what counts"): what,
        tr("to be contacted"): count(plan.sizes[CONTACT]),
        tr("to be left alone"): count(plan.sizes[DO_NOTHING]),
        tr("days of contact"): count(plan.contact_days),
        tr("days until the last result"): count(plan.days),
        tr("share expected without contact"): percent(plan.test.baseline),
        tr("least effect that is found"): seen,
        tr("chance to find it"): percent(plan.test.power, None),
        tr("effect worth finding"): points(plan.test.wanted),
        tr("needed in each arm for that"): count(plan.test.needed),
    }
    return pd.DataFrame({"item": list(items), "plan": list(items.values())})


def with_reasons(drawn: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """The customers of the next test with `reason`, a sentence for whoever works through the list."""
    said = {
        CONTACT: tr("Drawn by chance to be contacted: contact this customer, whatever you think of it."),
        DO_NOTHING: tr(
            "Drawn by chance to be left alone for {days} days: do not contact this customer in this campaign.",
            days=count(days),
        ),
    }
    return drawn.assign(reason=drawn["arm"].map(said))
