"""Figures of tests: what a comparison shows, fair or not, when one may look, and what a size can see."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlab.figures.style import (
    DARK,
    FAINT,
    INK,
    MIDDLE,
    PALE,
    QUIET,
    described,
    folded,
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsCount
from crmlab.language import count, listed, number, points, tr

NAME_WIDTH = 24
ROW = 44  # CSS pixels
APART = 0.16  # of a row, between two marks in it


@styled
def campaign_comparisons(table: pd.DataFrame) -> Axes:
    """The difference between the approached and the others, before each campaign and after it, fair or not.

    Parameters
    ----------
    table : DataFrame
        `name`, `randomised`, `value`, `low`, `high` (difference of shares after), `before`, `before_low`,
        `before_high`. Those that somebody chose are drawn first.
    """
    drawn = table.sort_values("randomised", kind="stable", ignore_index=True)
    ax = new_axes(150 + ROW * len(drawn))
    rows, chosen = np.arange(len(drawn)), int((~drawn["randomised"].astype(bool)).sum())
    if chosen:
        ax.axhspan(
            -0.5, chosen - 0.5, color=FAINT, alpha=0.6, linewidth=0, label=tr("somebody chose who was approached")
        )
    ax.axvline(0, color=INK, linewidth=1)
    before = drawn[["before", "before_low", "before_high"]].to_numpy(dtype=np.float64)
    after = drawn[["value", "low", "high"]].to_numpy(dtype=np.float64)
    _marks(ax, rows - APART, before, fmt="o", color=QUIET, fillstyle="none", label=tr("before the campaign"))
    _marks(ax, rows + APART, after, fmt="s", color=DARK, label=tr("after it"))
    ax.set_yticks(rows, [folded(str(name), NAME_WIDTH) for name in drawn["name"]])
    ax.set_ylim(max(len(drawn), 1) - 0.5, -0.5)
    _in_points(ax)
    ax.set(
        title=tr("Approached less left alone, before each campaign and after it"),
        xlabel=tr("difference of the shares that bought or responded, percentage points"),
    )
    legend_below(ax, 2)
    said = [
        tr(
            "{name} ({how}): before {before}, after {after}",
            name=one["name"],
            how=tr("by chance") if one["randomised"] else tr("chosen"),
            before=points(float(one["before"])),
            after=points(float(one["value"])),
        )
        for one in drawn.to_dict(orient="records")
    ]
    return described(ax, tr("Differences before and after each campaign. {said}.", said=listed(said, strong=True)))


@styled
def effect_readings(
    table: pd.DataFrame, *, title: str, worthwhile: float | None = None, truth: float | None = None
) -> Axes:
    """Several effects as differences of shares, each with its interval, one row each.

    Parameters
    ----------
    table : DataFrame
        `name`, `value`, `low`, `high`.
    title : str
        What they are.
    worthwhile : float, optional
        The smallest effect that would pay: what lies within ± of it is shaded.
    truth : float, optional
        The planted effect, where it is known.
    """
    ax = new_axes(150 + ROW * max(len(table), 1))
    rows = np.arange(len(table))
    if worthwhile is not None:
        band = tr("less than would pay, {worth} points either way", worth=number(100 * worthwhile, 1))
        ax.axvspan(-100 * worthwhile, 100 * worthwhile, color=PALE, alpha=0.5, linewidth=0, label=band)
    ax.axvline(0, color=INK, linewidth=1)
    if truth is not None:
        ax.axvline(100 * truth, color=MIDDLE, linestyle="--", linewidth=1.6, label=tr("planted effect"))
    _marks(ax, rows, table[["value", "low", "high"]].to_numpy(dtype=np.float64), fmt="s", color=DARK)
    ax.set_yticks(rows, [folded(str(name), NAME_WIDTH) for name in table["name"]])
    ax.set_ylim(max(len(table), 1) - 0.5, -0.5)
    _in_points(ax)
    ax.set(title=title, xlabel=tr("effect on the share that responds, percentage points"))
    if worthwhile is not None or truth is not None:
        legend_below(ax, 2)
    said = [
        tr(
            "{name}: {value}, from {low} to {high}",
            name=one["name"],
            value=points(float(one["value"])),
            low=points(float(one["low"])),
            high=points(float(one["high"])),
        )
        for one in table.to_dict(orient="records")
    ]
    known = [tr("The planted effect is {truth}.", truth=points(truth))] if truth is not None else []
    return described(ax, " ".join([f"{title}. {listed(said, strong=True)}.", *known]))


@styled
def sequential_looks(table: pd.DataFrame) -> Axes:
    """The z of a test at each look, with the bound that pays for looking and the bound of a single look.

    Parameters
    ----------
    table : DataFrame
        `look`, `n` (customers whose result is in), `z`, `bound`, `single`, `crossed`.
    """
    ax = new_axes(360)
    at = table["n"].to_numpy(dtype=np.float64)
    bound, single = table["bound"].to_numpy(dtype=np.float64), table["single"].to_numpy(dtype=np.float64)
    for side, names in ((1, (tr("bound for several looks"), tr("bound of a single look"))), (-1, (None, None))):
        ax.plot(at, side * bound, color=MIDDLE, linestyle="-", marker="^" if side > 0 else "v", label=names[0])
        ax.plot(at, side * single, color=QUIET, linestyle="--", label=names[1])
    ax.axhline(0, color=INK, linewidth=1)
    ax.plot(at, table["z"].to_numpy(dtype=np.float64), color=DARK, marker="s", linewidth=2, label=tr("this test"))
    ax.set_xticks(at, [f"{count(look)}\n{count(n)}" for look, n in zip(table["look"], table["n"], strict=True)])
    ax.set(
        title=tr("The result at each look, in standard errors"),
        xlabel=tr("look, and customers whose result is in"),
        ylabel=folded(tr("z, standard errors from no effect"), 26),
    )
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: number(value, 0)))
    legend_below(ax, 3)
    said = [
        tr("look {look}: {z} against {bound}", look=count(look), z=number(z, 2), bound=number(edge, 2))
        for look, z, edge in zip(table["look"], table["z"], table["bound"], strict=True)
    ]
    return described(ax, tr("A line of z by look between two bounds that narrow. {said}.", said=listed(said)))


@styled
def size_and_uplift(table: pd.DataFrame, *, wanted: float, planned: int) -> Axes:
    """The least effect that a test finds, by the customers in each of its two arms.

    Parameters
    ----------
    table : DataFrame
        `n` (customers in each arm), `uplift` (difference of shares; NaN where nothing can be seen).
    wanted : float
        The effect worth finding.
    planned : int
        Customers in each arm of the test that is planned.
    """
    ax = new_axes(340)
    seen = table.dropna(subset=["uplift"])
    ax.plot(seen["n"], 100 * seen["uplift"], color=DARK, linewidth=2, label=tr("least effect the test finds"))
    ax.axhline(100 * wanted, color=MIDDLE, linestyle="--", label=tr("effect worth finding"))
    ax.axvline(planned, color=QUIET, linestyle=":", linewidth=2, label=tr("planned"))
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(AsCount())
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda _value, _place: ""))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: number(value, 0)))
    ax.set_ylim(bottom=0)
    ax.set(
        title=tr("The more customers, the smaller the effect that a test finds"),
        xlabel=tr("customers in each arm (each step to the right counts ten times as many)"),
        ylabel=tr("percentage points"),
    )
    legend_below(ax, 3)
    ends = [] if seen.empty else [seen.iloc[0], seen.iloc[-1]]
    said = [tr("{n} in each arm find {uplift}", n=count(one["n"]), uplift=points(float(one["uplift"]))) for one in ends]
    told = tr(
        "A falling line. {said}; {wanted} are wanted and {planned} are planned.",
        said=listed(said),
        wanted=points(wanted),
        planned=count(planned),
    )
    return described(ax, told)


def _marks(ax: Axes, rows: np.ndarray, ends: np.ndarray, **options: Any) -> None:
    value, low, high = ends.T * 100
    reach = np.clip([value - low, high - value], 0, None)
    ax.errorbar(value, rows, xerr=reach, markersize=7, elinewidth=2, capsize=4, linestyle="none", **options)


def _in_points(ax: Axes) -> None:
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: number(value, 0)))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(visible=False, axis="y")
