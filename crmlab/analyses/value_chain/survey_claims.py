"""What the firm's people say, what changed with CRM, and what needs or is helped by support and training, as sentences.

Each holds where there is nothing to find, too.
"""

from collections.abc import Mapping

import pandas as pd
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.value_chain.compare import Compared
from crmlab.analyses.value_chain.sponsorship import Needed
from crmlab.language import count, interval, listed, number, percent, points, tr, trn
from crmlab.tables.schema.codes import code_words


def scales_claim(table: pd.DataFrame) -> str:
    """Which scales are measured, and which may stand for a branch."""
    if table.empty:
        return tr("No scale has two statements.")
    low, high = (table.iloc[int(place)] for place in (table["alpha"].argmin(), table["alpha"].argmax()))
    may = int(table["may_aggregate"].sum())
    return tr(
        "α lies between {low} ({first}) and {high} ({last}). In {may} of {n} scales branches differ by more than "
        "chance; of the others it cannot be told whether a branch's mean says anything of the branch.",
        low=number(low["alpha"]),
        first=code_words(low["scale"]),
        high=number(high["alpha"]),
        last=code_words(high["scale"]),
        may=count(may),
        n=count(len(table)),
    )


def change_claim(found: Mapping[str, Compared]) -> str:
    """What rose more where CRM went live, all scales looked at together (Holm)."""
    if not found:
        return tr("Nothing can be compared: there is one wave of answers, or too few branches of either kind.")
    rose = [code_words(name) for name in _hold_together(found) if found[name].estimate.value > 0]
    n = count(len(found))
    if not rose:
        return tr(
            "On none of {n} scales did live branches rise more than the others by more than chance, all scales looked "
            "at together.",
            n=n,
        )
    return tr(
        "Of {n} scales, live branches rose more than the others on these, all scales looked at together: {rose}.",
        n=n,
        rose=listed(rose),
    )


def scale_change_claim(found: Mapping[str, Compared], name: str) -> str:
    """How much more one scale rose where CRM went live, and whether that holds with all scales looked at together."""
    estimate = found[name].estimate
    said = {
        "scale": code_words(name),
        "rise": number(estimate.value, 2),
        "interval": interval(estimate.low, estimate.high, lambda value: number(value, 2), estimate.level),
        "p": number(found[name].p, 3),
        "n": count(len(found)),
    }
    if name in _hold_together(found):
        return tr(
            "On the scale {scale}, the change where CRM went live less that elsewhere is {rise}{interval} steps of the "
            "answers, p = {p}; it holds with all {n} scales looked at together.",
            **said,
        )
    return tr(
        "On the scale {scale}, the change where CRM went live less that elsewhere is {rise}{interval} steps of the "
        "answers, p = {p} for this scale alone; with all {n} scales looked at together it may be chance.",
        **said,
    )


def _hold_together(found: Mapping[str, Compared]) -> list[str]:
    """What differs by more than chance when all are looked at together (Holm), the surest first."""
    holds = multipletests([one.p for one in found.values()], method="holm")[0]
    return sorted((name for name, sure in zip(found, holds, strict=True) if sure), key=lambda name: found[name].p)


def needed_claim(found: Needed) -> str:
    """Whether support is necessary: one branch without it that did well refutes it."""
    said = {
        "n": count(found.share.n),
        "hits": count(found.did_well),
        "share": percent(found.share.value),
        "interval": interval(found.share.low, found.share.high, percent, found.share.level),
    }
    if found.did_well:
        return trn(
            found.did_well,
            "Of {n} branches with little support {hits} did better than the median, {share}{interval}: it can be done "
            "without, so support is not necessary.",
            "Of {n} branches with little support {hits} did better than the median, {share}{interval}: it can be done "
            "without, so support is not necessary.",
            **said,
        )
    return tr(
        "Of {n} branches with little support none did better than the median{interval}: necessity is not refuted, and "
        "with so few branches not shown either.",
        **said,
    )


def helped_claim(found: Compared, what: str) -> str:
    """Whether support helps."""
    said = {
        "what": what,
        "slope": number(found.estimate.value, 3),
        "interval": interval(
            found.estimate.low, found.estimate.high, lambda value: number(value, 3), found.estimate.level
        ),
        "n": count(found.estimate.n),
        "p": number(found.p, 3),
    }
    if found.estimate.contains(0.0):
        return tr(
            "{what}: {slope} for one standard deviation more support{interval}, {n} branches, p = {p} by permutation. "
            "That support helps cannot be told from these branches; nor that it does not.",
            **said,
        )
    return tr(
        "{what}: {slope} for one standard deviation more support{interval}, {n} branches, p = {p} by permutation.",
        **said,
    )


def trained_claim(found: Compared | None) -> str:
    """Whether training went with more deals won."""
    if found is None:
        return tr(
            "Trained and untrained representatives cannot be compared: too few of either have deals on both sides."
        )
    said = {
        "difference": points(found.estimate.value),
        "interval": interval(found.estimate.low, found.estimate.high, points, found.estimate.level),
        "trained": count(found.groups[0]),
        "others": count(found.groups[1]),
    }
    if found.estimate.contains(0.0):
        return tr(
            "The share of deals won changed by {difference} more among {trained} trained representatives than among "
            "{others} others{interval}: no effect of training shown.",
            **said,
        )
    return tr(
        "The share of deals won changed by {difference} more among {trained} trained representatives than among "
        "{others} others{interval}.",
        **said,
    )
