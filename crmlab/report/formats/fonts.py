"""The fonts that a DOCX takes with it, so that it looks the same where they are not installed."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

from crmlab.brand import Font
from crmlab.language import FONTS, is_right_to_left
from crmlab.report.formats.about import About

PERSIAN = "Vazirmatn"
KIND = '<Default Extension="odttf" ContentType="application/vnd.openxmlformats-officedocument.obfuscatedFont"/>'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_RESTRICTED = 0x0002  # fsType of OpenType's OS/2 table: may not be taken into a document
_SEEN = 0x0633  # the letter of Persian that tells whether a font has its script


@dataclass(frozen=True)
class Taken:
    """One file of a font in the DOCX: the font's name, which letters, and its content made unreadable as a font."""

    name: str
    bold: bool
    key: str
    content: bytes


def taken(about: About) -> tuple[Taken, ...]:
    """The fonts of a report that Word may take in: the client's, and the one that its language needs."""
    own = [_taken(about.brand.font, one) for one in about.brand.fonts if _may_be_taken(one)]
    return (*own, *(_persian() if is_right_to_left(about.language) and of_script(about) == PERSIAN else ()))


def of_script(about: About) -> str:
    """The font of letters from right to left: the client's where it has them."""
    has = any(_font(one.content).get_char_index(_SEEN) for one in about.brand.fonts)
    return about.brand.font if has else PERSIAN


def parts(fonts: Sequence[Taken], table: str) -> Iterator[tuple[str, bytes]]:
    """The parts of the DOCX that hold these fonts; `table` is its table of fonts so far."""
    entries: dict[str, dict[str, str]] = {}
    relations = ""
    for number, one in enumerate(fonts, start=1):
        yield f"word/fonts/font{number}.odttf", one.content
        relations += f'<Relationship Id="rId{number}" Type="{_RELATION}" Target="fonts/font{number}.odttf"/>'
        face = "Bold" if one.bold else "Regular"
        entries.setdefault(one.name, {})[face] = f'<w:embed{face} r:id="rId{number}" w:fontKey="{one.key}"/>'
    named = "".join(
        f"<w:font w:name={quoteattr(name)}>{faces.get('Regular', '')}{faces.get('Bold', '')}</w:font>"
        for name, faces in entries.items()
    )
    yield "word/fontTable.xml", table.replace("</w:fonts>", f"{named}</w:fonts>").encode()
    yield (
        "word/_rels/fontTable.xml.rels",
        f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_PACKAGE}">{relations}</Relationships>'.encode(),
    )


@cache
def _persian() -> tuple[Taken, ...]:
    files = (("Vazirmatn-Regular.ttf", False), ("Vazirmatn-Bold.ttf", True))
    return tuple(_taken(PERSIAN, Font((FONTS / name).read_bytes(), "ttf", bold)) for name, bold in files)


def _taken(name: str, font: Font) -> Taken:
    """ECMA-376 part 4, 4.2.1: the first 32 bytes are mixed with the digits of a key, from its last to its first."""
    digits = hashlib.sha256(font.content).hexdigest()[:32].upper()
    mixed = bytes(byte ^ key for byte, key in zip(font.content[:32], 2 * bytes.fromhex(digits)[::-1], strict=True))
    places = (0, 8, 12, 16, 20, 32)
    key = "-".join(digits[start:end] for start, end in pairwise(places))
    return Taken(name, font.bold, f"{{{key}}}", mixed + font.content[32:])


def _may_be_taken(font: Font) -> bool:
    """Whether Word can take it in, which it can TrueType alone, and its maker allows it."""
    allowed = _font(font.content).get_sfnt_table("OS/2")
    return font.ending == "ttf" and not (allowed or {"fsType": 0})["fsType"] & _RESTRICTED


def _font(content: bytes) -> Any:
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - slow to import, and few clients have a font

    return FT2Font(io.BytesIO(content))
