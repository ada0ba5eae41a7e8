"""Tables for people: what the room found, with every effect as a relative change and its words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from crmlab.analyses.impact.attribution import Corrected, Credit
from crmlab.analyses.impact.claims.words import chance
from crmlab.analyses.impact.decide import Chances, Measuring
from crmlab.analyses.impact.ratios import RatioChange
from crmlab.analyses.impact.regressions import Change
from crmlab.analyses.impact.response import FOLLOWED, RAW, WEIGHTED, Answered
from crmlab.analyses.impact.rollout import RolloutEffect
from crmlab.estimate import Estimate
from crmlab.language import count, money, percent, points, signed_percent, tr, translated, trn


def effect_estimate(effect: RolloutEffect, *, window: str) -> Estimate:
    """A roll-out's effect on logarithms as a relative change with its interval."""
    value, low, high = (float(np.expm1(end)) for end in (effect.value, effect.low, effect.high))
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=effect.branches,
        level=effect.level,
        method=tr("effects by group and month against branches not live yet, jackknife by branch"),
        evidence="quasi-experiment",
        denominator=trn(
            effect.cells,
            "{n} month with CRM of these branches",
            "{n} months with CRM of these branches",
            n=count(effect.cells),
        ),
        window=window,
    )


def gain_estimate(found: Measuring, *, window: str) -> Estimate:
    """The gain in measures reported, as an estimate."""
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        level=found.level,
        method=tr("paired t over branches, the year before CRM against the same months of the last"),
        evidence="association",
        denominator=tr("branches that went live"),
        window=window,
    )


def credit_estimate(found: Credit, *, window: str) -> Estimate:
    """How far the channel most over-credited is so, as an estimate."""
    most = found.table.iloc[0]
    return Estimate(
        value=float(most["difference"]),
        low=float(most["low"]),
        high=float(most["high"]),
        n=found.n,
        level=found.level,
        method=tr("difference of paired shares, Bonferroni over channels"),
        denominator=tr("customers who said how they came and of whom it is recorded"),
        window=window,
    )


def ways_table(ways: Mapping[str, Change | RolloutEffect]) -> pd.DataFrame:
    """One row a way of measuring: `way`, `value`, `low`, `high` as relative changes, `branches`."""
    rows = [
        {
            "way": way,
            **{name: float(np.expm1(getattr(one, name))) for name in ("value", "low", "high")},
            "branches": one.branches if isinstance(one, RolloutEffect) else one.n,
        }
        for way, one in ways.items()
    ]
    return pd.DataFrame(rows, columns=["way", "value", "low", "high", "branches"])


def ratio_table(ratios: Mapping[str, RatioChange]) -> pd.DataFrame:
    """One row a ratio: `ratio`, `before`, `after`, `change`, `low`, `high`, `branches`."""
    rows = [
        {
            "ratio": name,
            "before": one.before,
            "after": one.after,
            "change": one.value,
            "low": one.low,
            "high": one.high,
            "branches": one.n,
        }
        for name, one in ratios.items()
    ]
    return pd.DataFrame(rows, columns=["ratio", "before", "after", "change", "low", "high", "branches"])


def chances_table(found: Sequence[Chances]) -> pd.DataFrame:
    """One row a true change: `change`, and the chance of each answer of the rule."""
    rows = [{"change": one.change, "extend": one.extend, "go_on": one.go_on, "mend": one.mend} for one in found]
    return pd.DataFrame(rows, columns=["change", "extend", "go_on", "mend"])


def relative_months(effect: RolloutEffect) -> pd.DataFrame:
    """The effects by months since going live as relative changes, with their intervals and band."""
    table = effect.by_month.copy()
    names = ["effect", "low", "high", "band_low", "band_high"]
    table[names] = np.expm1(table[names])
    return table


def relative_series(series: pd.DataFrame) -> pd.DataFrame:
    """An interrupted series of logarithms as amounts."""
    return series.assign(observed=np.exp(series["observed"]), expected=np.exp(series["expected"]))


def decision_table(decisions: Mapping[str, tuple[RolloutEffect, str]]) -> pd.DataFrame:
    """One row a group of branches: `who`, `branches`, `effect`, `low`, `high` (relative), `decision`."""
    rows = [
        {
            "who": who,
            "branches": effect.branches,
            **{
                name: float(np.expm1(end))
                for name, end in (("effect", effect.value), ("low", effect.low), ("high", effect.high))
            },
            "decision": verdict,
        }
        for who, (effect, verdict) in decisions.items()
    ]
    return pd.DataFrame(rows, columns=["who", "branches", "effect", "low", "high", "decision"])


def scorecard_table(card: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The scorecard in words: `measure`, `objective`, `goal`, `outcome`, `before`, `now`, `effect`, `p_holm`."""

    def level(row: "pd.Series[float]", name: str) -> str:
        return money(float(row[name]), currency, 0) if row["money"] else percent(float(row[name]))

    rows = []
    for _, row in card.iterrows():
        form = signed_percent if row["kind"] == "change" else points
        rows.append(
            {
                **{name: translated(str(row[name])) for name in ("measure", "objective", "goal", "outcome")},
                "before": level(row, "before"),
                "now": level(row, "after"),
                "effect": tr(
                    "{value} ({low} to {high})", value=form(row["effect"]), low=form(row["low"]), high=form(row["high"])
                ),
                "p_holm": chance(float(row["p_holm"])),
            }
        )
    return pd.DataFrame(rows, columns=["measure", "objective", "goal", "outcome", "before", "now", "effect", "p_holm"])


def credit_table(found: Credit, right: Corrected | None) -> pd.DataFrame:
    """One row a channel: `channel`, `said`, `recorded`, `difference`, and what the check corrects them to."""
    table = found.table.drop(columns=["low", "high"])
    if right is None:
        return table
    known = right.table[["channel", "corrected", "low", "high"]]
    return table.merge(known, on="channel", how="left")


def response_table(found: Answered) -> pd.DataFrame:
    """One row a way of estimating: `way`, `share`, `low`, `high`, `n`; the bounds last."""
    ways = [(RAW, found.raw), (WEIGHTED, found.weighted), (FOLLOWED, found.followed)]
    rows = [(translated(name), one.value, one.low, one.high, one.n) for name, one in ways if one is not None]
    bounds = (tr("whatever the silent would have said"), np.nan, *found.bounds, found.asked)
    return pd.DataFrame([*rows, bounds], columns=["way", "share", "low", "high", "n"])
