"""The bytes of text files: unpacked, decoded, cut into lines, and copied as plain UTF-8 where the engine needs it.

The engine reads UTF-8 with LF or CR LF itself. Everything else passes through `copy_plain` in a stream, so that no file
is ever held whole, whatever it unpacks to.
"""

import codecs
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crmlab.tables.export import ENCODINGS
from crmlab.tables.sources.raw_file import RawFile, UnreadableError
from crmlab.tables.wording import first_line, shown

# What the libraries that unpack and decode raise for bytes they cannot make sense of.
FAILURES = (
    OSError,
    EOFError,
    ValueError,  # UnicodeError among them
    RuntimeError,  # encrypted members, unknown methods of compression
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)

LONGEST_LINE = 2_000_000
_CHUNK = 1 << 20
# Sales records unpack to at most some fifty times their packed size; a bomb reaches a thousand.
_BOMB_RATIO = 300
_BOMB_BYTES = 1 << 30
_SINGLE_BYTE = ("latin-1", "windows-1252", "windows-1256", "mac-roman")
_BOUNDARY = b" ,;|\t\"'\r\n"


@contextmanager
def unpacked(path: Path, member: str = "") -> Iterator[Any]:
    """The bytes of the file, of the one member of the archive, or of what is packed in the `.gz`, as a stream."""
    if member:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            yield packed
    elif path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:
            yield packed
    else:
        with path.open("rb") as file:
            yield file


def lines(file: RawFile, *, errors: str = "strict") -> Iterator[str]:
    """The lines of the text with their ends (LF, CR LF or CR), from the first below the skipped ones on.

    Raises
    ------
    ValueError
        If a line has no end in sight: nothing is held in memory without bounds.
    """
    codec = ENCODINGS[file.form.encoding]
    with unpacked(file.path, file.part) as stream:
        text = io.TextIOWrapper(stream, encoding=codec, errors=errors, newline="")
        number = 0
        while line := text.readline(LONGEST_LINE):
            if len(line) >= LONGEST_LINE:
                raise ValueError(f"line {number + 1} has more than {LONGEST_LINE:,} signs; it is no table of text")
            number += 1
            if number > file.form.skip_lines:
                yield line


def needs_copy(file: RawFile) -> bool:
    """Whether the engine cannot read the file itself. A plain file is looked through once, which is quick."""
    packed = file.part or file.path.suffix.lower() == ".gz"
    return bool(packed or file.form.skip_lines or file.form.encoding != "utf-8" or _odd_line_ends(file.path))


def copy_plain(file: RawFile, target: Path) -> None:
    """Write the text to `target` as UTF-8 with LF, without the skipped lines, holding a part of it at a time.

    Raises
    ------
    UnreadableError
        If the bytes are not what the form says: damaged, packed beyond measure, or in another encoding.
    """
    watch = _Watch(file)
    decoder = io.IncrementalNewlineDecoder(_decoder(file), translate=True)
    waiting = file.form.skip_lines
    try:
        with unpacked(file.path, file.part) as stream, target.open("wb") as copy:
            while chunk := stream.read(_CHUNK):
                watch.see(chunk)
                waiting, text = _without_lines(decoder.decode(chunk), waiting)
                copy.write(text.encode())
            copy.write(_without_lines(decoder.decode(b"", final=True), waiting)[1].encode())
    except UnicodeDecodeError as error:
        raise UnreadableError(undecodable(file) or f"{file.label}: {first_line(error)}") from error
    except FAILURES as error:
        raise UnreadableError(damaged(file, error)) from error
    watch.conclude()


def damaged(file: RawFile, error: Exception) -> str:
    """What it means that the bytes could not be unpacked."""
    if "password" in str(error) or "encrypted" in str(error):
        return f"{file.label}: is protected by a password; unpack it and name the unpacked file"
    return f"{file.label}: cannot be read: {first_line(error)}; copy or download it again"


def undecodable(file: RawFile) -> str | None:
    """Which line and byte is not in the encoding of the form, and how it would read in others; None if all are."""
    decoder, line = io.IncrementalNewlineDecoder(_decoder(file), translate=True), 1
    with unpacked(file.path, file.part) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            waiting = decoder.getstate()[1] & 1  # a CR at the end of what has been read, of which LF may be the rest
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return _undecodable_sentence(file, error, line + (waiting and not chunk.startswith(b"\n")))
            if not chunk:
                return None


