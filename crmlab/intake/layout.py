"""The beginning of a text file -> what separates its values, what quotes them, and on which line the header stands."""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crmlab.errors import DataError
from crmlab.intake.values import is_date, is_number, plain
from crmlab.tables.wording import plural

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_QUOTES = ('"', "'", "")
_MOST_LINES_ABOVE = 50
_MOSTLY = 0.8
_EXAMPLES = 3
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")


@dataclass(frozen=True)
class Layout:
    """How the lines of a text file are cut into values: keys of `Form`, and the header they lead to."""

    separator: str
    quote: str
    skip_lines: int
    header: tuple[str, ...]


@dataclass(frozen=True)
class _Cut:
    """The rows that one separator and quote give, with the line each begins on, and how well they agree."""

    separator: str
    quote: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    width: int
    agreeing: float

    @property
    def header_at(self) -> int | None:
        """The position of the first row that could be a header, or None."""
        for at, (_, row) in enumerate(self.rows[:_MOST_LINES_ABOVE]):
            if len(row) >= self.width and _filled(row) > self.width / 2:
                return at
        return None

    def names_above(self, at: int) -> int | None:
        """The position of a row of names above `at`, too few for the rows below it, or None.

        Where most rows of a short file are broken, the header is the one row that does not have their width.
        """
        for above, (_, row) in enumerate(self.rows[:at]):
            if _filled(row) > self.width / 2 and looks_like_header(row):
                return above
        return None

    @property
    def has_header(self) -> bool:
        """Whether the row where the header should be names columns rather than holding values."""
        at = self.header_at
        return at is not None and looks_like_header(self.rows[at][1])

    @property
    def score(self) -> float:
        """How likely it is the right cut: rows of one width, many values, names on top."""
        return self.agreeing * math.log2(self.width) * (1.0 if self.has_header else 0.5)


def guess_layout(text: str) -> Layout:
    """The layout of a text file, given its beginning (whole lines).

    Raises
    ------
    DataError
        If it is empty, has a single column, no header, two headers, or rows of different widths; the sentence begins
        after the file's name.
    """
    if not text.strip():
        raise DataError("is empty; export it again with a header line and rows")
    cuts = [cut for separator in _SEPARATORS for quote in _QUOTES if (cut := _cut(text, separator, quote)) is not None]
    wide = [cut for cut in cuts if cut.width > 1]
    if not wide:
        signs = ", ".join(_SEPARATORS.values())
        raise DataError(f"has a single column, whichever of {signs} separates its values; export it as CSV")
    best = max(wide, key=lambda cut: (round(cut.score, 6), -_QUOTES.index(cut.quote)))
    at = best.header_at or 0
    _refuse_what_no_form_mends(best, at)
    line, header = best.rows[at]
    return Layout(best.separator, best.quote, line - 1, tuple(name.strip() for name in header))


