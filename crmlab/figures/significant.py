"""Figures of significant customers: which rules they pass together, whether they pass them again, who is followed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import (
    DARK,
    FAINT,
    INK,
    LINES,
    MIDDLE,
    QUIET,
    described,
    folded,
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsPercent
from crmlab.language import count, listed, percent, points, tr, translated

NAME_WIDTH = 18


@styled
def flag_sets(table: pd.DataFrame, *, flags: Sequence[str], window: str) -> Axes:
    """A bar for each set of rules that customers pass together, and dots under it for the rules in the set.

    Parameters
    ----------
    table : DataFrame
        A column of True and False for each of `flags`, and `customers`; in the order in which the bars stand.
    flags : sequence of str
        The rules, from top to bottom.
    """
    ax = new_axes(440)
    columns = np.arange(len(table))
    most = float(table["customers"].max()) if len(table) else 1.0
    step = 0.17 * most  # a row of dots, in customers
    ax.bar(columns, table["customers"], color=DARK, width=0.6)
    for place, n in zip(columns, table["customers"], strict=True):
        ax.annotate(count(n), (place, n), (0, 3), textcoords="offset points", ha="center")
    heights = [-(row + 0.8) * step for row in range(len(flags))]
    for flag, height in zip(flags, heights, strict=True):
        inside = table[flag].to_numpy(dtype=bool)
        ax.scatter(columns, np.full(len(table), height), s=70, color=FAINT, zorder=2)
        ax.scatter(columns[inside], np.full(int(inside.sum()), height), s=70, color=DARK, zorder=3)
    for place in columns:
        own = [height for flag, height in zip(flags, heights, strict=True) if bool(table[flag].iloc[place])]
        ax.vlines(place, min(own), max(own), color=DARK, linewidth=2)
    ax.set_yticks(heights, [folded(translated(flag), NAME_WIDTH) for flag in flags])
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.set(xlim=(-0.6, max(len(table), 1) - 0.4), ylim=(heights[-1] - 0.6 * step, 1.1 * most))
    ax.grid(visible=False)
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set(
        title=tr("Which rules customers pass together"),
        xlabel=tr("sets of rules, largest first; {window}", window=window),
        ylabel=tr("rule, and customers"),
    )
    said = [
        tr(
            "{names}: {n}",
            names=" + ".join(translated(flag) for flag in flags if row[flag]),
            n=count(float(row["customers"])),
        )
        for row in table.to_dict("records")
    ]
    return described(
        ax, tr("Bars of customers by the set of rules they pass. {sets}.", sets=listed(said) or tr("nobody passes any"))
    )


@styled
def flag_stability(table: pd.DataFrame) -> Axes:
    """Of the customers marked a year ago, the share still marked, with its interval, beside what chance would leave.

    Parameters
    ----------
    table : DataFrame
        `flag`, `share`, `low`, `high`, `by_chance` (0 to 1), `before` (customers). Marks nobody had are NaN.
    """
    ax = new_axes(130 + 50 * len(table))
    rows = np.arange(len(table))
    share = table["share"].to_numpy(dtype=float)
    reach = np.array([share - table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float) - share])
    ax.errorbar(share, rows, xerr=reach, fmt="o", color=DARK, capsize=4, markersize=7, label=tr("still marked"))
    ax.scatter(
        table["by_chance"], rows, marker="|", s=260, color=MIDDLE, linewidth=3, label=tr("if marks were dealt anew")
    )
    names = [
        tr("{flag} ({n})", flag=translated(str(flag)), n=count(n))
        for flag, n in zip(table["flag"], table["before"], strict=True)
    ]
    ax.set_yticks(rows, [folded(name, NAME_WIDTH) for name in names])
    ax.xaxis.set_major_formatter(AsPercent())
    ax.set(xlim=(-0.02, 1), ylim=(len(table) - 0.5, -0.5))
    ax.set(
        title=tr("Is who was marked a year ago still marked?"),
        xlabel=tr("share of the customers marked a year earlier"),
        ylabel=tr("rule (marked a year ago)"),
    )
    legend_below(ax, 2)
    known = table.dropna(subset=["share"])
    said = [
        tr(
            "{flag} {share}, by chance {chance}",
            flag=translated(str(flag)),
            share=percent(share),
            chance=percent(chance),
        )
        for flag, share, chance in zip(known["flag"], known["share"], known["by_chance"], strict=True)
    ]
    return described(ax, tr("Still marked after a year: {said}.", said=listed(said, strong=True)))


@styled
def followed(table: pd.DataFrame) -> Axes:
    """How much more often the told bought, by two comparisons, in one or several worlds.

    Parameters
    ----------
    table : DataFrame
        `world` (its name as shown), `measure` (`naive` or `timed`), `value`, `low`, `high` (differences of shares).
    """
    worlds = list(dict.fromkeys(table["world"]))
    labels = {
        "naive": tr("against customers who were not told"),
        "timed": tr("against the same customers on other days"),
    }
    ax = new_axes(190 + 60 * len(worlds))
    for place, (measure, label) in enumerate(labels.items()):
        part = table[table["measure"] == measure]
        colour, _, marker = LINES[1 - place]
        rows = np.array([worlds.index(name) for name in part["world"]]) + (place - 0.5) * 0.3
        value = part["value"].to_numpy(dtype=float)
        reach = np.array([value - part["low"].to_numpy(dtype=float), part["high"].to_numpy(dtype=float) - value])
        ax.errorbar(value, rows, xerr=reach, fmt=marker, color=colour, capsize=4, markersize=7, label=label)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(worlds)), worlds)
    ax.set_ylim(len(worlds) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(AsPercent())
    ax.locator_params(axis="x", nbins=6)
    ax.set(
        title=tr("Did those who were told buy more often?"),
        xlabel=tr("difference of the shares that bought soon after"),
        ylabel=tr("data"),
    )
    legend_below(ax, 1)
    said = [
        tr(
            "{world}, {how}: {value}",
            world=str(row["world"]),
            how=labels[str(row["measure"])],
            value=points(row["value"]),
        )
        for row in table.to_dict("records")
    ]
    return described(ax, tr("Differences with intervals. {said}.", said=listed(said, strong=True)))
