"""Figures of whether CRM worked: ways of measuring side by side, month by month, how customers came, who answers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.figures.heatmap import draw_shares
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
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, listed, money, month, percent, signed_percent, tr
from crmlab.tables.schema.codes import code_words

NAME_WIDTH, CHANNEL_WIDTH = 30, 12


@styled
def ways_of_measuring(table: pd.DataFrame, *, planted: float | None = None) -> Axes:
    """One row a way of measuring: its change and interval, and a line at none.

    Parameters
    ----------
    table : DataFrame
        `way`, `value`, `low`, `high`: relative changes.
    planted : float, optional
        The true change, where it is known.
    """
    ax = new_axes(130 + 46 * len(table))
    rows = np.arange(len(table))
    value, low, high = (table[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    ax.axvline(0, color=QUIET, linewidth=1)
    if planted is not None:
        ax.axvline(planted, color=MIDDLE, linestyle="--", linewidth=1.6, label=tr("planted"))
        ax.legend(loc="lower right")
    last = rows == rows.max()
    ax.errorbar(value, rows, xerr=[value - low, high - value], fmt="none", ecolor=INK, capsize=4, linewidth=1.4)
    ax.scatter(value[~last], rows[~last], color=PALE, edgecolor=INK, s=60, zorder=3)
    ax.scatter(value[last], rows[last], color=DARK, s=80, marker="D", zorder=3)
    ax.set_yticks(rows, [folded(way, NAME_WIDTH) for way in table["way"]])
    ax.invert_yaxis()
    ax.set_xlim(min(-0.05, float(low.min()) * 1.1), float(high.max()) * 1.1 + 0.05)
    ax.xaxis.set_major_formatter(AsPercent())
    ax.grid(visible=False, axis="y")
    ax.set(title=tr("The same roll-out, measured in several ways"), xlabel=tr("change of the cost of a new customer"))
    said = [tr("{way} {value}", way=way, value=signed_percent(v)) for way, v in zip(table["way"], value, strict=True)]
    return described(ax, tr("A dot and an interval for each way: {said}.", said=listed(said)))


@styled
def event_study(table: pd.DataFrame, *, level: float, planted: pd.DataFrame | None = None) -> Axes:
    """The effect by months since going live, with the interval of each month and the band of all.

    Parameters
    ----------
    table : DataFrame
        `months_live`, `effect`, `low`, `high`, `band_low`, `band_high`: relative changes; rows without an interval are
        not drawn.
    level : float
        Of the intervals.
    planted : DataFrame, optional
        `months_live` and `effect`, where they are known.
    """
    ax = new_axes(380)
    shown = table.dropna(subset=["low", "high"])
    x = shown["months_live"].to_numpy()
    ax.fill_between(x, shown["band_low"], shown["band_high"], color=FAINT, label=tr("band of all months"))
    ax.fill_between(x, shown["low"], shown["high"], color=PALE, label=tr("interval of each month"))
    ax.plot(x, shown["effect"], color=DARK, marker="o", markersize=3.5, label=tr("effect"))
    if planted is not None:
        ax.plot(planted["months_live"], planted["effect"], color=MIDDLE, linestyle="--", label=tr("planted"))
    ax.axhline(0, color=QUIET, linewidth=1)
    ax.axvline(-0.5, color=INK, linewidth=1, linestyle=":")
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set(
        title=tr("Before and after going live, against branches not live yet"),
        xlabel=tr("months since CRM went live; the dotted line is the day"),
        ylabel=tr("change of the cost"),
    )
    legend_below(ax, 2)
    before, after = shown[shown["months_live"] < 0], shown[shown["months_live"] >= 0]
    means = [signed_percent(float(part["effect"].mean())) if len(part) else "–" for part in (before, after)]
    return described(
        ax,
        tr(
            "A line with {level} intervals over months since going live. The mean of the months before is {before}, of "
            "those after {after}.",
            level=percent(level, None),
            before=means[0],
            after=means[1],
        ),
    )


@styled
def interrupted_series(table: pd.DataFrame, *, currency: str) -> Axes:
    """What a new customer cost in each month, and what level, trend and season alone would have made it.

    Parameters
    ----------
    table : DataFrame
        `month` (a day), `observed`, `expected`, in money.
    currency : str
    """
    ax = new_axes(340)
    x = np.arange(len(table))
    for place, (name, label) in enumerate((("observed", tr("observed")), ("expected", tr("expected without CRM")))):
        colour, style, marker = LINES[place]
        ax.plot(x, table[name], color=colour, linestyle=style, marker=marker, markersize=3.5, label=label)
    step = max(len(table) // 6, 1)
    ax.set_xticks(x[::step], [month(day) for day in table["month"]][::step])
    ax.yaxis.set_major_formatter(AsCount())
    ax.set_ylim(bottom=0)
    ax.set(
        title=tr("The interrupted series of the branches that went live"),
        xlabel=tr("month"),
        ylabel=tr("cost of a new customer, {currency}", currency=currency),
    )
    legend_below(ax, 2)
    last = table.iloc[-1]
    return described(
        ax,
        tr(
            "Two lines by month. In the last month {observed} were observed and {expected} expected without CRM, a "
            "difference of {change}.",
            observed=money(last["observed"], currency, 0),
            expected=money(last["expected"], currency, 0),
            change=signed_percent(float(last["observed"] / last["expected"] - 1)),
        ),
    )


@styled
def estimates_and_truth(table: pd.DataFrame, *, truth: float) -> Axes:
    """Two estimators' answers in many simulated roll-outs, and the truth they should lie around.

    Parameters
    ----------
    table : DataFrame
        A column for each estimator, named as it is shown: relative changes.
    truth : float
        The mean effect that was planted.
    """
    ax = new_axes(340)
    numbers = table.to_numpy(dtype=float)
    bins = np.linspace(numbers.min(), numbers.max(), 31).tolist()
    for place, name in enumerate(table.columns):
        colour, hatch = ((DARK, ""), (LIGHT, "//"))[place]
        ax.hist(table[name], bins=bins, color=colour, hatch=hatch, alpha=0.75, edgecolor="white", label=name)
    ax.axvline(truth, color=INK, linestyle="--", linewidth=1.6, label=tr("planted"))
    ax.xaxis.set_major_formatter(AsPercent())
    ax.grid(visible=False, axis="x")
    ax.set(
        title=tr("The same simulated roll-outs, two estimators"),
        xlabel=tr("estimated change of the cost"),
        ylabel=tr("roll-outs"),
    )
    legend_below(ax, 3)
    said = [tr("{name} {mean}", name=name, mean=signed_percent(float(table[name].mean()))) for name in table.columns]
    return described(
        ax,
        tr(
            "Histograms of {n} roll-outs with a planted change of {truth}; the means are: {said}.",
            n=count(len(table)),
            truth=signed_percent(truth),
            said=listed(said),
        ),
    )


@styled
def rule_chances(table: pd.DataFrame, *, worth: float) -> Axes:
    """How likely the rule gives each answer, by the true change.

    Parameters
    ----------
    table : DataFrame
        `change` (relative), `extend`, `go_on`, `mend` (0 to 1).
    worth : float
        The fall the rule asks about.
    """
    ax = new_axes(340)
    names = {"extend": tr("extend"), "go_on": tr("go on measuring"), "mend": tr("mend")}
    for place, (name, label) in enumerate(names.items()):
        colour, style, marker = LINES[place]
        ax.plot(table["change"], table[name], color=colour, linestyle=style, marker=marker, label=label)
    ax.axvline(-worth, color=QUIET, linewidth=1, linestyle=":")
    ax.xaxis.set_major_formatter(AsPercent())
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(-0.02, 1.02)
    ax.set(
        title=tr("What the rule will say, by what is true"),
        xlabel=tr("true change of the cost; the dotted line is a fall of {worth}", worth=percent(worth)),
        ylabel=tr("chance of the answer"),
    )
    legend_below(ax, 3)
    none, most = table.iloc[table["change"].abs().argmin()], table.iloc[table["change"].argmin()]
    return described(
        ax,
        tr(
            "Three lines. At a true change of {none} the rule says extend in {a}, go on in {b} and mend in {c} of "
            "cases; at {most} it says extend in {d}.",
            none=signed_percent(none["change"]),
            a=percent(none["extend"]),
            b=percent(none["go_on"]),
            c=percent(none["mend"]),
            most=signed_percent(most["change"]),
            d=percent(most["extend"]),
        ),
    )


@styled
def said_and_recorded(confusion: pd.DataFrame) -> Axes:
    """What customers say, by what was recorded of them; each row adds up to 100.

    Parameters
    ----------
    confusion : DataFrame
        Shares, a row for each recorded channel, a column for each that is named.
    """
    ax = new_axes(110 + 44 * len(confusion))
    draw_shares(ax, confusion.reset_index(drop=True))
    names = [folded(_channel(name), CHANNEL_WIDTH) for name in confusion.columns]
    ax.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
    ax.set_yticks(np.arange(len(names)) + 0.5, [_channel(name) for name in confusion.index], rotation=0)
    ax.set(
        title=tr("What customers say, by what was recorded, in per cent"),
        xlabel=tr("named in the survey"),
        ylabel=tr("recorded"),
    )
    same = [
        tr("{channel} {share}", channel=_channel(name), share=percent(confusion.loc[name, name]))
        for name in confusion.index
    ]
    return described(ax, tr("A grid of shares; named as recorded: {said}.", said=listed(same)))


@styled
def channel_credit(table: pd.DataFrame) -> Axes:
    """Each channel's share as customers say, as recorded, and corrected where it can be, with its interval.

    Parameters
    ----------
    table : DataFrame
        `channel`, `said`, `recorded`, and perhaps `corrected`, `low`, `high`.
    """
    ax = new_axes(130 + 52 * len(table))
    rows = np.arange(len(table))
    corrected = "corrected" in table.columns
    ax.scatter(table["said"], rows, color=MIDDLE, marker="^", s=70, label=tr("customers say"), zorder=3)
    ax.scatter(table["recorded"], rows, color=LIGHT, edgecolor=INK, marker="s", s=60, label=tr("recorded"), zorder=3)
    if corrected:
        value = table["corrected"].to_numpy(dtype=float)
        reach = [value - table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float) - value]
        ax.errorbar(
            value,
            rows,
            xerr=np.clip(reach, 0, None),
            fmt="o",
            color=DARK,
            capsize=4,
            markersize=7,
            label=tr("corrected"),
        )
    ax.set_yticks(rows, [_channel(name) for name in table["channel"]])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(AsPercent())
    ax.set_xlim(left=0)
    ax.set(title=tr("How customers came, by source"), xlabel=tr("share of customers"))
    legend_below(ax, 3)
    said = [
        tr(
            "{channel} {said} said, {recorded} recorded",
            channel=_channel(name),
            said=percent(of_said),
            recorded=percent(of_recorded),
        )
        for name, of_said, of_recorded in zip(table["channel"], table["said"], table["recorded"], strict=True)
    ]
    return described(ax, tr("Marks by channel: {said}.", said=listed(said)))


@styled
def answers_by_mode(table: pd.DataFrame) -> Axes:
    """By mode, the share that answered at once, and of those who did and of the silent the share that is satisfied.

    Parameters
    ----------
    table : DataFrame
        `mode`, `rate`, `low`, `high`, `hits`, `hits_low`, `hits_high`, `silent` (0 to 1).
    """
    ax = new_axes(340)
    x = np.arange(len(table))
    ax.bar(x, table["rate"], color=PALE, edgecolor=QUIET, width=0.6, label=tr("answered at once"))
    for name, place, colour, marker, label in (
        ("rate", 0.0, INK, "", ""),
        ("hits", -0.12, DARK, "o", tr("satisfied, of those")),
    ):
        ends = ("low", "high") if name == "rate" else ("hits_low", "hits_high")
        value = table[name].to_numpy(dtype=float)
        reach = [value - table[ends[0]].to_numpy(dtype=float), table[ends[1]].to_numpy(dtype=float) - value]
        ax.errorbar(
            x + place,
            value,
            yerr=np.clip(reach, 0, None),
            fmt=marker or "none",
            color=colour,
            ecolor=colour,
            capsize=4,
            label=label or None,
        )
    ax.scatter(
        x + 0.12, table["silent"], color=MIDDLE, marker="D", s=50, zorder=3, label=tr("satisfied, of the silent")
    )
    ax.set_xticks(x, [code_words(name) for name in table["mode"]])
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(0, 1)
    ax.grid(visible=False, axis="x")
    ax.set(title=tr("Who answers, and what they say"), xlabel=tr("how they were asked"), ylabel=tr("share"))
    legend_below(ax, 3)
    said = [
        tr("{mode} {rate}", mode=code_words(mode), rate=percent(rate))
        for mode, rate in zip(table["mode"], table["rate"], strict=True)
    ]
    return described(
        ax,
        tr(
            "Bars of how many answered at once: {said}; above or below them how many are satisfied, of those and of "
            "the silent.",
            said=listed(said),
        ),
    )


def _channel(name: object) -> str:
    return code_words(name)
