"""Figures of retention: the cohort triangle, survival with its band, gaps by pace, retention by tenure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from crmlab.figures.heatmap import draw_shares
from crmlab.figures.style import DARK, INK, LINES, PALE, QUIET, described, legend, legend_below, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, interval, listed, percent, tr

MOST_MARKS = 60  # censoring marks beyond this many days are thinned: they would be one black band
SMALL_TRIANGLE = 13  # columns from which on the numbers of the heat map are set smaller


@styled
def cohort_heatmap(table: pd.DataFrame, *, period: str) -> Axes:
    """The cohort triangle: the share of each cohort that bought in each period since its first.

    Parameters
    ----------
    table : DataFrame
        `cohort`, `age`, `customers`, `share`, `complete`; oldest cohort first. Cells that are not complete are
        hatched; the first period, in which everybody bought, is left out.
    period : str
        `month`, `quarter` or `year`.
    """
    later = table[table["age"] > 0]
    cohorts = list(dict.fromkeys(table["cohort"]))
    ages = range(1, int(table["age"].max()) + 1)
    shares = later.pivot_table(index="cohort", columns="age", values="share", sort=False)
    shares = shares.reindex(index=cohorts, columns=list(ages))
    ax = new_axes(170 + 34 * max(len(cohorts), 2))
    darkest = float(np.nanmax(shares.to_numpy())) if len(later) else 1.0
    draw_shares(ax, shares, darkest=max(darkest, 0.01), fontsize=9 if len(shares.columns) > SMALL_TRIANGLE else 10)
    for cohort, age in later.loc[~later["complete"], ["cohort", "age"]].itertuples(index=False):
        corner = (age - 1, cohorts.index(cohort))
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="///", edgecolor=QUIET, linewidth=0))
    sizes = table.drop_duplicates("cohort").set_index("cohort")["customers"]
    ax.set_yticks(np.arange(len(cohorts)) + 0.5)
    ax.set_yticklabels(
        [tr("{cohort} ({n})", cohort=name, n=count(sizes[name])) for name in cohorts], rotation=0, fontsize=9
    )
    ax.set_xticks(np.arange(len(ages)) + 0.5)
    ax.set_xticklabels([count(age) for age in ages], rotation=0)
    ax.set(
        title=_triangle_title(later),
        ylabel=tr("cohort (customers)"),
        xlabel=_triangle_axis(period, incomplete=bool((~later["complete"]).any())),
    )
    return described(ax, _triangle_alt(later, len(cohorts)))


@styled
def survival(
    table: pd.DataFrame, *, title: str, ylabel: str, xlabel: str, level: float, last_day: int | None = None
) -> Axes:
    """A Kaplan–Meier curve with its pointwise band, marks where somebody's observation ended, and numbers at risk.

    Parameters
    ----------
    table : DataFrame
        `day`, `at_risk`, `censored`, `survival`, `low`, `high`.
    title, ylabel, xlabel : str
        In the language spoken.
    level : float
        Level of the band, for the legend.
    last_day : int, optional
        Where the curve is cut off, as few are followed so long; by default its end.
    """
    end = int(table["day"].iloc[-1]) if last_day is None else last_day
    shown = table[table["day"] <= end]
    ax = new_axes(460)
    band = shown.dropna(subset=["low", "high"])
    label = tr("{level} band, for each day by itself", level=percent(level, 0))
    ax.fill_between(band["day"], band["low"], band["high"], step="post", color=PALE, alpha=0.6, label=label)
    ax.step(shown["day"], shown["survival"], where="post", color=DARK, linewidth=2)
    ended = shown[shown["censored"] > 0]
    ended = ended.iloc[:: max(1, int(np.ceil(len(ended) / MOST_MARKS)))]
    told = tr("observation of some customers ends here")
    ax.plot(ended["day"], ended["survival"], linestyle="none", marker="|", markersize=8, color=INK, label=told)
    ticks = [tick for tick in MaxNLocator(6, integer=True).tick_values(0, max(end, 1)) if 0 <= tick <= max(end, 1)]
    at_risk = [_at_risk(table, tick) for tick in ticks]
    ax.set_xticks(ticks, [f"{count(tick)}\n{count(n)}" for tick, n in zip(ticks, at_risk, strict=True)])
    ax.set(title=title, ylabel=ylabel, xlabel=xlabel, ylim=(0, 1.02), xlim=(0, max(end, 1)))
    ax.yaxis.set_major_formatter(AsPercent())
    legend_below(ax, 2)
    return described(ax, _survival_alt(shown, title, ticks))


@styled
def gap_by_pace(table: pd.DataFrame, *, churn_gap_days: int, quantile: float) -> Axes:
    """How often a silence that ended with a purchase had been called lost, by pace, with one gap and with own gaps.

    Parameters
    ----------
    table : DataFrame
        `usual_low`, `usual_high` (days), and for `fixed` and `own` the share with `_low`, `_high` and `_wait`.
    """
    ax = new_axes(440)
    rows = np.arange(len(table))
    names = {
        "fixed": tr("one gap of {days} days for all", days=count(churn_gap_days)),
        "own": tr("own limit, {quantile} of a customer’s gaps", quantile=percent(quantile, 0)),
    }
    for place, (name, label) in enumerate(names.items()):
        colour, _, marker = LINES[1 - place]
        ends = np.vstack([table[name] - table[f"{name}_low"], table[f"{name}_high"] - table[name]]).clip(min=0)
        at = rows + 0.14 * (2 * place - 1)
        ax.errorbar(
            at,
            table[name],
            yerr=ends,
            color=colour,
            marker=marker,
            markersize=8,
            linestyle="none",
            linewidth=2,
            capsize=4,
            label=label,
            clip_on=False,  # a mark at 0 % is seen whole
        )
    ax.set_xticks(rows, [_pace_label(row) for row in _rows(table)])
    top = float(table[["fixed_high", "own_high"]].to_numpy().max())
    ax.set(
        title=_pace_title(table),
        ylabel=tr("of silences that ended with a purchase,\nshare called lost before it"),
        xlabel=tr("usual gap of the customer; below: days until called lost with the own limit (median)"),
        ylim=(0, max(0.05, 1.3 * top)),
        xlim=(-0.5, len(table) - 0.5),
    )
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="upper left")
    said = listed((_pace_alt(row) for row in _rows(table)), strong=True)
    alt = tr("Shares of silences that ended with a purchase but had been called lost, by pace: {said}.", said=said)
    return described(ax, alt)


@styled
def retention_by_tenure(tables: Mapping[str, pd.DataFrame], *, months: int) -> Axes:
    """Retention against tenure with intervals, one line for each of `tables`, its key being its name in the legend.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `tenure` (periods), `share`, `low`, `high`; up to three tables.
    months : int
        Length of a period.
    """
    ax = new_axes(420)
    for place, (name, table) in enumerate(tables.items()):
        colour, line, marker = LINES[place]
        ends = np.vstack([table["share"] - table["low"], table["high"] - table["share"]]).clip(min=0)
        at = table["tenure"] + 0.06 * place
        ax.errorbar(
            at,
            table["share"],
            yerr=ends,
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=7,
            linewidth=2,
            capsize=4,
            label=name,
        )
    ax.set(
        title=_tenure_title(next(iter(tables.values()))),
        ylabel=tr("buyers of a period who buy again in the next"),
        xlabel=tr("tenure: periods of {months} months since the first purchase; bars: intervals", months=count(months)),
        ylim=(0, 1.02),
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsPercent())
    if len(tables) > 1:
        legend(ax, loc="lower right")
    said = listed((f"{name}: {_tenure_alt(table)}" for name, table in tables.items()), strong=True)
    return described(ax, tr("Lines of retention by tenure in periods. {said}.", said=said))


def _triangle_title(later: pd.DataFrame) -> str:
    whole = later[later["complete"]]
    if whole.empty:
        return tr("No period after the first is complete yet")
    share = np.average(whole["share"], weights=whole["customers"])
    return tr("On average {share} of a cohort buy in a later period", share=percent(float(share)))


def _triangle_axis(period: str, *, incomplete: bool) -> str:
    after = {
        "month": tr("months since that of the first purchase; numbers: per cent of the cohort"),
        "quarter": tr("quarters since that of the first purchase; numbers: per cent of the cohort"),
        "year": tr("years since that of the first purchase; numbers: per cent of the cohort"),
    }[period]
    return tr("{after}\nhatched: the period was still running", after=after) if incomplete else after


def _triangle_alt(later: pd.DataFrame, cohorts: int) -> str:
    whole = later[later["complete"]]
    if whole.empty:
        return tr("Heat map of {n} cohorts, none of which has a complete later period: 0 %.", n=count(cohorts))
    by_age = whole.groupby("age")["share"]
    first, last = int(whole["age"].min()), int(whole["age"].max())
    return tr(
        "Heat map of {n} cohorts: the share that buys again lies between {low} and {high}; one period after the first "
        "it is {early} on average, {last} periods after {late}.",
        n=count(cohorts),
        low=percent(float(whole["share"].min())),
        high=percent(float(whole["share"].max())),
        early=percent(float(by_age.mean().loc[first])),
        last=count(last),
        late=percent(float(by_age.mean().loc[last])),
    )


def _at_risk(table: pd.DataFrame, day: float) -> float:
    after = table[table["day"] >= day]
    return 0.0 if after.empty else float(after["at_risk"].iloc[0])


def _survival_alt(shown: pd.DataFrame, title: str, ticks: Sequence[float]) -> str:
    said = []
    for tick in ticks[1:]:
        row = shown[shown["day"] <= tick].iloc[-1]
        ends = (None, None) if pd.isna(row["low"]) else (float(row["low"]), float(row["high"]))
        said.append(
            tr(
                "{share}{interval} at day {day}",
                share=percent(row["survival"]),
                interval=interval(*ends),
                day=count(tick),
            )
        )
    return tr("Survival curve: {title}. Share left: {said}.", title=title, said=listed(said) or percent(1.0))


def _pace_label(row: Mapping[Any, Any]) -> str:
    return tr(
        "{low} to {high} days\n(lost after {wait})",
        low=count(row["usual_low"]),
        high=count(row["usual_high"]),
        wait=count(row["own_wait"]),
    )


def _pace_title(table: pd.DataFrame) -> str:
    slow = table.iloc[-1]
    return tr(
        "Called lost, but came back: slowest buyers {fixed} and {own}",
        fixed=percent(slow["fixed"]),
        own=percent(slow["own"]),
    )


def _pace_alt(row: Mapping[Any, Any]) -> str:
    return tr(
        "usual gap {low} to {high} days: one gap {fixed}, own limit {own}",
        low=count(row["usual_low"]),
        high=count(row["usual_high"]),
        fixed=percent(row["fixed"]),
        own=percent(row["own"]),
    )


def _tenure_title(table: pd.DataFrame) -> str:
    if len(table) < 2:  # noqa: PLR2004 - nothing to compare
        return tr("Retention by tenure")
    first, last = table.iloc[0], table.iloc[-1]
    return tr(
        "{new} of newcomers return, {old} of those with the longest tenure",
        new=percent(first["share"], 0),
        old=percent(last["share"], 0),
    )


def _tenure_alt(table: pd.DataFrame) -> str:
    return listed(
        tr(
            "{tenure}: {share}{interval}",
            tenure=count(row["tenure"]),
            share=percent(row["share"]),
            interval=interval(row["low"], row["high"]),
        )
        for row in _rows(table)
    )


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")
