"""Where the next customer costs what, who came by which lead, and how much to test before rolling out.

The next customer costs more than the average one wherever returns diminish, and budget goes by the next one.
"""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import t as student

from crmlab.analyses.impact.panel import price_levels
from crmlab.errors import DataError, ParameterError, together
from crmlab.shares import wilson
from crmlab.tables.kept import kept_frame

LEAST_MONTHS = 12
LAST = 12


@dataclass(frozen=True, kw_only=True)
class RollAfterTest:
    """How many to test before the better of two offers goes to the rest, to earn most in all.

    Attributes
    ----------
    per_arm : int
        Customers in each arm.
    gain : float
        Expected gain a customer of the whole population, over giving everybody an offer chosen by guess.
    perfect : float
        What it would be if the better offer were known.
    population : int
    """

    per_arm: int
    gain: float
    perfect: float
    population: int


def marginal_costs(demand_costs: ibis.Table, economy: ibis.Table | None, *, level: float = 0.95) -> pd.DataFrame:
    """What the average and the next customer of each channel cost, at the prices of the last month.

    The logarithm of a channel's cost in a month is regressed on that of the customers it won, with a slope for each
    channel beside effects of channels and months (which take prices and seasons out); the next one costs the slope
    times the average. It is costs on customers, not the other way about: the firm spends what it takes. Errors are
    clustered by month. The average is that of the last twelve months, a ratio of sums, and taken as known.

    Returns
    -------
    DataFrame
        `channel`, `spent`, `new_customers` (of the last twelve months), `average`, `marginal`, `low`, `high`, the
        cheapest next customer first.

    Raises
    ------
    DataError
        With fewer than twelve months or two channels in which customers were won.
    """
    totals = _by_channel(demand_costs, economy)
    won = totals[(totals["new_customers"] > 0) & (totals["amount"] > 0)]
    counts = won.groupby("channel").size()
    used = won[won["channel"].isin(counts[counts >= LEAST_MONTHS].index)]
    channels = sorted(used["channel"].unique())
    if len(channels) < 2:  # noqa: PLR2004 - months are told by comparison
        raise DataError(
            f"the cost of the next customer needs two channels with customers in {LEAST_MONTHS} months; there are "
            f"{len(channels)}"
        )
    log = np.log(used["new_customers"].to_numpy(dtype=float))
    slopes = np.column_stack([log * (used["channel"] == one).to_numpy() for one in channels])
    own = pd.get_dummies(used["channel"], dtype=float).to_numpy()
    month = pd.get_dummies(used["month"], drop_first=True, dtype=float).to_numpy()
    fit = sm.OLS(np.log(used["amount"].to_numpy(dtype=float)), np.column_stack([slopes, own, month])).fit(
        cov_type="cluster", cov_kwds={"groups": used["month"].astype("category").cat.codes.to_numpy()}, use_t=True
    )
    k = len(channels)
    reach = float(student.ppf((1 + level) / 2, used["month"].nunique() - 1)) * np.sqrt(np.diag(fit.cov_params())[:k])
    last = totals[totals["month"] >= sorted(totals["month"].unique())[-LAST:][0]]
    sums = last.groupby("channel")[["amount", "new_customers"]].sum().reindex(channels)
    average = (sums["amount"] / sums["new_customers"].where(sums["new_customers"] > 0)).to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "channel": channels,
            "spent": sums["amount"].to_numpy(dtype=float),
            "new_customers": sums["new_customers"].to_numpy(dtype=float),
            "average": average,
            "marginal": average * fit.params[:k],
            "low": average * (fit.params[:k] - reach),
            "high": average * (fit.params[:k] + reach),
        }
    )
    return table.sort_values(["marginal", "channel"], ignore_index=True)


def won_by_source(leads: ibis.Table, opportunities: ibis.Table, *, level: float = 0.95) -> pd.DataFrame:
    """Leads followed to what became of them, by source, the largest share won first.

    Leads whose opportunity is still open are not counted: they may yet be won.

    Returns
    -------
    DataFrame
        `source`, `leads`, `converted`, `won`, `share`, `low`, `high`.
    """
    found = kept_frame(leads, ["source", "converted", "opportunity_id"])
    deals = kept_frame(opportunities, ["opportunity_id", "state"]).drop_duplicates("opportunity_id")
    rows = found.merge(deals, on="opportunity_id", how="left")
    rows = rows[rows["state"] != "open"]
    rows["won"] = rows["state"] == "won"
    rows["converted"] = rows["converted"].astype("boolean").fillna(False).astype(bool)
    table = rows.groupby("source").agg(leads=("won", "size"), converted=("converted", "sum"), won=("won", "sum"))
    low, high = wilson(table["won"], table["leads"], level=level)
    table = table.assign(share=table["won"] / table["leads"], low=low, high=high).reset_index()
    columns = ["source", "leads", "converted", "won", "share", "low", "high"]
    return table[columns].sort_values(["share", "source"], ascending=[False, True], ignore_index=True)


def roll_after_test(*, population: int, spread: float, prior: float) -> RollAfterTest:
    """The profit-maximising test of two offers: both to `per_arm` customers, then the better one to all others.

    With r = (spread / prior)², per_arm = √(population · r / 4 + (3r/4)²) − 3r/4 (Feit and Berman 2019, Marketing
    Science 38(6), for equal normal priors). It is far smaller than a test that wants to be sure: where two offers are
    nearly alike, it matters little which one is rolled out.

    Parameters
    ----------
    population : int
        All customers the offers could be made to.
    spread : float
        Standard deviation of the response of a customer; √(p(1 − p)) of a share p.
    prior : float
        Standard deviation of what offers bring on average, from past ones.
    """
    problems = [
        f"{name} is {value:g}"
        for name, value in (("population", population), ("spread", spread), ("prior", prior))
        if value <= 0
    ]
    if problems:
        raise ParameterError(together("a test and roll needs numbers above zero:", problems))
    r = (spread / prior) ** 2
    exact = np.sqrt(population * r / 4 + (0.75 * r) ** 2) - 0.75 * r
    size = int(min(max(round(exact), 1), population // 2))
    # The better of two posterior means lies 1/√π of their standard deviation above the prior mean.
    known = prior**2 / np.sqrt(prior**2 + spread**2 / size) if size else 0.0
    gain = (1 - 2 * size / population) * known / np.sqrt(np.pi)
    return RollAfterTest(per_arm=size, gain=float(gain), perfect=float(prior / np.sqrt(np.pi)), population=population)


def _by_channel(demand_costs: ibis.Table, economy: ibis.Table | None) -> pd.DataFrame:
    """By month and channel: `amount` at the last month's prices, and `new_customers`, which each kind's row repeats."""
    rows = kept_frame(demand_costs, ["month", "branch_id", "channel", "kind", "amount", "new_customers"])
    if rows.empty:
        raise DataError("table demand_costs has no rows: what channels cost is not known")
    rows = rows.astype({"amount": "float64", "new_customers": "float64"})
    cells = rows.groupby(["month", "branch_id", "channel"]).agg(
        amount=("amount", "sum"), new_customers=("new_customers", "max")
    )
    totals = cells.groupby(["month", "channel"], as_index=False).sum()
    months = sorted(pd.to_datetime(totals["month"]).dt.date.unique())
    levels = dict(zip(months, price_levels(economy, tuple(months)), strict=True))
    totals["amount"] = totals["amount"] / pd.to_datetime(totals["month"]).dt.date.map(levels)
    return totals
