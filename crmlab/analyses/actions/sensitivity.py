"""What the decision rests on: the same numbers again, with one decision or assumption changed at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crmlab.analyses.actions.measure import ListFacts, Look, Settings, measured, plan_of, together, with_baseline
from crmlab.analyses.actions.voices import Voices
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
    voices: Voices | None = None,
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
    tiers, voices, consent
        As in `plan_of`.
    """
    again = _Again(looks, months, settings, name, seed, {"tiers": tiers, "voices": voices, "consent": consent})
    now = again.uplift(again.look, settings)
    rows = [
        {"setting": setting, "low_choice": low[0], "low": low[1](), "high_choice": high[0], "high": high[1]()}
        for setting, (low, high) in _changes(again)
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
Change = tuple[str, Ends]


@dataclass(frozen=True)
class _Again:
    """The plan as it stands, to be made again with one thing changed."""

    looks: Mapping[int, Look]
    months: int
    settings: Settings
    name: str
    seed: int
    given: Mapping[str, Any]

    @property
    def look(self) -> Look:
        return self.looks[self.months]

    def measured(self, look: Look, chosen: Settings) -> Mapping[str, ListFacts]:
        rng = np.random.default_rng(self.seed)
        return measured(look, chosen, plan_of(look, chosen, rng=rng, **self.given))

    def uplift(self, look: Look, chosen: Settings) -> float:
        return _least(_facts(self.measured(look, chosen), self.name, chosen))

    def changed(self, **values: Any) -> Callable[[], float]:
        return lambda: self.uplift(self.look, replace(self.settings, **values))

    def at_rate(self, rate: float) -> Callable[[], float]:
        facts = _facts(self.measured(self.look, self.settings), self.name, self.settings)
        return lambda: _least(with_baseline(facts, rate, self.settings) if facts else None)


def _changes(again: _Again) -> Iterator[Change]:
    for of in (_of_baseline, _of_horizon, _of_holdout, _of_value, _of_silence, _of_power):
        yield from of(again)


def _of_baseline(again: _Again) -> Iterator[Change]:
    """How often customers of the list buy anyway, where that is known with an interval."""
    facts = _facts(again.measured(again.look, again.settings), again.name, again.settings)
    rate = facts.baseline.repurchase if facts and facts.baseline else None
    if rate is not None and rate.low is not None and rate.high is not None:
        yield (
            tr("baseline: the ends of its interval"),
            ((percent(rate.low), again.at_rate(rate.low)), (percent(rate.high), again.at_rate(rate.high))),
        )


def _of_horizon(again: _Again) -> Iterator[Change]:
    """The shortest and the longest time after which was looked, if there are two."""
    shorter, longer = (min(again.looks), max(again.looks))
    if shorter < longer:
        ends = [
            (
                trn(m, "1 month", "{n} months", n=number(m, 0)),
                lambda m=m: again.uplift(again.looks[m], again.settings),
            )
            for m in (shorter, longer)
        ]
        yield tr("horizon"), (ends[0], ends[1])


def _of_holdout(again: _Again) -> Iterator[Change]:
    yield (
        tr("customers left alone on purpose"),
        ((percent(0.05, 0), again.changed(holdout=0.05)), (percent(0.5, 0), again.changed(holdout=0.5))),
    )


def _of_value(again: _Again) -> Iterator[Change]:
    """Where the lines of value are drawn, for the lists that depend on them."""
    settings = again.settings
    if again.name in ("protect", TOGETHER):
        low, high = settings.top_share / 2, min(2 * settings.top_share, settings.valuable_share)
        yield (
            tr("who counts as the top"),
            ((percent(low, 0), again.changed(top_share=low)), (percent(high, 0), again.changed(top_share=high))),
        )
    if again.name in ("save", "win_back", TOGETHER):
        low, high = max(settings.valuable_share / 2, settings.top_share), min(1.5 * settings.valuable_share, 1.0)
        yield (
            tr("who counts as valuable"),
            (
                (percent(low, 0), again.changed(valuable_share=low)),
                (percent(high, 0), again.changed(valuable_share=high)),
            ),
        )


def _of_silence(again: _Again) -> Iterator[Change]:
    """How long a silence has to be, where customers are overdue by limits of their own."""
    if "limit_days" in again.look.now.columns and "status" in again.look.now.columns:
        yield (
            tr("when a customer counts as overdue"),
            (
                (tr("{factor} of their limit", factor=percent(0.75, 0)), again.changed(overdue_factor=0.75)),
                (tr("{factor} of their limit", factor=percent(1.5, 0)), again.changed(overdue_factor=1.5)),
            ),
        )


def _of_power(again: _Again) -> Iterator[Change]:
    yield (
        tr("how sure to be of finding it (power)"),
        ((percent(0.7, 0), again.changed(power=0.7)), (percent(0.9, 0), again.changed(power=0.9))),
    )


def _least(facts: ListFacts | None) -> float:
    """The least uplift a test of this list can see, NaN where there is no test."""
    test = facts.test if facts else None
    return float("nan") if test is None or test.uplift is None else test.uplift


def _facts(known: Mapping[str, ListFacts], name: str, settings: Settings) -> ListFacts | None:
    return together(known, settings) if name == TOGETHER else known.get(name)


def _seen(uplift: float, settings: Settings) -> bool:
    return bool(uplift <= settings.wanted)  # NaN is not seen
