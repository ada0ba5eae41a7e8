"""One number with its interval and all that is needed to read it: what every analysis and model hands on."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["experiment", "quasi-experiment", "association", "description", "model"]
"""What a number rests on, by how it was got, and so what may be said with it.

`experiment`: arms that chance made were compared, so that the difference is an effect. `quasi-experiment`: chance did
not decide, but others, or the same at other times, show what would have been without. `association`: two things are
compared or go together, and why is not known. `description`: counted or averaged over what the data hold. `model`: what
a fitted model or a rule expects, of days that nobody has seen.
"""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One number with its interval and all that is needed to read it.

    `low` and `high` are None where no interval can be given; `method` says why. `n` customers are in the
    denominator. `evidence` is said by whoever computes the number; what is not said to be more is a description.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    level: float
    method: str
    denominator: str
    window: str
    evidence: Evidence = "description"

    def contains(self, number: float) -> bool:
        """Whether the interval leaves room for `number`."""
        return self.low is not None and self.high is not None and self.low <= number <= self.high
