"""Figures of measuring success by the data they were given: what is drawn, what is said, nothing cut off."""

import numpy as np
import pandas as pd
import pytest

from crmlab import figures
from tests.figure_checks import check_figure

CHANNELS = ["social", "branch", "direct_mail"]


def ways():
    table = pd.DataFrame({"way": ["all months before and after", "against branches not live yet"]})
    return figures.ways_of_measuring(table.assign(value=[0.9, -0.1], low=[0.8, -0.2], high=[1.3, -0.01]), planted=-0.12)


def months_live():
    x = np.arange(-12, 20)
    effect = np.where(x < 0, 0.0, -0.15)
    table = pd.DataFrame({"months_live": x, "effect": effect, "low": effect - 0.1, "high": effect + 0.1})
    table = table.assign(band_low=effect - 0.2, band_high=effect + 0.2)
    table.loc[table["months_live"] == 19, ["low", "high"]] = np.nan  # rests on too few branches
    return figures.event_study(table, level=0.95, planted=table[["months_live", "effect"]])


def series():
    table = pd.DataFrame({"month": pd.date_range("2021-03-21", periods=30, freq="31D").date})
    return figures.interrupted_series(table.assign(observed=900_000.0, expected=1_000_000.0), currency="IRT")


def estimates():
    drawn = np.random.default_rng(1).normal(-0.1, 0.02, (100, 2))
    names = ["branch and month effects", "against branches not live yet"]
    return figures.estimates_and_truth(pd.DataFrame(drawn, columns=names), truth=-0.12)


def chances():
    table = pd.DataFrame({"change": [-0.2, -0.1, 0.0], "extend": [0.9, 0.4, 0.0], "go_on": [0.1, 0.6, 0.9]})
    return figures.rule_chances(table.assign(mend=1 - table["extend"] - table["go_on"]), worth=0.03)


def confusion():
    shares = [[0.8, 0.2, 0.0], [0.3, 0.6, 0.1], [0.4, 0.2, 0.4]]
    return figures.said_and_recorded(pd.DataFrame(shares, index=CHANNELS, columns=CHANNELS))


def credit():
    table = pd.DataFrame({"channel": CHANNELS, "said": [0.4, 0.4, 0.2], "recorded": [0.2, 0.6, 0.2]})
    return figures.channel_credit(table.assign(corrected=[0.25, 0.5, np.nan], low=0.1, high=0.6))


def modes():
    table = pd.DataFrame({"mode": ["email", "phone"], "rate": [0.3, 0.6], "hits": [0.4, 0.38], "silent": [0.2, np.nan]})
    ends = {"low": table["rate"] - 0.05, "high": table["rate"] + 0.05}
    return figures.answers_by_mode(table.assign(**ends, hits_low=table["hits"] - 0.1, hits_high=table["hits"] + 0.1))


ALL = {one.__name__: one for one in (ways, months_live, series, estimates, chances, confusion, credit, modes)}
every_figure = pytest.mark.parametrize("draw", ALL.values(), ids=ALL)


@every_figure
def test_a_figure_can_be_read_is_told_and_the_same_twice(draw):
    assert "%" in check_figure(draw)


def test_months_that_rest_on_too_few_branches_are_not_drawn():
    line = months_live().get_lines()[0]
    assert line.get_xdata().max() == 18


def test_the_ways_stand_where_their_changes_are():
    offsets = [tuple(point) for group in ways().collections for point in group.get_offsets()]
    assert (0.9, 0) in offsets
    assert (-0.1, 1) in offsets


def test_the_estimates_are_counted_once():
    heights = sum(patch.get_height() for patch in estimates().patches)
    assert heights == 200
