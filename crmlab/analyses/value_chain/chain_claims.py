"""What was found along the chain and in the firm, as sentences; each holds where there is nothing to find, too."""

from collections.abc import Sequence

import pandas as pd

from crmlab.analyses.value_chain.links import Link
from crmlab.analyses.value_chain.need import Need
from crmlab.analyses.value_chain.offer import Dependence, Mutual
from crmlab.analyses.value_chain.support import Quality, Silos
from crmlab.language import count, interval, listed, number, percent, signed_percent, tr, translated
from crmlab.tables.schema.codes import code_words

SURE_ENOUGH = 0.95


def weakest_claim(ranks: pd.DataFrame, kind: str) -> str:
    """Which link of one kind is the weakest, and how sure that is."""
    own = ranks[ranks["kind"] == kind]
    if own.empty:
        return tr("No {kind} can be measured with these data.", kind=translated(kind))
    first = own.iloc[0]
    said = {
        "kind": translated(kind),
        "name": translated(str(first["name"])),
        "value": percent(first["value"]),
        "sure": percent(first["weakest"], 0),
    }
    if first["weakest"] >= SURE_ENOUGH:
        return tr(
            "By these measures the lowest {kind} is {name} with {value}, in {sure} of the draws of branches.", **said
        )
    rivals = own[own["weakest"] >= 1 - SURE_ENOUGH]["name"].tolist()[1:]
    if not rivals:
        return tr(
            "The lowest {kind} is {name} with {value}, but only in {sure} of the draws of branches: which one is the "
            "weakest cannot be told.",
            **said,
        )
    return tr(
        "The lowest {kind} is {name} with {value}, but only in {sure} of the draws of branches; it may as well be "
        "{rivals}.",
        **said,
        rivals=listed([translated(str(name)) for name in rivals]),
    )


def matrix_claim(table: pd.DataFrame) -> str:
    """Whether any stage goes with any condition."""
    if table.empty:
        return tr("Stages cannot be held against conditions: there are fewer than six branches with both.")
    most = table.sort_values("p").iloc[0]
    said = {
        "n": count(len(table)),
        "stage": translated(str(most["stage"])),
        "condition": translated(str(most["condition"])),
        "r": number(most["r"]),
        "p": number(most["p"], 3),
        "branches": count(most["branches"]),
    }
    if most["p"] <= 1 - SURE_ENOUGH:
        return tr(
            "Of {n} pairs of stage and condition, {stage} and {condition} go together most: r = {r} over {branches} "
            "branches, p = {p} with all pairs looked at together.",
            **said,
        )
    return tr(
        "None of {n} pairs of stage and condition goes together by more than chance over {branches} branches; the "
        "largest, {stage} and {condition}, has r = {r} and p = {p} with all pairs looked at together.",
        **said,
    )


def owners_claim(table: pd.DataFrame, found: Sequence[Link]) -> str:
    """How responsibility is spread."""
    most = table.sort_values(["links", "owner"], ascending=[False, True]).iloc[0]
    lacking = sum(one.estimate is None for one in found)
    return tr(
        "{links} links have {owners} owners; {owner} answers for {most} of them. {lacking} cannot be measured.",
        links=count(len(found)),
        owners=count(len(table)),
        owner=translated(str(most["owner"])),
        most=count(most["links"]),
        lacking=count(lacking),
    )


def gaps_claim(table: pd.DataFrame) -> str:
    """Where performance lies furthest behind importance."""
    if table.empty:
        return tr("Nobody rated importance and performance of the same part of the offer.")
    first = table.iloc[0]
    said = {
        "part": count(float(first["part"])) if str(first["part"]).isdigit() else str(first["part"]),
        "gap": number(first["gap"]),
        "interval": interval(first["low"], first["high"], number),
        "n": count(first["n"]),
        "much": count(int((table["high"] < 0).sum())),
    }
    if first["low"] > 0:
        return tr(
            "Performance lies furthest behind importance in part {part}: {gap} points{interval}, {n} answers. In "
            "{much} parts the firm does more than customers ask for.",
            **said,
        )
    return tr("In no part of the offer does performance lie behind importance by more than chance.")


