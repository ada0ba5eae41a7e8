"""One number with its interval and all that is needed to read it: what every analysis and model hands on."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One number with its interval and all that is needed to read it.

    `low` and `high` are None where no interval can be given; `method` says why. `n` customers are in the
    denominator.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    level: float
    method: str
    denominator: str
    window: str

    def contains(self, number: float) -> bool:
        """Whether the interval leaves room for `number`."""
        return self.low is not None and self.high is not None and self.low <= number <= self.high
