"""Profiles of a file's columns -> which table it holds, and which of its columns is which of ours, with reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crmlab.intake.agreement import amounts_agree, repeats_order_total
from crmlab.intake.names import closeness, key_of
from crmlab.intake.profile import Profile
from crmlab.tables.schema import CUSTOMERS, PRODUCTS, TABLES, TRANSACTIONS, Column, Table
from crmlab.tables.wording import plural

Confidence = Literal["high", "medium", "low"]

_SURE_NAME = 0.9
_NAMED = 0.5
_NAMED_OPTIONAL = 0.65
_NEEDED = ("customer_id", "date", "amount", "quantity", "unit_price", "product_id")
_SURE_VALUES = 0.98
_FITTING = 0.8
_UNIQUE = 0.95
_SEVERAL = 0.02
_NEAR = 0.1
_MANY_ROWS = 30
_NAMELESS = 0.3
_LONGEST_ID = 40


@dataclass(frozen=True)
class Match:
    """Which of the file's columns is one of ours, how sure that is and why; `alternatives` could be it too."""

    column: Column
    profile: Profile
    confidence: Confidence
    reason: str
    alternatives: tuple[str, ...] = ()

    @property
    def theirs(self) -> str:
        """The file's name for it."""
        return self.profile.name


@dataclass(frozen=True)
class Mapped:
    """The table a file holds, and its columns as they were matched; `notes` say what was left out and why."""

    table: Table
    matches: Mapping[str, Match]
    notes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every required column is there, and one of the groups that say what was paid."""
        required = all(column.name in self.matches for column in self.table.columns if column.required)
        groups = self.table.either
        return required and (not groups or any(set(group) <= set(self.matches) for group in groups))

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not there, in words for a message."""
        names = [column.name for column in self.table.columns if column.required and column.name not in self.matches]
        groups = self.table.either
        if groups and not any(set(group) <= set(self.matches) for group in groups):
            names.append(" or ".join(" and ".join(group) for group in groups))
        return tuple(names)


GUESSED = (TRANSACTIONS, CUSTOMERS, PRODUCTS)
"""The tables whose columns are guessed from the names clients use; others are known by crmlab's own names only."""


def other_table(columns: Sequence[str]) -> Table | None:
    """Which of the other tables a header speaks of in crmlab's own names: more of it than of any that is guessed."""
    header = {key_of(name) for name in columns}
    hits = {table.name: len(header & {key_of(name) for name in table.column_names}) for table in TABLES}
    whole = [
        table
        for table in TABLES
        if table not in GUESSED
        and {key_of(column.name) for column in table.columns if column.required} <= header
        and all(hits[table.name] > hits[guessed.name] for guessed in GUESSED)
    ]
    return max(whole, key=lambda table: hits[table.name], default=None)


def map_columns(profiles: Sequence[Profile]) -> Mapped:
    """The most likely table and mapping; it is not complete where the file holds none of crmlab's tables."""
    sales, customers, products = (_by_name(profiles, table) for table in GUESSED)
    if sales.is_complete and not (_is_register(customers) and len(customers.matches) > len(sales.matches)):
        return _with_amounts(sales)
    if _is_register(customers):
        return customers
    if _is_register(products) and "customer_id" not in sales.matches:
        return products
    return _with_amounts(_by_values(_with_only_price(sales), profiles))


def _by_name(profiles: Sequence[Profile], table: Table) -> Mapped:
    named = {
        (column.name, profile.position): closeness(profile.name, table.name, column.name)
        for column in table.columns
        for profile in profiles
    }
    columns = {column.name: column for column in table.columns}
    by_position = {profile.position: profile for profile in profiles}
    scores = {
        pair: score * fit(columns[pair[0]], by_position[pair[1]], table)
        for pair, score in named.items()
        if score >= (_NAMED if pair[0] in _NEEDED else _NAMED_OPTIONAL) and by_position[pair[1]].name.strip()
    }
    matches: dict[str, Match] = {}
    taken: set[int] = set()
    # Of columns that a name suits alike, the one that must be there takes it.
    order = sorted(scores, key=lambda pair: (-round(scores[pair], 2), not columns[pair[0]].required, -scores[pair]))
    for name, position in order:
        if name in matches or position in taken or scores[name, position] < _NAMED * _FITTING:
            continue
        profile, column = by_position[position], columns[name]
        others = tuple(
            by_position[other].name
            for ours, other in scores
            if ours == name and other != position and scores[ours, other] >= scores[name, position] - _NEAR
        )
        matches[name] = _match(column, profile, named[name, position], fit(column, profile, table), others)
        taken.add(position)
    return Mapped(table, {name: matches[name] for name in columns if name in matches})


def fit(column: Column, profile: Profile, table: Table) -> float:
    """How well the values suit the column, from 0 (not at all) to 1; one without values suits most not too badly."""
    if not profile.filled:
        # An empty amount must not keep quantity and price, which may be there, from saying what was paid.
        return 0.0 if any(column.name in group for group in table.either) else 0.6
    if column.name == "currency":
        return profile.currency_share
    if column.name == "customer_id" and table is TRANSACTIONS:
        return _customer_fit(profile)
    if column.type == "id":
        return 0.3 if profile.date_share > _FITTING and profile.number_share < _FITTING else 1.0
    if column.type == "text":
        return 0.7 if profile.number_share > _FITTING or profile.date_share > _FITTING else 1.0
    by_type = {
        "date": profile.date_share,
        "money": profile.number_share,
        "number": profile.number_share,
        "flag": profile.flag_share,
    }
    return by_type[column.type]


