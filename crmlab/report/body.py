"""The cells of an executed notebook as blocks of a page: prose, code, tables, figures, in order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from typing import Any, Literal
from urllib.parse import unquote

import mistune
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from crmlab.errors import ReportError, together
from crmlab.findings import FINDINGS_MIME, LIST_MIME, REFUSAL_MIME
from crmlab.language import count, tr
from crmlab.panel import PANEL_MIME
from crmlab.report.safe_html import clean

_PICTURES = ("image/png", "image/jpeg")
_OURS = {FINDINGS_MIME: "findings", LIST_MIME: "list", REFUSAL_MIME: "refusal", PANEL_MIME: "decision"}
_NOT_SLUG = re.compile(r"[^\w]+")
_INSIDE_LINK = re.compile(r' href="#([^"]*)"')
_FIGURE = Markup('<figure class="scroll" tabindex="0"><img src="{}" alt="{}"{}></figure>')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LOWEST_HEADING = 6

View = Literal["client", "teaching"]


@dataclass(frozen=True)
class Block:
    """One piece of the page; `kind` is its CSS class, `html` is safe to stand in the page as it is.

    `data` is what the page makes more of than `html` shows, such as a decision panel; empty for most blocks.
    """

    kind: str
    html: Markup
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Heading:
    """A section of the body, for the list of contents."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Body:
    """A notebook as a page shows it: what stands in the text, what in the method appendix, and its sections."""

    blocks: tuple[Block, ...]
    method: tuple[Block, ...]
    sections: tuple[Heading, ...]


def body(notebook: Any, *, view: View, refused_at: int | None = None) -> Body:
    """The blocks of an executed notebook.

    The client view moves code and cells tagged `method` to the appendix. After the cell at `refused_at` nothing
    is shown, because nothing was computed. The notebook's title is left out: the page has its question.

    Raises
    ------
    ReportError
        If a picture has no description for those who cannot see it, or would have to come from elsewhere.
    """
    cells = notebook.cells if refused_at is None else notebook.cells[: refused_at + 1]
    text, appendix = _Prose(top=2), _Prose(top=3)
    main: list[Block] = []
    method: list[Block] = []
    problems: list[str] = []
    for cell in cells:
        aside = view == "client" and (cell.cell_type == "code" or "method" in cell.metadata.get("tags", []))
        try:
            (method if aside else main).extend(_written(cell, appendix if aside else text))
            main.extend(_output(output, text) for output in cell.get("outputs", []) if _is_shown(output))
        except ValueError as cause:
            problems.append(f"cell {cell.get('id', '?')!r}: {cause}")
    if problems:
        raise ReportError(together("the report's figures are not ready for every reader:", problems))
    anchors = text.anchors | appendix.anchors
    return Body(_linked(main, anchors), _linked(method, anchors), tuple(text.sections))


def _linked(blocks: list[Block], anchors: set[str]) -> tuple[Block, ...]:
    """The blocks without links to sections that this view of the notebook does not have."""

    def kept(link: re.Match[str]) -> str:
        return link[0] if link[1] in anchors else ""

    return tuple(replace(one, html=Markup(_INSIDE_LINK.sub(kept, one.html))) for one in blocks)  # noqa: S704 - as it was


def _written(cell: Any, prose: "_Prose") -> list[Block]:
    """What a person wrote in the cell, its outputs aside."""
    if not cell.source.strip():
        return []
    if cell.cell_type == "code":
        return [Block("code", code_html(cell.source))]
    if cell.cell_type == "markdown":
        html = prose.html(cell.source, cell.get("attachments", {}))
        return [Block("prose", html)] if html.strip() else []
    return []


@lru_cache(maxsize=1024)  # the same notebook, for one client after the other
def code_html(source: str) -> Markup:
    """Python source with its words marked for the style sheet."""
    marked = highlight(source.strip("\n"), PythonLexer(), HtmlFormatter(nowrap=True))
    return Markup(f'<pre class="hl" tabindex="0"><code>{marked}</code></pre>')  # noqa: S704 - pygments escapes


def _is_shown(output: Any) -> bool:
    """Warnings have a section of their own; an error here is a refusal, and its statement is another output."""
    return bool(output.output_type != "error" and output.get("name") != "stderr")


