"""Exercises of notebook 16: a difference in differences, a roll-out in waves, and who is credited beyond their due."""

import numpy as np
import pandas as pd

from crmlab.analyses import impact
from crmlab.client import Client
from crmlab.display import Unit
from crmlab.language import tr
from crmlab.simulate import Rollout, simulate_answers, simulate_rollout
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise

MONTHS, APART = 8, 0.01
IN_SIGHT = ("social", "search", "partner")


@exercise("16.1")
def two_by_two(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 – its numbers are its own
    """The effect in two branches before and after: a difference of differences (002:33-35)."""
    with_before, fell = int(rng.integers(110, 141)), int(rng.integers(24, 40))
    other_before, fell_anyway = int(rng.integers(90, 109)), int(rng.integers(5, 12))
    with_after, other_after = with_before - fell, other_before - fell_anyway
    return Task(
        given=(
            Given("with_before", with_before, tr("cost of a new customer at the branch with CRM, before"), "count"),
            Given("with_after", with_after, tr("the same, after"), "count"),
            Given("other_before", other_before, tr("cost at the branch without CRM, before"), "count"),
            Given("other_after", other_after, tr("the same, after"), "count"),
        ),
        answer=float(fell_anyway - fell),
        expects=tr("a change of the cost, below zero if it fell"),
        tolerance=absolute(0.01),
        wrong=(
            Wrong(
                float(-fell),
                tr("That is before and after at one branch. The other one, without CRM, became cheaper as well."),
            ),
            Wrong(
                float(with_after - other_after),
                tr("That compares the branches afterwards. They were not alike before, either."),
            ),
            Wrong(float(fell - fell_anyway), tr("Look at the sign: after less before, with CRM less without.")),
        ),
    )


@exercise("16.2")
def in_waves(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 – the roll-out is the student's own
    """The mean effect of a small roll-out in waves, against branches not live yet (Callaway and Sant'Anna 2021)."""
    world = _small_rollout(rng)
    found = _as_given(world)
    answer = float(np.expm1(impact.overall(found)))
    return Task(
        given=(
            Given(
                "costs",
                _table(world),
                tr("Cost of a new customer at six branches; `live` is the number of the first month with CRM, from 0."),
                units={"branch": "text", "live": "count", **{str(m): "count" for m in range(MONTHS)}},
                headings={"branch": tr("branch"), "live": tr("live")},
            ),
        ),
        answer=answer,
        expects=tr("a relative change, such as −0.05 for 5 per cent less"),
        tolerance=absolute(0.003),
        wrong=(
            Wrong(
                float(np.expm1(impact.naive(found).value)),
                tr("That is before and after at the branches with CRM. What happened at the others in these months?"),
            ),
            Wrong(
                _two_way(found),
                tr("That is one coefficient beside branch and month effects. It takes live branches for controls."),
            ),
            Wrong(impact.overall(found), tr("That is a difference of logarithms. A relative change is asked for.")),
        ),
    )


@exercise("16.3")
def beyond_their_due(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 – customers of another firm
    """Which channel customers credit most beyond what it brought, among customers of another firm (002:27-29)."""
    in_sight = str(rng.choice(IN_SIGHT))
    rest = {name: 0.15 for name in ("branch", "referral") if name != in_sight}
    rows = simulate_answers(rng, customers=4000, credited={in_sight: 0.7, **rest}, recorded_right=0.75)
    rows = rows[rows["said"].notna()]
    share = {name: rows[name].value_counts(normalize=True) for name in ("came", "said", "recorded")}
    beyond = share["said"].sub(share["came"], fill_value=0)
    answer = str(beyond.idxmax())
    wrong = {
        str(share["recorded"].sub(share["came"], fill_value=0).idxmax()): tr(
            "That is the channel the records credit too much. What do the customers say?"
        ),
        str(share["said"].idxmax()): tr("That one is named most. Compare it with how many came that way."),
        str(beyond.idxmin()): tr("That is the channel that gets too little credit."),
    }
    units: dict[str, Unit] = {"came": "label", "recorded": "label"}
    units |= dict.fromkeys(map(str, share["said"].index), "count")
    counts = pd.crosstab([rows["came"], rows["recorded"]], rows["said"]).reset_index()
    return Task(
        given=(
            Given(
                "answers",
                counts,
                tr("Customers by how they came, what was recorded, and what they said in the survey."),
                units=units,
                headings={"came": tr("came by"), "recorded": tr("recorded as")},
            ),
        ),
        answer=answer,
        expects=tr("the name of a channel, such as direct_mail"),
        wrong=tuple(Wrong(name, hint) for name, hint in wrong.items() if name != answer),
    )


def _as_given(world: Rollout) -> impact.Panel:
    """The roll-out as a panel of logarithms of the rounded costs the student gets."""
    found = impact.of_rollout(world)
    return found.with_numbers(np.log(np.round(np.exp(found.numbers) * 1000)))


def _small_rollout(rng: np.random.Generator) -> Rollout:
    """Drawn until the usual mistakes lead to numbers of their own."""
    while True:
        world = simulate_rollout(
            rng,
            effect=-float(rng.choice([0.25, 0.3, 0.35])),
            branches=6,
            months=MONTHS,
            waves=(2, 4),
            never=1 / 3,
            with_process=1.0,
            ramp_months=3,
            noise=0.03,
            trend=-0.03,
            season=0.0,
        )
        found = _as_given(world)
        answer = impact.overall(found)
        others = (np.expm1(impact.naive(found).value), _two_way(found), answer)
        if all(abs(np.expm1(answer) - one) > APART for one in others):
            return world


def _two_way(found: impact.Panel) -> float:
    return float(np.expm1(impact.two_way(found, rng=np.random.default_rng(0), draws=1).value))


def _table(world: Rollout) -> pd.DataFrame:
    costs = pd.DataFrame(np.round(np.exp(world.log_cost) * 1000), columns=[str(month) for month in range(MONTHS)])
    costs.insert(0, "live", pd.Series(np.where(np.isfinite(world.live), world.live, np.nan)).astype("Int64"))
    costs.insert(0, "branch", [f"B{place + 1}" for place in range(len(costs))])
    return costs
