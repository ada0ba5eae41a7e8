"""Who each customer is on the day they become known: name, age, family and household.

A person's age is 18 + 64·Beta(1.8, 3.4). Whether they never married falls with age, p = expit((28 − age) / 4.5); of
those who did, the widowed are expit((age − 80) / 7), and of the rest 6 in 100 are divorced. Four of five who ever
married have had children; a parent's age at the youngest child's birth is triangular from 20 over 30 to 44, and the
child lives at home until 25. All of it is chosen so that stages of the household from young singles to widowed people
alone occur; nothing hangs on it but the household's own columns.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame
from crmlab.company.people.invented import Words, any_of, listed, popular
from crmlab.company.people.worlds import CustomersWorld
from crmlab.company.setting import Block, Setting

People = Mapping[str, NDArray[Any]]

DAYS_PER_YEAR = 365.25
YOUNGEST, AGES, AGE_SHAPE = 18, 64, (1.8, 3.4)
DIVORCED, PARENTS, WITH_DIVORCED = 0.06, 0.8, 0.6
BIRTH_AGES = (20, 30, 44)
LEAVES_HOME = 25
YEARS_BETWEEN, MOST_CHILDREN = 2.0, 5
GROWN_UP = 30


def never_married(age: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance never to have married, by age in years."""
    return _expit((28 - age) / 4.5)


def lives(setting: Setting, latents: Frame, block: Block) -> People:
    """A block's customers on the day they become known, an array each, in the order of the latents.

    Arrays: `customer_id`, `region`, `income_band`, `is_firm`; `registered` (day from the start); `relative` (row of
    the customer of the same family, or of the same owner, −1 for none); `female`, `name`, `local` and `domain` (of the
    e-mail address); `has_email`, `landline` (the number they give is one); `age` (years; NaN for firms, as all that
    follows), `marital_status`, `children`, `youngest_born` (day from the start), `others_alone` and `others_married`
    (further grown-ups at home, without and with a partner).
    """
    world = setting.world(CustomersWorld)

    def rng(part: str) -> np.random.Generator:
        return setting.rng(f"customers.{part}", block)

    is_firm = (latents["customer_type"] == "firm").to_numpy()
    region = latents["region"].to_numpy(dtype=object)
    relative = _relatives(rng("relatives"), world.relatives, region, is_firm)
    female = rng("gender").random(block.size) < 0.5  # noqa: PLR2004 - one in two
    registered = _registered(rng("registered"), world, latents["joined"].to_numpy())
    return {
        "customer_id": latents["customer_id"].to_numpy(dtype=object),
        "region": region,
        "income_band": latents["income_band"].to_numpy(dtype=object),
        "is_firm": is_firm,
        "registered": registered,
        "relative": relative,
        "female": female,
        "has_email": is_firm | (rng("emails").random(block.size) < world.emails),
        "landline": is_firm | (rng("landlines").random(block.size) < world.landlines),
        **_named(rng("names"), is_firm, female, relative),
        **_household(rng("household"), is_firm, registered),
    }


def _registered(rng: np.random.Generator, world: CustomersWorld, joined: NDArray[np.int64]) -> NDArray[np.int64]:
    early = rng.random(joined.size) < world.registered_early
    days: NDArray[np.int64] = joined - early * rng.geometric(1 / world.days_early, joined.size)
    return np.maximum(days, 0)


def _relatives(rng: np.random.Generator, share: float, region: Words, is_firm: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pairs among so many, of one region and kind; who is left over has none."""
    found = np.full(region.size, -1)
    chosen = rng.permutation(np.flatnonzero(rng.random(region.size) < share))
    alike = pd.Series(region[chosen]).str.cat(np.where(is_firm[chosen], "firm", "person"))
    place = alike.groupby(alike).cumcount().to_numpy()
    pairs = pd.DataFrame({"who": chosen, "pair": alike + (place // 2).astype(str)}).sort_values("pair", kind="stable")
    first = pairs["pair"].eq(pairs["pair"].shift(-1)).to_numpy()
    one, other = pairs["who"].to_numpy()[:-1][first[:-1]], pairs["who"].to_numpy()[1:][first[:-1]]
    found[one], found[other] = other, one
    return found


def _named(
    rng: np.random.Generator, is_firm: NDArray[np.bool_], female: NDArray[np.bool_], relative: NDArray[np.int64]
) -> dict[str, Words]:
    n = is_firm.size
    same = np.where(
        relative >= 0, np.minimum(np.arange(n), relative), np.arange(n)
    )  # the elder row of a family names it
    (men, men_latin), (women, women_latin) = listed("male"), listed("female")
    man, woman = popular(rng, "male", n), popular(rng, "female", n)
    (families, families_latin), family = listed("family"), popular(rng, "family", n)[same]
    (ones, ones_latin), (twos, twos_latin) = listed("firm_first"), listed("firm_second")
    one, two = rng.integers(0, ones.size, n)[same], rng.integers(0, twos.size, n)
    firm = any_of(rng, "firm_kind", n) + " " + ones[one] + " " + twos[two]
    person = np.where(female, women[woman], men[man]) + " " + families[family]
    mail = np.where(female, women_latin[woman], men_latin[man]) + "." + families_latin[family]
    return {
        "name": np.where(is_firm, firm, person),
        "local": np.where(is_firm, "info", mail),
        "domain": np.where(is_firm, ones_latin[one] + "-" + twos_latin[two], ""),
    }


def _household(
    rng: np.random.Generator, is_firm: NDArray[np.bool_], registered: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    n = is_firm.size
    age = YOUNGEST + AGES * rng.beta(*AGE_SHAPE, n)
    status = _marital(rng, age)
    at_birth = rng.triangular(*BIRTH_AGES, n)
    likely = np.select([status == "single", status == "divorced"], [0.0, PARENTS * WITH_DIVORCED], PARENTS)
    at_home = (rng.random(n) < likely) & (at_birth < age) & (age - at_birth < LEAVES_HOME)
    room = (at_birth - YOUNGEST) // YEARS_BETWEEN  # elder ones came no earlier than their parent's eighteenth year
    children = np.where(at_home, 1 + np.minimum.reduce([rng.poisson(0.7, n), room, np.full(n, MOST_CHILDREN - 1)]), 0)
    known: dict[str, NDArray[Any]] = {
        "age": age,
        "children": children,
        "youngest_born": np.where(at_home, np.floor(registered - (age - at_birth) * DAYS_PER_YEAR), np.nan),
        "others_alone": rng.poisson(np.where(age < GROWN_UP, 1.8, 0.4)),
        "others_married": rng.binomial(1, 0.12, n),
    }
    for_people = {name: np.where(is_firm, np.nan, values) for name, values in known.items()}
    return {**for_people, "marital_status": np.where(is_firm, "", status)}


def _marital(rng: np.random.Generator, age: NDArray[np.float64]) -> Words:
    never, widowed, divorced = rng.random((3, age.size))
    return np.select(
        [never < never_married(age), widowed < _expit((age - 80) / 7), divorced < DIVORCED],
        ["single", "widowed", "divorced"],
        "married",
    ).astype(object)


def _expit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))
