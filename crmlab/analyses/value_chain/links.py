"""The chain's links, five stages and five conditions, each as a share of cases in which it holds.

Stages and conditions are those of the CRM value chain (Buttle 2004). The measure of each is ours, as are decision and
owner: another firm would choose others. A case belongs to a branch, so that what is shared within branches widens the
intervals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmlab.analyses.value_chain.books import YearBooks
from crmlab.analyses.value_chain.compare import clustered_mean
from crmlab.analyses.value_chain.reading import YEAR, Tables, rows, window, within
from crmlab.analyses.value_chain.survey import Survey
from crmlab.errors import DataError
from crmlab.estimate import Estimate
from crmlab.language import mark, tr
from crmlab.tables.kept import kept

OWNERS = (mark("head of customers"), mark("head of sales"), mark("head of products"), mark("head of service"))
HIGHER = (mark("managing director"), mark("head of personnel"), mark("head of processes"), mark("head of data"))
STAGE, CONDITION = mark("stage"), mark("condition")
MIDDLE_SCORE = 3
CONDITION_SCALES: Mapping[str, tuple[str, ...]] = {
    mark("leadership"): ("sponsorship",),
    mark("culture"): ("culture", "customer_orientation", "cooperation"),
    mark("people"): ("training",),
    mark("processes"): ("process",),
    mark("data and technology"): ("data",),
}
ABOUT: Mapping[str, tuple[str, str, str, str]] = {
    mark("portfolio analysis"): (
        STAGE,
        mark("customers whose third by contribution is the one the sales force believes"),
        mark("whom to serve how"),
        OWNERS[1],
    ),
    mark("customer intimacy"): (
        STAGE,
        mark("customers who can be reached, may be contacted and whose region and income are known"),
        mark("what to ask for at the next contact"),
        OWNERS[0],
    ),
    mark("network"): (
        STAGE,
        mark("tellings about the firm that were good"),
        mark("whom to thank, and what to mend"),
        OWNERS[0],
    ),
    mark("value proposition"): (
        STAGE,
        mark("answers in which performance is no lower than importance"),
        mark("which part of the offer to improve"),
        OWNERS[2],
    ),
    mark("life cycle"): (
        STAGE,
        mark("customers of the year before who bought again this year"),
        mark("whom to win back, whom to let go"),
        OWNERS[0],
    ),
    "leadership": (
        CONDITION,
        mark("people who agree that the head of the branch stands behind it"),
        mark("who leads by example"),
        HIGHER[0],
    ),
    "culture": (
        CONDITION,
        mark("people who agree that customers come first and departments work together"),
        mark("what is praised"),
        HIGHER[0],
    ),
    "people": (
        CONDITION,
        mark("people who agree that they are trained for it"),
        mark("whom to train in what"),
        HIGHER[1],
    ),
    "processes": (
        CONDITION,
        mark("people who agree that work goes by a process"),
        mark("which process to mend first"),
        HIGHER[2],
    ),
    "data and technology": (
        CONDITION,
        mark("people who agree that they have the data they need"),
        mark("which data to put in order"),
        HIGHER[3],
    ),
}
"""Of each link: stage or condition, its measure, the decision that hangs on it, and who takes it."""


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    Attributes
    ----------
    name, kind : str
        The link, and `stage` or `condition`.
    estimate : Estimate or None
        The share of cases in which it holds, its interval clustered by branch; None where the data lack it.
    lacking : str
        What is missing, where that is so; otherwise empty.
    cases : DataFrame
        `holds` (0 or 1) and `branch_id`; empty where the data lack it.
    """

    name: str
    kind: str
    estimate: Estimate | None
    lacking: str
    cases: pd.DataFrame

    @property
    def measure(self) -> str:
        """What is counted."""
        return ABOUT[self.name][1]


def links(tables: Tables, books: YearBooks, asked: Survey, *, at: date, level: float = 0.95) -> tuple[Link, ...]:
    """The ten links in their order, stages first; a link the data cannot measure says what it lacks."""
    stages: dict[str, Callable[[], pd.DataFrame]] = {
        "portfolio analysis": lambda: _portfolio(tables, books),
        "customer intimacy": lambda: _intimacy(tables),
        "network": lambda: _network(tables, at),
        "value proposition": lambda: _proposition(tables),
        "life cycle": lambda: _life_cycle(tables, at),
    }
    people = asked.people[asked.people["wave"] == asked.last]
    conditions = {name: _agreeing(people, asked, scales) for name, scales in CONDITION_SCALES.items()}
    found = [_link(name, cases, window(at), level) for name, cases in stages.items()]
    return (*found, *(_link(name, cases, asked.windows[asked.last], level) for name, cases in conditions.items()))


def _link(name: str, cases: Callable[[], pd.DataFrame], during: str, level: float) -> Link:
    try:
        frame = cases().dropna()
    except DataError as error:
        return Link(name, ABOUT[name][0], None, str(error), _none())
    if frame["branch_id"].nunique() < 2:  # noqa: PLR2004
        return Link(name, ABOUT[name][0], None, tr("cases in two branches or more"), _none())
    holds = frame["holds"].to_numpy(dtype=np.float64)
    value, reach = clustered_mean(holds, frame["branch_id"].to_numpy(), level=level)
    estimate = Estimate(
        value=value,
        low=max(0.0, value - reach),
        high=min(1.0, value + reach),
        n=len(frame),
        level=level,
        method=tr("share, errors clustered by branch"),
        denominator=tr("cases of the link's measure"),
        window=during,
    )
    return Link(name, ABOUT[name][0], estimate, "", frame.assign(holds=holds).reset_index(drop=True))


