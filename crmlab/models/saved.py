"""A fitted model as text and back: plain JSON, every number to its last bit, nothing in it is ever run.

A new kind of model is saved by standing in `KINDS`; its fields are read from its declaration, and a field of a type
that `_READERS` does not name has to be taught here first.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import pandas as pd

from crmlab.errors import DataError, together
from crmlab.models.buying.base import BuyingModel
from crmlab.models.buying.bgbb import BGBB
from crmlab.models.buying.bgnbd import BGNBD
from crmlab.models.buying.bgnbd_covariates import BGNBDCovariates
from crmlab.models.buying.mbgnbd import MBGNBD
from crmlab.models.buying.nbd import NBD
from crmlab.models.buying.pareto_covariates import ParetoNBDCovariates
from crmlab.models.buying.pareto_nbd import ParetoNBD
from crmlab.models.contracts import BetaDiscreteWeibull, Geometric, ShiftedBetaGeometric
from crmlab.models.results import DAYS, Diagnosis, FittedModel
from crmlab.models.spending.dependent import DependentGammaGamma
from crmlab.models.spending.gamma_gamma import GammaGamma

VERSION = 1
KINDS: Mapping[str, type[FittedModel]] = {
    kind.__name__: kind
    for kind in (
        *(BGNBD, BGNBDCovariates, MBGNBD, NBD, ParetoNBD, ParetoNBDCovariates, BGBB),
        *(GammaGamma, DependentGammaGamma),
        *(Geometric, ShiftedBetaGeometric, BetaDiscreteWeibull),
    )
}


class _UnreadableError(Exception):
    """A field that is not what its declaration says."""


def to_json(model: FittedModel) -> str:
    """The model as JSON: `version`, `kind` and the model's fields. A number that is missing (NaN) is null.

    Raises
    ------
    DataError
        If this kind of model cannot be saved.
    """
    kind = type(model).__name__
    if KINDS.get(kind) is not type(model):
        raise DataError(f"a model of the kind {kind} cannot be saved; these can: {', '.join(KINDS)}")
    values = {field.name: _plain(getattr(model, field.name)) for field in fields(model)}
    return json.dumps({"version": VERSION, "kind": kind, **values}, indent=1, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> FittedModel:
    """The model that `to_json` made `text` of, equal to the last bit.

    Raises
    ------
    DataError
        If the text is no model saved in this version: no JSON, another version or kind, fields that are missing,
        unknown, of a wrong type or that do not fit each other; all problems are named at once.
    """
    saved = _parsed(text)
    kind = _kind(saved)
    types = {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is not ClassVar}
    given = {name: value for name, value in saved.items() if name not in {"version", "kind"}}
    problems = [f"{name} is missing" for name in types if name not in given]
    problems += [f"{name} is not known" for name in given if name not in types]
    values = {}
    for name in types.keys() & given.keys():
        try:
            values[name] = _read(types[name], given[name])
        except _UnreadableError as wrong:
            problems.append(f"{name} {wrong}")
    if not problems:
        problems = _misfits(kind, values)
    if problems:
        raise DataError(together(f"this is no saved {kind.__name__}:", sorted(problems)))
    return kind(**values)


def _parsed(text: str) -> dict[str, Any]:
    try:
        saved = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as wrong:
        raise DataError(f"this is no saved model: it is not JSON as to_json writes it ({wrong})") from wrong
    if not isinstance(saved, dict):
        raise DataError(f"this is no saved model: it is a {type(saved).__name__}, not an object with version and kind")
    return saved


def _kind(saved: dict[str, Any]) -> type[FittedModel]:
    version, kind = saved.get("version"), saved.get("kind")
    if version != VERSION or isinstance(version, bool):
        raise DataError(
            f"the saved model has version {version!r}, and only {VERSION} is read here: fit and save it again"
        )
    if not isinstance(kind, str) or kind not in KINDS:
        raise DataError(f"the saved model is of the kind {kind!r}; known are {', '.join(KINDS)}")
    return KINDS[kind]


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(map(repr, repeated))} stands there more than once")
    return dict(pairs)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _plain(value: Any) -> Any:
    """A field as JSON has it."""
    if isinstance(value, pd.DataFrame):
        return {row: _plain(value.loc[row]) for row in value.index}
    if isinstance(value, pd.Series):
        return _plain(value.to_dict())
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return None if isinstance(value, float) and math.isnan(value) else value


def _read(kind: Any, value: Any) -> Any:
    """A field of the type `kind` from JSON."""
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise _UnreadableError(f"is {value!r}; it is one of {', '.join(map(repr, get_args(kind)))}")
        return value
    return _READERS[kind](value)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _UnreadableError(f"has {value!r} where a number belongs")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _UnreadableError(f"is {value!r}; it is a whole number of 0 or more")
    return value


def _numbers(value: Any) -> dict[str, float]:
    if not isinstance(value, dict):
        raise _UnreadableError(f"is {value!r}; it is an object of names with numbers")
    return {name: _number(one) for name, one in value.items()}


def _series(value: Any) -> pd.Series:
    return pd.Series(_numbers(value), dtype="float64")


def _frame(value: Any) -> pd.DataFrame:
    rows = {row: _numbers(one) for row, one in value.items()} if isinstance(value, dict) else {}
    names = list(rows)
    if not rows or any(list(row) != names for row in rows.values()):
        raise _UnreadableError("is not a square table with the same names in rows and columns")
    return pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype="float64")


def _diagnosis(value: Any) -> tuple[Diagnosis, ...]:
    types = {"kind": str, "sentence": str, "serious": bool}
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict) or {name: type(part) for name, part in one.items()} != types:
            raise _UnreadableError(f"has {one!r}; it is a list of objects with kind, sentence and serious")
    return tuple(Diagnosis(**one) for one in value)


def _misfits(kind: type[FittedModel], values: dict[str, Any]) -> list[str]:
    names = list(kind.parameters)
    params = values["params"]
    return _foreign_unit(kind, values) + [
        text
        for wrong, text in [
            (list(params) != names, f"params has {list(params)}; they are {names}"),
            (not all(0 < value < math.inf for value in params.values()), "params has a value that is not above 0"),
            (list(values["standard_errors"].index) != names, f"standard_errors is not of {names}"),
            (bool((values["standard_errors"] < 0).any()), "standard_errors has one below 0"),
            (list(values["covariance"].index) != names, f"covariance is not of {names}"),
        ]
        if wrong
    ]


def _foreign_unit(kind: type[FittedModel], values: dict[str, Any]) -> list[str]:
    """That a model of buying is in a unit in which it does not count, if it is: days and opportunities do not mix."""
    if not issubclass(kind, BuyingModel):
        return []
    units = ["opportunity"] if issubclass(kind, BGBB) else list(DAYS)
    if values["time_unit"] in units:
        return []
    said = f"time_unit is {values['time_unit']!r}, in which {kind.name} does not count"
    return [f"{said}; it is {'one of ' if units[1:] else ''}{', '.join(map(repr, units))}"]


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    float: _number,
    int: _whole,
    Mapping[str, float]: _numbers,
    pd.Series: _series,
    pd.DataFrame: _frame,
    tuple[Diagnosis, ...]: _diagnosis,
}
