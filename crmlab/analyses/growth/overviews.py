"""Results as tables for people, and what is said where a part cannot be computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from crmlab.analyses.growth.breadth import Breadth
from crmlab.analyses.growth.potential import Potential
from crmlab.analyses.growth.rules import Associations
from crmlab.analyses.growth.trading import TIERS, Upgrades
from crmlab.analyses.growth.trial import Trial
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import listed, mark, tr
from crmlab.shares import share
from crmlab.tables.schema.codes import code_words

Result = TypeVar("Result")

ALIKE = {
    "nothing": mark("all alike"),
    "size": mark("of unlike size"),
    "size_and_price": mark("of unlike size and price level"),
}
BASKETS = {"order": mark("orders"), "day": mark("orders"), "customer": mark("customers")}


@dataclass(frozen=True)
class NotKnown:
    """What stands for a result that these data do not give, with the reason; it is false in a condition."""

    reason: str

    def __bool__(self) -> bool:
        return False


def where_known(compute: Callable[[], Result]) -> Result | NotKnown:
    """What `compute` gives, or why the data do not: a table that is missing, or too few rows.

    Only data that fall short are caught. A parameter that cannot be used is an error as everywhere.
    """
    try:
        return compute()
    except DataError as error:
        return NotKnown(str(error))


def told(found: Any, *claims: Callable[[Any], str]) -> list[str]:
    """The sentences of a result, or one that says what is not known and why."""
    if isinstance(found, NotKnown):
        return [tr("Not known here: {reason}.", reason=found.reason.rstrip("."))]
    return [claim(found) for claim in claims]


def pair_table(found: Associations, names: pd.Series, *, only_passing: bool = True) -> pd.DataFrame:
    """`pair` (both names), `together`, `expected`, `support`, `confidence`, `lift`, `p`, `q`; highest lift first."""
    table = found.kept if only_passing else found.table
    first, second = (table[name].map(names).fillna(table[name]) for name in ("first", "second"))
    columns = ["pair", "together", "expected", "support", "confidence", "lift", "p", "q"]
    shown = table.assign(pair=first.astype(str) + " + " + second.astype(str))[columns]
    return shown.sort_values(["lift", "pair"], ascending=[False, True], ignore_index=True)


def chance_table(found: Sequence[Associations]) -> pd.DataFrame:
    """One row a kind of chance: `basket`, `alike`, `tested`, `unadjusted`, `bonferroni`, `passing`."""
    return pd.DataFrame(
        [
            {
                "basket": BASKETS[one.counted.unit],
                "alike": ALIKE[one.given],
                "tested": one.tested,
                "unadjusted": one.unadjusted,
                "bonferroni": one.bonferroni,
                "passing": one.passing,
            }
            for one in found
        ]
    )


def tier_table(found: Upgrades) -> pd.DataFrame:
    """`before` (tier), and the customers by the tier after it, a column each."""
    table = found.counts.copy()
    table.columns = pd.Index(list(TIERS))
    return table.assign(before=list(TIERS))[["before", *TIERS]].reset_index(drop=True)


def potential_table(found: Potential) -> pd.DataFrame:
    """`group` (the profile in words), `customers`, `median`, `potential`, `low`, `high`."""
    keys = list(found.profile) or ["all"]
    words = found.groups[keys].map(code_words)
    group = words.agg(listed, axis=1)
    return found.groups.assign(group=group)[["group", "customers", "median", "potential", "low", "high"]]


def arms_of(found: Trial) -> list[tuple[str, Estimate]]:
    """Who was reached, all who were approached, and who was left alone: the share of each who paid."""
    about: Any = {"denominator": found.effect.denominator, "window": found.effect.window}
    return [
        (tr("reached, as reported"), found.naive),
        (tr("all approached"), share(*found.treated, **about)),
        (tr("left alone by chance"), share(*found.control, **about)),
    ]


def breadth_table(found: Breadth) -> pd.DataFrame:
    """`categories`, `customers`, `mean`, `at_a_loss`, `loss_low`, `loss_high`."""
    return found.table[["categories", "customers", "mean", "at_a_loss", "loss_low", "loss_high"]]
