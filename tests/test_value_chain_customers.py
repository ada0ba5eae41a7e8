"""Books, rules for significant customers, their overlap and stability, and the links: worked by hand."""

import functools
import itertools
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from crmlab.analyses import value_chain
from crmlab.analyses.value_chain import chain_claims, claims
from crmlab.analyses.value_chain.links import Link
from crmlab.analyses.value_chain.significance import deflated
from crmlab.errors import DataError, ParameterError
from crmlab.tables.engine import connect

AT = date(2024, 12, 30)  # the year begins on 2024-01-01
NUMBERS = itertools.count()
RNG = np.random.default_rng
DAYS = ("date", "month", "opened_on", "entered_on", "left_on", "joined_on", "valid_from", "recorded_on", "period")


@functools.cache
def engine():
    return connect()


def tables(**frames):
    """Frames as clean tables of one engine, no row left out."""
    found = {}
    for name, rows in frames.items():
        frame = pd.DataFrame(rows)
        for column in set(DAYS) & set(frame.columns):
            frame[column] = pd.to_datetime(frame[column]).dt.date
        made = f"t{next(NUMBERS)}"
        engine().con.register(made, pa.Table.from_pandas(frame, preserve_index=False))
        found[name] = engine().table(made).mutate(excluded_by=ibis.null("string"))
    return found


def sale(customer, day, amount, **more):
    return {
        "customer_id": customer,
        "date": day,
        "amount": float(amount),
        "cost": 0.6 * amount,
        "order_id": f"{customer} {day}",
        "product_id": "p1",
        **more,
    }


def firm():
    """ann: 3 orders of 100; bob: 1 order of 100 that is dear to serve. Fixed costs 366 a year, 1 a day."""
    sales = [sale("ann", f"2024-0{month}-05", 100) for month in (2, 4, 6)]
    sales += [sale("bob", "2024-03-01", 100), sale("ann", "2023-05-05", 70)]
    events = [
        {"customer_id": "bob", "date": "2024-03-02", "amount": 50.0},
        {"customer_id": "ann", "date": "2023-03-02", "amount": 9.0},
    ]
    months = pd.date_range("2023-11-01", "2025-01-01", freq="MS")
    fixed = [{"month": month, "amount": float(month.days_in_month)} for month in months]
    return {"transactions": sales, "cost_events": events, "fixed_costs": fixed}


def test_the_books_by_hand():
    books = value_chain.year_books(tables(**firm()), at=AT)
    ann, bob = (books.customers.set_index("customer_id").loc[name] for name in ("ann", "bob"))
    # Paid 300 and 100, goods 60 %, service 0 and 50: 120 and −10 are left.
    assert (ann["contribution"], bob["contribution"]) == pytest.approx((120, -10))
    # 365 days at 1 a day, of which ann's three orders of four carry 273.75.
    assert books.fixed == pytest.approx(365)
    assert (ann["absorbed"], bob["profit"]) == pytest.approx((273.75, -10 - 91.25))
    assert (books.margin, books.fixed_of_one, books.orders_of_one) == pytest.approx((110 / 400, 182.5, 2))
    bridge = books.bridge().set_index("step")["amount"]
    assert bridge["what is left"] == pytest.approx(400 - 240 - 50 - 365)
    # Without bob the firm keeps 10 more, not the 101.25 that absorption promises.
    assert books.without(["bob"]) == pytest.approx((10, 101.25))
    assert "goods took 60.0 %" in claims.bridge_claim(books, "IRT")


def test_what_a_customer_leaves_of_what_they_pay():
    books = value_chain.year_books(tables(**firm()), at=AT)
    # Averages: revenue 200, serving 25. bob: 1 − .6 − 75/300; ann: 1 − .6 − 25/500; who is new: 1 − .6 − 25/200.
    found = books.kept_of_one(pd.Series(["bob", "ann", "new"]))
    assert found.to_list() == pytest.approx([0.15, 0.35, 0.275])


