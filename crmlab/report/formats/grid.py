"""A table of the page as pandoc's table: its heading row, how its columns are aligned, and how wide each has to be."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from crmlab.report.formats.pandoc import Part, attributes, div, plain, strong
from crmlab.report.formats.tree import Node

Inlines = Callable[[Iterable[Node | str]], list[Part]]

_PADDING = 12.0  # points beside a cell's text
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)
"""Of a table's text in points: none is smaller, since nobody would read it."""
_PAGES = {"portrait": 482.0, "landscape": 728.0}  # points between the margins of A4
_SLACK = 1.06  # the letters are estimated, not measured
_MOST_LINES, _FEW_LETTERS = 5, 24  # beyond so many lines of fewer letters a text is no longer read as one
_LONGEST_SPAN = 50
_SHORT = 9
_LONGEST_WHOLE = 800  # letters of a cell up to which no row is cut by the end of a page
_NARROW, _USUAL, _CAPITAL = 0.3, 0.52, 0.7  # ems
_NARROW_SIGNS = frozenset(" .,:;!|'()[]ijltf\u00a0\u200c\u200e\u200f\u2068\u2069")
LONGEST_WORD, LONGEST_CODE = 30, 64
"""Letters after which a word, or a word of code such as a hash, may be broken."""


@dataclass(frozen=True)
class Cell:
    """A cell of the table, and how many columns it takes; no tag stands where a cell from above reaches down."""

    node: Node | None
    columns: int = 1

    @property
    def is_number(self) -> bool:
        """Whether it stands at the end of its column's line."""
        return self.node is not None and "number" in self.node.classes


@dataclass(frozen=True)
class Layout:
    """On which page (`portrait` or `landscape`) and at which size in points a table fits, and its columns' shares."""

    page: str
    size: float
    shares: tuple[float, ...]


def grid(node: Node, inlines: Inlines) -> list[Part]:
    """The table in a block that says at which size and on which page it fits, and whether it or its rows stay whole."""
    head, body = list(_rows(node, "thead")), list(_rows(node, "table", "tbody", "tfoot"))
    cells = _cells([*head, *body])
    width = max((sum(cell.columns for cell in row) for row in cells), default=0)
    if not width:
        return []
    caption = next((inlines(part.children) for part in node.tags() if part.tag == "caption"), [])
    fit = _layout(cells, width)
    rows = [
        _row(row, width, inlines, bold="total" in of.classes) for row, of in zip(cells, [*head, *body], strict=True)
    ]
    top, rest = len(head), cells[len(head) :]
    named = bool(rest) and all(row and row[0].node is not None and row[0].node.tag == "th" for row in rest)
    longest = max(len(cell.node.text) for row in cells for cell in row if cell.node)
    whole = "none" if longest > _LONGEST_WHOLE else "all" if is_short(len(cells)) else "rows"
    table = [
        attributes(),
        [None, [plain(caption)] if caption else []],
        [_column(cells, place, share) for place, share in enumerate(fit.shares)],
        [attributes(), rows[:top]],
        [[attributes(), int(named), [], rows[top:]]],
        [attributes(), []],
    ]
    return [div(["grid"], [{"t": "Table", "c": table}], size=f"{fit.size:g}", page=fit.page, whole=whole)]


def is_short(rows: int) -> bool:
    """Whether a table has so few rows, those of its headings among them, that no page has to end in it."""
    return rows <= _SHORT


def _column(cells: Sequence[Sequence[Cell]], place: int, share: float) -> list[Part]:
    right = any(cell.is_number for cell in _placed(cells, place))
    return [{"t": "AlignRight" if right else "AlignDefault"}, {"t": "ColWidth", "c": round(share, 4)}]


def _rows(table: Node, *of: str) -> Iterator[Node]:
    for part in [table, *table.tags()]:
        if part.tag in of:
            yield from (row for row in part.tags() if row.tag == "tr")


def _cells(rows: Sequence[Node]) -> list[list[Cell]]:
    """The cells of each row; what one that spans rows covers below it is an empty cell."""
    below: dict[int, int] = {}
    table = []
    for row in rows:
        cells: list[Cell] = []
        place = 0
        for node in [*(one for one in row.tags() if one.tag in ("td", "th")), None]:
            while below.get(place):
                below[place] -= 1
                cells.append(Cell(None))
                place += 1
            if node is not None:
                columns = _span(node, "colspan")
                below |= dict.fromkeys(range(place, place + columns), _span(node, "rowspan") - 1)
                cells.append(Cell(node, columns))
                place += columns
        table.append(cells)
    return table