def _undecodable_sentence(file: RawFile, error: UnicodeDecodeError, line: int) -> str:
    held, start = bytes(error.object), error.start
    before = held[:start].decode(ENCODINGS[file.form.encoding], "replace")
    line += before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    where = f"{file.label}: line {line} is not {file.form.encoding.upper().replace('WINDOWS', 'Windows')}"
    if file.form.encoding == "utf-8" and held.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return f"{where}; its first bytes are those of UTF-16: write format: {{encoding: utf-16}}"
    if file.form.encoding == "utf-16":
        return f"{where}; write the encoding the file is in under format, for example encoding: utf-8"
    word = _word_around(held, start)
    readings = ", ".join(f"{shown(word.decode(ENCODINGS[name], 'replace'))} in {name}" for name in _SINGLE_BYTE[1:])
    mend = "write the encoding that reads well under format (encoding: ...), or save the file as CSV UTF-8"
    return f"{where} (byte 0x{held[start]:02X}: {readings}); {mend}"


def _word_around(held: bytes, start: int) -> bytes:
    first = max([held.rfind(bytes([sign]), 0, start) for sign in _BOUNDARY] + [start - 20])
    ends = [held.find(bytes([sign]), start) for sign in _BOUNDARY]
    last = min([end for end in ends if end >= 0] + [start + 20])
    return held[max(first + 1, 0) : last]


def _decoder(file: RawFile) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(ENCODINGS[file.form.encoding])("strict")


def _without_lines(text: str, waiting: int) -> tuple[int, str]:
    """The text without its first `waiting` lines, and how many of them are still to come."""
    while waiting and text:
        _, end, text = text.partition("\n")
        waiting -= bool(end)
    return waiting, text


def _odd_line_ends(path: Path) -> bool:
    """Whether line ends are mixed, or CR alone. Where there is no CR at all, looking for one costs next to nothing."""
    if not any(b"\r" in chunk for chunk in _chunks(path)):
        return False
    returns, pairs, feeds, last = 0, 0, 0, b""
    for chunk in _chunks(path):
        returns += chunk.count(b"\r")
        pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
        feeds += chunk.count(b"\n")
        last = chunk[-1:]
    return not returns == pairs == feeds


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


class _Watch:
    """Looks at passing bytes for what no decoder complains of: archive bombs, and the wrong single-byte encoding."""

    def __init__(self, file: RawFile) -> None:
        self._file = file
        self._most = max(_BOMB_BYTES, _BOMB_RATIO * file.path.stat().st_size)
        self._seen = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")() if file.form.encoding in _SINGLE_BYTE else None
        self._beyond_ascii = False

    def see(self, chunk: bytes) -> None:
        self._seen += len(chunk)
        if self._seen > self._most:
            raise UnreadableError(
                f"{self._file.label}: unpacks to more than {self._most:,} bytes; unpack it and look at it"
            )
        if self._file.form.encoding == "latin-1":
            self._refuse_controls(chunk)
        self._beyond_ascii = self._beyond_ascii or not chunk.isascii()
        self._decode(chunk)

    def conclude(self) -> None:
        self._decode(b"", final=True)
        if self._utf8 is not None and self._beyond_ascii:
            form = f"the client file says {self._file.form.encoding}; write format: {{encoding: utf-8}}"
            raise UnreadableError(f"{self._file.label}: is UTF-8, and {form}")

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        if self._utf8 is not None:
            try:
                self._utf8.decode(chunk, final)
            except UnicodeDecodeError:
                self._utf8 = None

    def _refuse_controls(self, chunk: bytes) -> None:
        if len(chunk.translate(None, _CONTROLS)) < len(chunk):
            sign = next(byte for byte in chunk if byte in _CONTROLS)
            likely = shown(bytes([sign]).decode("cp1252", "replace"))
            mend = f"in windows-1252 it is {likely}: write format: {{encoding: windows-1252}}"
            raise UnreadableError(f"{self._file.label}: byte 0x{sign:02X} is no letter in latin-1; {mend}")


_CONTROLS = bytes(range(0x80, 0xA0))
