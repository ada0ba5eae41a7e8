"""Figures of the chain: its links with how sure they are, the books of the year, branches, and what customers miss."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.style import (
    DARK,
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

NAME_WIDTH = 20
KINDS = {"stage": (DARK, "o"), "condition": (MIDDLE, "s")}


def _name(text: object) -> str:
    return folded(translated(str(text).replace("_", " ")), NAME_WIDTH)


@styled
def chain_links(table: pd.DataFrame) -> Axes:
    """A row for each link: the share of cases in which it holds, with its interval.

    Parameters
    ----------
    table : DataFrame
        `name`, `kind` (`stage` or `condition`), `value`, `low`, `high` (0 to 1; NaN where the data lack it), `lacking`.
    """
    ax = new_axes(150 + 36 * len(table))
    rows = np.arange(len(table))
    for kind, (colour, marker) in KINDS.items():
        own = (table["kind"] == kind).to_numpy() & table["value"].notna().to_numpy()
        part = table[own]
        reach = np.array([part["value"] - part["low"], part["high"] - part["value"]])
        ax.errorbar(
            part["value"],
            rows[own],
            xerr=reach,
            fmt=marker,
            color=colour,
            capsize=4,
            label=translated(kind),
            markersize=7,
        )
    for row in rows[table["value"].isna().to_numpy()]:
        ax.text(0.5, row, tr("not known"), ha="center", va="center", color=QUIET)
    ax.set_yticks(rows, [_name(name) for name in table["name"]])
    ax.set(xlim=(0, 1), ylim=(len(table) - 0.5, -0.5))
    ax.xaxis.set_major_formatter(AsPercent())
    ax.set(
        title=tr("The links of the chain"),
        xlabel=tr("share of cases in which the link holds, with its interval"),
        ylabel=tr("link"),
    )
    legend_below(ax, 2)
    known = table.dropna(subset=["value"])
    said = [
        tr("{name} {value}", name=translated(str(name)), value=percent(value))
        for name, value in zip(known["name"], known["value"], strict=True)
    ]
    return described(ax, tr("A dot with an interval for each link: {links}.", links=listed(said)))


@styled
def rank_spread(table: pd.DataFrame) -> Axes:
    """A row for each link: the ranks it takes when branches are drawn again, and how often it is the weakest.

    Parameters
    ----------
    table : DataFrame
        `name`, `kind`, `rank`, `rank_low`, `rank_high` (1 is the weakest of its kind), `weakest` (0 to 1).
    """
    ax = new_axes(150 + 36 * len(table))
    rows = np.arange(len(table))
    for kind, (colour, marker) in KINDS.items():
        own = (table["kind"] == kind).to_numpy()
        part = table[own]
        ax.hlines(rows[own], part["rank_low"], part["rank_high"], color=colour, linewidth=7, alpha=0.35)
        ax.scatter(part["rank"], rows[own], color=colour, marker=marker, s=60, zorder=3, label=translated(kind))
    most = int(table["rank_high"].max())
    for row, sure in zip(rows, table["weakest"], strict=True):
        ax.text(most + 0.35, int(row), percent(sure, 0), va="center", color=INK)
    ax.text(most + 0.35, -1, tr("weakest in"), va="center", color=QUIET)
    ax.set_yticks(rows, [_name(name) for name in table["name"]])
    ax.set_xticks(range(1, most + 1), [count(rank) for rank in range(1, most + 1)])
    ax.set(xlim=(0.5, most + 1.4), ylim=(len(table) - 0.5, -1.5))
    ax.set(
        title=tr("Which link is the weakest, if branches are drawn again"),
        xlabel=tr("rank among stages, and among conditions; 1 is the weakest"),
        ylabel=tr("link"),
    )
    legend_below(ax, 2)
    said = [
        tr("{name} in {sure}", name=translated(str(name)), sure=percent(sure, 0))
        for name, sure in zip(table["name"], table["weakest"], strict=True)
    ]
    return described(
        ax, tr("Bars of ranks. How often each link is the weakest of its kind: {said}.", said=listed(said))
    )


@styled
def margin_bridge(table: pd.DataFrame, *, currency: str, window: str) -> Axes:
    """From what customers paid down to what is left, a bar for each step.

    Parameters
    ----------
    table : DataFrame
        `step`, `amount` (in `currency`; costs below zero), `share` of what was paid. The first step and `contribution`
        and `what is left` stand on the ground; the others hang where the one before ended.
    """
    ax = new_axes(340)
    on_ground = {"paid by customers", "contribution", "what is left"}
    top = 0.0
    for place, (step, amount) in enumerate(zip(table["step"], table["amount"].astype(float), strict=True)):
        whole = step in on_ground
        bottom = 0.0 if whole else top
        ax.bar(place, amount, bottom=bottom, color=DARK if whole else LIGHT, edgecolor=QUIET, width=0.65)
        top = amount if whole else top + amount
        share = percent(float(table["share"].iloc[place]))
        ax.annotate(share, (place, max(bottom, bottom + amount)), (0, 4), textcoords="offset points", ha="center")
    ax.set_xticks(range(len(table)), [folded(translated(str(step)), 14) for step in table["step"]])
    ax.yaxis.set_major_formatter(AsCount())
    ax.locator_params(axis="y", nbins=5)
    low, high = ax.get_ylim()
    ax.set_ylim(low * 1.15, high * 1.12)  # room for what stands over the highest bar
    ax.grid(visible=False, axis="x")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set(
        title=tr("From what customers pay to what is left"),
        xlabel=tr("the year {window}", window=window),
        ylabel=currency or tr("amount"),
    )
    said = [
        tr("{step} {share}", step=translated(str(step)), share=percent(share))
        for step, share in zip(table["step"], table["share"], strict=True)
    ]
    return described(ax, tr("Bars from what customers paid to what is left: {steps}.", steps=listed(said)))


@styled
def support_and_outcome(table: pd.DataFrame, *, outcome: str) -> Axes:
    """Branches by the support of their head and how well they do, split at both medians.

    Parameters
    ----------
    table : DataFrame
        `support` (1 to 5), `outcome`, and True or False in `little` and `well`.
    outcome : str
        What is measured, for people.
    """
    ax = new_axes(360)
    against = (table["little"] & table["well"]).to_numpy(dtype=bool)
    for chosen, colour, marker, label in (
        (~against, PALE, "o", tr("other branches")),
        (against, MIDDLE, "s", tr("little support, and did well")),
    ):
        part = table[chosen]
        ax.scatter(part["support"], part["outcome"], color=colour, marker=marker, s=70, edgecolor=INK, label=label)
    ax.axvline(float(table["support"].median()), color=QUIET, linestyle="--", linewidth=1)
    ax.axhline(float(table["outcome"].median()), color=QUIET, linestyle="--", linewidth=1)
    ax.margins(0.08)
    ax.set(
        title=tr("Necessary means: nobody on the upper left"),
        xlabel=tr("mean answer on the head's support, 1 to 5"),
        ylabel=folded(outcome, 40),
    )
    legend_below(ax, 2)
    return described(
        ax,
        tr(
            "{n} branches by support and outcome; {against} of those with little support lie above the median outcome.",
            n=count(len(table)),
            against=count(against.sum()),
        ),
    )


@styled
def needs_grid(table: pd.DataFrame) -> Axes:
    """Parts of the offer by importance and performance; below the line the firm does less than is asked for.

    Parameters
    ----------
    table : DataFrame
        `part`, `importance`, `performance` (means, 1 to 7).
    """
    ax = new_axes(400)
    ends = (
        float(table[["importance", "performance"]].min().min()) - 0.4,
        float(table[["importance", "performance"]].max().max()) + 0.4,
    )
    ax.plot(ends, ends, color=QUIET, linestyle="--", linewidth=1, label=tr("as good as it is important"))
    short = table["performance"] < table["importance"]
    for chosen, colour, marker, label in (
        (short, MIDDLE, "s", tr("less than is asked for")),
        (~short, DARK, "o", tr("as much or more")),
    ):
        ax.scatter(
            table.loc[chosen, "importance"],
            table.loc[chosen, "performance"],
            color=colour,
            marker=marker,
            s=80,
            label=label,
        )
    for name, x, y in zip(table["part"], table["importance"], table["performance"], strict=True):
        ax.annotate(str(name), (x, y), (8, 6), textcoords="offset points")
    ax.set(xlim=ends, ylim=ends)
    ax.set(title=tr("What customers miss"), xlabel=tr("importance, 1 to 7"), ylabel=tr("performance, 1 to 7"))
    legend(ax, loc="upper left")
    said = [
        tr("part {part}: importance {x}, performance {y}", part=str(part), x=number(x, 1), y=number(y, 1))
        for part, x, y in zip(table["part"], table["importance"], table["performance"], strict=True)
    ]
    return described(ax, tr("Points of importance and performance. {said}.", said=listed(said, strong=True)))
