"""The decision panel: what a plan brings at other margins, costs, discount rates and uplifts, moved by the reader.

What leaves the notebook is plain data with every text in the language spoken; the report's page makes sliders of it.
Where no script runs, in JupyterLab, on paper, in a PDF, the same numbers stand at the terms it starts from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

import pandas as pd

from crmlab.analyses.actions import Horizon, ListFacts, Settings
from crmlab.analyses.actions.payoff import (
    NAMES,
    Gain,
    Option,
    Terms,
    gain,
    gain_of_plan,
    options,
    starting_terms,
    turning_point,
)
from crmlab.analyses.actions.tried import Tried
from crmlab.analyses.actions.wording import grade, in_points, title
from crmlab.display import show_table
from crmlab.estimate import Estimate
from crmlab.language import count, current, interval, listed, money, money_decimals, percent, points, tr, translated

PANEL_MIME = "application/vnd.crmlab.panel+json"

PAYS, LOSES, OPEN, CANNOT = "pays", "loses", "open", "cannot"
_REACH = {"margin_rate": 1.0, "discount_rate_per_year": 1.0, "uplift": 0.3}
_DEAREST = 4.0  # the cost slider goes to this many times the cost it starts from
_STEPS = 200
_SMALL_COST = 100


@dataclass(frozen=True, kw_only=True)
class DecisionPanel:
    """What decides whether a plan pays, for the reader to move.

    Attributes
    ----------
    chosen : sequence of Option
        The lists that can be valued, at least one.
    terms : Terms
        What to start from.
    given : collection of str
        Names of the terms that the client gave; the others are called assumptions.
    evidence : mapping
        For each list, what the effect of a contact rests on, as text.
    days : int
        Of the horizon.
    currency : str
    """

    chosen: Sequence[Option]
    terms: Terms
    given: Sequence[str]
    evidence: Mapping[str, str]
    days: int
    currency: str

    def __post_init__(self) -> None:
        if not self.chosen:
            raise ValueError("a decision panel needs one list at least whose contacts can be valued")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        payload = self.payload()
        rows = self._rows(payload)
        shown = show_table(
            rows, tr("What each list brings at these terms."), headings={str(name): str(name) for name in rows}
        )
        said = [payload["start"]["verdict"], payload["start"]["terms"]]
        html = "".join(f"<p>{escape(text)}</p>" for text in said) + shown._repr_html_()
        return {PANEL_MIME: payload, "text/html": html, "text/plain": "\n".join([*said, repr(shown)])}

    def payload(self) -> dict[str, Any]:
        """The panel as data that JSON can hold: sliders, lists, sentences with places for numbers, the first state."""
        return {
            "language": current(),
            "currency": self.currency,
            "decimals": self._decimals,
            "days": self.days,
            "sliders": [self._slider(name) for name in NAMES],
            "lists": [self._list(option) for option in self.chosen],
            "words": _words(),
            "start": self._start(),
        }

    @property
    def _decimals(self) -> int:
        small = 0 < self.terms.contact_cost < _SMALL_COST  # its hundredths matter, whatever a purchase is worth
        return 2 if small else money_decimals(*(option.purchase.value for option in self.chosen))

    @property
    def reach(self) -> dict[str, float]:
        """The far end of each slider; the near one is zero. A whole number of steps lead to where it starts."""
        dearest = _nice(_DEAREST * self.terms.contact_cost or _DEAREST)
        ends = _REACH | {"contact_cost": dearest}
        return {name: _STEPS * _step(getattr(self.terms, name), ends[name]) for name in NAMES}

    def turning_points(self, reach: Mapping[str, float]) -> dict[str, float | None]:
        """For each term, where from zero to its `reach` the plan turns, the others as they are; None if it does not."""
        return {
            name: turning_point(self.chosen, self.terms, name, (0.0, reach[name]), days=self.days) for name in NAMES
        }

    def _slider(self, name: str) -> dict[str, Any]:
        far = self.reach[name]
        return {
            "name": name,
            "label": _label(name),
            "unit": {"contact_cost": "money", "uplift": "points"}.get(name, "share"),
            "value": getattr(self.terms, name),
            "max": far,
            "step": far / _STEPS,
            "note": "" if name in self.given else tr("an assumption: nobody has said"),
        }

    def _list(self, option: Option) -> dict[str, Any]:
        paid, anyway = option.purchase, option.baseline
        return {
            "name": option.name,
            "title": title(option.name),
            "contacts": option.contacts,
            "room": option.room,
            "purchase": [paid.low if paid.low is not None else paid.value, paid.value, paid.high or paid.value],
            "detectable": option.detectable,
            "facts": [
                _fact(
                    tr("contacts"), count(option.contacts), [(tr("left alone on purpose"), count(option.left_alone))]
                ),
                _fact(
                    tr("buy anyway"),
                    percent(anyway.value),
                    [
                        (tr("Formula"), tr("bought ÷ customers in this situation one horizon ago")),
                        *_rests(anyway, percent),
                    ],
                ),
                _fact(
                    tr("value of a purchase"),
                    self._money(paid.value),
                    [
                        (tr("Formula"), tr("mean of the first purchase of those who bought")),
                        *_rests(paid, self._money),
                    ],
                ),
            ],
            "evidence": self.evidence.get(option.name, ""),
        }

    def _start(self) -> dict[str, Any]:
        plan = gain_of_plan(self.chosen, self.terms, days=self.days)
        turns = self.turning_points(self.reach)
        return {
            "verdict": self._verdict(plan),
            "terms": _words()["terms"].format(terms=listed(f"{_label(name)} {self._said(name)}" for name in NAMES)),
            "turns": {name: self._turn(name, at) for name, at in turns.items()},
            "lists": [self._brings(option) for option in self.chosen],
        }

    def _brings(self, option: Option) -> dict[str, str]:
        found = gain(option, self.terms, days=self.days)
        state = CANNOT if found.break_even is None else _state(found)
        seen = option.detectable is not None and self.terms.uplift >= option.detectable
        words = _words()
        return {
            "state": state,
            "verdict": words["list"][state],
            "gain": self._money(found.value),
            "range": words["range"].format(low=self._money(found.low), high=self._money(found.high)),
            "break_even": words["none"] if found.break_even is None else in_points(found.break_even),
            "test": words["seen" if seen else "unseen" if option.detectable else "blind"].format(
                least=in_points(option.detectable or 0.0)
            ),
        }

    def _verdict(self, plan: Gain) -> str:
        said = {
            name: self._money(abs(getattr(plan, name)) if name == "value" else getattr(plan, name)) for name in _ENDS
        }
        return str(_words()["plan"][_state(plan)]).format(**said)

    def _turn(self, name: str, at: float | None) -> str:
        words = _words()
        return str(words["steady"] if at is None else words["turns"].format(at=self._shown(name, at)))

    def _said(self, name: str) -> str:
        return self._shown(name, getattr(self.terms, name))

    def _shown(self, name: str, value: float) -> str:
        if name == "contact_cost":
            return self._money(value)
        return in_points(value) if name == "uplift" else percent(value)

    def _money(self, value: float) -> str:
        return money(value, self.currency, decimals=self._decimals)

    def _rows(self, payload: Mapping[str, Any]) -> pd.DataFrame:
        rows = [
            {
                tr("list"): one["title"],
                tr("contacts"): count(one["contacts"]),
                tr("pays if it adds"): start["break_even"],
                tr("brings beyond its cost"): f"{start['gain']} {start['range']}",
                tr("verdict"): start["verdict"],
            }
            for one, start in zip(payload["lists"], payload["start"]["lists"], strict=True)
        ]
        return pd.DataFrame(rows)


def decision_panel(
    known: Mapping[str, ListFacts],
    tried: Mapping[str, Tried],
    settings: Settings,
    discount_rate_per_year: float | None,
    *,
    horizon: Horizon,
    currency: str,
) -> DecisionPanel | None:
    """The panel over a plan's lists, from the client's own terms; None where no list can be valued."""
    chosen = options(known)
    if not chosen:
        return None
    said = {"margin_rate": settings.margin_rate, "contact_cost": settings.contact_cost}
    said |= {"discount_rate_per_year": discount_rate_per_year}
    return DecisionPanel(
        chosen=chosen,
        terms=starting_terms(chosen, settings, discount_rate_per_year),
        given=[name for name, value in said.items() if value is not None],
        evidence={one.name: _evidence(known[one.name], tried) for one in chosen},
        days=horizon.days,
        currency=currency,
    )


def _evidence(facts: ListFacts, tried: Mapping[str, Tried]) -> str:
    """What is known of the effect of a contact: the grade, and an experiment's own number."""
    one, said = tried.get(facts.name), translated(grade(facts, tried))
    if one is None:
        return said
    effect = points(one.effect.value) + interval(one.effect.low, one.effect.high, points, one.effect.level)
    return tr("{grade}: {effect}, of {counted}", grade=said, effect=effect, counted=one.counted)


