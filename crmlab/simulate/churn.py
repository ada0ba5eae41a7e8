"""Customers whose chance to leave is known, and a table in which one column knows the future.

`churn_world`: log-odds to leave are a sum of columns; whether a call keeps somebody hangs on another column, so that
risk and persuadability have nothing to do with each other. `leaky_table`: two windows of outcomes and columns of four
kinds, one of them written after the first window.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.errors import ParameterError, together

Values = NDArray[np.float64]
WEIGHTS = (0.8, -0.6, 0.5)
"""Log-odds a standard deviation of the columns that matter, where the effect is 1."""
DEMOGRAPHIC = 0.4
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class ChurnWorld:
    """Customers in windows, and the truth they were drawn from.

    Attributes
    ----------
    table : DataFrame
        One row a customer and window: `window` (0 is the oldest), `lost`, and columns `h1`, ... (history) and `d1`,
        ... (demographics), all standard normal.
    truth : DataFrame
        `p` (the chance to leave if left alone) and `kept` (the chance that a call keeps one who would leave).
    """

    table: pd.DataFrame
    truth: pd.DataFrame

    def columns(self, blocks: str) -> pd.DataFrame:
        """The columns of `history`, `demographics` or `both`."""
        letters = {"history": "h", "demographics": "d"}.get(blocks, "hd")
        return self.table[[name for name in map(str, self.table) if name[0] in letters and name[1:].isdigit()]]


@dataclass(frozen=True)
class LeakyTable:
    """A table in which one column knows the outcome of the first window.

    Attributes
    ----------
    table : DataFrame
        One row a customer: columns named by letters in an order of chance, `lost_first` (left in the first window) and
        `lost_second` (left in the second, of those still there; missing for the others).
    leaky : str
        The letter of the column that was written after the first window.
    strongest : str
        The letter of the honest column that tells most.
    """

    table: pd.DataFrame
    leaky: str
    strongest: str


def churn_world(
    rng: np.random.Generator,
    *,
    n_customers: int = 400,
    windows: int = 4,
    history: int = 8,
    demographics: int = 4,
    base_rate: float = 0.2,
    effect: float = 1.0,
    demographic_effect: float = 0.0,
    kept: float = 0.2,
) -> ChurnWorld:
    """`n_customers` in each of so many windows.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_customers, windows : int
        Customers in each window, all new ones; windows.
    history, demographics : int
        How many columns of each kind; three of the first and one of the second can matter.
    base_rate : float
        The chance to leave of the average customer.
    effect, demographic_effect : float
        0: no column of the kind tells anything.
    kept : float
        The mean chance that a call keeps one who would leave; it hangs on `h4` alone, which says nothing of leaving.

    Raises
    ------
    ParameterError
        If a number is out of its bounds; all of them are named.
    """
    _check(n_customers, windows, history=history, demographics=demographics, base_rate=base_rate, kept=kept)
    n = n_customers * windows
    names = [f"h{place + 1}" for place in range(history)] + [f"d{place + 1}" for place in range(demographics)]
    x = rng.standard_normal((n, len(names)))
    odds = np.log(base_rate / (1 - base_rate)) + effect * x[:, :3] @ np.array(WEIGHTS)
    if demographics:
        odds = odds + demographic_effect * DEMOGRAPHIC * x[:, history]
    p = 1 / (1 + np.exp(-odds))
    lost = rng.random(n) < p
    frame = pd.DataFrame(x, columns=names)
    frame.insert(0, "window", np.repeat(np.arange(windows), n_customers))
    frame.insert(1, "lost", lost)
    return ChurnWorld(frame, pd.DataFrame({"p": p, "kept": np.where(x[:, 3] > 0, 2 * kept, 0.0)}))


def leaky_table(rng: np.random.Generator, *, n_customers: int = 1500) -> LeakyTable:
    """A table of eight columns: one strong and honest, two weak, four that say nothing, and one written too late.

    Who left in the first window has about one more of what the late column counts; it says nothing of the second
    window. The strong column says as much of both.
    """
    if n_customers < 500:  # noqa: PLR2004 - with fewer chance may hide what is to be found
        raise ParameterError(
            f"n_customers is {n_customers}; give 500 or more, so that the leak can be told from chance"
        )
    x = rng.standard_normal((n_customers, len(LETTERS)))
    odds = -0.8 + 1.8 * x[:, 0] + 0.4 * x[:, 1] - 0.3 * x[:, 2]
    first, second = (rng.random(n_customers) < 1 / (1 + np.exp(-odds)) for _ in range(2))
    x[:, 7] = rng.standard_normal(n_customers) + 1.1 * first
    place = rng.permutation(len(LETTERS))
    names = np.array(list(LETTERS))
    table = pd.DataFrame(x[:, np.argsort(place)], columns=list(LETTERS)).round(3)
    table["lost_first"] = first
    table["lost_second"] = pd.array(second, dtype="boolean")
    table.loc[first, "lost_second"] = pd.NA
    return LeakyTable(table, leaky=str(names[place[7]]), strongest=str(names[place[0]]))


def _check(n_customers: int, windows: int, *, history: int, demographics: int, base_rate: float, kept: float) -> None:
    problems = []
    if n_customers < 1 or windows < 1:
        problems.append(f"n_customers is {n_customers} and windows {windows}; both are 1 or more")
    if history < 4 or demographics < 0:  # noqa: PLR2004 - three that matter and one of persuadability
        problems.append(f"history is {history} and demographics {demographics}; at least 4 and 0")
    if not 0 < base_rate < 1:
        problems.append(f"base_rate is {base_rate}; it lies between 0 and 1")
    if not 0 <= kept <= 0.5:  # noqa: PLR2004 - twice it is a chance
        problems.append(f"kept is {kept}; it lies from 0 to 0.5")
    if problems:
        raise ParameterError(together("The world cannot be made:", problems))
