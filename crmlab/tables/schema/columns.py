"""Columns by their type, so that a table reads as a list of what it holds."""

from crmlab.tables.schema.declare import Column


def ident(name: str, description: str, *, refers_to: str | None = None, required: bool = False) -> Column:
    """A text that names something; `refers_to` is the table whose key it is."""
    return Column(name, "id", None, description, required=required, refers_to=refers_to)


def text(
    name: str, description: str, *, allowed: tuple[str, ...] = (), required: bool = False, personal: bool = False
) -> Column:
    """A text, which may be held to a few values."""
    return Column(name, "text", None, description, required=required, personal=personal, allowed=allowed)


def day(name: str, description: str, *, required: bool = False, may_be_blank: bool = False) -> Column:
    """A calendar day; of a month its first."""
    return Column(name, "date", None, description, required=required, may_be_blank=may_be_blank)


def money(name: str, description: str, *, least: float | None = 0, required: bool = False) -> Column:
    """An amount in the client's currency, by default none below zero."""
    return Column(name, "money", "client's currency", description, required=required, least=least)


def number(
    name: str,
    unit: str,
    description: str,
    *,
    least: float | None = 0,
    most: float | None = None,
    required: bool = False,
) -> Column:
    """A number of something, by default none below zero."""
    return Column(name, "number", unit, description, required=required, least=least, most=most)


def flag(name: str, description: str, *, required: bool = False) -> Column:
    """True or false."""
    return Column(name, "flag", None, description, required=required)
