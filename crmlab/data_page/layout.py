"""What a page of data is laid out in: sections of sentences, tables and points, all of them text."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["good", "bad", "odd", "plain"]


@dataclass(frozen=True)
class Grid:
    """A table of texts; `numbers` are the positions of columns to align right, `totals` those of rows to stress.

    `notes` are sentences to be read with the table.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """One thing said, whether it is good, bad or odd, and what there is to add."""

    mark: Mark
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page; `anchor` is its name in addresses. What is empty is not shown."""

    anchor: str
    title: str
    sentences: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    points: tuple[Point, ...] = ()
