"""What a notebook hands over: findings, lists to act on, and refusals, each readable by people and programs.

They leave a notebook as cell outputs with a MIME type of their own beside the HTML a person sees. The runner
collects them by that type; notebooks write no files.
"""

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, Protocol

import numpy as np
import pandas as pd
from IPython.display import display

from crmlab.display import Unit, format_interval, marked_code, quantity, show_table
from crmlab.errors import DataError
from crmlab.estimate import Evidence
from crmlab.language import count, listed, mark, percent, tr

FINDINGS_MIME = "application/vnd.crmlab.findings+json"
LIST_MIME = "application/vnd.crmlab.list+json"
REFUSAL_MIME = "application/vnd.crmlab.refusal+json"

_GRADES: dict[Evidence | None, str] = {
    "experiment": mark("experiment"),
    "quasi-experiment": mark("quasi-experiment"),
    "association": mark("association"),
    "description": mark("description"),
    "model": mark("model"),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One number a notebook stands by.

    Attributes
    ----------
    id : str
        Stable name, notebook number first (`02.top_share`), so that programs and later reports can find it.
    claim : str
        The sentence the number supports, computed, not assumed.
    value : float
        The estimate, in `unit`.
    unit : str
        `share` (0 to 1), `change` (relative: 0.1 is a tenth more), `points` (a difference of shares, −1 to 1), `count`,
        `money`, `days`, `index` or `number`.
    low, high : float or None
        Interval around `value` at `level`; None only where `value` is a count of the data itself.
    n : int
        How many of the denominator's units the number rests on.
    method, denominator, window : str
        How it was computed, of what it is a share or mean, and over which dates.
    level : float
        Level of the interval.
    headline : bool
        Whether the client's index page shows it.
    evidence : str or None
        What it rests on: `experiment`, `quasi-experiment`, `association`, `description` or `model`. None where that is
        not known, as in records from before it was asked.
    """

    id: str
    claim: str
    value: float
    unit: Unit
    low: float | None
    high: float | None
    n: int
    method: str
    denominator: str
    window: str
    level: float = 0.95
    headline: bool = False
    evidence: Evidence | None = None

    @property
    def grade(self) -> str:
        """The grade of its evidence and what may be said with it, in the language spoken; empty if it is not known."""
        match self.evidence:
            case "experiment":
                return tr("Evidence: experiment. Chance decided who was treated, so the difference is an effect.")
            case "quasi-experiment":
                return tr(
                    "Evidence: quasi-experiment. Chance did not decide; the effect is as good as the comparison that "
                    "stands in for it."
                )
            case "association":
                return tr("Evidence: association. What goes together or differs is shown, not what causes it.")
            case "description":
                return tr("Evidence: description. It says what the data hold, not why.")
            case "model":
                return tr("Evidence: model. It is expected, not seen, and as good as what the model takes to be true.")
            case _:
                return ""


class Estimate(Protocol):
    """What an analysis knows about one number; the analyses' own estimates have this form."""

    @property
    def value(self) -> float:
        """The estimate."""

    @property
    def low(self) -> float | None:
        """Lower end of its interval, or None."""

    @property
    def high(self) -> float | None:
        """Upper end of its interval, or None."""

    @property
    def n(self) -> int:
        """How many of the denominator's units it rests on."""

    @property
    def level(self) -> float:
        """Level of the interval."""

    @property
    def method(self) -> str:
        """How it was computed."""

    @property
    def denominator(self) -> str:
        """Of what it is a share or mean."""

    @property
    def window(self) -> str:
        """Over which dates."""

    @property
    def evidence(self) -> Evidence:
        """What it rests on."""


def finding(
    id: str,  # noqa: A002 - the finding's own word for it
    claim: str,
    estimate: Estimate,
    *,
    unit: Unit = "share",
    headline: bool = False,
) -> Finding:
    """A `Finding` from an estimate of an analysis, with its interval, n, method, denominator, window and evidence."""
    return Finding(
        id=id,
        claim=claim,
        value=estimate.value,
        unit=unit,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        method=estimate.method,
        denominator=estimate.denominator,
        window=estimate.window,
        level=estimate.level,
        headline=headline,
        evidence=estimate.evidence,
    )


@dataclass(frozen=True)
class Findings:
    """The findings of one cell, shown as one table; `currency` is that of those in money."""

    items: tuple[Finding, ...]
    currency: str = ""

    def __post_init__(self) -> None:
        bare = [item.id for item in self.items if item.unit == "money" and not self.currency]
        if bare:
            raise ValueError(f"findings in money need a currency, for example currency=shop.currency: {bare}")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        rows = [asdict(item) for item in self.items]
        return {FINDINGS_MIME: rows, "text/html": self._table()._repr_html_(), "text/plain": repr(self._table())}

    def _table(self) -> Any:
        rows = [
            {
                "finding": item.claim,
                "value": quantity(item.value, item.unit, self.currency, (item.low, item.high)),
                "interval": format_interval(item.low, item.high, item.unit, self.currency, (item.value,)),
                "basis": tr(
                    "n = {n}: {denominator}; {window}; {method}",
                    n=count(item.n),
                    denominator=item.denominator,
                    window=item.window,
                    method=item.method,
                ),
                "evidence": _GRADES.get(item.evidence),
            }
            for item in self.items
        ]
        levels = sorted({item.level for item in self.items if item.low is not None})
        shown = listed(percent(level, None) for level in levels)
        headings = {
            "finding": tr("finding"),
            "value": tr("result"),
            "interval": tr("{levels} interval", levels=shown) if levels else tr("interval"),
            "basis": tr("rests on"),
            "evidence": tr("evidence"),
        }
        units: dict[str, Unit] = {"evidence": "label"}
        return show_table(pd.DataFrame(rows), tr("Findings."), units=units, headings=headings)


def findings(*items: Finding, currency: str = "") -> Findings:
    """The findings as one cell output; those in money need the client's `currency`."""
    return Findings(items, currency)


@dataclass(frozen=True)
class ActionList:
    """Customers to act on, one row each, with the reason; becomes `lists/<id>.csv` and a sheet of the workbook.

    `table` has `customer_id` and `reason` among its columns. `units` and `headings` are those of `show_table`. What is
    shown of it leaves out columns without any value; the files have them all.
    """

    id: str
    title: str
    table: pd.DataFrame
    units: Mapping[str, Unit]
    headings: Mapping[str, str]

    def __post_init__(self) -> None:
        absent = [name for name in ("customer_id", "reason") if name not in self.table.columns]
        if absent:
            raise ValueError(f"list {self.id!r} lacks the columns {absent}; it has {list(self.table.columns)}")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        told = self.table.dropna(axis="columns", how="all") if len(self.table) else self.table
        shown = show_table(told, f"{self.title}.", units=self.units, headings=self.headings, max_rows=10)
        payload = {
            "id": self.id,
            "title": self.title,
            "units": dict(self.units),
            "headings": dict(self.headings),
            "table": _plain_table(self.table),
        }
        return {LIST_MIME: payload, "text/html": shown._repr_html_(), "text/plain": repr(shown)}


def _plain_table(table: pd.DataFrame) -> dict[str, Any]:
    """The table as values that JSON can hold with all their digits, and the types that they had."""
    columns = [[_plain(value) for value in table.iloc[:, place]] for place in range(table.shape[1])]
    names = [str(name) for name in table.columns]
    types = {name: _type_name(kind) for name, kind in zip(names, table.dtypes, strict=True)}
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"columns": names, "data": rows, "types": types}


