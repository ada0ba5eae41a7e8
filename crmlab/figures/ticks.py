"""The numbers along an axis, in the language spoken, none of them rounded to another."""

from collections.abc import Sequence

from matplotlib.ticker import Formatter

from crmlab.figures.direction import marked
from crmlab.language import count, percent

_NOTHING = 1e-6  # of a percentage point: what arithmetic leaves of a whole one


class AsPercent(Formatter):
    """Ticks of a share as percentages, with a decimal only where whole ones would round a tick."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """One tick, by itself."""
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All ticks of an axis, with equally many decimals."""
        whole = all(abs(100 * value - round(100 * value)) < _NOTHING for value in values)
        return [marked(percent(value, 0 if whole else 1)) for value in values]


class AsCount(Formatter):
    """Ticks of a count, with thousands marks."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """One tick."""
        return count(x)
