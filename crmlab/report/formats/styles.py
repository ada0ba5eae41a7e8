"""The document that gives a DOCX its looks: styles, page, running lines; made by code, so that it can be read."""

import io
import unicodedata
import zipfile
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from crmlab.language import is_right_to_left
from crmlab.report.formats import pandoc
from crmlab.report.formats.about import About

INK, SOFT, LINE, WASH, WARNING = "1b2730", "51626e", "d5dde3", "f3f6f8", "8a3b12"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can hold: the same report is the same bytes at any hour
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
NAMESPACES = f'xmlns:w="{_W}" xmlns:r="{_R}"'
_TEXT_WIDTH = 9638  # twentieths of a point: A4 less 2 cm on both sides
_FONTS = {"en": ("Cambria", "Arial"), "fa": ("Vazirmatn", "Vazirmatn")}
_MONO = "Consolas"


def reference(about: About) -> bytes:
    """The reference document for a report's language, colours and running lines."""
    parts = dict(_pandocs_own())
    parts["word/styles.xml"] = _styles(about)
    parts["word/document.xml"] = _page()
    pages = f"{_field('PAGE')}{run(' / ')}{_field('NUMPAGES')}"
    parts["word/header1.xml"] = _running("hdr", "Header", about.client, run(about.confidentiality))
    parts["word/footer1.xml"] = _running("ftr", "Footer", about.bottom, pages)
    relations, kinds = "word/_rels/document.xml.rels", "[Content_Types].xml"
    for part, wanted in (("header", "header1"), ("footer", "footer1")):
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


def direction(words: str) -> str:
    """`rtl` or `ltr`, as the first letter with a direction has it."""
    kinds = (unicodedata.bidirectional(sign) for sign in words)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") in ("R", "AL") else "ltr"


@cache
def _pandocs_own() -> tuple[tuple[str, str], ...]:
    """The parts of pandoc's own reference document."""
    content = pandoc.run("--print-default-data-file", "reference.docx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return tuple((name, archive.read(name).decode()) for name in archive.namelist())


def _page() -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document {NAMESPACES}><w:body><w:p/><w:sectPr>'
        '<w:headerReference w:type="default" r:id="header1"/><w:footerReference w:type="default" r:id="footer1"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1247" w:right="1134" w:bottom="1134" w:left="1134"'
        ' w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )


def _running(tag: str, style: str, start: str, end: str) -> str:
    content = f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run(start)}<w:r><w:tab/></w:r>{end}</w:p>'
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {NAMESPACES}>{content}</w:{tag}>'


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _styles(about: About) -> str:
    turned = is_right_to_left(about.language)
    deep, accent = about.brand.primary[1:], about.brand.accent[1:]
    spacing = f"<w:pPrDefault><w:pPr>{_spacing(0, 120)}</w:pPr></w:pPrDefault>"
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
    fonts = f'<w:rFonts w:ascii={name} w:hAnsi={name} w:eastAsia={name} w:cs="{script}"/>'
    spoken = ("en-GB", "fa-IR") if is_right_to_left(about.language) else (about.language, "ar-SA")
    return f'{fonts}{_colour(INK)}{_size(10)}<w:lang w:val="{spoken[0]}" w:bidi="{spoken[1]}"/>'


def _paragraphs(deep: str, accent: str, *, turned: bool) -> list[str]:
    side = "right" if turned else "left"
    bar = f'<w:pBdr><w:{side} w:val="single" w:sz="12" w:space="8" w:color="{accent}"/></w:pBdr>'
    wash = f'<w:shd w:val="clear" w:color="auto" w:fill="{WASH}"/>'
    end = f'<w:tabs><w:tab w:val="right" w:pos="{_TEXT_WIDTH}"/></w:tabs>'
    keep = "<w:keepNext/><w:keepLines/>"
    code = f'{wash}<w:bidi w:val="0"/>{_spacing(60, 60, line=240)}<w:jc w:val="left"/>'
    return [
        _style("Normal", "Normal", "", "<w:bidi/>" if turned else "", default=True),
        _style("BodyText", "Body Text"),
        _style("FirstParagraph", "First Paragraph", "BodyText"),
        _style("Compact", "Compact", "BodyText", _spacing(0, 40)),
        _style("Title", "Title", "Normal", keep + _spacing(60, 200), _bold() + _colour(deep) + _size(20)),
        _style("Kicker", "Kicker", "Normal", keep + _spacing(0, 60), _colour(SOFT)),
        _style("Status", "Status", "Normal", keep, _bold() + _colour(WARNING)),
        *(_heading(level, deep) for level in range(1, 7)),
        _style("TOCHeading", "TOC Heading", "Normal", keep + _spacing(360, 120), _bold() + _colour(deep) + _size(14)),
        _style("TOC1", "toc 1", "Normal", _spacing(0, 40)),
        _style("TableText", "Table Text", "Normal", _spacing(30, 30, line=240), _size(8.5)),
        _style("TableTextSmall", "Table Text Small", "TableText", "", _size(6.5)),
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
    return [
        _style("TableNormal", "Normal Table", "", kind="table", default=True),
        own,
    ]


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


def _spacing(before: int, after: int, *, line: int = 276) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(2 * points)}"/><w:szCs w:val="{round(2 * points)}"/>'


def _colour(value: str) -> str:
    return f'<w:color w:val="{value}"/>'


def _bold() -> str:
    return "<w:b/><w:bCs/>"


def _mono(points: float) -> str:
    return f'<w:rFonts w:ascii="{_MONO}" w:hAnsi="{_MONO}" w:cs="{_MONO}"/>{_size(points)}'
