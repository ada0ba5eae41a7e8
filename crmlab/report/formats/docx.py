"""A report as DOCX: real headings, a linked list of contents, tables with repeated headings, alt text; by pandoc."""

import base64
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crmlab.language import count, is_right_to_left, tr
from crmlab.report.formats import styles
from crmlab.report.formats.about import About
from crmlab.report.formats.document import OWN, Document, Picture
from crmlab.report.formats.finish import finished
from crmlab.report.formats.grid import SIZES
from crmlab.report.formats.pandoc import Part, attributes, div, para, raw, span, text, written
from crmlab.report.formats.pdf import section_pages

_MIME = {"png": "image/png", "jpg": "image/jpeg"}
_PAGE_PIXELS, _PAGE_CENTIMETRES = 820, 17
_FACT_SHARES = (0.3, 0.7)
_LOOKS = {
    "title": "Title",
    "kicker": "Kicker",
    "status": "Status",
    "claim": "Finding Claim",
    "number-line": "Finding Number",
    "rests": "Finding Ground",
    "crmlab-claim": "Box",
    "refusal": "Box",
    "figure": "Figure",
    "logo": "Kicker",
}
_MARKS = {"big": "Big Number", "crmlab-badge": "Term", "interval": "Term"}
_TABLE_OF_CONTENTS = ' TOC \\o "1-1" \\h \\z '  # the first level, linked, with dots and pages


def docx(report: Document, about: About) -> bytes:
    """The report as DOCX; the same bytes for the same report."""
    turned = is_right_to_left(about.language)
    shapes = _Shapes(report.pictures, turned=turned)
    blocks = [*shapes.blocks(report.cover), *shapes.blocks(report.summary)]
    blocks += [raw("openxml", _contents(report, about)), *shapes.blocks(report.body)]
    known = {"lang": about.language} | ({"dir": "rtl"} if turned else {})
    meta = {name: {"t": "MetaString", "c": value} for name, value in known.items()}
    with tempfile.TemporaryDirectory(prefix="crmlab-docx-") as place:
        looks = Path(place) / "reference.docx"
        looks.write_bytes(styles.reference(about))
        blocks = _without_empty_pages(blocks, turned=turned)
        made = written(blocks, "docx", f"--reference-doc={looks}", "--syntax-highlighting=none", about=meta)
    return finished(made, report.title, about)


def _without_empty_pages(blocks: Sequence[Part], *, turned: bool) -> list[Part]:
    """The blocks without the upright page between two tables that lie on their side, which would hold nothing."""
    ends = [raw("openxml", styles.section_end(page, turned=turned)) for page in ("landscape", "portrait")]
    kept: list[Part] = []
    for one in _flat(blocks):
        if kept and [kept[-1], one] == ends:
            kept.pop()
        else:
            kept.append(one)
    return kept


def _flat(blocks: Iterable[Part]) -> Iterator[Part]:
    for block in blocks:
        if block["t"] == "Div" and block["c"][0] == attributes():
            yield from _flat(block["c"][1])
        else:
            yield block


def _contents(report: Document, about: About) -> str:
    """The list of contents: a field that Word can bring up to date, with its entries in it already.

    Word asks its reader before it brings a document's fields up to date on opening, with words that frighten; so it is
    not told to. The pages are those of the same report in typst, until Word counts its own when it prints the document
    or its reader says so.
    """
    entries = [(name[0], _words(said)) for level, name, said in _headings(report.body) if level == 1 and name[0]]
    if not entries:
        return ""
    pages = section_pages(report, about)
    lines = [_entry(name, said, pages.get(name), turned=is_right_to_left(about.language)) for name, said in entries]
    order = f'<w:r><w:instrText xml:space="preserve">{_TABLE_OF_CONTENTS}</w:instrText></w:r>'
    lines[0] = f"{_mark('begin')}{order}{_mark('separate')}{lines[0]}"
    lines[-1] += _mark("end")
    listed = "".join(f'<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr>{line}</w:p>' for line in lines)
    heading = f'<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr>{styles.run(tr("Contents"))}</w:p>'
    kind = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
    return f"<w:sdt><w:sdtPr>{kind}</w:sdtPr><w:sdtContent>{heading}{listed}</w:sdtContent></w:sdt>"


