"""Figures of saving and winning back: who returns, whom a contact changes, what contacting them brings."""

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
    legend_below,
    new_axes,
    styled,
)
from crmlab.figures.ticks import AsCount, AsPercent
from crmlab.language import count, listed, money, number, percent, points, tr, translated

NAME_WIDTH = 20
ROW = 44  # CSS pixels
LOOKS = ((QUIET, ":"), (LIGHT, "-."), (MIDDLE, "--"), (DARK, "-"))
CORNERS = {"persuadable": (0.98, 0.97), "lost": (0.98, 0.03), "sure": (0.02, 0.97), "do_not_disturb": (0.02, 0.03)}
MOST_POINTS = 2000


@styled
def return_hazard(table: pd.DataFrame, *, exit_words: str, times: float | None = None) -> Axes:
    """The chance to return in each week since the exit, with its interval.

    Parameters
    ----------
    table : DataFrame
        `week`, `at_risk`, `hazard`, `low`, `high` (0 to 1).
    exit_words : str
        What an exit is.
    times : float, optional
        Draws where the first week would lie if it were so many times the fourth.
    """
    ax = new_axes(340)
    weeks, hazard, low, high = (table[name].to_numpy(dtype=float) for name in ("week", "hazard", "low", "high"))
    reach = np.clip([hazard - low, high - hazard], 0, None)
    ax.errorbar(weeks, hazard, yerr=reach, fmt="o", color=DARK, markersize=5, elinewidth=1.4, capsize=2)
    fourth = table.loc[table["week"] == 4, "hazard"]  # noqa: PLR2004 - the folklore's own
    if times is not None and len(fourth):
        there = times * float(fourth.iloc[0])
        said = tr("{times} times the fourth week", times=number(times, 0))
        ax.plot([weeks[0]], [there], "D", color=MIDDLE, markersize=8, fillstyle="none", label=said)
        ax.legend(loc="upper right")
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_ylim(bottom=0)
    ax.set(
        title=tr("Who comes back by themselves, week by week"),
        xlabel=folded(tr("weeks since the exit ({words})", words=exit_words)),
        ylabel=tr("return in the week"),
    )
    return described(
        ax,
        tr(
            "Points by week. In the first week {first} ({low} to {high}) of {n} return, in the last one drawn {last}.",
            first=percent(hazard[0]),
            low=percent(low[0]),
            high=percent(high[0]),
            n=count(table["at_risk"].iloc[0]),
            last=percent(hazard[-1]),
        ),
    )


