"""Figures that hold a forecast of purchases against what came: week by week, by groups, from several origins."""

from collections.abc import Sequence
from datetime import date
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from crmlab.figures.style import DARK, INK, LIGHT, MIDDLE, PALE, QUIET, described, legend, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, day, listed, month, number, percent, signed_percent, tr

AS_NUMBER = FuncFormatter(lambda value, _: number(value, 1))
# Told apart in grey by dash and mark; the colours are not needed.
DRAWN: tuple[dict[str, Any], ...] = (
    {"color": QUIET, "linestyle": ":", "marker": "v"},
    {"color": MIDDLE, "linestyle": "--", "marker": "s"},
    {"color": LIGHT, "linestyle": "-.", "marker": "^"},
    {"color": INK, "linestyle": (0, (1, 1)), "marker": "D"},
)
MARKS = 9  # along a line


@styled
def tracking(table: pd.DataFrame, weeks: pd.DataFrame, *, split: date, used: str | None, error: float) -> Axes:
    """Repeat purchases as they came and as models expect them: since the beginning above, week by week below.

    Parameters
    ----------
    table, weeks : DataFrame
        `date` (last day of a week), `actual`, and a column a model: since the beginning, and of the week.
    split : date
        The last day the models saw.
    used : str or None
        The model the title speaks of; None if none could be used.
    error : float
        Its total for the days after `split` less the actual one, as a share of it.

    Returns
    -------
    Axes
        The upper one.
    """
    ax = new_axes(620)
    upper, lower = _parted(ax)
    models = [str(name) for name in table.columns.drop(["date", "actual"])]
    for part, of in ((upper, table), (lower, weeks)):
        _lines(part, of, models)
        part.axvline(float(date2num(split)), color=QUIET, linestyle=":", linewidth=1.6)  # type: ignore[no-untyped-call]
        part.set_ylim(0, 1.06 * max(float(of[["actual", *models]].max().max()), 1.0))
        part.yaxis.set_major_formatter(AsCount())
    at_split = float(date2num(split))  # type: ignore[no-untyped-call]
    note = tr("after {split}:\nnot seen by the models", split=day(split))
    upper.annotate(note, (at_split, 0.04 * upper.get_ylim()[1]), (8, 0), textcoords="offset points", va="bottom")
    upper.set(title=_tracking_title(error, day(split), used=used), ylabel=tr("since the beginning"))
    lower.set(xlabel=tr("week"), ylabel=tr("in a week"))
    # From four years on the ticks are years: half-years, the longest step below, would be too many, which is warned of.
    lower.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=9))  # type: ignore[no-untyped-call]
    lower.xaxis.set_major_formatter(FuncFormatter(_month_at))
    legend(upper, loc="upper left")
    return described(upper, _tracking_alt(table, models, split))


@styled
def frequency_groups(groups: pd.DataFrame, models: Sequence[str], *, window: str) -> Axes:
    """Customers by how often they had bought again: what they did in the hold-out, and what each model expected.

    Parameters
    ----------
    groups : DataFrame
        `repeats` (the last row: so many or more), `customers`, `actual`, `low`, `high` (purchases a customer), and a
        column a model.
    models : sequence of str
        The columns to draw.
    """
    ax = new_axes(430)
    at = np.arange(len(groups))
    for name, style in zip(models, cycle(DRAWN), strict=False):
        ax.plot(at, groups[name], linewidth=1.8, label=name, **style)
    _bars(ax, at, groups)
    labels = [count(repeats) for repeats in groups["repeats"]]
    most = float(np.nanmax(groups[["actual", "high", *models]].to_numpy(dtype=np.float64)))
    ax.set(
        title=tr("By past purchases: what each model expected, and what came"),
        xlabel=tr("repeat purchases before the hold-out (customers)"),
        ylabel=tr("purchases a customer in the hold-out"),
        ylim=(0, 1.08 * most if most > 0 else 1),
    )
    sizes = [count(size) for size in groups["customers"]]
    labels[-1] = tr("{n} or more", n=labels[-1])
    ax.set_xticks(at, [f"{label}\n({size})" for label, size in zip(labels, sizes, strict=True)])
    ax.yaxis.set_major_formatter(AS_NUMBER)
    legend(ax, loc="upper left")
    first, last = groups.iloc[0], groups.iloc[-1]
    alt = tr(
        "Points with intervals of purchases a customer in {window} by repeat purchases before, with a line a model. "
        "With {first}: {first_actual} came, {first_told} were expected. With {last}: {last_actual} came, {last_told} "
        "were expected.",
        window=window,
        first=labels[0],
        first_actual=number(first["actual"]),
        first_told=_each(first, models),
        last=labels[-1],
        last_actual=number(last["actual"]),
        last_told=_each(last, models),
    )
    return described(ax, alt)


