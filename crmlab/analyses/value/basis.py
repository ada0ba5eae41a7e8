"""In what terms a customer's value is counted: revenue or margin, discounted or not, and who said so."""

from dataclasses import dataclass, replace

from crmlab.client import Economics
from crmlab.language import count, percent, tr, trn

DAYS_PER_YEAR = 365.25
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The terms of every value in one run.

    Attributes
    ----------
    currency : str
        Three letters.
    margin_rate : float or None
        Contribution margin as a share of revenue; None: value is revenue.
    discount_rate_per_year : float or None
        0.1 is 10 % a year; None: value is not discounted.
    discount_rate_kind : str or None
        `nominal` (prices as they will be) or `real` (prices as they are today); None where nobody said.
    supplied_by : str or None
        Who supplied margin and rate, where the client file says so.
    """

    currency: str
    margin_rate: float | None = None
    discount_rate_per_year: float | None = None
    discount_rate_kind: str | None = None
    supplied_by: str | None = None

    @property
    def multiplier(self) -> float:
        """What revenue is multiplied by: the margin rate, or 1 where value is revenue."""
        return 1.0 if self.margin_rate is None else self.margin_rate

    @property
    def discount(self) -> float:
        """The discount rate a year, 0 where there is none."""
        return self.discount_rate_per_year or 0.0

    @property
    def label(self) -> str:
        """What a value is, for a sentence, a title or a heading: `undiscounted revenue`, for example."""
        if self.margin_rate is None and self.discount_rate_per_year is None:
            return tr("undiscounted revenue")
        if self.discount_rate_per_year is None:
            return tr("undiscounted margin")
        if self.margin_rate is None:
            return _discounted_revenue(self)
        return _discounted_margin(self)

    def with_(self, *, margin_rate: float | None = None, discount_rate_per_year: float | None = None) -> "Basis":
        """The same terms with another margin or discount rate."""
        changed = self
        if margin_rate is not None:
            changed = replace(changed, margin_rate=margin_rate)
        if discount_rate_per_year is not None:
            changed = replace(changed, discount_rate_per_year=discount_rate_per_year)
        return changed


def basis(
    economics: Economics,
    currency: str,
    *,
    margin_rate: float | None = None,
    discount_rate_per_year: float | None = None,
    discount_rate_kind: str | None = None,
) -> Basis:
    """The terms of value: what is given here, else what the client file says, else nothing.

    A rate given without saying whether it is nominal or real stays so, and the label says that it was not said.
    """
    told_rate = discount_rate_per_year is not None
    from_file = (margin_rate is None and economics.margin_rate is not None) or (
        not told_rate and economics.discount_rate_per_year is not None
    )
    return Basis(
        currency=currency,
        margin_rate=economics.margin_rate if margin_rate is None else margin_rate,
        discount_rate_per_year=discount_rate_per_year if told_rate else economics.discount_rate_per_year,
        discount_rate_kind=discount_rate_kind if told_rate else economics.discount_rate_kind,
        supplied_by=economics.supplied_by if from_file else None,
    )


def days_of(months: int) -> int:
    """So many months as days, of 365.25 a year."""
    return round(months * DAYS_PER_YEAR / MONTHS_PER_YEAR)


def span(months: int) -> str:
    """So many months, for a sentence."""
    return trn(months, "{months} month", "{months} months", months=count(months))


def _discounted_revenue(terms: Basis) -> str:
    rate = percent(terms.discount)
    match terms.discount_rate_kind:
        case "real":
            return tr("revenue discounted at a real {rate} a year", rate=rate)
        case "nominal":
            return tr("revenue discounted at a nominal {rate} a year", rate=rate)
        case _:
            return tr("revenue discounted at {rate} a year (whether nominal or real was not said)", rate=rate)


def _discounted_margin(terms: Basis) -> str:
    rate = percent(terms.discount)
    match terms.discount_rate_kind:
        case "real":
            return tr("margin discounted at a real {rate} a year", rate=rate)
        case "nominal":
            return tr("margin discounted at a nominal {rate} a year", rate=rate)
        case _:
            return tr("margin discounted at {rate} a year (whether nominal or real was not said)", rate=rate)
