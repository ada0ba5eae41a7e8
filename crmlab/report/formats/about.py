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
    """Whose report, by whom, in which language, and from which run: the running lines and the file's own data."""

    client: str
    language: str
    run: str
    author: str = ""
    confidentiality: str = ""
    colours: Colours = Colours()
