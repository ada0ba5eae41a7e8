"""A client's own look: colours that can be read, a logo, a font, a line for the foot of each page.

A logo reaches reports redrawn, so that of its file nothing but the pixels is left: no scripts, no comments, no place.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from crmlab.tables.schema import as_tuple
from crmlab.tables.wording import shown

PRIMARY, ACCENT = "#12374d", "#0b6477"
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, level AA: text of usual size against what is behind it."""

_WHITE, _NIGHT = "#ffffff", "#12191e"  # what reports are written on, by day and by night
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_LOGO_ENDINGS, _FONT_ENDINGS = (".png", ".jpg", ".jpeg"), (".ttf", ".otf")
_MOST_BYTES, _LEAST_PIXELS, _MOST_PIXELS = 1_000_000, 16, 4000
_A_LOGO, _A_FONT = "a PNG or JPEG picture", "a TrueType or OpenType font"
_Line = Annotated[str, Field(min_length=1, max_length=200)]
_Reader = Callable[[bytes], object]
_FAMILY = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True)
class Font:
    """A file of the client's font."""

    content: bytes
    ending: str
    bold: bool


@dataclass(frozen=True, kw_only=True)
class Brand:
    """What the client file says of the look of reports.

    Attributes
    ----------
    primary, accent : str
        `#rrggbb`: of the cover and headings, of links and marks. Each has a contrast of 4.5 or more against white.
    logo : bytes
        A PNG, redrawn; empty where there is none.
    font : str
        The name of the client's font; empty for the reports' own.
    fonts : tuple of Font
        Its files.
    footer : str
        What stands at the foot of each page besides the run.
    """

    primary: str = PRIMARY
    accent: str = ACCENT
    logo: bytes = b""
    font: str = ""
    fonts: tuple[Font, ...] = ()
    footer: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the client file says anything of it."""
        return self != OUR_OWN

    @property
    def sha256(self) -> str:
        """The hash of all of it: two brands with the same look the same."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @property
    def by_night(self) -> tuple[str, str]:
        """`primary` and `accent` as light as a dark page needs them."""
        return _readable(self.primary, _NIGHT), _readable(self.accent, _NIGHT)


OUR_OWN = Brand()
"""The look of reports for a client that has none."""


def colour(text: str) -> str:
    """The colour as `#rrggbb`.

    Raises
    ------
    ValueError
        If it is none, or cannot be read on white; then the nearest one that can be is named.
    """
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"{shown(text)} is no colour; write it in hexadecimal digits, like '{PRIMARY}' or '#0a5'")
    digits = text[1:] if len(text) == len(_WHITE) else "".join(2 * digit for digit in text[1:])
    value = f"#{digits.lower()}"
    if (found := contrast(value, _WHITE)) < LEAST_CONTRAST:
        raise ValueError(
            f"'{text}' has a contrast of {found:.2f} to 1 against white, and text needs {LEAST_CONTRAST} (WCAG AA); "
            f"the nearest that passes is '{_readable(value, _WHITE)}'"
        )
    return value


class ColourKeys(_Keys):
    """Colours of the client's reports, in hexadecimal digits; each has to be readable on white."""

    primary: Annotated[str, AfterValidator(colour)] = PRIMARY
    accent: Annotated[str, AfterValidator(colour)] = ACCENT


class BrandKeys(_Keys):
    """How the client's reports look; the files lie in the client's folder."""

    logo: _Line | None = None
    colours: ColourKeys = ColourKeys()
    font: Annotated[tuple[_Line, ...], BeforeValidator(as_tuple), Field(max_length=4)] = ()
    footer: _Line | None = None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21.

    Web Content Accessibility Guidelines 2.2, definitions of contrast ratio and relative luminance.
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def file_problems(keys: Any, folder: Path) -> Iterator[str]:
    """What is wrong with the files that the key `brand` of a client file names, as far as its own keys are sound."""
    given = keys if isinstance(keys, dict) else {}
    logo, fonts = given.get("logo"), as_tuple(given.get("font"))
    if isinstance(logo, str) and (problem := _problem(folder, logo, _LOGO_ENDINGS, _redrawn, _A_LOGO)):
        yield f"brand.logo: {problem}"
    names = [name for name in fonts if isinstance(name, str)] if isinstance(fonts, tuple) else []
    found = [problem for name in names if (problem := _problem(folder, name, _FONT_ENDINGS, _family, _A_FONT))]
    families = set() if found else {_family((folder / name).read_bytes())[0] for name in names}
    if len(families) > 1:
        found.append(f"the files are of different fonts, {', '.join(sorted(families))}; name files of one")
    yield from (f"brand.font: {problem}" for problem in found)


