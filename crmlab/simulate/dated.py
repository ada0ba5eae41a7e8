"""What all simulated histories share: ids, days and amounts as a shop would book them."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together


def customer_ids(first: int, n: int) -> pd.Index:
    """`n` ids that number through from `first`."""
    return "C" + pd.Index(np.arange(first, first + n)).astype("str").str.zfill(9)


def dates(start: date, day: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Days after `start` as dates."""
    return (np.datetime64(start, "D") + day).astype("datetime64[s]")


def cents(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amounts rounded to cents, at least one: a purchase that rounds to nothing would count as a free item."""
    return np.maximum(np.round(amounts, 2), 0.01)


def check_positive(**counts: int) -> None:
    """Refuse counts below 1, all of them at once."""
    problems = [f"{name} is {value}; it is 1 or more" for name, value in counts.items() if value < 1]
    if problems:
        raise ParameterError(together("purchases cannot be simulated:", problems))
