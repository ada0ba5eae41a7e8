"""A notebook's text in the language of its report, before it is executed."""

from typing import Any

from crmlab.language import current, markdown
from crmlab.report.body import slug


def translate(notebook: Any) -> None:
    """Put the notebook's markdown into the language spoken, in place; its links follow their headings."""
    if current() == "en":
        return
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    anchors: dict[str, str] = {}
    for cell in cells:
        before = cell.source
        cell.source = markdown.in_language_spoken(before)
        names = zip(markdown.headings(before), markdown.headings(cell.source), strict=True)
        anchors |= {slug(name): slug(other) for name, other in names}
    for cell in cells:
        cell.source = markdown.with_links(cell.source, anchors)
