"""How what is known of customers goes out of date: `customer_history`.

Each field of a customer changes at a constant rate c a year from the day they are registered, so that a value holds for
longer than t years with chance exp(−c·t). The firm learns of a change at a constant rate l; what changes again before
it has learnt of it, it never learns. After t years the firm's value is a former one with chance
c / (c + l) · (1 − exp(−(c + l)·t)), and wrong, unless the field has come back to it. Days are whole: a value holds for
a day at least. From the first day of a customer on the firm knows everything that is so on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame, Made, table
from crmlab.company.people.invented import Words, addresses, any_of, area_codes, city_of, emails, listed, phones
from crmlab.company.people.lives import DAYS_PER_YEAR, People
from crmlab.company.people.worlds import HistoryWorld
from crmlab.company.setting import Block, Setting

Days = NDArray[np.int64]
Rng = Callable[[str], np.random.Generator]

MOST_CHANGES = 16  # of one field of one customer in four years: at 0.3 a year, more come once in 10^13 customers
NEVER = -1
RETIRED, FERTILE = 65, (20, 42)

# What follows what; the first of two with the chance given.
NEXT_BAND = {"low": ("middle", "middle", 1.0), "middle": ("low", "high", 0.5), "high": ("middle", "middle", 1.0)}
NEXT_STATUS = {
    "single": ("married", "married", 1.0),
    "married": ("divorced", "widowed", 0.6),
    "divorced": ("married", "married", 1.0),
    "widowed": ("married", "married", 1.0),
}


@dataclass(frozen=True)
class Spells:
    """Every value of one field that ever held, in the order of customers and days; all arrays are of one length.

    Attributes
    ----------
    days : int
        How many days there are: a spell that still lasts ends on this one, the day after the last.
    customer, order : array of int
        Whose (row in the block), and the how manieth of theirs (0 for the first).
    first, end : array of int
        The day from the start on which it began to hold, and the first on which it no longer held.
    recorded : array of int
        When the firm wrote it down; −1 for never.
    value : array of str
    """

    days: int
    customer: Days
    order: Days
    first: Days
    end: Days
    recorded: Days
    value: Words

    def held(self, customer: Days, day: Days) -> Words:
        """What was so of each customer on each day; empty before they were known, and for who has no such field."""
        far = self.days + 1
        before = np.searchsorted(self.customer * far + self.first, customer * far + day, side="right") - 1
        own = (before >= 0) & (self.customer[before] == customer)
        return np.where(own, self.value[before], "")

    @property
    def now(self) -> Days:
        """The rows that still last, one for each customer who has the field."""
        return np.flatnonzero(self.end == self.days)

    @property
    def known(self) -> Days:
        """The last rows the firm has learnt of, one for each customer who has the field."""
        noted = np.flatnonzero(self.recorded != NEVER)
        return np.asarray(noted[_last_of_each(self.customer[noted])])

    def in_book(self, customers: int, what: NDArray[Any]) -> Words:
        """What stands in the firm's book, one of so many customers each; None for who has no such field."""
        found = np.full(customers, None, dtype=object)
        found[self.customer[self.known]] = what[self.known]
        return found


def history(setting: Setting, people: People, block: Block) -> dict[str, Spells]:
    """What was so of each customer of `people` (see `lives`) from the day they were registered, by field."""
    world = setting.world(HistoryWorld)

    def rng(part: str) -> np.random.Generator:
        return setting.rng(f"customer_history.{part}", block)

    age, person = people["age"], ~people["is_firm"]
    has = {
        "email": people["has_email"],
        "marital_status": person,
        "employer": person & (age < RETIRED) & (rng("working").random(block.size) < world.working),
        "children": person,
    }
    fertile = (people["marital_status"] == "married") & (age >= FERTILE[0]) & (age < FERTILE[1])
    begun = {}
    for field in world.changes_per_year:
        most = fertile.astype(int) if field == "children" else np.full(block.size, MOST_CHANGES)
        who = np.flatnonzero(has.get(field, np.ones(block.size, dtype=bool)))
        begun[field] = _spells(rng, setting, field, people["registered"], who=who, most=most)
    values = _values(rng, people, block, begun)
    return {field: replace(spells, value=values[field]) for field, spells in begun.items()}


def written(setting: Setting, people: People, spells: dict[str, Spells]) -> Made:
    """The table `customer_history`, and the truth `stale_fields`."""
    every = list(spells.values())
    customer, first, end, recorded = (
        np.concatenate([getattr(one, name) for one in every]) for name in ("customer", "first", "end", "recorded")
    )
    field = np.repeat(np.array(list(spells), dtype=object), [one.customer.size for one in every])
    order = np.lexsort((first, np.repeat(np.arange(len(every)), [one.customer.size for one in every]), customer))
    rows = {
        "customer_id": people["customer_id"][customer[order]],
        "field": field[order],
        "value": np.concatenate([one.value for one in every])[order],
        "valid_from": setting.date(first[order]),
        "valid_to": _dates(setting, end[order], end[order] < setting.days),
        "recorded_on": _dates(setting, recorded[order], recorded[order] != NEVER),
    }
    return Made({"customer_history": table("customer_history", rows)}, {"stale_fields": _stale(people, spells)})