def _type_name(kind: Any) -> str:
    return _type_name(kind.categories.dtype) if isinstance(kind, pd.CategoricalDtype) else str(kind)


def _plain(value: Any) -> Any:
    """The value as text, a whole number, a number or a truth; None where there is none, or it is infinite."""
    if isinstance(value, str | None):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, date):  # a time stamp is one
        return None if value is pd.NaT else value.isoformat()
    if isinstance(value, numbers.Real | Decimal):
        return float(value) if math.isfinite(value) else None
    return None if value is pd.NA or value is pd.NaT else str(value)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A notebook's statement that the data cannot support it: what is missing, and what would mend it.

    Raised by `require` in the notebook's data cell, or by `refusing`. The cell shows the statement and the notebook
    ends there, in JupyterLab as in a report.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)
        self._shown = False

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback; the statement itself leaves as an output of its own."""
        if not self._shown:  # IPython asks twice: for the screen and for the reply to the front end
            display(self)  # type: ignore[no-untyped-call]
        return [tr("This notebook ends here: the data cannot support it.")]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        self._shown = True
        reasons = "".join(f"<li>{marked_code(escape(reason))}</li>" for reason in self.reasons)
        said = escape(tr("The data cannot support this notebook:"))
        html = f'<div class="crmlab-refusal"><p>{said}</p><ul>{reasons}</ul></div>'
        return {REFUSAL_MIME: list(self.reasons), "text/html": html, "text/plain": "\n".join(self.reasons)}


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a `DataError` of an analysis into the notebook's refusal: data too thin are an answer, not a failure."""
    try:
        yield
    except DataError as error:
        raise Refusal([str(error)]) from error
