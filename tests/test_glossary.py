"""The glossary is whole, in sound Persian, and the catalogue keeps to it."""

import re
from pathlib import Path

import pytest

from crmlab.language import catalogue, speaking
from crmlab.language.glossary import glossary, terms

ARABIC = re.compile("[يىكةۀ٠-٩]")
ZWNJ = "\u200c"
LATIN_PUNCTUATION = re.compile(r"[,;?]")
LETTER = "[\u0621-\u063a\u0641-\u064a\u0654\u067e\u0686\u0698\u06a9\u06af\u06cc]"
IN_PERSIAN = re.compile(rf"[,;?\"](?=\s*{LETTER})|(?<={LETTER})[,;?\"%]|[۰-۹]\s?%")
JOINED_VERB = re.compile(
    r"(?<![\w\u200c])ن?می(شو|کن|ده|گوی|رو|آی|خر|توان|دان|مان|گیر|ساز|خواه|بر|رس|پرس|گذار|یاب|افت|نمای)(م|ی|د|یم|ید|ند)(?!\w)"
)
JOINED_PLURAL = re.compile(r"(\w*[بپتثجچحخسشصضطظعغفقکگلمنهی])ها(ی|یی|یش|یشان)?(?![\w\u200c])")
NO_PLURALS = {"تن", "ب", "من", "انت", "ن"}  # what is left of words that end in these letters by themselves
RANGE = re.compile("(?<!\u2066)(?<!\\d)\\d{3}:\\d+[-–]\\d")


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
    if IN_PERSIAN.search(text):
        faults.append("a Latin mark among Persian words")
    plurals = {found.group(1) for found in JOINED_PLURAL.finditer(text)} - NO_PLURALS
    if JOINED_VERB.search(text) or plurals or re.search(f"ه{ZWNJ}ی(?!\\w)", text):
        faults.append("a half-space, or a hamza, is missing")
    if RANGE.search(text):
        faults.append("a range of lines turns round after Persian letters unless it is isolated")
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
    assert persian_faults("سهم, مخرج") != []
    assert persian_faults("سهم, x") != []
    assert persian_faults('این "سهم" است') != []
    assert persian_faults("۵ % از سهم") != []
    assert persian_faults("مشتری میرود") != []
    assert persian_faults("سفارشها") != []
    assert persian_faults("همه‌ی سهم") != []
    assert persian_faults("مقاله (001:92-93)") != []
    assert persian_faults("مقاله (\u2066001:92-93\u2069) در 001:42") == []
    assert persian_faults("منهای بهای تنها انتها میدان میانه") == []
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
TITLE = re.compile(r"\*[^*]+\*")
OTHER_SENSES = {
    "channel": ("customers: region, income_band, channel, may_contact, …",),
    "client": ("client: without code and teaching cells",),
    "contribution": ("What is the contribution margin, as a share of revenue?",),
    "miss": (
        "**Margin** is revenue less what the goods cost.",
        "With twenty columns one interval in twenty misses 1 by chance.",
        "Four kinds of customers: the *persuadable* say yes because they were contacted;",
        "What customers miss",
    ),
    "revenue": ("contacts: arm, revenue, cost; campaigns: randomised;",),
    "save": (
        "the largest part of the cost to serve thought possible to save",
        "points of satisfaction that a recall is thought to save",
        "**A ceiling for a recall is no forecast.**",
        "Save the notebook with its outputs when you hand it in",
    ),
}
"""How the messages begin in which the English of a binding term means something else, or is the name of a column."""
CATALOGUE = sorted((catalogue.LOCALE / "fa").glob("*.po"))


def broken_terms(english: str, persian: str) -> list[str]:
    """The binding terms that `english` holds and `persian` says otherwise."""
    words = PLACEHOLDER_OR_CODE.sub("", english)
    for title in TITLE.findall(words):
        words = words.replace(title, "") if title in persian else words
    return [
        term.english
        for term in terms()
        if term.binding
        and says(term.english).search(words)
        and not any(word in persian for word in term.accepted)
        and not english.startswith(OTHER_SENSES.get(term.english, ()))
    ]


def says(term: str) -> re.Pattern[str]:
    """What finds a term in English, one or several of it."""
    several = f"{re.escape(term[:-1])}ies|" if term.endswith("y") else ""
    return re.compile(rf"\b({several}{re.escape(term)}(s|es)?)\b", re.IGNORECASE)


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


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_what_follows_a_currency_at_the_end_of_a_caption_stays_behind_it(path):
    # The digits of "10 of 84 rows" would join the Latin letters of the currency and stand before them.
    assert [persian for _english, persian in translations(path) if persian.endswith("{currency}.")] == []


def test_every_other_sense_is_still_a_message_that_says_its_term_otherwise():
    known = [pair for path in CATALOGUE for pair in translations(path)]
    accepted = {term.english: term.accepted for term in terms()}
    for name, beginnings in OTHER_SENSES.items():
        for begins in beginnings:
            persian = [translation for english, translation in known if english.startswith(begins)]
            assert persian, begins
            assert not any(word in persian[0] for word in accepted[name]), begins


def test_a_translation_that_leaves_the_glossary_is_found():
    assert broken_terms("A cohort of two.", "یک گروه دوتایی.") == ["cohort"]
    assert broken_terms("Two categories.", "دو چیز.") == ["category"]
    assert broken_terms("Cohen, *The cohort* 2", "کتاب *The cohort*") == []
    assert broken_terms("Cohen, *the cohort* 2", "کتاب گروه") == ["cohort"]
    assert broken_terms("Two cohorts.", "دو کوهورت.") == []
    assert broken_terms("{cohort} and `cohort`", "x") == []
