"""How customers came: what they say, what the firm recorded, and what can be known of either.

Both are wrong in their own way. Customers remember what they saw last and often; a till that proposes a channel gets it
recorded. Where some customers stand on a list that was written before they bought, that list says how often each source
names which channel, and the whole can be corrected with it.
"""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlab.analyses.impact.panel import Vector
from crmlab.errors import DataError, ParameterError
from crmlab.tables.kept import kept_frame

LEAST = 30
DRAWS = 999
ROUNDS, STILL = 2000, 1e-9


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What two sources say of the same customers.

    Attributes
    ----------
    table : DataFrame
        A row a channel: `channel`, `said` and `recorded` (shares), `difference` with `low` and `high` (all channels'
        intervals hold together), the most over-credited by what customers say first.
    confusion : DataFrame
        Shares of what is said, a row for each recorded channel; rows add up to 1.
    agree : float
        Share of customers of whom both say the same.
    n : int
        Customers of whom both are known.
    level : float
    """

    table: pd.DataFrame
    confusion: pd.DataFrame
    agree: float
    n: int
    level: float


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """Shares of channels corrected with customers whose channel is known.

    Attributes
    ----------
    table : DataFrame
        `channel`, `recorded`, `corrected`, `low`, `high`.
    n, checked : int
        Customers recorded, and those among them whose channel is known.
    level : float
    """

    table: pd.DataFrame
    n: int
    checked: int
    level: float


def answers(surveys: ibis.Table, customers: ibis.Table) -> pd.DataFrame:
    """Who was asked, a row for each time, with what they said and what is known of them.

    Returns
    -------
    DataFrame
        `customer_id`, `mode`, `responded`, `follow_up`, `said`, `recorded`, `region`, `satisfaction`. Columns that the
        tables lack are missing throughout.
    """
    wanted = ["customer_id", "mode", "responded", "follow_up", "heard_from", "satisfaction"]
    asked = kept_frame(surveys, [name for name in wanted if name in surveys.columns])
    of = kept_frame(customers, [name for name in ("customer_id", "channel", "region") if name in customers.columns])
    rows = asked.merge(of, on="customer_id", how="left").rename(columns={"heard_from": "said", "channel": "recorded"})
    rows = rows.reindex(
        columns=["customer_id", "mode", "responded", "follow_up", "said", "recorded", "region", "satisfaction"]
    )
    for name in ("responded", "follow_up"):
        rows[name] = rows[name].astype("boolean").fillna(False).astype(bool)
    rows["satisfaction"] = rows["satisfaction"].astype("float64")
    return rows


def known_channels(prospects: ibis.Table) -> pd.Series:
    """By customer the channel noted when they were listed as a prospect, before they bought."""
    rows = kept_frame(prospects, ["customer_id", "source"]).dropna()
    return rows.drop_duplicates("customer_id").set_index("customer_id")["source"]


def recorded_channels(customers: ibis.Table) -> pd.Series:
    """By customer the channel that the firm recorded, where there is one."""
    rows = kept_frame(customers, ["customer_id", "channel"]).dropna()
    return rows.drop_duplicates("customer_id").set_index("customer_id")["channel"]


def credit(said: pd.Series, recorded: pd.Series, *, level: float = 0.95) -> Credit:
    """What customers say against what was recorded, of those of whom both are known.

    The difference of two shares of the same customers has variance (b + c − (b − c)²) / n, b and c being the shares
    credited by one source alone. Looking for the largest of several differences finds one by chance: the intervals are
    Bonferroni's.

    Raises
    ------
    DataError
        With fewer than 30 customers.
    """
    both = pd.DataFrame({"said": said.to_numpy(dtype=object), "recorded": recorded.to_numpy(dtype=object)}).dropna()
    n = len(both)
    if n < LEAST:
        raise DataError(
            f"what customers say can be compared with what was recorded for {n} of them; {LEAST} are needed"
        )
    channels = sorted(set(both["said"]) | set(both["recorded"]))
    z = float(norm.ppf(1 - (1 - level) / 2 / len(channels)))
    rows = []
    for channel in channels:
        here, there = both["said"] == channel, both["recorded"] == channel
        alone, other = (here & ~there).mean(), (there & ~here).mean()
        difference = alone - other
        reach = z * np.sqrt(max(alone + other - difference**2, 0.0) / n)
        rows.append((channel, here.mean(), there.mean(), difference, difference - reach, difference + reach))
    table = pd.DataFrame(rows, columns=["channel", "said", "recorded", "difference", "low", "high"])
    return Credit(
        table=table.sort_values(["difference", "channel"], ascending=[False, True], ignore_index=True),
        confusion=pd.crosstab(both["recorded"], both["said"], normalize="index").reindex(
            index=channels, columns=channels, fill_value=0.0
        ),
        agree=float((both["said"] == both["recorded"]).mean()),
        n=n,
        level=level,
    )


def corrected(recorded: pd.Series, known: pd.Series, *, rng: np.random.Generator, level: float = 0.95) -> Corrected:
    """The channels' shares behind what is recorded (or said), with customers whose channel is known for a yardstick.

    How often each channel is recorded as which is taken from customers in `known`; the shares that make what is
    recorded likeliest follow by maximum likelihood (the EM algorithm for a mixture with known parts). That holds as
    long as known customers are recorded as the others are, whatever channels they came by. The interval is a bootstrap
    of both: whose channel is known, and who was recorded.

    Parameters
    ----------
    recorded : Series
        By customer.
    known : Series
        By customer, as `known_channels` gives it.

    Raises
    ------
    DataError
        With fewer than 30 customers of whom both are known, or a recorded channel none of them came by.
    """
    whole = recorded.dropna()
    both = pd.DataFrame({"recorded": whole, "true": known.reindex(whole.index)}).dropna()
    if len(both) < LEAST:
        raise DataError(
            f"the channel of {len(both)} customers is known from elsewhere; {LEAST} are needed to correct by"
        )
    channels = sorted(set(whole) | set(both["true"]))
    counts = pd.crosstab(both["true"], both["recorded"]).reindex(index=channels, columns=channels, fill_value=0)
    absent = [str(name) for name in channels if counts.loc[name].sum() == 0]
    if absent:
        raise DataError(
            f"no customer with a known channel came by {absent}: what is recorded of them cannot be corrected"
        )
    matrix = counts.to_numpy(dtype=float)
    seen = np.array([float((whole == name).sum()) for name in channels])
    value = shares_behind(matrix, seen)
    low, high = np.quantile(_again(matrix, seen, rng), [(1 - level) / 2, (1 + level) / 2], axis=0)
    table = pd.DataFrame(
        {"channel": channels, "recorded": seen / seen.sum(), "corrected": value, "low": low, "high": high}
    )
    table = table.sort_values(["corrected", "channel"], ascending=[False, True], ignore_index=True)
    return Corrected(table=table, n=int(seen.sum()), checked=len(both), level=level)


def shares_behind(counts: Vector, seen: Vector, *, rounds: int = ROUNDS) -> Vector:
    """The shares of true channels that make `seen` likeliest.

    Parameters
    ----------
    counts : array, true × recorded
        Customers whose channel is known. Several such tables, and as many rows of `seen`, are done at once.
    seen : array
        How many customers are recorded under each channel.

    Raises
    ------
    ParameterError
        If no customer is known of some channel.
    """
    total = counts.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ParameterError("a channel without any known customer has no row to correct by: leave it out")
    as_what = counts / total
    part = seen / seen.sum(axis=-1, keepdims=True)
    shares: Vector = np.full(part.shape, 1 / part.shape[-1])
    for _ in range(rounds):
        mixed = np.einsum("...i,...ij->...j", shares, as_what)
        ratio = np.divide(part, mixed, out=np.zeros_like(mixed), where=mixed > 0)
        new = shares * np.einsum("...ij,...j->...i", as_what, ratio)
        new /= new.sum(axis=-1, keepdims=True)
        moved, shares = np.abs(new - shares).max(), new
        if moved < STILL:
            break
    return shares


def _again(counts: Vector, seen: Vector, rng: np.random.Generator) -> Vector:
    """The shares from bootstrapped tables and records, one row a draw."""
    n, k = int(counts.sum()), len(counts)
    drawn = rng.multinomial(n, (counts / n).ravel(), size=DRAWS).reshape(DRAWS, k, k).astype(float)
    empty = drawn.sum(axis=-1) == 0
    drawn[empty] = np.broadcast_to(counts, drawn.shape)[empty]  # a rare channel that was not drawn keeps its row
    people = int(seen.sum())
    return shares_behind(drawn, rng.multinomial(people, seen / people, size=DRAWS).astype(float), rounds=300)
