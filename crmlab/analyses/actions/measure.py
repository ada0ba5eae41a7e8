"""What can be known about each list: its arms, its baseline, the least uplift a test can see, and what pays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.actions import lists
from crmlab.analyses.actions.baseline import Baseline, Horizon, baselines, bought_between
from crmlab.analyses.actions.breakeven import BreakEven, break_even
from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING, MOST_HELD_OUT, held_out
from crmlab.analyses.actions.lists import CONTACTED, listed
from crmlab.analyses.actions.plan import Plan, contact_plan
from crmlab.analyses.actions.situations import FACTS, situations, standings_from_gaps, standings_from_states
from crmlab.analyses.actions.standardised import covered, standardised
from crmlab.analyses.actions.voices import Voices, nothing_said
from crmlab.errors import DataError
from crmlab.trials import Detectable, detectable

NO_LIMIT = 1.0
NOBODY = pd.DataFrame({name: [] for name in [*FACTS, "limit_days", "status"]})
NOBODY = NOBODY.astype({"customer_id": str, "value": float})


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
    contact_capacity : int or None
        How many contacts the client can make in the horizon; None has no default.
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
    contact_capacity: int | None = None


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

    `baseline` is None where nobody was in its situations one horizon ago; then nothing after it can be computed.
    `test` is with the arms as planned, `half` if as many were left alone as are contacted. `mix` is how many of its
    customers are in each situation, `before` what customers in the situations did.
    """

    name: str
    contact: int
    do_nothing: int
    baseline: Baseline | None
    test: Detectable | None
    half: Detectable | None
    break_even: BreakEven | None
    mix: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, Baseline] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Its customers, in both arms."""
        return self.contact + self.do_nothing

    @property
    def covered(self) -> float:
        """The share of its customers whose situation somebody was in one horizon ago."""
        return covered(self.mix, self.before)


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


def lists_of(
    look: Look, settings: Settings, *, tiers: pd.DataFrame | None = None, voices: Voices | None = None
) -> pd.DataFrame:
    """Each customer's list for what is known now, as `listed` returns it."""
    return listed(situated(look, settings, tiers=tiers), voices)


def taken_off(
    look: Look, settings: Settings, *, tiers: pd.DataFrame | None = None, voices: Voices | None = None
) -> dict[str, tuple[int, int]]:
    """What other notebooks hold against the lists: for each hindrance how many it took off, and how many have another.

    Empty where nobody was taken off a list.
    """
    found = lists.taken_off(situated(look, settings, tiers=tiers), voices or nothing_said())
    return {name: counts for name, counts in found.items() if counts[0]}


def situated(look: Look, settings: Settings, *, tiers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each customer's situation for what is known now, as `situations` returns it."""
    return situations(
        standings(look.now, settings.overdue_factor),
        tiers=tiers,
        top_share=settings.top_share,
        valuable_share=settings.valuable_share,
    )


def plan_of(
    look: Look,
    settings: Settings,
    *,
    rng: np.random.Generator,
    tiers: pd.DataFrame | None = None,
    voices: Voices | None = None,
    consent: pd.Series | None = None,
) -> Plan:
    """The contact plan for what is known now."""
    return contact_plan(
        lists_of(look, settings, tiers=tiers, voices=voices),
        holdout=settings.holdout,
        rng=rng,
        consent=consent,
        contact_cost=settings.contact_cost,
        contact_budget=settings.contact_budget,
        contact_capacity=settings.contact_capacity,
    )


def measured(look: Look, settings: Settings, plan: Plan) -> dict[str, ListFacts]:
    """What is known of each list of the plan that contacts somebody, in the order of priority.

    The baseline knows neither consent nor budget nor forecasts, nor whom other notebooks would have named: it is of
    everybody who was in the list's situations, in the proportions in which its customers are in them now.
    """
    before = _before(look, settings)
    present = [name for name in CONTACTED if plan.size(name) + plan.size(name, DO_NOTHING)]
    return {name: _facts(name, plan, before, settings) for name in present}


def together(known: Mapping[str, ListFacts], settings: Settings) -> ListFacts | None:
    """All lists with a baseline as one test: their arms and their mixes of situations added up; None below two."""
    measurable = [facts for facts in known.values() if facts.baseline]
    if len(measurable) < 2:  # noqa: PLR2004 - one is not together
        return None
    before = measurable[0].before
    mix = {name: sum(facts.mix.get(name, 0) for facts in measurable) for name in before}
    contact, alone = (sum(getattr(facts, arm) for facts in measurable) for arm in (CONTACT, DO_NOTHING))
    whole = standardised(mix, before)
    return _with_arms(
        "together", contact, alone, replace(whole, value=None) if whole else None, settings, mix=mix, before=before
    )


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
    earlier = situations(
        standings(look.then, settings.overdue_factor),
        top_share=settings.top_share,
        valuable_share=settings.valuable_share,
    )
    return baselines(earlier, look.bought, window=look.horizon.window, day_then=look.horizon.then, level=settings.level)


def _facts(name: str, plan: Plan, before: Mapping[str, Baseline], settings: Settings) -> ListFacts:
    inside = plan.table["list"].eq(name)
    mix = {str(key): int(n) for key, n in plan.table.loc[inside, "situation"].value_counts().items()}
    arms = plan.size(name, CONTACT), plan.size(name, DO_NOTHING)
    return _with_arms(name, *arms, standardised(mix, before), settings, mix=mix, before=before)


def _with_arms(
    name: str,
    contact: int,
    do_nothing: int,
    baseline: Baseline | None,
    settings: Settings,
    *,
    mix: Mapping[str, int] | None = None,
    before: Mapping[str, Baseline] | None = None,
) -> ListFacts:
    test = half = pays = None
    if baseline is not None:
        rate = baseline.repurchase.value
        share = {"wanted": settings.wanted, "power": settings.power, "alpha": settings.alpha}
        alone = held_out(contact + do_nothing, MOST_HELD_OUT)
        test = detectable(rate, contact=contact, do_nothing=do_nothing, **share)
        half = detectable(rate, contact=contact + do_nothing - alone, do_nothing=alone, **share)
        pays = _pays(baseline, settings)
    return ListFacts(
        name=name,
        contact=contact,
        do_nothing=do_nothing,
        baseline=baseline,
        test=test,
        half=half,
        break_even=pays,
        mix=mix or {},
        before=before or {},
    )


def _pays(baseline: Baseline, settings: Settings) -> BreakEven | None:
    if baseline.value is None:
        return None
    return break_even(
        baseline.value,
        contact_cost=settings.contact_cost,
        margin_rate=settings.margin_rate,
        baseline=baseline.repurchase.value,
    )