def _dates(setting: Setting, day: Days, there: NDArray[np.bool_]) -> "pd.Series[pd.Timestamp]":
    return pd.Series(setting.date(day)).where(there)


def _stale(people: People, spells: dict[str, Spells]) -> Frame:
    every = list(spells.values())
    sizes = [one.now.size for one in every]
    value = np.concatenate([one.value[one.now] for one in every])
    recorded = np.concatenate([one.value[one.known] for one in every])
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"][np.concatenate([one.customer[one.now] for one in every])],
            "field": np.repeat(np.array(list(spells), dtype=object), sizes),
            "value": value,
            "recorded_value": recorded,
            "stale": value != recorded,
        }
    )


def _spells(rng: Rng, setting: Setting, field: str, registered: Days, *, who: Days, most: Days) -> Spells:
    """When values of the field began and ended, and when the firm wrote them down; at most so many changes each."""
    world = setting.world(HistoryWorld)
    rate, learning = world.changes_per_year[field], world.learned_per_year[field]
    gaps = np.ceil(rng(f"{field}.changes").exponential(DAYS_PER_YEAR / rate, (who.size, MOST_CHANGES)))
    began = registered[who, None] + np.cumsum(np.maximum(gaps, 1), axis=1)
    happens = (began < setting.days) & (np.arange(MOST_CHANGES) < most[who, None])
    row, order = np.nonzero(np.column_stack([np.ones(who.size, dtype=bool), happens]))
    customer, first = who[row], np.column_stack([registered[who], began])[row, order].astype(np.int64)
    end = np.where(_last_of_each(customer), setting.days, np.roll(first, -1))
    lag = np.maximum(np.ceil(rng(f"{field}.learning").exponential(DAYS_PER_YEAR / learning, first.size)), 1)
    noted = first + np.where(order == 0, 0, lag).astype(np.int64)
    recorded = np.where(noted < end, noted, NEVER)
    return Spells(setting.days, customer, order, first, end, recorded, np.empty(0, dtype=object))


def _last_of_each(customer: Days) -> NDArray[np.bool_]:
    """Which of the rows, sorted by customer, is the last of its customer."""
    return np.append(customer[1:] != customer[:-1], np.ones(min(customer.size, 1), dtype=bool))


def _values(rng: Rng, people: People, block: Block, spells: dict[str, Spells]) -> dict[str, Words]:
    address = _addresses(rng("address.values"), people, spells["address"])
    homes = city_of(address[spells["address"].order == 0])
    phone, email, children = (spells[field].customer for field in ("phone", "email", "children"))
    number = (people["children"][children] + spells["children"].order).astype(int)
    own = {
        "address": address,
        "phone": phones(rng("phone.values"), block, people["landline"][phone], area_codes(homes)[phone]),
        "email": emails(rng("email.values"), block, people["local"][email], people["domain"][email]),
        "employer": _employers(rng("employer.values"), spells["employer"]),
        "children": number.astype(str).astype(object),
    }
    chains = {"income_band": NEXT_BAND, "marital_status": NEXT_STATUS}
    for field, following in chains.items():
        own[field] = _chain(rng(f"{field}.values"), spells[field], people[field], following)
    return own


def _addresses(rng: np.random.Generator, people: People, spells: Spells) -> Words:
    found = addresses(rng, people["region"][spells.customer])
    start = np.flatnonzero(spells.order == 0)
    first, relative = found[start], people["relative"]
    with_elder = (relative >= 0) & (relative < np.arange(relative.size))
    found[start] = np.where(with_elder, first[relative], first)  # a family begins under one roof
    return found


def _employers(rng: np.random.Generator, spells: Spells) -> Words:
    """An invented firm, and a name that is another one for each later one."""
    n, ones, twos = spells.order.size, listed("firm_first")[0], listed("firm_second")[0]
    drawn = np.where(spells.order == 0, rng.integers(0, ones.size, n), rng.integers(1, ones.size, n))
    before = np.cumsum(drawn) - drawn
    start = np.flatnonzero(spells.order == 0)
    base = np.repeat(before[start], np.diff(np.append(start, n)))
    place = (before + drawn - base) % ones.size  # a step from 1 to size − 1 always leads elsewhere
    found = any_of(rng, "firm_kind", n)
    found += " " + ones[place] + " " + twos[rng.integers(0, twos.size, n)]
    return found


def _chain(
    rng: np.random.Generator, spells: Spells, start: Words, following: dict[str, tuple[str, str, float]]
) -> Words:
    """Values of which each hangs on the one before."""
    chance, found = rng.random(spells.order.size), start[spells.customer].copy()
    for step in range(1, spells.order.max(initial=0) + 1):
        rows = np.flatnonzero(spells.order == step)
        before, after = found[rows - 1], found[rows].copy()
        for state, (one, other, share) in following.items():
            after = np.where(before == state, np.where(chance[rows] < share, one, other), after)
        found[rows] = after
    return found
