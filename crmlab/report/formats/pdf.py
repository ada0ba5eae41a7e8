"""A report as PDF: A4, tagged (PDF/UA-1), with bookmarks, contents and numbered pages; by pandoc and typst."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from crmlab.errors import ReportError
from crmlab.language import FONTS, is_right_to_left, tr
from crmlab.report.formats import typeset
from crmlab.report.formats.about import About
from crmlab.report.formats.document import Document
from crmlab.report.formats.pandoc import raw, written
from crmlab.report.formats.shapes import Shapes, quoted

SECONDS = 120
_IN_WORD = {"ltr": (1.35, 1.17), "rtl": (1.56, 1.56)}  # heights of a line and of one in a table, in the type's size
_HERE = Path(__file__).parent
_SERIF, _MONO = "Libertinus Serif", "DejaVu Sans Mono"  # inside typst
_PERSIAN = "Vazirmatn"
_SANS = "DejaVu Sans"  # comes with matplotlib; for signs that the others lack


def pdf(report: Document, about: About) -> bytes:
    """The report as PDF; the same bytes for the same report.

    Raises
    ------
    ReportError
        If it cannot be typeset: a figure without alt text among other things, which PDF/UA-1 forbids.
    """
    with tempfile.TemporaryDirectory(prefix="crmlab-pdf-") as place:
        _prepare(Path(place), report, about)
        return _typeset(Path(place))


def section_pages(report: Document, about: About) -> dict[str, int]:
    """On which page of the report in Word each section begins, by the section's name in links, as far as can be told.

    Nobody but Word knows its pages. What is laid out here has its lines and rooms, and letters that are nearly as wide.

    Raises
    ------
    ReportError
        If it cannot be typeset.
    """
    with tempfile.TemporaryDirectory(prefix="crmlab-pages-") as place:
        _prepare(Path(place), report, about, in_word=True)
        found: dict[str, int] = dict(json.loads(_typeset(Path(place), typeset.PAGES)))
        return found


def _prepare(folder: Path, report: Document, about: About, *, in_word: bool = False) -> None:
    """Put into the folder all that typst needs."""
    for picture in report.pictures.values():
        (folder / picture.file).write_bytes(picture.content)
    looks = {"deep": about.brand.primary, "accent": about.brand.accent, "cover": about.brand.primary}
    (folder / "colours.json").write_text(json.dumps(looks), encoding="utf-8")
    for number, font in enumerate(about.brand.fonts):
        (folder / f"font-{number}.{font.ending}").write_bytes(font.content)
    (folder / "report.typ").write_bytes((_HERE / "report.typ").read_bytes())
    (folder / "main.typ").write_text(source(report, about, in_word=in_word), encoding="utf-8")


def source(report: Document, about: About, *, in_word: bool = False) -> str:
    """The report in typst's language; every text in it is a string, so none can be taken for an order.

    `in_word` gives it the lines and rooms that it has in Word.
    """
    shapes = Shapes(report.pictures)
    blocks = [*shapes.blocks(report.cover), *shapes.blocks(report.summary)]
    blocks.append(raw("typst", f"#contents({quoted(tr('Contents'))})"))
    blocks += shapes.blocks(report.body)
    line, cell = _IN_WORD["rtl" if is_right_to_left(about.language) else "ltr"]
    rooms = f"#show: as-in-word.with({line}, {cell})\n\n" if in_word else ""
    return _opening(report, about) + rooms + written(blocks, "typst-smart").decode("utf-8")


def _opening(report: Document, about: About) -> str:
    turned = is_right_to_left(about.language)
    own = (about.brand.font,) if about.brand.font else ()
    fonts = (*own, _PERSIAN, _SERIF, _SANS) if turned else (*own, _SERIF, _PERSIAN, _SANS)
    values = {
        "title": quoted(report.title),
        "author": quoted(about.author) if about.author else "none",
        "lang": quoted(about.language),
        "dir": "rtl" if turned else "ltr",
        "fonts": _listed(fonts),
        "headings": _listed(fonts),
        "mono": _listed((_MONO, _PERSIAN, _SANS)),
        "top-start": quoted(about.client),
        "top-end": quoted(about.confidentiality),
        "bottom": quoted(about.bottom.replace(about.run, f"\u2066{about.run}\u2069")),  # from left to right
        "pages": quoted("۱ / ۱" if turned else "1 / 1"),
    }
    given = ", ".join(f"{name}: {value}" for name, value in values.items())
    return f'#import "report.typ": *\n#show: report.with({given})\n\n'


def _typeset(folder: Path, wanted: str = typeset.REPORT) -> bytes:
    fonts = [str(folder), str(FONTS), str(Path(mpl.get_data_path()) / "fonts" / "ttf")]
    command = [sys.executable, "-I", typeset.__file__, str(folder), wanted, *fonts]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as cause:
        raise ReportError(f"typst has not made the PDF within {SECONDS} seconds") from cause
    if answer.returncode or not (folder / wanted).is_file():
        told = answer.stderr.decode("utf-8", errors="replace").strip()
        raise ReportError(f"typst cannot make the PDF (exit code {answer.returncode}): {told}")
    return (folder / wanted).read_bytes()


def _listed(names: Sequence[str]) -> str:
    return "(" + "".join(f"{quoted(name)}, " for name in names) + ")"