def dependence_claim(found: Dependence, what: str) -> str:
    """How concentrated the sources are."""
    return tr(
        "{what}: the Herfindahl index is {value}{interval}; {k} equal sources would give {equal}. The largest has "
        "{share}.",
        what=what,
        value=number(found.index.value, 3),
        interval=interval(found.index.low, found.index.high, lambda value: number(value, 3), found.index.level),
        k=count(len(found.table)),
        equal=number(found.equal, 3),
        share=percent(found.table["share"].iloc[0]),
    )


def flows_claim(table: pd.DataFrame) -> str:
    """Who was kept and who is new."""
    row = table.set_index("flow").to_dict("index")
    kept, won, returned = row["kept"], row["won"], row["returned"]
    return tr(
        "Of {before} customers of the year before, {kept} bought again{interval}; of {now} customers of the year, "
        "{won} are new and {returned} came back.",
        before=count(kept["of"]),
        kept=percent(kept["share"]),
        interval=interval(kept["low"], kept["high"]),
        now=count(won["of"]),
        won=percent(won["share"]),
        returned=percent(returned["share"]),
    )


def mutual_claim(found: Mutual) -> str:
    """Whether satisfied customers leave more."""
    both = found.table.set_index(["satisfied", "profitable"])["share"]
    said = {
        "both": percent(both[(True, True)]),
        "r": number(found.correlation.value),
        "interval": interval(found.correlation.low, found.correlation.high, number, found.correlation.level),
        "n": count(found.correlation.n),
    }
    if found.correlation.contains(0.0):
        return tr(
            "{both} of {n} customers are satisfied and leave something; satisfaction and contribution are not shown "
            "to go together (ρ = {r}{interval}).",
            **said,
        )
    return tr(
        "{both} of {n} customers are satisfied and leave something; satisfaction and contribution go together with ρ = "
        "{r}{interval}.",
        **said,
    )


def cycle_claim(table: pd.DataFrame) -> str:
    """Which stage of a sale takes longest."""
    if table.empty:
        return tr("No stage of a sale has ended twice.")
    slow = table.sort_values("typical_days").iloc[-1]
    return tr(
        "The stage that takes longest is {stage}: typically {days} days{interval}, {n} stays; the standard deviation "
        "is {variation} of the mean.",
        stage=code_words(slow["stage"]),
        days=number(slow["typical_days"], 1),
        interval=interval(slow["low"], slow["high"], lambda value: number(value, 1)),
        n=count(slow["n"]),
        variation=percent(slow["variation"], 0),
    )


def silos_claim(found: Silos) -> str:
    """How often tickets are handed on, and what it costs in time."""
    said = {
        "share": percent(found.index.value),
        "interval": interval(found.index.low, found.index.high, percent, found.index.level),
        "n": count(found.index.n),
    }
    if found.longer is None or found.longer.contains(0.0):
        return tr("{share}{interval} of {n} tickets were handed on; that these take longer is not shown.", **said)
    return tr(
        "{share}{interval} of {n} tickets were handed on; their time to the end differs by {longer}{ends} from the "
        "others'.",
        **said,
        longer=signed_percent(found.longer.value, 0),
        ends=interval(found.longer.low, found.longer.high, lambda value: signed_percent(value, 0), found.longer.level),
    )


def quality_claim(found: Quality) -> str:
    """That one index is three, by how it is made."""
    least = found.table.iloc[int(found.table["share"].argmin())]
    return tr(
        "One index of data quality is {mean} as a mean, {product} as a product and {least} as a chain; the weakest "
        "dimension is {dimension}.",
        mean=percent(found.mean),
        product=percent(found.product),
        least=percent(found.least),
        dimension=translated(str(least["dimension"])),
    )


def need_claim(found: Need) -> str:
    """Where the market asks for CRM most, and whether the weights decide it."""
    first = code_words(found.table["region"].iloc[0])
    if found.agreed:
        return tr("The need is greatest in {region}, whichever of the three signs counts double.", region=first)
    return tr(
        "Which region needs it most depends on the weights: with one of the signs counted double it is {firsts}.",
        firsts=listed(map(code_words, dict.fromkeys(found.firsts))),
    )


def link_claim(one: Link) -> str:
    """One link in words."""
    if one.estimate is None:
        return tr("{name}: not known; {lacking}", name=translated(one.name).capitalize(), lacking=one.lacking)
    return tr(
        "{name}, {measure}: {value}{interval}.",
        name=translated(one.name).capitalize(),
        measure=translated(one.measure),
        value=percent(one.estimate.value),
        interval=interval(one.estimate.low, one.estimate.high, percent, one.estimate.level),
    )
