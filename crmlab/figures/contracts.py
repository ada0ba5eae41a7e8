"""Figures of contracts: retention from renewal to renewal and customers kept, counted and forecast."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.figures.style import DARK, INK, LIGHT, MIDDLE, PALE, described, legend, new_axes, styled
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, interval, listed, mark, percent, tr, translated

UNITS = (mark("day"), mark("week"), mark("month"), mark("quarter"), mark("year"))


@styled
def retention_by_renewal(
    table: pd.DataFrame, counted: pd.DataFrame, *, constant: float, seen: int, time_unit: str, level: float = 0.95
) -> Axes:
    """Retention at every renewal: as counted, by a model with its band, and the one rate that fits best.

    Parameters
    ----------
    table : DataFrame
        `period`, `retention`, `retention_low`, `retention_high` of the model.
    counted : DataFrame
        `period` and `retention`, as counted.
    constant : float
        The one retention rate.
    seen : int
        Renewals the model was fitted to; those after it are drawn hollow.
    time_unit : str
        Of a period.
    level : float
        Of the band, for the legend.
    """
    shown = table[table["period"] > 0]
    ax = new_axes(420)
    band = tr("{level} band, for each renewal by itself", level=percent(level, 0))
    ax.fill_between(shown["period"], shown["retention_low"], shown["retention_high"], color=PALE, alpha=0.6, label=band)
    ax.plot(
        shown["period"], shown["retention"], color=DARK, linewidth=2, label=tr("a rate of each customer’s own (sBG)")
    )
    ax.axhline(constant, color=MIDDLE, linestyle="--", linewidth=2, label=tr("one rate for all"))
    _dots(ax, counted["period"], counted["retention"], seen)
    ax.set(
        title=_title(counted),
        ylabel=tr("customers who renew,\nof those who renewed before"),
        xlabel=tr("renewal; one every {unit}", unit=translated(time_unit)),
        ylim=(0, 1.02),
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsPercent())
    legend(ax, loc="lower right")
    return described(ax, _alt(shown, counted, constant))


@styled
def customers_kept(
    counted: pd.DataFrame, path: pd.DataFrame, others: Mapping[str, pd.Series], *, seen: int, time_unit: str
) -> Axes:
    """Customers of a cohort who are left: as counted, forecast with prediction intervals, and by other forecasts.

    Parameters
    ----------
    counted : DataFrame
        `period` (0 is the start) and `kept`, as counted.
    path : DataFrame
        `period`, `kept`, `low`, `high` of the forecast, from the last period it was fitted to.
    others : mapping of str to Series
        Up to two other forecasts by their names in the legend, indexed by period.
    seen : int
        Periods the forecasts were made from; counts after it are drawn hollow.
    time_unit : str
        Of a period.
    """
    ax = new_axes(440)
    ax.fill_between(path["period"], path["low"], path["high"], color=PALE, alpha=0.6, label=tr("prediction interval"))
    ax.plot(path["period"], path["kept"], color=DARK, linewidth=2, label=tr("a rate of each customer’s own (sBG)"))
    for (name, series), colour, line in zip(others.items(), (MIDDLE, LIGHT), ("--", "-."), strict=False):
        ax.plot(series.index, series, color=colour, linestyle=line, linewidth=2, label=name)
    _dots(ax, counted["period"], counted["kept"], seen)
    ax.axvline(seen + 0.5, color=INK, linewidth=0.8, linestyle=":")
    ax.set(
        title=_kept_title(counted, path),
        ylabel=tr("customers left"),
        xlabel=tr("renewal; one every {unit}", unit=translated(time_unit)),
        ylim=(0, None),
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.xaxis.set_major_formatter(AsCount())
    ax.yaxis.set_major_formatter(AsCount())
    legend(ax, loc="upper right")
    return described(ax, _kept_alt(counted, path, others))


def _dots(ax: Axes, period: pd.Series, values: pd.Series, seen: int) -> None:
    for within, face, label in (
        (period <= seen, INK, tr("counted, and used")),
        (period > seen, "white", tr("counted later, not used")),
    ):
        if within.any():
            ax.plot(
                period[within],
                values[within],
                linestyle="none",
                marker="o",
                markersize=7,
                markerfacecolor=face,
                markeredgecolor=INK,
                label=label,
            )


def _title(counted: pd.DataFrame) -> str:
    first, last = counted.iloc[0], counted.iloc[-1]
    return tr(
        "{first} make the first renewal, {last} of those who stayed renewal {n}",
        first=percent(first["retention"], 0),
        last=percent(last["retention"], 0),
        n=count(last["period"]),
    )


def _alt(shown: pd.DataFrame, counted: pd.DataFrame, constant: float) -> str:
    model = shown.set_index("period")
    parts = [
        tr(
            "renewal {n}: counted {counted}, sBG {model}{band}",
            n=count(period),
            counted=percent(retention),
            model=percent(model.loc[period, "retention"]),
            band=interval(model.loc[period, "retention_low"], model.loc[period, "retention_high"]),
        )
        for period, retention in zip(counted["period"], counted["retention"], strict=True)
    ]
    said = listed(parts, strong=True)
    return tr("Retention by renewal against one rate of {constant}. {said}.", constant=percent(constant), said=said)


def _kept_title(counted: pd.DataFrame, path: pd.DataFrame) -> str:
    last = path.iloc[-1]
    there = counted[counted["period"] == last["period"]]
    if there.empty:
        return tr("{n} customers are expected after {t} renewals", n=count(last["kept"]), t=count(last["period"]))
    return tr(
        "After {t} renewals {counted} customers were left; {n} were forecast",
        t=count(last["period"]),
        counted=count(there["kept"].iloc[0]),
        n=count(last["kept"]),
    )


def _kept_alt(counted: pd.DataFrame, path: pd.DataFrame, others: Mapping[str, pd.Series]) -> str:
    last = path.iloc[-1]
    rivals = listed(f"{name} {count(series.iloc[-1])}" for name, series in others.items())
    said = listed(count(n) for n in counted["kept"])
    return tr(
        "Customers left, counted: {said}. Forecast for renewal {t}: {n}{interval}; others: {rivals}.",
        said=said,
        t=count(last["period"]),
        n=count(last["kept"]),
        interval=interval(float(last["low"]), float(last["high"]), count),
        rivals=rivals,
    )
