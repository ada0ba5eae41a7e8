"""Which pairs are bought together more often than chance has it, and association rules of several products.

All pairs are tested, not those that look good, and of those that pass at most the share `fdr` is expected to be chance
(Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom, poisson
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.growth.baskets import GIVEN, CoPurchases
from crmlab.errors import ParameterError

Given = Literal["nothing", "size", "size_and_price"]


@dataclass(frozen=True)
class Associations:
    """Every pair that was tested, and how many pass.

    Attributes
    ----------
    given : str
        In what baskets are allowed to differ: `nothing`, `size`, `size_and_price`.
    fdr : float
        The share of chance expected among those that pass, at most.
    counted : CoPurchases
        What was counted.
    table : DataFrame
        One row a pair, the most certain first: `first`, `second`, `n_first`, `n_second`, `together`, `expected`,
        `support`, `confidence` (of `second` given `first`), `confidence_back`, `lift` (together / expected), `p`, `q`
        (the false discovery rate at which it passes) and `passes`.
    tested, unadjusted, bonferroni, passing : int
        Pairs tested; with p at most `fdr`; that pass after Bonferroni's correction; that pass Benjamini and Hochberg.
    """

    given: str
    fdr: float
    counted: CoPurchases
    table: pd.DataFrame
    tested: int
    unadjusted: int
    bonferroni: int
    passing: int

    @property
    def kept(self) -> pd.DataFrame:
        """The pairs that pass."""
        return self.table[self.table["passes"]].reset_index(drop=True)


def associations(counted: CoPurchases, *, given: Given = "size", fdr: float = 0.05) -> Associations:
    """All pairs tested for being together more often than by chance.

    Given nothing, p is that of Fisher's exact test, one-sided: the hypergeometric tail P(X ≥ together). Given sizes it
    is the tail of a Poisson law with the expected number, which is wider than the law of a sum of unlike chances with
    the same mean (Hodges and Le Cam 1960), so that p is rather too large than too small. Given sizes and prices it is
    that of two such numbers, the pair's and that of all pairs of like prices, with the same ratio to what their sizes
    give: given the sum of both, the pair's is binomial (Przyborowski and Wilenski 1940, Biometrika 31). What is
    expected is then the pair's share of what its neighbours are together, half a time added so that it is never
    nothing.

    Raises
    ------
    ParameterError
        If `given` is not known or `fdr` is not between 0 and 1.
    """
    if given not in GIVEN:
        raise ParameterError(f"given {given!r} is not known; it is one of {', '.join(GIVEN)}")
    if not 0 < fdr < 1:
        raise ParameterError(f"fdr {fdr:g} cannot be used: it is a share between 0 and 1")
    pairs = counted.pairs
    a, b, both = (pairs[name].to_numpy(dtype=np.int64) for name in ("n_first", "n_second", "together"))
    expected, p = _by_chance(pairs, given, counted.n)
    passes, q = multipletests(p, alpha=fdr, method="fdr_bh")[:2]
    table = pairs[["first", "second", "n_first", "n_second", "together"]].assign(
        expected=expected,
        support=both / counted.n,
        confidence=both / a,
        confidence_back=both / b,
        lift=np.divide(both, expected, out=np.zeros(len(both)), where=expected > 0),
        p=p,
        q=q,
        passes=passes,
    )
    order = ["p", "lift", "together", "first", "second"]
    return Associations(
        given=given,
        fdr=fdr,
        counted=counted,
        table=table.sort_values(order, ascending=[True, False, False, True, True], ignore_index=True),
        tested=len(table),
        unadjusted=int((p <= fdr).sum()),
        bonferroni=int((p <= fdr / len(p)).sum()),
        passing=int(passes.sum()),
    )


def _by_chance(pairs: pd.DataFrame, given: Given, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each pair is together by chance, and the chance of as often or more."""
    both = pairs["together"].to_numpy(dtype=np.int64)
    if given == "nothing":
        return pairs["expected_nothing"].to_numpy(), fisher(n, pairs["n_first"], pairs["n_second"], both)
    size, near, near_size = (pairs[name].to_numpy(dtype=float) for name in ("expected_size", "near", "near_size"))
    if given == "size":
        return size, np.where(both > 0, poisson.sf(both - 1, size), 1.0)
    # Where no pair is around, or none could be together, there is nothing to hold this one against: p is 1.
    share = np.divide(size, near_size, out=np.zeros(len(size)), where=near_size > 0)
    expected = np.where(near_size > 0, (near + 0.5) * share, size)
    chance = np.divide(size, size + near_size, out=np.ones(len(size)), where=near_size > 0)
    return expected, np.where(both > 0, binom.sf(both - 1, both + near, chance), 1.0)


