"""The document's parts as typst has them: blocks with the look of their class, inlines as strings and functions.

Every text becomes a string of typst, in which only two signs have a meaning; so no text can be taken for an order.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from crmlab.report.formats.document import OWN, Picture
from crmlab.report.formats.grid import LONGEST_CODE, LONGEST_WORD
from crmlab.report.formats.pandoc import Part, attributes, raw

_PAGE_PIXELS = 820  # a figure as wide as this takes the whole width of the page
_LOOKS = {
    "cover": "cover",
    "kicker": "kicker",
    "status": "status",
    "finding": "finding",
    "claim": "claim",
    "number-line": "number-line",
    "rests": "rests",
    "note": "note",
    "crmlab-claim": "claimed",
    "refusal": "refusal",
    "big": "big",
    "interval": "interval",
    "crmlab-badge": "badge",
}
"""The functions of `report.typ` that a class stands for; all other classes have no look of their own."""

_MARKS = {
    "Emph": "emph",
    "Strong": "strong",
    "Underline": "underline",
    "Strikeout": "strike",
    "Subscript": "sub",
    "Superscript": "super",
}
_START_OF_OWN, _END_OF_OWN = "\u2068", "\u2069"


class Shapes:
    """The parts of one report for typst."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self._pictures = pictures

    def blocks(self, parts: Iterable[Part]) -> list[Part]:
        """Blocks that pandoc writes as they are."""
        return [shaped for part in parts for shaped in _BLOCKS[part["t"]](self, part)]

    def _lines(self, part: Part) -> list[Part]:
        return [{"t": part["t"], "c": self._inlines(part["c"])}]

    def _heading(self, part: Part) -> list[Part]:
        level, name, said = part["c"]
        return [{"t": "Header", "c": [level, name, self._inlines(said)]}]

    def _code(self, part: Part) -> list[Part]:
        (_, classes, _), source = part["c"]
        language = f", lang: {quoted(classes[0])}" if classes else ""
        return [raw("typst", f"#raw({quoted(source)}, block: true{language})")]

    def _quote(self, part: Part) -> list[Part]:
        return [{"t": "BlockQuote", "c": self.blocks(part["c"])}]

    def _bullets(self, part: Part) -> list[Part]:
        return [{"t": "BulletList", "c": [self.blocks(item) for item in part["c"]]}]

    def _numbered(self, part: Part) -> list[Part]:
        how, items = part["c"]
        return [{"t": "OrderedList", "c": [how, [self.blocks(item) for item in items]]}]

    def _as_it_is(self, part: Part) -> list[Part]:
        return [part]

    def _table(self, part: Part) -> list[Part]:
        _, (short, caption), columns, (of_head, head), bodies, foot = part["c"]
        shaped = [[*body[:2], self._rows(body[2]), self._rows(body[3])] for body in bodies]
        said = [short, self.blocks(caption)]
        top = [of_head, self._rows(head, "head")]
        return [{"t": "Table", "c": [attributes(), said, columns, top, shaped, foot]}]

    def _rows(self, rows: Iterable[Any], look: str = "") -> list[Any]:
        return [[of, [[*cell[:4], self._cell(cell[4], look)] for cell in cells]] for of, cells in rows]

    def _cell(self, blocks: list[Part], look: str) -> list[Part]:
        if not look or not blocks:
            return self.blocks(blocks)
        return [{"t": "Plain", "c": [raw("typst", f"#{look}{self._content(blocks)};", inline=True)]}]

    def _group(self, part: Part) -> list[Part]:
        (_, classes, pairs), blocks = part["c"]
        for name, shaped in _GROUPS.items():
            if name in classes:
                return shaped(self, blocks, dict(pairs))
        look = _look(classes)
        inner = self.blocks(blocks)
        return _around(look, inner) if look else inner

    def _title(self, blocks: list[Part], _: Mapping[str, str]) -> list[Part]:
        return [raw("typst", f"#title{self._content(blocks)}")]

    def _facts(self, blocks: list[Part], _: Mapping[str, str]) -> list[Part]:
        return [raw("typst", f"#facts({', '.join(map(self._fact, blocks))})")]

    def _made(self, blocks: list[Part], _: Mapping[str, str]) -> list[Part]:
        return [raw("typst", f"#made({', '.join(map(self._fact, blocks))})")]

    def _fact(self, part: Part) -> str:
        return "fact" + "".join(self._content([one]) for one in part["c"][1])

    def _figure(self, blocks: list[Part], _: Mapping[str, str]) -> list[Part]:
        return [raw("typst", self._image(image)) for image in _inside(blocks) if image["t"] == "Image"]

    def _logo(self, blocks: list[Part], _: Mapping[str, str]) -> list[Part]:
        pictures = [self._pictures[one["c"][2][0]] for one in _inside(blocks) if one["t"] == "Image"]
        return [raw("typst", f"#logo({quoted(one.file)}, {quoted(one.alt)})") for one in pictures]

    def _grid(self, blocks: list[Part], given: Mapping[str, str]) -> list[Part]:
        inner = _around(f"at-size({given['size']}, {quoted(given['whole'])})", self.blocks(blocks))
        return _around("flipped", inner) if given["page"] == "landscape" else inner

    def _content(self, blocks: Iterable[Part]) -> str:
        """The lines of simple blocks as one content block."""
        return f"[{''.join(map(self._inline, _inside(blocks)))}]"

    def _inlines(self, parts: Sequence[Part]) -> list[Part]:
        return [raw("typst", "".join(map(self._inline, parts)), inline=True)] if parts else []

    def _inline(self, part: Part) -> str:
        kind = part["t"]
        if kind in _MARKS:
            return f"#{_MARKS[kind]}[{''.join(map(self._inline, part['c']))}];"
        return _INLINES[kind](self, part)

    def _text(self, part: Part) -> str:
        return f"#{quoted(_breakable(part['c'], LONGEST_WORD))};"

    def _word_of_code(self, part: Part) -> str:
        return f"#raw({quoted(_breakable(part['c'][1], LONGEST_CODE))});"

    def _line_end(self, _: Part) -> str:
        return "#linebreak();"

    def _image(self, part: Part) -> str:
        picture = self._pictures[part["c"][2][0]]
        share = min(100, round(100 * picture.width / _PAGE_PIXELS)) if picture.width else 100
        return f"#figure-of({quoted(picture.file)}, {quoted(picture.alt)}, {share});"

    def _link(self, part: Part) -> str:
        _, said, (target, _) = part["c"]
        to = f"<{target[1:]}>" if target.startswith("#") else quoted(target)
        return f"#link({to})[{''.join(map(self._inline, said))}];"

    def _span(self, part: Part) -> str:
        (_, classes, _), said = part["c"]
        look = _look(classes)
        inner = "".join(map(self._inline, said))
        if OWN in classes:
            return f"#{quoted(_START_OF_OWN)};{inner}#{quoted(_END_OF_OWN)};"
        return f"#{look}[{inner}];" if look else inner


