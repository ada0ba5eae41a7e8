"""A report's page -> a document for paper: the same texts, tables and figures in pandoc's parts, format left open.

Every block that has a form of its own keeps its class (`cover`, `finding`, `figure` and so on); each format says what
that class looks like. Code of the method appendix is left out, as the page says of paper.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmlab.errors import ReportError, together
from crmlab.report.formats.grid import grid
from crmlab.report.formats.pandoc import Part, attributes, div, para, plain, span, text
from crmlab.report.formats.tree import Node, tree

ENDINGS = {"data:image/png;base64": "png", "data:image/jpeg;base64": "jpg"}
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINKS = ("http://", "https://", "mailto:")
_HEADINGS = {f"h{level}": level for level in range(2, 7)}
_WITHIN = frozenset(
    ("a", "abbr", "b", "bdi", "br", "code", "del", "em", "i", "img", "kbd", "s", "samp", "small", "span", "strong")
) | {"sub", "sup", "time", "u", "var"}
_FORMS = {"em": "Emph", "i": "Emph", "var": "Emph", "strong": "Strong", "b": "Strong", "u": "Underline"}
_FORMS |= {"del": "Strikeout", "s": "Strikeout", "sub": "Subscript", "sup": "Superscript"}
_CODE = frozenset({"code", "kbd", "samp"})
_GROUPS = frozenset(
    {"cover", "facts", "findings", "finding", "block", "headlines", "logo", "method", "made", "crmlab-claim"}
)
OWN = "own"
"""The class of a text in a direction of its own."""


@dataclass(frozen=True)
class Picture:
    """A figure's file, its words for those who cannot see it, and its width in the page's pixels (0: not said)."""

    file: str
    content: bytes
    alt: str
    width: int


@dataclass(frozen=True)
class Document:
    """A report for paper: its title, the blocks of cover, summary and text, and the pictures in them by file name."""

    title: str
    cover: tuple[Part, ...]
    summary: tuple[Part, ...]
    body: tuple[Part, ...]
    pictures: Mapping[str, Picture]


def document(page: str) -> Document:
    """The report's page as a document.

    Raises
    ------
    ReportError
        If a figure has no alt text, or is not inside the page: all such figures at once.
    """
    top = tree(page)
    builder = _Builder(_anchors(top))
    cover = [block for header in top.all("header") for block in builder.blocks([header])]
    main = list(top.all("main"))[:1]
    parts = [child for one in main for child in one.children]
    summary = [child for child in parts if isinstance(child, Node) and "headlines" in child.classes]
    first = builder.blocks(summary)
    body = builder.blocks([child for child in parts if child not in summary])
    if builder.problems:
        raise ReportError(together("the report's figures are not ready for every reader:", builder.problems))
    title = next((one.text for one in top.all("h1")), "")
    return Document(_BLANKS.sub(" ", title).strip(), tuple(cover), tuple(first), tuple(body), builder.pictures)


def _anchors(top: Node) -> dict[str, str]:
    """New names for the sections that links lead to: letters and digits only, each once."""
    found = [one.attributes["id"] for tag in _HEADINGS for one in top.all(tag) if one.attributes.get("id")]
    return {name: f"part-{number}" for number, name in enumerate(dict.fromkeys(found), start=1)}


@dataclass
class _Builder:
    """Blocks and inlines of a page's tags; the pictures met on the way, and what is wrong with them."""

    anchors: Mapping[str, str]
    pictures: dict[str, Picture] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def blocks(self, children: Iterable["Node | str"]) -> list[Part]:
        """The blocks that these make; texts and inline tags between them become paragraphs."""
        made: list[Part] = []
        waiting: list[Node | str] = []
        for child in children:
            if isinstance(child, str) or child.tag in _WITHIN:
                waiting.append(child)
                continue
            made += self._loose(waiting)
            waiting = []
            made += self._block(child)
        return made + self._loose(waiting)

    def inlines(self, children: Iterable["Node | str"]) -> list[Part]:
        """The inlines of these, blanks at both ends left out."""
        return _trimmed(list(self._inlines(children)))

    def _loose(self, children: Sequence["Node | str"]) -> list[Part]:
        parts = self.inlines(children)
        return [para(parts)] if parts else []

    def _block(self, node: Node) -> list[Part]:
        if node.tag in _HEADINGS:
            return [self._heading(node)]
        if node.tag in _BLOCKS:
            return _BLOCKS[node.tag](self, node)
        inner = self.blocks(node.children)
        kept = [name for name in node.classes if name != "scroll"]
        return [div(kept, inner)] if _GROUPS & set(kept) and inner else inner

    def _heading(self, node: Node) -> Part:
        name = self._unused(self.anchors.get(node.attributes.get("id", ""), ""))
        level = _HEADINGS[node.tag] - 1  # the page's first heading is the document's title
        return {"t": "Header", "c": [level, attributes(name), self.inlines(node.children)]}

    def _unused(self, name: str) -> str:
        """The name, or another where a notebook's section is called as one of the page's own is: each has its page."""
        free = name
        while free and free in self.named:
            free = f"{name}-{len(self.named)}"
        self.named.add(free)
        return free

    def _title(self, node: Node) -> list[Part]:
        return [div(["title"], [para(self.inlines(node.children))])]

    def _paragraph(self, node: Node) -> list[Part]:
        parts = self.inlines(node.children)
        if not parts:
            return []
        return [div(node.classes, [para(parts)])] if node.classes else [para(parts)]

    def _listing(self, node: Node) -> list[Part]:
        items = [child for child in node.tags() if child.tag == "li"]
        if "findings" in node.classes:
            return [div(["finding"], self.blocks(item.children)) for item in items]
        entries = [self.blocks(item.children) for item in items]
        entries = [[plain(one["c"]) if one["t"] == "Para" else one for one in entry] for entry in entries if entry]
        if not entries:
            return []
        if node.tag == "ul":
            return [{"t": "BulletList", "c": entries}]
        start = node.attributes.get("start", "1")
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1  # noqa: PLR2004 - 32 bits
        return [{"t": "OrderedList", "c": [[number, {"t": "Decimal"}, {"t": "Period"}], entries]}]

    def _facts(self, node: Node) -> list[Part]:
        """Pairs of a term and what is said of it: a block each, with two blocks in it."""
        pairs = [child for child in node.tags() if child.tag == "div"] or [node]
        return [div(["facts"], [div(["fact"], self._pair(pair)) for pair in pairs])]

    def _pair(self, node: Node) -> list[Part]:
        return [div([child.tag], [plain(self.inlines(child.children))]) for child in node.tags()]

    def _details(self, node: Node) -> list[Part]:
        """What a page folds up: on the cover the parameters alone, since all of it stands under Provenance too."""
        if "made" not in node.classes:
            kept = [child for child in node.tags() if child.tag != "summary" and "code" not in child.classes]
            return self.blocks(kept)
        pairs = [
            pair for pair in node.all("div") if any(term.tag == "dt" and any(term.all("code")) for term in pair.tags())
        ]
        for pair in pairs:
            for said in pair.all("dd"):
                said.children = [one for one in said.children if isinstance(one, str) or "about" not in one.classes]
        return [div(["made"], [div(["fact"], self._pair(pair)) for pair in pairs])] if pairs else []

    def _code(self, node: Node) -> list[Part]:
        content = _NOT_XML.sub("\ufffd", node.text.replace("\r\n", "\n").replace("\r", "\n"))
        return [
            {"t": "CodeBlock", "c": [attributes("", ["python"] if "hl" in node.classes else []), content.strip("\n")]}
        ]

    def _figure(self, node: Node) -> list[Part]:
        return [div(["figure"], [plain([picture])]) for one in node.all("img") if (picture := self._picture(one))]

    def _quote(self, node: Node) -> list[Part]:
        return [{"t": "BlockQuote", "c": self.blocks(node.children)}]

    def _rule(self, node: Node) -> list[Part]:  # noqa: ARG002
        return [{"t": "HorizontalRule"}]

    def _table(self, node: Node) -> list[Part]:
        return grid(node, self.inlines)

    def _picture(self, node: Node) -> Part | None:
        kind, _, content = node.attributes.get("src", "").partition(",")
        alt = " ".join(_NOT_XML.sub("\ufffd", node.attributes.get("alt", "")).split())
        width = node.attributes.get("width", "")
        number = len(self.pictures) + len(self.problems) + 1
        if kind not in ENDINGS or not (decoded := _decoded(content)):
            self.problems.append(f"figure {number} is not inside the page as a PNG or JPEG")
            return None
        if not alt:
            self.problems.append(f"figure {number} has no alt text")
            return None
        file = f"figure-{number}.{ENDINGS[kind]}"
        self.pictures[file] = Picture(file, decoded, alt, int(width) if width.isdecimal() else 0)
        return {"t": "Image", "c": [attributes(), [text(alt)], [file, ""]]}

    def _inlines(self, children: Iterable["Node | str"]) -> Iterator[Part]:
        for child in children:
            if isinstance(child, str):
                if child:
                    yield text(_said(child))
            elif child.tag == "br":
                yield {"t": "LineBreak"}
            elif child.tag == "img":
                yield from filter(None, [self._picture(child)])
            elif child.tag in _CODE:
                yield {"t": "Code", "c": [attributes(), _said(child.text)]}
            else:
                yield from self._marked(child)

    def _marked(self, node: Node) -> Iterator[Part]:
        inner = list(self._inlines(node.children))
        if node.tag == "a":
            yield from self._link(node, inner)
        elif node.tag in _FORMS:
            yield {"t": _FORMS[node.tag], "c": inner}
        elif node.tag == "bdi":
            yield span([OWN], inner)
        elif "whole" in node.classes:
            yield text(_said(node.text).replace(" ", "\u00a0"))
        else:
            yield span(node.classes, inner)

    def _link(self, node: Node, inner: list[Part]) -> Iterator[Part]:
        """A link to a section or to the web; of a file beside the page the name, for paper has no file beside it."""
        target = node.attributes.get("href", "")
        if target.startswith("#") and target[1:] in self.anchors:
            yield {"t": "Link", "c": [attributes(), inner, [f"#{self.anchors[target[1:]]}", ""]]}
        elif target.lower().startswith(_LINKS):
            yield {"t": "Link", "c": [attributes(), inner, [_NOT_XML.sub("", target), ""]]}
        else:
            yield from inner
            if target and not target.startswith("#") and not target.endswith(node.text):
                yield from [text(": "), {"t": "Code", "c": [attributes(), target]}]


_BLOCKS: Mapping[str, Callable[[_Builder, Node], list[Part]]] = {
    "h1": _Builder._title,
    "p": _Builder._paragraph,
    "ul": _Builder._listing,
    "ol": _Builder._listing,
    "dl": _Builder._facts,
    "details": _Builder._details,
    "pre": _Builder._code,
    "figure": _Builder._figure,
    "blockquote": _Builder._quote,
    "hr": _Builder._rule,
    "table": _Builder._table,
}


def _said(content: str) -> str:
    """A text with single blanks, and without signs that no format can hold."""
    return _NOT_XML.sub("\ufffd", _BLANKS.sub(" ", content))


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _trimmed(parts: list[Part]) -> list[Part]:
    """The parts without blanks at both ends."""
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while parts and parts[end]["t"] == "Str":
            kept = strip(parts[end]["c"], " ")
            if kept:
                parts[end] = text(kept)
                break
            parts.pop(end)
    return parts