def _entry(name: str, said: str, page: int | None, *, turned: bool) -> str:
    """A section's line: its heading, dots, and the page it begins on."""
    number = styles.field(f"PAGEREF {name} \\h", count(page), turned=turned) if page else ""
    return f'<w:hyperlink w:anchor="{name}" w:history="1">{styles.run(said)}<w:r><w:tab/></w:r>{number}</w:hyperlink>'


def _mark(kind: str) -> str:
    """The sign in the text where a field begins, its result begins, or it ends."""
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _headings(parts: Iterable[Part]) -> Iterator[Any]:
    for part in parts:
        if part["t"] == "Header":
            yield part["c"]
        elif part["t"] == "Div":
            yield from _headings(part["c"][1])


def _words(parts: Iterable[Part]) -> str:
    """The text of inlines."""
    said = []
    for part in parts:
        content = part.get("c", " ")
        if part["t"] in ("Code", "Link", "Span"):
            content = content[1]
        said.append(content if isinstance(content, str) else _words(content))
    return "".join(said)


class _Shapes:
    """The document's parts for Word: blocks and inlines with the styles of their class."""

    def __init__(self, pictures: Mapping[str, Picture], *, turned: bool) -> None:
        self._pictures = pictures
        self._turned = turned

    def blocks(self, parts: Iterable[Part]) -> list[Part]:
        return [self._block(part) for part in parts]

    def _block(self, part: Part) -> Part:
        kind, content = part["t"], part.get("c")
        shaped = _BLOCKS.get(kind)
        return {"t": kind, "c": shaped(self, content)} if shaped else part

    def _heading(self, content: list[Any]) -> list[Any]:
        return [*content[:2], self.inlines(content[2])]

    def _numbered(self, content: list[Any]) -> list[Any]:
        return [content[0], [self.blocks(item) for item in content[1]]]

    def _bullets(self, content: list[Any]) -> list[Any]:
        return [self.blocks(item) for item in content]

    def _group(self, content: list[Any]) -> list[Any]:
        (_, classes, pairs), blocks = content
        if "cover" in classes:
            return [attributes(), self._cover(blocks)]
        if "facts" in classes:
            return [attributes(), [self._facts(blocks), raw("openxml", styles.AFTER_TABLE)]]
        if "grid" in classes:
            given = dict(pairs)
            tables = [self._grid(one, styles.table_text(float(given["size"]))) for one in blocks]
            room = [raw("openxml", styles.AFTER_TABLE)]  # where a table ends, the next line begins at once
            return [attributes(), self._on_its_side(tables) if given["page"] == "landscape" else tables + room]
        look = next((_LOOKS[name] for name in classes if name in _LOOKS), None)
        return [attributes("", (), custom_style=look) if look else attributes(), self.blocks(blocks)]

    def _cover(self, blocks: list[Part]) -> list[Part]:
        """The cover as a box: the client's logo above it, and in it the title and the facts."""
        of = {name: [one for one in blocks if name in _classes(one)] for name in ("logo", "facts", "made")}
        apart = [one for found in of.values() for one in found]
        facts = [fact for one in of["facts"] + of["made"] for fact in one["c"][1]]
        top = self.blocks([one for one in blocks if one not in apart])
        first = [attributes(), [[attributes(), {"t": "AlignDefault"}, 1, 2, top]]]
        rows = [first, *self._rows_of_facts(facts, "Cover Text")]
        return [*self.blocks(of["logo"]), _two_columns(rows, custom_style="Cover")]

    def _on_its_side(self, tables: list[Part]) -> list[Part]:
        ends = [raw("openxml", styles.section_end(page, turned=self._turned)) for page in ("portrait", "landscape")]
        return [ends[0], *tables, ends[1]]

    def _facts(self, blocks: list[Part]) -> Part:
        """Terms and what is said of them as a table of two columns, the terms its row headings."""
        return _two_columns(self._rows_of_facts(blocks, styles.table_text(SIZES[0])))

    def _rows_of_facts(self, facts: Iterable[Part], look: str) -> list[Any]:
        said = ([self.blocks(one["c"][1]) for one in fact["c"][1]] for fact in facts)
        return [[attributes(), [_cell(block, look) for block in pair]] for pair in said]

    def _grid(self, part: Part, look: str) -> Part:
        _, caption, columns, (of_head, head), bodies, foot = part["c"]

        def rows(given: list[Any]) -> list[Any]:
            return [[of, [_cell(self.blocks(cell[4]), look, cell) for cell in cells]] for of, cells in given]

        if self._turned:  # digits run from left to right, so the ends of numbers meet at the right: the line's start
            columns = [[{"t": "AlignDefault"}, share] for _, share in columns]
        shaped = [[*body[:2], rows(body[2]), rows(body[3])] for body in bodies]
        said = [caption[0], self.blocks(caption[1])]
        return {"t": "Table", "c": [attributes(), said, columns, [of_head, rows(head)], shaped, foot]}

    def inlines(self, parts: Iterable[Part]) -> list[Part]:
        return [self._inline(part) for part in parts]

    def _inline(self, part: Part) -> Part:
        kind, content = part["t"], part.get("c", [])
        if kind == "Image":
            return self._image(part)
        if kind == "Code":
            return span((), [part], dir="ltr")
        if kind == "Link":
            return {"t": kind, "c": [content[0], self.inlines(content[1]), content[2]]}
        if kind == "Span":
            return self._span(content)
        return {"t": kind, "c": self.inlines(content)} if kind in _WITH_INLINES else part

    def _span(self, content: list[Any]) -> Part:
        (_, classes, _), said = content
        inner = self.inlines(said)
        if OWN in classes:
            words = _words(said)
            ends = [text(styles.FROM_LEFT)] if self._turned and styles.is_alone(words) else []
            return span((), [*ends, *inner, *ends], dir=styles.direction(words))
        look = next((_MARKS[name] for name in classes if name in _MARKS), None)
        return span((), inner, custom_style=look) if look else span((), inner)

    def _image(self, part: Part) -> Part:
        picture = self._pictures[part["c"][2][0]]
        mime = _MIME[picture.file.rpartition(".")[2]]
        source = f"data:{mime};base64,{base64.b64encode(picture.content).decode('ascii')}"
        width = min(1.0, picture.width / _PAGE_PIXELS) if picture.width else 1.0
        size = attributes("", (), width=f"{width * _PAGE_CENTIMETRES:.2f}cm")
        return {"t": "Image", "c": [size, [text(picture.alt)], [source, ""]]}


