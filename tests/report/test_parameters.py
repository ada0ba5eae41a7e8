import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.report.parameters import check, declared, from_settings, split_setting


@pytest.fixture
def notebook(tmp_path: Path) -> Any:
    def write(*lines: str, tag: str = "parameters") -> Path:
        cell = {"cell_type": "code", "source": [f"{line}\n" for line in lines], "metadata": {"tags": [tag]}}
        path = tmp_path / "07_case.ipynb"
        path.write_text(json.dumps({"cells": [cell], "metadata": {}}))
        return path

    return write


def test_declared_reads_name_type_default_and_comment(small):
    by_name = {parameter.name: parameter for parameter in declared(small.path)}
    top = by_name["top_share"]
    assert (top.default, top.description) == (0.2, "share of customers called the top")
    assert top.allowed == "a number, above 0, below 1"
    assert by_name["windows"].allowed == "a list of (a whole number, at least 1)"
    assert by_name["base"].allowed == "one of 'buyers', 'all'"
    assert by_name["cap"].allowed == "a number or null"
    assert list(by_name)[:4] == ["client", "language", "view", "seed"]


def test_hash_inside_a_default_is_not_a_comment(notebook):
    (one,) = declared(notebook('label: str = "a # b"  # shown == above'))
    assert (one.default, one.description) == ("a # b", "shown == above")


def test_defaults_fill_what_was_not_given(small):
    values = check(small.path, {"top_share": 0.1})
    assert values["top_share"] == 0.1
    assert values["windows"] == [3, 12]
    assert json.loads(json.dumps(values)) == values  # all of it is what papermill can pass on


def test_whole_number_is_fine_for_a_number(notebook):
    assert check(notebook("rate: float = 0.5"), {"rate": 1}) == {"rate": 1.0}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("seed", "twelve", "seed = 'twelve': Input should be a valid integer; it takes a whole number"),
        ("seed", 12.5, "valid integer"),
        ("seed", True, "valid integer"),
        ("top_share", 1, r"less than 1; it takes a number, above 0, below 1 \(share of customers"),
        ("top_share", "0.2", "valid number"),
        ("top_share", float("nan"), "finite number"),
        ("windows", [3, 0], "item 2: Input should be greater than or equal to 1"),
        ("windows", 3, "valid list"),
        ("base", "everybody", "'buyers' or 'all'"),
        ("cap", "none", "a number or null"),
    ],
)
def test_value_of_the_wrong_type_is_refused(small, name, value, told):
    with pytest.raises(ParameterError, match=told):
        check(small.path, {name: value})


def test_all_problems_come_at_once_with_the_near_name_and_the_known_ones(small):
    with pytest.raises(ParameterError) as refused:
        check(small.path, {"topshare": 0.2, "seed": "x", "base": 3})
    message = str(refused.value)
    assert message.startswith("99_small cannot run with these parameters:")
    assert "'topshare' is not a parameter (did you mean 'top_share'?)" in message
    assert "seed = 'x'" in message
    assert "base = 3" in message
    assert "windows = [3, 12], a list of (a whole number, at least 1)" in message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("seed = 3", "name: type = default"),
        ("seed: int", "name: type = default"),
        ("seed: int = compute()", "line 1, 'seed: int = compute\\(\\)'"),
        ("seed: Decimal = 3", "the type 'Decimal' is not one of"),
        ("seed: __import__('os').system('x') = 3", "the type"),
        ("seed: Annotated[int, print(1)] = 3", "the constraint 'print\\(1\\)' is not one of"),
        ("seed: int = 'three'", "seed = 'three': Input should be a valid integer"),
        ("import os", "name: type = default"),
    ],
)
def test_parameters_cell_that_cannot_be_read(notebook, line, told):
    with pytest.raises(ParameterError, match=told):
        declared(notebook(line))


def test_notebook_without_parameters_cell(notebook):
    with pytest.raises(ParameterError, match="exactly one cell tagged 'parameters'; it has 0"):
        declared(notebook("seed: int = 1", tag="setup"))


@pytest.mark.parametrize(
    ("line", "text", "value"),
    [
        ("x: int = 1", "7", 7),
        ("x: float = 1.0", "1e-3", 0.001),
        ("x: float = 1.0", "-.5", -0.5),
        ("x: bool = True", "false", False),
        ("x: str = ''", "1997-01-01", "1997-01-01"),
        ("x: str = ''", "no", "no"),
        ("x: str = ''", "012", "012"),
        ("x: str = ''", "a: b: c", "a: b: c"),
        ("x: str | None = 'a'", "null", None),
        ("x: list[int] = [1]", "[3, 12]", [3, 12]),
        ("x: list[str] = ['a']", "[north, south]", ["north", "south"]),
    ],
)
def test_setting_is_read_as_its_parameter_allows(notebook, line, text, value):
    path = notebook(line)
    read = from_settings(path, {"x": text})
    assert read == {"x": value}
    assert check(path, read) == {"x": value}


@pytest.mark.parametrize("text", ["12:30", "012", "0x1F", "1_000", "yes", "!!python/object:os.system x"])
def test_yaml_surprises_are_refused_for_a_number(notebook, text):
    path = notebook("x: int = 1")
    with pytest.raises(ParameterError, match="valid integer"):
        check(path, from_settings(path, {"x": text}))


@pytest.mark.parametrize("name", ["client", "view", "language"])
def test_setting_cannot_replace_an_argument_of_the_command(small, name):
    with pytest.raises(ParameterError, match=f"'{name}' is set by the command, not by --set"):
        from_settings(small.path, {name: "x"})


@pytest.mark.parametrize("setting", ["seed", "=3", "a b=3", ""])
def test_setting_without_name_or_value(setting):
    with pytest.raises(ParameterError, match=r"--set takes name=value"):
        split_setting(setting)


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_split_setting_keeps_everything_after_the_first_equals_sign(text):
    assert split_setting(f"name={text}") == ("name", text.strip())
