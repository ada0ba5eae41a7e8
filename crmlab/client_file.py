"""The client file: what may stand in it, and what is wrong with one, in sentences.

It is YAML of plain values. Unknown keys, repeated keys, tags and wrong types are refused: a misspelt key passed over
in silence would be a number that is wrong in silence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pydantic
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crmlab import brand
from crmlab.brand import BrandKeys, ColourKeys
from crmlab.errors import nearest
from crmlab.tables import reader
from crmlab.tables.export import Export, Form
from crmlab.tables.schema import BY_NAME, TRANSACTIONS, Rules, Table, as_tuple
from crmlab.tables.wording import first_line, shown

LONGEST_ID = 64


def read(path: Path) -> tuple[Any, list[str]]:
    """What the YAML file holds, or None and why it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        repeated = sorted(_repeated_keys(yaml.compose(text, Loader=yaml.SafeLoader)))
        holds = None if repeated else yaml.safe_load(text)
    except OSError as error:
        return None, [f"{path.name}: cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        return None, [f"{path.name}: is not UTF-8 text; save it as UTF-8"]
    except yaml.constructor.ConstructorError as error:
        mend = "write plain keys and values only, without tags"
        return None, [f"{path.name}: {_line(error)}{error.problem}; {mend}"]
    except yaml.MarkedYAMLError as error:
        return None, [f"{path.name}: {_line(error)}is not valid YAML: {error.problem or error.context}"]
    except Exception as error:  # the YAML library lets many kinds of errors out for odd scalars such as 1998-02-30
        return None, [f"{path.name}: is not valid YAML: {first_line(error)}; see that its dates and numbers are real"]
    return holds, [f"{path.name}: {problem}" for problem in repeated]


def parse(holds: Any, path: Path, *, today: date) -> tuple["ClientKeys | None", list[str]]:
    """The checked content of a client file, or None, and everything that is wrong with it.

    A last day of observation after `today` is wrong: nobody has observed it.
    """
    if not isinstance(holds, dict):
        what = "is empty" if holds is None else f"holds {shown(holds)}, not keys with values"
        return None, [f"{path.name}: {what}; it needs the keys {', '.join(ClientKeys.model_fields)}"]
    problems = [
        *_future_problems(holds.get("observed_until"), today),
        *_table_problems(holds, path),
        *brand.file_problems(holds.get("brand"), path.parent),
    ]
    found = [f"{path.name}: {problem}" for problem in problems]
    try:
        return ClientKeys.model_validate(holds), found
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [f"{path.name}: {sentence(detail, _steps(detail['loc'], holds))}" for detail in details] + found


def exports_of(holds: Any, path: Path) -> list[Export]:
    """The exports that are sound in themselves, whatever is wrong with the rest of the file."""
    tables = holds.get("tables") if isinstance(holds, dict) else None
    return [
        Export(
            table=BY_NAME[name],
            folder=path.parent.absolute(),
            names=tuple(dict.fromkeys(keys.files)),
            columns={column: keys.columns[column] for column in BY_NAME[name].column_names if column in keys.columns},
            form=keys.format,
        )
        for name, keys in _sound_exports(tables)
    ]


def _sound_exports(tables: Any) -> Iterator[tuple[str, "ExportKeys"]]:
    for name in BY_NAME if isinstance(tables, dict) else ():
        exports = _as_list(tables.get(name))
        for keys in exports if isinstance(exports, list) else ():
            with suppress(ValidationError):
                yield name, ExportKeys.model_validate(keys)


def _future_problems(value: Any, today: date) -> list[str]:
    try:
        day = _checked_day(value)
    except ValueError:
        return []  # said by the check of the key itself
    # Somewhere on earth it is already tomorrow.
    if day <= today + timedelta(days=1):
        return []
    return [f"observed_until: {day} is in the future (today is {today}); write the last day the data really covers"]


def _table_problems(holds: Mapping[str, Any], path: Path) -> Iterator[str]:
    for name, sound in groupby(_sound_exports(holds.get("tables")), key=lambda pair: pair[0]):
        exports = [keys for _, keys in sound]
        for keys in exports:
            yield from _mapping_problems(f"tables.{name}", BY_NAME[name], keys)
        yield from _repeated_names(f"tables.{name}", exports, path.parent)


def _checked_id(text: str) -> str:
    if re.fullmatch(r"[a-z0-9-]+", text) and len(text) <= LONGEST_ID:
        return text
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower())[:LONGEST_ID].strip("-")
    example = f", for example {plain}" if plain else ""
    allowed = f"lower-case letters a-z, digits and hyphens, at most {LONGEST_ID} of them"
    raise ValueError(f"{shown(text)} can be no id; write only {allowed}{example}")


