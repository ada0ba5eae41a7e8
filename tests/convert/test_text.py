import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables.convert.text import INVISIBLE, SPACES


def expected(text):
    """What the text should become, by Python's own functions."""
    shown = "".join(sign for sign in text if sign not in INVISIBLE)
    composed = unicodedata.normalize("NFC", shown)
    for arabic, persian in (("ي", "ی"), ("ى", "ی"), ("ك", "ک")):
        composed = composed.replace(arabic, persian)
    return composed.strip(SPACES + "\u200c") or None


@pytest.mark.parametrize("sign", SPACES)
def test_every_space_of_unicode_is_outer_space(check, sign):
    assert sign.isspace()
    check({f"{sign}a b{sign}{sign}": "a b", f"{sign}é{sign}": "é", sign * 3: None}, "text")


def test_what_looks_the_same_is_the_same(check):
    check(
        {"علي": "علی", "كيك": "کیک", "\u200fعلی\u200e": "علی", "e\u0301": "é", "\ufeffann": "ann", "\u200b": None},
        "text",
    )
    check(
        {"می\u200cخواهم": "می\u200cخواهم", "کتاب\u200c": "کتاب", "۱۲ kg": "۱۲ kg", "a\nb": "a\nb", "Ann": "Ann"}, "text"
    )


signs = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), st.sampled_from(SPACES + INVISIBLE + "يىكی۱١")
)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(signs, max_size=8), min_size=1, max_size=40))
def test_texts_are_unified_as_pythons_own_functions_do_and_only_once(converted, texts):
    wanted = [expected(text) for text in texts]
    assert [value for value, _ in converted(texts, "text")] == wanted
    if any(wanted):
        again = [value for value in wanted if value is not None]
        assert [value for value, _ in converted(again, "text")] == again
