"""The survey of problems: how many had one, how many said so, and what silence costs.

Customers are drawn at random and all answer. Whoever had a problem tells head office, or the front line, or nobody,
with probabilities that rise with what the thing had cost. The 4 % that are so often quoted are those who wrote to head
office about something small (Goodman's letter to Quality Progress, November 2005); at the front line about half of
those with a large problem complain. `tells_head_office` and `tells_front_line` span these two. How many others are
told is negative binomial with a mean by what became of the problem; who then buys from a rival has a chance of its
own. The means and chances are chosen so that silence looks harmless in the tickets and costs most in the answers.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from crmlab.company.latents import chosen
from crmlab.company.made import Made, table
from crmlab.company.setting import Block, Setting

ASKED_OVER_DAYS = 90  # the last days of the window
OUTCOMES = ("no_problem", "silent", "not_resolved", "resolved")


@dataclass(frozen=True)
class ProblemSurveyWorld:
    """Who is asked and what they would answer.

    Attributes
    ----------
    asked : float
        The share of customers that is drawn.
    had_problem : float
        The share with a problem in the year.
    price_bands : dict
        Shares of what the thing with the problem had cost.
    tells_head_office, tells_front_line : dict
        By price band, the chance that a problem is told there.
    resolved : float
        The chance that who complained was helped.
    told : dict
        By what became of the problem, how many people are told of it on average.
    told_shape : float
        Shape of the negative binomial; its variance is mean + mean² / shape.
    leaves : dict
        By what became of it, the chance to buy from a rival.
    """

    SECTION: ClassVar[str] = "problem_survey"

    asked: float
    had_problem: float
    price_bands: dict[str, float]
    tells_head_office: dict[str, float]
    tells_front_line: dict[str, float]
    resolved: float
    told: dict[str, float]
    told_shape: float
    leaves: dict[str, float]


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`problem_survey` of the block's customers; what each would answer follows from the section of scenarios.yaml."""
    world = setting.world(ProblemSurveyWorld)
    rng = setting.rng("problem_survey", block)
    customers = known.truth["customers"]
    known_long = customers["joined"].to_numpy() < setting.days - ASKED_OVER_DAYS
    drawn = customers["customer_id"].to_numpy()[(rng.random(len(customers)) < world.asked) & known_long]
    n = drawn.size
    problem = rng.random(n) < world.had_problem
    band = chosen(rng, world.price_bands, n)
    office, front = (pd.Series(band).map(told).to_numpy() for told in (world.tells_head_office, world.tells_front_line))
    u = rng.random(n)
    to = np.select([u < office, u < office + front], ["head_office", "front_line"], "nobody").astype(object)
    complained, helped = problem & (to != "nobody"), rng.random(n) < world.resolved
    outcome = np.select([~problem, ~complained, ~helped], OUTCOMES[:3], OUTCOMES[3])
    mean = pd.Series(outcome).map({"no_problem": 0.0, **world.told}).to_numpy()
    told = rng.poisson(mean * rng.gamma(world.told_shape, 1 / world.told_shape, n))
    leaves = rng.random(n) < pd.Series(outcome).map(world.leaves).to_numpy()
    answers = table(
        "problem_survey",
        {
            "response_id": [f"P{block.number:03}-{number:06}" for number in range(n)],
            "customer_id": drawn,
            "date": setting.date(setting.days - 1 - rng.integers(0, ASKED_OVER_DAYS, n)),
            "had_problem": problem,
            "price_band": pd.Series(band, dtype="str").where(problem),
            "complained": pd.Series(complained, dtype="boolean").where(problem),
            "complained_to": pd.Series(to, dtype="str").where(complained),
            "resolved": pd.Series(helped, dtype="boolean").where(complained),
            "told": pd.Series(told, dtype="float64").where(problem),
            "bought_elsewhere": leaves,
        },
    )
    return Made({"problem_survey": answers})
