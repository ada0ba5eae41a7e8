"""What pandoc writes as DOCX, finished: tables as wide as they should be, from right to left, fonts, no hour."""

import bisect
import io
import re
import zipfile
from xml.sax.saxutils import escape

from crmlab.language import is_right_to_left
from crmlab.report.formats import fonts, styles
from crmlab.report.formats.about import About
from crmlab.report.formats.grid import is_short

_PANDOCS_WIDTH = 7920  # what pandoc takes the text to be wide, in twentieths of a point
_CORE = (
    '<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties '
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>'
    "<dc:language>{language}</dc:language></cp:coreProperties>"
)
_TYPES = "[Content_Types].xml"
_TODAY = (  # else Word shows it as of a Word of long ago, with tables that stick out
    '<w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
)
_ROW = "<w:tr>"
_CELL = re.compile(r"<w:tcPr(?: /|/|>(.*?)</w:tcPr)>", re.DOTALL)
_TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
_SECTION = re.compile(r"<w:sectPr\b.*?</w:sectPr>", re.DOTALL)


def finished(made: bytes, title: str, about: About) -> bytes:
    """The DOCX as it is handed over; the same bytes for the same content."""
    turned = is_right_to_left(about.language)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    said = {"title": title, "author": about.author, "language": about.language}
    parts["docProps/core.xml"] = _CORE.format(**{name: escape(value) for name, value in said.items()}).encode()
    body = _coloured(parts["word/document.xml"].decode(), about.brand.primary[1:])
    parts["word/document.xml"] = _mended(body, turned=turned).encode()
    parts["word/settings.xml"] = parts["word/settings.xml"].replace(b"<w:rsids", f"{_TODAY}<w:rsids".encode(), 1)
    if taken := fonts.taken(about):
        parts |= fonts.parts(taken, parts["word/fontTable.xml"].decode())
        parts[_TYPES] = parts[_TYPES].replace(b"<Default ", f"{fonts.KIND}<Default ".encode(), 1)
        parts["word/settings.xml"] = parts["word/settings.xml"].replace(
            b"<w:embedSystemFonts", b"<w:embedTrueTypeFonts/><w:embedSystemFonts", 1
        )
    return styles.zipped({_TYPES: parts.pop(_TYPES), **dict(sorted(parts.items()))})


def _mended(document: str, *, turned: bool) -> str:
    """The document with tables of the page's width, whose rows are not cut and, where `turned`, run from right to left.

    pandoc writes each figure a second time, as the description of its own drawing; that is left out. In what it writes
    `<` and `"` in a text are always entities, so a tag that is found is a tag.
    """
    document = _widened(re.sub(r'descr="data:image/[^"]*"', 'descr=""', document))
    kept = re.sub(r"<w:tr>\s*<w:trPr>", "<w:tr><w:trPr><w:cantSplit/>", document)
    kept = re.sub(r"<w:tr>(?!\s*<w:trPr>)", "<w:tr><w:trPr><w:cantSplit/></w:trPr>", kept)
    kept = _TABLE.sub(lambda table: _together(table[0]), kept)
    if not turned:
        return kept
    return re.sub(r"(<w:tblPr>\s*(?:<w:tblStyle [^>]*/>)?)", r"\1<w:bidiVisual/>", kept)


def _coloured(document: str, colour: str) -> str:
    """The document with the cover's colour in each of its cells: without the style, white would be on white."""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{colour}"/>'

    def cell(found: re.Match[str]) -> str:
        return f"<w:tcPr>{found[1] or ''}{shade}</w:tcPr>"

    def cover(table: re.Match[str]) -> str:
        is_cover = '<w:tblStyle w:val="Cover"' in table[0]
        return _CELL.sub(cell, table[0]) if is_cover else table[0]

    return _TABLE.sub(cover, document)


def _together(table: str) -> str:
    """The table with its headings kept to the first row, and all of a short one together."""
    rows = table.split(_ROW)
    last = len(rows) - 1 if is_short(len(rows) - 1) else 2
    return _ROW.join([rows[0], *map(_kept_to_the_next, rows[1:last]), *rows[last:]])


def _kept_to_the_next(row: str) -> str:
    return re.sub(r"(<w:pStyle [^>]*/>)", r"\1<w:keepNext/>", row)


def _widened(document: str) -> str:
    """The columns of each table in the measure of its page, which pandoc does not know."""
    found = list(_SECTION.finditer(document))
    ends = [one.start() for one in found]
    pages = ["landscape" if "landscape" in one[0] else "portrait" for one in found]

    def scaled(column: re.Match[str]) -> str:
        page = pages[bisect.bisect_left(ends, column.start())]
        return f'<w:gridCol w:w="{round(int(column[1]) * styles.TEXT_WIDTHS[page] / _PANDOCS_WIDTH)}"'

    return re.sub(r'<w:gridCol w:w="(\d+)"', scaled, document)
