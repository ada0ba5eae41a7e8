"""An export: files of one form that hold one table, and which of their columns is which of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict

from crmlab.tables.schema import Table, Texts

DateOrder = Literal["year_first", "day_first", "month_first", "excel_serial", "jalali"]

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "latin-1": "latin-1",
    "windows-1252": "cp1252",
    "windows-1256": "cp1256",
    "mac-roman": "mac_roman",
}
"""The encodings a client file may name, and Python's codec for each."""

Encoding = Literal["utf-8", "utf-16", "latin-1", "windows-1252", "windows-1256", "mac-roman"]


def _sign(value: object) -> object:
    return {"tab": "\t", "none": "", "space": " "}.get(value, value) if isinstance(value, str) else value


def _separator(value: str) -> str:
    if value in (",", ";", "\t", "|"):
        return value
    raise ValueError(f"got {value!r}; write one of , ; | or tab")


@dataclass(frozen=True)
class Form:
    """How the files of an export are written. Nothing is guessed when data are read: `crmlab init` writes this down.

    Attributes
    ----------
    encoding : str
        Of text files; `utf-8` takes a byte order mark and does without.
    separator : str
        What stands between the values of a text file: `,` `;` `|` or a tab.
    quote : str
        What surrounds values that hold separators or line ends; empty where nothing is quoted.
    skip_lines : int
        Lines (in a workbook: rows) above the header.
    sheets : tuple of str
        The sheets of a workbook to read; none given means the only one with rows.
    decimal, thousands : str
        The marks in numbers; `thousands` is empty where there is none.
    dates : str
        Which part of a date comes first (`year_first` takes 1997-12-31, 1997/12/31 and 19971231), `excel_serial`
        (days since 1899-12-30), or `jalali` (year first, in numbers or with the month's name).
    amounts_in : str
        The unit the money is in where it is not the client's currency: `IRR` (rial) or `IRT` (toman).
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=False)

    encoding: Encoding = "utf-8"
    separator: Annotated[str, AfterValidator(_separator), BeforeValidator(_sign)] = ","
    quote: Annotated[Literal['"', "'", ""], BeforeValidator(_sign)] = '"'
    skip_lines: Annotated[int, Strict(), Field(ge=0, le=1000)] = 0
    sheets: Texts = ()
    decimal: Literal[".", ",", "٫"] = "."
    thousands: Annotated[Literal["", ",", ".", " ", "'", "٬"], BeforeValidator(_sign)] = ""
    dates: DateOrder = "year_first"
    amounts_in: Literal["", "IRR", "IRT"] = ""

    def __post_init__(self) -> None:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}; one mark cannot be both")


@dataclass(frozen=True)
class Export:
    """The files of one form that hold (a part of) one table.

    `names` are as the client file has them (files, patterns, database addresses), relative to `folder`; `columns`
    maps ours to theirs.
    """

    table: Table
    folder: Path
    names: tuple[str, ...]
    columns: Mapping[str, str]
    form: Form = field(default_factory=Form)

    @property
    def where(self) -> str:
        """The export as a message names it."""
        return ", ".join(self.names)
