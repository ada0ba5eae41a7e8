"""What definitions of CRM rest on, and how many of them have nothing in common."""

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from crmlab import suite
from crmlab.language import mark

VIEWS = (mark("technology"), mark("process"), mark("strategy"))


@dataclass(frozen=True)
class Definitions:
    """Definitions with their codes, and what the codes have in common.

    Attributes
    ----------
    table : DataFrame
        One row a definition: `id`, `place`, `said_by`, `wording`, a column of True and False for each of `VIEWS`,
        `whom`.
    by_view : DataFrame
        `view`, `definitions`: how many rest on it.
    pairs, apart : int
        Pairs of definitions, and those that share no view.
    complete : int
        Definitions that rest on all views.
    whom : int
        Different answers to the question whose relations are meant.
    """

    table: pd.DataFrame
    by_view: pd.DataFrame
    pairs: int
    apart: int
    complete: int
    whom: int


def definitions(coded: pd.DataFrame | None = None) -> Definitions:
    """The definitions that come with crmlab, or others in the same form, compared with each other."""
    table = pd.read_csv(suite.datasets_folder() / "definitions" / "definitions.csv") if coded is None else coded.copy()
    table[list(VIEWS)] = table[list(VIEWS)].astype(bool)
    views = [frozenset(view for view in VIEWS if row[view]) for row in table.to_dict(orient="records")]
    pairs = list(combinations(views, 2))
    return Definitions(
        table=table,
        by_view=pd.DataFrame({"view": VIEWS, "definitions": [int(table[view].sum()) for view in VIEWS]}),
        pairs=len(pairs),
        apart=sum(not (one & other) for one, other in pairs),
        complete=sum(len(view) == len(VIEWS) for view in views),
        whom=table["whom"].nunique(),
    )
