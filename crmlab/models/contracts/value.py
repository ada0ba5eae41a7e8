"""What a base of customers with contracts is still worth, by the renewals they have made."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ParameterError, together
from crmlab.estimate import Estimate
from crmlab.language import count, percent, tr
from crmlab.models.contracts.base import ContractModel
from crmlab.models.contracts.lifetime import When, discounted_residual_lifetime, residual_given


@dataclass(frozen=True, kw_only=True)
class BaseValue:
    """Residual lifetime value of a base.

    Attributes
    ----------
    table : DataFrame
        One row a tenure: `renewals` made, `customers`, `derl` (discounted payments still expected of one),
        `value_per_customer`, `value` (of all of them).
    total : Estimate
        Value of the base. Its interval is that of the expected value, from refits of the model: chance in who stays is
        small in a large base, and it is not in it.
    nominal_discount_rate_per_year : float
        Effective annual rate at which payments were discounted.
    at : str
        `before renewal` or `after payment`: when the base was looked at.
    """

    table: pd.DataFrame
    total: Estimate
    nominal_discount_rate_per_year: float
    at: When


def residual_value(
    model: ContractModel,
    customers: Mapping[int, float],
    *,
    margin: float,
    nominal_discount_rate_per_year: float,
    at: When = "before renewal",
    drawn: pd.DataFrame | None = None,
    level: float = 0.95,
) -> BaseValue:
    """Residual lifetime value of a base of mixed tenures: customers times DERL times margin (Fader and Hardie 2010).

    Customers to come are not in it, and neither is any change of the margin: price rises belong into a real rate.

    Parameters
    ----------
    customers : mapping of int to float
        How many customers have made so many renewals; 0: they are in their first period.
    margin : float
        Contribution of one period's payment, in the client's currency, the same for all.
    nominal_discount_rate_per_year : float
        Effective annual rate, inflation included, as the margin is in the money of its day; at least 0.001.
    at : {'before renewal', 'after payment'}
        When the base is looked at: with the next payment due at once, or a period later.
    drawn : DataFrame, optional
        Parameters as `refits` draws them, for the interval; without them there is none.
    level : float
        Of the interval.

    Raises
    ------
    DataError
        If the base is empty, or has tenures or numbers of customers below 0.
    ParameterError
        If another argument is out of range.
    """
    check_base(customers)
    if not (np.isfinite(margin) and 0 < level < 1):
        problems = [f"margin is {margin}; it is a number", f"level is {level}; it is between 0 and 1"]
        raise ParameterError(together("a base cannot be valued:", problems))
    made, n = _sorted(customers)
    derl = discounted_residual_lifetime(model, made, discount_rate_per_year=nominal_discount_rate_per_year, at=at)
    table = pd.DataFrame({"renewals": made, "customers": n, "derl": derl, "value_per_customer": margin * derl})
    table["value"] = table["customers"] * table["value_per_customer"]
    low = high = None
    if drawn is not None:
        params = {name: drawn[name].to_numpy() for name in model.parameters}
        rate = model.discount_rate(nominal_discount_rate_per_year)
        values = margin * residual_given(type(model), params, made, rate=rate, at=at) @ n
        low, high = (float(end) for end in np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    total = Estimate(
        value=float(table["value"].sum()),
        low=low,
        high=high,
        n=round(float(n.sum())),
        level=level,
        method=tr("model {model}; percentile interval of its refits", model=model.name)
        if drawn is not None
        else tr("model {model}, taken as known, so without an interval", model=model.name),
        evidence="model",
        denominator=tr("customers of the base; those still to come are not in it"),
        window=tr(
            "all payments to come, discounted at {rate} a year, nominal", rate=percent(nominal_discount_rate_per_year)
        ),
    )
    return BaseValue(table=table, total=total, nominal_discount_rate_per_year=nominal_discount_rate_per_year, at=at)


def check_base(customers: Mapping[int, float]) -> None:
    """Refuse a base that cannot be.

    Raises
    ------
    DataError
        If it is empty, or has tenures or numbers of customers below 0.
    """
    bad = [f"{n} customers with {made} renewals" for made, n in customers.items() if not (made >= 0 and n >= 0)]
    if not bad and not sum(customers.values()) > 0:
        bad = [tr("{n} customers in all", n=count(0))]
    if bad:
        raise DataError(together(tr("This base of customers cannot be:"), bad))


def _sorted(customers: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    made = np.array(sorted(customers))
    return made, np.array([customers[n] for n in made], dtype=np.float64)
