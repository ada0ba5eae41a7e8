"""The goals of CRM and what the branches report of each: before, now, and what the roll-out changed.

Three lists of goals stand in the articles: five objectives of a CRM system, five goals of its users (Burnett 2001, as
cited there) and four outcomes. They name the same few things. Here each measure that branches report monthly is put
under the goals it speaks of, and a goal that no branch reports monthly is listed as what it is: without a baseline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.impact.panel import Flags, Panel, before_and_after, deflated, logs, panel, price_levels
from crmlab.analyses.impact.rollout import rollout_effect
from crmlab.errors import DataError
from crmlab.language import mark

Kind = Literal["change", "points"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that branches report.

    Attributes
    ----------
    label : str
        What it is, in words.
    column, per : str
        Of `kpi_monthly`, and by what it is divided, if anything.
    money : bool
        Whether it is an amount, to be put at constant prices.
    kind : str
        `change`: the effect is relative (on logarithms); `points`: a difference of shares.
    good : int
        1 if more is better, −1 if less is.
    objective, goal, outcome : str
        Under which of the five objectives, of Burnett's goals and of the four outcomes it stands.
    """

    label: str
    column: str
    money: bool
    kind: Kind
    good: int
    objective: str
    goal: str
    outcome: str
    per: str | None = None


KNOW, KEEP, SUCCESS, SPEED, RETURN = (
    mark("know the profitable customers"),
    mark("keep the data in order"),
    mark("measure success"),
    mark("be quick"),
    mark("earn back what it costs"),
)
REVENUE, RELATIONS, PROFIT, SATISFACTION, SAVING = (
    mark("revenue"),
    mark("success of relationships"),
    mark("profit"),
    mark("satisfaction"),
    mark("saving"),
)
KNOWLEDGE, PROFITABILITY, LOYALTY = mark("knowledge"), mark("profitability"), mark("loyalty")

MEASURES = (
    Measure(
        label=mark("cost of a new customer"),
        column="demand_cost",
        per="new_customers",
        money=True,
        kind="change",
        good=-1,
        objective=RETURN,
        goal=SAVING,
        outcome=PROFITABILITY,
    ),
    Measure(
        label=mark("revenue"),
        column="revenue",
        money=True,
        kind="change",
        good=1,
        objective=RETURN,
        goal=REVENUE,
        outcome=PROFITABILITY,
    ),
    Measure(
        label=mark("customers who buy again"),
        column="repeat_rate",
        money=False,
        kind="points",
        good=1,
        objective=KNOW,
        goal=RELATIONS,
        outcome=LOYALTY,
    ),
    Measure(
        label=mark("tickets closed at first contact"),
        column="first_contact_resolution",
        money=False,
        kind="points",
        good=1,
        objective=SPEED,
        goal=SATISFACTION,
        outcome=SATISFACTION,
    ),
    Measure(
        label=mark("measures reported"),
        column="measured",
        money=False,
        kind="points",
        good=1,
        objective=SUCCESS,
        goal=RELATIONS,
        outcome=KNOWLEDGE,
    ),
)
GOALS: Mapping[str, tuple[str, ...]] = {
    "objective": (KNOW, KEEP, SUCCESS, SPEED, RETURN),
    "goal": (REVENUE, RELATIONS, PROFIT, SATISFACTION, SAVING),
    "outcome": (KNOWLEDGE, PROFITABILITY, SATISFACTION, LOYALTY),
}


def outcome(
    kpi: ibis.Table, branches: ibis.Table, economy: ibis.Table | None, measure: Measure, *, until: date
) -> Panel:
    """A measure as a panel: amounts at the prices of the last month."""
    found = panel(kpi, branches, measure.column, per=measure.per, until=until)
    return deflated(found, price_levels(economy, found.months)) if measure.money else found


def scorecard(
    kpi: ibis.Table,
    branches: ibis.Table,
    economy: ibis.Table | None,
    *,
    until: date,
    rng: np.random.Generator,
    counted: Flags | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Every measure that branches report, before, now, and with the effect of going live.

    Several effects are looked at: `p_holm` is corrected for that (Holm 1979).

    Parameters
    ----------
    counted : array of bool, optional
        Which branches, in the order of the panel of the cost of a new customer.

    Returns
    -------
    DataFrame
        `measure`, `objective`, `goal`, `outcome`, `kind`, `money`, `good`, `before`, `after` (means of the year before
        going live and of the same months of the last year, over branches that went live), `effect`, `low`, `high` (a
        relative change, or a difference), `p_value`, `p_holm`. Measures that no branch reports are left out.
    """
    rows = []
    for one in MEASURES:
        if any(name not in kpi.columns for name in (one.column, one.per) if name):
            continue
        try:
            found = outcome(kpi, branches, economy, one, until=until)
            pairs = before_and_after(found, counted)
            effect = rollout_effect(
                logs(found) if one.kind == "change" else found, rng=rng, counted=counted, level=level
            )
        except DataError:
            continue  # too few branches report it
        ends = [effect.value, effect.low, effect.high]
        rows.append(
            {
                **{name: getattr(one, name) for name in ("objective", "goal", "outcome", "kind", "money", "good")},
                "measure": one.label,
                "before": pairs["before"].mean(),
                "after": pairs["after"].mean(),
                **dict(zip(("effect", "low", "high"), np.expm1(ends) if one.kind == "change" else ends, strict=True)),
                "p_value": effect.p_value,
            }
        )
    columns = ["measure", "objective", "goal", "outcome", "kind", "money", "good", "before", "after", "effect"]
    table = pd.DataFrame(rows, columns=[*columns, "low", "high", "p_value"])
    table["p_holm"] = multipletests(table["p_value"], method="holm")[1] if len(table) else []
    return table


def without_baseline(card: pd.DataFrame, kind: Literal["objective", "goal", "outcome"]) -> tuple[str, ...]:
    """The goals of one list that no measure of the scorecard speaks of: nobody can say whether they got better."""
    have = set(card[kind])
    return tuple(name for name in GOALS[kind] if name not in have)
