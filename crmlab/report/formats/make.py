"""The files of a run in the formats that were asked for, made where they are missing."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from crmlab.errors import ParameterError, ReportError, nearest
from crmlab.language import speaking
from crmlab.report import folder as run_folder
from crmlab.report.formats.about import About
from crmlab.report.formats.document import Document, document
from crmlab.report.formats.docx import docx
from crmlab.report.formats.pdf import pdf

PAGE = "report.html"
_MAKERS: Mapping[str, Callable[[Document, About], bytes]] = {"pdf": pdf, "docx": docx}
FORMATS = ("html", *_MAKERS)


def chosen(texts: Iterable[str]) -> tuple[str, ...]:
    """The formats named in texts such as `html,pdf`, each once; html is always among them, and first.

    Raises
    ------
    ParameterError
        If a format is unknown: all unknown ones in one message, and the known ones named.
    """
    names = [name.strip().lower() for text in texts for name in text.split(",")]
    unknown = [f"{name!r}{nearest(name, FORMATS)}" for name in dict.fromkeys(names) if name not in FORMATS]
    if unknown:
        raise ParameterError(f"reports have no format {', '.join(unknown)}; known are {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name == "html" or name in names)


def place(folder: Path, name: str) -> Path:
    """Where a run's report lies in this format: the page in its folder, every other beside it under its name."""
    return folder / PAGE if name == "html" else folder.with_name(f"{folder.name}.{name}")


def made(folder: Path) -> dict[str, Path]:
    """The formats that are there of a run, html first."""
    return {name: file for name in FORMATS if (file := place(folder, name)).is_file()}


def add(folder: Path, formats: Iterable[str], about: About) -> None:
    """Make what is missing of these formats of a finished run, each written under another name and renamed once.

    Raises
    ------
    ReportError
        If the page cannot be read, a format cannot be made of it, or a file cannot be written.
    """
    missing = [name for name in formats if name in _MAKERS and not place(folder, name).exists()]
    if not missing:
        return
    with speaking(about.language):
        report = document(_page(folder))
        for name in missing:
            run_folder.replace(place(folder, name), _MAKERS[name](report, about))


def _page(folder: Path) -> str:
    try:
        return (folder / PAGE).read_text(encoding="utf-8")
    except (OSError, ValueError) as cause:
        raise ReportError(
            f"the run folder {folder.name} was changed: its {PAGE} cannot be read; delete it and run again"
        ) from cause
