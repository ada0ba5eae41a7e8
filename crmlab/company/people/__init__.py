"""Who Negin's customers are, what the firm knows of them, and how four departments wrote them down.

`worlds`: the parameters · `words/` and `invented`: names, firms, addresses, numbers · `lives`: age, household and
family · `history`: how what is known goes out of date · `customers`: what the firm believes now · `spelling`: what
hands do to names and numbers · `records`: the departments' own systems. All of it hangs on the truth of each customer
alone, so that it can stand before every other group.
"""

from dataclasses import asdict

import pandas as pd

from crmlab.company.made import Made
from crmlab.company.people.customers import customers
from crmlab.company.people.history import history, written
from crmlab.company.people.lives import lives
from crmlab.company.people.records import source_records
from crmlab.company.people.worlds import CustomersWorld, HistoryWorld, RecordsWorld
from crmlab.company.setting import Block, Setting

__all__ = ["CustomersWorld", "HistoryWorld", "RecordsWorld", "make", "planted"]


def planted(setting: Setting, known: Made) -> Made:  # noqa: ARG001 - every group is called alike
    """The truth that is one for all customers: `field_decay`, and `people_parameters` by name.

    `field_decay` has one row for each field: how often a year it changes, and how fast the firm learns of it.
    """
    decay, world = setting.world(HistoryWorld), setting.world(CustomersWorld)
    fields = list(decay.changes_per_year)
    numbers = {name: value for name, value in asdict(world).items() if isinstance(value, float)}
    return Made(
        truth={
            "field_decay": pd.DataFrame(
                {
                    "field": fields,
                    "changes_per_year": [decay.changes_per_year[field] for field in fields],
                    "learned_per_year": [decay.learned_per_year[field] for field in fields],
                }
            ),
            "people_parameters": pd.DataFrame({"parameter": list(numbers), "value": list(numbers.values())}),
        }
    )


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`customers`, `customer_history` and `source_records` of a block, with what is really so.

    Truth: `people` (one row a customer: name, family, true channel, chance to consent, what the belief follows),
    `stale_fields` (one row a customer and field: what is so, what the firm has, whether they differ) and `crosswalk`
    (one row a record: whose it is, and what is wrong with it).
    """
    latents = known.truth["customers"]
    people = lives(setting, latents, block)
    spells = history(setting, people, block)
    return (
        customers(setting, known, block, people, spells)
        | written(setting, people, spells)
        | source_records(setting, block, people, spells)
    )
