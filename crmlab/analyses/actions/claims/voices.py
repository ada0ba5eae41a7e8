"""Sentences on what other notebooks say of the plan's customers."""

from collections.abc import Mapping

import pandas as pd

from crmlab.analyses.actions.holdout import CONTACT, DO_NOTHING
from crmlab.analyses.actions.lists import BY_GAPS, BY_STATES
from crmlab.analyses.actions.plan import Plan
from crmlab.analyses.actions.voices import NOT_PAYING, REPAIR_FIRST
from crmlab.language import count, tr, trn


def named_claim(plan: Plan) -> str:
    """How many customers of the plan are on their list because another notebook named them."""
    if plan.table.empty:
        return tr("Nobody is on a list, by name or by situation.")
    by_name = int((~plan.table["source"].isin([BY_GAPS, BY_STATES])).sum())
    if not by_name:
        return tr("No other notebook named a customer, so every list follows from the situations alone.")
    return tr(
        "{named} of the {n} customers on the lists are there because another notebook named them; what it says is "
        "their reason, and the arms of this plan replace those of its list. They are taken to behave as others in "
        "their situation do, and only the hold-out will tell whether they do.",
        named=count(by_name),
        n=count(len(plan.table)),
    )


def against_claims(taken: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """How many customers other notebooks took off a list, and what became of them."""
    found = []
    if REPAIR_FIRST in taken:
        customers, elsewhere = taken[REPAIR_FIRST]
        found.append(
            trn(
                customers,
                "{n} customer loses money by price or by cost to serve (notebook 03): that is to be repaired before "
                "anything more is sold to them or spent on them; {elsewhere} of them is on another list.",
                "{n} customers lose money by price or by cost to serve (notebook 03): that is to be repaired before "
                "anything more is sold to them or spent on them; {elsewhere} of them are on another list.",
                n=count(customers),
                elsewhere=count(elsewhere),
            )
        )
    if NOT_PAYING in taken:
        customers, elsewhere = taken[NOT_PAYING]
        found.append(
            trn(
                customers,
                "{n} customer would be on a list, but a campaign of that kind was shown to cost more than it brought "
                "(notebook 13); {elsewhere} of them is on another list.",
                "{n} customers would be on a list, but a campaign of that kind was shown to cost more than it brought "
                "(notebook 13); {elsewhere} of them are on another list.",
                n=count(customers),
                elsewhere=count(elsewhere),
            )
        )
    return tuple(found)


def next_test_claims(plan: Plan, in_test: pd.Series) -> tuple[str, ...]:
    """How many customers of the plan are in the test that notebook 12 has planned; empty where it planned none."""
    if plan.table.empty or in_test.empty:
        return ()
    chosen = plan.table[plan.table["arm"].isin([CONTACT, DO_NOTHING])]
    both = int(chosen["customer_id"].isin(in_test).sum())
    if not both:
        return (tr("Nobody on the lists is in the test that notebook 12 has planned."),)
    return (
        tr(
            "{both} of the {n} customers of this plan are also in the test that notebook 12 has planned. One of the "
            "two must go first, and the other wait until it is read: whoever is in both has two reasons to buy, and "
            "neither test says which it was.",
            both=count(both),
            n=count(len(chosen)),
        ),
    )
