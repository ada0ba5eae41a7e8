"""The client file: what may stand in it, and what is wrong with one, in sentences.

It is YAML of plain values. Unknown keys, repeated keys, tags and wrong types are refused: a misspelt key passed over
in silence would be a number that is wrong in silence.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crmlab.errors import nearest
from crmlab.tables import reader
from crmlab.tables.schema import TRANSACTIONS
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
        mend = "a client file holds plain keys and values only, without tags"
        return None, [f"{path.name}: {_line(error)}{error.problem}; {mend}"]
    except yaml.MarkedYAMLError as error:
        return None, [f"{path.name}: {_line(error)}is not valid YAML: {error.problem or error.context}"]
    except Exception as error:  # the YAML library lets many kinds of errors out for odd scalars such as 1998-02-30
        return None, [f"{path.name}: is not valid YAML: {first_line(error)}; see that its dates and numbers are real"]
    return holds, [f"{path.name}: {problem}" for problem in repeated]


def parse(holds: Any, path: Path) -> tuple["ClientKeys | None", list[str]]:
    """The checked content of a client file, or None, and everything that is wrong with it."""
    if not isinstance(holds, dict):
        what = "is empty" if holds is None else f"holds {shown(holds)}, not keys with values"
        return None, [f"{path.name}: {what}; it needs the keys {', '.join(ClientKeys.model_fields)}"]
    table = transactions_of(holds)
    found = _table_problems(table, path) if table else []
    try:
        return ClientKeys.model_validate(holds), found
    except ValidationError as error:
        return None, [f"{path.name}: {_sentence(detail)}" for detail in error.errors(include_url=False)] + found


def transactions_of(holds: Any) -> "TableKeys | None":
    """The part about transactions where it is sound in itself, whatever is wrong with the rest of the file."""
    try:
        return TableKeys.model_validate(holds["tables"][TRANSACTIONS.name])
    except (ValidationError, KeyError, TypeError, IndexError):
        return None


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
        raise ValueError(f"{shown(name)} is an address; crmlab reads only files: fetch it first, then name the file")
    if not name.strip():
        raise ValueError("the name of a file is blank; name a .csv or .parquet file")
    return name


def _checked_name(text: str) -> str:
    if text.strip():
        return text.strip()
    raise ValueError("is blank; write the client's name for people")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_FileName = Annotated[str, AfterValidator(_checked_file)]


class TableKeys(_Keys):
    """Where a table's files lie, and how their columns are called (ours: theirs)."""

    files: Annotated[list[_FileName], BeforeValidator(_as_list), Field(min_length=1)]
    columns: dict[str, str]

    def paths(self, folder: Path) -> tuple[Path, ...]:
        """The files' paths, where the client file lies in `folder`."""
        return tuple((folder / name).absolute() for name in self.files)


class TablesKeys(_Keys):
    """The client's tables."""

    transactions: TableKeys


class RulesKeys(_Keys):
    """What the client decides about rows."""

    zero_amounts: Literal["exclude", "keep"] = "exclude"


class ClientKeys(_Keys):
    """A whole client file."""

    id: Annotated[str, AfterValidator(_checked_id)]
    name: Annotated[str, AfterValidator(_checked_name)]
    observed_until: Annotated[date, BeforeValidator(_checked_day)]
    currency: Annotated[str, AfterValidator(_checked_currency)]
    tables: TablesKeys
    rules: RulesKeys = RulesKeys()


_LEVELS: dict[tuple[str, ...], type[_Keys]] = {
    (): ClientKeys,
    ("tables",): TablesKeys,
    ("tables", "transactions"): TableKeys,
    ("rules",): RulesKeys,
}

_HINTS = {
    "id": "write lower-case letters, digits and hyphens, for example: id: my-shop",
    "name": "write the client's name for people, for example: name: My shop",
    "observed_until": "write the last day the data covers, for example: observed_until: 1998-06-30",
    "currency": "write three capital letters, for example: currency: USD",
    "tables": "write for example: tables: {transactions: {files: sales.csv, columns: {...}}}",
    "transactions": "write for example: transactions: {files: sales.csv, columns: {...}}",
    "files": "write the name of a .csv or .parquet file, or a list of names",
    "columns": f"write the file's own name for each of {', '.join(TRANSACTIONS.column_names)}",
    "rules": "write for example: rules: {zero_amounts: keep}",
    "zero_amounts": "write exclude or keep",
}

# What to say for each kind of error that pydantic reports; kinds not named here get its own words.
_SENTENCES = {
    "missing": "{where}: is missing",
    "string_type": "{where}: must be text, got {got}; put it in quotes",
    "literal_error": "{where}: got {got}",
    "too_short": "{where}: names no file",
    "model_type": "{where}: must hold keys with values, got {got}",
    "dict_type": "{where}: must hold keys with values, got {got}",
    "list_type": "{where}: must be a name or a list of names, got {got}",
}


def _sentence(detail: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a sentence: the key's path, what was got, and how to mend it."""
    *parents, key = [str(step) for step in detail["loc"]] or [""]
    where, kind = ".".join([*parents, key]), detail["type"]
    if kind == "extra_forbidden":
        known = _LEVELS[tuple(parents)].model_fields
        return f"{where}: is an unknown key{nearest(key, known)}; known here: {', '.join(known)}"
    if kind == "value_error":
        return f"{where}: {detail['ctx']['error']}"
    told = _SENTENCES.get(kind, "{where}: {message}, got {got}")
    told = told.format(where=where, message=detail["msg"], got=shown(detail["input"]))
    return f"{told}; {_HINTS[key]}" if key in _HINTS else told


def _table_problems(table: TableKeys, path: Path) -> list[str]:
    where, known = f"{path.name}: tables.{TRANSACTIONS.name}", TRANSACTIONS.column_names
    missing = [
        f"{where}.columns: {column.name} is not mapped; write which column of the file holds it ({column.description})"
        for column in TRANSACTIONS.columns
        if column.required and column.name not in table.columns
    ]
    unknown = [
        f"{where}.columns: {shown(name)} is none of crmlab's columns{nearest(name, known)}; they are {', '.join(known)}"
        for name in table.columns
        if name not in known
    ]
    places = table.paths(path.parent)
    twice = [
        f"{where}.files: {shown(name)} is listed twice, and its rows would count twice; name it once"
        for position, name in enumerate(table.files)
        if places[position] in places[:position]
    ]
    return missing + unknown + twice


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
