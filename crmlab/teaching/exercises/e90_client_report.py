"""Exercises of 90: when an action pays, what its test can see, and what to do on the review date."""

import math

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.client import Client
from crmlab.language import tr
from crmlab.teaching.exercise import Given, Task, Wrong, exercise, relative
from crmlab.trials import difference_of_shares, needed_per_arm

VERDICTS = ("go on", "stop", "open")


@exercise("90.1")
def uplift_that_pays(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """The uplift at which a contact just pays for itself."""
    cost, margin = float(rng.integers(2, 12)) / 2, float(rng.choice([0.2, 0.25, 0.3, 0.35, 0.4]))
    order = float(rng.integers(4, 20) * 10)
    return Task(
        given=(
            Given("cost", cost, tr("cost of one contact, euros"), "number"),
            Given("order", order, tr("mean purchase, euros"), "number"),
            Given("margin", margin, tr("margin"), "share"),
        ),
        answer=cost / (margin * order),
        tolerance=relative(0.005),
        expects=tr("a difference of shares, between 0 and 1"),
        wrong=(
            Wrong(cost / order, tr("A purchase brings its margin, not its price.")),
            Wrong(cost / margin, tr("That is the revenue a contact must add; divide it by what one purchase brings.")),
            Wrong(cost / ((1 - margin) * order), tr("You took what the goods cost; the firm keeps the margin.")),
        ),
    )


@exercise("90.2")
def arms_for_an_uplift(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """How many customers each of two equal arms needs, to find an uplift with a power of 80 %."""
    baseline, uplift = float(rng.choice([0.05, 0.08, 0.1, 0.15, 0.2])), float(rng.choice([0.02, 0.03, 0.04, 0.05]))
    needed = needed_per_arm(baseline, uplift)
    one_sided = (norm.ppf(0.95) + norm.ppf(0.8)) ** 2 / (norm.ppf(0.975) + norm.ppf(0.8)) ** 2
    return Task(
        given=(
            Given("baseline", baseline, tr("share who buy without a contact"), "share"),
            Given("uplift", uplift, tr("uplift worth finding"), "points"),
            Given("power", 0.8, tr("power"), "share"),
            Given("alpha", 0.05, tr("false alarms, both sides together"), "share"),
        ),
        answer=float(math.ceil(needed)),
        tolerance=relative(0.02),
        expects=tr("customers in each arm"),
        wrong=(
            Wrong(2.0 * math.ceil(needed), tr("That is both arms together; asked is each arm.")),
            Wrong(float(needed * one_sided), tr("That looks on one side only; a contact may also do harm.")),
            Wrong(
                needed_per_arm(baseline, baseline * uplift) if baseline * uplift > 0 else 0.0,
                tr("The uplift is in points, not a part of the baseline."),
            ),
        ),
    )


@exercise("90.3")
def on_the_review_date(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """Whether to go on, to stop, or to say that it is open, by the stop rule, from another firm's test."""
    verdict = VERDICTS[int(rng.integers(3))]
    contact, left, hits, needs = _test_that_says(verdict, rng)
    arms = pd.DataFrame({"arm": ["contact", "do_nothing"], "customers": [contact, left], "bought": hits})
    effect = hits[0] / contact - hits[1] / left
    by_estimate = "go on" if effect > needs else "stop"
    hints = {
        "go on": tr("Does the whole interval lie above what a contact has to add?"),
        "stop": tr("Does the whole interval lie below what a contact has to add?"),
        "open": tr("See on which side of what a contact has to add the interval lies, or whether it contains it."),
    }
    wrongs = [Wrong(one, hints[one]) for one in VERDICTS if one != verdict]
    wrongs.sort(key=lambda one: one.value != by_estimate)
    return Task(
        given=(
            Given("needs", needs, tr("what a contact has to add to pay for itself"), "points"),
            Given(
                "arms",
                arms,
                tr("The test on its review date."),
                units={"arm": "label", "customers": "count", "bought": "count"},
            ),
        ),
        answer=verdict,
        expects=tr("'go on', 'stop' or 'open', by the stop rule and a 95 % interval"),
        wrong=tuple(wrongs),
    )


def _test_that_says(verdict: str, rng: np.random.Generator) -> tuple[int, int, tuple[int, int], float]:
    """Arms, those who bought, and the uplift that pays, so that the stop rule says `verdict` without doubt."""
    while True:
        contact, left = int(rng.integers(8, 40) * 50), int(rng.integers(4, 12) * 50)
        base = float(rng.uniform(0.08, 0.2))
        hits = (int(rng.binomial(contact, base + rng.uniform(0.0, 0.12))), int(rng.binomial(left, base)))
        needs = float(rng.choice([0.01, 0.02, 0.03, 0.04, 0.05, 0.06]))
        found = difference_of_shares((hits[0], contact), (hits[1], left), denominator="", window="")
        low, high = float(found.low or 0), float(found.high or 0)
        said = "go on" if low > needs else "stop" if high < needs else "open"
        clear = min(abs(low - needs), abs(high - needs)) > 0.004  # noqa: PLR2004 - whatever interval is used
        if said == verdict and clear:
            return contact, left, hits, needs
