"""Bootstrap resamples as counts have the law of rows drawn one by one."""

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from crmlab import resamples
from crmlab.resamples import multiplicities


def test_every_resample_has_as_many_rows_as_there_are():
    found = multiplicities(7, 50, rng=np.random.default_rng(0))
    assert found.shape == (50, 7)
    assert (found.sum(axis=1) == 7).all()
    assert (found >= 0).all()


def test_a_row_is_drawn_as_often_as_chance_has_it():
    # One of 5 rows is drawn k times in a resample with the chance of k hits in 5 trials at 1/5, and two rows share the
    # same 5 draws: their counts have the covariance −5 · 1/5 · 1/5 = −0.2.
    found = multiplicities(5, 20_000, rng=np.random.default_rng(3))
    seen = np.bincount(found[:, 0], minlength=6)
    expected = binom.pmf(np.arange(6), 5, 0.2) * 20_000
    assert chisquare([*seen[:4], seen[4:].sum()], [*expected[:4], expected[4:].sum()]).pvalue > 0.001
    # Standard error of the covariance: about sqrt((0.8² + 0.2²) / 20,000) = 0.0058; four of them.
    assert np.cov(found[:, 1], found[:, 4])[0, 1] == pytest.approx(-0.2, abs=0.024)


@pytest.mark.parametrize(("n", "size"), [(0, 4), (3, 0), (1, 5)])
def test_ends(n, size):
    found = multiplicities(n, size, rng=np.random.default_rng(0))
    assert found.shape == (size, n)
    assert (found == (n == 1)).all()


def test_many_are_drawn_in_parts_and_no_row_of_one_part_is_counted_in_another(monkeypatch):
    monkeypatch.setattr(resamples, "_AT_ONCE", 10)
    found = multiplicities(4, 9, rng=np.random.default_rng(1))
    assert (found.sum(axis=1) == 4).all()
    assert len(np.unique(found, axis=0)) > 4
