"""Which types of raw columns each of our types can be made of."""

from typing import Any

from crmlab.tables.schema import ColumnType

_ACCEPTED = {
    "text": "text",
    "flag": "yes or no, true or false",
    "number": "numbers or text like 12.5",
    "id": "text or whole numbers",
    "date": "dates, local timestamps or text like 1997-12-31",
    "money": "numbers or text like 12.50",
}


def refused_type(raw: Any, to: ColumnType) -> str | None:
    """Why a column of the raw type cannot become `to`, as half a sentence, or None where it can."""
    if raw.is_timestamp() and raw.timezone is not None and to == "date":
        return (
            "holds instants (timestamps with a time zone), whose day depends on where one stands; "
            "store dates or local timestamps"
        )
    common = raw.is_string() or raw.is_integer() or raw.is_null()
    accepted = {
        "text": common or raw.is_uuid(),
        "flag": common or raw.is_boolean() or raw.is_floating(),
        "number": common or raw.is_floating() or raw.is_decimal(),
        "id": common or raw.is_floating() or raw.is_uuid() or (raw.is_decimal() and raw.scale == 0),
        "date": common or raw.is_floating() or raw.is_date() or raw.is_timestamp(),
        "money": common or raw.is_floating() or raw.is_decimal(),
    }
    return None if accepted[to] else f"holds {raw}, which cannot become {_ACCEPTED[to]}; store {_ACCEPTED[to]}"