def test_lines_without_a_cost_have_that_of_the_others():
    sales = [sale("ann", "2024-02-05", 100), sale("bob", "2024-02-05", 50, cost=None)]
    books = value_chain.year_books(tables(**firm() | {"transactions": sales}), at=AT)
    assert books.customers["goods"].sum() == pytest.approx(90)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"transactions": [sale("ann", "2023-02-05", 100)]}, "nothing was sold in the year"),
        ({"transactions": [sale("ann", "2024-02-05", 100, cost=None), sale("b", "2023-01-01", 1)]}, "has a cost"),
    ],
)
def test_books_that_cannot_be_kept(change, message):
    with pytest.raises(DataError, match=message):
        value_chain.year_books(tables(**firm() | change), at=AT)
    with pytest.raises(DataError, match="'fixed_costs' is not there"):
        value_chain.year_books(
            {name: table for name, table in tables(**firm()).items() if name != "fixed_costs"}, at=AT
        )


def test_prices_of_each_month_become_those_of_the_last():
    prices = pd.Series([100.0, 150.0, 300.0], index=pd.to_datetime(["2024-01-01", "2024-06-01", "2025-06-01"]))
    sales = [sale("a", "2023-12-01", 10), sale("a", "2024-05-31", 10), sale("a", "2024-06-01", 10)]
    found = deflated(tables(transactions=sales)["transactions"], prices, AT).to_pyarrow().to_pandas()
    # The index of 2025 is not known on the day: 150 is the base.
    assert sorted(found["amount"].astype(float)) == [10, 15, 15]


def test_rules_say_all_that_is_wrong_with_them():
    with pytest.raises(ParameterError, match=r"carries 0 .*\n.*sure 1.5 .*\n.*beyond_chance 0"):
        value_chain.Rules(carries=0, sure=1.5, beyond_chance=0)


def test_a_request_is_adopted_when_more_others_bought_the_product():
    request = {"customer_id": "ann", "kind": "request", "accepted": True, "product_id": "p1", "hours_to_close": 24.0}
    asked = [request | {"opened_on": "2024-05-31"}]
    asked += [request | {"opened_on": "2024-05-31", "accepted": False}, request | {"opened_on": "2023-05-31"}]
    # Closed on 2024-06-01. p1: 2 others before, 8 after; p2 as many before as after, 90 each. ann's own do not count.
    log = [sale(f"x{n}", "2024-05-01", 10) for n in range(2)] + [sale(f"y{n}", "2024-07-01", 10) for n in range(8)]
    log += [sale("ann", "2024-07-02", 10)]
    log += [sale(f"z{n}", day, 10, product_id="p2") for n in range(90) for day in ("2024-05-02", "2024-07-03")]
    found = value_chain.accepted_requests(tables(transactions=log, tickets=asked), at=AT, beyond_chance=0.05)
    # After: 8 + 90 of 190 lines of others, .5158. P(X ≥ 8 of 10) = 45 s⁸(1 − s)² + 10 s⁹(1 − s) + s¹⁰.
    share = 98 / 190
    p = 45 * share**8 * (1 - share) ** 2 + 10 * share**9 * (1 - share) + share**10
    assert len(found) == 1
    assert found.loc[0, ["before", "after"]].to_list() == [2, 8]
    assert found.loc[0, "p"] == pytest.approx(p)
    assert not found.loc[0, "adopted"]
    loose = value_chain.accepted_requests(tables(transactions=log, tickets=asked), at=AT, beyond_chance=0.1)
    assert loose.loc[0, "adopted"]


def test_a_jaccard_index_by_hand():
    # b and c of a, b, c, d: 2/4, Wilson .1500 to .8500.
    one, two = pd.Series([True, True, True, False, False]), pd.Series([False, True, True, True, False])
    found = value_chain.jaccard(one, two, window="")
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.15, 0.85), abs=1e-4)
    assert value_chain.jaccard(two, one, window="") == found
    with pytest.raises(DataError, match="nobody has either"):
        value_chain.jaccard(one & ~one, two & ~two, window="")


def marked(**flags):
    """`Significant` of customers c0, c1, … with these marks (lists of numbers) of n."""
    n = flags.pop("n", 10)
    frame = pd.DataFrame({"customer_id": [f"c{number}" for number in range(n)]})
    for name in value_chain.FLAGS:
        frame[name] = [number in flags.get(name.replace(" ", "_"), ()) for number in range(n)]
    numbers = {"expected": 5.0, "at_least": 3.0, "orders": 4, "contribution": 7.0, "followers": 2, "requests": 1}
    return value_chain.Significant(frame.assign(**numbers), 2.0, 6, pd.DataFrame({"adopted": [True]}), AT, "2024")


