"""Figures of segments and life stage: the RFM grid, moves between states, what is usual, time in a state."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.heatmap import draw_shares
from crmlab.figures.style import DARK, MIDDLE, PALE, described, legend, new_axes, styled
from crmlab.figures.ticks import AsPercent
from crmlab.language import count, day, interval, listed, percent, tr, translated

ORDER = ("loyal", "active", "returned", "new", "at_risk", "lapsed")


@styled
def rfm_grid(grid: pd.DataFrame, *, customers: str, window: str) -> Axes:
    """Customers and value in every cell of recency by frequency; the darker, the more of the value.

    Parameters
    ----------
    grid : DataFrame
        `r`, `f` (1 worst), `customers`, `share` (of them), `value_share` (NaN where the values sum to nothing).
    customers, window : str
        Who the customers are and over which days.
    """
    scale = sorted(grid["r"].unique())
    shares = grid.set_index(["r", "f"])["value_share"].unstack().loc[scale[::-1], scale]  # noqa: PD010
    ax = new_axes(170 + 78 * len(scale))
    draw_shares(ax, shares.fillna(0), darkest=max(0.01, float(grid["value_share"].max())))
    cells = grid.set_index(["r", "f"])
    for place, text in enumerate(ax.texts):
        row, column = divmod(place, len(scale))
        cell = cells.loc[(scale[::-1][row], scale[column])]
        text.set_text(_cell(cell))
    ax.set_yticklabels([count(score) for score in scale[::-1]], rotation=0)
    ax.set_xticklabels([count(score) for score in scale], rotation=0)
    best = cells.loc[(scale[-1], scale[-1])]
    ax.set(
        title=_title_of_grid(best),
        ylabel=tr("recency score ({best}: bought last)", best=count(scale[-1])),
        xlabel=tr("frequency score ({best}: most purchases)", best=count(scale[-1])),
    )
    said = [
        tr(
            "recency {r}, frequency {f}: {cell}",
            r=count(cell["r"]),
            f=count(cell["f"]),
            cell=_cell(cell).replace("\n", ", "),
        )
        for cell in grid.to_dict(orient="records")
    ]
    alt = tr(
        "Grid of recency score by frequency score of {customers}, {window}: {cells}.",
        customers=customers,
        window=window,
        cells=listed(said, strong=True),
    )
    return described(ax, alt)


@styled
def transition_heatmap(table: pd.DataFrame, *, window: str, periods: int) -> Axes:
    """The share of each state that is in each state a period later, in per cent of the row.

    Parameters
    ----------
    table : DataFrame
        `before`, `after`, `value` (share of the row) and `n` (customers, each counted once a period, in the row).
    window : str
        The days the moves were counted over.
    periods : int
        Over how many periods they are counted together.
    """
    states = [state for state in ORDER if state in set(table["after"])]
    rows = [state for state in states if state in set(table["before"])]
    shares = table.set_index(["before", "after"])["value"].unstack().loc[rows, states]  # noqa: PD010
    sizes = table.groupby("before")["n"].first()
    ax = new_axes(150 + 52 * len(rows))
    draw_shares(ax, shares)
    ax.set_yticklabels([f"{_name(state)} ({count(sizes[state])})" for state in rows], rotation=0)
    ax.set_xticklabels([_name(state) for state in states], rotation=0)
    kept = np.array([float(shares.to_numpy()[rows.index(row), states.index(row)]) for row in rows])
    stays = listed(
        tr("{state} {share}", state=_name(row), share=percent(share, 0)) for row, share in zip(rows, kept, strict=True)
    )
    ax.set(
        title=_title_of_moves(shares),
        ylabel=tr("state when a period began\n(customers, once a period)"),
        xlabel=tr("state one period later; numbers: per cent of the row"),
    )
    alt = tr(
        "Heat map of the states customers were in against those one period later, {window}, {periods} periods "
        "together. In the same state again: {stays}.",
        window=window,
        periods=count(periods),
        stays=stays,
    )
    return described(ax, alt)


@styled
def usual_moves(table: pd.DataFrame, *, middle: float | None, low: float | None, high: float | None) -> Axes:
    """The share of customers in touch who slipped in each period, with the band of what is usual.

    Parameters
    ----------
    table : DataFrame
        `end`, `moved`, `in_touch`, `share`; the last row is the period in question.
    middle, low, high : float or None
        Where a period like the earlier ones would lie; None where too few are known.
    """
    ax = new_axes(400)
    x, share = np.arange(len(table)), table["share"].to_numpy(dtype=np.float64)
    if low is not None and high is not None and middle is not None:
        ax.axhspan(low, high, color=PALE, alpha=0.45, label=tr("usual, from the earlier periods"))
        ax.axhline(middle, color=DARK, linestyle=":", linewidth=1.3)
    ax.plot(x[:-1], share[:-1], color=DARK, marker="o", markersize=6, linewidth=1.6, label=tr("earlier periods"))
    ax.plot(x[-2:], share[-2:], color=DARK, linewidth=1.6)
    ax.plot(x[-1:], share[-1:], "s", color=MIDDLE, markersize=10, label=tr("last period"), zorder=3)
    last = table.iloc[-1]
    ax.set(
        title=tr(
            "Last period {moved} of {n} in touch slipped: {share}",
            moved=count(last["moved"]),
            n=count(last["in_touch"]),
            share=percent(last["share"]),
        ),
        xlabel=tr("end of the period"),
        ylabel=tr("share of those in touch who slipped"),
        ylim=(0, 1.25 * max(np.nanmax(share), high or 0.0, 0.01)),
    )
    step = max(len(table) // 8, 1)
    shown = x[::-1][::step]
    ax.set_xticks(shown, [day(table["end"].iloc[place]) for place in shown], rotation=20, ha="right")
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="lower left", ncols=3)
    return described(ax, _alt_of_usual(table, low, high))


@styled
def by_time_in_state(table: pd.DataFrame, *, state: str) -> Axes:
    """The share in touch one period later by how long customers had been in a state, with intervals.

    Parameters
    ----------
    table : DataFrame
        `periods_from`, `periods_to`, `customers`, `value`, `low`, `high`.
    state : str
        The state.
    """
    ax = new_axes(380)
    x, value = np.arange(len(table)), table["value"].to_numpy(dtype=np.float64)
    ends = table[["low", "high"]].to_numpy(dtype=np.float64)
    ax.bar(x, value, width=0.6, color=PALE)
    ax.errorbar(x, value, yerr=[value - ends[:, 0], ends[:, 1] - value], fmt="none", ecolor=DARK, capsize=5)
    labels = [_stay(row) for row in table.to_dict(orient="records")]
    for place, share in enumerate(value):
        ax.annotate(percent(share), (place, ends[place, 1]), (0, 5), textcoords="offset points", ha="center")
    sizes = [count(size) for size in table["customers"]]
    ax.set_xticks(x, [f"{label}\n({size})" for label, size in zip(labels, sizes, strict=True)])
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set(
        title=tr(
            "Bought again: {first} of those just {state}, {last} of the longest",
            first=percent(value[0]),
            state=_name(state),
            last=percent(value[-1]),
        ),
        xlabel=tr("periods spent {state} so far (customers, once a period)", state=_name(state)),
        ylabel=tr("share in touch one period later"),
        ylim=(0, 1.2 * max(float(ends[:, 1].max()), 0.01)),
    )
    ax.grid(visible=False, axis="x")
    parts = [
        f"{label}: {percent(row['value'])}{interval(row['low'], row['high'], level=row['level'])}"
        for label, row in zip(labels, table.to_dict(orient="records"), strict=True)
    ]
    alt = tr(
        "Bars of the share of customers {state} who are in touch a period later, by how many periods they had been "
        "{state}: {bars}.",
        state=_name(state),
        bars=listed(parts, strong=True),
    )
    return described(ax, alt)


def _alt_of_usual(table: pd.DataFrame, low: float | None, high: float | None) -> str:
    shares = listed(f"{day(row['end'])} {percent(row['share'])}" for row in table.to_dict(orient="records"))
    if low is None or high is None:
        return tr("Line of the share of customers in touch who slipped, by period: {shares}.", shares=shares)
    return tr(
        "Line of the share of customers in touch who slipped, by period: {shares}. Usual: {low} to {high}.",
        shares=shares,
        low=percent(low),
        high=percent(high),
    )


def _title_of_grid(best: Any) -> str:
    customers = percent(best["share"], 0)
    if np.isnan(best["value_share"]):
        return tr("The best in both are {customers} of customers", customers=customers)
    return tr(
        "The best in both are {customers} of customers and {value} of the value",
        customers=customers,
        value=percent(best["value_share"], 0),
    )


def _title_of_moves(shares: pd.DataFrame) -> str:
    if "at_risk" not in shares.index or "lapsed" not in shares.columns:
        return tr("Which state follows which")
    row = shares.loc["at_risk"].to_dict()
    stayed, lapsed = float(row.get("at_risk", 0.0)), float(row["lapsed"])
    return tr(
        "Of those at risk, {back} are back a period later and {lapsed} lapsed",
        back=percent(1 - stayed - lapsed, 0),
        lapsed=percent(lapsed, 0),
    )


def _cell(cell: Any) -> str:
    if np.isnan(cell["value_share"]):
        return tr("{customers} customers", customers=count(cell["customers"]))
    return tr(
        "{customers} customers\n{value} of value",
        customers=count(cell["customers"]),
        value=percent(cell["value_share"]),
    )


def _stay(row: Mapping[Any, Any]) -> str:
    if np.isinf(row["periods_to"]):
        return tr("longer than {periods}", periods=count(row["periods_from"]))
    return tr("up to {periods}", periods=count(row["periods_to"]))


def _name(state: str) -> str:
    return translated(state.replace("_", " "))
