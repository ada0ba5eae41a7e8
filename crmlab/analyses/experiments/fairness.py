"""Whether a comparison is fair, as sentences made from the numbers."""

import pandas as pd

from crmlab.analyses.experiments.checks import STEADY, SampleRatio
from crmlab.language import count, interval, listed, number, percent, points, tr, translated, trn
from crmlab.tables.schema.codes import code_words


def chosen_claim(table: pd.DataFrame) -> str:
    """How unlike the arms were before anything was done, where chance decided and where somebody chose."""
    apart = (table["before_low"] > 0) | (table["before_high"] < 0)
    chance = table["randomised"].astype(bool)
    parts = []
    for inside, sentence in (
        (~chance, "chosen"),
        (chance, "chance"),
    ):
        if not inside.any():
            continue
        told = {"apart": count((apart & inside).sum()), "n": count(inside.sum())}
        if sentence == "chosen":
            parts.append(tr("Where somebody chose, the arms differed before the campaign in {apart} of {n}.", **told))
        else:
            parts.append(tr("Where chance decided, the arms differed before the campaign in {apart} of {n}.", **told))
    return " ".join(parts) or tr("No campaign has two arms to compare.")


def chosen_effect_claim(row: pd.Series) -> str:
    """One campaign whose customers somebody chose: the difference after it, and the one that was there before."""
    return (
        tr(
            "{name}: the approached responded more often by {after}{interval}, but had bought more often by {before} "
            "in as many days before it. The comparison cannot say what the campaign did.",
            name=row["name"],
            after=points(row["value"]),
            interval=interval(row["low"], row["high"], points),
            before=points(row["before"]),
        )
        if row["before_low"] > 0
        else tr(
            "{name}: the difference was {after}{interval}; in as many days before it, it was {before}. Nobody knows in "
            "what else the chosen differ.",
            name=row["name"],
            after=points(row["value"]),
            interval=interval(row["low"], row["high"], points),
            before=points(row["before"]),
        )
    )


def ratio_claim(found: SampleRatio | None) -> str:
    """Whether the arms of the test that is read are as large as planned."""
    if found is None:
        return tr("How many of this campaign were to be left alone is not known: lost customers would not be noticed.")
    return tr(
        "The arms of this test hold {treated} and {control} customers where {wanted} and {others} were planned; chance "
        "makes a gap as large in {p} of tests.",
        treated=count(found.observed[0]),
        control=count(found.observed[1]),
        wanted=count(found.expected[0]),
        others=count(found.expected[1]),
        p=percent(found.p),
    )


def ratios_claim(table: pd.DataFrame) -> str:
    """How many tests have the arms they were planned with."""
    broken = list(table.loc[table["fair"] == "broken", "campaign_id"])
    checked = int(table["p"].notna().sum())
    if not checked:
        return tr("Nobody wrote down how many were to be left alone, so lost customers would not be noticed.")
    if broken:
        return tr(
            "Of {n} tests with a known plan {broken} have arms that chance does not explain: {names}.",
            n=count(checked),
            broken=count(len(broken)),
            names=listed(broken),
        )
    return trn(
        checked,
        "The one test with a known plan has the arms it was planned with, as far as chance goes.",
        "All {n} tests with a known plan have the arms they were planned with, as far as chance goes.",
        n=count(checked),
    )


def known_words(what: str) -> str:
    """A row of `balance` in words: a column, or a column and the value that it is a flag of."""
    for column in STEADY:
        if what.startswith(f"{column}_"):
            code = what.removeprefix(f"{column}_")
            return tr("{column}: {code}", column=translated(column.replace("_", " ")), code=code_words(code))
    return translated(what.replace("_", " "))


def balance_claim(table: pd.DataFrame, level: float = 0.95) -> str:
    """Whether the arms were alike in what was known before."""
    if table.empty:
        return tr("Nothing was known of these customers before the test.")
    most = table.iloc[int(table["difference"].abs().to_numpy().argmax())]
    told = {
        "n": count(len(table)),
        "most": number(abs(float(most["difference"])), 3),
        "what": known_words(str(most["what"])),
    }
    if (table["p_holm"] < 1 - level).any():
        return tr(
            "Of {n} things known before, the arms differ in at least one more than chance explains; most in {what}, by "
            "{most} standard deviations. Find out how the arms were drawn before you read on.",
            **told,
        )
    return tr(
        "Of {n} things known before, the arms differ in none more than chance explains; most in {what}, by {most} "
        "standard deviations.",
        **told,
    )
