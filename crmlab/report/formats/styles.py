"""The document that gives a DOCX its looks: styles, page, running lines; made by code, so that it can be read."""

import io
import unicodedata
import zipfile
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from crmlab.language import count, is_right_to_left
from crmlab.report.formats import fonts, pandoc
from crmlab.report.formats.about import About
from crmlab.report.formats.grid import SIZES

INK, SOFT, LINE, WASH, WHITE = "1b2730", "51626e", "d5dde3", "f3f6f8", "ffffff"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can hold: the same report is the same bytes at any hour
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
NAMESPACES = f'xmlns:w="{_W}" xmlns:r="{_R}"'
TEXT_WIDTHS = {"portrait": 9638, "landscape": 14570}
"""In twentieths of a point: A4 less 2 cm on both sides, upright and on its side."""
_SIDES = ("11906", "16838")  # of A4
_MARGIN = 1134
_FONTS = {"en": ("Cambria", "Arial"), "fa": (fonts.PERSIAN, fonts.PERSIAN)}
_MONO = "Consolas"
FROM_LEFT = "\u200e"
"""What stands in for a letter from left to right; each word processor knows it."""
AFTER_TABLE = '<w:p><w:pPr><w:pStyle w:val="AfterTable"/></w:pPr></w:p>'
"""Room below a table."""


def reference(about: About) -> bytes:
    """The reference document for a report's language, colours and running lines."""
    parts = dict(_pandocs_own())
    parts["word/styles.xml"] = _styles(about)
    turned = is_right_to_left(about.language)
    parts["word/document.xml"] = _page(turned=turned)
    pages = f"{_field('PAGE', turned=turned)}{run(' / ')}{_field('NUMPAGES', turned=turned)}"
    relations, kinds = "word/_rels/document.xml.rels", "[Content_Types].xml"
    for number, page in enumerate(TEXT_WIDTHS, start=1):
        for part, tag, start, end in (
            ("header", "hdr", about.client, run(about.confidentiality)),
            ("footer", "ftr", about.bottom.replace(about.run, kept_together(about.run, turned=turned)), pages),
        ):
            wanted = f"{part}{number}"
            parts[f"word/{wanted}.xml"] = _running(tag, part.capitalize(), start, end, page=page)
            relation = f'<Relationship Id="{wanted}" Type="{_R}/{part}" Target="{wanted}.xml"/></Relationships>'
            parts[relations] = parts[relations].replace("</Relationships>", relation)
            kind = f'<Override PartName="/word/{wanted}.xml" ContentType="{_OFFICE}.{part}+xml"/></Types>'
            parts[kinds] = parts[kinds].replace("</Types>", kind)
    return zipped({name: text.encode() for name, text in parts.items()})


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP of these files, in their order; the same bytes for the same files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(entry, content)
    return file.getvalue()


def run(text: str) -> str:
    """A run of text in the paragraph's own look and in the direction of its first letter."""
    turned = "<w:rPr><w:rtl/></w:rPr>" if direction(text) == "rtl" else ""
    return f'<w:r>{turned}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def kept_together(words: str, *, turned: bool) -> str:
    """Words from left to right that begin or end with a digit, held in that direction inside a line from the right."""
    return f"{FROM_LEFT}{words}{FROM_LEFT}" if turned and is_alone(words) else words


def is_alone(words: str) -> bool:
    """Whether words from left to right begin or end with a digit, which has no direction of its own."""
    return direction(words) == "ltr" and (words[:1].isdigit() or words[-1:].isdigit())


def direction(words: str) -> str:
    """`rtl` or `ltr`, as the first letter with a direction has it."""
    kinds = (unicodedata.bidirectional(sign) for sign in words)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") in ("R", "AL") else "ltr"


def table_text(size: float) -> str:
    """The style of a table's text at this size in points, one of `SIZES`."""
    return "Table Text" if size == SIZES[0] else f"Table Text {size:g}"


@cache
def _pandocs_own() -> tuple[tuple[str, str], ...]:
    """The parts of pandoc's own reference document."""
    content = pandoc.run("--print-default-data-file", "reference.docx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return tuple((name, archive.read(name).decode()) for name in archive.namelist())


def section(page: str, *, turned: bool) -> str:
    """The pages up to here: upright (`portrait`) or on their side (`landscape`), with their running lines."""
    number = list(TEXT_WIDTHS).index(page) + 1
    wide, high = _SIDES if page == "portrait" else reversed(_SIDES)
    side = "" if page == "portrait" else ' w:orient="landscape"'
    return (
        f'<w:sectPr><w:headerReference w:type="default" r:id="header{number}"/>'
        f'<w:footerReference w:type="default" r:id="footer{number}"/><w:pgSz w:w="{wide}" w:h="{high}"{side}/>'
        f'<w:pgMar w:top="1247" w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}"'
        f' w:header="567" w:footer="567" w:gutter="0"/>{"<w:bidi/>" if turned else ""}</w:sectPr>'
    )


def section_end(page: str, *, turned: bool) -> str:
    """A line without height that ends the pages of this kind; what follows begins on a new page."""
    return f'<w:p><w:pPr><w:pStyle w:val="SectionEnd"/>{section(page, turned=turned)}</w:pPr></w:p>'


def field(order: str, shown: str, *, turned: bool = False) -> str:
    """A field of Word and what it shows until Word brings it up to date. Only for orders of ours."""
    look = "<w:rPr><w:rtl/></w:rPr>" if turned else ""

    def part(content: str) -> str:
        return f"<w:r>{look}{content}</w:r>"

    marks = {kind: part(f'<w:fldChar w:fldCharType="{kind}"/>') for kind in ("begin", "separate", "end")}
    said = part(f'<w:instrText xml:space="preserve"> {order} </w:instrText>')
    return f"{marks['begin']}{said}{marks['separate']}{part(f'<w:t>{shown}</w:t>')}{marks['end']}"


def _page(*, turned: bool) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {NAMESPACES}><w:body><w:p/>'
        f"{section('portrait', turned=turned)}</w:body></w:document>"
    )


