"""Who sells how much in each region: from near monopoly to hard competition.

In a region Negin has a share s on average and R rivals, whose shares of the rest fall by a constant factor from one to
the next: share of rival k = (1 − s) · fall^k / Σ fall^j, k = 0 … R − 1. In each half-year the logarithms of all shares
get Normal(0, share_sd), and the shares are scaled to 1 again. Concentration is the Herfindahl–Hirschman index Σ share²
(Hirschman 1964, American Economic Review 54(5)), which is 1 for a monopoly.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Made, table
from crmlab.company.months import first_days, month_dates
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]

SELF = "self"
MONTHS_PER_PERIOD = 6
_DIGITS = 4  # of a share in the table


@dataclass(frozen=True)
class MarketWorld:
    """How the market is shared.

    Attributes
    ----------
    regions : dict
        For each region Negin's share and the number of rivals. Chosen so that the index runs from about 0.1 to 0.8;
        in the null world all regions are alike.
    fall : float
        The share of a rival over that of the next larger one. Chosen.
    share_sd : float
        Standard deviation of the logarithm of a share from half-year to half-year. Chosen.
    """

    SECTION: ClassVar[str] = "market"

    regions: dict[str, tuple[float, int]]
    fall: float
    share_sd: float


def make(setting: Setting, known: Made) -> Made:
    """The table `market` by region, half-year and firm.

    The truth: `competition` (one row a region: `region`, `own_share`, `rivals`, `hhi`, without the half-years' chance)
    and `market_hhi` (`region`, `period`, `hhi` of the shares in the table).
    """
    del known  # the market needs nothing that others made
    world = setting.world(MarketWorld)
    periods = month_dates(setting, np.arange(0, len(first_days(setting)), MONTHS_PER_PERIOD))
    rng = setting.rng("market.shares")
    base = {region: _shares(world, region) for region in world.regions}
    cells = [(region, period, firm) for region in base for period in periods for firm in _firms(world, region)]
    columns: dict[str, Any] = dict(zip(("region", "period", "firm"), zip(*cells, strict=True), strict=True))
    columns["share"] = np.concatenate([_by_period(rng, world, shares, len(periods)) for shares in base.values()])
    market = table("market", columns)
    competition = pd.DataFrame(
        {
            "region": list(base),
            "own_share": [own for own, _ in world.regions.values()],
            "rivals": [rivals for _, rivals in world.regions.values()],
            "hhi": [float((part**2).sum()) for part in base.values()],
        }
    )
    squares = market.assign(hhi=market["share"] ** 2)
    by_period = squares.groupby(["region", "period"], sort=False)["hhi"].sum().reset_index()
    return Made({"market": market}, {"competition": competition, "market_hhi": by_period})


def _shares(world: MarketWorld, region: str) -> Vector:
    """Negin's share and those of its rivals."""
    own, rivals = world.regions[region]
    rest = np.power(world.fall, np.arange(rivals))
    shares: Vector = np.r_[own, (1 - own) * rest / rest.sum()]
    return shares


def _firms(world: MarketWorld, region: str) -> list[str]:
    return [SELF, *(f"rival_{number:02}" for number in range(1, world.regions[region][1] + 1))]


def _by_period(rng: np.random.Generator, world: MarketWorld, base: Vector, periods: int) -> Vector:
    """The shares of a region's firms in each half-year, one half-year after the other."""
    drawn = base * np.exp(world.share_sd * rng.standard_normal((periods, base.size)))
    shares = (drawn / drawn.sum(axis=1, keepdims=True)).round(_DIGITS)
    # What rounding leaves over goes to the largest, so that shares add up to one.
    largest = shares.argmax(axis=1)
    shares[np.arange(periods), largest] += 1 - shares.sum(axis=1)
    return np.asarray(shares.ravel())
