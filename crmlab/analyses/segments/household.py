"""Household life stage: what Wells and Gubar call the life cycle, which is not the customer life cycle.

The customer life cycle is about the relation with one company; the household's about marriage, children and age. A
couple with a baby can be a `new` customer or a `lapsed` one. The stages are those of Wells and Gubar [1]_ where the
customers table can tell them, with two gaps filled as Murphy and Staples [2]_ do (one parent with children) or left
open (whether somebody works is not in the table, so `retired_from` stands in for it):

===================  ======================================================================
stage                household
===================  ======================================================================
`single`             younger than `older_from`, no partner, no children at home
`young couple`       younger, partner, no children at home
`full nest 1`        younger, partner, youngest child under six
`full nest 2`        younger, partner, youngest child six or older
`full nest`          younger, partner, children of unknown age
`full nest 3`        older, partner, children at home
`one parent`         any age, no partner, children at home
`empty nest 1`       older, partner, no children at home
`empty nest 2`       `retired_from` or older, partner, no children at home
`living alone 1`     older, no partner, no children at home
`living alone 2`     `retired_from` or older, no partner, no children at home
===================  ======================================================================

References
----------
.. [1] Wells and Gubar (1966), Life cycle concept in marketing research, Journal of Marketing Research 3(4).
.. [2] Murphy and Staples (1979), A modernized family life cycle, Journal of Consumer Research 6(1).
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from crmlab.analyses.segments.states import IN_TOUCH, STATES
from crmlab.errors import ParameterError
from crmlab.language import mark

STAGES = (
    mark("single"),
    mark("young couple"),
    mark("full nest 1"),
    mark("full nest 2"),
    mark("full nest"),
    mark("full nest 3"),
    mark("one parent"),
    mark("empty nest 1"),
    mark("empty nest 2"),
    mark("living alone 1"),
    mark("living alone 2"),
)
NOT_KNOWN = "not known"
OLDER_FROM, RETIRED_FROM, SCHOOL_FROM = 45, 65, 6
OLDEST = 110
DAYS_PER_YEAR = 365.2425

WITH_PARTNER = (
    *("married", "m", "partner", "partnered", "cohabiting", "living together", "common law", "civil partnership"),
    *(
        "yes",
        "true",
        "1",
        "verheiratet",
        "partnerschaft",
        "marié",
        "mariée",
        "pacsé",
        "casado",
        "casada",
        "متاهل",
        "متأهل",
    ),
)
WITHOUT_PARTNER = (
    *("single", "s", "unmarried", "never married", "not married", "divorced", "separated", "widowed", "widow"),
    *("widower", "no", "false", "0", "ledig", "geschieden", "verwitwet", "célibataire", "divorcé", "divorcée", "veuf"),
    *("veuve", "soltero", "soltera", "divorciado", "divorciada", "viudo", "viuda", "مجرد", "مطلقه", "بیوه"),
)

ADULTS_IN_A_COUPLE = 2


@dataclass(frozen=True, kw_only=True)
class Household:
    """The household life stage of each customer in the customers table.

    Attributes
    ----------
    table : DataFrame
        `customer_id`, `stage` (of `STAGES`, or `not known`).
    unknown : int
        Customers whose stage is not known: something is missing, a word for the marital status is none of those
        known, or the birth date gives no age from 0 to 110.
    words : tuple of str
        Words for the marital status that are not known, at most five.
    """

    table: pd.DataFrame
    unknown: int
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """Household stages against states of the customer life cycle.

    Attributes
    ----------
    table : DataFrame
        `stage`, one column of customers for each state, `customers`, `in_touch` (share).
    n : int
        Customers with both.
    association : float
        Cramér's V: 0 if the stage says nothing about the state, 1 if it tells it; NaN with one stage or one state.
    p_value : float
        How often chance alone would give as strong an association (chi-square test); NaN as above.
    """

    table: pd.DataFrame
    n: int
    association: float
    p_value: float


def columns_missing(columns: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The columns a household stage needs that are not among `columns`; `household_size` can replace `children`."""
    absent = [name for name in ("birth_date", "marital_status") if name not in columns]
    if not {"children", "household_size"} & set(columns):
        absent.append("children")
    return tuple(absent)


