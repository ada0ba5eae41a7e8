"""The river of states: who is in which state at the end of each period, and who moved between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import DARK, INK, MIDDLE, PALE, QUIET, described, new_axes, styled
from crmlab.figures.ticks import AsCount
from crmlab.language import count, day, listed, percent, tr, translated

NOT_YET = "not yet"
ORDER = ("lapsed", "at_risk", "new", "returned", "active", "loyal", NOT_YET)
"""The stack, from the bottom; customers to come stand on top of it, apart."""

COLOURS: Mapping[str, str] = {
    "loyal": DARK,
    "active": "#3f6f9f",
    "returned": "#7ba3c9",
    "new": PALE,
    "at_risk": MIDDLE,
    "lapsed": "#b9bfc6",
    NOT_YET: "#e3b23c",
}
NODE = 0.07  # half the width of a bar, where the looks are 1 apart
BEND = np.linspace(0, 1, 24)
LABEL_ROOM = 0.052  # of the height of the axes, for one line of text


@styled
def state_river(flows: pd.DataFrame) -> Axes:
    """The states at each look as stacked bars, and the customers who moved between them as bands.

    Parameters
    ----------
    flows : DataFrame
        `start`, `end`, `before`, `after`, `customers`: one row a period and pair of states. `not yet` in `before`
        holds those who came.
    """
    river = _River.of(flows)
    ax = new_axes(560)
    for band in river.bands():
        x = band["x"] + NODE + (1 - 2 * NODE) * BEND
        bend = 3 * BEND**2 - 2 * BEND**3
        low = band["from"] + (band["to"] - band["from"]) * bend
        colour = COLOURS[band["after"]]
        ax.fill_between(x, low, low + band["customers"], color=colour, alpha=0.45, linewidth=0)
    for look, stack in enumerate(river.stacks):
        for state, (low, size) in stack.items():
            ax.bar(look, size, bottom=low, width=2 * NODE, color=COLOURS[state], edgecolor="white", linewidth=0.6)
    _label_states(ax, river)
    _label_newcomers(ax, river)
    last = flows[flows["end"] == flows["end"].max()]
    slipped = last[~last["before"].isin(["at_risk", "lapsed", NOT_YET]) & last["after"].isin(["at_risk", "lapsed"])]
    back = last[last["before"].isin(["at_risk", "lapsed"]) & ~last["after"].isin(["at_risk", "lapsed"])]
    ax.set(
        title=tr(
            "Last period: {slipped} slipped away, {back} came back, {new} were new",
            slipped=count(slipped["customers"].sum()),
            back=count(back["customers"].sum()),
            new=count(last.loc[last["before"] == NOT_YET, "customers"].sum()),
        ),
        xlabel=tr("state at the end of each period; the bands are customers on their way from state to state"),
        ylabel=tr("customers"),
        xlim=(-0.3, len(river.stacks) - 1 + 0.32 * max(len(river.stacks) - 1, 1) ** 0.5 + 0.25),
        ylim=(0, river.top * 1.07),
    )
    ax.set_xticks(range(len(river.stacks)), [day(look) for look in river.looks], rotation=20, ha="right")
    ax.yaxis.set_major_formatter(AsCount())
    ax.grid(visible=False, axis="x")
    return described(ax, _alt_of_river(river))


@dataclass(frozen=True)
class _River:
    """Where each bar and band of the river lies.

    `stacks` has, for each look, the lower edge and the height of each state; `flows` is the table drawn.
    """

    looks: list[Any]
    stacks: list[dict[str, tuple[float, float]]]
    flows: pd.DataFrame
    top: float

    @classmethod
    def of(cls, flows: pd.DataFrame) -> "_River":
        looks = sorted(set(flows["start"]) | set(flows["end"]))
        sizes = [_sizes(flows, look) for look in looks]
        known = [sum(size for state, size in of_look.items() if state != NOT_YET) for of_look in sizes]
        apart = 0.04 * max(known)
        stacks = []
        for of_look in sizes:
            low, stack = 0.0, {}
            for state in ORDER:
                size = float(of_look.get(state, 0))
                if size:
                    low += apart if state == NOT_YET else 0.0
                    stack[state] = (low, size)
                    low += size
            stacks.append(stack)
        top = max(low + size for stack in stacks for low, size in stack.values())
        return cls(looks, stacks, flows, top)

    def bands(self) -> Iterator[dict[str, Any]]:
        """Each band with the period it starts at and its lower edge at either side."""
        for place, look in enumerate(self.looks[:-1]):
            rows = self.flows[self.flows["start"] == look].set_index(["before", "after"])["customers"]
            leaving = {state: low for state, (low, _) in self.stacks[place].items()}
            arriving = {state: low for state, (low, _) in self.stacks[place + 1].items()}
            for before in ORDER:
                for after in ORDER:
                    size = float(rows.get((before, after), 0))
                    if size:
                        low, high = leaving[before], arriving[after]
                        yield {"x": place, "from": low, "to": high, "customers": size, "after": after}
                        leaving[before] += size
                        arriving[after] += size


def _sizes(flows: pd.DataFrame, look: Any) -> dict[str, int]:
    """The customers in each state at a look: those who leave it, or, at the last look, those who arrived."""
    leaving = flows[flows["start"] == look]
    side, rows = ("before", leaving) if len(leaving) else ("after", flows[flows["end"] == look])
    sums: dict[str, int] = rows.groupby(side)["customers"].sum().to_dict()
    return sums


def _label_states(ax: Axes, river: _River) -> None:
    """The name and size of each state beside the last bar, moved apart where they would overlap."""
    last = river.stacks[-1]
    places = [(state, low + size / 2, size) for state, (low, size) in last.items()]
    room, height = LABEL_ROOM * river.top, 0.0
    for state, middle, size in places:
        height = max(middle, height)
        text = tr("{state} {customers}", state=_name(state), customers=count(size))
        x = len(river.stacks) - 1 + NODE + 0.03
        ax.annotate(text, (x, middle), (x + 0.06, height), va="center", color=INK, annotation_clip=False)
        height += room


def _label_newcomers(ax: Axes, river: _River) -> None:
    """What the bars apart from the stacks are, said once, beside the first of them."""
    for look, stack in enumerate(river.stacks):
        if NOT_YET in stack:
            low, size = stack[NOT_YET]
            where = (look - NODE - 0.03, low + size)
            ax.annotate(tr("to come"), where, (0, 4), textcoords="offset points", va="bottom", color=QUIET)
            return


def _alt_of_river(river: _River) -> str:
    first, last = river.stacks[0], river.stacks[-1]
    parts = [
        tr(
            "{state} {first} to {last}",
            state=_name(state),
            first=count(first.get(state, (0.0, 0.0))[1]),
            last=count(last.get(state, (0.0, 0.0))[1]),
        )
        for state in ORDER
        if state != NOT_YET and (state in first or state in last)
    ]
    known = sum(size for _, size in last.values())
    share = sum(size for state, (_, size) in last.items() if state not in ("at_risk", "lapsed")) / known
    return tr(
        "River of customer states from {start} to {end}, in customers: {states}. In touch at the end: {share}.",
        start=day(river.looks[0]),
        end=day(river.looks[-1]),
        states=listed(parts),
        share=percent(share),
    )


def _name(state: str) -> str:
    return translated(state.replace("_", " "))
