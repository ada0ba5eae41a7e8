"""The names of states, segments and windows as a reader sees them."""

from datetime import date

from crmlab.language import day, tr


def state_name(state: str) -> str:
    """A state as it stands in a sentence, a table or a figure."""
    names = {
        "prospect": tr("prospect"),
        "new": tr("new"),
        "active": tr("active"),
        "loyal": tr("loyal"),
        "returned": tr("returned"),
        "in_touch": tr("in touch"),
        "at_risk": tr("at risk"),
        "lapsed": tr("lapsed"),
    }
    return names[state]


def days_between(first: date, last: date) -> str:
    """`first` to `last`, both inclusive, as text."""
    return tr("{first} to {last}", first=day(first), last=day(last))


def measure_name(measure: str) -> str:
    """One of the three measures of RFM."""
    names = {"recency": tr("recency"), "frequency": tr("frequency"), "monetary": tr("monetary value")}
    return names[measure]
