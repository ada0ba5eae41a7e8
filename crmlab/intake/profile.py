"""A sample of a file's rows -> what each of its columns holds."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from crmlab.intake import readings, values
from crmlab.intake.readings import DateReading, NumberReading


@dataclass(frozen=True)
class Profile:
    """One raw column: its name and position, and the sampled texts in the order of the rows (None where missing)."""

    name: str
    position: int
    texts: tuple[str | None, ...]
    today: date

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The texts that are not blank."""
        return tuple(text for text in self.texts if text is not None and text.strip())

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text that is not blank stands in the sample."""
        return Counter(self.filled)

    @cached_property
    def numbers(self) -> NumberReading | None:
        """The column as numbers."""
        return readings.read_numbers(self.filled)

    @cached_property
    def dates(self) -> DateReading | None:
        """The column as dates."""
        return readings.read_dates(self.filled, today=self.today)

    @cached_property
    def number_share(self) -> float:
        """The share of the filled texts that are numbers."""
        return self.numbers.share if self.numbers else 0.0

    @cached_property
    def date_share(self) -> float:
        """The share of the filled texts that are dates in the order that reads most."""
        return self.dates.share if self.dates else 0.0

    @cached_property
    def flag_share(self) -> float:
        """The share of the filled texts that say yes or no, return or sale."""
        return self._share(lambda text: values.flag(text) is not None)

    @cached_property
    def currency_share(self) -> float:
        """The share of the filled texts that name a currency."""
        return self._share(lambda text: values.currency_of(text) != "")

    @property
    def filled_share(self) -> float:
        """The share of the rows that have a value."""
        return len(self.filled) / len(self.texts) if self.texts else 0.0

    @property
    def distinct_share(self) -> float:
        """How many different values there are for each filled one: 1 where none repeats."""
        return len(self.counts) / len(self.filled) if self.filled else 0.0

    def _share(self, is_one: Callable[[str], bool]) -> float:
        hits = sum(count for text, count in self.counts.items() if is_one(text))
        return hits / len(self.filled) if self.filled else 0.0


def profiles(columns: Sequence[str], rows: Mapping[int, Sequence[str | None]], *, today: date) -> tuple[Profile, ...]:
    """The profile of each column, given its texts by position."""
    return tuple(Profile(name, position, tuple(rows[position]), today) for position, name in enumerate(columns))
