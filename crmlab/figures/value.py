"""Figures of customer value: what the formula says, the forecast against the truth, the fan, the tiers, the tornado."""

from collections.abc import Sequence
from datetime import date
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlab.figures.style import DARK, LIGHT, MIDDLE, PALE, QUIET, describe, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, day, interval, money, month, number, percent, tr, trn

AS_NUMBER = FuncFormatter(lambda value, _: number(value, 1))
FACTOR_WIDTH, SETTING_WIDTH = 22, 20  # characters a line
WIDTH_OF_LABEL, HEIGHT_OF_LABEL = 66, 42  # characters that fit along an axis
WIDTH_OF_TITLE = 52
ROOM_FOR_WORDS = 0.42  # of the widest bar, on either side of it


@styled
def naive_values(table: pd.DataFrame, *, labels: Sequence[str], currency: str) -> Axes:
    """One bar for each guess at a lifetime: the same formula, another value.

    Parameters
    ----------
    table : DataFrame
        `years` and `value`, a row a guess.
    labels : sequence of str
        What each guess is, in words, in the order of the rows.
    """
    ax = new_axes(100 + 62 * len(table))
    rows = np.arange(len(table))
    ax.barh(rows, table["value"], height=0.6, color=PALE)
    for row, value in zip(rows, table["value"], strict=True):
        ax.annotate(money(value, currency), (value, row), (8, 0), textcoords="offset points", va="center")
    spans = [number(years, 1) for years in table["years"]]
    ax.set_yticks(rows, [tr("{guess}\n({years} years)", guess=g, years=y) for g, y in zip(labels, spans, strict=True)])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    least, most = (money(end, currency, 0) for end in (table["value"].min(), table["value"].max()))
    ax.set(
        title=tr("One formula, one customer base: {least} to {most}", least=least, most=most),
        xlabel=tr("value of a customer, undiscounted revenue, {currency}", currency=currency),
        xlim=(0, 1.3 * float(table["value"].max())),
    )
    ax.xaxis.set_major_formatter(AsCount())
    said = [f"{label}: {money(value, currency)}" for label, value in zip(labels, table["value"], strict=True)]
    return _described(ax, tr("Bars of a customer's value by the guess at the lifetime: {bars}.", bars="; ".join(said)))


@styled
def tracking(table: pd.DataFrame, *, split: date, error: float) -> Axes:
    """Repeat purchases so far, as they came and as the model expects them, with the day the model stopped seeing them.

    Parameters
    ----------
    table : DataFrame
        `date` (last day of a week), `actual`, `expected` (NaN throughout: no model could be used).
    split : date
        The last day the model saw.
    error : float
        The model's total for the days after `split` less the actual one, as a share of it.
    """
    ax = new_axes(420)
    modelled = bool(table["expected"].notna().any())
    ax.plot(table["date"], table["actual"], color=DARK, linewidth=2.4, label=tr("as they came"))
    if modelled:
        label = tr("as the model expects")
        ax.plot(table["date"], table["expected"], color=MIDDLE, linestyle="--", linewidth=2.2, label=label)
    highest = float(table[["actual", "expected"]].max().max())
    at_split = float(date2num(split))  # type: ignore[no-untyped-call]
    ax.axvline(at_split, color=QUIET, linestyle=":", linewidth=1.6)
    note = tr("after {split}:\nnot seen by the model", split=day(split))
    ax.annotate(note, (at_split, 0.04 * highest), (8, 0), textcoords="offset points", va="bottom")
    ax.set(
        title=_tracking_title(error, day(split), modelled=modelled),
        xlabel=tr("week"),
        ylabel=tr("repeat purchases since the beginning"),
        ylim=(0, 1.06 * highest if highest > 0 else 1),
    )
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=8))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(FuncFormatter(_month_at))
    ax.yaxis.set_major_formatter(AsCount())
    ax.legend(loc="upper left")
    ends = table.iloc[-1]
    values = {"split": day(split), "actual": count(ends["actual"]), "end": day(ends["date"].date())}
    if not modelled:
        return describe(
            ax, tr("Line of repeat purchases since the beginning: {actual} by {end}. No model could be used.", **values)
        )
    alt = tr(
        "Lines of repeat purchases since the beginning, as they came and as a model that saw the days up to {split} "
        "expects them: by {end} there were {actual} against {expected} expected. Of those after {split}, the model "
        "was off by {error}.",
        expected=count(ends["expected"]),
        error=_signed(error),
        **values,
    )
    return _described(ax, alt)


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
    ends = np.vstack([groups["actual"] - groups["low"], groups["high"] - groups["actual"]])
    ax.plot(at, groups["expected"], color=MIDDLE, linestyle="--", marker="s", label=tr("expected"), linewidth=1.8)
    ax.errorbar(
        at,
        groups["actual"],
        yerr=np.nan_to_num(ends).clip(min=0),
        fmt="o",
        color=DARK,
        markersize=7,
        capsize=4,
        elinewidth=1.8,
        label=tr("as it came, with 95 % intervals"),
    )
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
    ax.legend(loc="upper left")
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
    return _described(ax, alt)


