"""What company is to be made: its size, its seed and the world it lives in."""

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Literal, Protocol, TypeVar, cast, get_args

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from crmlab.company.streams import stream
from crmlab.errors import ParameterError, nearest, together

ProfileName = Literal["tiny", "sample", "big"]
Scenario = Literal["clean", "standard", "null", "awkward"]
SCENARIOS: tuple[str, ...] = get_args(Scenario)
ALWAYS = "always"

START, OBSERVED_UNTIL = date(2021, 3, 21), date(2025, 3, 20)
"""Four Jalali years, 1400 to 1403: from the first Farvardin to the last day of Esfand."""

BLOCK_SIZE = 2_000  # customers made together: what bounds the memory, whatever the size of the company


@dataclass(frozen=True)
class Profile:
    """How large a company is.

    Attributes
    ----------
    name : str
        `tiny` for tests, `sample` to learn with, `big` to try sizes with.
    customers, prospects, branches, reps : int
        How many there are.
    """

    name: str
    customers: int
    prospects: int
    branches: int
    reps: int


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("tiny", customers=300, prospects=300, branches=6, reps=6),
        Profile("sample", customers=6_000, prospects=6_000, branches=24, reps=40),
        Profile("big", customers=100_000, prospects=100_000, branches=60, reps=120),
    )
}


class World(Protocol):
    """The part of a scenario that one group of tables obeys: a frozen dataclass that names its section."""

    SECTION: ClassVar[str]


W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Block:
    """Customers made together: which block it is, the number of its first customer (from 0), and how many there are."""

    number: int
    first: int
    size: int

    @property
    def customer_ids(self) -> NDArray[np.object_]:
        """The ids of its customers, such as `N000001`."""
        return np.array([f"N{number + 1:06}" for number in range(self.first, self.first + self.size)], dtype=object)


@dataclass(frozen=True)
class Setting:
    """One company: everything that decides what its tables hold."""

    profile: Profile
    seed: int
    scenario: str
    start: date = START
    observed_until: date = OBSERVED_UNTIL

    @property
    def days(self) -> int:
        """Days from the first to the last, both included."""
        return (self.observed_until - self.start).days + 1

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The customers, in blocks."""
        n = self.profile.customers
        firsts = range(0, n, BLOCK_SIZE)
        return tuple(Block(number, first, min(BLOCK_SIZE, n - first)) for number, first in enumerate(firsts))

    def rng(self, name: str, block: Block | None = None) -> np.random.Generator:
        """The source of chance of one table, or of one part of it."""
        return stream(self.seed, name, block.number if block else 0)

    def world(self, section: type[W]) -> W:
        """The parameters of one group of tables in this scenario."""
        return cast("W", _world(section, self.scenario))

    def date(self, day: Any) -> pd.DatetimeIndex:
        """The dates of whole days counted from `start`, which is 0."""
        return pd.DatetimeIndex(np.datetime64(self.start, "s") + np.asarray(day).astype("timedelta64[D]"))


def setting(profile: str = "sample", *, seed: int = 20, scenario: str = "standard") -> Setting:
    """The company to make.

    Raises
    ------
    ParameterError
        If there is no such profile or scenario, or the seed is below zero; all of it at once.
    """
    rules = [
        (profile in PROFILES, f"profile is {profile!r}{nearest(profile, PROFILES)}; it is {', '.join(PROFILES)}"),
        (
            scenario in SCENARIOS,
            f"scenario is {scenario!r}{nearest(scenario, SCENARIOS)}; it is {', '.join(SCENARIOS)}",
        ),
        (seed >= 0, f"seed is {seed}; it is 0 or above"),
    ]
    problems = [problem for holds, problem in rules if not holds]
    if problems:
        raise ParameterError(together("The company cannot be made:", problems))
    return Setting(PROFILES[profile], seed, scenario)


@cache
def _sections() -> dict[str, dict[str, dict[str, Any]]]:
    text = files("crmlab.company").joinpath("scenarios.yaml").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, dict[str, Any]]]", yaml.safe_load(text))


@cache
def _world(section: type[W], scenario: str) -> W:
    """What the file says for all scenarios, and over it what it says for this one."""
    written = _sections()[section.SECTION]
    values = {**written.get(ALWAYS, {}), **(written.get(scenario) or {})}
    unknown = set(values) - {field.name for field in fields(cast("Any", section))}
    if unknown:
        raise ParameterError(f"scenarios.yaml: {section.SECTION} has no {', '.join(sorted(unknown))}")
    try:
        return TypeAdapter(section).validate_python(values)
    except ValidationError as error:
        raise ParameterError(f"scenarios.yaml: {section.SECTION}, {scenario}: {error}") from error