def _customer_fit(profile: Profile) -> float:
    if profile.date_share > _FITTING and profile.number_share < _FITTING:
        return 0.0
    if len(profile.filled) >= _MANY_ROWS and len(profile.counts) == len(profile.filled):
        return 0.7  # an id on each row is more likely the row's than the customer's
    return 1.0


def _match(column: Column, profile: Profile, name: float, values: float, others: tuple[str, ...]) -> Match:
    if name >= _SURE_NAME and values >= _SURE_VALUES and not others:
        confidence: Confidence = "high"
    elif name >= _NAMED and values >= _FITTING:
        confidence = "medium"
    else:
        confidence = "low"
    return Match(column, profile, confidence, _reason(column, profile, name, values), others)


def _reason(column: Column, profile: Profile, name: float, values: float) -> str:
    called = "its name says so" if name >= _SURE_NAME else "its name is near" if name else "its name says nothing"
    if not profile.filled:
        return f"{called}; no value in the rows looked at"
    if column.name == "customer_id" and values < 1:
        return f"{called}, but it differs on every row"
    kinds = {"date": "dates", "money": "numbers", "number": "numbers", "flag": "yes or no", "id": "", "text": ""}
    kind = "currencies" if column.name == "currency" else kinds[column.type]
    if not kind:
        return f"{called}; {plural(len(profile.counts), 'different value')} among the rows looked at"
    return f"{called}; {values:.0%} of its values are {kind}" if values < 1 else f"{called}; all values are {kind}"


def _is_register(mapped: Mapped) -> bool:
    """Whether the table has a row for each id rather than a row for each sale."""
    key = mapped.matches.get(mapped.table.columns[0].name)
    return key is not None and key.profile.distinct_share >= _UNIQUE and len(mapped.matches) > 1


def _with_only_price(sales: Mapped) -> Mapped:
    """The only price of a file without quantities is what was paid."""
    if "unit_price" not in sales.matches or {"amount", "quantity"} & set(sales.matches):
        return sales
    price = sales.matches["unit_price"]
    amount = next(column for column in TRANSACTIONS.columns if column.name == "amount")
    matches = {name: match for name, match in sales.matches.items() if name != "unit_price"}
    reason = "the only price in a file without quantities"
    return replace(sales, matches={**matches, "amount": replace(price, column=amount, confidence="low", reason=reason)})


def _by_values(sales: Mapped, profiles: Sequence[Profile]) -> Mapped:
    """What is still missing, from the values of columns whose names say nothing."""
    matches = dict(sales.matches)
    has_paid = any(set(group) <= set(matches) for group in TRANSACTIONS.either)
    wanted = [
        name
        for name in ("date", "customer_id", "amount")
        if name not in matches and not (name == "amount" and has_paid)
    ]
    columns = {column.name: column for column in TRANSACTIONS.columns}
    for name in wanted:
        taken = {match.profile.position for match in matches.values()}
        free = [profile for profile in profiles if profile.position not in taken and profile.name.strip()]
        likely = [profile for profile in free if _LIKELY[name](profile)]
        if likely:
            found = min(likely, key=_repeats) if name == "customer_id" else likely[0]
            others = tuple(profile.name for profile in likely if profile is not found)
            matches[name] = replace(_match(columns[name], found, 0.0, 1.0, others), confidence="low")
    return replace(sales, matches={name: matches[name] for name in columns if name in matches})


def _repeats(profile: Profile) -> float:
    # A customer comes back a few times; what repeats hundreds of times is a product, a shop or a country.
    return abs(profile.distinct_share - _NAMELESS)


def _likely_date(profile: Profile) -> bool:
    return profile.date_share >= _SURE_VALUES and profile.dates is not None and profile.dates.order != "excel_serial"


def _likely_customer(profile: Profile) -> bool:
    short = all(len(text) <= _LONGEST_ID and " " not in text.strip() for text in list(profile.counts)[:200])
    whole = profile.numbers is None or not any(mark in text for text in list(profile.counts)[:200] for mark in ".,")
    several = len(profile.counts) > 1 and _SEVERAL < profile.distinct_share < _UNIQUE
    return short and whole and several and profile.flag_share < _FITTING and not _likely_date(profile)


def _likely_amount(profile: Profile) -> bool:
    return profile.number_share >= _SURE_VALUES and len(profile.counts) > 1 and not _likely_date(profile)


_LIKELY = {"date": _likely_date, "customer_id": _likely_customer, "amount": _likely_amount}


def _with_amounts(sales: Mapped) -> Mapped:
    """The mapping after amount, quantity and price were held against each other."""
    found = sales.matches
    if not {"amount", "quantity", "unit_price"} <= set(found):
        return sales
    amount, quantity, price = (found[name].profile for name in ("amount", "quantity", "unit_price"))
    agreeing = amounts_agree(amount, quantity, price)
    if agreeing >= _SURE_VALUES:
        reason = f"{found['amount'].reason}; equals quantity × unit price on {agreeing:.1%} of the rows"
        return replace(sales, matches={**found, "amount": replace(found["amount"], reason=reason)})
    order = found.get("order_id")
    if order is not None and repeats_order_total(amount, quantity, price, order.profile):
        note = f"{amount.name!r} repeats the total of the order on each of its lines and would count several times"
        matches = {name: match for name, match in found.items() if name != "amount"}
        return replace(sales, matches=matches, notes=(*sales.notes, note))
    reason = (
        f"{found['amount'].reason}; differs from quantity × unit price on {1 - agreeing:.1%} of the rows "
        "(discounts or taxes?), and is what counts"
    )
    amended = replace(found["amount"], confidence="medium", reason=reason)
    return replace(sales, matches={**found, "amount": amended})
