"""Famous numbers of CRM that reports quote, each with its origin and what it is worth: the registry of claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Literal

import yaml

from crmlab import suite
from crmlab.display import Unit
from crmlab.errors import ParameterError, nearest
from crmlab.language import current, listed, mark, tr, translated
from crmlab.language.numbers import localised

Verdict = Literal["supported", "rule_of_thumb", "disputed", "distorted", "vendor_commissioned", "untraced"]

VERDICTS: Mapping[Verdict, str] = {
    "supported": mark("supported by its source"),
    "rule_of_thumb": mark("a rule of thumb, not a constant"),
    "disputed": mark("disputed"),
    "distorted": mark("distorted on its way"),
    "vendor_commissioned": mark("paid for by the vendor"),
    "untraced": mark("no source found, which does not make it false"),
}
"""What a verdict is called where a reader sees it."""


@dataclass(frozen=True)
class Formula:
    """What follows from a claim by arithmetic: in words, as an expression of numbers, and its value in `unit`."""

    text: str
    expression: str
    value: float
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class QuotedClaim:
    """One famous claim.

    Attributes
    ----------
    id : str
        Its stable name.
    place : str
        Article and line (`003:11`), or `elsewhere`.
    wording : mapping
        The claim in our words, by language.
    origin : str
        The nearest source that could be traced, and what was lost on the way.
    verdict : str
        One of `VERDICTS`.
    computed_in : tuple of str
        Numbers of the notebooks that compute it on data.
    sources : tuple of str
        What was read.
    formula : Formula or None
        What can be computed from the claim alone.
    """

    id: str
    place: str
    wording: Mapping[str, str]
    origin: str
    verdict: Verdict
    computed_in: tuple[str, ...]
    sources: tuple[str, ...]
    formula: Formula | None = None

    def _repr_html_(self) -> str:
        said = escape(self.wording.get(current(), self.wording["en"]))
        badge = escape(translated(VERDICTS[self.verdict]))
        named = localised(self.place)
        where = tr("quoted elsewhere") if self.place == "elsewhere" else tr("article {place}", place=named)
        return (
            f'<div class="crmlab-claim"><p><q>{said}</q> <span class="crmlab-badge">{badge}</span></p>'
            f"<p>{escape(where)}. {escape(translated(self.origin))} {escape(self._computed())}</p></div>"
        )

    def __repr__(self) -> str:
        return f"{self.wording.get(current(), self.wording['en'])} [{translated(VERDICTS[self.verdict])}]"

    def _computed(self) -> str:
        return tr("Computed in {notebooks}.", notebooks=listed(map(localised, self.computed_in)))


@cache
def claims() -> Mapping[str, QuotedClaim]:
    """Every claim of the registry, by its id, in the registry's order."""
    text = (suite.datasets_folder() / "claims.yaml").read_text(encoding="utf-8")
    return {row["id"]: _claim(row) for row in yaml.safe_load(text)}


def quoted(id: str) -> QuotedClaim:  # noqa: A002 - the claim's own word for it
    """The claim `id` with its badge, to be the last expression of a notebook's cell.

    Raises
    ------
    ParameterError
        If the registry does not have it.
    """
    if id not in claims():
        raise ParameterError(
            f"the registry of claims has no {id!r}{nearest(id, claims())}; it has {', '.join(claims())}"
        )
    return claims()[id]


def _claim(row: dict[str, Any]) -> QuotedClaim:
    formula = Formula(**row["formula"]) if "formula" in row else None
    many = {name: tuple(row[name]) for name in ("computed_in", "sources")}
    return QuotedClaim(**{**row, **many, "formula": formula})
