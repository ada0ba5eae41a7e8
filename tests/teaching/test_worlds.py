import pytest

from crmlab.errors import ParameterError
from crmlab.teaching.worlds import two_worlds


def worlds_of(seed):
    return two_worlds(lambda present, rng: (present, rng.random()), seed=seed)


def right(worlds):
    return {name: "effect" if world[0] else "no effect shown" for name, world in worlds.items()}


def test_one_world_has_the_effect_and_the_seed_decides_which():
    orders = [tuple(world[0] for _, world in worlds_of(seed).items()) for seed in range(200)]
    assert set(orders) == {(True, False), (False, True)}
    # A fair coin over 200 seeds: 100 ± 3 standard deviations of 7.07.
    assert 79 <= sum(first for first, _ in orders) <= 121
    assert worlds_of(7)["A"] == worlds_of(7)["A"]


def test_each_world_has_chance_of_its_own():
    worlds = worlds_of(3)
    assert worlds["A"][1] != worlds["B"][1]


def test_the_truth_waits_for_a_conclusion():
    worlds = worlds_of(3)
    assert repr(worlds.reveal()) == "First commit yourself to a conclusion; the truth is told after that."
    assert "three dots" in repr(worlds.commit(...))
    assert "First commit" in repr(worlds.reveal())
    assert not worlds.told
    worlds.commit(right(worlds))
    assert worlds.told
    assert repr(worlds.reveal()).count(": right.") == 2


def test_false_alarms_and_misses_are_called_so():
    worlds = worlds_of(3)
    said = {"effect": "no effect shown", "no effect shown": "effect"}
    worlds.commit({name: said[word] for name, word in right(worlds).items()})
    told = repr(worlds.reveal())
    assert told.count("a miss.") == told.count("a false alarm.") == 1


def test_a_conclusion_cannot_be_changed_but_said_again():
    worlds = worlds_of(3)
    worlds.commit(right(worlds))
    worlds.commit(right(worlds))
    with pytest.raises(ParameterError, match="run the worlds again"):
        worlds.commit({"A": "effect", "B": "effect"})


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [
        ({"A": "effect"}, "world B is missing"),
        ({"A": "effect", "B": "yes"}, "B: 'yes' is none of"),
        ({"A": "effect", "B": "effect", "C": "effect"}, "there is no world 'C'"),
        ("effect", "got 'effect'"),
    ],
)
def test_a_conclusion_that_is_none_is_refused(conclusion, said):
    with pytest.raises(ParameterError, match=said):
        worlds_of(3).commit(conclusion)
