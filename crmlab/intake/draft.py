"""Everything guessed -> the text of a client file: YAML with its doubts as comments, and the list of what to confirm.

Every text that comes from a file is written by the YAML library, and cleaned of line ends in comments, so that no
header and no file name can mean anything but itself. Values of columns are never shown, except codes of lines that
are no product, with their names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from crmlab.intake import decide
from crmlab.intake.decide import CurrencyGuess
from crmlab.intake.facts import Facts
from crmlab.intake.grouping import Group
from crmlab.intake.mapping import Match
from crmlab.intake.readings import Consequences
from crmlab.tables.export import Form
from crmlab.tables.schema import TRANSACTIONS, Rules
from crmlab.tables.wording import plural

_LONGEST_COMMENT = 80
_MOST_CODES = 40
_WIDTH = 10**9
_PERCENT = 100


@dataclass(frozen=True)
class Understood:
    """All that was found out: the exports, the facts of each, the currency, and what was put under which folder."""

    folder: Path
    groups: tuple[Group, ...]
    facts: tuple[Facts, ...]
    currency: CurrencyGuess
    observed_until: date
    today: date
    rules: Rules
    passed_over: tuple[str, ...] = ()

    @property
    def sales(self) -> list[tuple[Group, Facts]]:
        """The exports of transactions with their facts."""
        pairs = zip(self.groups, self.facts, strict=True)
        return [(group, facts) for group, facts in pairs if group.mapped.table == TRANSACTIONS]

    @property
    def together(self) -> Facts:
        """The facts of all transactions."""
        whole = Facts()
        for _, facts in self.sales:
            whole.add(facts)
        return whole


@dataclass
class _Writer:
    """The lines of the file, and what the reader is asked to confirm."""

    lines: list[str] = field(default_factory=list)
    confirm: list[str] = field(default_factory=list)

    def line(self, text: str = "", comment: str = "", *, indent: int = 0) -> None:
        told = f"  # {clean(comment, 200)}" if comment else ""
        self.lines.append(f"{' ' * indent}{text}{told}".rstrip())

    def comment(self, text: str, *, indent: int = 0) -> None:
        self.lines.append(f"{' ' * indent}# {clean(text, 200)}")

    def ask(self, text: str) -> None:
        self.confirm.append(clean(text, 300))


def write(understood: Understood) -> tuple[str, tuple[str, ...]]:
    """The client file's text, and what is to be confirmed in it."""
    writer = _Writer()
    _heading(writer, understood)
    _tables(writer, understood)
    _rules(writer, understood)
    _ask_about_several(writer, understood)
    _ending(writer)
    return "\n".join(writer.lines) + "\n", tuple(writer.confirm)


