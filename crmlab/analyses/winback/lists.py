"""Whom to save, whom to win back, whom to leave alone: each customer on one list, with the reason.

What a campaign showed decides what a list is for. Where contacting the chosen is shown to pay, they are contacted, but
for a hold-out drawn by chance. Where it is shown not to pay, nobody is. Where neither is known, the list is a test:
half of it, drawn by chance, is left alone, and nobody calls that a programme.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import ibis
import numpy as np
import pandas as pd

from crmlab.analyses.winback.policies import EVERYBODY, PAYING, UPLIFT_VALUE, Costs
from crmlab.analyses.winback.trial import KINDS, Kind, Tables, Trial, has, known_before, may_contact
from crmlab.analyses.winback.uplift import fit
from crmlab.analyses.winback.values import Worth
from crmlab.language import day, mark, money, points, tr
from crmlab.simulate.contracts import anniversary
from crmlab.tables.kept import kept_frame

Verdict = Literal["pays", "does_not_pay", "not_known"]

PAYS, DOES_NOT_PAY, NOT_KNOWN = mark("pays"), mark("does_not_pay"), mark("not_known")
NO_CONSENT, LOSES, PUT_OFF = mark("no consent"), mark("a contact would lose money"), mark("too little uplift")
NO_ROOM, NOT_WORTH = mark("beyond capacity"), mark("contacts were shown not to pay")
PERIODS_AHEAD = 200


def verdict(values: pd.DataFrame | None) -> Verdict:
    """Whether contacting the chosen pays, by the policies' values in the campaign; not known where there was none."""
    if values is None:
        return "not_known"
    rows = values.set_index("policy")
    if rows.loc[[UPLIFT_VALUE, PAYING], "low"].max() > 0:
        return "pays"
    return "does_not_pay" if rows.loc[[UPLIFT_VALUE, EVERYBODY], "high"].max() < 0 else "not_known"


def audience(
    tables: Tables, bought: ibis.Table, *, observed_until: date, lapsed_days: int, renewal_days: int
) -> pd.DataFrame:
    """Who could be saved and who could be won back on the last day: `customer_id`, `kind`, `due`.

    To save: whose contract runs and is to be renewed within `renewal_days`; `due` is the day of the renewal. To win
    back: who has been silent for more than `lapsed_days` and is not to be saved; `due` is the day of the last purchase.
    A customer is in it once.
    """
    renewing = _renewing(tables, observed_until, renewal_days)
    last = bought.group_by("customer_id").agg(due=lambda t: t.date.max())
    gone = last.filter(last.due < ibis.date(observed_until - timedelta(days=lapsed_days)))
    silent = gone.to_pyarrow().to_pandas()
    silent = silent[~silent["customer_id"].isin(renewing["customer_id"])]
    both = pd.concat([renewing.assign(kind="save"), silent.assign(kind="win_back")], ignore_index=True)
    both["due"] = pd.to_datetime(both["due"])
    found: pd.DataFrame = both[["customer_id", "kind", "due"]]
    return found.sort_values(["kind", "customer_id"], ignore_index=True)


