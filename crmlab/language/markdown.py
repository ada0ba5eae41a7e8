"""Markdown as messages: a notebook's text is translated paragraph by paragraph.

A paragraph is a message: its lines joined by blanks, so that breaking a line elsewhere changes nothing. A heading, an
item of a list, a line of a quotation and a cell of a table are messages of their own, without the signs that make
them what they are. Code, formulas on lines of their own and HTML comments stay as they are.
"""

import re
from collections.abc import Callable, Iterator

from crmlab.language.catalogue import translated

_FENCE = re.compile(r"\s*(```|~~~|\$\$)")
_SIGN = re.compile(r"\s*(?:#{1,6}\s+|(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ x]\]\s+)?|>\s?)")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"[\s|:*_-]*$")
_CELL = re.compile(r"(?<!\\)\|")
_COMMENT = re.compile(r"\s*<!--")
_LINK = re.compile(r"\]\(#([^)\s]+)\)")


def messages_of(source: str) -> list[str]:
    """The messages of a markdown text, in their order."""
    found: list[str] = []

    def keep(message: str) -> str:
        found.append(message)
        return message

    _rewritten(source, keep)
    return found


def in_language_spoken(source: str) -> str:
    """A markdown text in the language spoken; what has no translation stays as it is."""
    return _rewritten(source, translated)


def with_links(source: str, anchors: dict[str, str]) -> str:
    """The text with its links to sections renamed by `anchors`: from the section's name in English."""
    return _LINK.sub(lambda link: f"](#{anchors.get(link[1].lower(), link[1])})", source)


def headings(source: str) -> list[str]:
    """The text of each heading, in its order."""
    return [" ".join(block[1:]) for block in _blocks(source) if block[0].lstrip().startswith("#")]


def _rewritten(source: str, say: Callable[[str], str]) -> str:
    return "\n".join(_said(block, say) for block in _blocks(source))


def _said(block: list[str], say: Callable[[str], str]) -> str:
    """One block in other words: `block[0]` is the sign it begins with, the rest its lines."""
    sign, *lines = block
    if sign == _KEPT:
        return "\n".join(lines)
    if sign == _TABLE:
        cells = [part.strip() for part in _CELL.split(lines[0].strip()[1:-1])]
        said = [say(cell) if cell else "" for cell in cells]
        return lines[0] if said == cells else f"| {' | '.join(said)} |"
    message = " ".join(" ".join(lines).split())
    other = say(message) if message else message
    return sign + ("\n".join(lines) if other == message else other)


_KEPT, _TABLE = "kept", "table"


def _blocks(source: str) -> Iterator[list[str]]:
    """Pieces of the text that are translated as one: the sign each begins with and its lines, signs taken off."""
    block: list[str] = []
    fence = ""
    for line in source.split("\n"):
        opening = _FENCE.match(line)
        alone = _kind_of_line(line, inside=bool(fence), opening=bool(opening))
        if opening and (not fence or opening[1] == fence):
            fence = "" if fence or line.count(opening[1]) > 1 else opening[1]
        sign = _SIGN.match(line)
        goes_on = bool(sign and block and sign[0].startswith(">") and block[0].startswith(">"))  # a quotation
        if block and not goes_on and (alone or sign or block[0].lstrip().startswith("#")):
            yield block
            block = []
        if alone:
            yield [alone, line]
        elif block:
            block.append(line[sign.end() :] if sign else line)
        else:
            block = [sign[0], line[sign.end() :]] if sign else ["", line]
    if block:
        yield block


def _kind_of_line(line: str, *, inside: bool, opening: bool) -> str:
    """Whether a line stands alone: kept as it is, or a row of a table; an empty word if it is part of a text."""
    if inside or opening or _COMMENT.match(line) or _RULE.match(line):
        return _KEPT
    return _TABLE if _ROW.match(line) else ""