@styled
def four_quadrants(scores: pd.DataFrame, groups: pd.DataFrame, *, kind: str) -> Axes:
    """Customers by risk and expected uplift, and what a contact did in each of the four groups.

    Parameters
    ----------
    scores : DataFrame
        `p0` and `tau`, one row a customer; at most 2,000 are drawn.
    groups : DataFrame
        `group`, `share`, `effect`, `low`, `high`.
    kind : str
        What the campaign was for.
    """
    ax = new_axes(430)
    drawn = scores.iloc[:: max(1, len(scores) // MOST_POINTS)]
    ax.scatter(1 - drawn["p0"], drawn["tau"], s=9, color=PALE, edgecolor=DARK, linewidth=0.3)
    ax.axhline(0, color=INK, linewidth=1)
    ax.axvline(float((1 - scores["p0"]).median()), color=INK, linewidth=1, linestyle="--")
    span = 1.9 * max(float(scores["tau"].abs().max()), 0.01)
    ax.set_ylim(-span, span)
    for row in groups.to_dict(orient="records"):
        x, y = CORNERS[str(row["group"])]
        ax.text(
            *(x, y, _quadrant(row)),
            transform=ax.transAxes,
            ha="left" if x < 0.5 else "right",  # noqa: PLR2004 - the middle
            va="bottom" if y < 0.5 else "top",  # noqa: PLR2004 - the middle
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    ax.xaxis.set_major_formatter(AsPercent())
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set(
        title=tr("{kind}: risk, and what a contact is expected to change", kind=kind),
        xlabel=tr("risk: chance of a no when left alone"),
        ylabel=tr("expected uplift of the yes"),
    )
    told = listed([_quadrant(row).replace("\n", " ") for row in groups.to_dict(orient="records")], strong=True)
    return described(ax, tr("A cloud of customers by risk and expected uplift, in four parts: {groups}.", groups=told))


@styled
def policy_values(table: pd.DataFrame, *, kind: str, currency: str) -> Axes:
    """What each policy is worth beyond contacting nobody, with its interval.

    Parameters
    ----------
    table : DataFrame
        `policy`, `contacted` (share), `value`, `low`, `high` (money for each customer of the campaign).
    kind, currency : str
        What the campaign was for; the client's currency.
    """
    ax = new_axes(130 + ROW * len(table))
    rows = np.arange(len(table))
    value, low, high = (table[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    ax.axvline(0, color=INK, linewidth=1)
    ax.errorbar(
        value, rows, xerr=[value - low, high - value], fmt="o", color=DARK, markersize=7, elinewidth=2, capsize=4
    )
    names = [
        folded(f"{translated(str(one))} ({percent(share, 0)})", NAME_WIDTH)
        for one, share in zip(table["policy"], table["contacted"], strict=True)
    ]
    ax.set_yticks(rows, names)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(AsCount())
    ax.locator_params(axis="x", nbins=5)
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("{kind}: what each policy would have brought", kind=kind),
        xlabel=folded(tr("{currency} for each customer of the campaign; in brackets: contacted", currency=currency)),
    )
    said = [
        tr(
            "{policy} {value} ({low} to {high})",
            policy=translated(str(row["policy"])),
            value=money(row["value"], "", 0),
            low=money(row["low"], "", 0),
            high=money(row["high"], "", 0),
        )
        for row in table.to_dict(orient="records")
    ]
    return described(
        ax, tr("Values of policies, {currency}: {values}.", currency=currency, values=listed(said, strong=True))
    )


@styled
def profit_by_depth(curve: pd.DataFrame, *, kind: str, currency: str, depth: float) -> Axes:
    """Profit by how deep down each ranking customers are contacted; the band is that of the last ranking.

    Parameters
    ----------
    curve : DataFrame
        `ranking`, `depth` (0 to 1), `value`, `low`, `high` (money for each customer of the campaign).
    kind, currency : str
        What the campaign was for; the client's currency.
    depth : float
        How deep the lists go that are compared.
    """
    ax = new_axes(400)
    rankings = list(dict.fromkeys(curve["ranking"]))
    for name, (colour, style) in zip(rankings, LOOKS, strict=False):
        own = curve[curve["ranking"] == name]
        ax.plot(own["depth"], own["value"], color=colour, linestyle=style, linewidth=2, label=translated(str(name)))
    last = curve[curve["ranking"] == rankings[-1]]
    ax.fill_between(last["depth"], last["low"], last["high"], color=PALE, alpha=0.45, linewidth=0)
    ax.axhline(0, color=INK, linewidth=1)
    ax.axvline(depth, color=QUIET, linewidth=1)
    ax.xaxis.set_major_formatter(AsPercent())
    ax.yaxis.set_major_formatter(AsCount())
    ax.set_xlim(0, 1)
    ax.set(
        title=tr("{kind}: profit by depth of the list", kind=kind),
        xlabel=folded(tr("share of the customers contacted, the first of each ranking first")),
        ylabel=folded(tr("{currency} for each customer of the campaign", currency=currency), 34),
    )
    legend_below(ax, 2)
    ends = [
        tr("{name} {value}", name=translated(str(name)), value=money(_at(curve, str(name), depth), "", 0))
        for name in rankings
    ]
    return described(
        ax,
        tr(
            "Four curves of profit by depth, {currency}. At {depth}: {values}. With everybody contacted all end at "
            "{end}.",
            currency=currency,
            depth=percent(depth, 0),
            values=listed(ends),
            end=money(float(last["value"].iloc[-1]), "", 0),
        ),
    )


@styled
def qini_curves(curves: dict[str, pd.DataFrame], *, kind: str) -> Axes:
    """Extra answers by depth, for one or several models, against a random order.

    Parameters
    ----------
    curves : dict
        By the model's name: `depth`, `gain`, `random` (answers for each customer of the campaign).
    kind : str
        What the campaign was for.
    """
    ax = new_axes(370)
    looks = [(DARK, "-", "o"), (MIDDLE, "--", "s")]
    for (name, curve), (colour, style, marker) in zip(curves.items(), looks, strict=False):
        ax.plot(curve["depth"], curve["gain"], color=colour, linestyle=style, marker=marker, markersize=4, label=name)
    line = next(iter(curves.values()))
    ax.plot(line["depth"], line["random"], color=QUIET, linestyle=":", label=tr("random order"))
    ax.axhline(0, color=INK, linewidth=1)
    ax.xaxis.set_major_formatter(AsPercent())
    ax.yaxis.set_major_formatter(AsPercent())
    ax.set_xlim(0, 1)
    ax.set(
        title=tr("{kind}: extra yes by depth (Qini curve)", kind=kind),
        xlabel=tr("share of the customers contacted"),
        ylabel=folded(tr("extra yes, share of all customers"), 26),
    )
    legend_below(ax, 3)
    half = [
        tr("{name} {gain}", name=name, gain=points(float(curve["gain"].iloc[len(curve) // 2]), 2))
        for name, curve in curves.items()
    ]
    return described(
        ax,
        tr(
            "Curves of extra yes by depth. With half contacted: {half}; a random order {random}.",
            half=listed(half),
            random=points(float(line["random"].iloc[len(line) // 2]), 2),
        ),
    )


@styled
def cost_of_a_customer(table: pd.DataFrame, *, currency: str, days: int) -> Axes:
    """What one more customer costs by each way, beside what they bring.

    Parameters
    ----------
    table : DataFrame
        `way`, `cost`, `low`, `high` (money; NaN where not known, infinite where an effect is not shown), `worth`.
    currency : str
        The client's.
    days : int
        Over how many days `worth` is counted.
    """
    ax = new_axes(150 + 56 * len(table))
    cost, low, high, worth = (table[name].to_numpy(dtype=float) for name in ("cost", "low", "high", "worth"))
    finite = np.concatenate([part[np.isfinite(part)] for part in (cost, low, high, worth)] or [np.ones(1)])
    edge = 1.15 * float(finite.max()) if finite.size else 1.0
    for row in range(len(table)):
        if np.isfinite(low[row]):
            ax.plot(
                [low[row], min(high[row], edge) if not np.isnan(high[row]) else edge],
                [row, row],
                color=PALE,
                linewidth=9,
            )
    ax.plot(
        np.where(np.isfinite(cost), cost, np.nan),
        np.arange(len(table)),
        "o",
        color=DARK,
        markersize=8,
        label=tr("cost of one"),
    )
    ax.plot(
        worth, np.arange(len(table)), "D", color=MIDDLE, markersize=7, label=tr("margin of {n} days", n=count(days))
    )
    ax.set_yticks(
        np.arange(len(table)), [folded(translated(str(way).replace("_", " ")), NAME_WIDTH) for way in table["way"]]
    )
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, edge)
    ax.xaxis.set_major_formatter(AsCount())
    ax.locator_params(axis="x", nbins=5)
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("What one more customer costs, and brings"),
        xlabel=folded(tr("{currency}; bars are intervals, and go on where they meet the edge", currency=currency)),
    )
    legend_below(ax, 2)
    said = [_way(row, currency) for row in table.to_dict(orient="records")]
    return described(ax, " ".join([tr("Costs and margins of one more customer."), *said]))


def _way(row: dict[object, object], currency: str) -> str:
    cost = float(str(row["cost"]))
    shown = money(cost, currency, 0) if np.isfinite(cost) else tr("not known")
    return tr(
        "{way}: cost {cost}, margin {worth}.",
        way=translated(str(row["way"]).replace("_", " ")),
        cost=shown,
        worth=money(float(str(row["worth"])), currency, 0),
    )


def _quadrant(row: dict[object, object]) -> str:
    name = translated(str(row["group"]).replace("_", " "))
    effect, low, high = (float(str(row[end])) for end in ("effect", "low", "high"))
    return "\n".join(
        [
            f"{name}: {percent(float(str(row['share'])), 0)}",
            tr("a contact did {effect}", effect=points(effect)),
            tr("({low} to {high})", low=points(low), high=points(high)),
        ]
    )


def _at(curve: pd.DataFrame, name: str, depth: float) -> float:
    own = curve[curve["ranking"] == name]
    return float(own["value"].iloc[int((own["depth"] - depth).abs().to_numpy().argmin())])