@styled
def back_tests(table: pd.DataFrame, *, origins: Sequence[str], days: int) -> Axes:
    """Forecasts from several origins as shares of what came: the model's with its interval, and the naive one.

    Parameters
    ----------
    table : DataFrame
        `actual`, `expected`, `low`, `high`, `naive_error`, a row an origin.
    origins : sequence of str
        The last day seen from each, in words.
    days : int
        How many days each forecast is for.
    """
    ax = new_axes(130 + 74 * len(table))
    rows = np.arange(len(table))
    low, told, high = (table[name] / table["actual"] - 1 for name in ("low", "expected", "high"))
    label = tr("the model, with 95 % interval")
    ax.hlines(rows, low, high, color=PALE, linewidth=9, label=label)
    ax.plot(told, rows, "o", color=DARK, markersize=8)
    naive = tr("the period before again")
    ax.plot(table["naive_error"], rows, "s", color=MIDDLE, markerfacecolor="white", markersize=8, label=naive)
    ax.axvline(0, color=INK, linewidth=1.6)
    ax.set_yticks(rows, list(origins))
    ax.invert_yaxis()
    ax.margins(y=0.25)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_formatter(AsPercent())
    inside = {"inside": count(int(table["total_covered"].sum())), "n": count(int(table["expected"].notna().sum()))}
    ax.set(
        title=tr("In {inside} of {n} back-tests the interval held what came", **inside),
        xlabel=tr("total forecast for the next {days} days, against what came", days=count(days)),
        ylabel=tr("last day seen"),
    )
    legend(ax, loc="upper left", bbox_to_anchor=(0, -0.22), ncols=2)
    said = [
        tr(
            "{origin}: model {error}, naive {naive}",
            origin=origin,
            error=signed_percent(error),
            naive=signed_percent(plain),
        )
        for origin, error, plain in zip(origins, told, table["naive_error"], strict=True)
    ]
    alt = tr("Errors of forecasts by the last day seen. {origins}.", origins=listed(said, strong=True))
    return described(ax, alt)


@styled
def calibration(groups: pd.DataFrame, *, window: str) -> Axes:
    """Customers grouped by what was expected of them: what they did, with intervals, beside it.

    Parameters
    ----------
    groups : DataFrame
        `customers`, `expected`, `actual`, `low`, `high` (purchases a customer), one row a group.
    window : str
        The hold-out's days.
    """
    ax = new_axes(430)
    at = np.arange(1, len(groups) + 1)
    ax.plot(at, groups["expected"], color=MIDDLE, linestyle="--", marker="s", label=tr("expected"), linewidth=1.8)
    _bars(ax, at, groups)
    inside = int(((groups["low"] <= groups["expected"]) & (groups["expected"] <= groups["high"])).sum())
    values = {"inside": count(inside), "groups": count(len(groups)), "window": window}
    most = float(np.nanmax(groups[["expected", "actual", "high"]].to_numpy(dtype=np.float64)))
    ax.set(
        title=tr("What was expected lies within the interval in {inside} of {groups} groups", **values),
        xlabel=tr("groups of so many customers, from the least expected to the most"),
        ylabel=tr("purchases a customer in the hold-out"),
        ylim=(0, 1.08 * most if most > 0 else 1),
    )
    ax.set_xticks(at, [count(size) for size in groups["customers"]])
    ax.yaxis.set_major_formatter(AS_NUMBER)
    legend(ax, loc="upper left")
    first, last = groups.iloc[0], groups.iloc[-1]
    alt = tr(
        "Groups of customers by expected purchases in {window}: in {inside} of {groups} the expected number lies in "
        "the actual mean's 95 % interval. Of the lowest group {low} purchases a customer were expected and "
        "{low_actual} came, of the highest {high} and {high_actual}.",
        low=number(first["expected"]),
        low_actual=number(first["actual"]),
        high=number(last["expected"]),
        high_actual=number(last["actual"]),
        **values,
    )
    return described(ax, alt)


def _parted(ax: Axes) -> tuple[Axes, Axes]:
    """Two axes, one above the other, in place of `ax`."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise TypeError("new axes belong to a figure")
    ax.remove()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    return upper, lower


def _lines(ax: Axes, table: pd.DataFrame, models: Sequence[str]) -> None:
    every = max(len(table) // MARKS, 1)
    for place, (name, style) in enumerate(zip(models, cycle(DRAWN), strict=False)):
        shift = (place * every) // max(len(models), 1)
        ax.plot(table["date"], table[name], linewidth=1.8, markersize=5, markevery=(shift, every), label=name, **style)
    ax.plot(table["date"], table["actual"], color=DARK, linewidth=2.4, label=tr("as they came"))


def _bars(ax: Axes, at: np.ndarray, groups: pd.DataFrame) -> None:
    ends = np.vstack([groups["actual"] - groups["low"], groups["high"] - groups["actual"]])
    style: dict[str, Any] = {"fmt": "o", "color": DARK, "markersize": 7, "capsize": 4, "elinewidth": 1.8}
    ax.errorbar(
        at,
        groups["actual"],
        yerr=np.nan_to_num(ends).clip(min=0),
        label=tr("as it came, with 95 % intervals"),
        **style,
    )


def _tracking_alt(table: pd.DataFrame, models: Sequence[str], split: date) -> str:
    ends = table.iloc[-1]
    values = {"split": day(split), "actual": count(ends["actual"]), "end": day(ends["date"].date())}
    if not models:
        return tr(
            "Lines of repeat purchases since the beginning and by the week: {actual} by {end}. No model could be used.",
            **values,
        )
    told = listed(tr("{model} {n}", model=name, n=count(ends[name])) for name in models)
    return tr(
        "Lines of repeat purchases since the beginning and by the week, as they came and as models that saw the days "
        "up to {split} expect them: by {end} there were {actual}; expected were {told}.",
        told=told,
        **values,
    )


def _tracking_title(error: float, split: str, *, used: str | None) -> str:
    if used is None:
        return tr("Repeat purchases as they came; no model could be used")
    if error != error:  # noqa: PLR0124 - only NaN differs from itself
        return tr("Nobody bought again after the models stopped looking")
    values = {"split": split, "model": used, "error": percent(abs(error))}
    if error < 0:
        return tr("After {split} {model} expected {error} fewer purchases than came", **values)
    return tr("After {split} {model} expected {error} more purchases than came", **values)


def _each(row: pd.Series, models: Sequence[str]) -> str:
    return listed(tr("{model} {n}", model=name, n=number(row[name])) for name in models)


def _month_at(position: float, _: int | None = None) -> str:
    return month(num2date(position).date())  # type: ignore[no-untyped-call]
