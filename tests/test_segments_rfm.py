"""RFM scores and segments: by hand, every cell, ties."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import segments as s
from crmlab.analyses.segments.rfm import LEVELS, level, scores
from crmlab.analyses.segments.rfm import segments as segments_of
from crmlab.errors import DataError, ParameterError


def customers(since: list[float], purchases: list[int], value: list[float]) -> pd.DataFrame:
    ids = [f"c{row}" for row in range(len(since))]
    return pd.DataFrame({"customer_id": ids, "days_since_last": since, "purchases": purchases, "value": value})


def test_scores_by_hand() -> None:
    # Nine values, three scores: the cuts are the third and the sixth value, and stand below themselves.
    values = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9], dtype=float)
    assert scores(values, 3).tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_ties_share_a_score_and_leave_others_empty() -> None:
    # Seven of ten bought once: both cuts of three scores are 1, so 2 is a score nobody has.
    assert scores(np.array([1.0] * 7 + [2, 3, 4]), 3).tolist() == [1] * 7 + [3] * 3
    assert scores(np.array([5.0] * 4), 3).tolist() == [1] * 4


def test_what_ties_did_is_said() -> None:
    table = customers(list(range(10)), [1] * 7 + [2, 3, 4], list(range(1, 11)))
    scored = s.rfm(table)
    assert scored.collapsed == ("frequency",)
    assert "frequency 2 of 3 (one score holds 70 % of customers)" in s.claims.bins_claim(scored)
    even = s.rfm(customers([1, 2, 3], [1, 2, 3], [1, 2, 3]))
    assert "all 3 scores of each measure are in use" in s.claims.bins_claim(even)


def test_recency_is_good_when_small() -> None:
    table = s.rfm(customers([1, 50, 100], [3, 2, 1], [30, 20, 10])).table
    assert table["rfm"].tolist() == ["3-3-3", "2-2-2", "1-1-1"]
    assert table["segment"].tolist() == ["champions", "slowing", "dormant"]


@pytest.mark.parametrize("n_bins", [2, 3, 4, 5])
def test_every_cell_has_exactly_one_segment(n_bins: int) -> None:
    cells = np.array(list(product(range(1, n_bins + 1), repeat=3)))
    found = segments_of(*cells.T, n_bins=n_bins)
    for cell, name in zip(cells, found, strict=True):
        levels = [LEVELS[place] for place in level(cell, n_bins)]
        fits = [
            segment
            for segment, allowed in s.SEGMENTS.items()
            if all(one in some for one, some in zip(levels, allowed, strict=True))
        ]
        assert fits == [name], cell


@pytest.mark.parametrize(
    ("n_bins", "levels"),
    [
        (2, ["low", "high"]),  # midpoints 1/4 and 3/4
        (3, ["low", "middle", "high"]),
        (4, ["low", "middle", "middle", "high"]),  # 1/8, 3/8, 5/8, 7/8
        (5, ["low", "low", "middle", "high", "high"]),  # 1/10, 3/10, 1/2, 7/10, 9/10
    ],
)
def test_levels_are_thirds_of_the_scale(n_bins: int, levels: list[str]) -> None:
    assert [LEVELS[place] for place in level(np.arange(1, n_bins + 1), n_bins)] == levels


values = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=60)


@given(values, st.integers(2, 5), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_equal_values_have_equal_scores_whatever_the_order(drawn: list[float], n_bins: int, chance: object) -> None:
    array = np.array(drawn)
    found = scores(array, n_bins)
    order = list(range(len(drawn)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert scores(array[order], n_bins).tolist() == found[order].tolist()
    assert all(len(set(found[array == value])) == 1 for value in set(drawn))
    assert (np.diff(found[np.argsort(array, kind="stable")]) >= 0).all()
    assert set(found) <= set(range(1, n_bins + 1))


def test_the_grid_counts_everybody_and_all_the_value() -> None:
    table = customers(list(range(12)), [1, 2, 3] * 4, [float(number) for number in range(12)])
    grid = s.rfm_grid(s.rfm(table), table)
    assert len(grid) == 9
    assert grid["customers"].sum() == 12
    assert grid["value"].sum() == 66
    assert grid["share"].sum() == pytest.approx(1)
    assert grid["value_share"].sum() == pytest.approx(1)


def test_without_value_there_are_no_shares_of_it() -> None:
    table = customers([1, 2, 3], [1, 2, 3], [0, 0, 0])
    assert s.rfm_grid(s.rfm(table), table)["value_share"].isna().all()


def test_prospects_are_not_scored() -> None:
    table = customers([1, np.nan], [1, 0], [1, 0])
    assert s.rfm(table).table["customer_id"].tolist() == ["c0"]


@pytest.mark.parametrize("n_bins", [1, 6, 2.5, True])
def test_other_numbers_of_scores_are_refused(n_bins: int) -> None:
    with pytest.raises(ParameterError, match="a whole number from 2 to 5"):
        s.rfm(customers([1], [1], [1]), n_bins=n_bins)


def test_values_that_are_none_are_refused() -> None:
    with pytest.raises(DataError, match="1 of 2 values of monetary are missing"):
        s.rfm(customers([1, 2], [1, 1], [1, np.nan]))
    with pytest.raises(DataError, match="nobody bought"):
        s.rfm(customers([], [], []))
