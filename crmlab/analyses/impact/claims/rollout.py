"""What CRM did to the cost of a new customer, by every way of asking, in sentences."""

import numpy as np

from crmlab.analyses.impact.claims.words import chance, relative
from crmlab.analyses.impact.regressions import Interrupted, TwoWay
from crmlab.analyses.impact.rollout import RolloutEffect
from crmlab.estimate import Estimate
from crmlab.language import (
    count,
    interval,
    signed_percent,
    tr,
)


def effect_claim(who: str, found: Estimate) -> str:
    """What CRM did to the cost of a new customer at some branches."""
    value, ends = signed_percent(found.value), interval(found.low, found.high, signed_percent, found.level)
    if found.contains(0.0):
        return tr(
            "{who}: an effect on the cost of a new customer cannot be told from none: {value}{interval}.",
            who=who,
            value=value,
            interval=ends,
        )
    if found.value < 0:
        return tr("{who}: CRM made a new customer cheaper: {value}{interval}.", who=who, value=value, interval=ends)
    return tr("{who}: CRM made a new customer dearer: {value}{interval}.", who=who, value=value, interval=ends)


def naive_claim(nominal: float, real: float) -> str:
    """What before and after says, in the money of the day and in that of today."""
    return tr(
        "Before and after, the cost of a new customer changed by {nominal} in the money of the day, and by {real} at "
        "constant prices. Neither number knows what would have happened without CRM.",
        nominal=signed_percent(nominal),
        real=signed_percent(real),
    )


def two_way_claim(found: TwoWay, better: RolloutEffect) -> str:
    """The regression against the group-time effects, and its three p values."""
    return tr(
        "One coefficient beside branch and month effects says {value}; compared with branches not live yet it is "
        "{better}. Against no effect p is {plain} if branch-months were independent, {clustered} with errors "
        "by branch, and {wild} by the wild cluster bootstrap of {n} branches.",
        value=signed_percent(float(np.expm1(found.value))),
        better=signed_percent(float(np.expm1(better.value))),
        plain=chance(found.p_plain),
        clustered=chance(found.p_clustered),
        wild=chance(found.p_wild),
        n=count(found.change.n),
    )


def interrupted_claim(found: Interrupted) -> str:
    """What the interrupted series says."""
    one = found.change
    return tr(
        "A year after going live the series of {n} branches lies {value}{interval} from where level, trend and season "
        "would have taken it.",
        n=count(one.n),
        value=signed_percent(float(np.expm1(one.value))),
        interval=relative(one.low, one.high, one.level),
    )


def pre_trend_claim(found: RolloutEffect, months: int = 12) -> str:
    """Whether the branches moved apart before going live, and what drift that cannot exclude."""
    if not np.isfinite([found.slope, found.slope_low, found.slope_high]).all():
        return tr("Too few months before going live to see whether the branches moved apart.")
    drift = max((found.slope_low, found.slope_high), key=abs)
    seen = tr("Before going live no drift apart can be told from none")
    if found.slope_low > 0 or found.slope_high < 0:
        seen = tr("Before going live the branches drifted apart, which casts doubt on the comparison")
    return tr(
        "{seen}: {slope} a month{interval}. A drift at the far end of that interval would by itself make {size} within "
        "{n} months: the test does not exclude it.",
        seen=seen,
        slope=signed_percent(float(np.expm1(found.slope))),
        interval=relative(found.slope_low, found.slope_high, found.level),
        size=signed_percent(float(np.expm1(months * drift))),
        n=count(months),
    )
