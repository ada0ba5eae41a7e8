"""Raw columns -> typed columns: which texts and types are taken for an id, a date or an amount of money, and which not.

Nothing is guessed. A value is missing (null or blank), or it is taken as its file's `Form` says it is written, or it
is a fault that the user has to mend in the file or in the client file. The expressions are plain Ibis, but for the two
functions of DuckDB named in `text`.

- **id**, **text**: trimmed and unified (`text`, `ids`); an id's `12346.0` is `12346`.
- **date**: a day in the order, calendar and digits of the form, with or without a time of day (`dates`, `jalali`).
- **money**, **number**: decimals with the marks of the form; money may have its currency beside it (`numbers`,
  `currency`).
- **flag**: words for yes and no (`flags`).
"""

from collections.abc import Callable
from typing import Any

from crmlab.tables.convert.accepted import refused_type
from crmlab.tables.convert.dates import as_date
from crmlab.tables.convert.flags import as_flag
from crmlab.tables.convert.ids import as_id, is_destroyed
from crmlab.tables.convert.numbers import MONEY, as_money, as_number
from crmlab.tables.convert.result import FAULTS, Converted, Fault, Reading
from crmlab.tables.convert.text import as_text
from crmlab.tables.export import Form
from crmlab.tables.schema import ColumnType

__all__ = ["FAULTS", "MONEY", "Converted", "Fault", "convert", "is_destroyed", "refused_type"]


def convert(
    column: Any, to: ColumnType, form: Form, *, currency: str | None = None, round_fine: bool = False
) -> Converted:
    """The raw `column`, written in `form`, as type `to`; its own type must have passed `refused_type`.

    Parameters
    ----------
    column : ibis column
        Text as the file has it, or a typed column of Parquet.
    to : str
        The type of ours.
    form : Form
        How the file is written; typed dates and numbers are taken whatever it says.
    currency : str, optional
        The client's currency. Amounts with a mark of it (`£12.50`) are read, in the unit of `form.amounts_in` where
        that is given; without a currency every mark is a fault. Nothing is converted from one unit to another.
    round_fine : bool
        Whether amounts with more than four decimals are rounded (halves away from zero) rather than a fault.
    """
    return _CONVERT[to](column, Reading(form, currency, round_fine))


_CONVERT: dict[ColumnType, Callable[[Any, Reading], Converted]] = {
    "id": as_id,
    "text": as_text,
    "date": as_date,
    "money": as_money,
    "number": as_number,
    "flag": as_flag,
}