def _running(tag: str, style: str, start: str, end: str, *, page: str) -> str:
    width = TEXT_WIDTHS[page]
    upright = TEXT_WIDTHS["portrait"]
    other = f'<w:tab w:val="clear" w:pos="{upright}"/>' if width != upright else ""
    tabs = f'<w:tabs>{other}<w:tab w:val="right" w:pos="{width}"/></w:tabs>'
    content = f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{tabs}</w:pPr>{run(start)}<w:r><w:tab/></w:r>{end}</w:p>'
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {NAMESPACES}>{content}</w:{tag}>'


def _field(name: str, *, turned: bool) -> str:
    return field(name, count(1), turned=turned)


def _styles(about: About) -> str:
    turned = is_right_to_left(about.language)
    deep, accent = about.brand.primary[1:], about.brand.accent[1:]
    # The lines of Persian letters are tall by themselves.
    spacing = f"<w:pPrDefault><w:pPr>{_spacing(0, 120, line=240 if turned else 276)}</w:pPr></w:pPrDefault>"
    looks = f"<w:rPrDefault><w:rPr>{_letters(about)}</w:rPr></w:rPrDefault>"
    body = "".join([*_paragraphs(deep, accent, turned=turned), *_characters(accent), *_tables(deep)])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:styles {NAMESPACES}>'
        f"<w:docDefaults>{looks}{spacing}</w:docDefaults>{body}</w:styles>"
    )


def _letters(about: About) -> str:
    """The usual letters: the client's font where there is one, else one that each office program has."""
    latin, script = _FONTS.get(about.language, _FONTS["en"])
    name = quoteattr(about.brand.font or latin)
    script = quoteattr(fonts.of_script(about) if is_right_to_left(about.language) else script)
    named = f"<w:rFonts w:ascii={name} w:hAnsi={name} w:eastAsia={name} w:cs={script}/>"
    spoken = ("en-GB", "fa-IR") if is_right_to_left(about.language) else (about.language, "ar-SA")
    return f'{named}{_colour(INK)}{_size(10)}<w:lang w:val="{spoken[0]}" w:bidi="{spoken[1]}"/>'


def _paragraphs(deep: str, accent: str, *, turned: bool) -> list[str]:
    side = "right" if turned else "left"
    bar = f'<w:pBdr><w:{side} w:val="single" w:sz="12" w:space="8" w:color="{accent}"/></w:pBdr>'
    wash = f'<w:shd w:val="clear" w:color="auto" w:fill="{WASH}"/>'
    end = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTHS["portrait"]}"/></w:tabs>'
    dots = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{TEXT_WIDTHS["portrait"]}"/></w:tabs>'
    keep = "<w:keepNext/><w:keepLines/>"
    code = f'{wash}<w:bidi w:val="0"/>{_spacing(60, 60, line=240)}<w:jc w:val="left"/>'
    return [
        _style("Normal", "Normal", "", "<w:bidi/>" if turned else "", default=True),
        _style("BodyText", "Body Text"),
        _style("FirstParagraph", "First Paragraph", "BodyText"),
        _style("Compact", "Compact", "BodyText", _spacing(0, 40)),
        _style("Title", "Title", "Normal", keep + _spacing(60, 160), _bold() + _colour(WHITE) + _size(20)),
        _style("Kicker", "Kicker", "Normal", keep + _spacing(80, 60), _colour(WHITE)),
        _style("Status", "Status", "Normal", keep, _bold() + _colour(WHITE)),
        _style("CoverText", "Cover Text", "Normal", _spacing(30, 30, line=240), _colour(WHITE) + _size(SIZES[0])),
        *(_heading(level, deep) for level in range(1, 7)),
        _style("TOCHeading", "TOC Heading", "Normal", keep + _spacing(360, 120), _bold() + _colour(deep) + _size(14)),
        _style("TOC1", "toc 1", "Normal", dots + _spacing(0, 40)),
        _style("TableText", table_text(SIZES[0]), "Normal", _spacing(30, 30, line=240), _size(SIZES[0])),
        *(_style(f"TableText{round(10 * size)}", table_text(size), "TableText", "", _size(size)) for size in SIZES[1:]),
        _style("AfterTable", "After Table", "Normal", _spacing(0, 0, line=160, rule="exact"), _size(1)),
        _style("SectionEnd", "Section End", "Normal", _spacing(0, 0, line=20, rule="exact"), _size(1)),
        _style("Caption", "caption", "Normal", _spacing(120, 60), _colour(SOFT) + _size(9)),
        _style("TableCaption", "Table Caption", "Caption", keep),
        _style("ImageCaption", "Image Caption", "Caption"),
        _style("Figure", "Figure", "Normal", _spacing(160, 160) + '<w:jc w:val="center"/>'),
        _style("FindingClaim", "Finding Claim", "Normal", keep + bar + _spacing(160, 40), _bold()),
        _style("FindingNumber", "Finding Number", "Normal", keep + bar + _spacing(0, 40)),
        _style("FindingGround", "Finding Ground", "Normal", bar + _spacing(0, 160), _colour(SOFT) + _size(8.5)),
        _style("Box", "Box", "Normal", wash),
        _style("BlockText", "Block Text", "BodyText", bar),
        _style("SourceCode", "Source Code", "Normal", code, _mono(7.5)),
        _style("Header", "header", "Normal", end, _colour(SOFT) + _size(8)),
        _style("Footer", "footer", "Normal", end, _colour(SOFT) + _size(8)),
    ]