_ENDS = ("value", "low", "high")


def _state(found: Gain) -> str:
    if found.low > 0:
        return PAYS
    return LOSES if found.high < 0 else OPEN


def _label(name: str) -> str:
    match name:
        case "margin_rate":
            return tr("margin")
        case "contact_cost":
            return tr("cost of a contact")
        case "discount_rate_per_year":
            return tr("discount rate a year")
        case _:
            return tr("uplift of a contact")


def _fact(label: str, value: str, opened: list[tuple[str, str]]) -> dict[str, Any]:
    return {"label": label, "value": value, "opened": [list(pair) for pair in opened]}


def _rests(one: Estimate, form: Any) -> list[tuple[str, str]]:
    """Denominator, window, size, method and interval of a number, as a reader opens them."""
    rows = [
        (tr("Of"), one.denominator),
        (tr("Window"), one.window),
        (tr("n"), count(one.n)),
        (tr("Method"), one.method),
    ]
    if one.low is not None and one.high is not None:
        ends = tr("{low} to {high}", low=form(one.low), high=form(one.high))
        rows.append((tr("{level} interval", level=percent(one.level, None)), ends))
    return rows


def _words() -> dict[str, Any]:
    """The sentences that change while a slider moves, with their places for numbers."""
    return {
        "plan": {
            PAYS: tr("At these terms the plan brings {value} more than it costs ({low} to {high})."),
            LOSES: tr("At these terms the plan costs {value} more than it brings ({low} to {high})."),
            OPEN: tr("At these terms it cannot be told whether the plan pays: between {low} and {high}."),
        },
        "list": {
            PAYS: tr("pays"),
            LOSES: tr("does not pay"),
            OPEN: tr("cannot be told"),
            CANNOT: tr("cannot pay: too few are left to win"),
        },
        "terms": tr("Terms: {terms}."),
        "range": tr("({low} to {high})"),
        "points": tr("{n} points"),
        "none": tr("nothing is enough"),
        "turns": tr("the decision turns at {at}"),
        "steady": tr("no value in this range turns the decision"),
        "seen": tr("the test finds such an uplift"),
        "unseen": tr("the test finds {least} at the least"),
        "blind": tr("the test can find none"),
        "nothing": tr("No list is chosen."),
        "formula": tr("contacts × (uplift × margin × value of a purchase × discount − cost of a contact)"),
        "formula_break_even": tr("cost of a contact ÷ (margin × value of a purchase × discount)"),
        "assumed": tr("assumption: the uplift is what the slider says, until a test has shown one"),
    }


def _step(start: float, far: float) -> float:
    """A step of which so many make `start`, and 200 of them about `far`, or less."""
    if start > far:
        return 2 * start / _STEPS
    return start / ceil(start * _STEPS / far) if start else far / _STEPS


def _nice(value: float) -> float:
    """`value` rounded up to two digits, for the end of a slider."""
    digits = len(f"{value:.0f}") - 2 if value >= 1 else -3
    return float(-(-value // 10**digits) * 10**digits) if value else 0.0
