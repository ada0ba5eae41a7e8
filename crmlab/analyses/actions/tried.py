"""What experiments showed of a contact, held against what a contact has to add to pay for itself.

The arms of an earlier plan of this report come first: they are customers of the same list, and their purchases. Then
what other notebooks found in campaigns of the same kind. Only differences by intention between arms that chance made
are read here; what such a campaign counted need not be a purchase, and is said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from crmlab.analyses.actions.breakeven import BreakEven
from crmlab.analyses.actions.changes import Outcome
from crmlab.estimate import Estimate
from crmlab.language import tr

Verdict = Literal["above", "below", "open", "not_known"]

FOUND_IN: Mapping[str, tuple[str, ...]] = {
    "protect": ("14.calls", "00.effect_loyalty"),
    "save": ("13.save_effect",),
    "grow": ("11.trial_effect",),
    "win_back": ("13.win_back_effect",),
}
"""For each list the findings that are effects of such contacts, the first that exists is taken."""

EARLIER_PLAN = "90"
OF_PURCHASES = (EARLIER_PLAN, "14.calls", "11.trial_effect")


class Effect(Protocol):
    """What is read of a finding."""

    @property
    def value(self) -> float:
        """The difference of shares."""

    @property
    def low(self) -> float | None:
        """Lower end of its interval, or None."""

    @property
    def high(self) -> float | None:
        """Upper end of its interval, or None."""

    @property
    def n(self) -> int:
        """Customers in both arms."""

    @property
    def level(self) -> float:
        """Of the interval."""

    @property
    def method(self) -> str:
        """How the interval was made."""

    @property
    def denominator(self) -> str:
        """Of whom."""

    @property
    def window(self) -> str:
        """When."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The effect of a contact on a list's customers, or on customers of a campaign of the same kind.

    Attributes
    ----------
    name : str
        The list.
    source : str
        The finding (`13.save_effect`), or `90` for the last report's own plan.
    effect : Estimate
        Share in the arm to be contacted less that in the arm left alone.
    """

    name: str
    source: str
    effect: Estimate

    @property
    def of_purchases(self) -> bool:
        """Whether the shares are of customers who bought, so that what pays can be held against them."""
        return self.source in OF_PURCHASES

    @property
    def counted(self) -> str:
        """What the shares are of, in words."""
        match self.source:
            case "90" | "14.calls":
                return tr("customers who bought")
            case "00.effect_loyalty":
                return tr("customers who answered a loyalty campaign (not only by purchases)")
            case "13.save_effect":
                return tr("customers who said yes to a campaign to save (no purchase)")
            case "13.win_back_effect":
                return tr("customers who said yes to a campaign to win back (not only by purchases)")
            case _:
                return tr("customers who took a paid offer on trial")


def tried(found: Callable[[str], Effect | None], outcomes: Iterable[Outcome] = ()) -> dict[str, Tried]:
    """For each list that was tried, what came of it.

    Parameters
    ----------
    found : callable
        The finding with an id, None where no notebook gave it. A finding without an interval is passed over.
    outcomes : iterable of Outcome
        Of the last report's plan; they come before any finding.
    """
    own = {one.name: Tried(name=one.name, source=EARLIER_PLAN, effect=one.difference) for one in outcomes}
    others = {
        name: Tried(name=name, source=source, effect=_estimate(effect))
        for name, sources in FOUND_IN.items()
        for source in reversed(sources)
        if (effect := found(source)) is not None and effect.low is not None and effect.high is not None
    }
    return others | own


def verdict(effect: Estimate, needed: BreakEven | None) -> Verdict:
    """Where the interval of an effect lies against the uplift that pays: `above`, `below`, or `open` if it holds it."""
    if needed is None or effect.low is None or effect.high is None:
        return "not_known"
    if effect.low > needed.uplift.value:
        return "above"
    return "below" if effect.high < needed.uplift.value else "open"


def _estimate(effect: Effect) -> Estimate:
    return Estimate(
        value=effect.value,
        low=effect.low,
        high=effect.high,
        n=effect.n,
        level=effect.level,
        method=effect.method,
        denominator=effect.denominator,
        window=effect.window,
    )
