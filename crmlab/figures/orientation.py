"""Figures of what CRM is and what a client's data can support of it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import DARK, FAINT, INK, LIGHT, MIDDLE, PALE, QUIET, described, folded, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, listed, percent, tr, translated

QUESTION_WIDTH, NAME_WIDTH = 46, 16
ROW = 46  # CSS pixels a row of a figure with sentences takes
SIGNS = {True: ("●", DARK), False: ("○", QUIET)}


@styled
def definition_map(table: pd.DataFrame, *, views: tuple[str, ...]) -> Axes:
    """One row a definition, one column a view: a full dot where it rests on it.

    Parameters
    ----------
    table : DataFrame
        `id`, `said_by`, and True or False in a column for each of `views`.
    views : tuple of str
        The views, in their order.
    """
    ax = new_axes(120 + 32 * len(table))
    for x, view in enumerate(views):
        full = table[view].to_numpy(dtype=bool)
        rows = np.arange(len(table))
        ax.scatter(np.full(full.sum(), x), rows[full], s=150, color=DARK, zorder=3)
        ax.scatter(np.full((~full).sum(), x), rows[~full], s=150, facecolor="white", edgecolor=FAINT, linewidth=1.5)
    ax.set_xticks(range(len(views)), [translated(view) for view in views])
    ax.set_yticks(range(len(table)), [f"{row.id} · {translated(str(row.said_by))}" for row in table.itertuples()])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set(xlim=(-0.6, len(views) - 0.4), ylim=(len(table) - 0.4, -0.6))
    ax.grid(visible=False, axis="x")
    ax.set_title(tr("What definitions of CRM rest on"), pad=30)
    said = [
        tr("{view}: {ids}", view=translated(view), ids=listed(list(table.loc[table[view], "id"])))
        for view in views
        if table[view].any()
    ]
    return described(
        ax, f"{tr('A table of dots: which of {n} definitions rest on what.', n=count(len(table)))} {listed(said)}."
    )


@styled
def answerable(table: pd.DataFrame) -> Axes:
    """One row a question of the suite, one column for what somebody may have: a full dot where it is enough.

    Parameters
    ----------
    table : DataFrame
        `question`, then a column of True and False for each kind of data, named as it is shown.
    """
    names = list(table.columns[1:])
    ax = new_axes(130 + ROW * len(table))
    for x, name in enumerate(names):
        for y, enough in enumerate(table[name]):
            sign, colour = SIGNS[bool(enough)]
            ax.text(x, y, sign, color=colour, fontsize=18, ha="center", va="center", family="DejaVu Sans")
    ax.set_xticks(range(len(names)), [folded(translated(name), NAME_WIDTH) for name in names])
    ax.set_yticks(range(len(table)), [folded(question, QUESTION_WIDTH) for question in table["question"]])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(len(table) - 0.4, -0.6))
    ax.grid(visible=False, axis="x")
    ax.set_title(tr("Which tables and columns are there"), pad=44)
    said = [
        tr(
            "With {what} {n} of {all} can be asked.",
            what=translated(name),
            n=count(table[name].sum()),
            all=count(len(table)),
        )
        for name in names
    ]
    return described(ax, " ".join([tr("A full dot where a question has the tables and columns it needs."), *said]))


@styled
def budget_by_programme(table: pd.DataFrame, *, currency: str) -> Axes:
    """One bar a type of programme: what it cost.

    Parameters
    ----------
    table : DataFrame
        `programme`, `cost` (in `currency`), `share` of the whole (0 to 1).
    currency : str
        The client's.
    """
    ax = new_axes(110 + 44 * len(table))
    rows = np.arange(len(table))
    ax.barh(rows, table["cost"].astype(float), color=DARK, height=0.6)
    for row, (cost, share) in enumerate(zip(table["cost"], table["share"], strict=True)):
        ax.annotate(percent(share), (cost, row), (6, 0), textcoords="offset points", va="center", color=INK)
    names = [translated(str(name).replace("_", " ")) for name in table["programme"]]
    ax.set_yticks(rows, [folded(name, NAME_WIDTH) for name in names])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(AsCount())
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlim(0, 1.15 * max(float(table["cost"].max()), 1.0))
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("What each type of programme cost"), xlabel=tr("cost, {currency}", currency=currency))
    shares = [
        tr("{name} {share}", name=name, share=percent(share)) for name, share in zip(names, table["share"], strict=True)
    ]
    return described(ax, tr("Bars of cost by type of programme: {shares}.", shares=listed(shares)))


@styled
def contacted(table: pd.DataFrame, *, measure: str, window: str) -> Axes:
    """The share of each fifth of the customers that was approached, with its interval.

    Parameters
    ----------
    table : DataFrame
        `group` (1 the least valuable), `share`, `low`, `high` (0 to 1).
    measure, window : str
        What value is, and when the customers were approached.
    """
    ax = new_axes(330)
    groups, shares = table["group"].to_numpy(), table["share"].to_numpy(dtype=float)
    colours = [LIGHT if group == groups.min() else MIDDLE if group == groups.max() else PALE for group in groups]
    ax.bar(groups, shares, color=colours, edgecolor=QUIET, linewidth=0.6, width=0.7)
    reach = [shares - table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float) - shares]
    ax.errorbar(groups, shares, yerr=np.clip(reach, 0, None), fmt="none", ecolor=INK, capsize=4, linewidth=1.4)
    ax.set_xticks(groups, [_fifth(int(group), int(groups.max())) for group in groups])
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(0, min(1.0, 1.15 * float(table["high"].max())) if len(table) else 1)
    ax.grid(visible=False, axis="x")
    ax.set(
        title=tr("Who was approached, by value of the year before"),
        xlabel=tr("fifths of the customers by {measure}; approached {window}", measure=measure, window=window),
        ylabel=tr("share approached"),
    )
    said = [percent(share) for share in shares]
    return described(
        ax, tr("Five bars from the least to the most valuable fifth: approached were {shares}.", shares=listed(said))
    )


@styled
def learning(table: pd.DataFrame) -> Axes:
    """How far off the best guess of a customer's preference is, by the number of answers, in two worlds.

    Parameters
    ----------
    table : DataFrame
        `answers`, `differ` and `alike`: the error where customers differ, and where all are alike.
    """
    ax = new_axes(330)
    for name, colour, style, marker, label in (
        ("differ", DARK, "-", "o", tr("customers differ")),
        ("alike", MIDDLE, "--", "s", tr("all alike")),
    ):
        ax.plot(table["answers"], table[name], color=colour, linestyle=style, marker=marker, label=label)
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(bottom=0)
    ax.legend()
    ax.set(
        title=tr("What being told teaches the firm"),
        xlabel=tr("answers of a customer so far"),
        ylabel=tr("error of the best guess"),
    )
    first, last = table.iloc[0], table.iloc[-1]
    return described(
        ax,
        tr(
            "Two lines. Where customers differ the error falls from {first} to {last} after {n} answers; where all are "
            "alike it stays at {alike}.",
            first=percent(first["differ"]),
            last=percent(last["differ"]),
            n=count(last["answers"]),
            alike=percent(last["alike"]),
        ),
    )


def _fifth(group: int, most: int) -> str:
    if group == 1:
        return tr("least")
    return tr("most") if group == most else count(group)
