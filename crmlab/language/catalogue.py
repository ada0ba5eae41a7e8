"""Which language is spoken, and what a message is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from crmlab.errors import ParameterError

LANGUAGES = ("en",)

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def current() -> str:
    """The language that is spoken now, `en` unless something else was chosen."""
    return _spoken.get()


def speak(language: str) -> None:
    """Speak `language` from here on, in a notebook's kernel for the rest of the notebook.

    Raises
    ------
    ParameterError
        If crmlab does not speak it.
    """
    if language not in LANGUAGES:
        raise ParameterError(f"crmlab does not speak {language!r}; it speaks {', '.join(LANGUAGES)}")
    _spoken.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` inside the `with` block."""
    before = current()
    speak(language)
    try:
        yield
    finally:
        _spoken.set(before)


def tr(message: str, /, **values: str) -> str:
    """`message` in the language spoken, its `{names}` replaced by `values`, which are formatted already."""
    return message.format(**values) if values else message


def trn(n: float, one: str, many: str, /, **values: str) -> str:
    """`one` where `n` is 1 and `many` otherwise, in the language spoken, as `tr` gives it."""
    return tr(one if n == 1 else many, **values)
