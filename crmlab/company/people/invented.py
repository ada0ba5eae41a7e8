"""Names, firms, addresses, e-mail and phone numbers: read like Iranian ones, and nobody's.

Given and family names are common ones, each drawn for itself, the popular ones oftener (a Zipf–Mandelbrot law: chance
in proportion to 1 / (rank + 10)), so that two customers may be called alike. Firms are two coined words. E-mail lies
under `.example`, which nobody can register (RFC 2606). Phone numbers lie where no subscriber is: mobile ones begin with
0924 to 0929, which the numbering data of libphonenumber (region IR) give to no operator, and the local part of landline
ones with 10, for what begins with 1 are short service numbers (110, 115, 118, 125). No two lines have one number.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.setting import Block
from crmlab.tables.convert.text import DIGITS, OTHER_DIGITS

Words = NDArray[np.object_]
Numbers = NDArray[np.int64]

LATIN_DIGITS, PERSIAN_DIGITS, ARABIC_DIGITS = DIGITS[:10], OTHER_DIGITS[:10], OTHER_DIGITS[10:]
TO_PERSIAN = str.maketrans(LATIN_DIGITS, PERSIAN_DIGITS)
COMMA = "، "

HEAD_RANKS = 10  # how flat the most popular names lie
LINES_PER_BLOCK = 20_000  # numbers set apart for a block of 2,000 customers: more than can be needed in four years
MOBILES, FIRST_MOBILE, LOCAL_DIGITS = 60_000_000, 924, 7
LANDLINES, LANDLINE_START = 1_000_000, "10"
STEP = 6_180_341  # shares no factor with the two numbers above: times it, different numbers stay different


@cache
def _file(name: str) -> pd.DataFrame:
    with files("crmlab.company.people").joinpath("words", name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="object", keep_default_na=False)


@cache
def listed(kind: str) -> tuple[Words, Words]:
    """The words of a kind, and the same in Latin letters where the list has them."""
    rows = pd.concat([_file("names.csv"), _file("other.csv")])
    rows = rows[rows["kind"] == kind]
    return rows["text"].to_numpy(dtype=object), rows["latin"].to_numpy(dtype=object)


def popular(rng: np.random.Generator, kind: str, size: int) -> Numbers:
    """Places in the list of a kind, the first ones oftener."""
    chances = 1 / (np.arange(listed(kind)[0].size) + HEAD_RANKS)
    return rng.choice(chances.size, size=size, p=chances / chances.sum())


def any_of(rng: np.random.Generator, kind: str, size: int) -> Words:
    """Words of a kind, all of them equally often."""
    text, latin = listed(kind)
    words = text if text[0] else latin
    return words[rng.integers(0, words.size, size)]


def addresses(rng: np.random.Generator, region: Words) -> Words:
    """An address in a city of each region: city, street, alley, number, flat, in Persian digits."""
    n = region.size
    street, alley = any_of(rng, "street", n), any_of(rng, "alley", n)
    number, flat = _persian(rng.integers(1, 250, n)), _persian(rng.integers(1, 25, n))
    parts = (cities(rng, region), "خیابان " + street, "کوچه " + alley, "پلاک " + number, "واحد " + flat)
    found: Words = parts[0]
    for part in parts[1:]:
        found = found + COMMA + part
    return found


def cities(rng: np.random.Generator, region: Words) -> Words:
    """A city in each region, large ones oftener."""
    chance, found = rng.random(region.size), np.empty(region.size, dtype=object)
    for name, places in _file("cities.csv").groupby("region"):
        here = region == name
        heights = places["weight"].astype(float).cumsum().to_numpy()
        found[here] = places["city"].to_numpy()[np.searchsorted(heights / heights[-1], chance[here], side="right")]
    return found


def city_of(address: Words) -> Words:
    """The city an address begins with."""
    return pd.Series(address, dtype="object").str.partition(COMMA)[0].to_numpy(dtype=object)


def area_codes(city: Words) -> Words:
    """The code to dial before the local number in each city."""
    places = _file("cities.csv")
    return pd.Series(city).map(dict(zip(places["city"], places["area_code"], strict=True))).to_numpy(dtype=object)


def phones(rng: np.random.Generator, block: Block, landline: NDArray[np.bool_], area_code: Words) -> Words:
    """A number for each line, no two alike in the whole company, written without signs: 09240000000, 02110000000."""
    if landline.size >= LINES_PER_BLOCK:
        raise ValueError(f"a block has numbers for {LINES_PER_BLOCK:,} lines; {landline.size:,} are asked for")
    line = block.number * LINES_PER_BLOCK + rng.permutation(LINES_PER_BLOCK - 1)[: landline.size] + 1
    mobile, local = (line * STEP) % MOBILES, (line * STEP) % LANDLINES
    prefix = pd.Series(FIRST_MOBILE + mobile // 10**LOCAL_DIGITS).astype(str)
    rest = pd.Series(mobile % 10**LOCAL_DIGITS).astype(str).str.zfill(LOCAL_DIGITS)
    fixed = pd.Series(local).astype(str).str.zfill(6)
    found: Words = area_code + LANDLINE_START + fixed.to_numpy(dtype=object)
    found[~landline] = ("0" + prefix + rest).to_numpy(dtype=object)[~landline]
    return found


def emails(rng: np.random.Generator, block: Block, local: Words, domain: Words) -> Words:
    """An address for each, such as `sara.karimi48213@chapar.example`; where there is a domain of one's own, there."""
    n = local.size
    code = block.number * LINES_PER_BLOCK + rng.permutation(LINES_PER_BLOCK - 1)[:n] + 1
    numbered = local + pd.Series((code * STEP) % LANDLINES).astype(str).to_numpy(dtype=object)
    hosts = any_of(rng, "mail", n)
    hosts[domain != ""] = domain[domain != ""]
    found: Words = numbered + "@" + hosts + ".example"
    return found


def _persian(numbers: Any) -> Words:
    return pd.Series(numbers).astype("object").astype(str).str.translate(TO_PERSIAN).to_numpy(dtype=object)
