"""Figures of churn: leavers reached by calls, probabilities against what came, effects, who is still there by band."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import (
    DARK,
    FAINT,
    INK,
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
from crmlab.language import count, interval, listed, number, percent, tr

WIDTH_OF_NAME = 30  # characters of a feature's name on a line


@styled
def gains(table: pd.DataFrame, *, capacity: int, by: str | None = None, other: str | None = None) -> Axes:
    """Leavers reached by so many calls, highest probabilities first, beside those reached by lot.

    Parameters
    ----------
    table : DataFrame
        `calls`, `hits`, `by_chance`, and `other` where a second score is named.
    capacity : int
        Calls that can be made, marked; not beyond the last row.
    by, other : str, optional
        What orders the calls, and what the second order is called: `by the score` where nothing is said.
    """
    ax = new_axes(430)
    by = by or tr("by the score")
    lines = {"hits": by, **({"other": other} if other else {}), "by_chance": tr("drawn by lot")}
    for place, (name, label) in enumerate(lines.items()):
        colour, line, _ = LINES[place] if name != "by_chance" else (QUIET, ":", "")
        ax.plot(table["calls"], table[name], color=colour, linestyle=line, linewidth=2, label=label)
    at = min(capacity, int(table["calls"].iloc[-1]))
    hits, lot = (float(np.interp(at, table["calls"], table[name])) for name in ("hits", "by_chance"))
    ax.axvline(at, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    ax.plot([at, at], [hits, lot], linestyle="none", marker="o", color=INK, markersize=6)
    told = {"calls": count(at), "hits": count(hits), "lot": count(lot), "by": by}
    ax.set(
        title=tr("{calls} calls reach {hits} leavers {by}, {lot} by lot", **told),
        xlabel=tr("calls, likeliest to leave first; dashed: the capacity"),
        ylabel=tr("leavers among them"),
        xlim=(0, float(table["calls"].iloc[-1])),
        ylim=(0, 1.05 * float(table["hits"].max())),
    )
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsCount())
    legend_below(ax, 1 if other else 2)
    last = table.iloc[-1]
    alt = tr(
        "Lines of leavers reached against calls. {calls} calls reach {hits} {by} and {lot} by lot, which is {share} "
        "and {chance} of all {all} leavers among {n} customers.",
        **told,
        share=percent(hits / last["hits"]),
        chance=percent(lot / last["hits"]),
        all=count(last["hits"]),
        n=count(last["calls"]),
    )
    return described(ax, alt)


@styled
def reliability(table: pd.DataFrame, *, window: str) -> Axes:
    """What was said against what came, by groups of like probability; on the line both are one.

    Parameters
    ----------
    table : DataFrame
        `customers`, `expected`, `share`, `low`, `high`, lowest group first.
    """
    ax = new_axes(440)
    top = min(1.0, 1.08 * float(max(table["high"].max(), table["expected"].max())))
    ax.plot([0, top], [0, top], color=QUIET, linestyle=":", linewidth=1.6, label=tr("said and came are one"))
    ends = np.vstack([table["share"] - table["low"], table["high"] - table["share"]]).clip(min=0)
    ax.errorbar(
        table["expected"],
        table["share"],
        yerr=ends,
        color=DARK,
        marker="o",
        markersize=7,
        linestyle="none",
        linewidth=1.8,
        capsize=4,
        label=tr("groups of customers, with intervals"),
        clip_on=False,
    )
    inside = int(((table["low"] <= table["expected"]) & (table["expected"] <= table["high"])).sum())
    ax.set(
        title=tr(
            "{inside} of {n} groups left as often as was said, within their intervals",
            inside=count(inside),
            n=count(len(table)),
        ),
        xlabel=tr("probability to leave that was said, mean of the group"),
        ylabel=folded(tr("share that left, {window}", window=window), 44),
        xlim=(0, top),
        ylim=(0, top),
    )
    ax.xaxis.set_major_formatter(AsPercent())
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="upper left")
    said = listed((_said(row) for row in _rows(table)), strong=True)
    return described(ax, tr("Points of what came against what was said, by group: {said}.", said=said))


@styled
def effects(table: pd.DataFrame, *, title: str, xlabel: str) -> Axes:
    """Odds or hazard ratios of a standard deviation with intervals, on a logarithmic scale.

    Parameters
    ----------
    table : DataFrame
        `name` (in the language spoken), `ratio`, `low`, `high`; intervals may be missing. Drawn in this order.
    """
    ax = new_axes(150 + 27 * len(table))
    at = np.arange(len(table))[::-1]
    clear = ((table["low"] > 1) | (table["high"] < 1)).to_numpy()
    ends = np.vstack([table["ratio"] - table["low"], table["high"] - table["ratio"]])
    ax.axvline(1, color=QUIET, linestyle=":", linewidth=1.6)
    for shown, colour, fill in ((clear, DARK, DARK), (~clear, MIDDLE, "white")):
        if shown.any():
            ax.errorbar(
                table["ratio"][shown],
                at[shown],
                xerr=np.nan_to_num(ends[:, shown]).clip(min=0),
                color=colour,
                markerfacecolor=fill,
                marker="o",
                markersize=7,
                linestyle="none",
                linewidth=1.8,
                capsize=3,
                label=tr("interval without 1") if colour == DARK else tr("interval with 1, or none"),
            )
    ax.set_xscale("log")
    ax.set_yticks(at, [folded(name, WIDTH_OF_NAME) for name in table["name"]])
    ax.set_ylim(-0.7, len(table) - 0.3)
    _ratio_ticks(ax, table)
    ax.set(title=title, xlabel=xlabel, ylabel=tr("known at the start of the window"))
    legend_below(ax, 2)
    said = listed(
        (
            tr("{name} {ratio}{interval}", name=row["name"], ratio=number(row["ratio"]), interval=_ends(row))
            for row in _rows(table)
        ),
        strong=True,
    )
    return described(ax, tr("Ratios of a standard deviation, with 95 % intervals: {said}.", said=said))


@styled
def still_there(table: pd.DataFrame, *, days: int) -> Axes:
    """The share still there, day by day, of bands of like forecast, each with its interval at the end.

    Parameters
    ----------
    table : DataFrame
        `band` (1: lowest risk), `day`, `share`, `low`, `high`, `customers`, `expected` (the share said to be there at
        the end).
    """
    ax = new_axes(430)
    bands = sorted(table["band"].unique())
    for place, band in enumerate(bands):
        rows = table[table["band"] == band]
        colour, line, marker = LINES[place % len(LINES)]
        last = rows.iloc[-1]
        label = tr("band {band}, {n} customers", band=count(band), n=count(last["customers"]))
        ax.step(rows["day"], rows["share"], where="post", color=colour, linestyle=line, linewidth=2, label=label)
        ax.fill_between(rows["day"], rows["low"], rows["high"], step="post", color=PALE, alpha=0.35, linewidth=0)
        ax.plot(
            last["day"], last["expected"], marker=marker, markersize=9, color=colour, clip_on=False, linestyle="none"
        )
    ends = table.groupby("band").tail(1).sort_values("band")
    first, last = ends.iloc[0], ends.iloc[-1]
    ax.set(
        title=tr(
            "After {days} days {low} of the lowest band of risk are there, {high} of the highest",
            days=count(days),
            low=percent(first["share"], 0),
            high=percent(last["share"], 0),
        ),
        xlabel=tr("days since the forecast; mark at the end: the share that was said"),
        ylabel=tr("share still there"),
        xlim=(0, days),
        ylim=(0, 1.02),
    )
    ax.grid(visible=True, color=FAINT)
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsPercent())
    legend_below(ax, len(bands))
    said = listed(
        (
            tr(
                "band {band}: {share}{interval}, said {expected}",
                band=count(row["band"]),
                share=percent(row["share"]),
                interval=interval(row["low"], row["high"]),
                expected=percent(row["expected"]),
            )
            for row in _rows(ends)
        ),
        strong=True,
    )
    return described(ax, tr("Curves of the share still there after {days} days: {said}.", days=count(days), said=said))


def _ratio_ticks(ax: Axes, table: pd.DataFrame) -> None:
    low = float(np.nanmin(table[["ratio", "low"]].to_numpy(dtype=float)))
    high = float(np.nanmax(table[["ratio", "high"]].to_numpy(dtype=float)))
    low, high = min(low, 0.9), max(high, 1.1)
    choices = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 5, 10, 20, 50, 100]
    inside = [tick for tick in choices if low * 0.97 <= tick <= high * 1.03]
    spread = [tick for tick in inside if tick in (0.01, 0.1, 0.5, 1, 2, 10, 100)] if len(inside) > 9 else inside  # noqa: PLR2004
    ax.set_xticks(spread, [number(tick, 2) for tick in spread])
    ax.set_xticks([], minor=True)
    ax.set_xlim(low * 0.95, high * 1.05)


def _ends(row: dict[Any, Any]) -> str:
    missing = pd.isna(row["low"]) or pd.isna(row["high"])
    return "" if missing else interval(float(row["low"]), float(row["high"]), number)


def _said(row: dict[Any, Any]) -> str:
    return tr(
        "said {expected}, came {share}{interval} of {n}",
        expected=percent(row["expected"]),
        share=percent(row["share"]),
        interval=interval(row["low"], row["high"]),
        n=count(row["customers"]),
    )


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")
