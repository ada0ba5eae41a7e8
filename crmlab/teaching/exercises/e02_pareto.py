"""Exercises of 02: spread and share, window and denominator, and whether the top stays."""

import numpy as np
from scipy.stats import norm

from crmlab.analyses import concentration
from crmlab.client import Client
from crmlab.language import tr
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise


@exercise("02.1")
def spread_behind_a_share(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - every task has a client
    """How spread out log-normal spending is where the top of the customers brings a given share.

    The top q of a log-normal quantity holds Φ(σ − z) of the whole, z being the 1 − q quantile of the normal: with
    q = 0.2 and a share of 0.8 the spread is 0.8416 + 0.8416 = 1.683.
    """
    top = float(rng.choice([0.1, 0.15, 0.2, 0.25]))
    share = float(rng.choice([0.55, 0.6, 0.65, 0.7, 0.75, 0.85]))
    cut = float(norm.ppf(1 - top))
    return Task(
        given=(
            Given("top", top, tr("share of the customers who are the top"), "share"),
            Given("share", share, tr("share of the whole that they bring"), "share"),
        ),
        answer=float(norm.ppf(share)) + cut,
        tolerance=absolute(0.005),
        expects=tr("sigma, the standard deviation of the logarithm of spending"),
        wrong=(
            Wrong(cut, tr("That is where the top begins; how far the spending lies beyond it is missing.")),
            Wrong(
                float(norm.ppf(share)),
                tr("That looks at the money alone; where the top begins is missing."),
            ),
            Wrong(
                float(norm.ppf(share)) - cut,
                tr("Mind the sign: the top is cut off above, so its quantile is that of the others."),
            ),
        ),
    )


@exercise("02.2")
def two_denominators(shop: Client, rng: np.random.Generator) -> Task:
    """What the top brings in a window, among its buyers and among all customers known before."""
    sales, until = shop.table("transactions"), shop.observed_until
    longest = concentration.longest_period(concentration.first_purchase(sales), until, wanted=6)
    months = int(rng.integers(max(1, longest - 3), longest + 1))
    top = float(rng.choice([0.1, 0.2, 0.3]))
    (bases,) = concentration.windows.every_base(sales, [concentration.months_back(until, months)])
    buyers, known, everyone = (
        concentration.top_share(bases[name].values, top) for name in ("buyers", "all", "everyone")
    )
    return Task(
        given=(
            Given("months", months, tr("months up to the last day observed"), "count"),
            Given("top", top, tr("share of the customers who are the top"), "share"),
        ),
        answer=(buyers, known),
        tolerance=absolute(0.002),
        expects=tr("two shares: among those known before who bought, and among all known before"),
        wrong=(
            Wrong((known, buyers), tr("You have them the wrong way round: zeros make the top look larger.")),
            Wrong((everyone, known), tr("Among buyers you counted newcomers too: they had less time than the others.")),
            Wrong((buyers, buyers), tr("Those who bought nothing in the window count as zeros among all.")),
        ),
    )


@exercise("02.3")
def still_on_top(shop: Client, rng: np.random.Generator) -> Task:
    """How many of one period's top are on top of the next, of another client's customers."""
    other = Client.open("cdnow" if shop.id == "negin" else "negin")
    months, top = int(rng.integers(3, 7)), float(rng.choice([0.1, 0.2, 0.3]))
    sales, until = other.table("transactions"), other.observed_until
    found = concentration.next_period(sales, observed_until=until, months=months, top=top)
    among_all = concentration.next_period(sales, observed_until=until, months=months, top=top, base="all")
    wrongs = (
        Wrong(found.chance, tr("That is what chance alone would give; here it is about what happened.")),
        Wrong(found.share_next.value, tr("That is their share of the money; asked is how many of them stayed on top.")),
        Wrong(
            among_all.stay.value,
            tr("You took the top of all known customers; asked is that of the buyers."),
        ),
    )
    return Task(
        given=(
            Given("client", other.id, tr("the client to open"), "text"),
            Given("months", months, tr("months of each of the two periods"), "count"),
            Given("top", top, tr("share of the buyers who are the top"), "share"),
        ),
        answer=found.stay.value,
        tolerance=absolute(0.002),
        expects=tr("a share of the first period's top, between 0 and 1"),
        wrong=wrongs,
    )
