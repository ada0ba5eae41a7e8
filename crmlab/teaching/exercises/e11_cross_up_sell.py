"""The exercises of notebook 11: what goes together, how many pairs pass, and how much a trial may give away."""

import numpy as np

from crmlab.analyses import growth
from crmlab.client import Client
from crmlab.language import tr
from crmlab.teaching.exercise import Given, Task, Wrong, absolute, exercise, relative


@exercise("11.1")
def lift_and_p(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - the same on every client
    """The lift of two products, and the one-sided p of Fisher's exact test.

    Of 1,000 orders 200 have A, 160 have B, 40 both: lift 1.25, p .055. A lift of a quarter more than chance is then not
    told from chance.
    """
    n, a, b = 1000, 20 * int(rng.integers(8, 13)), 20 * int(rng.integers(7, 10))
    both = round(1.25 * a * b / n)
    p = float(growth.fisher(n, a, b, both))
    lift = both * n / (a * b)
    more = float(growth.fisher(n, a, b, both + 1))
    return Task(
        given=(
            Given("n", n, tr("orders"), "count"),
            Given("a", a, tr("orders with product A"), "count"),
            Given("b", b, tr("orders with product B"), "count"),
            Given("both", both, tr("orders with both"), "count"),
        ),
        answer=(lift, p),
        tolerance=(relative(0.005), absolute(0.002)),
        expects=tr("two numbers: the lift, and a p between 0 and 1"),
        wrong=(
            Wrong(
                (both / a, p), tr("The first is the confidence of B given A. Compare it with how often B is bought.")
            ),
            Wrong((lift, more), tr("Your p leaves out the number that was seen: it is as many together, or more.")),
            Wrong((lift, 2 * p), tr("Your p has two sides. The question is whether they are together more often.")),
            Wrong((lift, 1 - p), tr("Your p is of the other side: being together less often than this.")),
        ),
    )


@exercise("11.2")
def pairs_that_pass(shop: Client, rng: np.random.Generator) -> Task:
    """The pairs of this client's products that pass, given sizes and prices, with the false discovery rate held."""
    support, fdr = float(rng.choice([0.001, 0.002, 0.003])), float(rng.choice([0.01, 0.05, 0.1]))
    counted = growth.co_purchases(shop.table("transactions"), min_support=support)
    found = growth.associations(counted, given="size_and_price", fdr=fdr)
    wrong = (
        Wrong(
            growth.associations(counted, given="size", fdr=fdr).passing,
            tr(
                "So many pass given sizes alone. Who spends more buys dear things together, whatever they are: "
                "allow for prices as well."
            ),
        ),
        Wrong(
            found.unadjusted,
            tr("So many have a small p. Of so many pairs tested, how many would chance alone give you?"),
        ),
        Wrong(found.bonferroni, tr("That is Bonferroni: it lets no chance pass at all. Only its share is to be held.")),
        Wrong(found.tested, tr("That is how many pairs were tested.")),
    )
    return Task(
        given=(
            Given("min_support", support, tr("least share of orders a product is in"), "share"),
            Given("fdr", fdr, tr("false discovery rate"), "share"),
        ),
        answer=found.passing,
        expects=tr("a whole number of pairs"),
        wrong=tuple(one for one in wrong if one.value != found.passing),
    )


@exercise("11.3")
def subsidy_of_a_trial(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - of another firm
    """What each payer may be given at most in the trial of another firm, with customers left alone by chance."""
    n, m = 100 * int(rng.integers(15, 31)), 100 * int(rng.integers(8, 13))
    left = float(rng.integers(18, 25)) / 100
    paid, paid_alone = round((left + float(rng.integers(6, 11)) / 100) * n), round(left * m)
    margin, cost = 1000.0 * int(rng.integers(150, 301)), 1000.0 * int(rng.integers(2, 5))
    p, q = paid / n, paid_alone / m
    return Task(
        given=(
            Given("approached", n, tr("customers approached"), "count"),
            Given("paid", paid, tr("of them paid"), "count"),
            Given("left_alone", m, tr("customers left alone by chance"), "count"),
            Given("paid_alone", paid_alone, tr("of them paid"), "count"),
            Given("margin", margin, tr("margin of one who pays, before the subsidy"), "money"),
            Given("cost", cost, tr("cost of approaching one customer"), "money"),
        ),
        answer=((p - q) * margin - cost) / p,
        tolerance=relative(0.01),
        expects=tr("an amount of money for each customer who pays"),
        wrong=(
            Wrong(margin - cost / p, tr("You took all who paid for the trial's doing. Some would have paid anyway.")),
            Wrong(
                (p - q) * margin - cost, tr("That is for each customer approached. Only those who pay are given it.")
            ),
            Wrong((p - q) * margin / p, tr("Approaching them costs something too.")),
            Wrong(
                margin - cost / (p - q),
                tr("The subsidy goes to everybody who pays, not to those alone who pay because of it."),
            ),
        ),
    )
