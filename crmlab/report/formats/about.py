"""What every page of a report says of it, whatever its format."""

from dataclasses import dataclass

from crmlab.brand import OUR_OWN, Brand


@dataclass(frozen=True, kw_only=True)
class About:
    """Whose report, by whom, in which language, and from which run: the running lines and the file's own data."""

    client: str
    language: str
    run: str
    author: str = ""
    confidentiality: str = ""
    brand: Brand = OUR_OWN

    @property
    def bottom(self) -> str:
        """The line at the bottom of each page."""
        return " · ".join(filter(None, [self.brand.footer, self.run]))