def test_overlaps_sets_and_counts_by_hand():
    found = marked(high_value=[0, 1, 2, 3], benchmark=[3, 4], inspiration=[5])
    pairs = value_chain.overlaps(found).set_index(["first", "second"])
    row = pairs.loc[("high value", "benchmark")]
    # 1 of 5; by chance 4 · 2 / 10 = .8 in both, .8 / (6 − .8).
    assert (row["both"], row["either"], row["by_chance"]) == pytest.approx((1, 5, 0.8 / 5.2))
    sets = value_chain.combinations_of(found)
    assert sets["customers"].to_list() == [3, 1, 1, 1]
    counts = value_chain.counted(found)
    assert counts["any"].value == pytest.approx(0.6)
    assert sum(counts[name].value for name in value_chain.FLAGS) == pytest.approx(0.7)
    assert "cannot be ruled out" not in claims.counted_claim(counts)
    assert "more than a fifth" in claims.counted_claim(counts)
    empty = marked()
    assert value_chain.overlaps(empty).empty
    assert "nothing overlaps" in claims.overlap_claim(value_chain.overlaps(empty))
    assert value_chain.combinations_of(empty).empty


def test_stability_is_held_against_dealing_anew():
    before, after = marked(high_value=[0, 1, 2, 3], benchmark=[9]), marked(high_value=[0, 1, 2, 8], n=12)
    found = value_chain.stability(before, after)
    high, any_of = (found.table.set_index("flag").loc[name] for name in ("high value", "any"))
    # 3 of 4 kept; of the ten customers of both days 4 are marked now.
    assert (high["share"], high["by_chance"]) == pytest.approx((0.75, 0.4))
    assert (any_of["before"], any_of["kept"]) == (5, 3)
    assert found.flips("high value").value == pytest.approx(0.25)
    assert found.table["share"].isna().sum() == 2
    assert "cannot be told" in claims.stability_claim(found)
    with pytest.raises(DataError, match="share of nobody"):
        found.flips("inspiration")


def test_the_list_has_reasons_consent_and_a_hold_out():
    found = marked(high_value=range(20), cost_magnet=[0, 1], benchmark=[2], n=40)
    known = value_chain.stability(found, found)
    agreed = pd.Series([number != 5 for number in range(19)], index=[f"c{number}" for number in range(19)])
    listed, suppressed = value_chain.register(found, known, agreed, rng=RNG(1), holdout=0.25, currency="IRT")
    # c5 said no and c19 is not known: 18 of 20 are on it, and 4.5 → 5 are left alone.
    assert (len(listed), suppressed) == (18, 2)
    assert (listed["arm"] == "do_nothing").sum() == 5
    assert set(listed["customer_id"][:3]) == {"c0", "c1", "c2"}
    assert "4 orders in the year carry fixed costs" in listed.loc[listed["customer_id"] == "c0", "reason"].item()
    assert "2 people bought after a good word" in listed.loc[listed["customer_id"] == "c2", "reason"].item()
    assert "10.0 %" in value_chain.suppressed_claim(listed, suppressed)
    with pytest.raises(ParameterError, match=r"holdout 0\.6"):
        value_chain.register(found, known, agreed, rng=RNG(1), holdout=0.6)


def test_a_blank_is_no_consent():
    known = [{"customer_id": "a", "may_contact": True}, {"customer_id": "b", "may_contact": None}]
    assert value_chain.may_contact(tables(customers=known)).to_dict() == {"a": True, "b": False}


def test_magnets_that_carry_nothing_are_told_apart():
    books = value_chain.year_books(tables(**firm()), at=AT)
    found = marked(cost_magnet=[0])
    assert "every one of them leaves something" in claims.magnets_claim(found, books, "IRT")
    drained = found.customers.assign(customer_id=lambda t: t["customer_id"].replace("c0", "bob"), contribution=-10.0)
    said = claims.magnets_claim(value_chain.Significant(drained, 2.0, 6, found.requests, AT, "2024"), books, "IRT")
    assert "10.00" not in said
    assert "would have had 10 IRT more" in said
    assert "says 101 IRT" in said
    assert "No customer places orders" in claims.magnets_claim(marked(), books, "IRT")


