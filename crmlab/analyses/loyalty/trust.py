"""What trust goes with: consent to be contacted, and how much price decides."""

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm

from crmlab.analyses.loyalty.answers import tercile
from crmlab.estimate import Estimate
from crmlab.language import day, tr
from crmlab.shares import wilson
from crmlab.tables.kept import kept_frame
from crmlab.trials import difference_of_shares

FEWEST = 30  # customers of a third in the test of discounts


def consent(table: pd.DataFrame, customers: Any, *, level: float = 0.95) -> pd.DataFrame | None:
    """Who may be contacted, by third of trust: `third` (1 trusts least), `n`, `agreed`, `share`, `low`, `high`.

    None where the client does not record consent, or all answers on trust are alike.
    """
    if "may_contact" not in customers.columns:
        return None
    known = table.merge(kept_frame(customers, ["customer_id", "may_contact"]).dropna(), on="customer_id")
    known = known.assign(third=tercile(known["trust"]))
    if known["third"].nunique() < 2:  # noqa: PLR2004 - nothing to compare
        return None
    counted = known.groupby("third")["may_contact"].agg(n="size", agreed="sum").astype(int).reset_index()
    low, high = wilson(counted["agreed"], counted["n"], level=level)
    return counted.assign(share=counted["agreed"] / counted["n"], low=low, high=high)


def consent_difference(found: pd.DataFrame, *, window: str, level: float = 0.95) -> Estimate:
    """The share that agreed among those who trust most, less that among those who trust least."""
    least, most = found.iloc[0], found.iloc[-1]
    return difference_of_shares(
        (int(most["agreed"]), int(most["n"])),
        (int(least["agreed"]), int(least["n"])),
        denominator=tr("customers who answered"),
        window=window,
        level=level,
        evidence="association",
    )


def price_by_trust(table: pd.DataFrame, contacts: Any, *, level: float = 0.95) -> pd.DataFrame | None:
    """How much a discount adds to buying, by third of trust, where discounts were drawn by chance.

    Columns: `third` (1 trusts least), `n`, `slope`, `low`, `high`, `error`: the change of the share that buys with ten
    points of discount, from a straight line over all that were in the campaign, those without an offer at 0; `first`
    and `last`: the days of its contacts.

    The campaign is the one that offered most different discounts. None if none offered two, or a third has fewer than
    30 customers in it.
    """
    rows = _discounts(contacts)
    if rows is None:
        return None
    both = (
        table.drop(columns="date", errors="ignore")
        .merge(rows, on="customer_id")
        .assign(third=lambda joined: tercile(joined["trust"]))
    )
    made = []
    days = rows["date"].min(), rows["date"].max()
    for third, part in both.groupby("third"):
        if len(part) < FEWEST or part["discount_rate"].nunique() < 2:  # noqa: PLR2004 - a line needs two points
            return None
        x = sm.add_constant(part["discount_rate"].to_numpy(float) * 10)
        fit = sm.OLS(part["response"].to_numpy(float), x).fit(cov_type="HC3", use_t=True)
        low, high = fit.conf_int(alpha=1 - level)[1]
        made.append((third, len(part), fit.params[1], low, high, fit.bse[1], *days))
    columns = ["third", "n", "slope", "low", "high", "error", "first", "last"]
    return pd.DataFrame(made, columns=columns) if len(made) > 1 else None


def price_difference(found: pd.DataFrame, *, level: float = 0.95) -> Estimate:
    """What ten points of discount add among those who trust least, less what they add among those who trust most."""
    least, most = found.iloc[0], found.iloc[-1]
    value = float(least["slope"] - most["slope"])
    reach = float(norm.ppf((1 + level) / 2) * np.hypot(least["error"], most["error"]))
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        n=int(least["n"] + most["n"]),
        level=level,
        method=tr("difference of two straight lines, robust errors (HC3)"),
        evidence="association",
        denominator=tr("customers of the lowest and highest third of trust in the test of discounts"),
        window=tr("{first} to {last}", first=day(least["first"]), last=day(least["last"])),
    )


def _discounts(contacts: Any) -> pd.DataFrame | None:
    if "discount_rate" not in contacts.columns:
        return None
    rows = kept_frame(contacts, ["campaign_id", "customer_id", "date", "discount_rate", "response"])
    rows = rows.astype({"discount_rate": "float64"}).fillna({"discount_rate": 0.0}).dropna(subset=["response"])
    offered = rows[rows["discount_rate"] > 0].groupby("campaign_id")["discount_rate"].nunique()
    if offered.empty or offered.max() < 2:  # noqa: PLR2004 - chance needs something to choose from
        return None
    chosen = rows[rows["campaign_id"] == offered.idxmax()]
    return chosen[["customer_id", "date", "discount_rate", "response"]].astype({"response": float})
