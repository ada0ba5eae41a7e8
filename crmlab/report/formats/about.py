"""What every page of a report says of it, whatever its format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """Colours as `#rrggbb`: of headings, of links and marks, of the cover; each is read on white, or white on it."""

    deep: str = "#12374d"
    accent: str = "#0b6477"
    cover: str = "#12374d"


@dataclass(frozen=True, kw_only=True)
class About:
    """Whose report, by whom, in which language, and from which run: the running lines and the file's own data.

    `footer` is what the client wants to stand at the bottom of each page; `font` the name of the client's own font.
    """

    client: str
    language: str
    run: str
    author: str = ""
    confidentiality: str = ""
    footer: str = ""
    font: str = ""
    colours: Colours = Colours()

    @property
    def bottom(self) -> str:
        """The line at the bottom of each page."""
        return " · ".join(filter(None, [self.footer, self.run]))