def test_good_words_against_bad_ones():
    told = [
        {"from_customer_id": f"c{n}", "date": "2024-05-01", "sign": sign, "bought_after": n < bought}
        for sign, bought in (("good", 8), ("bad", 3))
        for n in range(20)
    ]
    books = value_chain.year_books(tables(**firm()), at=AT)
    found = value_chain.referral_value(tables(referrals=told), books, at=AT)
    # 8/20 − 3/20, times the average contribution of 55.
    assert (found.more.value, found.worth.value, found.tellers) == pytest.approx((0.25, 13.75, 20))
    with pytest.raises(DataError, match="ten of each are needed"):
        value_chain.referral_value(tables(referrals=told[:25]), books, at=AT)


def test_dependence_by_hand():
    # .5² + .3² + .2² = .38; three equal ones would give a third.
    amounts = pd.DataFrame({"x": [50.0, 0, 0], "y": [0, 30.0, 0], "z": [0, 0, 20.0]})
    found = value_chain.dependence(amounts, window="", rng=RNG(1))
    assert (found.index.value, found.equal) == pytest.approx((0.38, 1 / 3))
    assert 1 / 3 <= found.index.low <= 0.38 <= found.index.high <= 1
    assert found.table["source"].to_list() == ["x", "y", "z"]
    made = [{"product_id": "p1", "brand": "one"}, {"product_id": "p2", "brand": "two"}]
    sales = [sale("a", "2024-05-01", 75), sale("b", "2024-05-01", 25, product_id="p2")]
    brands = value_chain.supplier_dependence(tables(transactions=sales, products=made), at=AT, rng=RNG(1))
    assert brands.index.value == pytest.approx(0.75**2 + 0.25**2)
    came = [{"customer_id": str(n), "joined_on": "2024-05-01", "channel": "web" if n else "shop"} for n in range(4)]
    assert value_chain.channel_dependence(tables(customers=came), at=AT, rng=RNG(1)).index.value == pytest.approx(
        10 / 16
    )


def test_gaps_are_taken_customer_by_customer():
    told = [
        {
            "customer_id": str(n),
            "importance_1": i,
            "performance_1": p,
            "importance_2": 3.0,
            "performance_2": 5.0 + n % 2,
        }
        for n, (i, p) in enumerate([(6.0, 4.0), (7.0, 4.0), (5.0, 4.0), (4.0, None)])
    ]
    table = value_chain.need_gaps(tables(surveys=told))
    first = table.iloc[0]
    # 2, 3, 1: mean 2, standard error 1/√3, t(2) = 4.3027.
    assert (first["part"], first["n"], first["gap"], first["high"]) == (
        "1",
        3,
        2,
        pytest.approx(2 + 4.3027 / 3**0.5, abs=1e-4),
    )
    assert "behind importance by more than chance" in chain_claims.gaps_claim(table)
    with pytest.raises(DataError, match="no columns importance_1"):
        value_chain.need_gaps({})


def test_flows_by_hand():
    sales = [sale("kept", "2023-06-01", 1), sale("kept", "2024-06-01", 1), sale("lost", "2023-06-01", 1)]
    sales += [sale("won", "2024-06-01", 1), sale("back", "2021-06-01", 1), sale("back", "2024-06-01", 1)]
    table = value_chain.flows(tables(transactions=sales), at=AT).set_index("flow")
    assert table["customers"].to_dict() == {"kept": 1, "lost": 1, "won": 1, "returned": 1}
    assert table["of"].to_dict() == {"kept": 2, "lost": 2, "won": 3, "returned": 3}


def test_satisfaction_and_contribution():
    books = value_chain.year_books(
        tables(**firm() | {"transactions": [sale(f"c{n}", "2024-05-01", 100 * (n + 1)) for n in range(12)]}), at=AT
    )
    told = [{"customer_id": f"c{n}", "date": "2024-02-01", "satisfaction": 1.0 + n / 2} for n in range(12)]
    found = value_chain.mutual_benefit(tables(surveys=told), books)
    assert found.correlation.value == pytest.approx(1)
    assert found.table["customers"].sum() == 12
    with pytest.raises(DataError, match="ten are needed"):
        value_chain.mutual_benefit(tables(surveys=told[:5]), books)


