"""What was found about states and who moves between them, as sentences made from the numbers.

A sentence says what the interval allows: in a company where nothing changes it says that nothing did.
"""

import pandas as pd

from crmlab.analyses.segments.household import Crossed, Household
from crmlab.analyses.segments.rfm import Rfm
from crmlab.analyses.segments.rules import IN_TIME, NEARLY_ALL, Rules
from crmlab.analyses.segments.states import PROSPECT
from crmlab.analyses.segments.usual import Moves, Range
from crmlab.analyses.segments.wording import measure_name
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, number, percent, tr, trn

CLEAR = 0.05  # below it chance alone seldom makes so strong an association


def rules_claim(rules: Rules) -> str:
    """The limits between the states, in words."""
    return tr(
        "In touch: the last purchase is at most {active} days ago. At risk: more than {active} and at most {lapsed}. "
        "Lapsed: more than {lapsed}. Loyal: in touch, with {loyal} purchases or more in the last {lapsed} days.",
        active=count(rules.active_days),
        lapsed=count(rules.lapsed_days),
        loyal=count(rules.loyal_purchases),
    )


def source_claim(rules: Rules, *, closed: int) -> str:
    """Where the limits come from."""
    gaps, soon, most = count(closed), percent(IN_TIME, 0), percent(NEARLY_ALL, 0)
    if rules.source == "set by hand":
        return tr("These limits were set by hand, not taken from the data.")
    if rules.source == "gaps":
        return tr(
            "The limits come from {gaps} gaps between purchases that ended, open gaps allowed for: by the first limit "
            "{soon} of the returns that this history shows have happened, by the second {most}; each state lasts a "
            "period at least.",
            gaps=gaps,
            soon=soon,
            most=most,
        )
    return tr(
        "The limits come from {gaps} gaps between purchases that ended, open gaps allowed for: by the first limit "
        "{soon} of the returns that this history shows have happened. The second, by which {most} would have, was cut "
        "to half the history, for otherwise hardly anybody could have lapsed; so more of the lapsed return than the "
        "word suggests.",
        gaps=gaps,
        soon=soon,
        most=most,
    )


def states_claim(in_touch: Estimate, at_risk: Estimate) -> str:
    """How many of the customers are in touch and at risk."""
    return tr(
        "Of {n} customers who ever bought, {touch} are in touch{touch_interval} and {risk} at risk{risk_interval}; "
        "the others have lapsed.",
        n=count(in_touch.n),
        touch=percent(in_touch.value),
        touch_interval=interval(in_touch.low, in_touch.high, level=in_touch.level),
        risk=percent(at_risk.value),
        risk_interval=interval(at_risk.low, at_risk.high, level=at_risk.level),
    )


def customers_claim(known: Estimate) -> str:
    """How many customers there are to speak of."""
    return trn(
        known.value,
        "{n} customer has bought so far.",
        "{n} customers have bought so far.",
        n=count(known.value),
    )


def in_touch_claim(share: Estimate) -> str:
    """The share of customers in touch, for a finding that shows the interval beside it."""
    return tr(
        "{share} of {n} customers are in touch: their last purchase is recent.",
        share=percent(share.value),
        n=count(share.n),
    )


def at_risk_claim(share: Estimate) -> str:
    """The share at risk, for a finding."""
    return tr(
        "{share} of {n} customers are at risk: silent for longer than most gaps last, and not yet counted as lapsed.",
        share=percent(share.value),
        n=count(share.n),
    )


def prospects_claim(states: pd.DataFrame, *, has_customers: bool) -> str:
    """Whether there are people known who never bought."""
    prospects = int((states["state"] == PROSPECT).sum())
    if not has_customers:
        return tr(
            "Nobody can be told to be a prospect: that takes a customers table with people who have not bought yet, "
            "and this client has none."
        )
    return trn(
        prospects,
        "{n} person in the customers table has not bought yet: a prospect.",
        "{n} people in the customers table have not bought yet: prospects.",
        n=count(prospects),
    )


def bins_claim(scored: Rfm) -> str:
    """What ties did to the scores."""
    wanted = count(scored.n_bins)
    if not scored.collapsed:
        return tr("Customers with equal values share a score; all {n} scores of each measure are in use.", n=wanted)
    said = [
        tr(
            "{measure} {used} of {n} (one score holds {largest} of customers)",
            measure=measure_name(str(row["measure"])),
            used=count(row["used"]),
            n=wanted,
            largest=percent(row["largest"], 0),
        )
        for row in scored.bins.to_dict(orient="records")
        if row["used"] < scored.n_bins
    ]
    return tr(
        "Customers with equal values share a score, so ties leave some scores empty. Scores in use: {measures}.",
        measures=listed(said, strong=True),
    )


def bridge_claim(bridge: pd.DataFrame) -> str:
    """How those in touch became those in touch a period later, in numbers that add up."""
    last = bridge.iloc[-1]
    return tr(
        "Last period {before} customers were in touch when it began: {slipped} slipped away and {kept} stayed; {new} "
        "came for the first time and {returned} came back, which makes {after} in touch when it ended.",
        before=count(last["before"]),
        slipped=count(last["slipped"]),
        kept=count(last["kept"]),
        new=count(last["new"]),
        returned=count(last["returned"]),
        after=count(last["after"]),
    )


