"""The glossary is whole, in sound Persian, and the catalogue keeps to it."""

import re
from pathlib import Path

import pytest

from crmlab.language import catalogue, speaking
from crmlab.language.glossary import glossary, terms

ARABIC = re.compile("[يىكةۀ٠-٩]")
ZWNJ = "\u200c"
LATIN_PUNCTUATION = re.compile(r"[,;?]")


def persian_faults(text: str) -> list[str]:
    """What is not sound Persian spelling in `text`."""
    faults = [f"Arabic letter or digit {found!r}" for found in ARABIC.findall(text)]
    if re.search(f"{ZWNJ}(\\s|$|{ZWNJ})|(^|\\s){ZWNJ}", text):
        faults.append("a half-space beside a space, an end or another one")
    if re.search("[\\w۰-۹]+ (ها|های|هایی|تر|ترین)(\\s|[.،؛؟)]|$)|(^|\\s)ن?می [ا-ی]", text):
        faults.append("a space where a half-space belongs")
    if text != text.strip() or "  " in text:
        faults.append("spaces too many")
    if re.search(r"\s[.،؛:؟!»)]|[«(]\s|[،؛؟](?=[^\s»)\]\d*])", text):
        faults.append("punctuation and spaces")
    return faults


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.english)
def test_a_term_is_whole_and_in_sound_persian(term):
    assert all((term.english, term.persian, term.definition, term.definition_fa))
    assert term.definition.endswith(".")
    assert term.definition_fa.endswith(".")
    for text in (term.persian, term.literal, term.definition_fa, *term.variants):
        assert persian_faults(text) == [], text
    assert not LATIN_PUNCTUATION.search(term.definition_fa)
    assert bool(term.literal) == bool(term.literal_english), "a literal word comes with what it says"


def test_terms_stand_once_and_in_order():
    english = [term.english.lower() for term in terms()]
    assert english == sorted(set(english))
    persian = [term.persian for term in terms()]
    assert sorted(persian) == sorted(set(persian)), "one Persian word has one meaning"


def test_terms_the_articles_hide_are_named():
    hidden = {term.english for term in terms() if term.literal}
    assert hidden >= {"prospecting", "win-back", "up-selling", "customer growth", "courtesy call", "lead"}
    assert all(term.literal not in term.accepted for term in terms())


def test_the_spelling_check_finds_what_it_is_for():
    assert persian_faults("مشتري") != []
    assert persian_faults("٣ ماه") != []
    assert persian_faults("مشتری ها") != []
    assert persian_faults("مشتری‌ ها") != []
    assert persian_faults("می رود") != []
    assert persian_faults("سهم ،مخرج") != []
    assert persian_faults("مشتری‌ها می‌روند؛ سهم، مخرج.") == []


def test_the_glossary_comes_in_the_language_spoken():
    row = glossary("Win-Back").iloc[0]
    assert row.persian == "بازگرداندن مشتری"
    assert row.literal == "ابقای پیروزی"
    assert row.definition == "Bringing back customers who have already left."
    assert list(glossary().english) == [term.english for term in terms()]
    with speaking("fa"):
        table, everything = glossary("بازگرداندن مشتری", "cohort"), glossary()
    assert list(table.english) == ["win-back", "cohort"]
    assert list(table.columns) == ["persian", "english", "literal", "literal_english", "definition"]
    assert len(everything) == len(terms())
    assert everything.persian.iloc[0].startswith(("آ", "ا"))


def test_an_unknown_term_names_the_nearest():
    with pytest.raises(KeyError, match=r"'prospectin' is not in the glossary.*did you mean 'prospecting'"):
        glossary("prospectin")
    with pytest.raises(KeyError, match="'xyzzy' is not in the glossary\""):
        glossary("xyzzy")


PLACEHOLDER_OR_CODE = re.compile(r"\{[^{}]*\}|`[^`]*`")
CATALOGUE = sorted((catalogue.LOCALE / "fa").glob("*.po"))


def broken_terms(english: str, persian: str) -> list[str]:
    """The binding terms that `english` holds and `persian` says otherwise."""
    words = PLACEHOLDER_OR_CODE.sub("", english)
    return [
        term.english
        for term in terms()
        if term.binding
        and re.search(rf"\b{re.escape(term.english)}(s|es)?\b", words, re.IGNORECASE)
        and not any(word in persian for word in term.accepted)
    ]


def translations(path: Path) -> list[tuple[str, str]]:
    """What a catalogue file has translated, in English and Persian."""
    return [(str(one.id), str(one.string)) for one in catalogue.read(path) if one.id and one.string]


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_the_catalogue_keeps_to_the_binding_terms(path):
    broken = {english: broken_terms(english, persian) for english, persian in translations(path)}
    assert {english: names for english, names in broken.items() if names} == {}


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_the_catalogue_is_in_sound_persian(path):
    faults = {
        persian: persian_faults(PLACEHOLDER_OR_CODE.sub("x", persian)) for _english, persian in translations(path)
    }
    assert {persian: found for persian, found in faults.items() if found} == {}


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_the_catalogue_uses_none_of_the_words_that_mislead(path):
    misleading = {term.english: term.literal for term in terms() if term.literal}
    found = [
        persian
        for english, persian in translations(path)
        for name, word in misleading.items()
        if name in english and re.search(rf"(?<!\w){word}(?!\w)", persian)
    ]
    assert found == []


def test_a_translation_that_leaves_the_glossary_is_found():
    assert broken_terms("A cohort of two.", "یک گروه دوتایی.") == ["cohort"]
    assert broken_terms("Two cohorts.", "دو کوهورت.") == []
    assert broken_terms("{cohort} and `cohort`", "x") == []
