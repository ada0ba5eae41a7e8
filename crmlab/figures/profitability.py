"""Figures of who earns the firm money: the whale curve, volume against profit, from revenue to what is left."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.figures.amounts import room_above, scale_of, whole_ticks
from crmlab.figures.style import (
    DARK,
    FAINT,
    INK,
    LIGHT,
    MIDDLE,
    PALE,
    QUIET,
    described,
    folded,
    legend,
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, listed, number, percent, tr, translated

STEP_WIDTH, NAME_WIDTH = 14, 18


@styled
def whale_curve(
    curve: pd.DataFrame, *, peak: float, low: float | None, high: float | None, at: float, window: str
) -> Axes:
    """Profit added up from the most to the least profitable customer.

    Parameters
    ----------
    curve : DataFrame
        `customers` and `profit`, shares of all from 0 to 1 and from 0 to 1.
    peak, low, high : float
        Its highest point, with the interval, as shares of the total.
    at : float
        After which share of the customers.
    window : str
        Of which days.
    """
    ax = new_axes(400)
    ax.axhline(1, color=QUIET, linewidth=1, linestyle=":")
    ax.plot(curve["customers"], curve["profit"], color=DARK, linewidth=2.2)
    if low is not None and high is not None:
        ax.errorbar([at], [peak], yerr=[[max(peak - low, 0)], [max(high - peak, 0)]], color=MIDDLE, capsize=5, fmt="o")
    else:
        ax.plot([at], [peak], "o", color=MIDDLE)
    ax.annotate(percent(peak), (at, high or peak), (-6, 6), textcoords="offset points", ha="right", color=INK)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(AsPercent())
    ax.set(xlim=(0, 1.01), ylim=(0, 1.12 * max(high or peak, 1)))
    ax.set(
        title=tr("Profit added up, from the most to the least profitable customer"),
        xlabel=tr("share of the customers; {window}", window=window),
        ylabel=tr("share of all profit"),
    )
    return described(
        ax,
        tr(
            "A curve that rises to {peak} of the total profit after {at} of the customers and ends at {whole}.",
            peak=percent(peak),
            at=percent(at),
            whole=percent(1, None),
        ),
    )


@styled
def profit_bridge(table: pd.DataFrame, *, currency: str, prices: str) -> Axes:
    """The steps from revenue to what is left, each hanging where the one before it ended.

    Parameters
    ----------
    table : DataFrame
        `step`, `amount` (signed), `left` (after it).
    currency, prices : str
        The client's currency, and at whose prices amounts are.
    """
    ax = new_axes(340)
    steps = [translated(str(step)) for step in table["step"]] + [tr("what is left")]
    left = table["left"].astype(float).to_numpy()
    scale, unit = scale_of(np.abs(left).max(), currency)
    tops = np.append(table["amount"].astype(float).to_numpy(), left[-1]) / scale
    bottoms = np.append(np.append(0.0, left[:-1]), 0.0) / scale
    colours = [DARK, *[PALE] * (len(table) - 1), MIDDLE]
    places = np.arange(len(steps))
    ax.bar(places, tops, bottom=bottoms, color=colours, edgecolor=QUIET, linewidth=0.6, width=0.62)
    for place, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)):
        ax.annotate(
            number(top, 1),
            (place, max(bottom, bottom + top)),
            (0, 4),
            textcoords="offset points",
            ha="center",
            color=INK,
        )
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set_xticks(places, [folded(step, STEP_WIDTH) for step in steps])
    whole_ticks(ax)
    room_above(ax, np.append(np.append(bottoms, bottoms + tops), 0.0))
    ax.grid(visible=False, axis="x")
    ax.set(title=tr("From revenue to what is left"), ylabel=f"{unit}, {prices}")
    said = [f"{step} {number(top, 1)}" for step, top in zip(steps, tops, strict=True)]
    return described(ax, tr("Bars in steps, {unit}: {steps}.", unit=unit, steps=listed(said)))


@styled
def volume_and_profit(table: pd.DataFrame, *, currency: str) -> Axes:
    """A point a customer: revenue against contribution; large customers who lose money stand out.

    Parameters
    ----------
    table : DataFrame
        `revenue` (above zero), `contribution`, `big` and `losing` (flags).
    currency : str
        The client's.
    """
    ax = new_axes(420)
    scale, unit = scale_of(float(table["revenue"].max()), currency)
    both = (table["big"] & table["losing"]).to_numpy(dtype=bool)
    groups = ((~both, PALE, "o", 12, tr("others")), (both, MIDDLE, "D", 36, tr("large, and below zero")))
    for chosen, colour, marker, size, label in groups:
        rows = table[chosen]
        ax.scatter(
            rows["revenue"] / scale,
            rows["contribution"] / scale,
            s=size,
            c=colour,
            marker=marker,
            label=label,
            edgecolor=INK if colour == MIDDLE else QUIET,
            linewidth=0.5,
        )
    ax.axhline(0, color=INK, linewidth=1)
    ax.xaxis.set_major_formatter(AsCount())
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    whole_ticks(ax)
    legend(ax, loc="upper left")
    ax.set(
        title=tr("Who is big, and who earns"),
        xlabel=tr("revenue, {unit}", unit=unit),
        ylabel=tr("contribution, {unit}", unit=unit),
    )
    return described(
        ax,
        tr(
            "Points of {n} customers, revenue against contribution. Of {big} large ones {losing} are below zero.",
            n=count(len(table)),
            big=count(table["big"].sum()),
            losing=count(both.sum()),
        ),
    )


@styled
def tenths_by_base(table: pd.DataFrame, *, currency: str) -> Axes:
    """What each tenth contributes, by how the cost to serve is spread.

    Parameters
    ----------
    table : DataFrame
        `group` (1 the most profitable), then a column a base, the first the one the tenths are cut by.
    currency : str
        The client's.
    """
    ax = new_axes(380)
    bases = list(table.columns[1:])
    scale, unit = scale_of(float(table[bases].abs().to_numpy().max()), currency)
    looks = ((DARK, "-", "o"), (PALE, "-", "v"), (MIDDLE, "--", "s"), (LIGHT, "-.", "^"))
    for base, (colour, style, marker) in zip(bases, looks, strict=False):
        ax.plot(
            table["group"], table[base] / scale, color=colour, linestyle=style, marker=marker, label=translated(base)
        )
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(table["group"], [count(group) for group in table["group"]])
    whole_ticks(ax)
    legend_below(ax, 4)
    ax.set(
        title=tr("The same customers, the same costs, spread in four ways"),
        xlabel=tr("tenths, the most profitable first"),
        ylabel=tr("contribution, {unit}", unit=unit),
    )
    last = table.iloc[-1]
    said = [f"{translated(base)} {number(last[base] / scale, 1)}" for base in bases]
    return described(
        ax,
        tr("Lines over ten tenths of the customers, {unit}. The last tenth: {said}.", unit=unit, said=listed(said)),
    )


@styled
def variance_parts(table: pd.DataFrame) -> Axes:
    """A bar for each part of the variance of margin, with its interval.

    Parameters
    ----------
    table : DataFrame
        `part`, `value`, `low`, `high`, shares of the whole.
    """
    ax = new_axes(110 + 48 * len(table))
    rows, values = np.arange(len(table)), table["value"].to_numpy(dtype=float)
    reach = [values - table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float) - values]
    ax.barh(rows, values, color=[DARK, MIDDLE, LIGHT, FAINT][: len(table)], edgecolor=QUIET, height=0.6)
    ax.errorbar(values, rows, xerr=np.clip(reach, 0, None), fmt="none", ecolor=INK, capsize=4)
    for row, (value, high) in enumerate(zip(values, table["high"], strict=True)):
        ax.annotate(percent(value), (max(high, value), row), (6, 0), textcoords="offset points", va="center", color=INK)
    ax.set_yticks(rows, [folded(translated(str(part)), NAME_WIDTH) for part in table["part"]])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(AsPercent())
    ax.set_xlim(0, min(1.15, 1.2 * max(float(table["high"].max()), 0.1)))
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("Where profit differs"), xlabel=tr("share of the variance of margin"))
    said = [f"{translated(str(part))} {percent(value)}" for part, value in zip(table["part"], values, strict=True)]
    return described(ax, tr("Bars of shares of variance: {said}.", said=listed(said)))
