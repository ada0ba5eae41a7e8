"""Whether what a student gives is the answer, a typical wrong answer, or no answer of the kind that is asked for."""

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crmlab.teaching.exercise import Answer, Task, plain_word, same_answer

Kind = Literal["right", "typical", "wrong", "other_kind", "blank"]


@dataclass(frozen=True)
class Judgement:
    """What a value is; `hint` stands beside a typical wrong answer. `value` is the answer as it was understood."""

    kind: Kind
    value: Answer | None = None
    hint: str = ""


def judge(task: Task, value: Any) -> Judgement:
    """What `value` is as an answer to `task`.

    Arrays, Series, lists and NumPy's numbers are taken as what they hold; letters' case and blanks around a word do
    not count. What stands in for an answer (`...`, None) is blank.
    """
    if value is ... or value is None:
        return Judgement("blank")
    understood = _understood(value, task.answer)
    if understood is None:
        return Judgement("other_kind")
    if same_answer(understood, task.answer, task.tolerance):
        return Judgement("right", understood)
    for wrong in task.wrong:
        if same_answer(understood, wrong.value, task.tolerance):
            return Judgement("typical", understood, wrong.hint)
    return Judgement("wrong", understood)


def _understood(value: Any, answer: Answer) -> Answer | None:
    """`value` as the kind of thing `answer` is, None where it is another kind."""
    if isinstance(answer, bool):
        return bool(value) if isinstance(value, bool | np.bool_) else None
    if isinstance(answer, str):
        return plain_word(value) if isinstance(value, str) else None
    if isinstance(answer, frozenset):
        many = _many(value)
        return (
            frozenset(map(plain_word, many)) if many is not None and all(isinstance(one, str) for one in many) else None
        )
    if isinstance(answer, tuple):
        in_order = None if isinstance(value, set | frozenset) else _many(value)
        found = [number for one in in_order or [] if (number := _number(one)) is not None]
        return tuple(found) if in_order is not None and len(found) == len(in_order) == len(answer) else None
    return _number(value)


def _many(value: Any) -> list[Any] | None:
    if isinstance(value, pd.Series | pd.Index | np.ndarray):
        return list(value.tolist())
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | dict) else None


def _number(value: Any) -> float | None:
    if isinstance(value, pd.Series | np.ndarray) and value.size == 1:
        value = value.item()
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    return float(value) if is_number and math.isfinite(float(value)) else None
