"""The text of the client file: whatever stands in headers and names, it says only that."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crmlab.intake.draft import clean, client_id, scalar


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_scalar_is_read_back_as_the_text_it_was(text):
    written = f"key: {scalar(text)}  # comment\nother: 1\n"
    assert yaml.safe_load(written) == {"key": text, "other": 1}
    assert len(written.splitlines()) == 2


@pytest.mark.parametrize("text", ["yes", "null", "1", "1e3", "2020-01-01", "~", "", "on", "a#b", "0x1F", ".inf", "="])
def test_texts_that_yaml_takes_for_something_else_stay_texts(text):
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}


def test_plain_names_are_written_plainly():
    assert scalar("CustomerID") == "CustomerID"
    assert scalar("../sales.csv") == '"../sales.csv"'


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_comment_stays_on_its_line(text):
    written = f"key: 1  # {clean(text)}\nother: 2\n"
    assert yaml.safe_load(written) == {"key": 1, "other": 2}
    assert len(clean(text)) <= 80


@pytest.mark.parametrize(("name", "expected"), [("My Shop", "my-shop"), ("فروشگاه", "client"), ("a" * 80, "a" * 64)])
def test_the_id_is_made_of_the_folders_name(tmp_path, name, expected):
    assert client_id(tmp_path / name) == expected