def moves_claim(found: Moves) -> str:
    """How many moved to at risk in the last period, and whether that is more than usual."""
    share, usual = found.share, found.usual_share
    if share.n == 0:
        return tr("Nobody was in touch when the last period began, so nobody could move to at risk.")
    values = {
        "moved": count(found.moved.value),
        "n": count(share.n),
        "share": percent(share.value),
    }
    if usual is None:
        return tr(
            "{moved} of {n} customers in touch moved to at risk in the last period, {share}; there are too few earlier "
            "periods to say whether that is usual.",
            **values,
        )
    values |= _range_words(usual)
    match _against(share.value, usual):
        case "more":
            return tr(
                "{moved} of {n} customers in touch moved to at risk in the last period, {share}: more than usual "
                "(a period like the {periods} before it would show {low} to {high}).",
                **values,
            )
        case "less":
            return tr(
                "{moved} of {n} customers in touch moved to at risk in the last period, {share}: fewer than usual "
                "(a period like the {periods} before it would show {low} to {high}).",
                **values,
            )
        case _:
            return tr(
                "{moved} of {n} customers in touch moved to at risk in the last period, {share}: no more and no less "
                "than usual (a period like the {periods} before it would show {low} to {high}).",
                **values,
            )


def share_moving_claim(found: Moves) -> str:
    """The share who moved to at risk, beside the middle of the earlier periods."""
    share, usual = found.share, found.usual_share
    if share.n == 0:
        return tr("Nobody was in touch when the last period began, so nobody could move to at risk.")
    if usual is None:
        return tr(
            "{share} of those in touch when the last period began were at risk when it ended.",
            share=percent(share.value),
        )
    return tr(
        "{share} of those in touch when the last period began were at risk when it ended; in the middle of the "
        "{periods} periods before it {middle} were.",
        share=percent(share.value),
        periods=count(usual.periods),
        middle=percent(usual.middle),
    )


def brink_claim(found: Moves) -> str:
    """How many had to buy to stay in touch, and how many of them did not: whether customers behave as before."""
    share, usual = found.not_bought, found.usual_not_bought
    if share is None:
        return tr("In the last period nobody had to buy to stay in touch.")
    values = {"n": count(share.n), "share": percent(share.value)}
    if usual is None:
        return tr(
            "{n} customers had to buy in the last period to stay in touch, and {share} of them did not; there are too "
            "few earlier periods to say whether that is usual.",
            **values,
        )
    values |= _range_words(usual)
    match _against(share.value, usual):
        case "more":
            return tr(
                "{n} customers had to buy in the last period to stay in touch, and {share} of them did not, more than "
                "usual ({low} to {high}): customers return less readily than before.",
                **values,
            )
        case "less":
            return tr(
                "{n} customers had to buy in the last period to stay in touch, and {share} of them did not, less than "
                "usual ({low} to {high}): customers return more readily than before.",
                **values,
            )
        case _:
            return tr(
                "{n} customers had to buy in the last period to stay in touch, and {share} of them did not, as usual "
                "({low} to {high}): nothing says that customers behave otherwise than before.",
                **values,
            )


def household_missing_claim(missing: tuple[str, ...], *, has_customers: bool) -> str:
    """Which columns are missing to tell the household life stage."""
    if not has_customers:
        return tr(
            "The household life stage cannot be told: there is no customers table; one with these columns would do: "
            "{columns}.",
            columns=listed(map(_column_name, missing)),
        )
    return tr(
        "The household life stage cannot be told: name in the client file which columns of the customers table hold "
        "these: {columns}.",
        columns=listed(f"{_column_name(name)} ({name})" for name in missing),
    )


def household_claim(crossed: Crossed, household: Household) -> str:
    """Whether the household stage says anything about the state of the customer."""
    if crossed.association != crossed.association:
        return tr(
            "Both stages are known of {n} customers, too much alike to compare; of {unknown} in the customers table "
            "the household stage is not known.",
            n=count(crossed.n),
            unknown=count(household.unknown),
        )
    values = {
        "n": count(crossed.n),
        "v": number(crossed.association),
        "unknown": count(household.unknown),
        "p": number(crossed.p_value, 3),
    }
    if crossed.p_value < CLEAR:
        return tr(
            "Among {n} customers the household stage goes with the state of the customer to a degree of {v} (Cramér's "
            "V: 0 not at all, 1 fully), more than chance makes (p = {p}): related, and still two things. Of {unknown} "
            "in the customers table the household stage is not known.",
            **values,
        )
    return tr(
        "Among {n} customers the household stage says nothing about the state of the customer beyond chance (Cramér's "
        "V {v}, 0 not at all, 1 fully; p = {p}): two different things. Of {unknown} in the customers table the "
        "household stage is not known.",
        **values,
    )


def _column_name(name: str) -> str:
    words = {
        "birth_date": tr("date of birth"),
        "marital_status": tr("marital status"),
        "children": tr("number of children"),
    }
    return words.get(name, name)


def _range_words(usual: Range) -> dict[str, str]:
    return {"periods": count(usual.periods), "low": percent(usual.low), "high": percent(usual.high)}


def _against(share: float, usual: Range) -> str:
    if share > usual.high:
        return "more"
    return "less" if share < usual.low else "usual"