def scalar(text: str) -> str:
    """The text as YAML on one line, in double quotes wherever it could mean anything else."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", text) and yaml.safe_load(text) == text:
        return text
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=_WIDTH)
    return written.strip()


def clean(text: str, length: int = _LONGEST_COMMENT) -> str:
    """The text on one line, without signs that cannot be seen, cut if it is long."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def client_id(folder: Path) -> str:
    """The folder's name as an id."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.name.lower())[:64].strip("-")
    return plain or "client"


def _heading(writer: _Writer, understood: Understood) -> None:
    folder, whole = understood.folder, understood.together
    writer.comment("Written by `crmlab init`. Lines marked CONFIRM are guesses; the list of them is at the end.")
    writer.line(f"id: {client_id(folder)}")
    writer.line(f"name: {scalar(clean(re.sub(r'[-_]+', ' ', folder.name), 60) or 'Client')}")
    _last_day(writer, understood, whole)
    guess = understood.currency
    if guess.is_sure:
        writer.line(f"currency: {guess.code}", guess.reason)
    else:
        writer.line(f"currency: {guess.code}", f"CONFIRM: {guess.reason}")
        writer.ask(f"currency is {guess.code}: {guess.reason}.")
    writer.line()


def _last_day(writer: _Writer, understood: Understood, whole: Facts) -> None:
    last = understood.observed_until
    notes = ["the last date in the data"]
    if whole.after_today:
        notes.append(f"{plural(whole.after_today, 'row')} after today ({understood.today}) will be left out")
    unfinished = decide.unfinished_month(last)
    notes += [unfinished] if unfinished else []
    writer.line(f"observed_until: {last}", "CONFIRM: " + "; ".join(notes))
    writer.ask(f"observed_until is {last}, {'; '.join(notes)}. Is it the last day the export covers?")


def _tables(writer: _Writer, understood: Understood) -> None:
    writer.line("tables:")
    tables: dict[str, list[int]] = {}
    for at, group in enumerate(understood.groups):
        tables.setdefault(group.mapped.table.name, []).append(at)
    for table, positions in tables.items():
        writer.line(f"{table}:", indent=2)
        for at in positions:
            _export(writer, understood, at, in_list=len(positions) > 1)
    writer.line()


def _export(writer: _Writer, understood: Understood, at: int, *, in_list: bool) -> None:
    group, facts = understood.groups[at], understood.facts[at]
    indent = 6 if in_list else 4
    if in_list:
        writer.line("-", f"export {at + 1}", indent=4)
    writer.comment(f"{plural(group.rows, 'row')} in {plural(len(group.looked), group.kind_of_parts)}", indent=indent)
    names = group.names(understood.folder)
    if len(names) == 1:
        writer.line(f"files: {scalar(names[0])}", indent=indent)
    else:
        writer.line("files:", indent=indent)
        for name in names:
            writer.line(f"- {scalar(name)}", indent=indent + 2)
    _form(writer, understood, at, indent)
    writer.line("columns:", indent=indent)
    for match in group.mapped.matches.values():
        _column(writer, match, facts, indent + 2)
    for note in group.mapped.notes:
        writer.comment(note, indent=indent + 2)
        writer.ask(f"{group.mapped.table.name}: {note}.")
    _unused(writer, group, indent + 2)


def _form(writer: _Writer, understood: Understood, at: int, indent: int) -> None:
    group = understood.groups[at]
    keys = dict(_form_keys(group.form))
    unit = understood.currency.units[at]
    if unit:
        keys["amounts_in"] = unit
    doubts = list(_form_doubts(writer, group))
    if not keys and not doubts:
        return
    writer.line("format:", indent=indent)
    if not keys:
        keys = {"dates": group.form.dates}
    for doubt in doubts:
        writer.comment(doubt, indent=indent + 2)
    for key, value in keys.items():
        writer.line(f"{key}: {value}", indent=indent + 2)


def _form_keys(form: Form) -> Iterator[tuple[str, str]]:
    usual = Form()
    signs = {"\t": "tab", "": "none", " ": "space"}
    for key in ("encoding", "separator", "quote", "decimal", "thousands", "dates"):
        value = getattr(form, key)
        if value != getattr(usual, key):
            yield key, scalar(signs.get(value, value))
    if form.skip_lines:
        yield "skip_lines", str(form.skip_lines)
    if form.sheets:
        yield "sheets", "[" + ", ".join(scalar(sheet) for sheet in form.sheets) + "]"


def _form_doubts(writer: _Writer, group: Group) -> Iterator[str]:
    where = clean(group.looked[0].label, 60)
    dates, numbers = group.dates, group.numbers
    if dates is not None and dates.rivals:
        yield f"CONFIRM dates: every value can be read in {len(dates.rivals) + 1} ways:"
        for reading in (dates.chosen, *dates.rivals):
            yield f"  {_told(reading)}"
        writer.ask(f"dates in {where} are {dates.order}; the other reading is {_told(dates.rivals[0])}.")
    if numbers is not None and numbers.rivals:
        yield "CONFIRM decimal and thousands: every number can be read in several ways:"
        for style, total in ((numbers.style, numbers.total), *numbers.rivals):
            yield f"  decimal {style.decimal!r}, thousands {style.thousands!r}: they sum to {total:,}"
        writer.ask(
            f"numbers in {where} have decimal {numbers.style.decimal!r} and thousands {numbers.style.thousands!r}."
        )
    rivals = dict.fromkeys(name for looked in group.looked for name in looked.rival_encodings)
    if rivals:
        yield f"CONFIRM encoding: {' and '.join(rivals)} would read the letters nearly as well"
        writer.ask(f"encoding of {where} is {group.form.encoding}; look whether names in it read well.")


def _told(reading: Consequences) -> str:
    return (
        f"{reading.order}: {reading.first} to {reading.last}, {plural(reading.months, 'month')} with rows, "
        f"{plural(reading.after_today, 'row')} after today, {plural(reading.steps_back, 'step')} back in time"
    )


def _column(writer: _Writer, match: Match, facts: Facts, indent: int) -> None:
    ours, theirs = match.column.name, scalar(match.theirs)
    others = ", ".join(clean(name, 30) for name in match.alternatives)
    also = f"; {others} could be it too" if others else ""
    if match.column.personal:
        writer.comment(f"{ours}: {theirs}", indent=indent)
        writer.comment("  personal data: take the # off only where a notebook needs it", indent=indent)
        return
    doubtful = match.confidence == "low" or (match.confidence == "medium" and match.column.required) or others
    mark = "CONFIRM: " if doubtful else ""
    writer.line(f"{ours}: {theirs}", f"{mark}{match.confidence}: {match.reason}{also}", indent=indent)
    if doubtful:
        writer.ask(f"{ours} is {clean(match.theirs, 60)} ({match.confidence}): {match.reason}{also}.")
    if ours in facts.faults:
        count = facts.faults[ours][0]
        writer.comment(f"{plural(count, 'value')} of it cannot be read; crmlab check names them", indent=indent)
        writer.ask(
            f"{plural(count, 'value')} of {clean(match.theirs, 60)} cannot be read as they stand: mend the file."
        )


def _unused(writer: _Writer, group: Group, indent: int) -> None:
    used = {match.profile.position for match in group.mapped.matches.values()}
    columns = [profile.name for profile in group.looked[0].profiles if profile.position not in used]
    left = [clean(name, 40) for name in columns if name.strip()]
    if left:
        more = f" and {len(left) - 10} more" if len(left) > 10 else ""  # noqa: PLR2004
        writer.comment(f"not used: {', '.join(left[:10])}{more}", indent=indent)


def _rules(writer: _Writer, understood: Understood) -> None:
    facts, usual = understood.together, understood.rules
    writer.line("rules:")
    _rule(writer, "returns", usual.returns, f"or net, drop: {plural(facts.returns, 'row')} below zero or marked")
    _rule(
        writer,
        "zero_amounts",
        usual.zero_amounts,
        f"or keep: {plural(facts.zero_amounts, 'row')} for which nothing was paid",
    )
    _rule(writer, "negative_prices", usual.negative_prices, f"or keep: {plural(facts.negative_prices, 'row')}")
    duplicates = "not counted yet" if facts.duplicates is None else f"{plural(facts.duplicates, 'row')} repeated whole"
    _rule(writer, "exact_duplicates", usual.exact_duplicates, f"or exclude, keep: {duplicates}")
    _rule(writer, "non_product_lines", usual.non_product_lines, "or keep: postage, fees, discounts and the like")
    _non_products(writer, facts)
    _test_customers(writer, understood)
    _fine_amounts(writer, understood)
    writer.comment(f"left out in any case: {plural(facts.missing_ids, 'row')} without a customer", indent=2)
    if facts.destroyed_ids:
        told = f"{plural(facts.destroyed_ids, 'row')} whose customer's id a spreadsheet has rounded (5.94773E+23)"
        writer.comment(f"and {told}", indent=2)
        writer.ask(f"{told} will be left out: ask for the export with ids as text.")
    writer.line()
    money = f"{facts.total:,.2f} {understood.currency.code}"
    writer.comment(f"All rows together: {facts.rows:,} rows, {money}.")
    writer.comment("To hold this against the client's own books, state their total:")
    writer.comment(f"ledger: {{total: {facts.total:.2f}, of: read}}")
    writer.line()


def _ask_about_several(writer: _Writer, understood: Understood) -> None:
    whole = understood.together
    if whole.returns == whole.rows:
        writer.ask("all rows are returns: is the sign of the amounts the other way round?")
    if all(len(group.mapped.matches["customer_id"].profile.counts) == 1 for group, _ in understood.sales):
        writer.ask("all rows looked at are of one customer: is another column the customer's?")
    if len(understood.sales) > 1:
        several = f"transactions come from {len(understood.sales)} exports of different form"
        writer.ask(f"{several}; see that no sale is in two of them, or it counts twice.")
    for told in understood.passed_over:
        writer.ask(f"passed over: {told}")


def _rule(writer: _Writer, key: str, value: str, comment: str) -> None:
    writer.line(f"{key}: {value}", comment, indent=2)


def _non_products(writer: _Writer, facts: Facts) -> None:
    codes = facts.no_products()
    if not codes or len(codes) > _MOST_CODES:
        return
    writer.line("non_products:", "CONFIRM: lines of these codes or names are no product", indent=2)
    for one in codes:
        named = f"{clean(one.name, 40)}: " if one.name and one.name != one.code else ""
        writer.line(f"- {scalar(one.code)}", f"{named}{plural(one.rows, 'row')}", indent=4)
    writer.ask(f"non_products: {', '.join(clean(one.code, 20) for one in codes)} are no products.")


def _test_customers(writer: _Writer, understood: Understood) -> None:
    rows = decide.test_like(understood.groups)
    if rows:
        writer.comment('test_customers: ["test*"]', indent=2)
        writer.comment(f"  {plural(rows, 'row')} looked at have a customer id that reads like a test", indent=2)
        writer.ask(
            f"{plural(rows, 'row')} looked at are of customers that read like tests; name them in test_customers."
        )


def _fine_amounts(writer: _Writer, understood: Understood) -> None:
    rows, choice = understood.together.too_fine, understood.rules.fine_amounts
    if not rows:
        _rule(writer, "fine_amounts", choice, "or round: amounts with more than four decimals")
        return
    told = f"{plural(rows, 'value')} with more than four decimals; each is rounded to four"
    _rule(writer, "fine_amounts", choice, f"CONFIRM: {told} (or refuse)")
    writer.ask(f"fine_amounts: {told}.")


def _ending(writer: _Writer) -> None:
    writer.comment("To confirm:")
    for number, text in enumerate(writer.confirm, 1):
        writer.comment(f"{number}. {text}")
    if not writer.confirm:
        writer.comment("nothing")
