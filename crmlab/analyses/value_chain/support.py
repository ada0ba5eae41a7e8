"""What supports the chain, and the articles leave empty: processes, data, and where customers meet the firm."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import t

from crmlab.analyses.value_chain.reading import Tables, rows, window, within
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.shares import wilson

HOURS_OF_A_DAY = 24
LATE_DAYS = 90
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
DIMENSIONS = (mark("complete"), mark("valid"), mark("unique"), mark("timely"))


def cycle_times(tables: Tables, *, level: float = 0.95) -> pd.DataFrame:
    """How long each stage of a sale takes, and how evenly.

    Only stays that ended are in it; those that still run are counted in `open`, and their times would be longer. The
    interval is that of the geometric mean, exp of the t interval of the logarithm; a stay counts half a day at least.

    Returns
    -------
    DataFrame
        `stage`, `n`, `open`, `mean_days`, `typical_days` (geometric mean), `low`, `high`, `variation` (standard
        deviation over mean; 1 where the end comes at a constant rate), most variable first.
    """
    stays = rows(tables, "stage_history", ["opportunity_id", "stage", "entered_on", "left_on"])
    days = (stays["left_on"] - stays["entered_on"]).dt.days.clip(lower=0.5)
    grouped = stays.assign(days=days, logs=np.log(days)).groupby("stage", sort=False)
    table = grouped.agg(
        n=("days", "count"),
        open=("days", lambda held: int(held.isna().sum())),
        mean_days=("days", "mean"),
        sd=("days", "std"),
        log_mean=("logs", "mean"),
        log_sd=("logs", "std"),
    ).reset_index()
    table = table[table["n"] > 1]
    reach = t.ppf((1 + level) / 2, table["n"] - 1) * table["log_sd"] / np.sqrt(table["n"])
    ends = {"typical_days": 0 * reach, "low": -reach, "high": reach}
    table = table.assign(
        **{name: np.exp(table["log_mean"] + end) for name, end in ends.items()},
        variation=table["sd"] / table["mean_days"],
    )
    shown = table.drop(columns=["sd", "log_mean", "log_sd"])
    return shown.sort_values(["variation", "stage"], ascending=[False, True], ignore_index=True)


def coverage(tables: Tables, *, at: date) -> pd.DataFrame:
    """Kinds of ticket by the department that closed them, as shares of each kind; the last column is `n`."""
    told = within(rows(tables, "tickets", ["opened_on", "kind", "department"]), "opened_on", at).dropna()
    if told.empty:
        raise DataError("no ticket of the year names its kind and department")
    counts = pd.crosstab(told["kind"], told["department"])
    return counts.div(counts.sum(axis=1), axis=0).assign(n=counts.sum(axis=1)).rename_axis(None, axis=1).reset_index()


@dataclass(frozen=True)
class Silos:
    """How often a ticket goes from one department to another.

    Attributes
    ----------
    index : Estimate
        Share of tickets that were handed on at least once.
    longer : Estimate or None
        By how much longer those took to be closed, as a relative change of the typical time; None where too few were.
    per_ticket : float
        Hand-offs a ticket.
    """

    index: Estimate
    longer: Estimate | None
    per_ticket: float


def silos(tables: Tables, *, at: date, level: float = 0.95) -> Silos:
    """Hand-offs in the tickets of the year.

    Raises
    ------
    DataError
        If no ticket of the year says how often it was handed on.
    """
    told = within(rows(tables, "tickets", ["opened_on", "hand_offs", "hours_to_close"]), "opened_on", at)
    told = told.dropna(subset=["hand_offs"])
    if told.empty:
        raise DataError("no ticket of the year says how often it was handed on")
    handed = told["hand_offs"].to_numpy() > 0
    low, high = wilson(int(handed.sum()), len(handed), level=level)
    said = {"level": level, "window": window(at)}
    index = Estimate(
        value=float(handed.mean()),
        low=float(low),
        high=float(high),
        n=len(handed),
        method=tr("Wilson interval"),
        denominator=tr("tickets"),
        **said,  # type: ignore[arg-type]
    )
    hours: pd.Series = told["hours_to_close"].where(told["hours_to_close"] > 0).astype(float).map(np.log)
    return Silos(index, _longer(hours[handed].dropna(), hours[~handed].dropna(), said), float(told["hand_offs"].mean()))


def _longer(handed: pd.Series, straight: pd.Series, said: dict[str, object]) -> Estimate | None:
    if min(len(handed), len(straight)) < 2:  # noqa: PLR2004
        return None
    gap = float(handed.mean() - straight.mean())
    error = float(np.sqrt(handed.var() / len(handed) + straight.var() / len(straight)))
    reach = float(t.ppf((1 + float(said["level"])) / 2, min(len(handed), len(straight)) - 1)) * error  # type: ignore[arg-type]
    return Estimate(
        value=float(np.expm1(gap)),
        low=float(np.expm1(gap - reach)),
        high=float(np.expm1(gap + reach)),
        n=len(handed) + len(straight),
        method=tr("ratio of geometric means, t interval of the logarithm"),
        evidence="association",
        denominator=tr("tickets that were closed"),
        **said,  # type: ignore[arg-type]
    )


def touchpoints(tables: Tables, *, at: date, level: float = 0.95) -> pd.DataFrame:
    """One measure for each place where customers meet the firm; one whose table the client has not is left out.

    Returns
    -------
    DataFrame
        `touchpoint`, `measure`, `hits`, `n`, `share`, `low`, `high`.
    """
    found: list[tuple[str, str, int, int]] = []
    if "tickets" in tables:
        found += _service(
            within(
                rows(tables, "tickets", ["opened_on", "kind", "resolved", "hours_to_first_response"]), "opened_on", at
            )
        )
    sales = within(rows(tables, "transactions", ["order_id", "date", "amount"]), "date", at)
    found.append(
        (
            mark("purchase"),
            mark("lines that did not come back"),
            int((sales["amount"] > 0).sum() - (sales["amount"] < 0).sum()),
            int((sales["amount"] > 0).sum()),
        )
    )
    if "contacts" in tables:
        made = within(rows(tables, "contacts", ["date", "arm", "delivered"]), "date", at)
        meant = made[made["arm"] == "treat"]["delivered"].dropna().astype(bool)
        found.append((mark("offer"), mark("approaches that reached the customer"), int(meant.sum()), len(meant)))
    table = pd.DataFrame(found, columns=["touchpoint", "measure", "hits", "n"])
    table = table[table["n"] > 0].reset_index(drop=True)
    low, high = wilson(table["hits"].clip(lower=0), table["n"], level=level)
    return table.assign(share=table["hits"] / table["n"], low=low, high=high)


def _service(told: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    complaints = told[(told["kind"] == "complaint")]["resolved"].dropna().astype(bool)
    asked = told[told["kind"] != "complaint"]
    answered = int((asked["hours_to_first_response"] <= HOURS_OF_A_DAY).sum())
    return [
        (
            mark("complaint"),
            mark("closed complaints after which the customer was helped"),
            int(complaints.sum()),
            len(complaints),
        ),
        (mark("service"), mark("requests and questions answered within a day"), answered, len(asked)),
    ]


@dataclass(frozen=True)
class Quality:
    """How far the data about customers can be relied on.

    Attributes
    ----------
    table : DataFrame
        `dimension`, `hits`, `n`, `share`, `low`, `high`; dimensions the tables cannot tell are left out.
    mean, product, least : float
        Three ways to make one index of the shares: as if one could make up for another, as if all had to hold at once
        and independently, and as a chain.
    """

    table: pd.DataFrame
    mean: float
    product: float
    least: float


def data_quality(tables: Tables, *, level: float = 0.95) -> Quality:
    """Complete fields, well-formed addresses, records of no other record's phone, and changes learnt within 90 days.

    Raises
    ------
    DataError
        If there are no customers.
    """
    wanted = ["phone", "email", "address", "income_band", "region", "customer_type"]
    known = rows(tables, "customers", ["customer_id", *wanted], optional=tuple(wanted))
    if known.empty:
        raise DataError("the table 'customers' has no row that could be used")
    emails = known["email"].dropna().astype(str)
    counts: list[tuple[str, int, int]] = [
        ("complete", int(known[wanted].notna().sum().sum()), known[wanted].size),
        ("valid", int(emails.str.fullmatch(EMAIL).sum()), len(emails)),
    ]
    if "source_records" in tables:
        phones = rows(tables, "source_records", ["local_id", "phone"])["phone"].dropna().map(_digits)
        long = phones[phones.str.len() >= 10]  # noqa: PLR2004
        counts.append(("unique", int((~long.str[-10:].duplicated()).sum()), len(long)))
    if "customer_history" in tables:
        counts.append(_timely(rows(tables, "customer_history", ["customer_id", "field", "valid_from", "recorded_on"])))
    table = pd.DataFrame([one for one in counts if one[2]], columns=["dimension", "hits", "n"])
    low, high = wilson(table["hits"], table["n"], level=level)
    table = table.assign(share=table["hits"] / table["n"], low=low, high=high)
    shares = table["share"].to_numpy(dtype=np.float64)
    return Quality(table, float(shares.mean()), float(shares.prod()), float(shares.min()))


def _timely(history: pd.DataFrame) -> tuple[str, int, int]:
    """Of changes (not first values) how many were written down within 90 days of their coming to hold."""
    ordered = history.sort_values(["customer_id", "field", "valid_from"])
    changes = ordered[ordered.duplicated(["customer_id", "field"])]
    late = (changes["recorded_on"] - changes["valid_from"]).dt.days
    return "timely", int((late <= LATE_DAYS).sum()), len(changes)


def _digits(text: object) -> str:
    """Decimal digits of any script, as Latin ones."""
    return "".join(str(int(one)) for one in str(text) if one.isdecimal())
