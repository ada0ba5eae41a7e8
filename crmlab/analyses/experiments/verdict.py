"""What a test means: its interval held against nothing, and against the smallest effect that would pay.

"Not significant" is no answer. An interval that reaches from harm to more than is needed says that the test was too
small; one that lies within what does not matter says that the matter is closed (two one-sided tests: Schuirmann 1987,
Journal of Pharmacokinetics and Biopharmaceutics 15).
"""

from dataclasses import dataclass

import pandas as pd
from statsmodels.stats.proportion import tost_proportions_2indep

from crmlab.analyses.experiments.rows import counted, whom
from crmlab.errors import ParameterError
from crmlab.estimate import Estimate
from crmlab.language import mark
from crmlab.trials import difference_of_shares

WORTH, WORKS, TOO_SMALL, HARM, CLOSED, OPEN = (
    mark("worth it"),
    mark("works, size open"),
    mark("works, too little"),
    mark("harm"),
    mark("no effect that would matter"),
    mark("undecided"),
)


@dataclass(frozen=True)
class Verdict:
    """What a test means.

    Attributes
    ----------
    estimate : Estimate
        The difference of shares.
    worthwhile : float
        The smallest difference that would pay.
    kind : str
        `worth it`: the interval lies above `worthwhile` · `works, size open`: above zero, and reaches it · `works, too
        little`: above zero, and does not reach it · `harm`: below zero · `no effect that would matter`: within
        ± worthwhile by two one-sided tests · `undecided`.
    p_equivalence : float
        Of the two one-sided tests: small where every effect as large as `worthwhile` is ruled out.
    """

    estimate: Estimate
    worthwhile: float
    kind: str
    p_equivalence: float

    @property
    def works(self) -> bool:
        """Whether an effect above zero is shown."""
        return self.kind in (WORTH, WORKS, TOO_SMALL)


def verdict(rows: pd.DataFrame, *, worthwhile: float, window: str, level: float = 0.95) -> Verdict:
    """What a test means, from its `contact_rows`.

    Parameters
    ----------
    rows : DataFrame
        `treated`, `responded`.
    worthwhile : float
        The smallest difference of shares that would pay, above 0.

    Raises
    ------
    ParameterError
        If `worthwhile` is not between 0 and 1.
    """
    if not 0 < worthwhile < 1:
        raise ParameterError(
            f"worthwhile {worthwhile:g} cannot be used: it is a difference of shares, above 0, below 1"
        )
    treated, control = counted(rows)
    found = difference_of_shares(treated, control, denominator=whom(rows), window=window, level=level)
    p = _equivalence(treated, control, worthwhile)
    return Verdict(found, worthwhile, _kind(found, worthwhile, p < 1 - level), p)


def _kind(found: Estimate, worthwhile: float, closed: bool) -> str:
    low, high = found.low or 0.0, found.high or 0.0
    if low > 0:
        return WORTH if low >= worthwhile else WORKS if high >= worthwhile else TOO_SMALL
    if high < 0:
        return HARM
    return CLOSED if closed else OPEN


def _equivalence(treated: tuple[int, int], control: tuple[int, int], worthwhile: float) -> float:
    """The larger p of the two one-sided score tests; where nobody or everybody did it, they work there, too."""
    found = tost_proportions_2indep(
        *treated, *control, -worthwhile, worthwhile, compare="diff", method="score", correction=False
    )
    return float(found.pvalue)