@styled
def value_fan(table: pd.DataFrame, *, currency: str, basis: str) -> Axes:
    """The customers' value up to each month ahead, with the band that chance and doubt leave.

    Parameters
    ----------
    table : DataFrame
        `months`, `value`, `low`, `high`, beginning at month 0.
    currency, basis : str
        What the values are in, and in what terms.
    """
    ax = new_axes(400)
    band = tr("95 % prediction interval")
    ax.fill_between(table["months"], table["low"], table["high"], color=PALE, label=band, linewidth=0)
    ax.plot(table["months"], table["value"], color=DARK, marker="o", linewidth=2.2, label=tr("expected"), clip_on=False)
    last = table.iloc[-1]
    months = int(last["months"])
    values = {"value": money(last["value"], currency, 0), "months": count(months), "basis": basis}
    values["interval"] = interval(last["low"], last["high"], lambda end: money(end, currency, 0))
    ax.set(
        title=trn(
            months,
            "Today's customers are expected to bring {value} in {months} month",
            "Today's customers are expected to bring {value} in {months} months",
            **values,
        ),
        xlabel=tr("months ahead"),
        ylabel=_folded(tr("{basis}, {currency}", basis=basis, currency=currency), HEIGHT_OF_LABEL),
        xlim=(0, months),
        ylim=(0, 1.08 * float(table["high"].max())),
    )
    ax.set_xticks(table["months"])
    ax.yaxis.set_major_formatter(AsCount())
    ax.legend(loc="upper left")
    alt = tr(
        "Line of the value ({basis}) of today's customers by months ahead, with a widening band: {value}{interval} "
        "after {months} months.",
        **values,
    )
    return _described(ax, alt)


@styled
def tiers(table: pd.DataFrame, *, names: Sequence[str], basis: str) -> Axes:
    """For each tier its share of the customers beside its share of their future value.

    Parameters
    ----------
    table : DataFrame
        `customers`, `share_of_customers`, `share_of_value`, a row a tier, most valuable first.
    names : sequence of str
        The tiers in the language spoken, in the order of the rows.
    """
    ax = new_axes(110 + 74 * len(table))
    rows = np.arange(len(table))
    for side, (column, colour, label) in enumerate(
        [("share_of_customers", LIGHT, tr("share of customers")), ("share_of_value", DARK, tr("share of value"))]
    ):
        at = rows + 0.38 * (side - 0.5)
        ax.barh(at, table[column], height=0.36, color=colour, label=label)
        for row, share in zip(at, table[column], strict=True):
            ax.annotate(percent(share), (share, row), (6, 0), textcoords="offset points", va="center")
    sizes = [count(size) for size in table["customers"]]
    ax.set_yticks(rows, [f"{name}\n({size})" for name, size in zip(names, sizes, strict=True)])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    most = float(table[["share_of_customers", "share_of_value"]].max().max())
    first = {
        "customers": percent(table["share_of_customers"].iloc[0]),
        "value": percent(table["share_of_value"].iloc[0]),
    }
    ax.set(
        title=tr("{customers} of customers carry {value} of the value to come", **first),
        xlabel=_folded(tr("share of customers, and of their {basis}", basis=basis)),
        xlim=(0, min(1.5 * most, 1.35)),
    )
    ax.xaxis.set_major_formatter(AsPercent())
    ax.legend(loc="center right")
    said = [
        tr(
            "{tier}: {customers} of customers, {value} of value",
            tier=name,
            customers=percent(row["share_of_customers"]),
            value=percent(row["share_of_value"]),
        )
        for name, row in zip(names, table.to_dict(orient="records"), strict=True)
    ]
    return _described(ax, tr("Bars by tier, in {basis}. {tiers}.", basis=basis, tiers="; ".join(said)))


