"""Exercises of notebook 14: concentration, an interaction on the scale of the probability, two net promoter scores."""

import numpy as np
import pandas as pd

from crmlab.analyses import loyalty
from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.language import mark, tr
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise

CUT = 0.25
SAMPLE = 0.8  # of the answers, so that each student has numbers of their own
NEAR = 0.002  # a wrong answer so near the right one cannot be told from it


@exercise("14.1")
def concentration(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every exercise is called alike
    """The Herfindahl–Hirschman index of a market (Hirschman 1964): .45, .40, .10 and .05 give .375."""
    base = np.array([[0.45, 0.40, 0.10, 0.05], [0.50, 0.25, 0.15, 0.10], [0.60, 0.20, 0.12, 0.08]])
    parts = base[rng.integers(len(base))] + np.array([0, 0.01, -0.01, 0]) * rng.integers(0, 5)
    firms = pd.DataFrame({"firm": [f"F{place}" for place in range(1, parts.size + 1)], "share": parts.round(2)})
    index = loyalty.hhi(firms["share"])
    return Task(
        given=(
            Given(
                "shares",
                firms,
                tr("A market and its firms."),
                units={"share": "share"},
                headings={"firm": tr("firm"), "share": tr("share")},
            ),
        ),
        answer=index,
        tolerance=absolute(0.001),
        expects=tr("an index between 0 and 1"),
        wrong=(
            Wrong(index * 10_000, tr("That is the index of shares in per cent. Take them as parts of one.")),
            Wrong(
                1 / index, tr("That is how many equal firms would be as concentrated. The index is one divided by it.")
            ),
            Wrong(1 / parts.size, tr("That would be right if all firms were equal. Square each firm's own share.")),
            Wrong(
                float(firms["share"].max()), tr("That is the largest share alone. Every firm counts, with its square.")
            ),
        ),
    )


@exercise("14.2")
def interaction(shop: Client, rng: np.random.Generator) -> Task:
    """By how much more a point of satisfaction is worth with choice, from one slope a region (Donald and Lang 2007)."""
    regions, coefficient, source = _regions(shop, rng)
    held = regions["captive"].to_numpy(bool)
    n, slope = regions["n"].to_numpy(float), regions["slope"].to_numpy(float)
    choice, captive = (float(np.average(slope[side], weights=n[side])) for side in (~held, held))
    right = choice - captive
    shown = pd.DataFrame(
        {
            "region": regions["region"],
            "market": np.where(held, mark("little choice"), mark("choice")),
            "n": regions["n"],
            "slope": slope,
        }
    )
    typical = (
        Wrong(captive - choice, tr("The sign is turned round: take what is without choice from what is with it.")),
        Wrong(
            coefficient,
            tr(
                "That is the coefficient of the logit's product: log-odds, not a difference of effects on the "
                "probability."
            ),
        ),
        Wrong(choice, tr("That is the worth of a point with choice. Take off what it is worth without.")),
    )
    return Task(
        given=(
            Given("source", source, tr("answers of"), "text"),
            Given("coefficient", coefficient, tr("coefficient of the product in a logit")),
            Given(
                "regions",
                shown,
                tr("What a point of satisfaction adds to staying, by region (as a share)."),
                units={"n": "count", "slope": "index", "market": "label"},
                headings={"market": tr("market"), "n": tr("answers"), "slope": tr("slope")},
            ),
        ),
        answer=right,
        tolerance=absolute(NEAR / 2),
        expects=tr("a difference of shares, with its sign: .05 is five points"),
        wrong=tuple(one for one in typical if abs(float(one.value) - right) > NEAR),  # type: ignore[arg-type]
    )


@exercise("14.3")
def two_scores(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every exercise is called alike
    """The difference of two net promoter scores with its interval, on simulated answers."""
    sizes = rng.integers(180, 420, size=2)
    shares = ([0.46, 0.32, 0.22], [0.38, 0.34, 0.28])
    drawn = [rng.multinomial(int(size), share) for size, share in zip(sizes, shares, strict=True)]
    answers = [np.repeat([10, 8, 3], counts) for counts in drawn]
    one, other = (loyalty.nps(each, window="") for each in answers)
    gap = loyalty.nps_difference(*answers, window="")
    widths = sum(each.value - (each.low or 0.0) for each in (one, other))
    table = pd.DataFrame(
        [["A", *drawn[0]], ["B", *drawn[1]]], columns=["sample", "promoters", "passives", "detractors"]
    )
    right = (gap.value, float(gap.low or 0.0), float(gap.high or 0.0))
    return Task(
        given=(
            Given(
                "counts",
                table,
                tr("Answers of two samples: 9 and 10, 7 and 8, 0 to 6."),
                units=dict.fromkeys(("promoters", "passives", "detractors"), "count"),
                headings={
                    "sample": tr("sample"),
                    "promoters": tr("promoters"),
                    "passives": tr("passives"),
                    "detractors": tr("detractors"),
                },
            ),
        ),
        answer=right,
        tolerance=absolute(0.003),
        expects=tr("three shares: the difference, and the lower and upper end of its interval"),
        wrong=(
            Wrong(
                (gap.value, gap.value - widths, gap.value + widths),
                tr(
                    "You added the two half-widths, as if intervals had to stay clear of each other. Errors add up "
                    "by squares."
                ),
            ),
            Wrong(
                (100 * right[0], 100 * right[1], 100 * right[2]),
                tr("Those are points. Give shares, of which a whole is one."),
            ),
        ),
    )


def _regions(shop: Client, rng: np.random.Generator) -> tuple[pd.DataFrame, float, str]:
    """Slopes by region of a part of the client's answers; of Negin's where this client cannot compare markets."""
    found = _compared(shop, rng)
    if found is None:
        shop = Client.open("negin")
        found = _compared(shop, rng)
    if found is None:
        raise DataError("the answers of Negin do not compare markets; see that datasets/negin is whole")
    return *found, shop.name


def _compared(shop: Client, rng: np.random.Generator) -> tuple[pd.DataFrame, float] | None:
    if not {"market", "surveys", "customers"} <= set(shop.tables):
        return None
    try:
        markets = loyalty.concentration(shop.table("market"))
        asked = loyalty.answers(shop.table("surveys"), shop.table("customers"), markets, cut=CUT)
    except DataError:
        return None
    spoke = loyalty.answered(asked, "stayed").sample(frac=SAMPLE, random_state=int(rng.integers(2**31)))
    regions, logit = loyalty.by_region(spoke), loyalty.pooled(spoke, window="")
    if loyalty.between_regions(regions, window="") is None or logit is None:
        return None
    return regions, logit.coefficient
