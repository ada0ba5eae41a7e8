"""A client's brand on pages: its style sheet, its logo, and the file of a run that keeps it for the index."""

import base64
import binascii
import struct
from pathlib import Path
from typing import Any

from markupsafe import Markup

from crmlab.brand import OUR_OWN, Brand, Font, colour
from crmlab.errors import ReportError
from crmlab.report.record import read_json

FILE = "brand.json"

_HIGH, _WIDE = 56, 240  # pixels of a page that a logo may take
_KINDS = {"ttf": ("font/ttf", "truetype"), "otf": ("font/otf", "opentype")}
_LOGO = Markup('<p class="logo"><img src="data:image/png;base64,{}" alt="{}" width="{}" height="{}"></p>')
_NAME = "Client's own"  # of the font on a page, whatever it calls itself


def style(brand: Brand) -> Markup:
    """The rules that follow the theme's own; none for a client without a brand."""
    if not brand.is_own:
        return Markup("")
    deep, accent = brand.by_night
    by_day = f"--deep: {brand.primary}; --accent: {brand.accent};"
    cover = f"--cover: {brand.primary}; --cover-ink: #ffffff; --cover-soft: #ffffff;"
    rules = [
        f"@media screen {{ :root {{ {by_day} {cover} }} }}",
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ --deep: {deep}; --accent: {accent}; }} }}",
        f"@media print {{ :root {{ {by_day} --cover-ink: {brand.primary}; }} }}",
        *map(_face, brand.fonts),
    ]
    if brand.fonts:
        rules.append(f':root {{ --sans: "{_NAME}", system-ui, sans-serif; --serif: "{_NAME}", Georgia, serif; }}')
    return Markup("\n".join(rules))  # noqa: S704 - colours that were checked, and base64


def logo(brand: Brand, name: str) -> Markup:
    """The logo as a paragraph of the cover, with the client's name for those who cannot see it; nothing without one."""
    if not brand.logo:
        return Markup("")
    wide, high = struct.unpack(">II", brand.logo[16:24])  # a PNG has its size there
    scale = min(_HIGH / high, _WIDE / wide)
    return _LOGO.format(_text(brand.logo), name, max(1, round(scale * wide)), max(1, round(scale * high)))


def content(brand: Brand) -> dict[str, Any]:
    """The brand as JSON holds it."""
    fonts = [{"content": _text(one.content), "ending": one.ending, "bold": one.bold} for one in brand.fonts]
    colours = {"primary": brand.primary, "accent": brand.accent}
    return {**colours, "logo": _text(brand.logo), "font": brand.font, "fonts": fonts, "footer": brand.footer}


def read(folder: Path) -> Brand:
    """The brand of a finished run; none where the run had none, or where its file was changed."""
    if not (folder / FILE).is_file():
        return OUR_OWN
    try:
        kept = read_json(folder / FILE)
        return Brand(
            primary=colour(kept["primary"]),
            accent=colour(kept["accent"]),
            logo=base64.b64decode(kept["logo"]),
            font=str(kept["font"]),
            fonts=tuple(Font(base64.b64decode(one["content"]), one["ending"], one["bold"]) for one in kept["fonts"]),
            footer=str(kept["footer"]),
        )
    except (ReportError, ValueError, TypeError, KeyError, binascii.Error):
        return OUR_OWN


def _face(font: Font) -> str:
    mime, form = _KINDS.get(font.ending, _KINDS["ttf"])
    weight = 700 if font.bold else 400
    return (
        f'@font-face {{ font-family: "{_NAME}"; font-weight: {weight}; '
        f'src: url("data:{mime};base64,{_text(font.content)}") format("{form}"); }}'
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
