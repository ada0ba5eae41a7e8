"""The terms of the field in English and Persian, what each means, and where a literal translation misleads.

The articles that the suite answers translate several standard terms word by word, which hides them: *prospecting*
became "a view". The glossary gives the Persian word used here, that literal word with what it really says, and a
definition in both languages. A binding term is one that every translation of the suite keeps to.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from crmlab.errors import nearest
from crmlab.language.catalogue import current

PATH = Path(__file__).parents[1] / "locale" / "glossary.csv"
ALPHABET = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
COLUMNS = {
    "en": ["english", "persian", "literal", "literal_english", "definition", "notes"],
    "fa": ["persian", "english", "literal", "literal_english", "definition_fa"],
}


@dataclass(frozen=True)
class Term:
    """One term of the field.

    `variants` are other Persian words for it that a translation may use; `literal` is the misleading word of the
    articles and `literal_english` what that word says, both empty where nothing misleads.
    """

    english: str
    persian: str
    variants: tuple[str, ...]
    binding: bool
    literal: str
    literal_english: str
    definition: str
    definition_fa: str
    notes: str

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every Persian word that may stand for the term."""
        return (self.persian, *self.variants)


@cache
def terms() -> tuple[Term, ...]:
    """All terms, in the order of the English alphabet."""
    with PATH.open(encoding="utf-8", newline="") as file:
        return tuple(_term(row) for row in csv.DictReader(file))


def glossary(*wanted: str) -> pd.DataFrame:
    """The terms of the glossary, or those wanted, one row each, in the language spoken.

    A term is named by its English or its Persian word, in any case of letters.

    Returns
    -------
    DataFrame
        In English: english, persian, literal, literal_english, definition, notes. In Persian: persian, english,
        literal, literal_english and the Persian definition, as `definition`. All terms come in the alphabet of the
        language spoken; wanted ones in the order they were named.

    Raises
    ------
    KeyError
        If a term is not in the glossary; the message names the nearest that is.
    """
    columns = COLUMNS[current()]
    chosen: Sequence[Term] = [_named(word) for word in wanted] if wanted else _alphabetical(columns[0])
    table = pd.DataFrame([asdict(term) for term in chosen])[columns]
    return table.rename(columns={"definition_fa": "definition"})


def _term(row: dict[str, str]) -> Term:
    words = {name: text for name, text in row.items() if name not in ("variants", "binding")}
    variants = tuple(word for word in row["variants"].split("|") if word)
    return Term(variants=variants, binding=row["binding"] == "yes", **words)


def _named(word: str) -> Term:
    by_name = {name.casefold(): term for term in terms() for name in (term.persian, term.english)}
    found = by_name.get(word.strip().casefold())
    if found is None:
        raise KeyError(f"{word!r} is not in the glossary{nearest(word, by_name)}")
    return found


def _alphabetical(language: str) -> list[Term]:
    if language == "english":
        return list(terms())
    return sorted(terms(), key=lambda term: [_place(letter) for letter in term.persian])


def _place(letter: str) -> int:
    """Where a letter stands: spaces and half-spaces before the Persian alphabet, Latin letters after it."""
    return ALPHABET.find(letter) if letter in ALPHABET or not letter.isalpha() else len(ALPHABET)
