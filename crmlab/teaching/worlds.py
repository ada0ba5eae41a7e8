"""The fool-yourself switch: a world with the effect and one without, and a conclusion before the truth is told."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args
from zlib import crc32

import numpy as np

from crmlab.display import Said, say
from crmlab.errors import ParameterError, together
from crmlab.language import listed, tr

Conclusion = Literal["effect", "no effect shown"]
NAMES = ("A", "B")

World = TypeVar("World")


@dataclass
class TwoWorlds(Generic[World]):
    """Two worlds, `A` and `B`; which of them has the effect is drawn from the seed and told by `reveal` alone."""

    _worlds: Mapping[str, World]
    _present: Mapping[str, bool]
    _concluded: Mapping[str, Conclusion] | None = None

    def __getitem__(self, name: str) -> World:
        return self._worlds[name]

    def items(self) -> Iterator[tuple[str, World]]:
        """The name of each world, and the world."""
        return iter(self._worlds.items())

    @property
    def told(self) -> bool:
        """Whether the truth may be shown: something was committed."""
        return self._concluded is not None

    def commit(self, conclusion: Any) -> Said:
        """Take down what was concluded of each world: `{"A": "effect", "B": "no effect shown"}`. It cannot be changed.

        Raises
        ------
        ParameterError
            If a world is missing, a name or a conclusion is unknown, or another conclusion was committed before.
        """
        if conclusion is ...:
            return say(tr("Nothing is committed yet: put your conclusion in the place of the three dots."))
        problems = _problems(conclusion)
        if problems:
            example = "{'A': 'effect', 'B': 'no effect shown'}"
            raise ParameterError(together(f"the conclusion is written {example}:", problems))
        if self._concluded is not None and dict(self._concluded) != dict(conclusion):
            raise ParameterError("another conclusion was committed before; run the worlds again to begin anew")
        self._concluded = dict(conclusion)
        return say(tr("Committed: {said}.", said=self._listed()))

    def reveal(self) -> Said:
        """What is true of each world, and whether the conclusion was right; nothing before a conclusion."""
        if self._concluded is None:
            return say(tr("First commit yourself to a conclusion; the truth is told after that."))
        return say(*(_told(name, self._present[name], self._concluded[name]) for name in NAMES))

    def _listed(self) -> str:
        concluded = self._concluded or {}
        said = (tr("world {name}: {said}", name=name, said=_word(concluded[name])) for name in NAMES)
        return listed(said, strong=True)


def two_worlds(make: Callable[[bool, np.random.Generator], World], *, seed: int, lesson: str = "") -> TwoWorlds[World]:
    """Worlds `A` and `B` of `make(present, rng)`: one with the effect and one without, in an order drawn from `seed`.

    Each has chance of its own, so that nothing but the effect makes them alike or different. `lesson` says where the
    worlds are looked at, so that who knows the order of one lesson does not know that of the next.
    """
    order, *chances = np.random.default_rng([seed, crc32(lesson.encode())]).spawn(1 + len(NAMES))
    first = bool(order.integers(2))
    present = dict(zip(NAMES, (first, not first), strict=True))
    worlds = {name: make(present[name], rng) for name, rng in zip(NAMES, chances, strict=True)}
    return TwoWorlds(worlds, present)


def _problems(conclusion: Any) -> list[str]:
    if not isinstance(conclusion, Mapping):
        return [f"got {conclusion!r}"]
    allowed = get_args(Conclusion)
    named = [f"world {name} is missing" for name in NAMES if name not in conclusion]
    unknown = [f"there is no world {name!r}" for name in conclusion if name not in NAMES]
    said = [
        f"{name}: {word!r} is none of {', '.join(allowed)}" for name, word in conclusion.items() if word not in allowed
    ]
    return named + unknown + said


def _word(conclusion: Conclusion) -> str:
    return tr("effect") if conclusion == "effect" else tr("no effect shown")


def _told(name: str, present: bool, concluded: Conclusion) -> str:
    match present, concluded:
        case True, "effect":
            return tr("World {name} has the effect, and you concluded that it has: right.", name=name)
        case True, _:
            return tr("World {name} has the effect, and you did not see it: a miss.", name=name)
        case False, "effect":
            return tr("World {name} has no effect, and you concluded that it has one: a false alarm.", name=name)
    return tr("World {name} has no effect, and you concluded none: right.", name=name)