def _checked_day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # a day that does not exist gets the same answer as a text that is no day
    raise ValueError(f"{shown(value)} is not a date; write the last day the data covers, like 1998-06-30")


def _checked_currency(text: str) -> str:
    if re.fullmatch(r"[A-Z]{3}", text):
        return text
    raise ValueError(f"{shown(text)} is no currency code; write three capital letters, like USD or EUR")


def _checked_file(name: str) -> str:
    if reader.is_address(name):
        mend = "fetch it first, then name the file (a database file is sqlite:///... or duckdb:///...)"
        raise ValueError(f"{shown(name)} is an address; crmlab reads only files: {mend}")
    if not name.strip():
        raise ValueError("the name of a file is blank; name a file, a pattern, or a table of a database file")
    return name


def _checked_name(text: str) -> str:
    if text.strip():
        return text.strip()
    raise ValueError("is blank; write the client's name for people")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _checked_total(value: Any) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return Decimal(value)
    raise ValueError(f"{shown(value)} is no amount; write it with a point and no thousands marks, like 9747747.93")


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_FileName = Annotated[str, AfterValidator(_checked_file)]


class ExportKeys(_Keys):
    """Where a part of a table lies, how its files are written, and how their columns are called (ours: theirs)."""

    files: Annotated[tuple[_FileName, ...], BeforeValidator(as_tuple), Field(min_length=1)]
    columns: dict[str, str]
    format: Form = Form()


_Exports = Annotated[list[ExportKeys], BeforeValidator(_as_list), Field(min_length=1)]


_TABLES: Any = dict.fromkeys(BY_NAME, (_Exports, Field(default=[]))) | {TRANSACTIONS.name: (_Exports, ...)}


class TablesKeys(pydantic.create_model("_TablesKeys", __base__=_Keys, **_TABLES)):  # type: ignore[misc]
    """The client's tables, a key for each of the schema: one export, or a list of several of different forms."""


class LedgerKeys(_Keys):
    """A total of the client's own books, to hold the data against."""

    total: Annotated[Decimal, BeforeValidator(_checked_total)]
    of: Literal["read", "kept"] = "read"


