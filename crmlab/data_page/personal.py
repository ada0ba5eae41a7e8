"""Personal data in the raw files: which columns hold it, judged by their values and names, and what to do about it.

No value is ever shown or kept: what leaves this module are names of columns and counts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crmlab.language import mark, tr, translated
from crmlab.tables.convert.text import DIGITS, OTHER_DIGITS

Kind = Literal["e-mail address", "phone number", "national id", "birth date", "name", "address"]

KINDS: Mapping[Kind, tuple[str, str]] = {
    "e-mail address": (mark("e-mail address"), mark("e-mail addresses")),
    "phone number": (mark("phone number"), mark("phone numbers")),
    "national id": (mark("national id"), mark("national ids")),
    "birth date": (mark("birth date"), mark("birth dates")),
    "name": (mark("name"), mark("names")),
    "address": (mark("address"), mark("addresses")),
}
"""What one of a kind is called, and several."""

# What share of a column's different values must be of a kind before the column is said to hold it.
MOST = 0.5
NEARLY_ALL = 0.9
# Fewer different values than this are national ids only if the column's name says so: one number in eleven passes.
FEWEST_IDS = 5

_DIGITS = str.maketrans(OTHER_DIGITS, DIGITS)
_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[^@\s,;<>\"'.]+(\.[^@\s,;<>\"'.]+)*\.[^\W\d_]{2,24}")
_MOBILE_IRAN = re.compile(r"(\+98|0098|98|0)9[0-9]{9}")
_INTERNATIONAL = re.compile(r"(\+|00)[1-9][0-9]{7,14}")
_ANY_PHONE = re.compile(r"\+?[0-9]{7,15}")
_PHONE_MARKS = re.compile(r"[\s()./‐‑–-]")
_NATIONAL_ID = re.compile(r"[0-9]{8,10}")
_TEN = 10
_CHECK_MODULUS = 11

_BY_NAME: Mapping[Kind, re.Pattern[str]] = {
    "e-mail address": re.compile(r"e-?mail|ایمیل|رایانامه"),
    "phone number": re.compile(r"phone|mobile|\bcell\b|\btel\b|telefon|fax|handy|msisdn|موبایل|تلفن|همراه|شماره تماس"),
    "national id": re.compile(r"national (id|code|number)|\bssn\b|social security|passport|کد ?ملی|شماره ملی"),
    "birth date": re.compile(r"birth|\bdob\b|\bborn\b|geburt|naissance|nacimiento|تولد"),
    "address": re.compile(
        r"\baddress\b|\bstreet\b|postal ?code|post ?code|\bzip( ?code)?\b|\badresse\b|آدرس|نشانی|کد ?پستی"
    ),
    "name": re.compile(
        r"\b(first|last|full|family|given|sur|customer|client|buyer|contact) ?name\b|\bsurname\b|"
        r"نام خانوادگی|نام مشتری|نام و نام|^نام$"
    ),
}

# Kinds that a name is enough for where no pattern can tell.
_NAME_IS_ENOUGH: tuple[Kind, ...] = ("birth date", "address", "name")

_ADVICE: Mapping[Kind, str] = {
    "e-mail address": mark("Leave it out of the export: no analysis needs it."),
    "phone number": mark("Leave it out of the export: no analysis needs it."),
    "national id": mark(
        "Leave it out of the export. If it is the only key between systems, replace it by a number of your own and "
        "keep the list of both apart, under lock."
    ),
    "birth date": mark("Replace it by an age group or a year of birth before the export."),
    "name": mark("Leave it out of the export; the customer's number is enough to find the person in your own system."),
    "address": mark("Replace it by the city or the first digits of the postal code."),
}


@dataclass(frozen=True)
class Personal:
    """A column of the raw files that holds personal data.

    Attributes
    ----------
    table, file, column : str
        Where it stands.
    used_as : tuple of str
        Which of our columns it is mapped to; empty where it is not used.
    kind : str
    looked_at, matching : int
        How many values that are not blank were looked at, and how many of them are of the kind; where the column's
        name told it, all of them.
    by_name : bool
        Whether the column's name told it rather than its values.
    advice : str
    """

    table: str
    file: str
    column: str
    used_as: tuple[str, ...]
    kind: Kind
    looked_at: int
    matching: int
    by_name: bool
    advice: str


@dataclass(frozen=True)
class Verdict:
    """What a column's values and name say: the kind, how many values are of it, and whether only the name says so."""

    kind: Kind
    matching: int
    by_name: bool


