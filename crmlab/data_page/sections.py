"""The data page in the order it is read: sections of sentences, tables and points, the same on paper and on a screen.

What stands here is text: the terminal and the HTML page only lay it out.
"""

from decimal import Decimal

from crmlab.data_page import about_tables
from crmlab.data_page.assemble import Counted, DataPage
from crmlab.data_page.layout import Point, Section
from crmlab.data_page.noticed import Noticed
from crmlab.data_page.personal import Personal
from crmlab.data_page.phrases import count, money, named, share
from crmlab.data_page.readiness import Readiness


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
        Section("next", "What to do next", points=tuple(Point("plain", step) for step in page.next_steps)),
    )


def _in_short(page: DataPage) -> Section:
    read, kept = page.count("read"), page.count("kept")
    able = [notebook for notebook in page.notebooks if notebook.can_run]
    odd = count(len(page.noticed), "odd thing was", "odd things were")
    columns = count(len(page.personal), "column of the raw files holds", "columns of the raw files hold")
    return Section(
        "in-short",
        "In short",
        points=(
            Point(
                "plain",
                f"{count(read.rows, 'row', 'rows')} of transactions read, worth {_money(read, page)}; the rules keep "
                f"{kept.rows:,} of them ({share(kept.rows, read.rows)}), worth {_money(kept, page)}.",
            ),
            Point(
                "good" if len(able) == len(page.notebooks) else "bad",
                f"{len(able):,} of {count(len(page.notebooks), 'notebook', 'notebooks')} can run on these data.",
            ),
            _reconciled(page) or Point("plain", "The counts are not yet held against a total of the client's books."),
            Point("odd", f"{odd} noticed.") if page.noticed else Point("good", "Nothing odd was found."),
            Point("odd", f"{columns} personal data.")
            if page.personal
            else Point("good", "No personal data was found in the raw files."),
        ),
    )


def _ledger(page: DataPage) -> Section:
    said = _reconciled(page)
    advice = (
        "No total of the client's own books is stated. Write it into the client file to have every count held against "
        "it: `ledger: {total: 1234.50, of: read}` (or `of: kept`)."
    )
    return Section("ledger", "Against the client's books", () if said else (advice,), points=(said,) if said else ())


def _noticed(page: DataPage) -> Section:
    if not page.noticed:
        return Section("noticed", "What was noticed", ("Nothing odd was found.",))
    return Section(
        "noticed",
        "What was noticed",
        ("Counted over all rows read, whether or not a rule took them.",),
        points=tuple(Point("odd", one.sentence, _details(one)) for one in page.noticed),
    )


def _details(one: Noticed) -> tuple[str, ...]:
    examples = (f"For example: {'; '.join(one.examples)}.",) if one.examples else ()
    return (*examples, one.advice)


def _gates(page: DataPage) -> Section:
    return Section(
        "gates",
        "How much there is",
        ("What any work with customers asks of data; each notebook asks its own besides.",),
        points=tuple(Point("good" if gate.passed else "bad", gate.sentence) for gate in page.gates),
    )


def _personal(page: DataPage) -> Section:
    looked = f"{count(page.rows_looked_at, 'row', 'rows')} of the raw files, at even distances, were looked at"
    if not page.personal:
        return Section("personal", "Personal data", (f"None was found; {looked}.",))
    return Section(
        "personal",
        "Personal data",
        (f"{looked[0].upper()}{looked[1:]}; no value is shown or kept here.",),
        points=tuple(Point("odd", _personal_sentence(one), (one.advice,)) for one in page.personal),
    )


def _personal_sentence(one: Personal) -> str:
    column = f"{named(one.file)}: column {named(one.column)}"
    if one.by_name:
        article = "an" if one.kind[0] in "aeiou" else "a"
        return f"{column} seems to hold {article} {one.kind}, by its name."
    return (
        f"{column} holds {_kinds(one)} in {one.matching:,} of the {count(one.looked_at, 'value', 'values')} looked at."
    )


def _kinds(one: Personal) -> str:
    return f"{one.kind}es" if one.kind.endswith("s") else f"{one.kind}s"


def _notebooks(page: DataPage) -> Section:
    return Section("notebooks", "Which notebooks can run", points=tuple(_notebook(one) for one in page.notebooks))


def _notebook(one: Readiness) -> Point:
    if one.can_run:
        passed = tuple(gate.sentence for gate in one.gates)
        return Point("good", f"{one.notebook} can run: {one.question}", passed)
    return Point("bad", f"{one.notebook} cannot run: {one.question}", one.reasons)


def _reconciled(page: DataPage) -> Point | None:
    found = page.reconciliation
    if found is None:
        return None
    return Point("good" if found.agrees else "bad", found.sentence)


def _money(counted: Counted, page: DataPage) -> str:
    return money(counted.amount or Decimal(0), page.currency)
