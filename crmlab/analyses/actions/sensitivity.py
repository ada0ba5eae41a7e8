"""What the decision rests on: the same numbers again, with one decision or assumption changed at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmlab.analyses.actions.measure import ListFacts, Look, Settings, measured, plan_of, together, with_baseline
from crmlab.analyses.actions.plan import Plan
from crmlab.language import number, percent, tr, trn

TOGETHER = "together"
COLUMNS = ["setting", "low_choice", "low", "high_choice", "high", "changes_decision"]


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """How far the least uplift a test can see moves when one thing at a time is changed.

    Attributes
    ----------
    table : DataFrame
        One row for each thing changed, the widest first: `setting`, `low_choice` and `high_choice` (as text), `low`
        and `high` (the uplift then; NaN where none can be seen), `changes_decision` (whether either end answers the
        question "can the wanted uplift be seen?" differently from now).
    now : float
        The uplift with everything as it stands; NaN where none can be seen.
    wanted : float
        The uplift one would like to see.
    name : str
        The list.
    """

    table: pd.DataFrame
    now: float
    wanted: float
    name: str


def sensitivity(
    looks: Mapping[int, Look],
    months: int,
    settings: Settings,
    *,
    name: str,
    seed: int,
    tiers: pd.DataFrame | None = None,
    consent: pd.Series | None = None,
) -> Sensitivity:
    """The least uplift for the list `name` under other choices.

    Parameters
    ----------
    looks : mapping
        For each horizon in months what was known; `months` is the one the plan uses, others are alternatives.
    months : int
    settings : Settings
        As they stand.
    name : str
        A list of the plan, or `together` for all of them as one test.
    seed : int
        Of the plan; arms are drawn again, their sizes are what counts here.
    tiers, consent
        As in `plan_of`.
    """

    def planned(look: Look, chosen: Settings) -> Plan:
        return plan_of(look, chosen, rng=np.random.default_rng(seed), tiers=tiers, consent=consent)

    def uplift(look: Look, chosen: Settings) -> float:
        facts = _facts(measured(look, chosen, planned(look, chosen)), name, chosen)
        test = facts.test if facts else None
        return float("nan") if test is None or test.uplift is None else test.uplift

    now = uplift(looks[months], settings)
    rows = [
        {
            "setting": setting,
            "low_choice": ends[0][0],
            "low": ends[0][1](),
            "high_choice": ends[1][0],
            "high": ends[1][1](),
        }
        for setting, ends in _changes(looks, months, settings, name, uplift, planned)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    enough = [
        [_seen(value, settings) for value in (low, high)] for low, high in zip(table.low, table.high, strict=True)
    ]
    table["changes_decision"] = [any(end != _seen(now, settings) for end in ends) for ends in enough]
    reach = (table[["low", "high"]].max(axis=1) - table[["low", "high"]].min(axis=1)).fillna(np.inf)
    order = reach.sort_values(ascending=False, kind="stable").index
    return Sensitivity(table=table.loc[order].reset_index(drop=True), now=now, wanted=settings.wanted, name=name)


Ends = tuple[tuple[str, Callable[[], float]], tuple[str, Callable[[], float]]]


def _changes(  # noqa: PLR0917 - one call, from one place
    looks: Mapping[int, Look],
    months: int,
    settings: Settings,
    name: str,
    uplift: Callable[[Look, Settings], float],
    planned: Callable[[Look, Settings], Plan],
) -> Iterator[tuple[str, Ends]]:
    look = looks[months]

    def changed(**values: float) -> Callable[[], float]:
        return lambda: uplift(look, replace(settings, **values))

    def at_rate(rate: float) -> Callable[[], float]:
        facts = measured(look, settings, planned(look, settings))[name]
        test = with_baseline(facts, rate, settings).test
        return lambda: float("nan") if test is None or test.uplift is None else test.uplift

    facts = _facts(measured(look, settings, planned(look, settings)), name, settings)
    rate = facts.baseline.repurchase if facts and facts.baseline else None
    if rate is not None and rate.low is not None and rate.high is not None:
        yield (
            tr("baseline: the ends of its interval"),
            ((percent(rate.low), at_rate(rate.low)), (percent(rate.high), at_rate(rate.high))),
        )
    shorter, longer = (min(looks), max(looks))
    if shorter < longer:
        ends = [
            (trn(m, "1 month", "{n} months", n=number(m, 0)), lambda m=m: uplift(looks[m], settings))
            for m in (shorter, longer)
        ]
        yield tr("horizon"), (ends[0], ends[1])
    yield (
        tr("customers left alone on purpose"),
        ((percent(0.05, 0), changed(holdout=0.05)), (percent(0.5, 0), changed(holdout=0.5))),
    )
    if name in ("protect", TOGETHER):
        low, high = settings.top_share / 2, min(2 * settings.top_share, settings.valuable_share)
        yield (
            tr("who counts as the top"),
            ((percent(low, 0), changed(top_share=low)), (percent(high, 0), changed(top_share=high))),
        )
    if name in ("check_in", "win_back", TOGETHER):
        low, high = max(settings.valuable_share / 2, settings.top_share), min(1.5 * settings.valuable_share, 1.0)
        yield (
            tr("who counts as valuable"),
            ((percent(low, 0), changed(valuable_share=low)), (percent(high, 0), changed(valuable_share=high))),
        )
    if "limit_days" in look.now.columns and "status" in look.now.columns:
        yield (
            tr("when a customer counts as overdue"),
            (
                (tr("{factor} of their limit", factor=percent(0.75, 0)), changed(overdue_factor=0.75)),
                (tr("{factor} of their limit", factor=percent(1.5, 0)), changed(overdue_factor=1.5)),
            ),
        )
    yield (
        tr("how sure to be of finding it (power)"),
        ((percent(0.7, 0), changed(power=0.7)), (percent(0.9, 0), changed(power=0.9))),
    )


def _facts(known: Mapping[str, ListFacts], name: str, settings: Settings) -> ListFacts | None:
    return together(known, settings) if name == TOGETHER else known.get(name)


def _seen(uplift: float, settings: Settings) -> bool:
    return bool(uplift <= settings.wanted)  # NaN is not seen
