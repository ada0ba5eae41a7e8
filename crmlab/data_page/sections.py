"""The data page in the order it is read: sections of sentences, tables and points, the same on paper and on a screen.

What stands here is text: the terminal and the HTML page only lay it out.
"""

from decimal import Decimal

from crmlab.data_page import about_tables
from crmlab.data_page.assemble import Counted, DataPage
from crmlab.data_page.layout import Point, Section
from crmlab.data_page.noticed import Noticed
from crmlab.data_page.personal import KINDS, Personal
from crmlab.data_page.phrases import count, money, named, share
from crmlab.data_page.readiness import Readiness
from crmlab.language import listed, tr, translated, trn


def sections(page: DataPage) -> tuple[Section, ...]:
    """Every section of the page, in its order."""
    return (
        _in_short(page),
        about_tables.read(page),
        about_tables.rules(page),
        about_tables.changes(page),
        *about_tables.fit(page),
        _ledger(page),
        _noticed(page),
        _gates(page),
        _personal(page),
        _notebooks(page),
        Section("next", tr("What to do next"), points=tuple(Point("plain", step) for step in page.next_steps)),
    )


def _in_short(page: DataPage) -> Section:
    return Section(
        "in-short",
        tr("In short"),
        points=(
            _kept_of_read(page),
            _able(page),
            _reconciled(page)
            or Point("plain", tr("The counts are not yet held against a total of the client's books.")),
            _odd(len(page.noticed)),
            _about_people(len(page.personal)),
        ),
    )


def _kept_of_read(page: DataPage) -> Point:
    read, kept = page.count("read"), page.count("kept")
    told = trn(
        read.rows,
        "{n} row of transactions read, worth {money}; the rules keep {kept} of them ({share}), worth {worth}.",
        "{n} rows of transactions read, worth {money}; the rules keep {kept} of them ({share}), worth {worth}.",
        n=count(read.rows),
        money=_money(read, page),
        kept=count(kept.rows),
        share=share(kept.rows, read.rows),
        worth=_money(kept, page),
    )
    return Point("plain", told)


def _able(page: DataPage) -> Point:
    able = [notebook for notebook in page.notebooks if notebook.can_run]
    told = trn(
        len(page.notebooks),
        "{able} of {n} notebook can run on these data.",
        "{able} of {n} notebooks can run on these data.",
        able=count(len(able)),
        n=count(len(page.notebooks)),
    )
    return Point("good" if len(able) == len(page.notebooks) else "bad", told)


def _odd(number: int) -> Point:
    if not number:
        return Point("good", tr("Nothing odd was found."))
    told = trn(number, "{n} odd thing was noticed.", "{n} odd things were noticed.", n=count(number))
    return Point("odd", told)


def _about_people(columns: int) -> Point:
    if not columns:
        return Point("good", tr("No personal data was found in the raw files."))
    told = trn(
        columns,
        "{n} column of the raw files holds personal data.",
        "{n} columns of the raw files hold personal data.",
        n=count(columns),
    )
    return Point("odd", told)


def _ledger(page: DataPage) -> Section:
    said = _reconciled(page)
    advice = tr(
        "No total of the client's own books is stated. Write it into the client file to have every count held against "
        "it: `ledger: {total: 1234.50, of: read}` (or `of: kept`)."
    )
    title = tr("Against the client's books")
    return Section("ledger", title, () if said else (advice,), points=(said,) if said else ())


def _noticed(page: DataPage) -> Section:
    title = tr("What was noticed")
    if not page.noticed:
        return Section("noticed", title, (tr("Nothing odd was found."),))
    return Section(
        "noticed",
        title,
        (tr("Counted over all rows read, whether or not a rule took them."),),
        points=tuple(Point("odd", one.sentence, _details(one)) for one in page.noticed),
    )


def _details(one: Noticed) -> tuple[str, ...]:
    examples = (tr("For example: {cases}.", cases=listed(one.examples, strong=True)),) if one.examples else ()
    return (*examples, one.advice)


def _gates(page: DataPage) -> Section:
    return Section(
        "gates",
        tr("How much there is"),
        (tr("What any work with customers asks of data; each notebook asks its own besides."),),
        points=tuple(Point("good" if gate.passed else "bad", gate.sentence) for gate in page.gates),
    )


def _personal(page: DataPage) -> Section:
    title, rows = tr("Personal data"), count(page.rows_looked_at)
    if not page.personal:
        told = trn(
            page.rows_looked_at,
            "None was found; {n} row of the raw files, at even distances, was looked at.",
            "None was found; {n} rows of the raw files, at even distances, were looked at.",
            n=rows,
        )
        return Section("personal", title, (told,))
    told = trn(
        page.rows_looked_at,
        "{n} row of the raw files, at even distances, was looked at; no value is shown or kept here.",
        "{n} rows of the raw files, at even distances, were looked at; no value is shown or kept here.",
        n=rows,
    )
    return Section(
        "personal",
        title,
        (told,),
        points=tuple(Point("odd", _personal_sentence(one), (one.advice,)) for one in page.personal),
    )


def _personal_sentence(one: Personal) -> str:
    where = {"file": named(one.file), "column": named(one.column)}
    kinds = translated(KINDS[one.kind])
    if one.by_name:
        return tr("{file}: column {column} seems to hold {kinds}, by its name.", kinds=kinds, **where)
    return trn(
        one.looked_at,
        "{file}: column {column} holds {kinds} in {matching} of the {n} value looked at.",
        "{file}: column {column} holds {kinds} in {matching} of the {n} values looked at.",
        kinds=kinds,
        matching=count(one.matching),
        n=count(one.looked_at),
        **where,
    )


def _notebooks(page: DataPage) -> Section:
    return Section("notebooks", tr("Which notebooks can run"), points=tuple(_notebook(one) for one in page.notebooks))


def _notebook(one: Readiness) -> Point:
    about = {"notebook": named(one.notebook), "question": one.question}
    if one.can_run:
        passed = tuple(gate.sentence for gate in one.gates)
        return Point("good", tr("{notebook} can run: {question}", **about), passed)
    return Point("bad", tr("{notebook} cannot run: {question}", **about), one.reasons)


def _reconciled(page: DataPage) -> Point | None:
    found = page.reconciliation
    if found is None:
        return None
    return Point("good" if found.agrees else "bad", found.sentence)


def _money(counted: Counted, page: DataPage) -> str:
    return money(counted.amount or Decimal(0), page.currency)
