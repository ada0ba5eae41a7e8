"""The times: consumer prices and what banks pay on deposits, month by month of the Jalali calendar.

The logarithm of the price index grows by ln(1 + inflation_per_year) / 12 + Normal(0, inflation_sd) a month; the index
is 100 in the window's last month, in whose tomans real amounts are. The deposit rate is its base, plus the shock from
the first day of a known month on, plus Normal(0, rate_sd). Months are Jalali, and each stands at its first day: the
year of an Iranian shop begins and ends with Nowruz, which no Gregorian month does.

Where the planted models are the whole truth, and where every effect is zero, prices stand still.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Made, table
from crmlab.company.months import first_days, month_dates
from crmlab.company.setting import Setting

BASE = 100.0  # the index in the month that others are compared with


@dataclass(frozen=True)
class EconomyWorld:
    """How prices and deposit rates move.

    Attributes
    ----------
    inflation_per_year : float
        Growth of consumer prices. Chosen at about what Iran's statistical centre reported for 1400 to 1403: 30 to 50 %
        a year.
    inflation_sd : float
        Standard deviation of a month's log growth around it. Chosen.
    deposit_rate : float
        What banks paid on deposits in the first month, a year, nominal. Chosen at the official rate of the time.
    rate_sd : float
        Standard deviation of a month's rate. Chosen: small beside the shock.
    shock_month : int
        From which month of the window on the rate is another, the first being 0. Chosen: Esfand 1401.
    shock : float
        By how much. Chosen so that it is beyond doubt.
    """

    SECTION: ClassVar[str] = "economy"

    inflation_per_year: float
    inflation_sd: float
    deposit_rate: float
    rate_sd: float
    shock_month: int
    shock: float


def make(setting: Setting, known: Made) -> Made:
    """The table `economy`, and the truth `rate_shock`: the `day` of the shock (from 0), its `date`, its `size`."""
    del known  # the times need nothing that others made
    world = setting.world(EconomyWorld)
    months = np.arange(len(first_days(setting)))
    growth = np.log1p(world.inflation_per_year) / 12
    steps = growth + world.inflation_sd * setting.rng("economy.prices").standard_normal(months.size)
    level = np.cumsum(steps)
    rate = world.deposit_rate + world.shock * (months >= world.shock_month)
    rate = rate + world.rate_sd * setting.rng("economy.rates").standard_normal(months.size)
    economy = table(
        "economy",
        {
            "month": month_dates(setting, months),
            "price_index": BASE * np.exp(level - level[-1]),
            "deposit_rate": rate,
        },
    )
    day = first_days(setting)[world.shock_month]
    shock = pd.DataFrame({"day": [day], "date": setting.date([day]), "size": [world.shock]})
    return Made({"economy": economy}, {"rate_shock": shock})


def price_levels(known: Made) -> NDArray[np.float64]:
    """What a toman of the last month costs in each month: the price index by 100."""
    levels: NDArray[np.float64] = known.tables["economy"]["price_index"].to_numpy() / BASE
    return levels
