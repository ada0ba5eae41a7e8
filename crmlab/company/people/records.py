"""`source_records`: what sales, billing, support and the web shop each wrote down about the same people.

Each customer is recorded first in one system, and then Poisson(d / (1 − d)) times more, so that a share d of all
records are duplicates: some in the same system, the rest in others. A record holds what was so on the day it was last
changed, which is uniform between the day the customer became known and the last day. Then come the defects of
`spelling`, each for itself with its own rate, in the order in which they happen: the typo, the title, the lost ZWNJ,
the letters of an old keyboard. `crosswalk` tells of each record whose it is and what is wrong with it: a defect is
named only where it left a trace.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.latents import chosen
from crmlab.company.made import Frame, Made, table
from crmlab.company.people import spelling
from crmlab.company.people.history import Rng, Spells
from crmlab.company.people.invented import Words, any_of, city_of
from crmlab.company.people.lives import People
from crmlab.company.people.worlds import RecordsWorld
from crmlab.company.setting import Block, Setting

DEFECTS = (
    *("old_address", "old_phone", "old_email", "shared_phone", "desk_phone", "typo", "title", "joiner_lost"),
    *("arabic_letters", "short_address", "phone_form", "phone_digits", "address_digits"),
    *("no_name", "no_phone", "no_email", "no_address", "exported_twice"),
)
DESK = "02110000000"  # every line has another number than this: theirs never end in six zeros
TWICE = "billing"
NUMBERS_PER_CUSTOMER = 4  # of a system: what keeps the numbers of one block apart from those of the next


def source_records(setting: Setting, block: Block, people: People, spells: dict[str, Spells]) -> Made:
    """The table `source_records` of a block, and the truth `crosswalk`."""
    world = setting.world(RecordsWorld)

    def rng(part: str) -> np.random.Generator:
        return setting.rng(f"source_records.{part}", block)

    rows = _rows(rng, world, setting, people, block)
    found = _Written(rows, len(rows))
    _held(rng, world, people, spells, found)
    _name(rng, world, people, found)
    _contact(rng, world, found)
    twice = (rng("twice").random(len(rows)) < world.exported_twice) & (rows["system"] == TWICE).to_numpy()
    found.defects["exported_twice"] = twice
    columns = {"system": rows["system"], "local_id": rows["local_id"], "updated_on": setting.date(rows["day"])}
    records = table("source_records", {**columns, **found.filled()})
    crosswalk = pd.DataFrame(
        {
            "system": rows["system"],
            "local_id": rows["local_id"],
            "customer_id": people["customer_id"][rows["customer"]],
            "defects": found.named(),
        }
    )
    return Made({"source_records": pd.concat([records, records[twice]], ignore_index=True)}, {"crosswalk": crosswalk})


class _Written:
    """The texts of records as they are being written, and what befalls them on the way."""

    def __init__(self, rows: Frame, size: int) -> None:
        self.rows = rows
        self.size = size
        self.texts: dict[str, Words] = {}
        self.defects: dict[str, NDArray[np.bool_]] = {}

    def change(self, defect: str, *columns: str, to: list[Words]) -> None:
        """New texts for some columns, all at once; the defect befell the records in which any of them is another."""
        changed = np.any([self.texts[name] != new for name, new in zip(columns, to, strict=True)], axis=0)
        self.defects[defect] = self.defects.get(defect, np.zeros(self.size, dtype=bool)) | changed
        self.texts.update(zip(columns, to, strict=True))

    def filled(self) -> dict[str, "pd.Series[str]"]:
        """The columns; what is empty is missing."""
        return {name: pd.Series(text, dtype="object").where(text != "") for name, text in self.texts.items()}

    def named(self) -> Words:
        """The defects of each record, in the order of `DEFECTS`, separated by spaces."""
        none = np.full(self.size, "", dtype=object)
        words = [
            np.where(self.defects[name], f"{name} ", "").astype(object) for name in DEFECTS if name in self.defects
        ]
        return pd.Series(sum(words, none)).str.strip().to_numpy(dtype=object)


def _rows(rng: Rng, world: RecordsWorld, setting: Setting, people: People, block: Block) -> Frame:
    """Which records there are: `customer` (row in the block), `system`, `day` (of the last change), `local_id`."""
    systems = np.array(list(world.homes), dtype=object)
    home = chosen(rng("homes"), dict(zip(range(systems.size), world.homes.values(), strict=True)), block.size).astype(
        int
    )
    more = rng("duplicates").poisson(world.duplicates / (1 - world.duplicates), block.size)
    again = np.repeat(np.arange(block.size), more)
    within = rng("within").random(again.size) < world.within
    step = np.where(within, 0, rng("elsewhere").integers(1, systems.size, again.size))
    customer = np.concatenate([np.arange(block.size), again])
    system = np.concatenate([home, (home[again] + step) % systems.size])
    registered = people["registered"][customer]
    day = registered + (rng("days").random(customer.size) * (setting.days - registered)).astype(int)
    rows = pd.DataFrame({"customer": customer, "system": systems[system], "day": day})
    rows = rows.sort_values(["system", "day", "customer"], kind="stable", ignore_index=True)
    number = rows.groupby("system").cumcount() + 1 + block.first * NUMBERS_PER_CUSTOMER
    return rows.assign(local_id=rows["system"].str[0].str.upper() + number.astype(str).str.zfill(7))


def _held(rng: Rng, world: RecordsWorld, people: People, spells: dict[str, Spells], found: _Written) -> None:
    """What was so on the day of the record, or is so now."""
    customer, n = found.rows["customer"].to_numpy(), found.size
    now, relative = np.full(n, spells["phone"].days - 1), people["relative"][customer]
    for field in ("address", "phone", "email"):
        found.texts[field] = spells[field].held(customer, now)
        if world.of_their_day:
            then = spells[field].held(customer, found.rows["day"].to_numpy())
            found.change(f"old_{field}", field, to=[then])
    theirs = (relative >= 0) & (rng("shared_phone").random(n) < world.shared_phone)
    shared = np.where(theirs, spells["phone"].held(relative, now), found.texts["phone"])
    found.change("shared_phone", "phone", to=[shared])
    desk = np.where(rng("one_phone").random(n) < world.one_phone, DESK, found.texts["phone"])
    found.change("desk_phone", "phone", to=[desk])
    found.texts["city"] = city_of(found.texts["address"])
    short = spelling.shortened(found.texts["address"], rng("short_address").random(n) < world.short_address)
    found.change("short_address", "address", to=[short])


def _name(rng: Rng, world: RecordsWorld, people: People, found: _Written) -> None:
    customer, n = found.rows["customer"].to_numpy(), found.size
    firm, female = (people[name][customer] for name in ("is_firm", "female"))
    name = people["name"][customer]
    found.texts["name"] = name
    chance, where, kind = rng("typo").random((3, n))
    half = 0.5
    found.change("typo", "name", to=[spelling.with_typo(name, chance < world.typo, where, kind < half)])
    titles = rng("titles")
    title = np.select(
        [firm, female],
        [any_of(titles, "title_firm", n), any_of(titles, "title_female", n)],
        any_of(titles, "title_male", n),
    )
    titled = spelling.with_title(found.texts["name"], rng("title").random(n) < world.title, title)
    found.change("title", "name", to=[titled])
    texts = ("name", "address", "city")
    lost, spaced = rng("joiner_lost").random((2, n))
    joined = [spelling.without_joiner(found.texts[t], lost < world.joiner_lost, spaced < half) for t in texts]
    found.change("joiner_lost", *texts, to=joined)
    arabic = rng("arabic_letters").random(n) < world.arabic_letters
    found.change("arabic_letters", *texts, to=[spelling.with_arabic_letters(found.texts[t], arabic) for t in texts])


def _contact(rng: Rng, world: RecordsWorld, found: _Written) -> None:
    n, texts = found.size, found.texts
    if world.phone_forms:
        form = chosen(rng("phone_forms"), world.phone_forms, n)
        found.change("phone_form", "phone", to=[spelling.in_form(texts["phone"], form)])
    if world.digits:
        script = chosen(rng("digits"), world.digits, n)
        for column in ("phone", "address"):
            found.change(f"{column}_digits", column, to=[spelling.in_digits(texts[column], script)])
    for column, share in {**world.blanks, "name": world.blank_names}.items():
        blank = np.where(rng(f"no_{column}").random(n) < share, "", texts[column])
        found.change(f"no_{column}", column, to=[blank])