def fisher(n: int, a: Any, b: Any, both: Any) -> NDArray[np.float64]:
    """One-sided p of Fisher's exact test: of `n` baskets `a` have one product, `b` the other, `both` have both.

    P(X ≥ both), X hypergeometric; arguments are numbers or arrays.
    """
    return np.asarray(hypergeom.sf(np.asarray(both) - 1, n, a, b), dtype=np.float64)


def association_rules(
    entries: pd.DataFrame, *, min_support: float, min_confidence: float, max_length: int = 4
) -> pd.DataFrame:
    """Rules "who has all of these also has that", as Apriori finds them (Agrawal and Srikant 1994, VLDB).

    Parameters
    ----------
    entries : DataFrame
        `basket`, `item`; one row for each item in each basket.
    min_support, min_confidence : float
        A rule's items are together in at least this share of baskets; of the baskets with the items before, at least
        this share has the one after.
    max_length : int
        Items in a rule, at most, the one after included.

    Returns
    -------
    DataFrame
        `before` (tuple of items), `after`, `together`, `support`, `confidence`, `lift`, `length`; highest lift first.
    """
    basket, item = pd.factorize(entries["basket"])[0], pd.factorize(entries["item"], sort=True)
    n = int(basket.max()) + 1 if len(basket) else 0
    has = np.zeros((len(item[1]), n), dtype=bool)
    has[item[0], basket] = True
    counts = _frequent(np.packbits(has, axis=1), least=min_support * n, max_length=max_length)
    rows = list(_rules(counts, n, min_confidence))
    names = list(item[1])
    table = pd.DataFrame(rows, columns=["before", "after", "together", "support", "confidence", "lift", "length"])
    table["before"] = [tuple(names[one] for one in before) for before in table["before"]]
    table["after"] = [names[one] for one in table["after"]]
    return table.sort_values(["lift", "support", "before"], ascending=[False, False, True], ignore_index=True)


def _frequent(has: NDArray[np.uint8], *, least: float, max_length: int) -> dict[tuple[int, ...], int]:
    """Every set of items in at least `least` baskets, with its count; a set is looked at if all its parts are in it."""
    level: dict[tuple[int, ...], NDArray[np.uint8]] = {
        (one,): bits for one, bits in enumerate(has) if _count(bits) >= least
    }
    counts = {items: _count(bits) for items, bits in level.items()}
    while level and len(next(iter(level))) < max_length:
        # Sets come in the order of their items, so those alike in all but the last stand together.
        found: dict[tuple[int, ...], NDArray[np.uint8]] = {}
        for _, alike in groupby(level, key=lambda items: items[:-1]):
            for one, other in combinations(alike, 2):
                items = (*one, other[-1])
                if all(part in level for part in combinations(items, len(one))):
                    bits = level[one] & has[other[-1]]
                    if _count(bits) >= least:
                        found[items] = bits
        counts |= {items: _count(bits) for items, bits in found.items()}
        level = found
    return counts


def _count(bits: NDArray[np.uint8]) -> int:
    return int(np.bitwise_count(bits).sum())


def _rules(counts: dict[tuple[int, ...], int], n: int, min_confidence: float) -> Iterator[tuple[Any, ...]]:
    for items, together in counts.items():
        for after in items if len(items) > 1 else ():
            before = tuple(one for one in items if one != after)
            confidence = together / counts[before]
            if confidence >= min_confidence:
                lift = confidence * n / counts[(after,)]
                yield before, after, together, together / n, confidence, lift, len(items)
