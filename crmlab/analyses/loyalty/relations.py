"""What was found about calls, trust, products, need and recalls, as sentences made from the numbers."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.analyses.loyalty.calls import Calls
from crmlab.analyses.loyalty.claims import side, told
from crmlab.analyses.loyalty.levers import Chain
from crmlab.analyses.loyalty.products import ByProduct
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, money, number, percent, points, tr, translated, trn
from crmlab.tables.schema.codes import code_words
from crmlab.trials import detectable

ALPHA = 0.05


def calls_claim(found: Calls) -> str:
    """What courtesy calls changed."""
    one = found.planned
    if side(one) > 0:
        return tr("Those who were to be called bought more often: by {told}, reached or not.", told=told(one, points))
    if side(one) < 0:
        return tr("Those who were to be called bought less often: {told}, reached or not.", told=told(one, points))
    return tr("An effect of calling cannot be told from none: {told}.", told=told(one, points))


def reached_claim(found: Calls) -> str:
    """The effect on those reached, and the comparison that looks like it."""
    if found.reached is None or found.as_treated is None:
        return tr("Whom the calls reached is not known.")
    return tr(
        "On those reached the effect of a call is {told}. Comparing the reached with everybody else gives {wrong}, "
        "which is no effect: who picks up was not decided by chance.",
        told=told(found.reached, points),
        wrong=points(found.as_treated),
    )


def consent_claim(one: Estimate) -> str:
    """Whether trust goes with consent."""
    if side(one) == 0:
        return tr("That trust goes with consent to be contacted is not shown: {told}.", told=told(one, points))
    more = tr("more") if side(one) > 0 else tr("less")
    return tr(
        "Those who trust most agree to be contacted {more} often than those who trust least: {told}.",
        more=more,
        told=told(one, points),
    )


def price_claim(one: Estimate) -> str:
    """Whether price decides less where there is trust."""
    if side(one) == 0:
        return tr(
            "That price decides less for those who trust is not shown: of ten points of discount, least trust less "
            "most, {told}.",
            told=told(one, points),
        )
    word = tr("more") if side(one) > 0 else tr("less")
    return tr(
        "Ten points of discount add {word} to buying for those who trust least than for those who trust most: {told}.",
        word=word,
        told=told(one, points),
    )


def levers_claim(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which lever goes with satisfaction, and what that is not."""
    off_zero = table[(table["low"] > 0) | (table["high"] < 0)]
    shown = [names.get(lever, lever) for lever in off_zero["lever"]]
    most = table.iloc[0]
    return tr(
        "Together they explain {r2} of the variance of satisfaction; the largest share, {share}, goes to {lever}. "
        "With an interval off zero: {shown}. None of it says what pulling a lever would do.",
        r2=percent(table["shapley"].sum()),
        share=percent(most["shapley"]),
        lever=names.get(most["lever"], most["lever"]),
        shown=listed(shown) if shown else tr("none"),
    )


def chain_claim(found: Chain, where: str) -> str:
    """How much goes through satisfaction, and how little would undo it."""
    if side(found.through) == 0:
        return tr(
            "{where}: that trust keeps customers through satisfaction is not shown: {told} a point of trust.",
            where=where,
            told=told(found.through, points),
        )
    return tr(
        "{where}: a point of trust goes with {told} of staying through satisfaction. It is nothing at all if what "
        "was left out moves satisfaction and staying together with a correlation of {breaks}.",
        where=where,
        told=told(found.through, points),
        breaks=number(found.breaks_at),
    )


def products_claim(found: ByProduct) -> str:
    """Whether products differ."""
    if found.p > ALPHA:
        return tr("That products differ in satisfaction is not shown (p {p}).", p=number(found.p, 3))
    return tr(
        "Products differ with a standard deviation of {between} points, {share} of the variance of an answer. Their "
        "raw means run over {raw} points, most of it chance; drawn to the mean of all, over {shrunk}.",
        between=number(found.between),
        share=percent(found.share),
        raw=number(np.ptp(found.table["raw"])),
        shrunk=number(np.ptp(found.table["shrunk"])),
    )


