"""A page of ours as a tree of tags and texts, without what paper has no use for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CONTROLS = frozenset({"button", "canvas", "datalist", "dialog", "fieldset", "form", "input", "meter", "nav", "output"})
_FOREIGN = frozenset({"audio", "embed", "iframe", "map", "math", "noscript", "object", "progress", "script", "select"})
_NOT_ON_PAPER = _CONTROLS | _FOREIGN | {"style", "svg", "template", "textarea", "video"}
SCREEN_ONLY = "screen-only"
"""The class of what a page shows on a screen and no other format has."""


@dataclass
class Node:
    """A tag with its attributes and what stands in it: other tags, and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def classes(self) -> tuple[str, ...]:
        """The words of its `class`."""
        return tuple(self.attributes.get("class", "").split())

    def tags(self) -> Iterator["Node"]:
        """The tags directly in it."""
        return (child for child in self.children if isinstance(child, Node))

    def all(self, tag: str) -> Iterator["Node"]:
        """Every such tag anywhere in it, in order."""
        for child in self.tags():
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    @property
    def text(self) -> str:
        """All text in it, blanks and line ends as they are."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


def tree(html: str) -> Node:
    """The page as a tree; navigation, controls, scripts, styles and what is hidden from readers are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("page")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        if not _is_left_out(node):
            self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in [node.tag for node in self._open]:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _is_left_out(node: Node) -> bool:
    hidden = "hidden" in node.attributes or node.attributes.get("aria-hidden") == "true"
    return node.tag in _NOT_ON_PAPER or hidden or bool({SCREEN_ONLY, "skip"} & set(node.classes))
