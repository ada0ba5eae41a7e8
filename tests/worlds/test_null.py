"""In a world without effects the notebooks find about as many as chance allows, and their sentences say so."""

from pathlib import Path

import matplotlib as mpl
import pytest

from crmlab.findings import Finding
from tests.worlds.effects import EFFECTS, NOTEBOOKS, SELDOM, band, misworded
from tests.worlds.made import company, told

SEEDS = range(6)
# Below 3,000 customers the campaign to save contracts is too small to be read; below 12 branches, those without a
# process are.
SIZE = {"customers": 3_000, "branches": 24}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Finding]]:
    """What all notebooks with effects find in each world."""
    mpl.use("agg")
    found = []
    for seed in SEEDS:
        folder: Path = tmp_path_factory.mktemp("null")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CRMLAB_CACHE", str(folder / "cache"))
            client = company(folder / "client", "null", seed=seed, **SIZE)
            said = [told(number, client, patch) for number in NOTEBOOKS]
        assert [one.refusals for one in said] == [()] * len(said)
        found.append({name: finding for one in said for name, finding in one.findings.items()})
    return found


@pytest.mark.slow
def test_no_more_is_found_than_chance_finds(worlds: list[dict[str, Finding]]) -> None:
    """One test, for the worlds are made once: over all effects, for each notebook and for each effect.

    The effects of a notebook that rest on the same trial raise their false alarms together, so that the bands are those
    of the effects that do not; of the others each is held alone.
    """
    alarms = {
        name: [one.alarm(world[name]) for world in worlds if name in world or name not in SELDOM]
        for name, one in EFFECTS.items()
    }
    counted = {"all notebooks": [name for name, one in EFFECTS.items() if one.own]}
    counted |= {number: [name for name in counted["all notebooks"] if name.startswith(number)] for number in NOTEBOOKS}
    counted |= {name: [name] for name in EFFECTS}
    wrong = {}
    for what, names in counted.items():
        hits = [alarm for name in names for alarm in alarms[name]]
        low, high = band(len(hits))
        if not low <= sum(hits) <= high:
            wrong[what] = f"{sum(hits)} of {len(hits)} find an effect, {low} to {high} may"
    assert wrong == {}
    assert [said for world in worlds for said in misworded(world)] == []


@pytest.mark.slow
def test_pairs_are_found_as_seldom_as_promised(worlds: list[dict[str, Finding]]) -> None:
    """At a false discovery rate of 5 %, where no products belong together: one or more in 5 % of worlds."""
    assert sum(world["11.pairs"].value > 0 for world in worlds) <= band(len(worlds))[1]


def test_a_band_is_that_of_the_corrections() -> None:
    assert band(200) == (2, 21)
    # Of 8 at 5 %: P(X ≥ 4) = 70 · .05⁴ · .95⁴ + … = 3.7e-4 is below 5e-4, P(X ≥ 3) = 56 · .05³ · .95⁵ + … = 5.8e-3
    # is not.
    assert band(8) == (0, 3)


def finding(name: str, low: float, high: float, claim: str) -> Finding:
    about = {"unit": "points", "n": 9, "method": "m", "denominator": "d", "window": "w"}
    return Finding(id=name, claim=claim, value=(low + high) / 2, low=low, high=high, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "claim", "caught"),
    [
        (-0.1, 0.1, "an effect cannot be told", False),
        (0.1, 0.2, "it adds ten points", False),
        (-0.1, 0.1, "it adds ten points", True),
        (0.1, 0.2, "an effect cannot be told", True),
    ],
)
def test_a_sentence_that_contradicts_its_interval_is_caught(low: float, high: float, claim: str, caught: bool) -> None:
    assert bool(misworded({"12.effect": finding("12.effect", low, high, claim)})) is caught
