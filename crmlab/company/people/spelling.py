"""What hands, keyboards and old programs do to names, numbers and addresses, one defect a function.

Each takes texts and which of them it befalls, and returns new ones; a text that has nothing to spoil stays as it is.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.people.invented import ARABIC_DIGITS, LATIN_DIGITS, PERSIAN_DIGITS, Words

Flags = NDArray[np.bool_]

ARABIC_LETTERS = str.maketrans("یک", "يك")
JOINER = "\u200c"
SHORT = {"خیابان": "خ", "کوچه": "ک", "پلاک": "پ", "واحد": "و"}
AREA_CODE = 3  # digits of it, and of a mobile's prefix after the zero

_TO_PERSIAN = str.maketrans(LATIN_DIGITS + ARABIC_DIGITS, PERSIAN_DIGITS * 2)
_TO_LATIN = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS, LATIN_DIGITS * 2)
_TO_ARABIC = str.maketrans(LATIN_DIGITS + PERSIAN_DIGITS, ARABIC_DIGITS * 2)


def with_arabic_letters(text: Words, befallen: Flags) -> Words:
    """Arabic yeh and kaf for the Persian ones, as old keyboards have them."""
    return np.where(befallen, _str(text).translate(ARABIC_LETTERS), text)


def without_joiner(text: Words, befallen: Flags, spaced: Flags) -> Words:
    """No ZWNJ: a space in its place, or nothing."""
    glued, apart = (_str(text).replace(JOINER, other, regex=False) for other in ("", " "))
    return np.where(befallen, np.where(spaced, apart, glued), text)


def with_typo(text: Words, befallen: Flags, where: NDArray[np.float64], swapped: Flags) -> Words:
    """Two neighbouring letters swapped, or one missing, at a share `where` of the length; the first letter stays."""
    found, length = text.copy(), _str(text).len().to_numpy()
    place = 1 + np.floor(where * np.maximum(length - 2, 1)).astype(int)
    for at in np.unique(place[befallen]):
        here = befallen & (place == at)
        part = _str(text[here])
        missing = part[:at] + part[at + 1 :]
        turned = part[:at] + part[at + 1 : at + 2] + part[at : at + 1] + part[at + 2 :]
        found[here] = np.where(swapped[here], turned, missing)
    return found


def with_title(text: Words, befallen: Flags, title: Words) -> Words:
    """A title before the name."""
    return np.where(befallen & (text != ""), title + " " + text, text)


def shortened(address: Words, befallen: Flags) -> Words:
    """Street, alley, number and flat by their first letters, and no city."""
    short = pd.Series(address, dtype="object")
    for word, letter in SHORT.items():
        short = short.str.replace(f"{word} ", f"{letter} ", regex=False)
    return np.where(befallen, short.str.partition("، ")[2], address)


def in_digits(text: Words, script: Words) -> Words:
    """The text in `latin`, `persian` or `arabic` digits, or `mixed`: Persian ones at the start, Latin ones after it."""
    whole, head = _str(text), AREA_CODE + 1
    mixed = whole[:head].str.translate(_TO_PERSIAN) + whole[head:].str.translate(_TO_LATIN)
    written: dict[str, Any] = {
        "latin": whole.translate(_TO_LATIN),
        "persian": whole.translate(_TO_PERSIAN),
        "arabic": whole.translate(_TO_ARABIC),
        "mixed": mixed,
    }
    return np.select([script == name for name in written], list(written.values()), text)


def in_form(phone: Words, form: Words) -> Words:
    """A number that begins with 0 as it begins in each form: `0`, `+98`, `0098`, `98` or `bare`, without any."""
    rest = _str(phone)[1:].to_numpy(dtype=object)
    begun = {"+98": "+98" + rest, "0098": "0098" + rest, "98": "98" + rest, "bare": rest}
    return np.where(phone == "", "", np.select([form == name for name in begun], list(begun.values()), phone))


def _str(text: Words) -> Any:
    return pd.Series(text, dtype="object").str
