"""Figures of what profit by customer leads to: later periods, customers dropped, risk, whom the firm approached."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.amounts import room_above, scale_of, whole_ticks
from crmlab.figures.heatmap import draw_shares
from crmlab.figures.style import (
    DARK,
    INK,
    MIDDLE,
    PALE,
    QUIET,
    described,
    legend,
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsPercent
from crmlab.language import count, listed, number, percent, tr, translated


@styled
def tails_then_and_later(table: pd.DataFrame, *, currency: str) -> Axes:
    """Each tenth's mean in the period it was cut by, and in the next one.

    Parameters
    ----------
    table : DataFrame
        `group` (1 the most profitable), `before`, `after`, `low`, `high`, means in `currency`.
    currency : str
        The client's.
    """
    ax = new_axes(380)
    scale, unit = scale_of(float(table[["before", "after"]].abs().to_numpy().max()), currency)
    before, after = table["before"] / scale, table["after"] / scale
    reach = np.nan_to_num(np.array([after - table["low"] / scale, table["high"] / scale - after]))
    ax.plot(table["group"], before, color=DARK, marker="o", label=tr("in the period they were ordered by"))
    ax.errorbar(
        table["group"],
        after,
        yerr=np.clip(reach, 0, None),
        color=MIDDLE,
        linestyle="--",
        marker="s",
        capsize=4,
        label=tr("the same customers later"),
    )
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(table["group"], [count(group) for group in table["group"]])
    whole_ticks(ax)
    legend(ax, loc="upper right")
    ax.set(
        title=tr("The same customers in two periods"),
        xlabel=tr("tenths by the earlier period, the most profitable first"),
        ylabel=tr("mean of a customer, {unit}", unit=unit),
    )
    ends = {
        "top": number(before.iloc[0], 1),
        "top_after": number(after.iloc[0], 1),
        "last": number(before.iloc[-1], 1),
        "last_after": number(after.iloc[-1], 1),
    }
    return described(
        ax,
        tr(
            "Two lines over the tenths, {unit}: the first goes from {top} to {top_after} later, the last from {last} "
            "to {last_after}.",
            unit=unit,
            **ends,
        ),
    )


@styled
def death_spiral(rounds: pd.DataFrame, *, avoidable: float, currency: str) -> Axes:
    """The firm's profit round by round, while customers below their share of the fixed costs are dropped.

    Parameters
    ----------
    rounds : DataFrame
        `round`, `customers`, `profit`.
    avoidable : float
        The firm's profit if only those who contribute less than nothing went.
    currency : str
        The client's.
    """
    ax = new_axes(320)
    scale, unit = scale_of(max(float(rounds["profit"].abs().max()), abs(avoidable)), currency)
    profit = rounds["profit"].to_numpy(dtype=float) / scale
    ax.bar(rounds["round"], profit, color=[DARK, *[PALE] * (len(rounds) - 1)], edgecolor=QUIET, width=0.6)
    ax.axhline(avoidable / scale, color=MIDDLE, linestyle="--", label=tr("only those below zero before fixed costs"))
    for place, (value, n) in enumerate(zip(profit, rounds["customers"], strict=True)):
        on_dark = place == 0 and value > 0
        colour = "white" if on_dark else INK
        ax.annotate(
            tr("{n} left", n=count(n)), (place, 0), (0, 5), textcoords="offset points", ha="center", color=colour
        )
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(rounds["round"], [count(number_) for number_ in rounds["round"]])
    whole_ticks(ax)
    room_above(ax, np.append(profit, [avoidable / scale, 0.0]))
    ax.grid(visible=False, axis="x")
    legend_below(ax, 1)
    ax.set(
        title=tr("Dropping customers by full cost"),
        xlabel=tr("rounds"),
        ylabel=tr("profit of the firm, {unit}", unit=unit),
    )
    said = [number(value, 1) for value in profit]
    return described(
        ax,
        tr(
            "Bars of the firm's profit by round, {unit}: {said}; dropping only those below zero would bring "
            "{avoidable}.",
            unit=unit,
            said=listed(said),
            avoidable=number(avoidable / scale, 1),
        ),
    )


@styled
def value_and_risk(grid: pd.DataFrame, *, risks: tuple[str, ...]) -> Axes:
    """A cell for each tier of value and each risk: its share of the customers, in per cent.

    Parameters
    ----------
    grid : DataFrame
        `tier` (1 the most profitable), and how many customers in a column for each of `risks`.
    """
    counts = grid.set_index("tier")[list(risks)].astype(float)
    shares = counts / max(float(counts.to_numpy().sum()), 1.0)
    ax = new_axes(120 + 44 * len(counts))
    draw_shares(ax, shares, darkest=max(float(shares.to_numpy().max()), 1e-9))
    ax.set_xticklabels([translated(risk) for risk in risks])
    ax.set_yticklabels([tr("tier {n}", n=count(tier)) for tier in counts.index], rotation=0)
    ax.set(title=tr("Value and risk: customers in each cell, %"), xlabel="", ylabel="")
    first = shares.iloc[0]
    said = [f"{translated(risk)} {percent(first[risk])}" for risk in risks]
    return described(ax, tr("A table of shares of the customers. The first tier: {said}.", said=listed(said)))


@styled
def approached_by_tenth(table: pd.DataFrame, *, window: str) -> Axes:
    """The share of each tenth by profit that was approached later, with its interval.

    Parameters
    ----------
    table : DataFrame
        `group` (1 the most profitable), `share`, `low`, `high`.
    window : str
        When they were approached.
    """
    ax = new_axes(320)
    shares = table["share"].to_numpy(dtype=float)
    reach = [shares - table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float) - shares]
    ax.bar(table["group"], shares, color=PALE, edgecolor=QUIET, linewidth=0.6, width=0.7)
    ax.errorbar(table["group"], shares, yerr=np.clip(reach, 0, None), fmt="none", ecolor=INK, capsize=4)
    ax.set_xticks(table["group"], [count(group) for group in table["group"]])
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(0, min(1.05, 1.15 * float(table["high"].max())))
    ax.grid(visible=False, axis="x")
    ax.set(
        title=tr("Who was approached, by profit of the year before"),
        xlabel=tr("tenths, the most profitable first; approached {window}", window=window),
        ylabel=tr("share approached"),
    )
    said = [percent(share) for share in shares]
    return described(ax, tr("Bars from the most to the least profitable tenth: {shares}.", shares=listed(said)))
