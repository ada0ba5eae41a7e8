"""What CRM costs and brings, reckoned twice: as a vendor does, and as the firm does that has measured.

**Vendor.** The costs are what the vendor sells. The benefits are a composite firm's, none of them measured, and as
large as it takes for the return that a vendor's study is quoted with: with d the vendor's discount rate,
Σ B_t/(1 + d)^t is (1 + ROI) · Σ C_t/(1 + d)^t, ROI = 2.43 (Forrester Consulting, The Total Economic Impact of Microsoft
Dynamics CRM 2011, commissioned by Microsoft). That holds in every world: a brochure does not know in which it is read.

**Own.** The costs are all of them, also the firm's own people's time and the care of the data. The true benefits are
worth v times the costs at the firm's discount rate r, spread over kinds by given shares and over years as they ramp up.
What stands in the table is an estimate: the truth, times an overstatement where it is assumed and not measured, and an
error with the standard error that stands beside it; errors of different rows are independent. So
NPV = Σ (B_t − C_t)/(1 + r)^t of the measured rows is normal around its truth with variance Σ (s_t/(1 + r)^t)².

**Software's share.** Articles say that software is at most a fifth of the cost. Nothing here is made so that it is: the
shares of the kinds are Dirichlet around means in which software has half of the vendor's costs and a quarter of the
firm's own, so that in some companies the claim holds of the own case and in most it does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame, Made, joined, table
from crmlab.company.setting import Setting


@dataclass(frozen=True)
class RoiWorld:
    """The two reckonings. Years are counted from the start: costs begin in year 0, benefits in year 1.

    Attributes
    ----------
    vendor_cost, own_cost : float
        Costs of all years for each branch, tomans: chosen, so that the own case takes some two per cent of revenue.
    vendor_years, own_years : tuple of float
        The shares of the costs by year: chosen.
    vendor_kinds, own_kinds : dict
        Mean shares of the costs by kind: chosen (see above).
    shares_precision : float
        The sum of the parameters of the Dirichlet that the shares are drawn from.
    vendor_roi : float
        The return the vendor prints: 243 %.
    vendor_discount_rate : float
        A year; 10 % is usual in such studies.
    vendor_benefits : dict
        Shares of the vendor's benefits by kind.
    discount_rate : float
        r, a year, nominal: that of the client file.
    value : float
        v, what true benefits are worth for each toman of cost, where there are any. Chosen: a return of a fifth.
    effect : float
        The fraction of it that is true: 1, or 0 where the roll-out has no effect.
    own_benefits : dict
        Shares of the true benefits by kind.
    ramp : tuple of float
        How far the benefits have got in each year from the first.
    assumed : tuple of str
        The kinds of benefits that are assumed and not measured.
    overstated : float
        What assumed benefits are multiplied by.
    error_measured, error_assumed : float
        The standard error of a measured and of an assumed amount, as a share of what it would be with an effect of 1.
    """

    SECTION: ClassVar[str] = "roi"

    vendor_cost: float
    own_cost: float
    vendor_years: tuple[float, ...]
    own_years: tuple[float, ...]
    vendor_kinds: dict[str, float]
    own_kinds: dict[str, float]
    shares_precision: float
    vendor_roi: float
    vendor_discount_rate: float
    vendor_benefits: dict[str, float]
    discount_rate: float
    value: float
    effect: float
    own_benefits: dict[str, float]
    ramp: tuple[float, ...]
    assumed: tuple[str, ...]
    overstated: float
    error_measured: float
    error_assumed: float


def make(setting: Setting, known: Made) -> Made:  # noqa: ARG001 – every group takes what has been made
    """Tables `crm_costs` and `crm_benefits`, and the truth `crm_benefits` and `roi`.

    Truth: `crm_benefits` has the true `amount` by `year` and `kind` of the own case; `roi` has, by `case`, the
    `discount_rate`, `costs` and `benefits` discounted at it, `npv` and `roi`: of the own case with the true benefits,
    and in `npv_measured` with those of the measured kinds alone; of the vendor's with what the vendor says.
    """
    world, branches = setting.world(RoiWorld), setting.profile.branches
    vendor_costs = _costs(setting, "vendor", world.vendor_cost * branches, world.vendor_years, world.vendor_kinds)
    own_costs = _costs(setting, "own", world.own_cost * branches, world.own_years, world.own_kinds)
    vendor_benefits = _vendor_benefits(world, vendor_costs)
    own_benefits, true = _own_benefits(setting, world, own_costs)
    measured = true[~true["kind"].isin(world.assumed)]
    returns = [
        _return("vendor", vendor_costs, vendor_benefits, world.vendor_discount_rate),
        _return("own", own_costs, true, world.discount_rate),
    ]
    returns[1]["npv_measured"] = _return("own", own_costs, measured, world.discount_rate)["npv"]
    return Made(
        {"crm_costs": joined([vendor_costs, own_costs]), "crm_benefits": joined([vendor_benefits, own_benefits])},
        {"crm_benefits": true, "roi": pd.DataFrame(returns)},
    )


def present_value(rows: Frame, discount_rate: float) -> float:
    """The sum of `amount` by `year`, each divided by (1 + discount_rate)^year."""
    return float((rows["amount"].astype(float) / (1 + discount_rate) ** rows["year"]).sum())


def _return(case: str, costs: Frame, benefits: Frame, discount_rate: float) -> dict[str, str | float]:
    spent, brought = present_value(costs, discount_rate), present_value(benefits, discount_rate)
    return {
        "case": case,
        "discount_rate": discount_rate,
        "costs": spent,
        "benefits": brought,
        "npv": brought - spent,
        "roi": brought / spent - 1,
    }


def _costs(setting: Setting, case: str, total: float, years: tuple[float, ...], kinds: dict[str, float]) -> Frame:
    precision = setting.world(RoiWorld).shares_precision
    shares = setting.rng(f"crm_costs.{case}").dirichlet(precision * np.array(list(kinds.values())))
    return _rows("crm_costs", case, range(len(years)), list(kinds), total * np.outer(years, shares))


def _vendor_benefits(world: RoiWorld, costs: Frame) -> Frame:
    years = range(1, len(world.vendor_years))
    wanted = (1 + world.vendor_roi) * present_value(costs, world.vendor_discount_rate)
    a_year = wanted / sum((1 + world.vendor_discount_rate) ** -year for year in years)
    amounts = np.outer(np.full(len(years), a_year), list(world.vendor_benefits.values()))
    made = _rows("crm_benefits", "vendor", years, list(world.vendor_benefits), amounts)
    return made.assign(
        standard_error=pd.array([pd.NA] * len(made), dtype="Int64"),
        measured=pd.array([False] * len(made), dtype="boolean"),
    )


def _own_benefits(setting: Setting, world: RoiWorld, costs: Frame) -> tuple[Frame, Frame]:
    """What is expected, and what is true."""
    years, kinds = range(1, len(world.ramp) + 1), list(world.own_benefits)
    level = world.value * present_value(costs, world.discount_rate)
    level /= sum(got / (1 + world.discount_rate) ** year for got, year in zip(world.ramp, years, strict=True))
    full = level * np.outer(world.ramp, list(world.own_benefits.values()))
    assumed = np.isin(kinds, world.assumed)
    true = np.round(world.effect * full)
    errors = np.round(full * np.where(assumed, world.error_assumed, world.error_measured))
    noise = errors * setting.rng("crm_benefits.own").standard_normal(full.shape)
    expected = _rows("crm_benefits", "own", years, kinds, true * np.where(assumed, world.overstated, 1) + noise)
    expected = expected.assign(
        standard_error=pd.array(errors.ravel(), dtype="Float64").astype("Int64"),
        measured=pd.array(np.tile(~assumed, len(years)), dtype="boolean"),
    )
    return expected, _rows("crm_benefits", "own", years, kinds, true)[["year", "kind", "amount"]]


def _rows(name: str, case: str, years: Sequence[int], kinds: Sequence[str], amounts: NDArray[np.float64]) -> Frame:
    """A row for each year and kind; `amounts` has a row for each year and a column for each kind."""
    return table(
        name,
        {
            "case": [case] * amounts.size,
            "year": np.repeat(np.array(years), len(kinds)),
            "kind": np.tile(np.array(kinds, dtype=object), len(years)),
            "amount": amounts.ravel(),
        },
    )
