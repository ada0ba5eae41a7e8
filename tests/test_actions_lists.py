"""Who is on which list when other notebooks name customers: by hand, and whatever the evidence says."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.analyses import actions
from crmlab.analyses.actions import claims, wording
from crmlab.analyses.actions.lists import ORDER, SITUATION
from crmlab.analyses.actions.voices import SPEAKS_FOR
from crmlab.tables.frame import clean_table

DUE = date(2020, 8, 1)


SALES = clean_table(pd.DataFrame([("a", date(2020, 6, 1), 9.0)], columns=["customer_id", "date", "amount"]))


class Evidence:
    """Lists of other notebooks, by source."""

    def __init__(self, **lists: pd.DataFrame) -> None:
        self.lists = {name.replace("_", ".", 1).removeprefix("n"): table for name, table in lists.items()}

    def list(self, notebook_number: str, list_id: str, /) -> pd.DataFrame | None:
        return self.lists.get(f"{notebook_number}.{list_id}")


def named(*ids: str, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"customer_id": list(ids), "reason": [f"about {one}" for one in ids]})
    return table.assign(**columns)


SITUATED = pd.DataFrame(
    {
        "customer_id": ["gone", "late", "mid", "new", "past", "top"],
        "days_since_last": [300, 80, 20, 10, 300, 5],
        "purchases": [5, 6, 4, 1, 1, 9],
        "value": [500.0, 600.0, 100.0, 50.0, 40.0, 900.0],
        "limit_days": [40.0] * 6,
        "standing": ["gone", "overdue", "within", "within", "gone", "within"],
        "expected_value": np.nan,
        "tier": ["low", "low", "low", "low", "little", "top"],
        "situation": [
            *("valuable_lapsed", "valuable_late", "others_in_touch", "once_in_touch", "little_lapsed", "top_in_touch"),
        ],
    }
)


def told(evidence: Evidence) -> dict[str, str]:
    table = actions.listed(SITUATED, actions.voices(evidence))
    return dict(zip(table["customer_id"], table["list"], strict=True))


def test_without_other_notebooks_the_situation_decides():
    assert told(Evidence()) == {
        "gone": "win_back",
        "late": "save",
        "mid": "",
        "new": "grow",
        "past": "let_go",
        "top": "protect",
    }


def test_a_name_goes_before_a_situation_and_a_date_before_all():
    everybody = tuple(SITUATED["customer_id"])
    found = told(
        Evidence(
            n08_calls=named("top", due=DUE, probability=0.3),
            n03_repair_list=named("top", "late", action="let go"),
            n21_significant_customers=named("late", "mid"),
            n14_false_loyal=named("mid", "new"),
            n13_win_back=named("new", "past", due=DUE),
            n11_next_best_product=named(*everybody, product="P"),
        )
    )
    assert found == {
        "top": "save",  # the renewal comes first, whatever else is said
        "late": "let_go",  # shown losses before importance
        "mid": "protect",  # importance before dissatisfaction
        "new": "save",  # dissatisfaction before winning back
        "past": "win_back",
        "gone": "win_back",  # the situation before a product
    }


def test_a_product_makes_a_list_only_of_those_no_other_list_is_for():
    table = actions.listed(
        SITUATED,
        actions.voices(
            Evidence(
                n11_trade_up=named("mid", "top", "past", product="P", next_tier="premium"),
                n11_next_best_product=named("mid", "late", product="Q"),
            )
        ),
    ).set_index("customer_id")
    assert table["list"].to_dict() | {"mid": "grow", "past": "grow"} == table["list"].to_dict()
    assert table.loc["mid", ["source", "codes", "said"]].tolist() == ["11.trade_up", "11.trade_up", "about mid"]
    assert table.loc["mid", "offer"] == "a higher tier (premium) than P"
    # Who is at the top or late stays there, and the product goes along.
    assert table.loc["top", ["list", "source"]].tolist() == ["protect", "05.overdue"]
    assert table.loc["late", ["list", "offer"]].tolist() == ["save", "Q"]


def test_who_is_shown_not_to_pay_falls_to_the_next_list_or_is_counted():
    evidence = Evidence(
        n08_calls=named("top", "mid", due=DUE, probability=0.3),
        n13_leave_alone=named("top", "mid", "late", kind="save", why="contacts were shown not to pay"),
    )
    heard = actions.voices(evidence)
    table = actions.listed(SITUATED, heard).set_index("customer_id")
    assert table.loc["top", ["list", "hindrance"]].tolist() == ["protect", ""]
    assert table.loc["top", "due"] == pd.Timestamp(DUE)  # the day is known all the same
    assert table.loc["mid", ["list", "hindrance"]].tolist() == ["save", "shown_not_to_pay"]
    plan = actions.contact_plan(table.reset_index(), holdout=0, rng=np.random.default_rng(1))
    assert plan.size("save", "shown_not_to_pay") == 2  # mid and late
    assert plan.size("save") == 0
    assert "mid" not in set(plan.table["customer_id"])
    assert actions.lists.taken_off(SITUATED, heard) == {"shown_not_to_pay": (3, 1)}
    (said,) = claims.against_claims({"shown_not_to_pay": (3, 1)})
    assert said.startswith("3 customers would be on a list")


@pytest.mark.parametrize("why", ["no consent", "beyond capacity"])
def test_want_of_consent_or_room_elsewhere_takes_nobody_off(why):
    found = told(Evidence(n13_leave_alone=named("late", kind="save", why=why)))
    assert found["late"] == "save"


def test_losses_are_repaired_before_anything_is_sold():
    evidence = Evidence(
        n03_repair_list=named("top", "new", "late", action="cut cost to serve"),
        n11_next_best_product=named("new", product="P"),
    )
    table = actions.listed(SITUATED, actions.voices(evidence)).set_index("customer_id")
    assert table.loc[["top", "new"], "hindrance"].tolist() == ["repair_first", "repair_first"]
    assert table.loc["late", ["list", "hindrance"]].tolist() == ["save", ""]  # asking what is wrong sells nothing
    watched = told(Evidence(n03_repair_list=named("top", action="watch")))
    assert watched["top"] == "protect"


def test_a_customer_only_another_notebook_knows_is_on_its_list():
    table = actions.listed(SITUATED, actions.voices(Evidence(n08_calls=named("stranger", due=DUE, probability=0.3))))
    assert table.set_index("customer_id").loc["stranger", ["list", "situation"]].tolist() == ["save", "not_told"]
    alone = actions.listed(SITUATED.head(0), actions.voices(Evidence(n14_false_loyal=named("a"))))
    assert alone["list"].tolist() == ["save"]


def test_a_client_without_gaps_states_and_voices_has_no_list():
    nobody = actions.look(None, lambda _day: SITUATED, SALES, days=actions.horizon(date(2020, 6, 30), months=3))
    plan = actions.plan_of(nobody, actions.Settings(), rng=np.random.default_rng(1), voices=actions.voices(Evidence()))
    assert plan.table.empty
    assert plan.counts.empty
    assert actions.taken_off(nobody, actions.Settings()) == {}
    assert actions.measured(nobody, actions.Settings(), plan) == {}
    assert wording.bars_table(plan).empty
    assert wording.counts_table(plan).empty
    # What the notebook shows of nobody has its columns all the same.
    for table in (
        wording.trial_table({}),
        wording.do_nothing_table({}, actions.Settings()),
        wording.proof_table({}, {}),
    ):
        assert table.empty
        assert "action" in table.columns
    assert claims.named_claim(plan) == "Nobody is on a list, by name or by situation."
    alone = actions.plan_of(
        nobody,
        actions.Settings(),
        rng=np.random.default_rng(1),
        voices=actions.voices(Evidence(n14_false_loyal=named("a", "b"))),
    )
    assert alone.size("save") == 2  # named, though no situation is known


def test_who_has_a_date_is_called_first_the_nearest_before_the_others():
    ids = [f"c{n}" for n in range(6)]
    table = pd.concat([SITUATED.iloc[[1]]] * 6).assign(customer_id=ids, value=[10.0, 20, 30, 40, 50, 60])
    due = [date(2020, 9, 1), date(2020, 7, 15)]
    heard = actions.voices(Evidence(n08_calls=named("c0", "c1", due=due, probability=0.3)))
    plan = actions.contact_plan(actions.listed(table, heard), holdout=0, rng=np.random.default_rng(1))
    assert plan.table["customer_id"].tolist() == ["c1", "c0", "c5", "c4", "c3", "c2"]


def test_the_two_limits_are_counted_apart():
    ids = [f"c{n:02d}" for n in range(20)]
    table = pd.concat([SITUATED.iloc[[1]]] * 20).assign(customer_id=ids, value=np.arange(20.0, 0, -1))
    given_ = {"holdout": 0, "rng": np.random.default_rng(1)}
    lists = actions.listed(table)
    plan = actions.contact_plan(lists, contact_cost=2.0, contact_budget=30.0, contact_capacity=12, **given_)
    # 12 of 20 are reached; money would reach 15: three lack people alone, five lack both.
    assert [plan.size("save", name) for name in ("contact", "over_capacity", "over_both", "over_budget")] == [
        12,
        3,
        5,
        0,
    ]
    plan = actions.contact_plan(lists, contact_cost=2.0, contact_budget=20.0, contact_capacity=12, **given_)
    assert [plan.size("save", name) for name in ("contact", "over_capacity", "over_both", "over_budget")] == [
        10,
        0,
        8,
        2,
    ]
    bars = wording.bars_table(plan)
    assert bars[["contact", "do_nothing", "over", "held_back", "no_consent"]].iloc[0].tolist() == [10, 0, 10, 0, 0]


def test_the_reason_is_the_source_s_own_sentence():
    heard = actions.voices(Evidence(n14_false_loyal=named("late"), n08_calls=named("mid", due=DUE, probability=0.2)))
    plan = actions.contact_plan(actions.listed(SITUATED, heard), holdout=0, rng=np.random.default_rng(1))
    told_ = actions.with_reasons(plan.table, currency="IRT", top_share=0.2, valuable_share=0.5).set_index("customer_id")
    assert told_.loc["late", "reason"] == "about late"
    assert told_.loc["mid", "due"] == DUE
    assert told_.loc["top", "reason"].startswith("In the top 20 % by value to date (900.00 IRT).")
    rich = actions.with_reasons(plan.table.assign(value=12345678.9), currency="IRT", top_share=0.2, valuable_share=0.5)
    assert "(12,345,679 IRT)" in rich.set_index("customer_id").loc["top", "reason"]
    assert wording.used(told_.reset_index(), ["customer_id", "due", "offer"]) == ["customer_id", "due"]
    assert "2 of the 6 customers on the lists" in claims.named_claim(plan)


def test_who_is_in_the_next_test_is_counted():
    plan = actions.contact_plan(actions.listed(SITUATED), holdout=0, rng=np.random.default_rng(1))
    waiting = actions.in_next_test(Evidence(n12_next_test=named("top", "new", "past", "mid")))
    (said,) = claims.next_test_claims(plan, waiting)
    assert said.startswith("2 of the 4 customers of this plan")  # past is let go, mid on no list
    assert claims.next_test_claims(plan, actions.in_next_test(Evidence())) == ()


def test_every_source_has_a_place_in_the_order():
    assert {source for _, source in ORDER} == {*SPEAKS_FOR, SITUATION}
    assert all((SPEAKS_FOR[source], source) in ORDER for source in SPEAKS_FOR)


sources = st.dictionaries(
    st.sampled_from(["n08_calls", "n13_save", "n13_win_back", "n14_false_loyal", "n21_significant_customers"]),
    st.sets(st.sampled_from(["a", "b", *SITUATED["customer_id"]]), min_size=1),
)
repairs = st.dictionaries(st.sampled_from(SITUATED["customer_id"].tolist()), st.sampled_from(["let go", "reprice"]))
alone = st.sets(st.tuples(st.sampled_from(SITUATED["customer_id"].tolist()), st.sampled_from(["save", "win_back"])))


@settings(deadline=None, max_examples=40)
@given(said=sources, repaired=repairs, left=alone, products=st.sets(st.sampled_from([*SITUATED["customer_id"]])))
def test_every_customer_is_on_one_list_at_most_whatever_the_evidence_says(said, repaired, left, products):
    lists = {source: named(*sorted(ids), due=DUE) for source, ids in said.items()}
    if repaired:
        lists["n03_repair_list"] = named(*repaired, action=list(repaired.values()))
    if left:
        kinds, ids = [kind for _, kind in sorted(left)], [one for one, _ in sorted(left)]
        lists["n13_leave_alone"] = named(*ids, kind=kinds, why="a contact would lose money")
    if products:
        lists["n11_next_best_product"] = named(*sorted(products), product="P")
    heard = actions.voices(Evidence(**lists))
    found = actions.listed(SITUATED, heard)
    assert found["customer_id"].is_unique
    assert set(found["customer_id"]) == {*SITUATED["customer_id"], *heard.named["customer_id"]}
    assert set(found["list"]) <= {*actions.LISTS, ""}
    plan = actions.contact_plan(found, holdout=0.2, rng=np.random.default_rng(1), contact_capacity=4)
    assert plan.table["customer_id"].is_unique
    contacted = plan.table[plan.table["list"] != "let_go"]
    assert not set(contacted["customer_id"]) & {one for one, action in repaired.items() if action == "let go"} - {
        *said.get("n08_calls", ()),
        *said.get("n13_save", ()),
    }
    assert contacted["arm"].eq("contact").sum() <= 4
    pd.testing.assert_frame_equal(found, actions.listed(SITUATED.sample(frac=1, random_state=1), heard))
