"""How many more customers have to buy for a contact to pay: the break-even uplift, in points of the repurchase rate.

Without an experiment nobody knows what a contact adds. What is known is what it would have to add:
uplift = contact cost / (margin rate × value of the purchase it must cause). Costs 2, margin 40 %, a purchase of 50:
2 / (.4 × 50) = 10 points: of every hundred contacted, ten must buy who would not have bought.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import tr

ASSUMED_MARGINS = (0.2, 0.4, 0.6)
ASSUMED_COST_SHARES = (0.01, 0.05, 0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """The uplift at which a contact pays for itself.

    Attributes
    ----------
    uplift : Estimate
        In shares (0.1 is 10 points); its interval is that of the value of a purchase alone. It has no upper end
        where the value's interval reaches zero.
    room : float
        What the baseline leaves: no uplift can be larger.
    """

    uplift: Estimate
    room: float

    @property
    def possible(self) -> bool:
        """Whether a contact can pay at all: the uplift fits above the baseline."""
        return self.uplift.value <= self.room


def break_even(
    value: Estimate, *, contact_cost: float | None, margin_rate: float | None, baseline: float
) -> BreakEven | None:
    """The break-even uplift, or None where the margin or the cost is not given: neither has a default.

    Raises
    ------
    ParameterError
        If a margin, cost or value is not above zero (a cost may be zero).
    """
    if contact_cost is None or margin_rate is None:
        return None
    if margin_rate <= 0 or contact_cost < 0 or value.value <= 0:
        raise ParameterError(
            f"no break-even from a contact cost of {contact_cost:g}, a margin of {margin_rate:g} and a purchase of "
            f"{value.value:g}: margin and purchase must be above zero, the cost not below"
        )
    needs = contact_cost / margin_rate
    uplift = Estimate(
        value=needs / value.value,
        low=None if value.high is None else needs / value.high,
        high=None if value.low is None or value.low <= 0 else needs / value.low,
        n=value.n,
        level=value.level,
        method=tr("contact cost over margin and value of a purchase; the interval is that of the value"),
        denominator=value.denominator,
        window=value.window,
    )
    return BreakEven(uplift=uplift, room=1 - baseline)


def assumed_break_evens(
    value: float,
    *,
    margin_rate: float | None = None,
    contact_cost: float | None = None,
    margins: Sequence[float] = ASSUMED_MARGINS,
    cost_shares: Sequence[float] = ASSUMED_COST_SHARES,
) -> pd.DataFrame:
    """The break-even uplift under assumptions, where margin, cost or both are not known.

    What is given stands as it is; what is not takes the assumed values: margins as they are, costs as shares of the
    value of a purchase, because a cost in an unknown currency cannot be guessed.

    Returns
    -------
    DataFrame
        `margin_rate`, `contact_cost` (in the client's currency), `uplift` (a share; above 1 no contact can pay).
    """
    taken = margins if margin_rate is None else [margin_rate]
    costs = [part * value for part in cost_shares] if contact_cost is None else [contact_cost]
    rows = [
        {"margin_rate": margin, "contact_cost": cost, "uplift": cost / (margin * value)}
        for margin in taken
        for cost in costs
    ]
    return pd.DataFrame(rows, columns=["margin_rate", "contact_cost", "uplift"])
