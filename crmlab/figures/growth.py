"""Figures of selling more: pairs that go together, kinds of chance, potential, a trial, channel and time."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.estimate import Estimate
from crmlab.figures.style import (
    DARK,
    INK,
    LIGHT,
    MIDDLE,
    PALE,
    QUIET,
    described,
    folded,
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, listed, number, percent, points, tr, translated
from crmlab.tables.schema.codes import code_words

NAME_WIDTH = 34
ROW = 46  # CSS pixels a row of names takes
MOST_PAIRS = 12


@styled
def pairs_together(table: pd.DataFrame) -> Axes:
    """One row a pair of products: how many times as often as by chance they are together.

    Parameters
    ----------
    table : DataFrame
        `pair` (both names), `lift`, `together`, `expected`; the first rows are drawn, twelve at most.
    """
    shown = table.head(MOST_PAIRS)
    ax = new_axes(130 + ROW * len(shown))
    rows = np.arange(len(shown))
    ax.hlines(rows, 1, shown["lift"], color=PALE, linewidth=5)
    ax.plot(shown["lift"], rows, "o", color=DARK, markersize=8)
    for row, one in zip(rows, _records(shown), strict=True):
        said = tr("{n}, by chance {expected}", n=count(one["together"]), expected=_few(one["expected"]))
        ax.annotate(said, (one["lift"], row), (9, 0), textcoords="offset points", va="center", color=INK)
    ax.set_yticks(rows, [folded(pair, NAME_WIDTH) for pair in shown["pair"]])
    ax.invert_yaxis()
    ax.set_xscale("log")
    most = float(shown["lift"].max())
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= most * 1.2]
    ax.set_xticks(ticks, [count(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set_xlim(0.9, most**1.75 + 2)
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("Products that go together"), xlabel=tr("times as often together as by chance (lift)"))
    said_pairs = [tr("{pair} {lift}", pair=one["pair"], lift=number(one["lift"], 1)) for one in _records(shown)]
    return described(ax, tr("Dots of lift by pair of products: {pairs}.", pairs=listed(said_pairs)))


@styled
def pairs_by_chance(table: pd.DataFrame) -> Axes:
    """How many pairs pass, by what a basket is and what chance is taken to be.

    Parameters
    ----------
    table : DataFrame
        `basket`, `alike` (in words: what baskets may differ in), `passing` of `tested` pairs.
    """
    ax = new_axes(120 + 52 * len(table))
    rows = np.arange(len(table))
    units = list(dict.fromkeys(table["basket"]))
    colours = [DARK if basket == units[0] else LIGHT for basket in table["basket"]]
    ax.barh(rows, table["passing"], color=colours, edgecolor=QUIET, linewidth=0.6, height=0.62)
    shown = [
        tr("{n} of {tested}", n=count(n), tested=count(of))
        for n, of in zip(table["passing"], table["tested"], strict=True)
    ]
    for row, passing, words in zip(rows, table["passing"], shown, strict=True):
        ax.annotate(words, (passing, row), (6, 0), textcoords="offset points", va="center", color=INK)
    labels = [
        folded(tr("{basket}; {alike}", basket=translated(basket), alike=translated(alike)), NAME_WIDTH)
        for basket, alike in zip(table["basket"], table["alike"], strict=True)
    ]
    ax.set_yticks(rows, labels)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(AsCount())
    ax.set_xlim(0, 1.32 * max(float(table["passing"].max()), 1))
    ax.locator_params(axis="x", nbins=4)
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("Pairs that pass, by what chance is taken to be"), xlabel=tr("pairs that pass, of those tested"))
    said = [
        tr("{label}: {n}", label=label.replace("\n", " "), n=words) for label, words in zip(labels, shown, strict=True)
    ]
    return described(ax, tr("Bars of pairs that pass: {bars}.", bars=listed(said)))


@styled
def spend_potential(table: pd.DataFrame, *, quantile: float, currency: str) -> Axes:
    """The median and the potential of each profile, with the interval of the potential.

    Parameters
    ----------
    table : DataFrame
        `group` (in words), `customers`, `median`, `potential`, `low`, `high`, in `currency`.
    quantile : float
        Which quantile the potential is.
    currency : str
        The client's.
    """
    ax = new_axes(170 + 46 * len(table))
    rows = np.arange(len(table))
    scale, unit = _scaled(float(table["high"].max()), currency)
    reach = [(table["potential"] - table["low"]) / scale, (table["high"] - table["potential"]) / scale]
    ax.hlines(rows, table["median"] / scale, table["potential"] / scale, color=PALE, linewidth=5)
    ax.plot(table["median"] / scale, rows, "s", color=LIGHT, markersize=8, label=tr("median"))
    marks: Any = {"fmt": "o", "color": DARK, "capsize": 4}
    ax.errorbar(
        table["potential"] / scale, rows, xerr=reach, label=tr("potential ({q})", q=percent(quantile, None)), **marks
    )
    ax.set_yticks(
        rows,
        [tr("{group} (n = {n})", group=one["group"], n=count(one["customers"])) for one in _records(table)],
    )
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(AsCount())
    legend_below(ax, 2)
    ax.set(
        title=tr("What customers of a kind spend in a year, and could"), xlabel=tr("a year's spend, {unit}", unit=unit)
    )
    said = [
        tr(
            "{group} {median}, {potential}",
            group=one["group"],
            median=count(one["median"] / scale),
            potential=count(one["potential"] / scale),
        )
        for one in _records(table)
    ]
    return described(ax, tr("Median and potential by kind of customer, {unit}: {said}.", unit=unit, said=listed(said)))


@styled
def trial_arms(arms: list[tuple[str, Estimate]]) -> Axes:
    """What is reported of a trial, and its two arms: the share who paid, with its interval.

    Parameters
    ----------
    arms : list of (str, Estimate)
        Names, and shares who paid.
    """
    ax = new_axes(320)
    places = np.arange(len(arms))
    values = np.array([one.value for _, one in arms])
    low = np.array([one.value if one.low is None else one.low for _, one in arms])
    high = np.array([one.value if one.high is None else one.high for _, one in arms])
    ax.bar(places, values, color=[MIDDLE, DARK, PALE, LIGHT][: len(arms)], edgecolor=QUIET, linewidth=0.6, width=0.6)
    ax.errorbar(places, values, yerr=[values - low, high - values], fmt="none", ecolor=INK, capsize=4, linewidth=1.4)
    ax.set_xticks(places, [folded(tr("{name} (n = {n})", name=name, n=count(one.n)), 20) for name, one in arms])
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(0, min(1.0, 1.15 * float(high.max())) or 1.0)
    ax.grid(visible=False, axis="x")
    ax.set(title=tr("Who paid after a free trial"), ylabel=tr("share who paid"))
    said = [tr("{name} {share}", name=name, share=percent(one.value)) for name, one in arms]
    return described(ax, tr("Bars of the share who paid: {said}.", said=listed(said)))


@styled
def effect_by_moment(table: pd.DataFrame) -> Axes:
    """The effect of approaching in each channel and part of the day, with its interval.

    Parameters
    ----------
    table : DataFrame
        `channel`, `from_hour`, `effect`, `low`, `high`, `passes`; one row a cell.
    """
    ax = new_axes(120 + 30 * len(table))
    rows, effect = np.arange(len(table)), table["effect"].to_numpy(dtype=float)
    passes = table["passes"].to_numpy(dtype=bool)
    for some, colour, marker, label in (
        (passes, DARK, "o", tr("passes")),
        (~passes, MIDDLE, "s", tr("not told from none")),
    ):
        if some.any():
            reach = [effect[some] - table.loc[some, "low"], table.loc[some, "high"] - effect[some]]
            ax.errorbar(effect[some], rows[some], xerr=reach, fmt=marker, color=colour, capsize=3, label=label)
    ax.axvline(0, color=INK, linewidth=1)
    names = [
        tr("{channel} from {hour}:00", channel=code_words(one["channel"]), hour=count(one["from_hour"]))
        for one in _records(table)
    ]
    ax.set_yticks(rows, names)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(AsPercent())
    ax.grid(visible=False, axis="y")
    legend_below(ax, 2)
    ax.set(
        title=tr("What approaching changes, by channel and time"),
        xlabel=tr("more who respond than of those left alone"),
    )
    said = [tr("{name} {effect}", name=name, effect=points(value)) for name, value in zip(names, effect, strict=True)]
    return described(ax, tr("Effects with intervals, the largest first: {said}.", said=listed(said)))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict(orient="records")  # type: ignore[assignment]
    return rows


def _few(value: float) -> str:
    return number(value, 1) if value < 10 else count(value)  # noqa: PLR2004 - a decimal says something below


def _scaled(most: float, currency: str) -> tuple[float, str]:
    """By what amounts are divided, so that a tick is short, and what they are then in."""
    if most >= 2e6:  # noqa: PLR2004
        return 1e6, tr("million {currency}", currency=currency)
    return 1.0, currency