def header_row(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The number of the row that is the header of a sheet, given its first rows with their numbers.

    Raises
    ------
    DataError
        If it has no header, or two.
    """
    filled = [(number, tuple(row)) for number, row in rows if _filled(row)]
    widest = max((at + 1 for _, row in filled for at, cell in enumerate(row) if cell.strip()), default=0)
    if not widest:
        raise DataError("is empty; export it again with a header line and rows")
    level = tuple((number, (*row[:widest], *[""] * (widest - len(row)))) for number, row in filled)
    width = Counter(_filled(row) for _, row in level).most_common(1)[0][0]
    sheet = _Cut(",", "", level, width, 1.0)
    _refuse_what_no_form_mends(replace(sheet, width=widest), at=sheet.header_at or 0)
    return level[sheet.header_at or 0][0]


def looks_like_header(row: Sequence[str]) -> bool:
    """Whether the row holds names rather than values: no numbers, no dates, no address, and hardly a blank."""
    cells = [plain(cell) for cell in row]
    named = [cell for cell in cells if cell]
    valued = [cell for cell in named if is_number(cell) or is_date(cell) or _ADDRESS.search(cell)]
    return bool(named) and len(valued) * 10 < len(named) + 1


def two_headers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the row below the header (the first of `rows`) is one more header, seen from the rows below it."""
    if len(rows) < 3:  # noqa: PLR2004
        return False
    second, below = rows[1], rows[2:]
    valued = [
        column
        for column in range(len(rows[0]))
        if _share(below, column) >= _MOSTLY and any(len(row) > column and plain(row[column]) for row in below)
    ]
    cells = [plain(second[column]) if len(second) > column else "" for column in valued]
    words = [cell for cell in cells if cell and not is_number(cell) and not is_date(cell)]
    return bool(valued) and len(words) == len(valued) and looks_like_header(second)


def _cut(text: str, separator: str, quote: str) -> _Cut | None:
    if quote and (quote in text or quote == "'") and not _is_used(text, separator, quote):
        return None
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=bool(quote),
    )
    rows, line = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, tuple(row)))
            line = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" not in str(error):
            return None
    # Where double quotes do surround values, single ones in them are part of the values.
    if not rows or (not (quote == '"' and quote in text) and _quotes_left(rows, quote)):
        return None
    widths = Counter(len(row) for _, row in rows)
    width = max(widths, key=lambda wide: (widths[wide], wide))
    if width - 1 in widths and not any(row[-1].strip() for _, row in rows if len(row) == width):
        width -= 1  # each line ends in a separator, but the header does not
    return _Cut(separator, quote, tuple(rows), width, sum(_fits(row, width) for _, row in rows) / len(rows))


def _quotes_left(rows: Sequence[tuple[int, Sequence[str]]], quote: str) -> bool:
    """Whether quotes of another kind still surround values: then this is not how they are quoted."""
    cells = [cell.strip() for _, row in rows for cell in row if cell.strip()]
    others = {'"': ["'"], "'": ['"'], "": ['"', "'"]}[quote]
    quoted = sum(1 for cell in cells for sign in others if len(cell) > 1 and cell[0] == cell[-1] == sign)
    return quoted * 10 > len(cells)


def _is_used(text: str, separator: str, quote: str) -> bool:
    """Whether values begin with the quote; a quote that only stands within values quotes nothing."""
    return re.search(rf"(^|{re.escape(separator)})\s*{quote}", text, re.MULTILINE) is not None


def _refuse_what_no_form_mends(cut: _Cut, at: int) -> None:
    if not looks_like_header(cut.rows[at][1]):
        names = cut.names_above(at)
        if names is None:
            raise DataError(
                "has no header: its first line already holds values; put a line with the names of the columns on top"
            )
        at = names
    header, rows = cut.rows[at][1], cut.rows[at + 1 :]
    if not rows:
        raise DataError("has a header but no rows; export it again, or leave it out")
    ragged = [(line, len(row)) for line, row in rows if not _fits(row, len(header))]
    if ragged:
        examples = ", ".join(f"line {line} has {width}" for line, width in ragged[:_EXAMPLES])
        raise DataError(
            f"{plural(len(ragged), 'row')} without the {len(header)} values the header announces ({examples}), "
            f"with {_SEPARATORS[cut.separator]} between them; quote values that contain them, and repair broken rows"
        )
    again = next((line for line, row in rows if row == header), None)
    if again is not None:
        raise DataError(f"line {again} repeats the header: two files were pasted together; delete that line")
    if two_headers([row for _, row in cut.rows[at:]]):
        line = rows[0][0]
        raise DataError(f"has two header lines (lines {line - 1} and {line}); keep one line of names above the rows")


def _fits(row: Sequence[str], width: int) -> bool:
    # One empty value more, from a separator at the end of the line, does no harm.
    return len(row) == width or (len(row) == width + 1 and not row[-1].strip())


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _share(rows: Sequence[Sequence[str]], column: int) -> float:
    cells = [plain(row[column]) for row in rows if len(row) > column and plain(row[column])]
    return sum(1 for cell in cells if is_number(cell) or is_date(cell)) / len(cells) if cells else 0.0