def _heading(level: int, deep: str) -> str:
    size = {1: 15, 2: 12}.get(level, 10.5)
    rule = f'<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="{LINE}"/></w:pBdr>' if level == 1 else ""
    place = f"<w:keepNext/><w:keepLines/>{rule}{_spacing(360 if level == 1 else 240, 100)}"
    place += f'<w:outlineLvl w:val="{level - 1}"/>'
    return _style(f"Heading{level}", f"heading {level}", "Normal", place, _bold() + _colour(deep) + _size(size))


def _characters(accent: str) -> list[str]:
    based, kind = "DefaultParagraphFont", "character"
    big = _bold() + _colour(accent) + _size(15)
    return [
        _style(based, "Default Paragraph Font", "", kind=kind, default=True),
        _style("VerbatimChar", "Verbatim Char", based, look=_mono(8.5), kind=kind),
        _style("BigNumber", "Big Number", based, look=big, kind=kind),
        _style("Term", "Term", based, look=_colour(SOFT), kind=kind),
        _style("Hyperlink", "Hyperlink", based, look=_colour(accent) + '<w:u w:val="single"/>', kind=kind),
    ]


def _tables(deep: str) -> list[str]:
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{LINE}"'
    borders = f"<w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
    margins = "".join(f'<w:{side} w:w="85" w:type="dxa"/>' for side in ("left", "right"))
    head = f'<w:tblStylePr w:type="firstRow"><w:rPr>{_bold()}{_colour(deep)}</w:rPr></w:tblStylePr>'
    own = (
        '<w:style w:type="table" w:customStyle="1" w:styleId="Table"><w:name w:val="Table"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr>{borders}<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"{head}</w:style>"
    )
    room = "".join(f'<w:{side} w:w="{wide}" w:type="dxa"/>' for side, wide in (("left", 227), ("right", 227)))
    cover = (
        '<w:style w:type="table" w:customStyle="1" w:styleId="Cover"><w:name w:val="Cover"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblCellMar>{room}</w:tblCellMar></w:tblPr>'
        f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{deep}"/></w:tcPr></w:style>'
    )
    return [_style("TableNormal", "Normal Table", "", kind="table", default=True), own, cover]


def _style(
    name: str,
    shown: str,
    based: str = "Normal",
    place: str = "",
    look: str = "",
    *,
    kind: str = "paragraph",
    default: bool = False,
) -> str:
    first = ' w:default="1"' if default else ""
    on = f'<w:basedOn w:val="{based}"/>' if based else ""
    inside = (f"<w:pPr>{place}</w:pPr>" if place else "") + (f"<w:rPr>{look}</w:rPr>" if look else "")
    opening = f'<w:style w:type="{kind}"{first} w:styleId="{name}"><w:name w:val="{shown}"/>'
    return f"{opening}{on}<w:qFormat/>{inside}</w:style>"


def _spacing(before: int, after: int, *, line: int | None = None, rule: str = "auto") -> str:
    """Room above and below in twentieths of a point; a line's height (240 is the font's own) where it is not usual."""
    high = f' w:line="{line}" w:lineRule="{rule}"' if line else ""
    return f'<w:spacing w:before="{before}" w:after="{after}"{high}/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(2 * points)}"/><w:szCs w:val="{round(2 * points)}"/>'


def _colour(value: str) -> str:
    return f'<w:color w:val="{value}"/>'


def _bold() -> str:
    return "<w:b/><w:bCs/>"


def _mono(points: float) -> str:
    return f'<w:rFonts w:ascii="{_MONO}" w:hAnsi="{_MONO}" w:cs="{_MONO}"/>{_size(points)}'
