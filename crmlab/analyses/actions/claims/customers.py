"""Sentences on the customer base: who came, stayed, came back and went."""

from crmlab.analyses.actions.base import KEPT, LOST, NEW, RETURNED, Bridge
from crmlab.language import count, day, interval, percent, tr


def bridge_claim(found: Bridge, *, with_interval: bool = True) -> str:
    """Who came, stayed, came back and went."""
    if found.kept is None:
        return tr(
            "Nobody bought from {first} to {last}, so that nothing can be said of who stayed; {new} bought since then "
            "for the first time.",
            first=day(found.first[0]),
            last=day(found.first[1]),
            new=count(found.customers(NEW)),
        )
    return tr(
        "Of the {before} customers who bought from {first} to {middle}, {kept} bought again up to {last}, "
        "{share}{interval}; {lost} did not; {new} were new and {returned} came back from before.",
        before=count(found.customers(KEPT, LOST)),
        first=day(found.first[0]),
        middle=day(found.first[1]),
        last=day(found.second[1]),
        kept=count(found.customers(KEPT)),
        share=percent(found.kept.value),
        interval=interval(found.kept.low, found.kept.high, level=found.kept.level) if with_interval else "",
        lost=count(found.customers(LOST)),
        new=count(found.customers(NEW)),
        returned=count(found.customers(RETURNED)),
    )
