"""What can be known about each list: its arms, its baseline, the least uplift a test can see, and what pays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.actions.baseline import Baseline, Horizon, baselines, bought_between
from crmlab.analyses.actions.breakeven import BreakEven, break_even
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, MOST_HELD_OUT, held_out
from crmlab.analyses.actions.plan import Plan, contact_plan
from crmlab.analyses.actions.situations import (
    CONTACTED,
    FACTS,
    situations,
    standings_from_gaps,
    standings_from_states,
)
from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.trials import Detectable, detectable

NO_LIMIT = 1.0
NOBODY = pd.DataFrame({name: [] for name in [*FACTS, "limit_days", "status"]}).astype({"value": float})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What somebody decided, and could have decided otherwise.

    Attributes
    ----------
    top_share, valuable_share : float
        The cuts by value to date.
    overdue_factor : float
        Multiplies each customer's own limit; 1 is notebook 05's rule.
    holdout : float
        Share of each list that is left alone.
    wanted : float
        The uplift worth finding, as a difference of shares.
    power, alpha, level : float
        Of the test, and of the intervals.
    margin_rate, contact_cost, contact_budget : float or None
        As the client gave them; None has no default.
    """

    top_share: float = 0.2
    valuable_share: float = 0.5
    overdue_factor: float = NO_LIMIT
    holdout: float = 0.1
    wanted: float = 0.05
    power: float = 0.8
    alpha: float = 0.05
    level: float = 0.95
    margin_rate: float | None = None
    contact_cost: float | None = None
    contact_budget: float | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was known on two days, and what happened between them.

    Attributes
    ----------
    now, then : DataFrame
        The customers' gaps (with `limit_days` and `status`) or states (with `state`) on the last day, and one horizon
        earlier; `then` may be empty where the history is too short.
    bought : DataFrame
        `bought_between` the two days.
    horizon : Horizon
        The days.
    """

    now: pd.DataFrame
    then: pd.DataFrame
    bought: pd.DataFrame
    horizon: Horizon


@dataclass(frozen=True, kw_only=True)
class ListFacts:
    """What is known of one list.

    `baseline` is None where nobody was in the situation one horizon ago; then nothing after it can be computed.
    `test` is with the arms as planned, `half` if as many were left alone as are contacted.
    """

    name: str
    contact: int
    do_nothing: int
    baseline: Baseline | None
    test: Detectable | None
    half: Detectable | None
    break_even: BreakEven | None


def look(
    now: pd.DataFrame | None, known_on: Callable[[date], pd.DataFrame], transactions: ibis.Table, *, days: Horizon
) -> Look:
    """What was known on the last day and one horizon earlier, and who bought in between.

    Parameters
    ----------
    now : DataFrame or None
        The customers' gaps or states on the last day; None where there is no such evidence.
    known_on : callable
        The same table for another day, by the same rules. Where it raises because the history up to that day is too
        short, nothing was known then.
    transactions : ibis.Table
        A clean table.
    days : Horizon
    """
    bought = bought_between(transactions, after=days.then, until=days.until)
    if now is None:
        return Look(now=NOBODY, then=NOBODY, bought=bought, horizon=days)
    try:
        then = known_on(days.then)
    except DataError:
        then = now.head(0)
    return Look(now=now, then=then, bought=bought, horizon=days)


def standings(known: pd.DataFrame, overdue_factor: float = NO_LIMIT) -> pd.DataFrame:
    """Customers' standings from gaps where there are limits, else from states."""
    if "limit_days" in known.columns and "status" in known.columns:
        return standings_from_gaps(known, overdue_factor=overdue_factor)
    return standings_from_states(known)


def plan_of(
    look: Look,
    settings: Settings,
    *,
    rng: np.random.Generator,
    tiers: pd.DataFrame | None = None,
    consent: pd.Series | None = None,
) -> Plan:
    """The contact plan for what is known now."""
    situated = situations(
        standings(look.now, settings.overdue_factor),
        tiers=tiers,
        top_share=settings.top_share,
        valuable_share=settings.valuable_share,
    )
    return contact_plan(
        situated,
        holdout=settings.holdout,
        rng=rng,
        consent=consent,
        contact_cost=settings.contact_cost,
        contact_budget=settings.contact_budget,
    )