@styled
def tornado(table: pd.DataFrame, *, base: float, currency: str, basis: str) -> Axes:
    """What the total value would be with one setting changed, the widest swing on top.

    Parameters
    ----------
    table : DataFrame
        `factor`, `low_setting`, `high_setting` (text), `low`, `high` (the total), widest first.
    base : float
        The total as it stands.
    """
    ax = new_axes(130 + 66 * len(table))
    rows = np.arange(len(table))
    ax.barh(rows, table["high"] - table["low"], left=table["low"], height=0.5, color=PALE)
    ax.axvline(base, color=DARK, linewidth=1.8)
    told = table.to_dict(orient="records")
    for row, ends in enumerate(told):
        _end(ax, (ends["low"], row), ends["low_setting"], side=-1)
        _end(ax, (ends["high"], row), ends["high_setting"], side=1)
    low, high = float(table["low"].min()), float(table["high"].max())
    room = ROOM_FOR_WORDS * max(high - low, 1e-9 * abs(base), 1e-9)
    ax.set_yticks(rows, [fill(str(factor), FACTOR_WIDTH) for factor in table["factor"]])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("The value rests most on: {factor}", factor=str(told[0]["factor"])),
        xlabel=_folded(
            tr("value of all customers: {basis}, {currency}; line: as it stands", basis=basis, currency=currency)
        ),
        xlim=(low - room, high + room),
    )
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: "" if value < 0 else count(value)))
    ax.xaxis.set_major_locator(MaxNLocator(4))
    said = [
        tr(
            "{factor}: {low} with {low_setting}, {high} with {high_setting}",
            factor=str(ends["factor"]),
            low=money(ends["low"], "", 0),
            low_setting=str(ends["low_setting"]),
            high=money(ends["high"], "", 0),
            high_setting=str(ends["high_setting"]),
        )
        for ends in told
    ]
    alt = tr(
        "Bars of what the value ({basis}) of {base} becomes with one setting changed. {settings}.",
        basis=basis,
        base=money(base, currency, 0),
        settings="; ".join(said),
    )
    return _described(ax, alt)


def _described(ax: Axes, alt: str) -> Axes:
    """`ax` with its alt text, a long title on two lines, on the side where the language begins."""
    title = ax.get_title(loc=mpl.rcParams["axes.titlelocation"])
    ax.set_title(_folded(title, WIDTH_OF_TITLE))
    return describe(ax, alt)


def _folded(label: str, width: int = WIDTH_OF_LABEL) -> str:
    return fill(label, width)


def _end(ax: Axes, at: tuple[float, float], setting: object, *, side: int) -> None:
    words = f"{fill(str(setting), SETTING_WIDTH)}\n{money(at[0], '', 0)}"
    align = "left" if side > 0 else "right"
    ax.annotate(
        words, at, (6 * side, 0), textcoords="offset points", ha=align, va="center", fontsize=9, linespacing=1.1
    )


def _tracking_title(error: float, split: str, *, modelled: bool) -> str:
    if not modelled:
        return tr("Repeat purchases as they came; no model could be used")
    if error != error:  # noqa: PLR0124 - only NaN differs from itself
        return tr("Nobody bought again after the model stopped looking")
    if error < 0:
        return tr(
            "After {split} the model expected {error} fewer purchases than came", split=split, error=percent(-error)
        )
    return tr("After {split} the model expected {error} more purchases than came", split=split, error=percent(error))


def _signed(error: float) -> str:
    sign = "−" if error < 0 else "+"
    return percent(error) if error != error else f"{sign}{percent(abs(error))}"  # noqa: PLR0124


def _month_at(position: float, _: int | None = None) -> str:
    return month(num2date(position).date())  # type: ignore[no-untyped-call]