_Share = Annotated[float, Field(gt=0, le=1)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Line = Annotated[str, Field(min_length=1, max_length=200)]


class EconomicsKeys(_Keys):
    """What the client says of its margins and costs. crmlab has no default for any of them."""

    margin_rate: _Share | None = None
    discount_rate_per_year: Annotated[float, Field(ge=0, le=10)] | None = None
    discount_rate_kind: Literal["nominal", "real"] | None = None
    contact_cost: _Amount | None = None
    contact_budget: _Amount | None = None
    contact_capacity: Annotated[int, Field(ge=0)] | None = None
    supplied_by: _Line | None = None

    @model_validator(mode="after")
    def _say_which_rate(self) -> Self:
        if (self.discount_rate_per_year is None) != (self.discount_rate_kind is None):
            raise ValueError(
                "discount_rate_per_year and discount_rate_kind (nominal or real) belong together; write both or neither"
            )
        return self


class ReportKeys(_Keys):
    """What the cover of the client's report says of the work itself."""

    analyst: _Line | None = None
    reviewer: _Line | None = None
    intended_use: _Line | None = None
    confidentiality: _Line | None = None


class ClientKeys(_Keys):
    """A whole client file."""

    id: Annotated[str, AfterValidator(_checked_id)]
    name: Annotated[str, AfterValidator(_checked_name)]
    observed_until: Annotated[date, BeforeValidator(_checked_day)]
    currency: Annotated[str, AfterValidator(_checked_currency)]
    tables: TablesKeys
    rules: Rules = Rules()
    ledger: LedgerKeys | None = None
    economics: EconomicsKeys = EconomicsKeys()
    report: ReportKeys = ReportKeys()
    brand: BrandKeys = BrandKeys()


_KEYS: Mapping[tuple[str, ...], Iterable[str]] = {
    (): ClientKeys.model_fields,
    ("tables",): TablesKeys.model_fields,
    **{("tables", table): ExportKeys.model_fields for table in TablesKeys.model_fields},
    **{("tables", table, "format"): [key.name for key in fields(Form)] for table in TablesKeys.model_fields},
    ("rules",): [key.name for key in fields(Rules)],
    ("ledger",): LedgerKeys.model_fields,
    ("economics",): EconomicsKeys.model_fields,
    ("report",): ReportKeys.model_fields,
    ("brand",): BrandKeys.model_fields,
    ("brand", "colours"): ColourKeys.model_fields,
}

_HINTS = {
    "id": "write lower-case letters, digits and hyphens, for example: id: my-shop",
    "name": "write the client's name for people, for example: name: My shop",
    "observed_until": "write the last day the data covers, for example: observed_until: 1998-06-30",
    "currency": "write three capital letters, for example: currency: USD",
    "tables": "write for example: tables: {transactions: {files: sales.csv, columns: {...}}}",
    "transactions": "write for example: transactions: {files: sales.csv, columns: {...}}",
    "files": "write the name of a file, or a list of names",
    "columns": "write the file's own name for each of crmlab's columns",
    "rules": "write for example: rules: {zero_amounts: keep}",
    "format": "write for example: format: {separator: ';', decimal: ','}",
    "ledger": "write for example: ledger: {total: 9747747.93}",
    "economics": "write for example: economics: {margin_rate: 0.3, contact_cost: 0.5}",
    "report": "write for example: report: {analyst: A. Name}",
    "brand": "write for example: brand: {logo: logo.png, colours: {primary: '#12374d'}}",
    "colours": "write for example: colours: {primary: '#12374d', accent: '#0b6477'}",
}

# What to say for each kind of error that pydantic reports; kinds not named here get its own words.
_SENTENCES = {
    "missing": "{where}: is missing",
    "string_type": "{where}: must be text, got {got}; put it in quotes",
    "literal_error": "{where}: got {got}; write {expected}",
    "too_short": "{where}: names nothing",
    "model_type": "{where}: must hold keys with values, got {got}",
    "dict_type": "{where}: must hold keys with values, got {got}",
    "dataclass_type": "{where}: must hold keys with values, got {got}",
    "list_type": "{where}: must hold keys with values, or a list of such, got {got}",
    "tuple_type": "{where}: must be a text or a list of texts, got {got}",
}


def _steps(location: Sequence[int | str], holds: Any) -> list[str]:
    """The path of keys to a fault as the client file has it: without the place in a list that is not written there."""
    table = holds["tables"].get(location[1]) if len(location) > 2 and location[0] == "tables" else None  # noqa: PLR2004
    return [str(step) for position, step in enumerate(location) if position != 2 or not isinstance(table, dict)]  # noqa: PLR2004


def sentence(
    detail: Mapping[str, Any],
    steps: Sequence[str],
    *,
    keys: Mapping[tuple[str, ...], Iterable[str]] = _KEYS,
    hints: Mapping[str, str] = _HINTS,
) -> str:
    """One of pydantic's errors as a sentence: the key's path, what was got, and how to mend it.

    `keys` are those that may stand at each path (without places in lists), `hints` what to write for a key.
    """
    key, where, kind = steps[-1] if steps else "", ".".join(steps), detail["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        known = keys[tuple(step for step in steps[:-1] if not step.isdigit())]
        return f"{where}: is an unknown key{nearest(key, known)}; known here: {', '.join(known)}"
    if kind == "value_error":
        return f"{where}: {detail['ctx']['error']}"
    told = _SENTENCES.get(kind, "{where}: {message}, got {got}").format(
        where=where, message=detail["msg"], got=shown(detail["input"]), **{"expected": "", **detail.get("ctx", {})}
    )
    return f"{told}; {hints[key]}" if key in hints else told


def _mapping_problems(where: str, table: Table, export: ExportKeys) -> list[str]:
    known = table.column_names
    missing = [
        f"{where}.columns: {column.name} is not mapped; write which column of the file holds it ({column.description})"
        for column in table.columns
        if column.required and column.name not in export.columns
    ]
    if table.either and not any(set(group) <= set(export.columns) for group in table.either):
        groups = ", or ".join(" and ".join(group) for group in table.either)
        missing.append(f"{where}.columns: {groups} must be mapped, so that crmlab knows what was paid")
    unknown = [
        f"{where}.columns: {shown(name)} is none of crmlab's columns{nearest(name, known)}; they are {', '.join(known)}"
        for name in export.columns
        if name not in known
    ]
    return missing + unknown


def _repeated_names(where: str, exports: Sequence[ExportKeys], folder: Path) -> list[str]:
    """A sentence for each file named twice in one table; files that patterns share are found when they are read.

    The sheets of one workbook may be exports of their own.
    """
    named = [(name, ((folder / name).absolute(), export.format.sheets)) for export in exports for name in export.files]
    places = [place for _, place in named]
    return [
        f"{where}.files: {shown(name)} is listed twice, and its rows would count twice; name it once"
        for position, (name, place) in enumerate(named)
        if place in places[:position]
    ]


def _repeated_keys(root: yaml.Node | None) -> Iterator[str]:
    """A sentence for each key that stands twice at the same level; the YAML library would take the last in silence."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
            keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            for position, key in enumerate(keys):
                if any((key.tag, key.value) == (other.tag, other.value) for other in keys[:position]):
                    yield f"line {key.start_mark.line + 1}: the key {shown(key.value)} is there twice; keep one"


def _line(error: yaml.MarkedYAMLError) -> str:
    return f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
