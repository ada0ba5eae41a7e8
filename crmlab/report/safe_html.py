"""HTML from a notebook's outputs, rewritten tag by tag: what a report may show stays, everything else is text or gone.

The result is built only from the tags and attributes named here, every text escaped and every tag closed, so an
output that carries a script, a style or a stray end tag cannot reach beyond its place in the page.
"""

import re
from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

from crmlab.language import tr

_TEXT_TAGS = (
    "a abbr b bdi blockquote br code dd del div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i kbd li ol p pre s samp "
    "small span strong sub sup u ul var"
)
_TABLE_TAGS = "caption col colgroup table tbody td tfoot th thead tr"
_TAGS = frozenset(f"{_TEXT_TAGS} {_TABLE_TAGS}".split())
_VOID = frozenset({"br", "col", "hr"})
_WITH_CONTENT = (
    "applet audio canvas frameset head iframe math noscript object script "
    "select style svg template textarea title video"
)
_GONE_WITH_CONTENT = frozenset(_WITH_CONTENT.split())
_ATTRIBUTES = frozenset({"class", "colspan", "dir", "lang", "rowspan", "scope", "start", "title"})
_OWN_ATTRIBUTES = frozenset({"id", "tabindex", "role", "aria-label", "download"})
_PERSIAN = "[۰-۹]{4}/[۰-۹]{2}/[۰-۹]{2}|[۰-۹][۰-۹٬٫]*\u200f?٪"
_UNBREAKABLE = re.compile(rf"(\d{{4}}-\d{{2}}(?:-\d{{2}})?|\d[\d.,]* %(?: to \d[\d.,]* %)?|{_PERSIAN})")
_PHRASE, _LONG = 18, 40  # letters in a cell from which on it needs some room on a narrow page, and a line of its own
_LINKS = ("#", "http://", "https://", "mailto:")


def clean(html: str, *, own: bool = False) -> Markup:
    """`html` with only the tags of text and tables; each table stands in a box that scrolls sideways by itself.

    Each cell has the heading of its column as `data-label`, for pages too narrow for columns. With `own`, for what our
    markdown renderer wrote, ids and relative links are kept too.
    """
    cleaner = _Cleaner(own)
    cleaner.feed(html)
    return cleaner.finished()


def whole(text: str) -> Markup:
    """`text` escaped, its days, months and percentages kept from being broken over two lines."""
    marked = _UNBREAKABLE.sub(r'<span class="whole">\1</span>', escape(text))
    return Markup(marked)  # noqa: S704 - escaped in the line above


class _Cleaner(HTMLParser):
    def __init__(self, own: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._own = own
        self._out: list[str] = []
        self._open: list[str] = []
        self._gone: list[str] = []
        self._tables: list[int] = []  # where in `_out` the opening of each open table's box stands
        self._caption: list[str] = []
        self._cell: list[str] = []
        self._cell_at = 0  # where in `_out` the opening of the last cell stands
        self._headings: list[str] = []  # of the columns of the last table
        self._column = 0

    def finished(self) -> Markup:
        self.close()
        while self._open:
            self._end(self._open[-1])
        return Markup("".join(self._out))  # noqa: S704 - built from known tags and escaped text only

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._gone or tag in _GONE_WITH_CONTENT:
            self._gone += [tag] if tag in _GONE_WITH_CONTENT else []
            return
        if tag not in _TAGS:
            return
        if tag == "table":
            self._tables.append(len(self._out))
            self._out.append(_box(tr("Table")))
            self._headings = []
        if tag == "tr":
            self._column = 0
        if tag in ("td", "th"):
            self._cell, self._cell_at = [], len(self._out)
        self._out.append(f"<{tag}{self._attributes(tag, attrs)}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._gone:
            if tag == self._gone[-1]:
                self._gone.pop()
        elif tag in self._open:
            while self._open[-1] != tag:
                self._end(self._open[-1])
            self._end(tag)

    def handle_data(self, data: str) -> None:
        if not self._gone:
            self._out.append(escape(data) if {"pre", "code"} & set(self._open) else whole(data))
            if "caption" in self._open:
                self._caption.append(data)
            if {"td", "th"} & set(self._open):
                self._cell.append(data)

    def _end(self, tag: str) -> None:
        self._open.pop()
        self._out.append(f"</{tag}>")
        if tag == "caption" and self._tables:
            self._out[self._tables[-1]] = _box(" ".join("".join(self._caption).split()) or tr("Table"))
            self._caption.clear()
        if tag in ("td", "th"):
            self._finish_cell(tag)
        if tag == "table":
            self._tables.pop()
            self._out.append("</div>")

    def _finish_cell(self, tag: str) -> None:
        text = " ".join("".join(self._cell).split())
        if "thead" in self._open:
            self._headings.append(text)
        elif tag == "td":
            opening = self._out[self._cell_at]
            if opening == "<td>" and len(text) > _PHRASE:
                opening = f'<td class="{"long" if len(text) > _LONG else "phrase"}">'
            if label := "".join(self._headings[self._column : self._column + 1]):
                opening = f'{opening.removesuffix(">")} data-label="{escape(label)}">'
            self._out[self._cell_at] = opening
        self._column += 1

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        allowed = _ATTRIBUTES | _OWN_ATTRIBUTES if self._own else _ATTRIBUTES
        kept = {name: value or "" for name, value in attrs if name in allowed}
        if tag == "a" and (link := self._link(dict(attrs).get("href") or "")):
            kept["href"] = link
        if tag == "th":
            kept.setdefault("scope", "row" if "tbody" in self._open else "col")
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())

    def _link(self, address: str) -> str:
        address = address.strip()
        relative = self._own and ":" not in address and not address.startswith(("/", "\\"))
        return address if relative or address.lower().startswith(_LINKS) else ""


def _box(name: str) -> str:
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(name)}">'
