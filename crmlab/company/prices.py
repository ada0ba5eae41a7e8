"""What money was worth: amounts that the firm writes down follow the price index of the table `economy`."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Made
from crmlab.company.setting import Setting


def price_level(setting: Setting, known: Made, day: Any) -> NDArray[np.float64]:
    """By what amounts of the month that prices are compared with are multiplied on each day.

    Days are counted from the start of the window. Without a table `economy` prices have always been the same.
    """
    days = np.asarray(day, dtype=np.int64)
    if "economy" not in known.tables:
        return np.ones(days.shape)
    economy = known.tables["economy"].sort_values("month")
    begins = (economy["month"] - pd.Timestamp(setting.start)).dt.days.to_numpy()
    month = np.searchsorted(begins, days, side="right") - 1
    level: NDArray[np.float64] = economy["price_index"].to_numpy(dtype=float)[np.maximum(month, 0)] / 100
    return level
