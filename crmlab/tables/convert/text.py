"""Texts: trimmed and unified, so that what looks the same is the same."""

from collections.abc import Callable
from typing import Any

import ibis

from crmlab.tables.convert.result import Converted, Reading

SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Unicode calls white space."""

INVISIBLE = "\u200b\u200e\u200f\u061c\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""Direction marks, and spaces without width: they show nowhere and never tell two texts apart."""

OTHER_DIGITS, DIGITS = "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2
ARABIC_LETTERS, PERSIAN_LETTERS = "يىك", "ییک"

# A blank and the ends of a text in one pattern each; trimming by a list of characters is many times slower.
_JOINER = "\u200c"  # between two letters it is spelling, at the end of a text a slip of the finger
_ENDS = f"^[{SPACES}{_JOINER}]+|[{SPACES}{_JOINER}]+$"
_BLANK = f"^[{SPACES}{_JOINER}{INVISIBLE}]*$"
_TIDY = r"(?s)^[!-~](?:[ -~]*[!-~])?$"


@ibis.udf.scalar.builtin(name="strlen")  # type: ignore[untyped-decorator]
def _bytes_in(text: str) -> int:  # type: ignore[empty-body]
    """The number of bytes of the text in UTF-8: DuckDB's own function."""


@ibis.udf.scalar.builtin(name="nfc_normalize")  # type: ignore[untyped-decorator]
def _composed(text: str) -> str:  # type: ignore[empty-body]
    """The text in Unicode's composed form (NFC): DuckDB's own function."""


def as_text(column: Any, reading: Reading) -> Converted:  # noqa: ARG001
    """The column as unified text; a blank is missing."""
    text = column.cast("string")
    return Converted(ibis.cases((is_tidy(text), text), else_=unified(text)), ibis.null("string"))


def is_tidy(text: Any) -> Any:
    """Whether the text is printable ASCII without outer space: nothing is to be done about it, as about most."""
    return text.re_search(_TIDY)


def is_ascii(text: Any) -> Any:
    """Whether every character is ASCII: a test so cheap that it may stand before everything that is not."""
    return _bytes_in(text) == text.length()


def is_blank(text: Any) -> Any:
    """Whether nothing shows in the text."""
    return text.re_search(_BLANK)


def unified(text: Any) -> Any:
    """The text composed (NFC), with Persian yeh and kaf, without direction marks and outer space; null if blank."""
    composed = _composed(text.re_replace(f"[{INVISIBLE}]+", ""))
    whole = composed.translate(ARABIC_LETTERS, PERSIAN_LETTERS).re_replace(_ENDS, "")
    return ibis.cases((is_blank(text), ibis.null("string")), else_=whole)


def with_plain_signs(text: Any) -> Any:
    """The text of a number or a date with ASCII digits, Persian letters and plain spaces, without direction marks."""
    digits = text.translate(OTHER_DIGITS, DIGITS).translate(ARABIC_LETTERS, PERSIAN_LETTERS)
    plain = digits.re_replace(f"[{INVISIBLE}]+", "").re_replace(f"[{SPACES}]", " ")
    return ibis.cases((is_ascii(text), text.re_replace("[\t\n\v\f\r]", " ")), else_=plain)


def once(value: Any, use: Callable[[Any], Any]) -> Any:
    """What `use` makes of the value, which is computed once however often `use` names it.

    Ibis writes an expression out wherever it is used, and the engine shares nothing between the branches of a case.
    """
    return ibis.array([value]).map(use)[0]
