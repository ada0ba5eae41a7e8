"""Two questions at once: attitude and behaviour, product and relationship, satisfaction and margin."""

import pandas as pd

from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark
from crmlab.shares import wilson
from crmlab.trials import difference_of_means

LOYALTY = {
    (True, True): mark("true loyalty"),
    (True, False): mark("latent loyalty"),
    (False, True): mark("false loyalty"),
    (False, False): mark("no loyalty"),
}
"""By attitude and behaviour (Dick and Basu 1994, Journal of the Academy of Marketing Science 22(2))."""

MUTUAL = {
    (True, True): mark("both gain"),
    (True, False): mark("the customer gains"),
    (False, True): mark("the firm gains"),
    (False, False): mark("neither gains"),
}
"""By satisfaction and margin."""

HIGH = 5.0  # of seven points: above the middle of the scale


def loyalty(table: pd.DataFrame, *, high: float = HIGH) -> pd.Series:
    """Each customer's quadrant of `LOYALTY`: attitude is `commitment` of `high` or more, behaviour `stayed`."""
    pairs = zip(table["commitment"] >= high, table["stayed"] == 1, strict=True)
    return pd.Series([LOYALTY[bool(a), bool(b)] for a, b in pairs], index=table.index, name="loyalty")


def mutual(table: pd.DataFrame, *, high: float = HIGH) -> pd.Series:
    """Each customer's quadrant of `MUTUAL`: `satisfaction` of `high` or more, `margin` above the middle customer's."""
    pairs = zip(table["satisfaction"] >= high, table["margin"] > table["margin"].median(), strict=True)
    return pd.Series([MUTUAL[bool(a), bool(b)] for a, b in pairs], index=table.index, name="mutual")


def shares(quadrant: pd.Series, by: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """The share of each quadrant within each value of `by`: `by`, `quadrant`, `customers`, `share`, `low`, `high`."""
    crossed = pd.crosstab(by.rename("by"), quadrant.rename("quadrant")).reset_index()
    counted = crossed.melt(id_vars="by", var_name="quadrant", value_name="customers")
    counted = counted.sort_values(["by", "quadrant"], ignore_index=True)
    total = counted.groupby("by")["customers"].transform("sum")
    low, high = wilson(counted["customers"], total, level=level)
    return counted.assign(share=counted["customers"] / total, low=low, high=high)


def retention_by(table: pd.DataFrame, first: str, second: str, *, level: float = 0.95) -> pd.DataFrame:
    """The share that stayed where `first` and `second` are high (5 or more) or low: four rows, with intervals.

    Columns: `first`, `second` (bool), `n`, `stayed`, `share`, `low`, `high`.
    """
    marked = table.assign(first=table[first] >= HIGH, second=table[second] >= HIGH)
    counted = marked.groupby(["first", "second"])["stayed"].agg(n="size", stayed="sum").reset_index()
    low, high = wilson(counted["stayed"], counted["n"], level=level)
    return counted.assign(share=counted["stayed"] / counted["n"], low=low, high=high)


def over_product(
    table: pd.DataFrame, first: str, second: str, *, denominator: str, window: str, level: float = 0.95
) -> Estimate:
    """What `second` adds to staying among those whose `first` is high: whether a good product is enough.

    Raises
    ------
    DataError
        If fewer than two of them are on a side.
    """
    good = table[table[first] >= HIGH]
    sides = [good.loc[(good[second] >= HIGH) == side, "stayed"].to_numpy(float) for side in (True, False)]
    if min(map(len, sides)) < 2:  # noqa: PLR2004 - one value has no variance
        raise DataError(f"{first} of 5 or more has {[len(side) for side in sides]} customers by {second}: 2 are needed")
    of = {"denominator": denominator, "window": window}
    return difference_of_means(*sides, level=level, evidence="association", **of)