def test_cycle_times_by_hand():
    stays = [("1", "needs", 1), ("2", "needs", 4), ("3", "needs", None), ("4", "proposal", 0), ("5", "proposal", 2)]
    rows = [
        {
            "opportunity_id": one,
            "stage": stage,
            "entered_on": "2024-01-01",
            "left_on": None if days is None else f"2024-01-0{1 + days}",
        }
        for one, stage, days in stays
    ]
    table = value_chain.cycle_times(tables(stage_history=rows)).set_index("stage")
    # √(1 · 4) = 2, mean 2.5, one still open; a stay of no day counts half a one: √(.5 · 2) = 1.
    assert table.loc["needs", ["n", "open", "mean_days", "typical_days"]].to_list() == pytest.approx([2, 1, 2.5, 2])
    assert table.loc["proposal", "typical_days"] == pytest.approx(1)
    # Standard deviation of .5 and 2 over their mean: 1.0607 / 1.25.
    assert table.loc["proposal", "variation"] == pytest.approx(0.8485, abs=1e-4)


def tickets():
    kinds = ["complaint", "complaint", "request", "question"]
    return [
        {
            "opened_on": "2024-05-01",
            "kind": kind,
            "department": department,
            "hand_offs": hand_offs,
            "hours_to_close": hours,
            "resolved": helped,
            "hours_to_first_response": first,
        }
        for kind, department, hand_offs, hours, helped, first in zip(
            kinds,
            ["service", "billing", "service", "service"],
            [0.0, 1, 2, 0],
            [10.0, 20, 80, 10],
            [True, False, True, None],
            [1.0, 2, 30, 4],
            strict=True,
        )
    ]


def test_silos_and_coverage_by_hand():
    found = value_chain.silos(tables(tickets=tickets()), at=AT)
    # 2 of 4 handed on, .75 hand-offs a ticket; geometric means 40 and 10: three times longer.
    assert (found.index.value, found.per_ticket, found.longer.value) == pytest.approx((0.5, 0.75, 3))
    table = value_chain.coverage(tables(tickets=tickets()), at=AT).set_index("kind")
    assert table.loc["complaint"].to_dict() == {"billing": 0.5, "service": 0.5, "n": 2}
    with pytest.raises(DataError, match="handed on"):
        value_chain.silos(tables(tickets=tickets()), at=date(2020, 1, 1))
    with pytest.raises(DataError, match="kind and department"):
        value_chain.coverage(tables(tickets=tickets()), at=date(2020, 1, 1))


def test_touchpoints_by_hand():
    sales = [sale("a", "2024-05-01", 10), sale("b", "2024-05-01", 10), sale("a", "2024-05-09", -10)]
    made = [
        {"date": "2024-05-01", "arm": arm, "delivered": sent}
        for arm, sent in (("treat", True), ("treat", False), ("do_nothing", True))
    ]
    table = value_chain.touchpoints(tables(tickets=tickets(), transactions=sales, contacts=made), at=AT)
    shares = table.set_index("touchpoint")["share"].to_dict()
    # Complaints: 1 of 2 helped. Request after 30 hours, question after 4. 1 of 2 lines came back. 1 of 2 arrived.
    assert shares == {"complaint": 0.5, "service": 0.5, "purchase": 0.5, "offer": 0.5}
    assert value_chain.touchpoints(tables(transactions=sales), at=AT)["touchpoint"].to_list() == ["purchase"]


def test_data_quality_by_hand():
    known = [
        {"customer_id": "1", "phone": "09120000001", "email": "a@b.ir"},
        {"customer_id": "2", "phone": None, "email": "broken"},
    ]
    records = [
        {"local_id": str(n), "phone": phone}
        for n, phone in enumerate(["09120000001", "+98 912 000 0001", "۰۹۱۲۰۰۰۰۰۰۲", "1"])
    ]
    history = [
        {"customer_id": "1", "field": "phone", "valid_from": day, "recorded_on": learned}
        for day, learned in (("2023-01-01", "2023-12-31"), ("2023-06-01", "2023-06-30"), ("2023-07-01", "2023-12-31"))
    ]
    found = value_chain.data_quality(tables(customers=known, source_records=records, customer_history=history))
    shares = found.table.set_index("dimension")["share"].to_dict()
    # 3 of 12 cells; 1 of 2 addresses; of 3 long numbers 2 differ; a first value is no change, of two one is in time.
    assert shares == pytest.approx({"complete": 3 / 12, "valid": 0.5, "unique": 2 / 3, "timely": 0.5})
    assert (found.mean, found.least) == pytest.approx((23 / 48, 0.25))
    assert found.product == pytest.approx(1 / 4 * 1 / 2 * 2 / 3 * 1 / 2)