def opened(keys: BrandKeys, folder: Path) -> Brand:
    """The brand of a client file that was checked, with its files read."""
    files = [(Path(name).suffix.lower()[1:], (folder / name).read_bytes()) for name in keys.font]
    return Brand(
        primary=keys.colours.primary,
        accent=keys.colours.accent,
        logo=_redrawn((folder / keys.logo).read_bytes()) if keys.logo else b"",
        font=_family(files[0][1])[0] if files else "",
        fonts=tuple(Font(content, ending, _family(content)[1]) for ending, content in files),
        footer=keys.footer or "",
    )


def _problem(folder: Path, name: str, endings: Sequence[str], read: _Reader, what: str) -> str:
    return next(_problems(folder, name, endings, read, what), "")


def _problems(folder: Path, name: str, endings: Sequence[str], read: _Reader, what: str) -> Iterator[str]:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        yield f"{shown(name)} lies outside of the client's folder; put the file beside the client file"
    elif path.suffix.lower() not in endings:
        yield f"{shown(name)} is no file that reports can take; give {what} ({', '.join(endings)})"
    elif not path.is_file():
        yield f"there is no file {shown(name)} in the client's folder"
    elif path.stat().st_size > _MOST_BYTES:
        yield f"{shown(name)} has {path.stat().st_size:,} bytes, and at most {_MOST_BYTES:,} go into each report"
    else:
        try:
            read(path.read_bytes())
        except ValueError as cause:
            yield f"{shown(name)} cannot be used: {cause}; give {what}"


def _redrawn(content: bytes) -> bytes:
    """The picture as a PNG of its pixels alone."""
    from PIL import Image  # noqa: PLC0415 - slow to import, and few clients have a logo

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if not all(_LEAST_PIXELS <= side <= _MOST_PIXELS for side in picture.size):
                wide, high = picture.size
                raise ValueError(
                    f"it has {wide} x {high} pixels, and each side has to have {_LEAST_PIXELS} to {_MOST_PIXELS}"
                )
            drawn = picture.convert("RGBA")
    except (OSError, SyntaxError) as cause:
        raise ValueError(f"it is no such picture ({type(cause).__name__})") from cause
    file = io.BytesIO()
    Image.frombytes("RGBA", drawn.size, drawn.tobytes()).save(file, "PNG", optimize=True)
    return file.getvalue()


def _family(content: bytes) -> tuple[str, bool]:
    """The name of a font, and whether the file is of its bold letters."""
    from matplotlib.ft2font import FT2Font, StyleFlags  # noqa: PLC0415 - slow to import, and few clients have a font

    try:
        font = FT2Font(io.BytesIO(content))
    except RuntimeError as cause:
        raise ValueError("it is no such font") from cause
    if not _FAMILY.fullmatch(font.family_name):
        raise ValueError(f"it calls itself {shown(font.family_name)}, and a name is of letters, digits and blanks")
    return font.family_name, StyleFlags.BOLD in font.style_flags


def _luminance(value: str) -> float:
    parts = [int(value[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(value: str, ground: str) -> str:
    """The colour, or where it cannot be read on `ground` the first that can on its way to black or white."""
    end = 0 if _luminance(ground) > 0.5 else 255  # noqa: PLR2004
    start = [int(value[place : place + 2], 16) for place in (1, 3, 5)]
    for step in range(256):
        mixed = [round(part + (end - part) * step / 255) for part in start]
        found = "#" + "".join(f"{part:02x}" for part in mixed)
        if contrast(found, ground) >= LEAST_CONTRAST:
            return found
    return found
