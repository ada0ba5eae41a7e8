"""The exercises of 12: how many customers a test needs, whom it reached, and when it may be stopped."""

from math import ceil

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses import experiments
from crmlab.client import Client
from crmlab.language import tr
from crmlab.simulate import peeked
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise, relative
from crmlab.trials import needed_per_arm

SINGLE = float(norm.ppf(0.975))
LOOKS = 5


@exercise("12.1")
def customers_needed(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001
    """Customers in each arm for a baseline and a lift in points (normal approximation, two-sided)."""
    baseline = float(rng.choice([0.05, 0.06, 0.08, 0.10, 0.12, 0.15]))
    lift = float(rng.choice([0.01, 0.015, 0.02, 0.025]))
    needed = ceil(needed_per_arm(baseline, lift))
    one_sided = needed * ((norm.ppf(0.95) + norm.ppf(0.8)) / (norm.ppf(0.975) + norm.ppf(0.8))) ** 2
    return Task(
        given=(
            Given("baseline", baseline, tr("share that responds when left alone"), "share"),
            Given("lift", lift, tr("uplift to be found, a difference of shares"), "points"),
            Given("power", 0.8, tr("chance to find it"), "share"),
            Given("alpha", 0.05, tr("level of the two-sided test"), "share"),
        ),
        answer=needed,
        tolerance=relative(0.02),
        expects=tr("customers in each of two equal arms, a whole number"),
        wrong=(
            Wrong(2 * needed, tr("That is both arms together; the question is how many are in each.")),
            Wrong(
                one_sided, tr("That is a one-sided test: harm would go unseen. Half of the level lies on each side.")
            ),
            Wrong(
                ceil(needed_per_arm(baseline, baseline * lift)),
                tr("You took the uplift as a share of the baseline. It is given in percentage points."),
            ),
            Wrong(needed / 2, tr("The variance of both arms counts, not of one: the difference has the sum of them.")),
        ),
    )


@exercise("12.2")
def effect_on_those_reached(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001
    """The effect of a call on those who can be reached, from a test in which not everybody was (Wald ratio)."""
    n = int(rng.choice([800, 1000, 1200, 1500]))
    reached = round(n * float(rng.uniform(0.45, 0.65)))
    often, seldom = float(rng.uniform(0.26, 0.32)), float(rng.uniform(0.06, 0.10))
    effect = float(rng.uniform(0.05, 0.09))
    hits = round(reached * (often + effect)), round((n - reached) * seldom)
    alone = round(reached * often + (n - reached) * seldom)
    intention = (hits[0] + hits[1] - alone) / n
    per_protocol = hits[0] / reached - alone / n
    as_treated = hits[0] / reached - (hits[1] + alone) / (2 * n - reached)
    table = pd.DataFrame(
        {
            "group": [tr("to be called, reached"), tr("to be called, not reached"), tr("left alone")],
            "customers": [reached, n - reached, n],
            "bought": [*hits, alone],
        }
    )
    return Task(
        given=(
            Given(
                "counts",
                table,
                tr("What came of a test of calls."),
                units={"customers": "count", "bought": "count"},
                headings={"group": tr("group"), "customers": tr("customers"), "bought": tr("bought")},
            ),
        ),
        answer=intention / (reached / n),
        tolerance=absolute(0.002),
        expects=tr("a difference of shares, between -1 and 1"),
        wrong=(
            Wrong(intention, tr("That is the effect of the attempt, spread over those whom no call reached.")),
            Wrong(per_protocol, tr("Those reached buy more often anyway; those left alone hold both kinds.")),
            Wrong(as_treated, tr("Whom a call reached was not drawn by chance: compare the arms as they were drawn.")),
        ),
    )


@exercise("12.3")
def first_look(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001
    """At which look a test may be stopped for an effect, by O'Brien and Fleming's bounds; other data, simulated."""
    bounds = experiments.obrien_fleming(LOOKS)
    z = peeked(rng, tests=400, looks=LOOKS, effect=float(rng.choice([0.0, 0.015]))).round(3)
    hasty = [_first(np.abs(one) > SINGLE) for one in z]
    sound = [_first(np.abs(one) > bounds) for one in z]
    apart = [place for place in range(len(z)) if hasty[place] and hasty[place] != sound[place]]
    place = apart[int(rng.integers(len(apart)))]
    table = pd.DataFrame({"look": np.arange(1, LOOKS + 1), "z": z[place]})
    return Task(
        given=(
            Given(
                "looks",
                table,
                tr("A test of another firm: its z at five evenly spaced looks."),
                units={"look": "count", "z": "index"},
                headings={"look": tr("look"), "z": tr("z so far")},
            ),
        ),
        answer=sound[place],
        expects=tr("the number of the first look at which an effect may be reported, or 0 if there is none"),
        wrong=(
            Wrong(hasty[place], tr("That is the bound of a test with a single look. Several looks need wider bounds.")),
        ),
    )


def _first(crossed: np.ndarray) -> int:
    """The number of the first look that crossed, counted from 1; 0 if none did."""
    return int(crossed.argmax()) + 1 if crossed.any() else 0
