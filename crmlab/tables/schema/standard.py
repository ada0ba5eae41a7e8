"""The rules that follow from what a table declares: required columns, allowed values, bounds, days, customers, the key.

A value that is none of those allowed, or out of its bounds, costs the row only where the column is required; in any
other column it is left blank, and the row says so in `changed` under the same name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crmlab.language import mark
from crmlab.tables.schema.declare import Column, Rule, StandardRule, Table

MISSING, DESTROYED, NOT_ALLOWED, OUT_OF_RANGE = "missing_", "destroyed_", "not_allowed_", "out_of_range_"
AFTER, REPEATED = "after_observed_until", "repeated_"

_SENTENCES = {
    MISSING: mark("The row has no value of {column}."),
    DESTROYED: mark("A spreadsheet has rounded {column} (5.94773E+23): what it named is lost."),
    NOT_ALLOWED: mark("The value of {column} is none of these: {allowed}."),
    OUT_OF_RANGE: mark("The value of {column} is not {bounds}."),
    AFTER: mark("The day in {column} is after the last day of observation."),
    REPEATED: mark("An earlier row has the same values of {column}."),
}
_WORDS = {
    MISSING: mark("missing {column}"),
    DESTROYED: mark("destroyed {column}"),
    NOT_ALLOWED: mark("not allowed {column}"),
    OUT_OF_RANGE: mark("out of range {column}"),
    AFTER: mark("after observed until"),
    REPEATED: mark("repeated key"),
}
_BLANKED = {
    NOT_ALLOWED: mark("The value of {column} was none of these, and was left blank: {allowed}."),
    OUT_OF_RANGE: mark("The value of {column} was not {bounds}, and was left blank."),
}


def standard_rules(table: Table) -> tuple[Rule, ...]:
    """The rules of a table in the order they are tried.

    A table that declares rules of its own keeps them, and gets those about values that do not fit besides.
    """
    if table.rules:
        return (*table.rules, *_about_values(table))
    return (*_about_ids(table), *_about_values(table), *_about_the_row(table))


def blanked(table: Table) -> tuple[StandardRule, ...]:
    """What may be left blank in a row that is kept: names as they stand in `changed`, with their sentences."""
    found = ((column, kind) for column in table.columns if (kind := misfit(column)) and not is_needed(table, column))
    return tuple(_rule(kind, column, _BLANKED) for column, kind in found)


def misfit(column: Column) -> str:
    """How a value of the column may not fit: the beginning of a rule's name, empty where any value does."""
    if column.allowed:
        return NOT_ALLOWED
    return "" if column.least is None and column.most is None else OUT_OF_RANGE


def is_needed(table: Table, column: Column) -> bool:
    """Whether a row without a value in the column, or with one that does not fit, is left out."""
    return column.required or column.name in table.key


def repeats_rule(table: Table) -> str:
    """The name of the rule that takes rows which repeat an earlier one's key."""
    return next(rule.name for rule in table.rules if rule.name.startswith(REPEATED))


def with_standard_rules(table: Table) -> Table:
    """The table with all its rules."""
    return replace(table, rules=standard_rules(table))


def _about_ids(table: Table) -> Iterator[Rule]:
    for column in table.columns:
        if not is_needed(table, column):
            continue
        if not column.may_be_blank or column.name in table.key:
            yield _rule(MISSING, column)
        if column.type == "id":
            yield _rule(DESTROYED, column)


def _about_values(table: Table) -> Iterator[Rule]:
    for column in table.columns:
        kind = misfit(column)
        if kind and is_needed(table, column):
            yield _rule(kind, column)


def _about_the_row(table: Table) -> Iterator[Rule]:
    columns = {column.name: column for column in table.columns}
    if table.event_day:
        yield StandardRule(AFTER, _SENTENCES[AFTER], _WORDS[AFTER], (columns[table.event_day],))
    if table.of_customers:
        yield Rule("test_customer", "The client file names the customer as a test.")
    if table.key:
        key = tuple(columns[name] for name in table.key)
        yield StandardRule(f"{REPEATED}key", _SENTENCES[REPEATED], _WORDS[REPEATED], key)


def _rule(kind: str, column: Column, sentences: Mapping[str, str] = _SENTENCES) -> StandardRule:
    return StandardRule(kind + column.name, sentences[kind], _WORDS[kind], (column,))
