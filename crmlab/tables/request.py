"""What is to become a clean table, and what decides how it will look."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from crmlab.tables.export import Export
from crmlab.tables.schema import BOOKED_ON, CHANGED, EXCLUDED_BY, TRANSACTIONS, Rules, Table, blanked

# What one unit of the first is in units of the second.
UNITS: Mapping[tuple[str, str], str] = {("IRR", "IRT"): "0.1", ("IRT", "IRR"): "10"}


@dataclass(frozen=True)
class Request:
    """What is to become a clean table: its exports, the last day of observation, the client's rules and currency."""

    exports: tuple[Export, ...]
    observed_until: date
    rules: Rules
    currency: str

    @property
    def table(self) -> Table:
        """The declaration of the table."""
        return self.exports[0].table

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the clean table's columns in their order: those that any export maps, and what is added.

        Transactions always have `amount` and `is_return`, and `booked_on` where returns are netted. `changed` is there
        only where something in a row may be changed.
        """
        named = self._mapped | ({"amount", "is_return"} if self.table == TRANSACTIONS else set())
        added = (*((BOOKED_ON,) if self.nets else ()), *((CHANGED,) if self._changes_rows else ()))
        return (*(name for name in self.table.column_names if name in named), *added, EXCLUDED_BY)

    @property
    def nets(self) -> bool:
        """Whether returns move to the date of their order."""
        return self.table == TRANSACTIONS and self.rules.returns == "net"

    def seeks_duplicates(self, export: Export) -> bool:
        """Whether rows of the export may be left out because they repeat another in every column of the file."""
        if self.table != TRANSACTIONS or self.rules.exact_duplicates == "keep":
            return False
        return self.rules.exact_duplicates == "exclude" or "order_id" in export.columns

    def unit_factor(self, export: Export) -> str | None:
        """By what the export's money is multiplied to be in the client's currency, or None where it is in it."""
        return UNITS.get((export.form.amounts_in, self.currency))

    def facts(self) -> dict[str, Any]:
        """What decides, beside the bytes of the files, what the clean table holds."""
        return {
            "table": self.table.name,
            "exports": [(asdict(export.form), dict(export.columns)) for export in self.exports],
            "observed_until": self.observed_until.isoformat(),
            "rules": asdict(self.rules),
            "currency": self.currency,
        }

    @property
    def _mapped(self) -> set[str]:
        return {name for export in self.exports for name in export.columns}

    @property
    def _changes_rows(self) -> bool:
        signs = self.table == TRANSACTIONS and any(
            "is_return" in export.columns or {"amount", "quantity"} <= set(export.columns) for export in self.exports
        )
        numbers = {column.name for column in self.table.columns if column.type in ("money", "number")} & self._mapped
        units = numbers and any(self.unit_factor(export) for export in self.exports)
        rounds = numbers and self.rules.fine_amounts == "round"
        misfits = {column.name for rule in blanked(self.table) for column in rule.columns} & self._mapped
        return bool(self.nets or signs or units or rounds or misfits)
