"""Rules that are written down before anybody looks: what will be done on which answer, and how likely each answer is.

Two questions are kept apart. Whether CRM *worked* is a matter of the effect: extend it where the whole interval says
that the cost fell by more than it takes, mend it where the whole interval says that it fell by less, and go on
measuring in between. Whether the firm *measures* its success better than before is another: if not, its structure and
its recording are to be looked at again, whatever the effect. "No better" is a claim of its own, and needs a test that
can show it: that a difference was not found shows nothing.
"""

from dataclasses import dataclass
from math import log1p
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct
from scipy.stats import t as student
from statsmodels.stats.weightstats import DescrStatsW

from crmlab.analyses.impact.panel import Panel, before_and_after
from crmlab.analyses.impact.regressions import LEAST
from crmlab.analyses.impact.rollout import RolloutEffect
from crmlab.errors import DataError, ParameterError
from crmlab.language import mark

Verdict = Literal["extend", "mend", "go on measuring"]
Maturity = Literal["better", "no better", "cannot be told"]
ANSWERS: tuple[Verdict, ...] = (mark("extend"), mark("mend"), mark("go on measuring"))  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class Chances:
    """How likely the rule gives each answer at a true change of `change` (−0.1: the cost is down by a tenth)."""

    change: float
    extend: float
    mend: float
    go_on: float


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """Whether success is measured better than before.

    Attributes
    ----------
    before, after : float
        The mean share of measures that branches report, the year before going live and in the last one.
    value, low, high : float
        The change in shares and its interval at `level`.
    margin : float
        The gain that would count as none.
    p_no_better : float
        One-sided, that the gain is the margin or more.
    verdict : str
        `better`, `no better` or `cannot be told`.
    n : int
        Branches.
    level : float
    """

    before: float
    after: float
    value: float
    low: float
    high: float
    margin: float
    p_no_better: float
    verdict: Maturity
    n: int
    level: float


def decide(effect: RolloutEffect, *, worth: float) -> Verdict:
    """What the rule says: by where the interval of the effect (on logarithms) lies against a fall by `worth`.

    Raises
    ------
    ParameterError
        If `worth` is no share below 1.
    """
    bound = _bound(worth)
    if effect.high < bound:
        return "extend"
    return "mend" if effect.low > bound else "go on measuring"


def chances(effect: RolloutEffect, *, worth: float, change: float) -> Chances:
    """How likely the rule gives each answer, at a true relative change, with this comparison's standard error.

    The estimate over its error follows the noncentral t (its error is itself estimated). The error does not depend on
    the effect, so that this could have been said before looking at it.
    """
    bound, critical = _bound(worth), float(student.ppf((1 + effect.level) / 2, effect.df))
    away = (log1p(change) - bound) / effect.error
    extend, mend = float(nct.cdf(-critical, effect.df, away)), float(nct.sf(critical, effect.df, away))
    return Chances(change=change, extend=extend, mend=mend, go_on=1 - extend - mend)


def least_fall(effect: RolloutEffect, *, worth: float, power: float = 0.8) -> float:
    """The least true fall (as a share) at which the rule says `extend` with probability `power`."""
    if not 0 < power < 1:
        raise ParameterError(f"power is {power:g}; it lies between 0 and 1")

    def short(change: float) -> float:
        return chances(effect, worth=worth, change=change).extend - power

    lowest = -0.999
    return float("nan") if short(lowest) < 0 else float(-brentq(short, lowest, -worth))


def measuring(found: Panel, *, margin: float = 0.05, level: float = 0.95) -> Measuring:
    """Whether branches that went live measure more of their success than before, or no more.

    `no better` where the gain is shown to be below the margin (the upper of the two one-sided tests of equivalence,
    Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6); the lower one is not needed, for worse is
    no better either), `better` where the interval lies above zero and that is not shown.

    Raises
    ------
    DataError
        With fewer than three branches that report before and after.
    ParameterError
        If the margin is not above zero.
    """
    if margin <= 0:
        raise ParameterError(f"margin is {margin:g}: equality cannot be shown, only that a gain is below a margin > 0")
    pairs = before_and_after(found)
    if len(pairs) < LEAST:
        raise DataError(f"{len(pairs)} branches report `measured` before and after going live; {LEAST} are needed")
    gains = (pairs["after"] - pairs["before"]).to_numpy(dtype=float)
    stats = DescrStatsW(gains)
    _, _, (_, p_above, _) = stats.ttost_mean(-margin, margin)
    low, high = (float(end) for end in stats.tconfint_mean(alpha=1 - level))
    verdict: Maturity = "better" if low > 0 else "cannot be told"
    if p_above < 1 - level:
        verdict = "no better"
    return Measuring(
        before=float(pairs["before"].mean()),
        after=float(pairs["after"].mean()),
        value=float(np.mean(gains)),
        low=low,
        high=high,
        margin=margin,
        p_no_better=float(p_above),
        verdict=verdict,
        n=len(pairs),
        level=level,
    )


def _bound(worth: float) -> float:
    if not 0 <= worth < 1:
        raise ParameterError(f"worth is {worth:g}: a fall of the cost is a share from 0 to below 1")
    return log1p(-worth)