_BLOCKS: Mapping[str, Callable[[_Shapes, Any], Any]] = {
    "Para": _Shapes.inlines,
    "Plain": _Shapes.inlines,
    "Header": _Shapes._heading,
    "BlockQuote": _Shapes.blocks,
    "BulletList": _Shapes._bullets,
    "OrderedList": _Shapes._numbered,
    "Div": _Shapes._group,
}
_WITH_INLINES = frozenset({"Emph", "Strong", "Underline", "Strikeout", "Subscript", "Superscript"})


def _classes(block: Part) -> Sequence[str]:
    found: Sequence[str] = block["c"][0][1] if block["t"] == "Div" else ()
    return found


def _two_columns(rows: list[Any], **look: str) -> Part:
    columns = [[{"t": "AlignDefault"}, {"t": "ColWidth", "c": share}] for share in _FACT_SHARES]
    body = [[attributes(), 1, [], rows]]
    none = [attributes(), []]
    return {"t": "Table", "c": [attributes("", (), **look), [None, []], columns, none, body, none]}


def _cell(blocks: Sequence[Part], look: str, like: Sequence[Any] | None = None) -> list[Any]:
    of, side, down, across = like[:4] if like else (attributes(), {"t": "AlignDefault"}, 1, 1)
    lines = [para(one["c"]) if one["t"] == "Plain" else one for one in blocks]  # a plain line has a style of its own
    return [of, side, down, across, [div((), lines or [para([])], custom_style=look)]]