def _none() -> pd.DataFrame:
    return pd.DataFrame({"holds": pd.Series(dtype="float64"), "branch_id": pd.Series(dtype="str")})


def _portfolio(tables: Tables, books: YearBooks) -> pd.DataFrame:
    """Thirds are cut where the sales force's own words cut them: as many are low and middle as it believes."""
    known = rows(tables, "customers", ["customer_id", "branch_id", "believed_value"])
    both = known.merge(books.customers[["customer_id", "contribution"]], on="customer_id").dropna()
    ranked = both["contribution"].rank(method="first") / max(len(both), 1)
    cuts = both["believed_value"].value_counts(normalize=True).reindex(["low", "middle", "high"]).fillna(0).cumsum()
    fact = np.where(ranked <= cuts["low"], "low", np.where(ranked <= cuts["middle"], "middle", "high"))
    return both.assign(holds=fact == both["believed_value"])[["holds", "branch_id"]]


def _intimacy(tables: Tables) -> pd.DataFrame:
    wanted = ["customer_id", "branch_id", "phone", "email", "may_contact", "region", "income_band"]
    known = rows(tables, "customers", wanted, optional=("phone", "email"))
    reachable = known["phone"].notna() | known["email"].notna()
    allowed = known["may_contact"].fillna(value=False).astype(bool)
    return known.assign(holds=reachable & allowed & known["region"].notna() & known["income_band"].notna())[
        ["holds", "branch_id"]
    ]


def _network(tables: Tables, at: date) -> pd.DataFrame:
    told = within(rows(tables, "referrals", ["from_customer_id", "date", "sign"]), "date", at)
    home = rows(tables, "customers", ["customer_id", "branch_id"]).set_index("customer_id")["branch_id"]
    return pd.DataFrame({"holds": told["sign"] == "good", "branch_id": told["from_customer_id"].map(home)})


def _proposition(tables: Tables) -> pd.DataFrame:
    home = rows(tables, "customers", ["customer_id", "branch_id"]).set_index("customer_id")["branch_id"]
    gaps = offer_answers(tables)
    return pd.DataFrame(
        {"holds": gaps["performance"] >= gaps["importance"], "branch_id": gaps["customer_id"].map(home)}
    )


def offer_answers(tables: Tables) -> pd.DataFrame:
    """One row an answer on a part of the offer: `customer_id`, `part`, `importance`, `performance` (1 to 7)."""
    names = [column for column in getattr(tables.get("surveys"), "columns", ()) if column.startswith("importance_")]
    if not names:
        raise DataError("the table 'surveys' has no columns importance_1, performance_1 and so on")
    parts = [name.removeprefix("importance_") for name in names]
    told = rows(tables, "surveys", ["customer_id", *names, *(f"performance_{part}" for part in parts)])
    frames = [
        told[["customer_id"]].assign(
            part=part, importance=told[f"importance_{part}"], performance=told[f"performance_{part}"]
        )
        for part in parts
    ]
    return pd.concat(frames, ignore_index=True).dropna()


def _life_cycle(tables: Tables, at: date) -> pd.DataFrame:
    bought = yearly_buyers(tables, at)
    home = rows(tables, "customers", ["customer_id", "branch_id"]).set_index("customer_id")["branch_id"]
    before = bought[bought["before"]]
    return pd.DataFrame({"holds": before["now"], "branch_id": before["customer_id"].map(home)})


def yearly_buyers(tables: Tables, at: date) -> pd.DataFrame:
    """`customer_id`, and whether the customer bought `now` (the year to `at`), the year `before`, and `earlier`."""
    sales = kept(tables["transactions"])
    first_now = pd.Timestamp(at) - pd.Timedelta(days=YEAR - 1)
    first_before = first_now - pd.Timedelta(days=YEAR)
    bought = sales.filter((sales.amount > 0) & (sales.date <= at))
    now, before = first_now.date(), first_before.date()
    asked = bought.group_by("customer_id").agg(
        now=(bought.date >= now).any(),
        before=((bought.date >= before) & (bought.date < now)).any(),
        earlier=(bought.date < before).any(),
    )
    table: pd.DataFrame = asked.to_pyarrow().to_pandas()
    return table.sort_values("customer_id", ignore_index=True)


def _agreeing(people: pd.DataFrame, asked: Survey, scales: tuple[str, ...]) -> Callable[[], pd.DataFrame]:
    def cases() -> pd.DataFrame:
        names = [item for scale in scales for item in asked.items.get(scale, [])]
        if not names:
            raise DataError(f"the table 'org_survey' has no statements on {', '.join(scales)}")
        score = people[names].mean(axis=1, skipna=False)
        return pd.DataFrame({"holds": (score > MIDDLE_SCORE).where(score.notna()), "branch_id": people["branch_id"]})

    return cases
