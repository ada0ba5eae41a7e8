"""What the files say about the client as a whole: the currency, the last day, which ids look like tests."""

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crmlab.errors import DataError, together
from crmlab.intake import names, values
from crmlab.intake.facts import Facts
from crmlab.intake.grouping import Group
from crmlab.tables.schema import TRANSACTIONS
from crmlab.tables.wording import plural

_COUNTRIES = {
    "united kingdom": "GBP",
    "uk": "GBP",
    "england": "GBP",
    "great britain": "GBP",
    "united states": "USD",
    "usa": "USD",
    "us": "USD",
    "germany": "EUR",
    "deutschland": "EUR",
    "france": "EUR",
    "spain": "EUR",
    "espana": "EUR",
    "italy": "EUR",
    "austria": "EUR",
    "osterreich": "EUR",
    "netherlands": "EUR",
    "belgium": "EUR",
    "ireland": "EUR",
    "switzerland": "CHF",
    "canada": "CAD",
    "australia": "AUD",
    "japan": "JPY",
    "turkey": "TRY",
    "iran": "IRR",
    "brazil": "BRL",
    "india": "INR",
    "ایران": "IRR",
}
_TEST_WORDS = re.compile(r"(test|demo|dummy|sample|example|آزمایش|تست|نمونه)[\W_]*\d*", re.IGNORECASE)


@dataclass(frozen=True)
class CurrencyGuess:
    """The client's currency, whether the files prove it, and what speaks for it; `units` is each export's own."""

    code: str
    is_sure: bool
    reason: str
    units: tuple[str, ...]


def currency(groups: Sequence[Group]) -> CurrencyGuess:
    """The currency of the transactions; `units` has, group by group, the unit its money is in (rial or toman).

    Raises
    ------
    DataError
        If the amounts are in several currencies: with the number of values in each.
    """
    found = [_stated(group) for group in groups]
    stated = sum((marks for marks, _ in found), Counter[str]())
    sales = [marks for group, (marks, _) in zip(groups, found, strict=True) if group.mapped.table == TRANSACTIONS]
    known = sum(sales, Counter[str]()) or stated
    others = set(known) - {"IRR", "IRT"}
    if len(others) > 1 or (others and len(known) > 1):
        told = [f"{code}: {plural(rows, 'value')}" for code, rows in known.most_common()]
        raise DataError(
            together("The amounts are in several currencies; make one file of each, or convert them first:", told)
        )
    if known:
        code = known.most_common(1)[0][0]
        reason = next(reason for marks, reason in found if code in marks)
        return CurrencyGuess(code, True, reason, tuple(_unit(marks, code) for marks, _ in found))
    code, reason = _plausible(groups)
    return CurrencyGuess(code, False, reason, ("",) * len(groups))


def _stated(group: Group) -> tuple[Counter[str], str]:
    """What currencies the export's values or headers state, how often, and where they do."""
    column = group.mapped.matches.get("currency")
    if column is not None:
        counts = Counter[str]()
        for text, rows in column.profile.counts.items():
            counts[values.currency_of(text)] += rows
        return Counter({code: rows for code, rows in counts.items() if code}), "the currency column says so"
    if group.numbers is not None and group.numbers.marks:
        return Counter(group.numbers.marks), "the marks beside the amounts say so"
    headers = Counter[str]()
    for match in group.mapped.matches.values():
        if match.column.type == "money":
            words = [values.currency_of(word) for word in names.key_of(match.theirs).split()]
            signs = [code for sign, code in values.MARKS.items() if len(sign) == 1 and sign in match.theirs]
            headers.update({code for code in (*words, *signs) if code})
    return headers, "the header says so"


def _unit(marks: Counter[str], code: str) -> str:
    own = marks.most_common(1)[0][0] if marks else code
    return own if {own, code} == {"IRR", "IRT"} else ""


def _plausible(groups: Sequence[Group]) -> tuple[str, str]:
    if any(group.form.dates == "jalali" for group in groups):
        return "IRR", "nothing says so, but the dates are Jalali; write IRT if the amounts are in toman"
    country = _commonest_country(groups)
    if country is not None:
        return country
    return "USD", "nothing in the files says which; this is only a start"


def _commonest_country(groups: Sequence[Group]) -> tuple[str, str] | None:
    for group in groups:
        for profile in group.looked[0].profiles:
            if names.closeness(profile.name, "customers", "country") == 1 and profile.counts:
                commonest, rows = profile.counts.most_common(1)[0]
                code = _COUNTRIES.get(names.key_of(commonest))
                if code and rows * 2 > len(profile.filled):
                    return code, f"nothing says so, but most rows have {commonest.strip()} as their country"
    return None


def unfinished_month(last: date) -> str:
    """A sentence if the last day is not the last of its month, else an empty text."""
    days = calendar.monthrange(last.year, last.month)[1]
    if last.day == days:
        return ""
    return f"{last:%Y-%m} is not finished: day {last.day} of {days}"


def test_like(groups: Sequence[Group]) -> int:
    """How many of the sampled rows have a customer id that reads like a test (test, demo, dummy …)."""
    return sum(
        rows
        for group in groups
        if group.mapped.table == TRANSACTIONS
        for text, rows in group.mapped.matches["customer_id"].profile.counts.items()
        if _TEST_WORDS.fullmatch(values.plain(text))
    )


def last_day(facts: Sequence[Facts], today: date) -> date:
    """The last date in the data that is not after today."""
    return max((one.last_until_today for one in facts if one.last_until_today is not None), default=today)