def test_the_need_of_regions():
    firms = [("A", "self", 0.5), ("A", "r1", 0.5), ("B", "self", 1.0)]
    market = [{"region": region, "period": "2024-07-01", "firm": one, "share": share} for region, one, share in firms]
    market += [{"region": "B", "period": "2023-07-01", "firm": "self", "share": 0.1}]
    known = [{"customer_id": "ann", "region": "A"}, {"customer_id": "bob", "region": "B"}]
    given = firm() | {"transactions": [*firm()["transactions"], sale("bob", "2023-05-05", 70)]}
    held = tables(**given, market=market, customers=known)
    found = value_chain.need(held, value_chain.year_books(held, at=AT), at=AT)
    assert found.table.set_index("region")["hhi"].to_dict() == {"A": 0.5, "B": 1.0}
    # A has more choice and margin, and both bought again: first whatever counts double.
    assert found.firsts == ("A", "A", "A")
    assert "whichever" in chain_claims.need_claim(found)


def link(name, kind, holds, branches):
    cases = pd.DataFrame({"holds": np.asarray(holds, dtype=float), "branch_id": branches})
    mean, reach = value_chain.clustered_mean(cases["holds"].to_numpy(), cases["branch_id"].to_numpy())
    said = {"n": len(cases), "level": 0.95, "method": "", "denominator": "", "window": ""}
    return Link(
        name,
        kind,
        value_chain.counted(marked())["any"].__class__(value=mean, low=mean - reach, high=mean + reach, **said),
        "",
        cases,
    )


def test_the_weakest_link_is_sure_only_where_branches_agree():
    branches = np.repeat(list("abcdefgh"), 10)
    weak = link("network", "stage", np.tile([1, 0, 0, 0, 0], 16), branches)
    strong = link("life cycle", "stage", np.tile([1, 1, 1, 1, 0], 16), branches)
    like = link("value proposition", "stage", np.tile([1, 0, 0, 0, 0], 16), branches)
    alone = value_chain.rank_table([weak, strong], rng=RNG(1))
    assert alone["name"].to_list() == ["network", "life cycle"]
    assert alone["weakest"].to_list() == [1, 0]
    assert "in 100 % of the draws" in chain_claims.weakest_claim(alone, "stage")
    # Two links whose branches differ: neither is the weakest for sure, and shares of being it add up to one.
    rng = RNG(2)
    twins = [
        link(name, "stage", rng.random(80) < 0.5, branches) for name in ("network", "life cycle", "value proposition")
    ]
    table = value_chain.rank_table([*twins, link("culture", "condition", np.ones(80), branches)], rng=RNG(1))
    by_kind = table.groupby("kind")["weakest"].sum()
    assert by_kind.to_list() == pytest.approx([1, 1])
    assert "No stage can be measured" in chain_claims.weakest_claim(table[table["kind"] == "condition"], "stage")
    assert like.estimate.value == weak.estimate.value
    card = value_chain.scorecard(twins, table)
    assert card["rank_low"].notna().all()
    assert value_chain.owners(twins)["measured"].sum() == 3


def test_stages_are_held_against_conditions_with_all_pairs_in_mind():
    branches = np.repeat([f"b{n}" for n in range(12)], 20)
    rising = np.concatenate([np.arange(20) < 1 + n for n in range(12)])
    noise = RNG(3).permutation(rising)
    pairs = value_chain.condition_matrix(
        [
            link("network", "stage", rising, branches),
            link("life cycle", "stage", noise, branches),
            link("culture", "condition", rising, branches),
        ],
        rng=RNG(1),
    ).set_index("stage")
    assert pairs.loc["network", "r"] == pytest.approx(1)
    assert pairs.loc["network", "p"] == pytest.approx(0.001)
    assert pairs.loc["life cycle", "p"] > 0.05
    assert "network and culture go together most" in chain_claims.matrix_claim(pairs.reset_index())
    assert value_chain.condition_matrix([link("network", "stage", rising, branches)], rng=RNG(1)).empty
