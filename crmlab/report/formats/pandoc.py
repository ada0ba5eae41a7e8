"""pandoc's document model in its JSON form, and the program that writes it in another format.

Nothing is ever handed to pandoc as text to parse: a document is built from these parts, so a text stays a text whatever
it holds. The program runs in its sandbox, with a time limit, and reads nothing but its input.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pypandoc  # type: ignore[import-untyped]

from crmlab.errors import ReportError

Part = dict[str, Any]
"""A block or an inline of the document."""

SECONDS = 120
_VERSION = [1, 23, 1]


def attributes(name: str = "", classes: Iterable[str] = (), **pairs: str) -> list[Any]:
    """An identifier, classes and named values, as pandoc keeps them."""
    return [name, list(classes), [[key.replace("_", "-"), value] for key, value in pairs.items()]]


def text(content: str) -> Part:
    """A text as it is."""
    return {"t": "Str", "c": content}


def strong(parts: Sequence[Part]) -> Part:
    """Parts in bold."""
    return {"t": "Strong", "c": list(parts)}


def span(classes: Iterable[str], parts: Sequence[Part], **pairs: str) -> Part:
    """Parts with classes."""
    return {"t": "Span", "c": [attributes("", classes, **pairs), list(parts)]}


def para(parts: Sequence[Part]) -> Part:
    """A paragraph."""
    return {"t": "Para", "c": list(parts)}


def plain(parts: Sequence[Part]) -> Part:
    """A line that is no paragraph of its own, as in a cell."""
    return {"t": "Plain", "c": list(parts)}


def div(classes: Iterable[str], blocks: Sequence[Part], **pairs: str) -> Part:
    """Blocks with classes."""
    return {"t": "Div", "c": [attributes("", classes, **pairs), list(blocks)]}


def raw(form: str, content: str, *, inline: bool = False) -> Part:
    """What is written as it stands. Only for text of ours: nothing of a client may come here unquoted."""
    return {"t": "RawInline" if inline else "RawBlock", "c": [form, content]}


def written(blocks: Sequence[Part], to: str, *arguments: str, about: Mapping[str, Any] | None = None) -> bytes:
    """The document in the format `to`; `about` has its metadata, made of parts.

    Raises
    ------
    ReportError
        If pandoc is not there, cannot write it, or takes too long.
    """
    document = {"pandoc-api-version": _VERSION, "meta": dict(about or {}), "blocks": list(blocks)}
    content = json.dumps(document, ensure_ascii=False).encode("utf-8", errors="replace")
    return run("--from=json", f"--to={to}", "--wrap=none", *arguments, given=content)


def run(*arguments: str, given: bytes = b"") -> bytes:
    """What pandoc answers, in its sandbox.

    Raises
    ------
    ReportError
        If it is not there, refuses or takes too long.
    """
    command = [_program(), "--sandbox", "--data-dir=", *arguments]
    try:
        answer = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as cause:
        raise ReportError(f"pandoc has not written the report within {SECONDS} seconds") from cause
    except OSError as cause:
        raise ReportError(f"pandoc cannot be started: {cause.strerror or cause}; install crmlab again") from cause
    if answer.returncode:
        told = answer.stderr.decode("utf-8", errors="replace").strip()
        raise ReportError(f"pandoc cannot write the report (exit code {answer.returncode}): {told}")
    return answer.stdout


@cache
def _program() -> str:
    """The pandoc that was installed with crmlab, whatever else lies on the system's path."""
    return str(Path(pypandoc.__file__).parent / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc"))
