"""The whole company: groups of tables in the order in which they need each other.

Some are made once before the customers, some block by block of customers, some at the end from what the blocks add up
to. The blocks bound the memory: `write_company` holds one of them at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crmlab.company import (
    branches,
    calendar,
    campaigns,
    contacts,
    contracts,
    costs,
    demand_costs,
    economy,
    kpi,
    latents,
    market,
    org_survey,
    people,
    pipeline,
    problem_survey,
    products,
    prospects,
    purchases,
    referrals,
    roi,
    surveys,
    tickets,
    transactions,
)
from crmlab.company.made import Frame, Made, joined
from crmlab.company.setting import Block, Setting, setting
from crmlab.company.sums import Sums, added, nothing

# What is made once, what is made for each block, and what is made at the end of the sums over the blocks; each is a
# function of the setting, of what has been made before it and of the block or the sums. Their order is the order in
# which they need each other.
BEFORE: tuple[Callable[[Setting, Made], Made], ...] = (
    calendar.make,
    economy.make,
    market.make,
    products.make,
    branches.make,
    pipeline.planted,
    org_survey.make,
    roi.make,
    campaigns.make,
    contracts.planted,
    prospects.planted,
    costs.make_fixed,
    people.planted,
    surveys.competition,
)
BY_BLOCK: tuple[Callable[[Setting, Made, Block], Made], ...] = (
    purchases.make,
    people.make,
    contracts.make,
    contacts.with_campaigns(transactions.make),
    costs.make,
    prospects.make,
    pipeline.make,
    tickets.make,
    problem_survey.make,
    surveys.make,
    referrals.make,
)
AFTER: tuple[Callable[[Setting, Made, Sums], Made], ...] = (kpi.make, demand_costs.make)


@dataclass(frozen=True)
class Company:
    """A company: its tables by their names in the schema, its truth, and the setting it was made in."""

    setting: Setting
    tables: dict[str, Frame]
    truth: dict[str, Frame]


def make_company(profile: str = "sample", seed: int = 20, scenario: str = "standard") -> Company:
    """The whole company in memory; parameters and errors are those of `setting`."""
    wanted = setting(profile, seed=seed, scenario=scenario)
    parts = list(company_parts(wanted))
    return Company(
        wanted,
        {name: joined(part.tables[name] for part in parts if name in part.tables) for name in _names(parts, "tables")},
        {name: joined(part.truth[name] for part in parts if name in part.truth) for name in _names(parts, "truth")},
    )


def company_parts(wanted: Setting) -> Iterator[Made]:
    """What the company consists of, part by part: what is made once, then block by block, then what they add up to."""
    shared = Made()
    for group in BEFORE:
        shared = shared | group(wanted, shared)
    yield shared
    sums = nothing(wanted)
    for block in wanted.blocks:
        own = _block(wanted, shared, block)
        sums = added(wanted, sums, shared | own)
        yield own
    last = Made()
    for summing in AFTER:
        last = last | summing(wanted, shared | last, sums)
    yield last


def number_of_parts(wanted: Setting) -> int:
    """How many parts `company_parts` yields."""
    return len(wanted.blocks) + 2


def _block(wanted: Setting, shared: Made, block: Block) -> Made:
    own = Made(truth={"customers": latents.customers(wanted, block)})
    for group in BY_BLOCK:
        own = own | group(wanted, shared | own, block)
    return own


def _names(parts: list[Made], kind: str) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in getattr(part, kind)))