def _span(node: Node, name: str) -> int:
    text = node.attributes.get(name, "1")
    return max(1, min(int(text), _LONGEST_SPAN)) if text.isascii() and text.isdigit() else 1


def _row(row: Sequence[Cell], width: int, inlines: Inlines, *, bold: bool) -> list[Any]:
    missing = width - sum(cell.columns for cell in row)
    written = [_cell(cell, inlines, bold=bold) for cell in [*row, *[Cell(None)] * missing]]
    return [attributes(), written]


def _cell(cell: Cell, inlines: Inlines, *, bold: bool) -> list[Any]:
    parts = inlines(cell.node.children) if cell.node else []
    blocks = [plain([strong(parts)] if bold else parts)] if parts else []
    return [attributes(), {"t": "AlignDefault"}, 1, cell.columns, blocks]


def _placed(cells: Sequence[Sequence[Cell]], place: int) -> Iterator[Cell]:
    """The cells that stand in this column alone."""
    for row in cells:
        start = 0
        for cell in row:
            if start == place and cell.columns == 1 and cell.node is not None:
                yield cell
            start += cell.columns


def _layout(cells: Sequence[Sequence[Cell]], width: int) -> Layout:
    """The largest type at which the longest word of every column fits, on the upright page if it can be."""
    measured = [_measured(_placed(cells, place)) for place in range(width)]
    for page, room in _PAGES.items():
        for size in SIZES:
            least = [size * word + _PADDING for word, _ in measured]
            if sum(least) > room:
                continue
            wide = _shared(least, [size * whole + _PADDING for _, whole in measured], room)
            if page == "landscape" or not _is_squeezed(measured, wide, size):
                return Layout(page, size, tuple(share / room for share in wide))
    total = sum(word for word, _ in measured)
    return Layout("landscape", SIZES[-1], tuple(word / total for word, _ in measured))


def _is_squeezed(measured: Sequence[tuple[float, float]], wide: Sequence[float], size: float) -> bool:
    """Whether a text of the table would be a tower: many lines, each of a few words."""
    towers = (
        size * whole > _MOST_LINES * (room - _PADDING) and room - _PADDING < _FEW_LETTERS * _USUAL * size
        for (_, whole), room in zip(measured, wide, strict=True)
    )
    return any(towers)


def _shared(least: Sequence[float], texts: Sequence[float], room: float) -> list[float]:
    """Each column's width: what its longest text takes in one line where all have room, else its part of the room.

    `least` is what the longest word needs. The rest goes to the columns by the root of what each lacks, so that long
    texts have more room than short ones and yet more lines; no column gets more than its text takes.
    """
    wide = list(least)
    lacking = {place: text - has for place, (text, has) in enumerate(zip(texts, least, strict=True)) if text > has}
    left = room - sum(least)
    while lacking and left > 0:
        roots = {place: sqrt(lack) for place, lack in lacking.items()}
        part = left / sum(roots.values())
        full = [place for place, lack in lacking.items() if lack <= part * roots[place]]
        if not full:
            return [has + part * roots.get(place, 0.0) for place, has in enumerate(wide)]
        for place in full:
            left -= lacking[place]
            wide[place] += lacking.pop(place)
    return wide


def _measured(column: Iterable[Cell]) -> tuple[float, float]:
    """Widths in ems of the longest word and of the longest text of a column."""
    word = whole = 1.0
    for cell in column:
        node = cell.node or Node("td")
        scale = _SLACK * (1.08 if node.tag == "th" else 1.0)
        mono = any(node.all("code"))
        content = " ".join(_unbroken(node).split(" "))
        pieces = [content.strip()] if cell.is_number and node.tag == "td" else content.split(" ")
        longest = LONGEST_CODE if mono else LONGEST_WORD
        word = max([word, *(scale * _ems(piece[:longest], mono=mono) for piece in pieces)])
        whole = max(whole, scale * _ems(content, mono=mono))
    return word, whole


def _unbroken(node: Node) -> str:
    """The text of a cell, with other blanks where no line may end."""
    if "whole" in node.classes:
        return node.text.replace(" ", "\u00a0")
    return "".join(" ".join(one.split("\n")) if isinstance(one, str) else _unbroken(one) for one in node.children)


def _ems(text: str, *, mono: bool) -> float:
    """About how wide a text is, in units of its size."""
    if mono:
        return 0.55 * len(text)
    return sum(_NARROW if sign in _NARROW_SIGNS else _CAPITAL if sign.isupper() else _USUAL for sign in text)