_BLOCKS: Mapping[str, Callable[[Shapes, Part], list[Part]]] = {
    "Para": Shapes._lines,
    "Plain": Shapes._lines,
    "Header": Shapes._heading,
    "CodeBlock": Shapes._code,
    "BlockQuote": Shapes._quote,
    "BulletList": Shapes._bullets,
    "OrderedList": Shapes._numbered,
    "HorizontalRule": Shapes._as_it_is,
    "Table": Shapes._table,
    "Div": Shapes._group,
}
_GROUPS: Mapping[str, Callable[[Shapes, list[Part], Mapping[str, str]], list[Part]]] = {
    "title": Shapes._title,
    "logo": Shapes._logo,
    "facts": Shapes._facts,
    "made": Shapes._made,
    "figure": Shapes._figure,
    "grid": Shapes._grid,
}
_INLINES: Mapping[str, Callable[[Shapes, Part], str]] = {
    "Str": Shapes._text,
    "Code": Shapes._word_of_code,
    "LineBreak": Shapes._line_end,
    "Image": Shapes._image,
    "Link": Shapes._link,
    "Span": Shapes._span,
}


def quoted(text: str) -> str:
    """The text as typst's string: two signs have a meaning in it, and both are written as what they are."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _look(classes: Iterable[str]) -> str | None:
    return next((_LOOKS[name] for name in classes if name in _LOOKS), None)


def _inside(blocks: Iterable[Part]) -> Iterator[Part]:
    """The inlines of blocks, and of the blocks in them."""
    for block in blocks:
        if block["t"] == "Div":
            yield from _inside(block["c"][1])
        elif block["t"] in ("Para", "Plain"):
            yield from block["c"]


def _around(function: str, blocks: Sequence[Part]) -> list[Part]:
    return [raw("typst", f"#{function}["), *blocks, raw("typst", "]")]


def _breakable(text: str, longest: int) -> str:
    """The text with places to break a line in words that are too long for any column."""
    return re.sub(rf"(\S{{{longest}}})(?=\S)", "\\1\u200b", text)