def household_stages(
    customers: ibis.Table, *, day: date, older_from: int = OLDER_FROM, retired_from: int = RETIRED_FROM
) -> Household:
    """The household life stage on `day` of each customer in the clean customers table.

    Raises
    ------
    ParameterError
        If `columns_missing` names any, or `older_from` is not below `retired_from`.
    """
    absent = columns_missing(list(customers.columns))
    if absent:
        raise ParameterError(f"household stages need the columns {list(absent)} of the customers table")
    if not 0 < older_from < retired_from:
        raise ParameterError(f"older_from is {older_from} and retired_from {retired_from}; they are ages that rise")
    rows = _rows(customers)
    word = rows["marital_status"].str.strip().str.lower()
    partner = np.select([word.isin(WITH_PARTNER), word.isin(WITHOUT_PARTNER)], [1.0, 0.0], np.nan)
    children = rows["children"].to_numpy()
    adults = np.where(partner == 1, ADULTS_IN_A_COUPLE, 1)
    children = np.where(np.isnan(children), rows["household_size"] - adults, children)
    age, youngest = _age(rows["birth_date"], day), _age(rows["youngest_child_born"], day)
    stage = _stage(age, partner, children, youngest, ages=(older_from, retired_from))
    strange = word[word.notna() & np.isnan(partner)]
    return Household(
        table=pd.DataFrame({"customer_id": rows["customer_id"], "stage": stage}),
        unknown=int((stage == NOT_KNOWN).sum()),
        words=tuple(sorted(strange.unique())[:5]),
    )


def cross(household: Household, states: pd.DataFrame) -> Crossed:
    """How the states (as `states_on` returns them) split within each household stage, of those whose stage is known."""
    both = household.table[household.table["stage"] != NOT_KNOWN].merge(states, on="customer_id")
    both = both[both["state"].isin(STATES)]
    counted = pd.crosstab(both["stage"], both["state"])
    counted = counted.reindex(index=[stage for stage in STAGES if stage in counted.index], columns=list(STATES))
    counted = counted.fillna(0).astype(int)
    sizes = counted.sum(axis=1)
    table = counted.assign(customers=sizes, in_touch=counted[list(IN_TOUCH)].sum(axis=1) / sizes)
    peopled = counted.loc[:, counted.sum() > 0]
    strength, p_value = np.nan, np.nan
    if min(peopled.shape) > 1:
        test = chi2_contingency(peopled.to_numpy(), correction=False)
        strength = float(np.sqrt(test.statistic / (len(both) * (min(peopled.shape) - 1))))
        p_value = float(test.pvalue)
    columns = table.rename_axis(index="stage", columns=None).reset_index()
    return Crossed(table=columns, n=len(both), association=strength, p_value=p_value)


def _rows(customers: ibis.Table) -> pd.DataFrame:
    kept = customers.filter(customers.excluded_by.isnull())  # noqa: PD003 - Ibis, not pandas
    columns = {}
    for name, kind in (
        ("customer_id", "string"),
        ("marital_status", "string"),
        ("children", "float64"),
        ("household_size", "float64"),
        ("birth_date", "timestamp"),
        ("youngest_child_born", "timestamp"),
    ):
        columns[name] = kept[name].cast(kind) if name in kept.columns else ibis.null(kind)
    rows: pd.DataFrame = kept.select(**columns).to_pyarrow().to_pandas()
    numbers = {name: rows[name].astype("float64") for name in ("children", "household_size")}
    return rows.assign(**numbers).sort_values("customer_id", ignore_index=True)


def _age(born: pd.Series, day: date) -> np.ndarray:
    """Age in years; NaN where the date is missing or gives none that a person can have."""
    years = (pd.Timestamp(day) - pd.to_datetime(born)).dt.days.to_numpy(dtype=np.float64) / DAYS_PER_YEAR
    return np.where((years >= 0) & (years <= OLDEST), years, np.nan)


def _stage(
    age: np.ndarray, partner: np.ndarray, children: np.ndarray, youngest: np.ndarray, *, ages: tuple[int, int]
) -> np.ndarray:
    older, retired = ages
    unknown = np.isnan(age) | np.isnan(partner) | np.isnan(children) | (children < 0)
    couple, nest, young = partner == 1, children > 0, age < older
    fits = [
        (unknown, NOT_KNOWN),
        (~couple & nest, "one parent"),
        (young & ~couple, "single"),
        (young & ~nest, "young couple"),
        (young & (youngest < SCHOOL_FROM), "full nest 1"),
        (young & (youngest >= SCHOOL_FROM), "full nest 2"),
        (young, "full nest"),
        (nest, "full nest 3"),
        (couple & (age < retired), "empty nest 1"),
        (couple, "empty nest 2"),
        (age < retired, "living alone 1"),
    ]
    conditions, names = zip(*fits, strict=True)
    stage: np.ndarray = np.select(conditions, names, "living alone 2").astype(object)
    return stage