def scored_audience(
    tables: Tables,
    bought: ibis.Table,
    people: pd.DataFrame,
    *,
    trials: dict[Kind, Trial],
    worth: Worth,
    costs: dict[Kind, Costs],
    observed_until: date,
) -> pd.DataFrame:
    """The audience with what is known of each: `agreed`, `value`, and by the campaign's models `tau`, `p0`, `profit`.

    The models are those of the whole campaign: nobody in it is scored for the campaign, but for the next one.
    `purchases`, `days_since_last` and `tau`, `p0`, `profit` are missing where they are not known.
    """
    parts = []
    for kind in KINDS:
        rows = people[people["kind"] == kind].reset_index(drop=True)
        if rows.empty:
            continue
        asked = rows.assign(date=pd.Timestamp(observed_until) + pd.Timedelta(days=1))
        known, features = known_before(tables, asked, kind, bought=bought)
        table = rows.assign(
            agreed=may_contact(tables, rows["customer_id"]),
            value=worth.of(known, kind),
            purchases=np.round(np.expm1(known["purchases_before"])).astype("int64"),
            days_since_last=np.round(np.expm1(known["silence"])).astype("int64"),
        )
        parts.append(table.join(_scores(trials.get(kind), known, features, table["value"], costs[kind])))
    columns = ["customer_id", "kind", "due", "agreed", "value", "purchases", "days_since_last", "p0", "tau", "profit"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What is done with everybody.

    Attributes
    ----------
    lists : dict
        For each kind a DataFrame of who is on its list, the first to contact first; `reason` is a sentence.
    alone : DataFrame
        Who is left alone: `customer_id`, `kind`, `why` (a word), `reason`, `value`.
    verdicts : dict
        What was shown of each kind.
    suppressed : dict
        How many of each kind may not be contacted.
    """

    lists: dict[Kind, pd.DataFrame]
    alone: pd.DataFrame
    verdicts: dict[Kind, Verdict]
    suppressed: dict[Kind, int]


def choose(
    people: pd.DataFrame,
    *,
    verdicts: dict[Kind, Verdict],
    capacity: dict[Kind, int],
    holdout: float,
    min_uplift: float = 0.0,
    currency: str = "",
) -> Chosen:
    """Who is on which list, and why the others are on none.

    Parameters
    ----------
    people : DataFrame
        As `scored_audience` has it.
    verdicts : dict
        What was shown of each kind.
    capacity : dict
        The most contacts of each list; who is held out needs none, so lists are longer by the hold-out.
    holdout : float
        Share of a list that is left alone by chance; a test leaves half alone.
    min_uplift : float
        Customers whose uplift is not above it are not contacted, where it is known.
    currency : str
        The client's, for the reasons.
    """
    lists, alone = {}, []
    for kind in KINDS:
        rows = people[people["kind"] == kind]
        why = _why_not(rows, verdicts[kind], min_uplift)
        able = rows[why == ""]
        order = ["profit", "value", "purchases"] if verdicts[kind] == "pays" else ["value", "purchases"]
        able = able.sort_values([*order, "customer_id"], ascending=[False] * len(order) + [True])
        most = _length(capacity[kind], test_share(verdicts[kind], holdout))
        listed = able.head(most)
        lists[kind] = listed.assign(
            reason=[_reason(row, verdicts[kind], currency) for row in listed.to_dict("records")]
        )
        left = rows.drop(listed.index)
        alone.append(left.assign(why=why.drop(listed.index).replace("", NO_ROOM)))
    rest = pd.concat(alone, ignore_index=True)
    rest["reason"] = [_told(row, currency) for row in rest.to_dict("records")]
    return Chosen(
        lists={kind: listed.reset_index(drop=True) for kind, listed in lists.items()},
        alone=rest[["customer_id", "kind", "why", "reason", "value"]],
        verdicts=verdicts,
        suppressed={kind: int((~people.loc[people["kind"] == kind, "agreed"].astype(bool)).sum()) for kind in KINDS},
    )


def test_share(shown: Verdict, holdout: float) -> float:
    """The share of a list left alone: half of a test."""
    return holdout if shown == "pays" else 0.5


def _why_not(rows: pd.DataFrame, shown: Verdict, min_uplift: float) -> pd.Series:
    """Why each is on no list: a word, empty for who may be on it."""
    why = pd.Series("", index=rows.index, dtype=object)
    if shown == "does_not_pay":
        why[:] = NOT_WORTH
    elif shown == "pays":
        why[rows["profit"] <= 0] = LOSES
        why[rows["tau"] <= min_uplift] = PUT_OFF
    why[~rows["agreed"].astype(bool)] = NO_CONSENT
    return why


def _length(capacity: int, left_alone: float) -> int:
    """The longest list whose contacts are at most `capacity`."""
    return int(np.floor(capacity / (1 - left_alone) + 1e-9))


def _scores(
    trial: Trial | None, known: pd.DataFrame, features: tuple[str, ...], value: pd.Series, costs: Costs
) -> pd.DataFrame:
    if trial is None or features != trial.features:
        return pd.DataFrame(dict.fromkeys(("p0", "tau", "profit"), np.nan), index=known.index)
    taught, names = trial.table, list(features)
    models = fit(
        taught[names].to_numpy(dtype=np.float64),
        taught["treated"].to_numpy(dtype=bool),
        taught["response"].to_numpy(dtype=bool),
    )
    scores = models.scores(known[names].to_numpy(dtype=np.float64))
    p1 = (scores["p0"] + scores["tau"]).clip(0, 1)
    profit = scores["tau"] * value.to_numpy() - costs.contact - p1 * costs.offer
    return pd.DataFrame({"p0": scores["p0"], "tau": scores["tau"], "profit": profit}).set_index(known.index)


def _renewing(tables: Tables, until: date, within: int) -> pd.DataFrame:
    """Whose contract runs on the last day and is renewed within so many days after it, and when."""
    empty = pd.DataFrame({"customer_id": pd.Series(dtype=object), "due": pd.Series(dtype="datetime64[s]")})
    if not has(tables, {"contracts": ("customer_id", "start", "end", "period_months")}):
        return empty
    runs = kept_frame(tables["contracts"], ["customer_id", "start", "end", "period_months"])
    start, end = (pd.to_datetime(runs[name]) for name in ("start", "end"))
    now = pd.Timestamp(until)
    running = (start <= now) & (end.isna() | (end > now)) & runs["period_months"].notna()
    runs = runs[running]
    if runs.empty:
        return empty
    begins = pd.to_datetime(runs["start"]).to_numpy().astype("datetime64[D]")
    months = np.rint(runs["period_months"].to_numpy(dtype=np.float64)).astype(np.int64)
    today = np.datetime64(until, "D")
    number = np.maximum((today.astype("datetime64[M]") - begins.astype("datetime64[M]")).astype(np.int64) // months, 1)
    due = anniversary(begins, number, months, "M")
    due = np.where(due > today, due, anniversary(begins, number + 1, months, "M"))
    found = pd.DataFrame({"customer_id": runs["customer_id"].to_numpy(), "due": pd.to_datetime(due)})
    soon = found[found["due"] <= now + pd.Timedelta(days=within)]
    return soon.sort_values("due").drop_duplicates("customer_id", ignore_index=True)


def _reason(row: dict[Any, Any], shown: Verdict, currency: str) -> str:
    due = day(row["due"].date())
    start = tr("Renewal on {day}.", day=due) if row["kind"] == "save" else tr("Last bought on {day}.", day=due)
    worth = money(float(row["value"]), currency, 0)
    if shown != "pays":
        return tr(
            "{start} A yes is worth {value}; whether a contact pays is not known: test.", start=start, value=worth
        )
    return tr(
        "{start} A contact is expected to add {tau} to the chance of a yes worth {value}, and to bring {profit}.",
        start=start,
        tau=points(float(row["tau"])),
        value=worth,
        profit=money(float(row["profit"]), currency, 0),
    )


def _told(row: dict[Any, Any], currency: str) -> str:
    why = str(row["why"])
    if why == LOSES:
        return tr(
            "A contact is expected to bring {profit}: less than it costs.",
            profit=money(float(row["profit"]), currency, 0),
        )
    if why == PUT_OFF:
        return tr("A contact is expected to change the chance of a yes by {tau}.", tau=points(float(row["tau"])))
    said = {
        NO_CONSENT: tr("The customer has not agreed to be contacted."),
        NOT_WORTH: tr("The last campaign of this kind cost more than it brought."),
        NO_ROOM: tr("There is no capacity for another contact; others come first."),
    }
    return said[why]
