"""Bytes of a text file -> the encoding it is most likely in, by the letters that come out."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crmlab.errors import DataError
from crmlab.tables.export import ENCODINGS, Encoding

_MOST_WORDS = 20_000
_LONGEST_WORD = 60
_SINGLE_BYTE: tuple[Encoding, ...] = ("windows-1252", "latin-1", "windows-1256", "mac-roman")

_ACCENTED = set("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšž")
_ARABIC = set("ابتثجحخدذرزسشصضطظعغفقكلمنهويآأإؤةىئپچژگکی\u200c\u200d")
_BETWEEN_LETTERS = set("’'·")
_MONEY = set("€£")
_SIGNS = set("€£¥¢§©®°±²³µ¶·¼½¾«»“”‘’‚„†‡•…–—™‰‹›¡¿ªº÷×¬\xa0،؛؟")
_PLAUSIBLE_RUN = 2


@dataclass(frozen=True)
class EncodingGuess:
    """An encoding, and those that read the file nearly as well but otherwise (none where the bytes prove it)."""

    encoding: Encoding
    rivals: tuple[Encoding, ...] = ()


def guess_encoding(chunks: Iterable[bytes]) -> EncodingGuess:
    """The encoding of a text file, given its bytes in pieces; all of them are looked at, few are kept.

    What is valid UTF-8 is UTF-8: text of another encoding practically never is, once it holds one letter beyond ASCII.

    Raises
    ------
    DataError
        If the bytes are no text in any encoding a client file may name.
    """
    pieces = iter(chunks)
    first = next(pieces, b"")
    if _is_utf_16(first):
        return EncodingGuess("utf-16")
    words, valid = _words_beyond_ascii(_again(first, pieces))
    if valid:
        return EncodingGuess("utf-8")
    return _by_letters(words)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_utf_16(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if b"\0" not in head:
        return False
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) / 4 and even < len(head) / 50:
        return True  # without a mark: Python takes it for little-endian
    raise DataError("is not text (it holds zero bytes); name a CSV, Parquet, workbook, SQLite or DuckDB file")


def _words_beyond_ascii(chunks: Iterable[bytes]) -> tuple[Counter[bytes], bool]:
    """The words with bytes beyond ASCII (the first 20,000 kinds), and whether all bytes are valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    words, valid, left_over = Counter[bytes](), True, b""
    for chunk in chunks:
        if b"\0" in chunk:
            raise DataError("is not text (it holds zero bytes); name a CSV, Parquet, workbook, SQLite or DuckDB file")
        if valid:
            valid = _decodes(decoder, chunk)
        if not chunk.isascii() and len(words) < _MOST_WORDS:
            *whole, left_over = re.split(rb"(?<=[\r\n])", left_over[-_LONGEST_WORD:] + chunk)
            words.update(_beyond_ascii(b"".join(whole)))
    words.update(_beyond_ascii(left_over))
    return words, valid and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _beyond_ascii(text: bytes) -> Iterator[bytes]:
    for word in re.findall(rb"[A-Za-z\x80-\xff]+", text):
        if not word.isascii():
            yield word[:_LONGEST_WORD]


def _by_letters(words: Counter[bytes]) -> EncodingGuess:
    scores = {name: _score(words, ENCODINGS[name]) for name in _SINGLE_BYTE}
    # `max` takes the first of equals: windows-1252 stands before latin-1, of which it is the usual superset.
    best = max(scores, key=lambda name: scores[name])
    near = scores[best] - 0.1 * abs(scores[best])
    rivals = tuple(
        name
        for name in _SINGLE_BYTE
        if name != best and scores[name] >= near and _reads_otherwise(words, ENCODINGS[best], ENCODINGS[name])
    )
    return EncodingGuess(best, rivals)


def _score(words: Counter[bytes], codec: str) -> float:
    return float(sum(count * _plausible(_decoded(word, codec)) for word, count in words.items()))


def _decoded(word: bytes, codec: str) -> str:
    return word.decode(codec, errors="replace")


def _reads_otherwise(words: Counter[bytes], codec: str, other: str) -> bool:
    return any(_decoded(word, codec) != _decoded(word, other) for word in words)


def _plausible(word: str) -> int:
    """How much like a word of a language it looks: a point for each letter in its place, less for what stands wrong."""
    points = sum(_points(word, at) for at, sign in enumerate(word) if not sign.isascii())
    accents = re.findall(r"[^\x00-\x7f\u0600-\u06ff\u200c\u200d]+", word)
    # No European language has three accented letters in a row; Persian and Arabic read as Latin have nothing else.
    return points - sum(3 * len(run) for run in accents if len(run) > _PLAUSIBLE_RUN and run.isalpha())


def _points(word: str, at: int) -> int:
    sign, before, after = word[at], word[at - 1 : at] if at else "", word[at + 1 : at + 2]
    beside = [other for other in (before, after) if other]
    if sign in _ARABIC and (beside or sign == "و"):  # "and" is the only word of one letter
        return -1 if any(other.isascii() and other.isalpha() for other in beside) else 1
    if sign in _MONEY:
        return 1 if not any(other.isalpha() for other in beside) else -1
    if not beside:
        return 0 if sign.isalpha() or sign in _SIGNS else -2  # one letter by itself proves nothing
    if sign.lower() in _ACCENTED:
        return 1 if _is_in_its_place(sign, before, after) else -1
    if sign not in _SIGNS:
        return -2
    within = len(beside) > 1 and all(other.isalpha() for other in beside)
    return -1 if within and sign not in _BETWEEN_LETTERS else 0


def _is_in_its_place(letter: str, before: str, after: str) -> bool:
    """Whether the letter stands among Latin ones, and a capital at the beginning of a word or among capitals."""
    if letter in _ACCENTED:
        return all(_is_latin(other) for other in (before, after) if other)
    starts = not before or not before.isalpha()
    return starts or (before.isupper() and not after.islower())


def _is_latin(sign: str) -> bool:
    return not sign.isalpha() or sign.isascii() or sign.lower() in _ACCENTED
