"""What every command says on a terminal: lines, tables and JSON on standard output, progress on standard error."""

import json
import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

_BESIDE_THE_TEXT = 12  # what the sign that turns and the time take of a line


@contextmanager
def counting(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, for work that knows how much of it is done, where a person is waiting."""
    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield lambda _done, _of: None
        return
    with Progress(*Progress.get_default_columns(), console=terminal, transient=True) as waiting:
        task = waiting.add_task(doing, total=None)
        yield lambda done, of: waiting.update(task, completed=done, total=of)


@contextmanager
def busy(doing: str, *, quiet: bool = False) -> Iterator[None]:
    """A line on standard error with what is being done and the time that has passed, where a person is waiting."""
    terminal = Console(stderr=True)
    if quiet or not terminal.is_terminal:
        yield
        return
    # markup off: a client's name such as "[red]" is text
    whole_line = Column(no_wrap=True, overflow="ellipsis", max_width=max(1, terminal.width - _BESIDE_THE_TEXT))
    text = TextColumn("{task.description}", markup=False, table_column=whole_line)
    waiting = Progress(SpinnerColumn(), text, TimeElapsedColumn(), console=terminal, transient=True)
    task = waiting.add_task(doing, total=None)
    with waiting, _heard(lambda step: waiting.update(task, description=f"{doing}: {step}")):
        yield


class _Steps(logging.Handler):
    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(record.getMessage())


@contextmanager
def _heard(show: Callable[[str], None]) -> Iterator[None]:
    """Show what the modules log that they are doing."""
    log, steps = logging.getLogger("crmlab"), _Steps(show)
    level = log.level
    log.addHandler(steps)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(steps)


def print_json(value: Any) -> None:
    """Print `value` for a program; what is no number there is null."""
    json.dump(_finite(value), sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def _finite(value: Any) -> Any:
    """The value with null for every NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_line(text: str) -> None:
    """Print one line."""
    sys.stdout.write(text + "\n")


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), head: bool = True
) -> None:
    """Print rows under headings; the columns at the places in `numbers` are set to the right."""
    table = Table(box=None, pad_edge=True, show_header=head)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # markup off: a client's text such as "[red]" is text
    Console(file=sys.stdout, markup=False, highlight=False, emoji=False).print(table)
