"""A client -> its data page: everything that can be said about the data before anything is computed from them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from crmlab import gates, suite
from crmlab.client import Client
from crmlab.data_page import history, ids, joins, lines, misfits, personal, raw
from crmlab.data_page.joins import Reference
from crmlab.data_page.noticed import Lines, Noticed, records
from crmlab.data_page.personal import Personal
from crmlab.data_page.readiness import Readiness, readiness
from crmlab.gates import DataFacts, GateResult
from crmlab.language import tr
from crmlab.tables import quality
from crmlab.tables.export import Export
from crmlab.tables.ingest import Source
from crmlab.tables.quality import Reconciliation
from crmlab.tables.schema import BY_NAME, EXCLUDED_BY, Rule, blanked

_DOING = logging.getLogger(__name__)

TRANSACTIONS = "transactions"

CHANGES = (
    Rule("returns_booked", "Returns that count on their own date."),
    Rule("returns_netted", "Returns that count on the date of the order they belong to."),
    Rule("returns_unmatched", "Returns whose order was not found: they count on their own date."),
    Rule("same_day", "Sales on a day on which their customer has others: one purchase for each customer and day."),
    Rule("sign_flipped", "Returns written with an amount above zero: they count below zero."),
    Rule("amount_rounded", "Amounts with more than four decimals: they were rounded to four, halves away from zero."),
    Rule("number_rounded", "Rows with other numbers of more than four decimals: these were rounded likewise."),
    Rule("unit_converted", "Amounts in another unit of the currency: rial and toman were turned into the client's."),
)
READ, KEPT = Rule("read", "Every row of the raw files."), Rule("kept", "What every number is made of.")


@dataclass(frozen=True)
class Counted:
    """Rows and money of one line of the counts: `read`, a rule, `kept`, or a change; no money where there is none.

    `label` and `sentence` are its name and its meaning in the language spoken.
    """

    name: str
    label: str
    sentence: str
    rows: int
    amount: Decimal | None


@dataclass(frozen=True)
class ReadExport:
    """How some files of a table were read: their names, the form, and which of their columns is which of ours.

    `has_text` says whether one of them is a text file, whose encoding and separator matter.
    """

    table: str
    names: tuple[str, ...]
    has_text: bool
    form: Mapping[str, Any]
    columns: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DataPage:
    """Everything the data page says; the terminal, the HTML page and JSON are made of this.

    Attributes
    ----------
    client_id, client_name, currency, data_key : str
    observed_until : date
    period : (date, date) or None
        First and last date of the kept rows of the transactions.
    sources : tuple of Source
    exports : tuple of ReadExport
    rules : mapping
        For each table what was read, what each of its rules took, and what was kept.
    changes : tuple of Counted
        What rules changed in transactions without leaving them out.
    other_changes : mapping
        The same for each of the other tables in which something was changed.
    references : tuple of Reference
        What rows refer to in other tables, and how often that is not found there.
    reconciliation : Reconciliation or None
        None where the client file states no ledger.
    noticed : tuple of Noticed
    facts : DataFacts
    gates : tuple of GateResult
        The general ones, whatever a notebook asks.
    personal : tuple of Personal
    rows_looked_at : int
        Rows of the raw files that were searched for personal data.
    notebooks : tuple of Readiness
    next_steps : tuple of str
    """

    client_id: str
    client_name: str
    currency: str
    data_key: str
    observed_until: date
    period: tuple[date, date] | None
    sources: tuple[Source, ...]
    exports: tuple[ReadExport, ...]
    rules: Mapping[str, tuple[Counted, ...]]
    changes: tuple[Counted, ...]
    other_changes: Mapping[str, tuple[Counted, ...]]
    references: tuple[Reference, ...]
    reconciliation: Reconciliation | None
    noticed: tuple[Noticed, ...]
    facts: DataFacts
    gates: tuple[GateResult, ...]
    personal: tuple[Personal, ...]
    rows_looked_at: int
    notebooks: tuple[Readiness, ...]
    next_steps: tuple[str, ...]

    def count(self, name: str, table: str = TRANSACTIONS) -> Counted:
        """What was `read` or `kept` of a table, or taken by one of its rules."""
        return next(counted for counted in self.rules[table] if counted.name == name)


def data_page(client: Client) -> DataPage:
    """Everything there is to say about the client's data, in the language spoken; all rows are counted in the engine.

    Raises
    ------
    DataError
        If a raw file has changed or gone since the client was opened.
    """
    _DOING.info("counting what the rules left out")
    clean = client.table(TRANSACTIONS)
    counts = {name: quality.rule_counts(client.table(name), BY_NAME[name]) for name in client.tables}
    looked = _look_at_raw(client)
    _DOING.info("counting customers and their purchases")
    known = gates.facts(client)
    references = joins.references(client)
    found = tuple(_noticed(client, looked, references))
    ready = readiness(client, known, suite.notebooks())
    general = gates.hold(known, gates.GENERAL, horizon_days=gates.GENERAL_HORIZON_DAYS)
    return DataPage(
        client_id=client.id,
        client_name=client.name,
        currency=client.currency,
        data_key=client.data_key,
        observed_until=client.observed_until,
        period=_period(clean),
        sources=client.sources,
        exports=tuple(_read_export(export) for export in client.exports),
        rules={name: _rule_rows(name, table) for name, table in counts.items()},
        changes=_changes(client, TRANSACTIONS),
        other_changes={
            name: changed for name in client.tables if name != TRANSACTIONS and (changed := _changes(client, name))
        },
        references=references,
        reconciliation=quality.reconcile(counts[TRANSACTIONS], client.ledger) if client.ledger else None,
        noticed=found,
        facts=known,
        gates=general,
        personal=looked.personal,
        rows_looked_at=looked.rows,
        notebooks=ready,
        next_steps=tuple(_next_steps(client, found, general, looked.personal, ready)),
    )


@dataclass(frozen=True)
class _Looked:
    """What the raw files showed."""

    columns: tuple[raw.RawColumn, ...]
    duplicates: tuple[Noticed, ...]
    personal: tuple[Personal, ...]
    rows: int


def _look_at_raw(client: Client) -> _Looked:
    connection = client.connection
    files = raw.raw_files(client.exports)
    profiled = [(export, file, raw.profile(connection, export, file)) for export, file in files]
    samples = [
        (export, file, raw.sample(connection, file, columns[0].rows if columns else 0))
        for export, file, columns in profiled
    ]
    found = [
        _personal(export, file.label, name, values)
        for export, file, sample in samples
        for name, values in sample.columns
    ]
    return _Looked(
        columns=raw.joined(column for _, _, columns in profiled for column in columns),
        duplicates=tuple(raw.duplicates(connection, client)),
        personal=tuple(one for one in found if one is not None),
        rows=sum(sample.rows for _, _, sample in samples),
    )


def _personal(export: Export, file: str, name: str, values: Sequence[str]) -> Personal | None:
    used_as = raw.used_as(export, name)
    declared = {column.name for column in export.table.columns if column.personal}
    return personal.personal(
        name, values, table=export.table.name, file=file, used_as=used_as, is_declared=bool(declared & {*used_as})
    )


def _noticed(client: Client, looked: _Looked, references: Sequence[Reference]) -> Iterator[Noticed]:
    """Everything odd, the lines first, then ids and days, then how tables and files fit."""
    about = Lines(
        table=client.table(TRANSACTIONS),
        currency=client.currency,
        observed_until=client.observed_until,
        rules=client.rules,
        names_customers=not any("customer_id" in one.used_as for one in looked.personal),
    )
    _DOING.info("looking for odd lines")
    yield from lines.without_customer(about)
    yield from lines.returns(about)
    yield from lines.free_lines(about)
    yield from lines.negative_prices(about)
    yield from looked.duplicates
    yield from lines.non_products(about)
    yield from lines.large_lines(about)
    _DOING.info("looking for odd customers and days")
    yield from history.large_customer(about)
    yield from history.more_returned(about)
    yield from history.below_cost(about)
    yield from history.silent_months(about)
    yield from history.silent_days(about)
    yield from history.unfinished_end(about)
    yield from history.same_day(about)
    _DOING.info("looking for odd ids")
    yield from ids.destroyed(about)
    yield from ids.spellings(about)
    yield from ids.many_names(about)
    yield from ids.shared_orders(about)
    _DOING.info("looking whether tables fit")
    for name, key in (("customers", "customer_id"), ("products", "product_id")):
        if name in client.tables:
            yield from joins.unlisted(about, client.table(name), key)
    yield from joins.not_found(client, references, names_customers=about.names_customers)
    yield from misfits.left_blank(client)
    yield from raw.unified(looked.columns)
    yield from raw.unused(looked.columns)
    yield from raw.almost_empty(looked.columns)


def _read_export(export: Export) -> ReadExport:
    has_text = any(file.kind == "text" for _, file in raw.raw_files([export]))
    return ReadExport(export.table.name, export.names, has_text, asdict(export.form), dict(export.columns))


def _period(clean: Any) -> tuple[date, date] | None:
    kept = clean.filter(clean[EXCLUDED_BY].isnull())  # noqa: PD003 - Ibis, not pandas
    (row,) = records(kept.aggregate(first=kept.date.min(), last=kept.date.max()))
    return (row["first"], row["last"]) if row["first"] else None


def _rule_rows(name: str, counts: pd.DataFrame) -> tuple[Counted, ...]:
    return _counted((READ, *BY_NAME[name].rules, KEPT), counts, "rule")


def _changes(client: Client, name: str) -> tuple[Counted, ...]:
    table = BY_NAME[name]
    return _counted((*CHANGES, *blanked(table)), quality.changes(client.table(name), table), "change")


def _counted(rules: Sequence[Rule], counts: pd.DataFrame, column: str) -> tuple[Counted, ...]:
    """A line for each row of the counts, whose `column` names one of the rules."""
    by_name = {rule.name: rule for rule in rules}
    rows = [(by_name[row[column]], row) for row in counts.to_dict(orient="records")]
    return tuple(Counted(rule.name, rule.label, rule.told, int(row["rows"]), row.get("amount")) for rule, row in rows)


def _next_steps(
    client: Client,
    noticed: Sequence[Noticed],
    general: Sequence[GateResult],
    personal_data: Sequence[Personal],
    notebooks: Sequence[Readiness],
) -> Iterator[str]:
    if personal_data:
        yield tr("Take the personal data out of the export, as advised above, and export again.")
    if noticed:
        yield tr(
            "Go through what was noticed with the client; write what you decide into the rules of the client file."
        )
    if client.ledger is None:
        yield tr(
            "State a total of the client's books (`ledger: {total: …}`), so that nothing can be missing unnoticed."
        )
    reasons = [reason for notebook in notebooks for reason in notebook.reasons]
    yield from dict.fromkeys((*reasons, *(gate.sentence for gate in general if not gate.passed)))
    ready = [notebook.notebook for notebook in notebooks if notebook.can_run]
    if ready:
        yield tr("Run what the data support: {command}.", command=f"`crmlab run CLIENT {' '.join(ready)}`")