def _output(output: Any, prose: "_Prose") -> Block:
    if output.output_type == "stream":
        return _plain(output.text)
    data = output.data
    for picture in _PICTURES:
        if picture in data:
            return Block("figure", _picture(data[picture], picture, output.metadata.get(picture, {})))
    if "text/html" in data:
        kind = next((name for mime, name in _OURS.items() if mime in data), "table")
        return Block(kind, clean(data["text/html"]) + _download(data), data.get(PANEL_MIME, {}))
    if "text/markdown" in data:
        return Block("prose", prose.html(data["text/markdown"], {}))
    return _plain(data.get("text/plain", ""))


def _plain(text: str) -> Block:
    return Block("plain", Markup('<pre tabindex="0">{}</pre>').format(text.strip("\n")))


def _picture(content: str, mime: str, about: Mapping[str, Any]) -> Markup:
    alt = str(about.get("alt", "")).strip()
    if not alt:
        raise ValueError("a figure has no alt text")
    size = {name: int(about[name]) for name in ("width", "height") if name in about}
    attributes = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in size.items())
    source = f"data:{mime};base64,{''.join(content.split())}"
    return _FIGURE.format(source, alt, attributes)


def _download(data: Mapping[str, Any]) -> Markup:
    if LIST_MIME not in data:
        return Markup("")
    payload = data[LIST_MIME]
    rows = len(payload["table"]["data"])
    link = Markup('<p class="download"><a href="lists/{}.csv" download>{}</a></p>')
    return link.format(payload["id"], tr("All {n} rows as CSV", n=count(rows)))


@dataclass
class _Prose:
    """Markdown of many cells as one text: headings never skip a level, and each has an anchor of its own."""

    top: int
    sections: list[Heading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._level = self.top - 1
        self.anchors: set[str] = set()
        self._titled = False

    def html(self, source: str, attachments: Mapping[str, Mapping[str, str]]) -> Markup:
        renderer = _Renderer(self, attachments)
        rendered = mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])(
            _COMMENT.sub("", source)
        )
        return _with_pictures(clean(str(rendered), own=True), renderer.pictures)

    def heading(self, text: str, level: int) -> str:
        if level == 1 and not self._titled:
            self._titled = True
            return ""
        plain = clean(text).striptags()
        shown = min(max(level, self.top), max(self._level, self.top - 1) + 1, _LOWEST_HEADING)
        self._level = shown
        anchor = self._anchor(plain)
        if shown == self.top:
            self.sections.append(Heading(anchor, plain))
        return f'<h{shown} id="{escape(anchor)}">{text}</h{shown}>\n'

    def _anchor(self, text: str) -> str:
        anchor = base = ("a-" if self.top > 2 else "") + slug(text)  # noqa: PLR2004 - the appendix has its own names
        number = 1
        while anchor in self.anchors:
            number += 1
            anchor = f"{base}-{number}"
        self.anchors.add(anchor)
        return anchor


class _Renderer(mistune.HTMLRenderer):
    """Markdown to HTML, raw HTML shown as text; pictures are kept aside, since cleaning would take them."""

    def __init__(self, prose: _Prose, attachments: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(escape=True)
        self._prose = prose
        self._attachments = attachments
        self.pictures: list[Markup] = []

    def heading(self, text: str, level: int, **attrs: Any) -> str:  # noqa: ARG002
        return self._prose.heading(text, level)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("#"):  # mistune has put letters beyond ASCII in per cents
            return f'<a href="#{escape(slug(unquote(url[1:])))}">{text}</a>'
        return super().link(text, url, title)

    def block_code(self, code: str, info: str | None = None) -> str:
        return str(code_html(code)) if info in ("python", "py") else str(_plain(code).html)

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        tag = "th" if head else "td"
        number = ' class="number"' if align == "right" else ""
        return f"<{tag}{number}>{text}</{tag}>"

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        found = self._attachments.get(url.removeprefix("attachment:"), {})
        mime = next((name for name in _PICTURES if name in found), None)
        if mime is None:
            raise ValueError(f"the picture {url!r} is not inside the notebook; attach it")
        self.pictures.append(_picture(found[mime], mime, {"alt": text}))
        return f"\ue000{len(self.pictures) - 1}\ue001"


def _with_pictures(html: Markup, pictures: list[Markup]) -> Markup:
    for number, picture in enumerate(pictures):
        inner = picture[picture.index("<img") :].removesuffix("</figure>")  # it stands inside a paragraph
        html = Markup(str(html).replace(f"\ue000{number}\ue001", inner))  # noqa: S704 - both parts are safe
    return html


def slug(text: str) -> str:
    """The name of a section in links, from its heading: its letters and digits, joined by dashes."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-") or "section"
