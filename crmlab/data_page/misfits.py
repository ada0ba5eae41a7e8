"""Values that were left blank because they are none of those a column allows, or out of its bounds."""

from collections.abc import Iterator
from typing import Any

from crmlab.data_page.joins import BIG_SHARE, HasTables
from crmlab.data_page.noticed import Noticed, records
from crmlab.data_page.phrases import count, share
from crmlab.language import tr, trn
from crmlab.tables.schema import BY_NAME, CHANGED, EXCLUDED_BY, blanked
from crmlab.tables.schema.declare import StandardRule
from crmlab.tables.schema.standard import NOT_ALLOWED


def left_blank(client: HasTables) -> Iterator[Noticed]:
    """Columns in which a big share of the values that were there did not fit: rather the form than the facts."""
    for name in client.tables:
        rows = client.table(name)
        rules = [rule for rule in blanked(BY_NAME[name]) if rule.columns[0].name in rows.columns]
        if not rules or CHANGED not in rows.columns:
            continue
        kept = rows.filter(rows[EXCLUDED_BY].isnull())
        (counts,) = records(kept.aggregate(**_counts(kept, rules)))
        for number, rule in enumerate(rules):
            blank, there = counts[f"blank{number}"] or 0, counts[f"there{number}"] or 0
            if blank and blank >= BIG_SHARE * (blank + there):
                yield _noticed(name, rule, blank, blank + there)


def _counts(kept: Any, rules: list[StandardRule]) -> dict[str, Any]:
    marks = kept[CHANGED].split(" ")
    counts = {}
    for number, rule in enumerate(rules):
        counts[f"blank{number}"] = kept.count(where=marks.contains(rule.name))
        counts[f"there{number}"] = kept.count(where=kept[rule.columns[0].name].notnull())
    return counts


def _noticed(table: str, rule: StandardRule, blank: int, values: int) -> Noticed:
    return Noticed(
        rule.name,
        trn(
            values,
            "{blank} of {n} value of {column} in the table {table} ({share}) did not fit. {rule}",
            "{blank} of {n} values of {column} in the table {table} ({share}) did not fit. {rule}",
            blank=count(blank),
            n=count(values),
            column=rule.columns[0].name,
            table=repr(table),
            share=share(blank, values),
            rule=rule.told,
        ),
        blank,
        None,
        tr(
            "The rows are kept, and the column counts as not known in them. Write the values in the file as crmlab "
            "knows them, case included; or leave it unmapped."
        )
        if rule.name.startswith(NOT_ALLOWED)
        else tr(
            "The rows are kept, and the column counts as not known in them. See whether the column is in another unit, "
            "or is another column; or leave it unmapped."
        ),
    )
