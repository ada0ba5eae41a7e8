"""Which language is spoken, what a message is in it, and which messages have no translation yet."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from crmlab.errors import ParameterError

LANGUAGES = ("en", "fa")
"""English is the source; every other language has a folder of `.po` files in `crmlab/locale`."""

FONTS = Path(__file__).resolve().parent / "fonts"
LOCALE = Path(__file__).resolve().parent.parent / "locale"


@dataclass
class Tally:
    """The messages that were looked up in a language other than English, and those of them that were not found.

    Both keep the order in which the messages were first asked for.
    """

    asked: dict[str, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)

    def add(self, asked: Mapping[str, None] | list[str], missing: Mapping[str, None] | list[str]) -> None:
        """Count what another process looked up, and did not find, as if it had been this one."""
        self.asked |= dict.fromkeys(asked)
        self.missing |= dict.fromkeys(missing)


_chosen = ["en"]  # of the whole process: a notebook's cells may each run in a context of their own
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)
_of_the_process = Tally()


def current() -> str:
    """The language that is spoken now, `en` unless something else was chosen."""
    return _spoken.get() or _chosen[0]


def is_right_to_left(language: str) -> bool:
    """Whether `language` is written from right to left."""
    return language == "fa"


def speak(language: str) -> None:
    """Speak `language` from here on, in a notebook's kernel for the rest of the notebook.

    Raises
    ------
    ParameterError
        If crmlab does not speak it.
    """
    _chosen[0] = _known(language)


@contextmanager
def speaking(language: str) -> Iterator[Tally]:
    """Speak `language` inside the `with` block, and count what is looked up there: with the block around it, if any."""
    counted = _tally.get() or Tally()
    language_before, tally_before = _spoken.set(_known(language)), _tally.set(counted)
    try:
        yield counted
    finally:
        _spoken.reset(language_before)
        _tally.reset(tally_before)


def tally() -> Tally:
    """What was looked up in this process, or in the innermost `speaking` block."""
    return _tally.get() or _of_the_process


def translated(message: str) -> str:
    """`message` in the language spoken with its `{names}` in place, or as it is where it has no translation."""
    if current() == "en" or not message.strip():
        return message
    counted = tally()
    counted.asked[message] = None
    found = translations(current()).get(message)
    if not found:
        counted.missing[message] = None
    return found or message


def tr(message: str, /, **values: str) -> str:
    """`message` in the language spoken, its `{names}` replaced by `values`, which are formatted already."""
    return _filled(translated(message), values)


def trn(n: float, one: str, many: str, /, **values: str) -> str:
    """`one` where `n` is 1 and `many` otherwise, in the language spoken, as `tr` gives it."""
    return _filled(translated(one if n == 1 else many), values)


def mark(message: str) -> str:
    """`message` as it is: a key or a name that is translated where it is shown; the underscores of a key as blanks."""
    return message


ENDS = {"low": mark("lower end"), "high": mark("upper end")}
"""What stands over the columns with the ends of an interval, in every table that does not say otherwise."""


def listed(parts: Iterable[str], *, strong: bool = False) -> str:
    """The parts one after the other, with commas (or semicolons, where the parts have commas) of the language."""
    comma, semicolon = (", ", "; ") if current() == "en" else ("، ", "؛ ")
    return (semicolon if strong else comma).join(parts)


@cache
def translations(language: str) -> Mapping[str, str]:
    """Every message of `language` that has a translation, from all its files; none for English."""
    files = sorted((LOCALE / language).glob("*.po"))
    return {str(one.id): str(one.string) for path in files for one in read(path) if one.id and one.string}


def read(path: Path) -> Catalog:
    """One `.po` file."""
    with path.open("rb") as file:
        return read_po(file)


def _filled(said: str, values: Mapping[str, str]) -> str:
    return said.format(**values) if values else said


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ParameterError(f"crmlab does not speak {language!r}; it speaks {', '.join(LANGUAGES)}")
    return language
