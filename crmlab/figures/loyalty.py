"""Figures of choice, satisfaction and trust."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import (
    DARK,
    FAINT,
    INK,
    LIGHT,
    LINES,
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
from crmlab.language import count, listed, number, percent, points, tr
from crmlab.tables.schema.codes import code_words

NAME_WIDTH = 20
PLAIN: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind words that a line crosses


@styled
def market_concentration(table: pd.DataFrame, *, cut: float) -> Axes:
    """A bar for each region: its index of concentration, and as many equal firms as that is.

    Parameters
    ----------
    table : DataFrame
        `region`, `hhi`, `effective`, least concentrated first.
    cut : float
        From here on customers have little choice.
    """
    ax = new_axes(110 + 36 * len(table))
    rows = np.arange(len(table))
    held = table["hhi"].to_numpy(float) >= cut
    ax.barh(rows[~held], table["hhi"][~held], color=DARK, height=0.62, label=tr("with choice"))
    ax.barh(rows[held], table["hhi"][held], color=LIGHT, edgecolor=QUIET, height=0.62, label=tr("with little choice"))
    for row, (index, firms) in enumerate(zip(table["hhi"], table["effective"], strict=True)):
        label = tr("{index} · as {firms} firms", index=number(index), firms=number(firms, 1))
        ax.annotate(
            label, (index, row), (6, 0), textcoords="offset points", va="center", color=INK, fontsize=9, bbox=PLAIN
        )
    ax.axvline(cut, color=INK, linestyle=":", linewidth=1.4)
    ax.set_yticks(rows, [folded(code_words(name), NAME_WIDTH) for name in table["region"]])
    ax.invert_yaxis()
    ax.set_xlim(0, max(1.0, 1.35 * float(table["hhi"].max())))
    ax.xaxis.set_major_formatter(lambda value, _: number(value, 1))
    ax.grid(visible=False, axis="y")
    legend_below(ax, 2)
    ax.set(title=tr("How much choice customers have"), xlabel=tr("index of concentration; dotted: the cut"))
    bars = [f"{code_words(name)} {number(index)}" for name, index in zip(table["region"], table["hhi"], strict=True)]
    return described(ax, tr("Bars of concentration by region: {said}.", said=listed(bars)))


@styled
def staying_curves(table: pd.DataFrame) -> Axes:
    """The share that stayed by answer on satisfaction, a line where there is choice and one where there is little.

    Parameters
    ----------
    table : DataFrame
        `captive` (bool), `satisfaction`, `share`, `low`, `high` (0 to 1).
    """
    ax = new_axes(360)
    names = {False: tr("with choice"), True: tr("with little choice")}
    said = []
    for place, (captive, part) in enumerate(table.groupby("captive")):
        colour, line, marker = LINES[place]
        x = part["satisfaction"] + (0.08 if captive else -0.08)
        reach = np.clip([part["share"] - part["low"], part["high"] - part["share"]], 0, None)
        ax.errorbar(x, part["share"], yerr=reach, color=colour, linestyle=line, marker=marker, capsize=3, linewidth=1.8)
        ax.plot([], [], color=colour, linestyle=line, marker=marker, label=names[bool(captive)])
        ends = part["share"].iloc[[0, -1]]
        said.append(f"{names[bool(captive)]} {percent(ends.iloc[0])} → {percent(ends.iloc[-1])}")
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(AsPercent())
    ax.xaxis.set_major_formatter(AsCount())
    legend(ax, loc="lower right")
    ax.set(
        title=tr("Who stayed, by satisfaction and choice"),
        xlabel=tr("satisfaction, points of seven"),
        ylabel=tr("share that stayed"),
    )
    return described(ax, tr("Staying from the lowest to the highest answer: {said}.", said=listed(said)))


@styled
def worth_by_region(table: pd.DataFrame, *, cut: float) -> Axes:
    """What a point of satisfaction is worth in each region, with its interval, along the index of concentration.

    Parameters
    ----------
    table : DataFrame
        `region`, `hhi`, `slope`, `low`, `high` (change of the share that stays for a point).
    cut : float
        From here on customers have little choice.
    """
    ax = new_axes(360)
    reach = np.clip([table["slope"] - table["low"], table["high"] - table["slope"]], 0, None)
    ax.errorbar(table["hhi"], table["slope"], yerr=reach, fmt="o", color=DARK, ecolor=QUIET, capsize=4, linewidth=1.4)
    ax.axhline(0, color=INK, linewidth=1)
    ax.axvline(cut, color=INK, linestyle=":", linewidth=1.4)
    ax.yaxis.set_major_formatter(lambda value, _: number(100 * value, 0))
    ax.xaxis.set_major_formatter(lambda value, _: number(value, 1))
    ax.set_xlim(0, max(1.0, float(table["hhi"].max()) * 1.1))
    ax.set(
        title=tr("What a point of satisfaction adds to staying, region by region"),
        xlabel=tr("index of concentration; dotted: the cut"),
        ylabel=tr("percentage points of staying"),
    )
    rows = zip(table["region"].map(code_words), table["hhi"], table["slope"], strict=True)
    said = [f"{name} ({number(index)}) {points(slope)}" for name, index, slope in rows]
    return described(ax, tr("A dot for each region: {said}.", said=listed(said)))


@styled
def silent_means(table: pd.DataFrame) -> Axes:
    """The mean satisfaction as several ways have it, one row each; what has no middle is a bar alone.

    Parameters
    ----------
    table : DataFrame
        `way`, `value` (NaN for bounds), `low`, `high`, in points of the scale.
    """
    ax = new_axes(130 + 46 * len(table))
    said = []
    for row, (way, value, low, high) in enumerate(table[["way", "value", "low", "high"]].itertuples(index=False)):
        bounds = bool(np.isnan(value))
        ax.plot(
            [low, high],
            [row, row],
            color=PALE if bounds else DARK,
            linewidth=11 if bounds else 3,
            solid_capstyle="butt",
        )
        if not bounds:
            ax.plot([value], [row], color=DARK, marker="o", markersize=8)
        ends = tr("{low} to {high}", low=number(low), high=number(high))
        said.append(f"{way} {ends if bounds else number(value)}")
    ax.set_yticks(range(len(table)), [folded(str(way), NAME_WIDTH) for way in table["way"]])
    ax.set(xlim=(1, 7), ylim=(len(table) - 0.4, -0.6))
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("How satisfied those are who were asked"), xlabel=tr("mean satisfaction, points of seven"))
    return described(ax, tr("Mean satisfaction by several ways: {said}.", said=listed(said)))


@styled
def ceiling(table: pd.DataFrame, steps: pd.DataFrame, *, condition: str, outcome: str, effect: float) -> Axes:
    """A dot for each pair of answers, larger for more customers, and the step line over them.

    Parameters
    ----------
    table : DataFrame
        `x`, `y`, `customers`.
    steps : DataFrame
        `x`, `y` where the line rises.
    condition, outcome : str
        What stands along the axes.
    effect : float
        The empty share above the line.
    """
    ax = new_axes(380)
    size = 14 + 150 * table["customers"] / max(float(table["customers"].max()), 1.0)
    ax.scatter(table["x"], table["y"], s=size, color=PALE, edgecolor=QUIET, linewidth=0.6)
    right = float(table["x"].max())
    x, y = [*steps["x"], right], [*steps["y"], float(steps["y"].iloc[-1])]
    ax.step(x, y, where="post", color=MIDDLE, linewidth=2.4, label=tr("ceiling"))
    top = float(table["y"].max())
    ax.fill_between(x, y, top, step="post", facecolor="none", edgecolor=FAINT, hatch="//", label=tr("empty"))
    legend_below(ax, 2)
    ax.set(title=tr("Is there much of the one without the other?"), xlabel=condition, ylabel=outcome)
    return described(
        ax,
        tr(
            "Dots of {outcome} over {condition}, {n} customers, under a step line; {effect} of the field above it is "
            "empty.",
            outcome=outcome,
            condition=condition,
            n=count(table["customers"].sum()),
            effect=number(effect),
        ),
    )


@styled
def shrunk_products(table: pd.DataFrame, *, mean: float) -> Axes:
    """Each product's own mean against the mean drawn to that of all: the further from the dashed line, the more.

    Parameters
    ----------
    table : DataFrame
        `n`, `raw`, `shrunk`, in points of the scale.
    mean : float
        Of all products.
    """
    ax = new_axes(360)
    ends = [min(table["raw"].min(), mean) - 0.2, max(table["raw"].max(), mean) + 0.2]
    ax.plot(ends, ends, color=QUIET, linestyle="--", linewidth=1.2, label=tr("as it is"))
    ax.axhline(mean, color=INK, linestyle=":", linewidth=1.2, label=tr("mean of all"))
    ax.scatter(table["raw"], table["shrunk"], s=10 + 5 * table["n"], color=DARK, alpha=0.75, linewidth=0)
    legend(ax, loc="upper left")
    ax.set(
        title=tr("Satisfaction by product, as it is and drawn to the mean"),
        xlabel=tr("mean of the product's answers; larger dots: more answers"),
        ylabel=tr("drawn to the mean of all"),
    )
    shown = [number(table[name].agg(end)) for name in ("raw", "shrunk") for end in ("min", "max")]
    return described(
        ax,
        tr(
            "{n} products: their own means run from {a} to {b}, drawn to the mean from {c} to {d}.",
            n=count(len(table)),
            **dict(zip("abcd", shown, strict=True)),
        ),
    )


@styled
def need_ranks(table: pd.DataFrame) -> Axes:
    """The rank of each region with equal weights, and the ranks it takes as weights change.

    Parameters
    ----------
    table : DataFrame
        `region`, `rank`, `best`, `worst`; 1 is the most need.
    """
    ax = new_axes(110 + 36 * len(table))
    rows = np.arange(len(table))
    ax.hlines(rows, table["best"], table["worst"], color=PALE, linewidth=9)
    ax.scatter(table["rank"], rows, s=70, color=DARK, zorder=3)
    ax.set_yticks(rows, [folded(code_words(name), NAME_WIDTH) for name in table["region"]])
    ax.set_xticks(range(1, len(table) + 1), [count(one) for one in range(1, len(table) + 1)])
    ax.set(xlim=(0.5, len(table) + 0.5), ylim=(len(table) - 0.4, -0.6))
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("Where care is needed most depends on the weights"),
        xlabel=tr("rank, 1 the most; dot: equal weights, bar: 95 % of all weights"),
    )
    rows_said = zip(table["region"].map(code_words), table["best"], table["worst"], strict=True)
    said = [tr("{name} {best} to {worst}", name=str(name), best=count(a), worst=count(b)) for name, a, b in rows_said]
    return described(ax, tr("Ranks over all weights: {said}.", said=listed(said)))


@styled
def choice_curves(table: pd.DataFrame) -> Axes:
    """The chance to stay by satisfaction, one line for each number of rivals.

    Parameters
    ----------
    table : DataFrame
        `satisfaction` (standard score), then a column for each number of rivals, at most three, named by it.
    """
    ax = new_axes(340)
    said = []
    for place, rivals in enumerate(table.columns[1:]):
        colour, line, _ = LINES[place]
        label = tr("{k} rivals", k=number(float(rivals), 1).removesuffix(".0"))
        ax.plot(table["satisfaction"], table[rivals], color=colour, linestyle=line, linewidth=2.2, label=label)
        said.append(f"{label}: {percent(table[rivals].iloc[0])} → {percent(table[rivals].iloc[-1])}")
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="lower right")
    ax.set(
        title=tr("A simulated choice: the more rivals, the less is held"),
        xlabel=tr("satisfaction, standard deviations from the mean"),
        ylabel=tr("chance to stay"),
    )
    return described(ax, tr("Curves of staying by satisfaction: {said}.", said=listed(said, strong=True)))
