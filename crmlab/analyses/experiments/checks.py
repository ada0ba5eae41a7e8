"""Whether a comparison is fair: as many customers in each arm as planned, and alike in what was known before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chisquare, norm
from statsmodels.stats.multitest import multipletests

from crmlab.analyses.experiments.rows import arms
from crmlab.errors import DataError, ParameterError
from crmlab.language import mark
from crmlab.tables.kept import kept_frame

STEADY = (mark("region"), mark("customer_type"))
ALARM = 0.001
"""Below this a sample ratio is taken for broken. Firms that test daily use .0005 to .001: a check of every test must
not cry wolf (Fabijan and others 2019, KDD, on sample ratio mismatch)."""


@dataclass(frozen=True)
class SampleRatio:
    """Whether the arms have the customers that were planned.

    Attributes
    ----------
    observed, expected : tuple of float
        Customers of each arm.
    statistic, p : float
        Pearson's chi-square against the plan, and the chance of one as large if the plan had been kept.
    """

    observed: tuple[float, ...]
    expected: tuple[float, ...]
    statistic: float
    p: float

    @property
    def broken(self) -> bool:
        """Whether the arms are so unlike the plan that no result of the test can be trusted."""
        return self.p < ALARM


def sample_ratio(observed: Sequence[float], planned: Sequence[float]) -> SampleRatio:
    """The check of a test's arms against their planned shares.

    Parameters
    ----------
    observed : sequence of int
        Customers in each arm.
    planned : sequence of float
        Their planned shares; only their ratios count.

    Raises
    ------
    ParameterError
        If a planned share is not above zero, or there are not as many as arms.
    DataError
        If there is nobody in any arm.
    """
    if len(planned) != len(observed) or not all(share > 0 for share in planned):
        raise ParameterError(f"planned shares {list(planned)} cannot be used: one above 0 for each of {len(observed)}")
    total = float(sum(observed))
    if total <= 0:
        raise DataError("the sample ratio of nobody cannot be checked: no arm has a customer")
    expected = [total * share / sum(planned) for share in planned]
    found = chisquare(observed, expected)
    return SampleRatio(tuple(map(float, observed)), tuple(expected), float(found.statistic), float(found.pvalue))


def planned_shares(run: pd.DataFrame, given: Mapping[str, float]) -> dict[str, float]:
    """By campaign id, the share that was to be approached: what is `given`, else what the campaigns themselves say."""
    written = run.set_index("campaign_id")["planned_share"].dropna()
    return {str(name): float(share) for name, share in written.items()} | dict(given)


def as_planned(trial: Mapping[str, Any], planned: Mapping[str, float]) -> SampleRatio | None:
    """The check of one campaign, from `chosen_test`; None where nobody wrote down its plan.

    Raises
    ------
    DataError
        If the arms are so unlike the plan that nothing else about the test is worth reading.
    """
    name = str(trial["campaign_id"])
    if name not in planned:
        return None
    found = sample_ratio([trial["treated"], trial["control"]], [planned[name], 1 - planned[name]])
    if found.broken:
        raise DataError(
            f"campaign {name!r} holds {found.observed[0]:.0f} customers to be approached and {found.observed[1]:.0f} "
            f"left alone where {found.expected[0]:.0f} and {found.expected[1]:.0f} were planned; chance does "
            f"not explain that (p = {found.p:.1e}). Customers were lost on the way, so no result can be trusted: find "
            "out which, or read another campaign (parameter test)"
        )
    return found


def sample_ratios(run: pd.DataFrame, planned: Mapping[str, float]) -> pd.DataFrame:
    """The check for every campaign in which chance decided.

    Parameters
    ----------
    run : DataFrame
        From `campaigns_run`.
    planned : mapping
        By campaign id, the share that was to be approached.

    Returns
    -------
    DataFrame
        `campaign_id`, `name`, `treated`, `control`, `share` (approached), `planned` (NaN: nobody wrote it down), `p`
        (NaN then) and `fair`, a label: `as planned`, `broken`, `no plan known`.
    """
    unusable = {name: share for name, share in planned.items() if not 0 < share < 1}
    if unusable:
        raise ParameterError(f"planned shares {unusable} cannot be used: give shares between 0 and 1")
    own = run[run["randomised"]].reset_index(drop=True)
    rows = []
    for name, treated, control in zip(own["campaign_id"], own["treated"], own["control"], strict=True):
        plan = planned.get(str(name), np.nan)
        sizes = [int(treated), int(control)]
        p = np.nan if np.isnan(plan) else sample_ratio(sizes, [plan, 1 - plan]).p
        fair = "no plan known" if np.isnan(p) else "broken" if p < ALARM else "as planned"
        rows.append({"share": sizes[0] / max(sum(sizes), 1), "planned": plan, "p": p, "fair": fair})
    checked = pd.DataFrame(rows, columns=["share", "planned", "p", "fair"])
    return pd.concat([own[["campaign_id", "name", "treated", "control"]], checked], axis=1)


def known_before(rows: pd.DataFrame, customers: Any | None) -> pd.DataFrame:
    """What is known of a test's customers, aligned with `rows`: purchases before, and what the customers table says.

    Only facts that a contact does not change are taken: region and type of customer.
    """
    known = rows[["before", "bought_before"]].astype(np.float64)
    if customers is None:
        return known
    have = [name for name in STEADY if name in customers.columns]
    facts = kept_frame(customers, ["customer_id", *have]).drop_duplicates("customer_id").set_index("customer_id")
    return pd.concat([known, facts.reindex(rows["customer_id"]).set_axis(known.index)], axis=1)


def balance(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """How alike the arms are in what was known before the test.

    Parameters
    ----------
    rows : DataFrame
        From `contact_rows`; `treated` counts.
    known : DataFrame
        Aligned with `rows`: numbers, flags or words; a word becomes a flag for each of its values. Missing numbers
        are left out, a missing word is a value of its own.

    Returns
    -------
    DataFrame
        `what`, `treated`, `control` (means), `difference` (standardised: in standard deviations, Austin 2009,
        Statistics in Medicine 28; 0 where nothing varies), `p` (of the z of that difference) and `p_holm`, adjusted for
        as many rows as there are.
    """
    flags = pd.get_dummies(known, dummy_na=False, dtype=float) if len(known.columns) else known
    numbers = flags.astype(np.float64)
    first, second = (numbers.loc[arm.index] for arm in arms(rows))
    n, m = first.notna().sum(), second.notna().sum()
    spread = np.sqrt((first.var() + second.var()) / 2)
    gap = first.mean() - second.mean()
    error = np.sqrt(first.var() / n + second.var() / m)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference, z = (gap / spread).where(spread > 0, 0.0), (gap / error).where(error > 0, 0.0)
    p = pd.Series(2 * norm.sf(z.abs()), index=z.index).fillna(1.0)
    table = pd.DataFrame({"treated": first.mean(), "control": second.mean(), "difference": difference, "p": p})
    table["p_holm"] = multipletests(table["p"], method="holm")[1] if len(table) else []
    return table.rename_axis("what").reset_index()
