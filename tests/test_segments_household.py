"""Household life stage beside the customer life cycle, and what the tables can do of IDIC."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crmlab.analyses import segments as s
from crmlab.client import Client
from crmlab.errors import ParameterError
from crmlab.tables.engine import connect
from crmlab.tables.frame import clean_table

DAY = date(2022, 12, 31)


def people(**columns: list[object]) -> ibis.Table:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"customer_id": [f"c{row}" for row in range(n)], **columns})
    engine = connect()
    engine.con.register("people", pa.Table.from_pandas(frame, preserve_index=False))
    return engine.table("people").mutate(excluded_by=ibis.null("string"))


@pytest.mark.parametrize(
    ("born", "status", "children", "youngest", "stage"),
    [
        ("2000-01-01", "single", 0, None, "single"),
        ("2000-01-01", "Married", 0, None, "young couple"),
        ("1990-01-01", "married", 2, "2017-01-01", "full nest 1"),  # five years old, of a mother or father of 32
        ("1990-01-01", "married", 2, "2016-12-30", "full nest 2"),  # six
        ("1990-01-01", "married", 1, None, "full nest"),
        ("1977-01-01", "متأهل", 1, "2015-01-01", "full nest 3"),  # 45
        ("1990-01-01", "divorced", 1, "2020-01-01", "one parent"),
        ("1960-01-01", "verheiratet", 0, None, "empty nest 1"),  # 62
        ("1950-01-01", "married", 0, None, "empty nest 2"),  # 72
        ("1970-01-01", "widowed", 0, None, "living alone 1"),
        ("1950-01-01", "مجرد", 0, None, "living alone 2"),
        ("1990-01-01", "it is complicated", 0, None, "not known"),
        (None, "married", 0, None, "not known"),
        ("1890-01-01", "married", 0, None, "not known"),  # 132 years old
        ("1990-01-01", "married", None, None, "not known"),
    ],
)
def test_stages_by_hand(born: str | None, status: str, children: int | None, youngest: str | None, stage: str) -> None:
    table = people(
        birth_date=[pd.Timestamp(born) if born else pd.NaT],
        marital_status=[status],
        children=[np.nan if children is None else float(children)],
        youngest_child_born=[pd.Timestamp(youngest) if youngest else pd.NaT],
    )
    assert s.household_stages(table, day=DAY).table["stage"].item() == stage


def test_the_size_of_the_household_stands_in_for_children() -> None:
    table = people(
        birth_date=[pd.Timestamp("1990-01-01")] * 3,
        marital_status=["married", "married", "single"],
        household_size=[2.0, 3.0, 2.0],
    )
    assert s.household_stages(table, day=DAY).table["stage"].tolist() == ["young couple", "full nest", "one parent"]


def test_words_that_are_not_known_are_named() -> None:
    table = people(birth_date=[pd.Timestamp("1990-01-01")] * 2, marital_status=["odd", "single"], children=[0.0, 0.0])
    found = s.household_stages(table, day=DAY)
    assert (found.unknown, found.words) == (1, ("odd",))


def test_missing_columns_are_named_in_a_sentence() -> None:
    missing = s.columns_missing(["customer_id", "birth_date"])
    assert missing == ("marital_status", "children")
    to_map = s.claims.household_missing_claim(missing, has_customers=True)
    assert to_map.endswith("hold these: marital status (marital_status), number of children (children).")
    to_read = s.claims.household_missing_claim(missing, has_customers=False)
    assert "there is no customers table" in to_read
    assert to_read.endswith("would do: marital status, number of children.")
    assert s.columns_missing(["birth_date", "marital_status", "household_size"]) == ()
    with pytest.raises(ParameterError, match=r"need the columns \['birth_date', 'marital_status', 'children'\]"):
        s.household_stages(people(city=["Rasht"]), day=DAY)


def test_ages_that_do_not_rise_are_refused() -> None:
    table = people(birth_date=[pd.Timestamp("1990-01-01")], marital_status=["single"], children=[0.0])
    with pytest.raises(ParameterError, match="they are ages that rise"):
        s.household_stages(table, day=DAY, older_from=70)


def crossed(pairs: list[tuple[str, str]]) -> tuple[s.Crossed, s.Household]:
    ids = [f"c{row}" for row in range(len(pairs))]
    table = pd.DataFrame({"customer_id": ids, "stage": [stage for stage, _ in pairs]})
    household = s.Household(table=table, unknown=int((table["stage"] == "not known").sum()), words=())
    states = pd.DataFrame({"customer_id": ids, "state": [state for _, state in pairs]})
    return s.cross(household, states), household


def test_stages_that_say_nothing_of_the_state() -> None:
    pairs = [(stage, state) for stage in ("single", "full nest 1") for state in ("active", "lapsed")] * 25
    found, household = crossed([*pairs, ("not known", "active")])
    # 25 in each of the four cells: chi-square is 0.
    assert (found.n, found.association, found.p_value) == (100, 0, 1)
    assert found.table["in_touch"].tolist() == [0.5, 0.5]
    assert "two different things" in s.claims.household_claim(found, household)


def test_stages_that_go_with_the_state() -> None:
    found, household = crossed([("single", "active")] * 40 + [("full nest 1", "lapsed")] * 40)
    assert found.association == pytest.approx(1)
    assert "related, and still two things" in s.claims.household_claim(found, household)


def test_one_stage_cannot_be_compared() -> None:
    found, household = crossed([("single", "active"), ("single", "lapsed")])
    assert np.isnan(found.association)
    assert "too much alike" in s.claims.household_claim(found, household)


# --- IDIC ------------------------------------------------------------------------------------------------------

SALES = (
    "customer,date,product,amount\n"
    "a,2022-01-01,tea,5\na,2022-02-01,tea,5\na,2022-03-01,jam,5\na,2022-04-01,tea,5\n"
    "b,2022-01-01,tea,5\nb,2022-02-01,jam,5\nb,2022-03-01,nut,5\n"
    "c,2022-01-01,tea,5\n"
    ",2022-01-02,tea,5\n"
)
PEOPLE = "customer,mail,ok\na,a@b.cd,yes\nb,,no\nd,d@b.cd,yes\n"


def told(path: object) -> pd.DataFrame:
    shop = Client.open(path)  # type: ignore[arg-type]
    rules = s.Rules(active_days=9, lapsed_days=99)
    states = s.states_on(shop.table("transactions"), day=shop.observed_until, rules=rules)
    scored = s.rfm(states)
    return s.idic({name: shop.table(name) for name in shop.tables}, scored, s.rfm_grid(scored, states))


def test_idic_by_hand(write_client) -> None:  # type: ignore[no-untyped-def]
    columns = {"customer_id": "customer", "date": "date", "amount": "amount", "product": "product"}
    path = write_client(
        {"sales.csv": SALES, "people.csv": PEOPLE},
        observed_until="2022-12-31",
        tables={
            "transactions": {"files": "sales.csv", "columns": columns},
            "customers": {
                "files": "people.csv",
                "columns": {"customer_id": "customer", "email": "mail", "may_contact": "ok"},
            },
        },
    )
    found = told(path).set_index("question")["value"]
    assert found["lines of the sales records that say who bought"] == pytest.approx(8 / 9)
    assert found["buyers who stand in the customers table"] == pytest.approx(2 / 3)  # a and b, not c
    assert found["buyers with an e-mail address or a phone number"] == pytest.approx(1 / 3)  # a
    assert found["buyers who have agreed to be contacted"] == pytest.approx(1 / 3)
    # a: three of four lines are tea; b: no product makes half of three; c: one line only.
    favourites = found[found.index.str.startswith("customers with a favourite")]
    assert favourites.item() == pytest.approx(1 / 3)


def test_what_no_table_knows_is_said() -> None:
    frame = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2022-01-01"]), "amount": [5.0]})
    sales = clean_table(frame)
    states = s.states_on(sales, day=DAY, rules=s.Rules(active_days=9, lapsed_days=99))
    scored = s.rfm(states)
    found = s.idic({"transactions": sales}, scored, s.rfm_grid(scored, states))
    unknown = found[found["value"].isna()]
    assert len(unknown) == 5
    assert unknown["said"].str.startswith("not known").all()
    assert set(found["step"]) == {"identify", "differentiate", "interact", "customise"}
