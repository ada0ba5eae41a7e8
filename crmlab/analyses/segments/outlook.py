"""What was found about what comes next, as sentences made from the numbers; they say where a model is no use."""

import math

import pandas as pd

from crmlab.analyses.segments.holdout import HoldOut
from crmlab.analyses.segments.silence import TimeInState
from crmlab.analyses.segments.transitions import Transitions
from crmlab.analyses.segments.wording import state_name
from crmlab.estimate import Estimate
from crmlab.language import count, interval, percent, points, tr


def transitions_claim(found: Transitions) -> str:
    """What becomes of those at risk within a period."""
    lapse = found.estimate("at_risk", "lapsed")
    stay = found.estimate("at_risk", "at_risk")
    if lapse is None or stay is None:
        return tr("Nobody was at risk in these periods.")
    return tr(
        "Of those at risk when a period began, {stay} were still so when it ended{stay_interval}, {lapse} had "
        "lapsed{lapse_interval}, and {back} were back in touch.",
        stay=percent(stay.value),
        stay_interval=interval(stay.low, stay.high, level=stay.level),
        lapse=percent(lapse.value),
        lapse_interval=interval(lapse.low, lapse.high, level=lapse.level),
        back=percent(1 - stay.value - lapse.value),
    )


def time_claim(found: TimeInState) -> str:
    """Whether how long somebody has been in the state matters for what comes next."""
    state, gap = state_name(found.state), found.difference
    if gap is None:
        return tr("Too few customers were {state} to tell whether it matters how long they had been.", state=state)
    first, last = found.table.iloc[0], found.table.iloc[-1]
    values = {
        "state": state,
        "first": percent(first["value"]),
        "last": percent(last["value"]),
        "gap": points(gap.value),
        "interval": interval(gap.low, gap.high, points, gap.level),
    }
    if gap.contains(0):
        return tr(
            "Of those {state} for no more than one period {first} were back in touch a period later, of those {state} "
            "longest {last}; the difference, {gap}{interval}, may be chance.",
            **values,
        )
    return tr(
        "Of those {state} for no more than one period {first} were back in touch a period later, of those {state} "
        "longest {last}: {gap}{interval}. The state alone does not say what comes next.",
        **values,
    )


def return_claim(share: Estimate) -> str:
    """How many of the lapsed return in a period."""
    return tr(
        "In an average period {share} of those who had lapsed bought again, so lapsed is a guess and not a farewell.",
        share=percent(share.value),
    )


def mix_claim(mix: pd.Series) -> str:
    """What the textbook's long run says of this company."""
    return tr(
        "Taken as a closed chain, today's customers would end as {new} new, {touch} in touch in all, {risk} at risk "
        "and {lapsed} lapsed: a company that nobody joins.",
        new=percent(mix["new"], 0),
        touch=percent(float(mix[["new", "active", "loyal", "returned"]].sum())),
        risk=percent(mix["at_risk"]),
        lapsed=percent(mix["lapsed"]),
    )


def limit_claim(sizes: pd.DataFrame) -> str:
    """Where the number in touch tends to while customers go on coming as they came."""
    row = sizes[sizes["state"] == "in_touch"].iloc[0]
    now, value, low, high = (float(row[name]) for name in ("now", "value", "low", "high"))
    if math.isnan(value):
        return tr("In these periods some customers never left their state, so no size can be told that it tends to.")
    values = {"now": count(now), "size": count(value), "interval": interval(*_ends(low, high), count)}
    if math.isnan(low) or low <= now <= high:
        return tr(
            "If customers go on coming and behaving as they did, {size} will be in touch in the long run{interval}, "
            "beside {now} now: about as many.",
            **values,
        )
    if now > high and int(sizes.loc[sizes["state"] == "new", "value"].sum()) == 0:
        return tr(
            "No new customer came in these periods, so these are a closed group, which only shrinks: while as many "
            "return from having lapsed as did, {size} will be in touch in the long run{interval}, beside {now} now.",
            **values,
        )
    if now > high:
        return tr(
            "If customers go on coming and behaving as they did, {size} will be in touch in the long run{interval}, "
            "beside {now} now: the company is on its way down.",
            **values,
        )
    return tr(
        "If customers go on coming and behaving as they did, {size} will be in touch in the long run{interval}, beside "
        "{now} now: the company is still growing into its inflow.",
        **values,
    )


def hold_out_claim(found: HoldOut) -> str:
    """How well the moves of the past foretold the last periods, against changing nothing."""
    values = {
        "periods": count(found.periods),
        "recency": percent(found.error["recency"]),
        "first_order": percent(found.error["first_order"]),
        "same": percent(found.error["same"]),
    }
    if found.error["recency"] < found.error["same"]:
        return tr(
            "Over the last {periods} periods, which the forecasts did not see, the chain that remembers recency put "
            "{recency} of customers in a wrong state, the chain of states alone {first_order}, and the guess that "
            "nothing changes {same}: remembering recency pays.",
            **values,
        )
    return tr(
        "Over the last {periods} periods, which the forecasts did not see, the chain that remembers recency put "
        "{recency} of customers in a wrong state, the chain of states alone {first_order}, and the guess that nothing "
        "changes {same}: the chain is no better than that guess here, so do not plan with its long run.",
        **values,
    )


def _ends(low: float, high: float) -> tuple[float | None, float | None]:
    return (None, None) if math.isnan(low) else (low, high)
