"""What was found about CRM in this firm, as sentences made from the numbers."""

import pandas as pd

from crmlab.analyses.orientation.attention import Attention
from crmlab.analyses.orientation.definitions import Definitions
from crmlab.analyses.orientation.goals import Goal
from crmlab.analyses.orientation.programmes import PROGRAMMES, Programme
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, number, percent, points, tr, translated, trn


def definitions_claim(found: Definitions) -> str:
    """How far the definitions agree."""
    return tr(
        "Of {n} definitions {complete} rest on technology, process and strategy together. Of {pairs} pairs {apart} "
        "have none of the three in common, and they name {whom} different groups whose relations are meant.",
        n=count(len(found.table)),
        complete=count(found.complete),
        pairs=count(found.pairs),
        apart=count(found.apart),
        whom=count(found.whom),
    )


def contact_list_claim(table: pd.DataFrame) -> str:
    """How many of the suite's questions a list of contacts could answer."""
    contacts, _, held = (int(table[name].sum()) for name in table.columns[1:])
    return tr(
        "Of the {n} questions of this suite, a list of contacts can answer {contacts}; the tables of this client are "
        "there for {held}.",
        n=count(len(table)),
        contacts=count(contacts),
        held=count(held),
    )


def budget_claim(found: tuple[Programme, ...]) -> str:
    """Where the budget went."""
    if not found:
        return tr("No campaign names its type of programme.")
    most = max(found, key=lambda one: one.cost)
    return tr(
        "Of what campaigns cost, {share} went into {programme}. Types of programme that were run: {n} of {all}.",
        share=percent(most.share_of_budget),
        programme=translated(most.programme.replace("_", " ")),
        n=count(len(found)),
        all=count(len(PROGRAMMES)),
    )


def effect_claim(one: Programme) -> str:
    """What one type of programme changed, as far as chance lets it be told."""
    name = translated(one.programme.replace("_", " ")).capitalize()
    if one.effect is None:
        return tr(
            "{programme}: no campaign left customers alone by chance, so its effect cannot be told.", programme=name
        )
    value, ends = points(one.effect.value), interval(one.effect.low, one.effect.high, points)
    if one.effect.contains(0.0):
        return tr(
            "{programme}: an effect cannot be told from none: {value}{interval}.",
            programme=name,
            value=value,
            interval=ends,
        )
    if one.effect.value > 0:
        return tr(
            "{programme}: those approached responded more often by {value}{interval}.",
            programme=name,
            value=value,
            interval=ends,
        )
    return tr(
        "{programme}: those approached responded less often: {value}{interval}.",
        programme=name,
        value=value,
        interval=ends,
    )


def without_campaigns() -> str:
    """That campaigns are not known."""
    return tr("What was spent on whom is not known: the tables `campaigns` and `contacts` are not both there.")


def without_contacts() -> str:
    """That who was approached is not known."""
    return tr(
        "Who was approached is not known: the table `contacts` is not there or empty, or too few customers bought in "
        "the year before."
    )


def attention_claim(found: Attention) -> str:
    """Whether the more valuable are approached more often."""
    least, most = found.table.iloc[0], found.table.iloc[-1]
    shares = {"most": percent(most["share"]), "least": percent(least["share"])}
    if most["low"] > least["high"]:
        return tr(
            "Of the most valuable fifth {most} were approached, of the least valuable {least}: attention follows "
            "value.",
            **shares,
        )
    if most["high"] < least["low"]:
        return tr(
            "Of the most valuable fifth {most} were approached, of the least valuable {least}: attention runs against "
            "value.",
            **shares,
        )
    return tr(
        "Of the most valuable fifth {most} were approached, of the least valuable {least}: whether attention follows "
        "value cannot be told from these numbers.",
        **shares,
    )


def measured(one: Goal) -> str:
    """One goal's measure in words with its number, or what it lacks."""
    if one.estimate is None:
        return tr("{measure}: not known, for it needs {lacking}", measure=one.measure, lacking=one.lacking)
    form = percent if one.unit == "share" else number
    return tr(
        "{measure}: {value}{interval}",
        measure=one.measure,
        value=form(one.estimate.value),
        interval=interval(one.estimate.low, one.estimate.high, form),
    )


def goal_claim(one: Goal) -> str:
    """One goal's measure, or what it lacks."""
    return tr("To {goal}: {measured}.", goal=translated(one.goal), measured=measured(one))


def goals_claim(found: tuple[Goal, ...]) -> str:
    """How many of the goals can be followed."""
    lacking = [translated(one.goal) for one in found if one.estimate is None]
    have = count(len(found) - len(lacking))
    if not lacking:
        return tr("All five goals can be measured with the tables of this client.")
    return tr(
        "{have} of the five goals can be measured with the tables of this client; not so: {lacking}.",
        have=have,
        lacking=listed(lacking),
    )


def ready_claim(ready: Estimate) -> str:
    """How many of the suite's questions the data can support."""
    return tr(
        "Of the {n} questions of this suite, the data can support {ready}.", n=count(ready.n), ready=count(ready.value)
    )


def missing_claim(missing: pd.DataFrame) -> str:
    """What to ask the client for first."""
    if missing.empty:
        return tr("Every table and column that this suite asks for is there.")
    first = missing.iloc[0]
    return trn(
        int(first["questions"]),
        "Ask for {table} first: {n} question waits for it.",
        "Ask for {table} first: {n} questions wait for it.",
        table=f"`{first['table']}`",
        n=count(first["questions"]),
    )
