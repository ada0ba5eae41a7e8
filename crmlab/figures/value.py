"""Figures of customer value: what the formula says, the fan, the tiers, lines of equal value, the tornado.

The forecast against the truth is drawn in `value_checks`.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmlab.figures.style import DARK, LIGHT, PALE, described, folded, legend, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, interval, listed, money, money_form, number, percent, tr, trn

FACTOR_WIDTH, SETTING_WIDTH = 22, 20  # characters a line
HEIGHT_OF_LABEL = 42  # characters that fit along an upright axis
ROOM_FOR_WORDS = 0.42  # of the widest bar, on either side of it


class ValueGrid(Protocol):
    """What a figure of lines of equal value is drawn from."""

    @property
    def repeats(self) -> np.ndarray:
        """Repeat purchases."""

    @property
    def t_x(self) -> np.ndarray:
        """Days from the first purchase to the last."""

    @property
    def value(self) -> np.ndarray:
        """Of a customer, `repeats` by `t_x`."""

    @property
    def T(self) -> float:
        """Days since the first purchase, the same for all."""

    @property
    def turns(self) -> bool:
        """Whether more purchases are worth less at some silence."""


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
    form = money_form(currency, *table["value"])
    ax.barh(rows, table["value"], height=0.6, color=PALE)
    for row, value in zip(rows, table["value"], strict=True):
        ax.annotate(form(value), (value, row), (8, 0), textcoords="offset points", va="center")
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
    said = [f"{label}: {form(value)}" for label, value in zip(labels, table["value"], strict=True)]
    bars = listed(said, strong=True)
    return described(ax, tr("Bars of a customer's value by the guess at the lifetime: {bars}.", bars=bars))


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
        ylabel=folded(tr("{basis}, {currency}", basis=basis, currency=currency), HEIGHT_OF_LABEL),
        xlim=(0, months),
        ylim=(0, 1.08 * float(table["high"].max())),
    )
    ax.set_xticks(table["months"])
    ax.yaxis.set_major_formatter(AsCount())
    legend(ax, loc="upper left")
    alt = tr(
        "Line of the value ({basis}) of today's customers by months ahead, with a widening band: {value}{interval} "
        "after {months} months.",
        **values,
    )
    return described(ax, alt)


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
        xlabel=folded(tr("share of customers, and of their {basis}", basis=basis)),
        xlim=(0, min(1.5 * most, 1.35)),
    )
    ax.xaxis.set_major_formatter(AsPercent())
    legend(ax, loc="center right")
    said = [
        tr(
            "{tier}: {customers} of customers, {value} of value",
            tier=name,
            customers=percent(row["share_of_customers"]),
            value=percent(row["share_of_value"]),
        )
        for name, row in zip(names, table.to_dict(orient="records"), strict=True)
    ]
    return described(ax, tr("Bars by tier, in {basis}. {tiers}.", basis=basis, tiers=listed(said, strong=True)))


@styled
def iso_value(of: ValueGrid, *, currency: str, basis: str) -> Axes:
    """Lines of equal value over the silence of a customer and how often they bought again.

    Parameters
    ----------
    of : ValueGrid
        Value by repeat purchases and days from the first purchase to the last, and whether more purchases are anywhere
        worth less.
    """
    ax = new_axes(430)
    repeats, t_x, value = of.repeats, of.t_x, of.value
    title = (
        tr("At long silence, who bought oftener is worth less")
        if of.turns
        else tr("At every silence, who bought oftener is worth more")
    )
    levels = value_levels(value)
    lines = ax.contour(t_x, repeats, value, levels=levels, colors=DARK, linewidths=1.6)
    ax.clabel(lines, fmt=lambda level: money(level, "", 0), fontsize=9)
    ax.set(
        title=title,
        xlabel=folded(
            tr(
                "days from first to last purchase (right: bought lately), {known} days after the first",
                known=count(of.T),
            )
        ),
        ylabel=tr("repeat purchases"),
    )
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsCount())
    corner = {"lately": money(value[-1, -1], currency, 0), "silent": money(value[-1, len(t_x) // 2], currency, 0)}
    alt = tr(
        "Lines of equal value ({basis}) at {levels} {currency} over days from first to last purchase and repeat "
        "purchases. With {most} repeat purchases, a customer who bought lately is worth {lately}, one whose last was "
        "halfway {silent}.",
        basis=basis,
        currency=currency,
        levels=listed(money(level, "", 0) for level in levels),
        most=count(repeats[-1]),
        **corner,
    )
    return described(ax, alt)


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
    ax.set_yticks(rows, [folded(str(factor), FACTOR_WIDTH) for factor in table["factor"]])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("The value rests most on: {factor}", factor=str(told[0]["factor"])),
        xlabel=folded(
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
        settings=listed(said, strong=True),
    )
    return described(ax, alt)


def value_levels(value: np.ndarray) -> list[float]:
    """Round values between the least and the most, each about twice the one before."""
    most = float(value.max())
    steps = [digit * 10.0**power for power in range(-3, 12) for digit in (1, 2, 5)]
    return [step for step in steps if float(value.min()) < step < most][-6:] or [most / 2]


def _end(ax: Axes, at: tuple[float, float], setting: object, *, side: int) -> None:
    words = f"{folded(str(setting), SETTING_WIDTH)}\n{money(at[0], '', 0)}"
    align = "left" if side > 0 else "right"
    ax.annotate(
        words, at, (6 * side, 0), textcoords="offset points", ha=align, va="center", fontsize=9, linespacing=1.1
    )
