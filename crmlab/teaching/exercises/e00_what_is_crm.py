"""Exercises of 00: what definitions rest on, what data can answer, where the budget goes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab import suite
from crmlab.analyses import orientation
from crmlab.client import Client
from crmlab.display import Unit
from crmlab.language import mark, tr, translated
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise

MOST_DRAWS = 200
PROGRAMMES = (mark("prospecting"), mark("loyalty"), mark("growth"), mark("win-back and save"))


@exercise("00.1")
def resting_on_strategy(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Which of six definitions rest on strategy, by the codes that come with them."""
    table = orientation.definitions().table
    chosen = table.iloc[np.sort(rng.permutation(len(table))[:6])]
    coded = {view: frozenset(chosen.loc[chosen[view], "id"]) for view in orientation.VIEWS}
    hints = {
        "technology": tr("Those rest on technology: they say with what it is done. Who is to be served, and for what?"),
        "process": tr("Those rest on process: they say how it is done. Who is to be served, and for what?"),
    }
    shown = chosen[["id", "wording"]].assign(wording=chosen["wording"].map(translated))
    return Task(
        given=(Given("definitions", shown, tr("Six definitions of CRM."), headings={"id": ""}),),
        answer=coded["strategy"],
        expects=tr("the ids of the definitions that rest on strategy, such as ['D2', 'D9']"),
        wrong=tuple(Wrong(coded[view], hint) for view, hint in hints.items()),
    )


@exercise("00.2")
def answered_by(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Which notebooks can run on a few tables of which not every column is there."""
    needs = {one.number: one.needs for one in suite.notebooks()}
    tables, able, named = _some_tables(needs, rng)
    shown = pd.DataFrame([{"table": name, "columns": ", ".join(columns)} for name, columns in tables.items()])
    forgotten = tr("A table that is there is not enough: see whether the columns that a notebook needs are there too.")
    everything = tr("See with `crmlab list` which tables each notebook needs; some of them are not here.")
    return Task(
        given=(Given("tables", shown, tr("What a firm has, table by table."), headings={"table": tr("table")}),),
        answer=frozenset(able),
        expects=tr("the numbers of the notebooks whose tables and columns are there, such as ['02', '05']"),
        wrong=(Wrong(named, forgotten), Wrong(frozenset(needs), everything)),
    )


@exercise("00.3")
def share_of_the_budget(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Which share of another firm's budget one type of programme takes, contacts and fixed cost together."""
    campaigns = pd.DataFrame(
        {
            "campaign": [f"K{number}" for number in range(1, 9)],
            "programme": rng.permutation(np.repeat(PROGRAMMES, 2)),
            "fixed_cost": rng.integers(2, 20, size=8) * 1000.0,
            "contacts": rng.integers(2, 40, size=8) * 100,
            "cost_per_contact": rng.integers(1, 9, size=8) * 1.0,
        }
    )
    asked = str(rng.choice(PROGRAMMES))
    own = campaigns["programme"] == asked
    variable = campaigns["contacts"] * campaigns["cost_per_contact"]
    cost = campaigns["fixed_cost"] + variable
    units: dict[str, Unit] = {
        "programme": "label",
        "contacts": "count",
        "fixed_cost": "money",
        "cost_per_contact": "money",
    }
    return Task(
        given=(
            Given("programme", asked, tr("programme"), "label"),
            Given("campaigns", campaigns, tr("Campaigns of another firm, in euros."), units=units),
        ),
        answer=float(cost[own].sum() / cost.sum()),
        tolerance=absolute(0.001),
        expects=tr("a share of the whole budget, between 0 and 1"),
        wrong=(
            Wrong(float(variable[own].sum() / variable.sum()), tr("The fixed cost of each campaign is missing.")),
            Wrong(
                float(campaigns.loc[own, "fixed_cost"].sum() / campaigns["fixed_cost"].sum()), tr("Contacts cost too.")
            ),
            Wrong(
                float(campaigns.loc[own, "contacts"].sum() / campaigns["contacts"].sum()),
                tr("That is a share of the contacts; the budget is money."),
            ),
            Wrong(float(cost[own].sum() / cost[~own].sum()), tr("You divided by the other programmes, not by all.")),
        ),
    )


def _some_tables(
    needs: Mapping[str, Mapping[str, list[str]]], rng: np.random.Generator
) -> tuple[dict[str, list[str]], set[str], frozenset[str]]:
    """Tables with a column missing, the notebooks they suffice for, and those whose tables alone are there.

    Drawn again until these differ and some notebook can run; the last draw stands where no draw does that.
    """
    tables: dict[str, list[str]] = {}
    able: set[str] = set()
    named: frozenset[str] = frozenset()
    for _ in range(MOST_DRAWS):
        tables = _draw(needs, rng)
        able = {number for number, need in needs.items() if _holds(need, tables)}
        named = frozenset(number for number, need in needs.items() if set(need) <= set(tables))
        if able and able != named:
            break
    return tables, able, named


def _draw(needs: Mapping[str, Mapping[str, list[str]]], rng: np.random.Generator) -> dict[str, list[str]]:
    """Transactions and up to four other tables that some notebook needs, one of them without one of its columns."""
    columns: dict[str, set[str]] = {}
    for need in needs.values():
        for name, wanted in need.items():
            columns.setdefault(name, set()).update(wanted)
    others = sorted(set(columns) - {"transactions"})
    chosen = ["transactions", *(str(name) for name in rng.permutation(others)[:4])]
    held = {name: sorted(columns[name]) for name in chosen}
    spoiled = str(rng.choice(chosen))
    dropped = str(rng.choice(held[spoiled]))
    held[spoiled] = [name for name in held[spoiled] if name != dropped]
    return held


def _holds(need: Mapping[str, list[str]], tables: Mapping[str, list[str]]) -> bool:
    return all(set(columns) <= set(tables.get(name, ())) for name, columns in need.items())