def measured(look: Look, settings: Settings, plan: Plan) -> dict[str, ListFacts]:
    """What is known of each list of the plan that contacts somebody, in the order of priority.

    The baseline knows neither consent nor budget nor forecasts: it is of everybody who was in the situation.
    """
    before = _before(look, settings)
    present = [name for name in CONTACTED if plan.size(name) + plan.size(name, DO_NOTHING)]
    return {name: _facts(name, plan, before.get(name), settings) for name in present}


def together(known: Mapping[str, ListFacts], settings: Settings) -> ListFacts | None:
    """All lists with a baseline as one test: their arms added up; None with fewer than two of them.

    The baseline is the lists' shares, each with the weight of its customers now. It has no interval of its own.
    """
    lists = [(facts, facts.baseline) for facts in known.values() if facts.baseline]
    if len(lists) < 2:  # noqa: PLR2004 - one is not together
        return None
    weights = [facts.contact + facts.do_nothing for facts, _ in lists]
    shares = [baseline.repurchase.value for _, baseline in lists]
    rate = replace(
        lists[0][1].repurchase,
        value=float(np.average(shares, weights=weights)),
        low=None,
        high=None,
        n=sum(baseline.repurchase.n for _, baseline in lists),
        method=tr("the lists' shares, weighted by their customers now; no interval"),
    )
    whole = Baseline(repurchase=rate, value=None, buyers=sum(baseline.buyers for _, baseline in lists))
    contact, alone = (sum(getattr(facts, arm) for facts, _ in lists) for arm in (CONTACT, DO_NOTHING))
    return _with_arms("together", contact, alone, whole, settings)


def with_baseline(facts: ListFacts, share: float, settings: Settings) -> ListFacts:
    """`facts` as they would be with another baseline share, arms unchanged."""
    if facts.baseline is None:
        return facts
    repurchase = replace(facts.baseline.repurchase, value=share)
    return _with_arms(
        facts.name, facts.contact, facts.do_nothing, replace(facts.baseline, repurchase=repurchase), settings
    )


def _before(look: Look, settings: Settings) -> Mapping[str, Baseline]:
    if look.then.empty:
        return {}
    situated = situations(
        standings(look.then, settings.overdue_factor),
        top_share=settings.top_share,
        valuable_share=settings.valuable_share,
    )
    return baselines(
        situated, look.bought, window=look.horizon.window, day_then=look.horizon.then, level=settings.level
    )


def _facts(name: str, plan: Plan, baseline: Baseline | None, settings: Settings) -> ListFacts:
    return _with_arms(name, plan.size(name, CONTACT), plan.size(name, DO_NOTHING), baseline, settings)


def _with_arms(name: str, contact: int, do_nothing: int, baseline: Baseline | None, settings: Settings) -> ListFacts:
    if baseline is None:
        return ListFacts(
            name=name, contact=contact, do_nothing=do_nothing, baseline=None, test=None, half=None, break_even=None
        )
    rate = baseline.repurchase.value
    share = {"wanted": settings.wanted, "power": settings.power, "alpha": settings.alpha}
    alone = held_out(contact + do_nothing, MOST_HELD_OUT)
    pays = None
    if baseline.value is not None:
        pays = break_even(
            baseline.value, contact_cost=settings.contact_cost, margin_rate=settings.margin_rate, baseline=rate
        )
    return ListFacts(
        name=name,
        contact=contact,
        do_nothing=do_nothing,
        baseline=baseline,
        test=detectable(rate, contact=contact, do_nothing=do_nothing, **share),
        half=detectable(rate, contact=contact + do_nothing - alone, do_nothing=alone, **share),
        break_even=pays,
    )
