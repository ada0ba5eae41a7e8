"""Figures of concentration: Lorenz curve, top shares, share by window, and where the top went."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from crmlab.figures.heatmap import draw_shares
from crmlab.figures.style import DARK, INK, LINES, MIDDLE, PALE, QUIET, described, legend, new_axes, styled
from crmlab.figures.ticks import AsPercent
from crmlab.language import count, listed, mark, number, percent, tr, translated, trn

BASES: Mapping[str, str] = {
    "buyers": mark("known customers who bought"),
    "all": mark("all known customers"),
    "everyone": mark("everyone who bought, newcomers too"),
}
DODGE = 0.22  # months by which the three curves are set apart, so that equal ones can be told apart


@styled
def lorenz(curve: pd.DataFrame, *, top: float, share: float, customers: str, window: str) -> Axes:
    """The Lorenz curve beside the line of equality, with the top's share marked.

    Parameters
    ----------
    curve : DataFrame
        `customers` and `value`, shares from 0 to 1, poorest first.
    top, share : float
        The top share of customers and the share of the value they make.
    customers, window : str
        Who the customers are and over which days, for the axis and the alt text.
    """
    ax = new_axes(480)
    ax.plot([0, 1], [0, 1], color=QUIET, linestyle=":", linewidth=1.5)
    ax.annotate(tr("all customers alike"), (0.36, 0.36), (0.30, 0.44), color=QUIET, ha="right", va="center")
    ax.plot(curve["customers"], curve["value"], color=DARK, linewidth=2.2)
    ax.plot([1 - top], [1 - share], "o", color=MIDDLE, markersize=8, zorder=3)
    ax.vlines(1 - top, min(0.0, 1 - share), 1, color=MIDDLE, linestyle="--", linewidth=1.2)
    shown = {"top": percent(top, 0), "share": percent(share)}
    note = tr("the top {top}\nmake {share}", **shown)
    ax.annotate(note, (1 - top, 1 - share), (-12, 10), textcoords="offset points", ha="right", va="bottom")
    ax.set(
        title=tr("The top {top} of customers make {share} of the value", **shown),
        xlabel=tr("share of {customers}, least value first", customers=customers),
        ylabel=tr("share of their value"),
        xlim=(0, 1),
        ylim=(min(0.0, float(curve["value"].min())), 1),
    )
    _percent_axes(ax)
    alt = tr(
        "Lorenz curve of {customers}, {window}: it lies below the line of equality; the top {top} make {share} of the "
        "value, the other {others} make {rest}.",
        **shown,
        customers=customers,
        window=window,
        others=percent(1 - top, 0),
        rest=percent(1 - share),
    )
    return described(ax, alt)


@styled
def top_shares(table: pd.DataFrame, *, customers: str, window: str) -> Axes:
    """One bar for each top, with its interval and its number.

    Parameters
    ----------
    table : DataFrame
        `top`, `customers` (how many), `value`, `low`, `high`.
    customers, window : str
        Who the customers are and over which days.
    """
    ax = new_axes(90 + 56 * len(table))
    rows = np.arange(len(table))
    ax.barh(rows, table["value"], height=0.6, color=PALE)
    ends = _error_bars(table)
    ax.errorbar(table["value"], rows, xerr=ends, fmt="none", ecolor=DARK, elinewidth=2.2, capsize=5, capthick=2.2)
    right = table[["value", "high"]].max(axis=1)
    for row, (value, edge) in enumerate(np.column_stack([table["value"], right])):
        ax.annotate(percent(value), (edge, float(row)), (8, 0), textcoords="offset points", va="center")
    labels = [
        tr("top {top}\n({customers})", top=percent(row["top"], None), customers=count(row["customers"]))
        for row in _rows(table)
    ]
    ax.set_yticks(rows, labels)
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    few, many = table.iloc[0], table.iloc[-1]
    ax.set(
        title=tr(
            "The top {few} make {share_few}, the top {many} make {share_many}",
            few=percent(few.top, None),
            share_few=percent(few.value),
            many=percent(many.top, None),
            share_many=percent(many.value),
        ),
        xlabel=tr("share of the value of {customers}; lines: intervals", customers=customers),
        xlim=(0, max(1.12, 1.12 * float(right.max()))),
    )
    ax.xaxis.set_major_formatter(AsPercent())
    ax.xaxis.set_major_locator(MultipleLocator(0.2))
    return described(ax, _alt_of_tops(table, customers, window))


@styled
def share_by_window(table: pd.DataFrame, *, top: float) -> Axes:
    """The top's share against the length of the window, one line a denominator, with intervals.

    Parameters
    ----------
    table : DataFrame
        `months`, `base` (keys of `BASES`), `value`, `low`, `high`.
    top : float
        The top whose share it is.
    """
    ax = new_axes(440)
    bases = [base for base in BASES if base in set(table["base"])]
    for position, base in enumerate(bases):
        rows = table[table["base"] == base].sort_values("months")
        colour, line, marker = LINES[position]
        ax.errorbar(
            rows["months"] + DODGE * (position - (len(bases) - 1) / 2),
            rows["value"],
            yerr=_error_bars(rows),
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=7,
            linewidth=2,
            capsize=4,
            label=translated(BASES[base]),
        )
    ends = table[table["base"] == bases[0]].sort_values("months").iloc[[0, -1]]
    ax.set(
        title=_title_of_windows(_rows(ends), top),
        xlabel=tr("length of the window in months, all ending on the same day"),
        ylabel=tr("share of value made by the top {top}", top=percent(top, 0)),
        ylim=(0, max(1.04, 1.04 * float(table[["value", "high"]].to_numpy(dtype=np.float64).max()))),
    )
    months = sorted(set(table["months"]))
    ax.set_xticks(months, [count(length) for length in months])
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="lower left")
    return described(ax, _alt_of_windows(table, bases, top))


@styled
def migration_heatmap(table: pd.DataFrame, *, first: str, second: str) -> Axes:
    """Where the customers of each group of one period are in the next, in per cent of the row.

    Parameters
    ----------
    table : DataFrame
        `before`, `after`, `share` (of the row), `customers`; groups in the order they first stand in. A group
        nobody was in before has no row in the figure.
    first, second : str
        The periods.
    """
    groups = list(dict.fromkeys(table["before"]))
    by_group = table.set_index(["before", "after"])
    sizes = table.groupby("before")["customers"].sum()
    peopled = [group for group in groups if sizes[group] > 0]
    shares = by_group["share"].unstack().loc[peopled, groups]  # noqa: PD010 - nothing is aggregated
    ax = new_axes(470)
    draw_shares(ax, shares)
    labels = {group: translated(group) for group in groups}
    ax.set_yticklabels([f"{labels[group]} ({count(sizes[group])})" for group in peopled], rotation=0)
    ax.set_xticklabels([labels[group].replace(" ", "\n", 1) for group in groups], rotation=0)
    best = groups[0]
    said = {
        "group": labels[best],
        "stayed": percent(shares.loc[best, best], 0),
        "gone": percent(shares.loc[best, groups[-1]], 0),
        "first": first,
        "second": second,
    }
    ax.set(
        title=tr("Of the {group}, {stayed} stayed in it and {gone} did not buy", **said),
        ylabel=tr("group in {first}\n(customers)", **said),
        xlabel=tr("group in {second}; numbers: per cent of the row", **said),
    )
    alt = tr(
        "Heat map of the groups customers were in from {first} against those from {second}. In the same group again: "
        "{groups}. Of the {group}, {gone} did not buy in the second period.",
        **said,
        groups=listed(f"{labels[group]} {percent(shares.loc[group, group], 0)}" for group in peopled),
    )
    return described(ax, alt)


def _alt_of_tops(table: pd.DataFrame, customers: str, window: str) -> str:
    shares = (
        tr("the top {top} make {share}", top=percent(row["top"], None), share=_with_interval(row))
        for row in _rows(table)
    )
    return tr(
        "Bars of shares of the value of {customers}, {window}: {shares}.",
        customers=customers,
        window=window,
        shares=listed(shares),
    )


def _title_of_windows(ends: list[dict[Any, Any]], top: float) -> str:
    short, long = ends
    values = {"top": percent(top, 0), "share": percent(long["value"]), "months": count(long["months"])}
    if short == long:
        return trn(
            long["months"],
            "The top {top} of buyers: {share} over {months} month",
            "The top {top} of buyers: {share} over {months} months",
            **values,
        )
    return trn(
        short["months"],
        "The top {top} of buyers: {share_short} over {short} month, {share} over {months}",
        "The top {top} of buyers: {share_short} over {short} months, {share} over {months}",
        **values,
        share_short=percent(short["value"]),
        short=count(short["months"]),
    )


def _alt_of_windows(table: pd.DataFrame, bases: list[str], top: float) -> str:
    parts = []
    for base in bases:
        rows = _rows(table[table["base"] == base].sort_values("months"))
        said = listed(f"{count(row['months'])}: {_with_interval(row)}" for row in rows)
        parts.append(tr("among {customers}, {shares}", customers=translated(BASES[base]), shares=said))
    return tr(
        "Lines of the share of value made by the top {top}, by length of window in months; {bases}.",
        top=percent(top, 0),
        bases=listed(parts, strong=True),
    )


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")


def _with_interval(row: Mapping[str, Any]) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if pd.isna(low) or pd.isna(high):
        return percent(value)
    ends = {"low": number(100 * low, 1), "high": number(100 * high, 1)}
    return tr("{share} ({low} to {high})", share=percent(value), **ends)


def _error_bars(table: pd.DataFrame) -> np.ndarray:
    """Distances from value to low and high; none where there is no interval."""
    ends = table[["value", "low", "high"]].astype(np.float64)
    below, above = ends["value"] - ends["low"], ends["high"] - ends["value"]
    return np.vstack([below.fillna(0).clip(lower=0), above.fillna(0).clip(lower=0)])


def _percent_axes(ax: Axes) -> None:
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(AsPercent())
        axis.set_major_locator(MultipleLocator(0.2))
    ax.spines["left"].set_color(INK)
    ax.spines["bottom"].set_color(INK)
