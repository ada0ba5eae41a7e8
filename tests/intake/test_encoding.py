"""Which encoding a text file is taken to be in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.intake.encoding import EncodingGuess, guess_encoding
from crmlab.tables.export import ENCODINGS

GERMAN = "Müller;Straße;größer;Österreich;Käse"
FRENCH = "Café;élève;garçon;Noël;À bientôt"
SPANISH = "Muñoz;niño;año;María;ÁVILA"
PERSIAN = "نام مشتري;علي كاظمي;چاي;گلاب و عسل"


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH, "plain ASCII", PERSIAN])
def test_utf_8_is_told_by_its_bytes(text):
    assert guess_encoding([text.encode()]) == EncodingGuess("utf-8")
    assert guess_encoding([text.encode("utf-8-sig")]) == EncodingGuess("utf-8")


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH])
@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman"])
def test_european_languages_are_told_apart_by_where_their_letters_stand(text, encoding):
    assert guess_encoding([text.encode(ENCODINGS[encoding])]).encoding == encoding


def test_latin_1_without_signs_of_its_own_is_its_superset():
    assert guess_encoding([GERMAN.encode("latin-1")]).encoding == "windows-1252"


def test_persian_words_are_windows_1256():
    assert guess_encoding([PERSIAN.encode("cp1256")]) == EncodingGuess("windows-1256")


@pytest.mark.parametrize(("text", "encoding"), [("€3", "windows-1252"), ("£3", "windows-1252")])
def test_a_currency_sign_is_enough(text, encoding):
    guess = guess_encoding([text.encode(ENCODINGS[encoding])])
    assert text.encode(ENCODINGS[encoding]).decode(ENCODINGS[guess.encoding]) == text


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le"])
def test_utf_16_is_told_by_its_mark_or_its_zeros(codec):
    assert guess_encoding(["id,name\r\n1,Ann\r\n".encode(codec)]) == EncodingGuess("utf-16")


def test_the_whole_file_is_looked_at():
    chunks = [b"id,name\n" + b"1,Ann\n" * 50_000, b"2,M\xfcller\n3,K\xe4se\n"]
    assert guess_encoding(chunks).encoding == "windows-1252"


def test_a_letter_cut_by_a_chunk_is_still_utf_8():
    whole = GERMAN.encode()
    for cut in range(1, len(whole)):
        assert guess_encoding([whole[:cut], whole[cut:]]).encoding == "utf-8"


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(DataError, match="is not text"):
        guess_encoding([b"\x00\x01\x02\x00\xff" * 20])


@given(st.lists(st.text(alphabet="abcdefg ÄÖÜäöüßéèàçñ,;\n", min_size=3), min_size=5, max_size=20))
def test_utf_8_is_never_taken_for_anything_else(words):
    assert guess_encoding([" ".join(words).encode()]).encoding == "utf-8"


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_are_guessed_or_refused(chunks):
    try:
        assert guess_encoding(chunks).encoding in ENCODINGS
    except DataError as error:
        assert "is not text" in str(error)  # noqa: PT017
