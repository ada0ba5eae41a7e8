"""The check of pages catches what a program says, and lets English and the code of the appendix pass."""

import pytest

from tests.page_checks import APPENDIX, check_page, shown, text_of


@pytest.mark.parametrize("said", ["nan %", "None customers", "inf days", "<NA> bought", "from NaT on"])
def test_what_a_program_says_is_caught(said: str) -> None:
    with pytest.raises(AssertionError):
        check_page(f"In all {said}.")


@pytest.mark.parametrize("said", ["None of them buys", "None that we know", "Nancy, information and a nonentity"])
def test_english_is_not(said: str) -> None:
    check_page(said)


def test_the_code_of_the_appendix_is_not_looked_at() -> None:
    assert shown(f"Nothing. {APPENDIX} x = None") == "Nothing. "
    check_page(f"Nothing. {APPENDIX} x = None")
    assert shown("No appendix") == "No appendix"


def test_the_words_of_a_page_are_those_a_reader_sees() -> None:
    assert text_of("<style>p { color: red }</style><p>a &lt;NA&gt;\n <b>b</b></p>") == "a <NA> b"