def judge(name: str, values: Sequence[str]) -> Verdict | None:
    """What kind of personal data a column holds, or None.

    `values` are those that are not blank, as they stand in the file. An order number or a price is none: a kind is
    found only where most of the different values have its form (for national ids nearly all, with a right check
    digit), or where the name of the column says it.
    """
    if not values:
        return None
    plain, words = [_plain(value) for value in values], _words(name)
    for kind, is_one in _FORMS.items():
        named = _BY_NAME[kind].search(words) is not None
        matching = sum(map(is_one, plain))
        different = set(plain)
        of_kind = sum(map(is_one, different))
        if of_kind >= _least(kind, len(different), named=named):
            return Verdict(kind, matching, by_name=False)
    if _BY_NAME["phone number"].search(words) and _share(plain, _is_any_phone) >= MOST:
        return Verdict("phone number", sum(map(_is_any_phone, plain)), by_name=False)
    by_name = next((kind for kind in _NAME_IS_ENOUGH if _BY_NAME[kind].search(words)), None)
    return Verdict(by_name, len(values), by_name=True) if by_name else None


def personal(
    name: str, values: Sequence[str], *, table: str, file: str, used_as: tuple[str, ...] = ()
) -> Personal | None:
    """The column with what `judge` says of it and what to do, or None where it holds no personal data."""
    verdict = judge(name, values)
    if verdict is None:
        return None
    advice = _advice(verdict.kind, used_as)
    return Personal(table, file, name, used_as, verdict.kind, len(values), verdict.matching, verdict.by_name, advice)


def _advice(kind: Kind, used_as: tuple[str, ...]) -> str:
    if "customer_id" in used_as:
        return tr(
            "It is used as customer_id, which stands in every list crmlab writes. Replace it by a number of your own "
            "before the export, and keep the list of both apart, under lock."
        )
    if used_as:
        kept = tr("crmlab keeps it in the clean table on this machine; lists carry customer_id and reasons only.")
        return f"{translated(_ADVICE[kind])} {kept}"
    return f"{translated(_ADVICE[kind])} {tr('crmlab does not read this column into its tables.')}"


def is_national_id(text: str) -> bool:
    """Whether the text is an Iranian national id: ten digits (leading zeros may be lost) with a right check digit.

    The last digit is c mod 11 of the weighted sum of the others, or 11 minus it from 2 on; ten equal digits are none.
    """
    if not _NATIONAL_ID.fullmatch(text):
        return False
    digits = [int(digit) for digit in text.zfill(_TEN)]
    if len(set(digits)) == 1:
        return False
    rest = sum(digit * weight for digit, weight in zip(digits, range(_TEN, 1, -1), strict=False)) % _CHECK_MODULUS
    return digits[-1] == (rest if rest < 2 else _CHECK_MODULUS - rest)  # noqa: PLR2004 - the rule of the check digit


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _is_phone(text: str) -> bool:
    number = _PHONE_MARKS.sub("", text)
    return _MOBILE_IRAN.fullmatch(number) is not None or _INTERNATIONAL.fullmatch(number) is not None


def _is_any_phone(text: str) -> bool:
    return _ANY_PHONE.fullmatch(_PHONE_MARKS.sub("", text)) is not None


_FORMS: Mapping[Kind, Callable[[str], bool]] = {
    "e-mail address": _is_email,
    "phone number": _is_phone,
    "national id": is_national_id,
}


def _least(kind: Kind, different: int, *, named: bool) -> float:
    """How many of so many different values must be of the kind."""
    if kind == "e-mail address":
        return 1  # nothing else looks like one
    if kind == "national id":
        return NEARLY_ALL * different if named else max(NEARLY_ALL * different, FEWEST_IDS)
    return max(MOST * different, 1)


def _share(values: Sequence[str], is_one: Callable[[str], bool]) -> float:
    return sum(map(is_one, values)) / len(values)


def _plain(value: str) -> str:
    return value.strip().translate(_DIGITS)


def _words(name: str) -> str:
    """A column's name in lower-case words: `BirthDate`, `birth_date` and `BIRTH-DATE` are `birth date`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[\s_.\u200c-]+", " ", apart).replace("ي", "ی").replace("ك", "ک").strip().lower()