def volume_claim(one: Estimate) -> str:
    """Whether much buying goes with satisfaction."""
    if side(one) == 0:
        return tr(
            "Who buys more is neither more nor less satisfied, as far as can be told: rank correlation {told}.",
            told=told(one, number),
        )
    word = tr("more") if side(one) > 0 else tr("less")
    return tr("Who buys more is {word} satisfied: rank correlation {told}.", word=word, told=told(one, number))


def mutual_claim(table: pd.DataFrame) -> str:
    """How many relations are good for both."""
    said = [
        f"{translated(row['quadrant'])}: {percent(row['share'])}{interval(row['low'], row['high'])}"
        for row in table.to_dict(orient="records")
    ]
    return tr("Of those who answered, {said}.", said=listed(said, strong=True))


def need_claim(table: pd.DataFrame) -> str:
    """Which region comes first, and how much of that is the weights."""
    first = table.iloc[0]
    moving = int((table["best"] < table["worst"]).sum())
    return tr(
        "With equal weights {region} comes first; over all weights it does in {share} of the draws. {moving} of {n} "
        "regions change their place with the weights.",
        region=code_words(first["region"]),
        share=percent(first["first"]),
        moving=count(moving),
        n=count(len(table)),
    )


def follows_claim(found: tuple[float, float] | None, n: int) -> str:
    """Whether the firm's approaches follow competition."""
    if found is None:
        return tr("Whether the firm's approaches follow competition cannot be told from {n} regions.", n=count(n))
    made = {"rho": number(found[0]), "p": number(found[1], 3), "n": count(n)}
    if found[1] > ALPHA:
        return tr(
            "That approaches follow competition is not shown: over {n} regions their rank correlation with "
            "concentration is {rho} (p {p}).",
            **made,
        )
    word = tr("more") if found[0] < 0 else tr("fewer")
    return tr(
        "Where there is more choice a customer gets {word} approaches: over {n} regions the rank correlation with "
        "concentration is {rho} (p {p}).",
        word=word,
        **made,
    )


def recall_claim(one: Estimate, currency: str, where: str) -> str:
    """What a recall may cost a customer."""

    def shown(value: float) -> str:
        return money(value, currency, 0)

    if side(one) <= 0:
        return tr(
            "{where}: nothing to be saved by a recall is shown, {told} a customer.", where=where, told=told(one, shown)
        )
    return tr("{where}: a recall may cost up to {told} a customer.", where=where, told=told(one, shown))


def listed_claim(found: int, suppressed: int, held: int) -> str:
    """How many are on the list, may not be contacted, and are left alone."""
    return trn(
        found,
        "{n} customer stayed though hardly satisfied where there is no choice and may be contacted; {suppressed} "
        "more have not agreed to it and are not on the list. Left alone by chance: {held}.",
        "{n} customers stayed though hardly satisfied where there is no choice and may be contacted; {suppressed} "
        "more have not agreed to it and are not on the list. Left alone by chance: {held}.",
        n=count(found),
        suppressed=count(suppressed),
        held=count(held),
    )


def measurable_claim(listed: pd.DataFrame, *, wanted: float = 0.1) -> str:
    """What the hold-out of the list can tell.

    Parameters
    ----------
    listed : DataFrame
        `arm` (`contact` or `do_nothing`) and `purchases` of the last year.
    wanted : float
        The difference one would like to see.
    """
    called, left = int((listed["arm"] == "contact").sum()), int((listed["arm"] != "contact").sum())
    if not called or not left:
        return tr("Nobody is left alone, so what contacts do cannot be measured.")
    baseline = float((listed["purchases"] > 0).mean())
    seen = detectable(baseline, contact=called, do_nothing=left, wanted=wanted)
    if seen.uplift is None:
        return tr(
            "With {left} left alone no effect of contacts can be measured; {wanted} more who buy would take {needed} "
            "in each arm. Keep the list running until there are as many.",
            left=count(left),
            wanted=points(wanted),
            needed=count(seen.needed),
        )
    return tr(
        "With {left} left alone an effect can be measured from {uplift} on; {wanted} would take {needed} in each arm.",
        left=count(left),
        uplift=points(seen.uplift),
        wanted=points(wanted),
        needed=count(seen.needed),
    )
