"""Figures of the client report: who came and went, who is contacted, what a test can see, what that rests on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

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
from crmlab.language import count, listed, number, percent, points, tr

PARTS = (  # row, group, colour, and a hatch where the colour alone is the grey of another
    (0, "kept", DARK, ""),
    (0, "lost", PALE, "//"),
    (1, "kept", DARK, ""),
    (1, "returned", LIGHT, ""),
    (1, "new", MIDDLE, ""),
)
OUTCOMES = (  # column, colour, and a hatch where the colour alone is the grey of another
    ("contact", DARK, ""),
    ("do_nothing", MIDDLE, ""),
    ("over", LIGHT, ""),
    ("held_back", PALE, "xx"),
    ("no_consent", PALE, "//"),
)
NAME_WIDTH, SETTING_WIDTH, CHOICE_WIDTH = 22, 26, 14
ROOM_FOR_WORDS = 0.45
MARKS = ("baseline", "uplift", "uplift_if_half", "low", "high")


@styled
def base_bridge(table: pd.DataFrame, *, first: str, second: str) -> Axes:
    """Two bars, the buyers of two periods, by where they came from and where they went.

    Parameters
    ----------
    table : DataFrame
        `group` (`kept`, `new`, `returned`, `lost`) and `customers`.
    first, second : str
        The periods.
    """
    sizes = {group: float(n) for group, n in zip(table["group"], table["customers"], strict=True)}
    ax = new_axes(300)
    names = {
        "kept": tr("bought in both periods"),
        "lost": tr("not again"),
        "returned": tr("back from before"),
        "new": tr("new"),
    }
    left = {0: 0.0, 1: 0.0}
    for row, group, colour, hatch in PARTS:
        label = names[group] if not (row == 1 and group == "kept") else None
        drawn: dict[str, Any] = {"color": colour, "edgecolor": "white", "hatch": hatch}
        ax.barh(row, sizes[group], left=left[row], height=0.55, label=label, **drawn)
        left[row] += sizes[group]
    for row, total in left.items():
        ax.annotate(count(total), (total, row), (6, 0), textcoords="offset points", va="center")
    ax.set_yticks([0, 1], [folded(tr("bought {window}", window=window), NAME_WIDTH) for window in (first, second)])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(
        title=tr("{kept} stayed, {lost} did not, {new} are new", **_counts(sizes)),
        xlabel=tr("customers with a purchase in the period"),
        xlim=(0, max(1.12 * max(left.values()), 1)),
    )
    ax.xaxis.set_major_formatter(AsCount())
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend_below(ax, 4)
    return described(
        ax,
        tr(
            "Two bars of customers. Of those who bought {first}, {kept} bought again {second} and {lost} did not; "
            "{new} were new and {returned} came back from before.",
            first=first,
            second=second,
            **_counts(sizes),
        ),
    )


@styled
def plan_bars(table: pd.DataFrame) -> Axes:
    """For each list a bar of its candidates: contacted, left alone on purpose, and why the others are not contacted.

    Parameters
    ----------
    table : DataFrame
        `action`, `contact`, `do_nothing`, `over` (budget or capacity), `held_back` (another notebook found that a
        contact does not help), `no_consent` (or not known). Kinds that do not occur are not drawn.
    """
    ax = new_axes(140 + 56 * len(table))
    names = {
        "contact": tr("contact"),
        "do_nothing": tr("left alone on purpose"),
        "over": tr("beyond budget or capacity"),
        "held_back": tr("no use shown, or repair first"),
        "no_consent": tr("no consent"),
    }
    rows, left = np.arange(len(table)), np.zeros(len(table))
    for column, colour, hatch in OUTCOMES:
        sizes = table[column].to_numpy(dtype=np.float64)
        if sizes.any():
            drawn: dict[str, Any] = {"color": colour, "edgecolor": "white", "hatch": hatch}
            ax.barh(rows, sizes, left=left, height=0.6, label=names[column], **drawn)
            left = left + sizes
    for row, total in enumerate(left):
        ax.annotate(count(total), (total, row), (6, 0), textcoords="offset points", va="center")
    ax.set_yticks(rows, [folded(str(name), NAME_WIDTH) for name in table["action"]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    contacted = {"contact": count(table["contact"].sum()), "n": count(left.sum())}
    ax.set(
        title=tr("{contact} of {n} candidates are to be contacted", **contacted),
        xlabel=tr("customers who belong on the list"),
        xlim=(0, max(1.12 * float(left.max()), 1)),
    )
    ax.xaxis.set_major_formatter(AsCount())
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend_below(ax, 3)
    return described(ax, " ".join(_planned(row, names) for row in table.to_dict(orient="records")))


@styled
def what_a_test_can_see(table: pd.DataFrame, *, wanted: float) -> Axes:
    """For each action the share who buy anyway, with its interval, and how far a contact must lift it to be seen.

    Parameters
    ----------
    table : DataFrame
        `action`, `baseline`, `low`, `high`, `uplift` (NaN: cannot be measured with so few), `uplift_if_half`.
        Actions without a baseline are not drawn.
    wanted : float
        The uplift worth finding.
    """
    drawn = table.dropna(subset=["baseline"]).reset_index(drop=True)
    ax = new_axes(170 + 62 * len(drawn))
    rows = np.arange(len(drawn))
    base, seen, half, low, high = (drawn[name].astype(np.float64) for name in MARKS)
    for row in rows[seen.notna()]:
        ax.plot([base[row], base[row] + seen[row]], [row, row], color=PALE, linewidth=9, solid_capstyle="butt")
    reach = [(base - low).fillna(0), (high - base).fillna(0)]
    anyway = tr("share who bought anyway, with its interval")
    ax.errorbar(base, rows, xerr=reach, fmt="o", color=DARK, markersize=7, elinewidth=2, capsize=4, label=anyway)
    ax.plot(base + seen, rows, "s", color=MIDDLE, markersize=8, label=tr("least share a test can tell from it"))
    alone = tr("the same, with half left alone")
    ax.plot(base + half, rows, "D", color=QUIET, markersize=6, fillstyle="none", label=alone)
    for row in rows[seen.isna()]:
        place = (base[row], row - 0.3)
        ax.annotate(tr("too few to measure"), place, va="center", ha="left", color=INK, fontsize=9)
    furthest = float(np.nanmax([high.max(), (base + seen).max(), (base + half).max()]))
    ax.set_yticks(rows, [folded(str(name), NAME_WIDTH) for name in drawn["action"]])
    ax.set_ylim(len(drawn) - 0.5, -0.6)
    ax.grid(visible=False, axis="y")
    told = {"enough": count(int((seen <= wanted).sum())), "n": count(len(drawn)), "wanted": number(100 * wanted, 1)}
    ax.set(
        title=tr("An uplift of {wanted} points can be seen in {enough} of {n} tests", **told),
        xlabel=tr("share of customers who buy within the horizon"),
        xlim=(0, min(1.25 * furthest, 1.02)),
    )
    ax.xaxis.set_major_formatter(AsPercent())
    legend_below(ax, 2)
    return described(ax, " ".join(_seen(row) for row in drawn.to_dict(orient="records")))


@styled
def uplift_tornado(table: pd.DataFrame, *, now: float, wanted: float, action: str) -> Axes:
    """How the least uplift a test can see moves with one thing changed at a time, the widest on top.

    Parameters
    ----------
    table : DataFrame
        `setting`, `low_choice`, `high_choice` (text), `low`, `high` (the uplift; NaN: cannot be measured then).
    now : float
        The uplift with everything as it stands; NaN where it cannot be measured.
    wanted : float
        The uplift worth finding.
    action : str
        Whose list it is.
    """
    ax = new_axes(150 + 58 * len(table))
    rows = np.arange(len(table))
    if not np.isnan(now):
        ax.axvline(now, color=DARK, linewidth=1.8, label=tr("as planned"))
    ax.axvline(wanted, color=MIDDLE, linewidth=1.8, linestyle="--", label=tr("worth finding"))
    ends = table[["low", "high"]].to_numpy(dtype=np.float64)
    known = np.append(ends[~np.isnan(ends)], [wanted] if np.isnan(now) else [now, wanted])
    room = ROOM_FOR_WORDS * max(float(known.max() - known.min()), 0.01)
    columns = (float(known.min() - room), float(known.max() + room))  # for the words, where no line crosses them
    for row, bar in zip(rows, table.to_dict(orient="records"), strict=True):
        _bar(ax, int(row), bar, now, columns)
    ax.set_yticks(rows, [folded(str(name), SETTING_WIDTH) for name in table["setting"]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set(
        title=tr("{action}: what the test rests on", action=action),
        xlabel=tr("least uplift a test can see, in points; nothing drawn: cannot be measured"),
        xlim=columns,
    )
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: "" if value < 0 else count(100 * value)))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    legend_below(ax, 2)
    return described(ax, _told(table, now, wanted, action))


def _bar(ax: Axes, row: int, ends: Mapping[Any, Any], now: float, columns: tuple[float, float]) -> None:
    """A row of the tornado; what its ends stand for is written in the columns beside all the bars."""
    sides = [(float(ends["low"]), str(ends["low_choice"])), (float(ends["high"]), str(ends["high_choice"]))]
    known = sorted(side for side in sides if not np.isnan(side[0]))
    if not known:
        return
    values = [value for value, _ in known]
    if len(known) == 1 and not np.isnan(now):
        values.append(now)
    ax.barh(row, max(values) - min(values), left=min(values), height=0.5, color=PALE)
    for place, (value, choice) in enumerate(known):
        right = place == 1 or (len(known) == 1 and value >= max(values))
        ax.plot([value, value], [row - 0.25, row + 0.25], color=DARK, linewidth=2)
        ax.annotate(
            f"{folded(choice, CHOICE_WIDTH)}\n{points(value)}",
            (columns[right], row),
            (-4 if right else 4, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=9,
            linespacing=1.1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )


def _counts(sizes: Mapping[str, float]) -> dict[str, str]:
    return {group: count(n) for group, n in sizes.items()}


def _planned(row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    parts = [
        tr("{name}: {n}", name=names[column], n=count(row[column])) for column, _, _ in OUTCOMES if row[column] > 0
    ]
    return tr("{action}, customers: {parts}.", action=str(row["action"]), parts=listed(parts))


def _seen(row: Mapping[Any, Any]) -> str:
    said = {
        "action": str(row["action"]),
        "baseline": percent(row["baseline"]),
        "low": percent(row["low"]),
        "high": percent(row["high"]),
    }
    if pd.isna(row["uplift"]):
        return tr("{action}: {baseline} ({low} to {high}) bought anyway; too few to measure an uplift.", **said)
    return tr(
        "{action}: {baseline} ({low} to {high}) bought anyway; a test can tell {uplift} from it.",
        uplift=points(row["uplift"]),
        **said,
    )


def _told(table: pd.DataFrame, now: float, wanted: float, action: str) -> str:
    parts = [
        tr(
            "{setting}: {low} with {low_choice}, {high} with {high_choice}",
            setting=str(row["setting"]),
            low=points(row["low"]),
            low_choice=str(row["low_choice"]),
            high=points(row["high"]),
            high_choice=str(row["high_choice"]),
        )
        for row in table.to_dict(orient="records")
    ]
    return tr(
        "Bars of the least uplift a test of “{action}” can see, {now} as planned, {wanted} worth finding. {settings}.",
        action=action,
        now=points(now),
        wanted=points(wanted),
        settings=listed(parts, strong=True),
    )
