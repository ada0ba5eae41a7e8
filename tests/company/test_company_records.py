"""The records of four departments: how many are about the same customer, and what is wrong with them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from crmlab.company import latents, people, setting
from crmlab.company.made import Made, joined
from crmlab.company.people import spelling
from crmlab.company.people.invented import listed
from crmlab.company.people.records import DEFECTS, DESK
from crmlab.company.people.worlds import HistoryWorld, RecordsWorld

N = 6_000
UNTIL = np.datetime64("2025-03-20")
JOINER = "\u200c"


@cache
def sample(scenario: str = "standard") -> Made:
    wanted = setting("sample", seed=4, scenario=scenario)
    blocks = [(block, Made(truth={"customers": latents.customers(wanted, block)})) for block in wanted.blocks]
    parts = [people.make(wanted, own, block) for block, own in blocks]
    return Made(
        {name: joined(part.tables[name] for part in parts) for name in parts[0].tables},
        {name: joined(part.truth[name] for part in parts) for name in parts[0].truth},
    )


@cache
def known(scenario: str = "standard") -> pd.DataFrame:
    """Each record once, with whose it is, what is wrong with it, and what is so of the customer."""
    tables, truth = sample(scenario).tables, sample(scenario).truth
    records = tables["source_records"].drop_duplicates()
    whose = truth["crosswalk"].merge(truth["people"][["customer_id", "name", "relative", "age"]], on="customer_id")
    now = truth["stale_fields"].pivot_table(index="customer_id", columns="field", values="value", aggfunc="first")
    now = now[["address", "phone", "email"]]
    whose = whose.merge(now, left_on="customer_id", right_index=True).rename(
        columns={name: f"true_{name}" for name in ("name", "address", "phone", "email")}
    )
    return records.merge(whose, on=["system", "local_id"], validate="one_to_one")


def has(rows: pd.DataFrame, *defects: str) -> "pd.Series[bool]":
    words = rows["defects"].str.split()
    return words.map(lambda found: bool(set(defects) & set(found)))


def near(hits: float, n: float, share: float) -> bool:
    return abs(hits - n * share) <= 4 * np.sqrt(n * share * (1 - share))


# What a reader of the records would do about their defects: the inverse of the spelling.

DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)
LETTERS = str.maketrans("يىك", "ییک")
LONG = {"خ": "خیابان", "ک": "کوچه", "پ": "پلاک", "و": "واحد"}


def plain_name(name: str) -> str:
    found = name.translate(LETTERS)
    for kind in ("title_male", "title_female", "title_firm"):
        for title in listed(kind)[0]:
            found = found.removeprefix(f"{title} ")
    return found.replace(JOINER, "").replace(" ", "")


def plain_phone(phone: str) -> str:
    digits = phone.translate(DIGITS)
    for start in ("+98", "0098", "0"):
        if digits.startswith(start):
            return digits.removeprefix(start)
    return digits[2:] if len(digits) == 12 else digits


def plain_address(address: str) -> str:
    parts = address.translate(LETTERS).translate(DIGITS).split("، ")[-4:]
    words = [part.split(" ", 1) for part in parts]
    return "".join(LONG.get(first, first) + rest for first, rest in words).replace(JOINER, "").replace(" ", "")


# Which records there are


@pytest.mark.parametrize("scenario", ["clean", "standard", "awkward"])
def test_so_many_records_are_duplicates(scenario):
    world = setting("sample", scenario=scenario).world(RecordsWorld)
    rows = known(scenario)
    mean = N * world.duplicates / (1 - world.duplicates)  # of a Poisson number
    assert abs(len(rows) - N - mean) < 4 * np.sqrt(mean)
    assert (len(rows) - N) / len(rows) == pytest.approx(0.18, abs=0.02)
    pairs = rows[rows.groupby("customer_id")["customer_id"].transform("size") == 2].sort_values("customer_id")
    same = (pairs["system"].to_numpy()[::2] == pairs["system"].to_numpy()[1::2]).sum()
    assert near(same, len(pairs) / 2, world.within)
    once = rows[rows.groupby("customer_id")["customer_id"].transform("size") == 1]
    for system, share in world.homes.items():
        assert near((once["system"] == system).sum(), len(once), share)


@pytest.mark.parametrize("scenario", ["clean", "standard", "awkward"])
def test_the_crosswalk_has_each_record_and_each_customer(scenario):
    made = sample(scenario)
    crosswalk, records = made.truth["crosswalk"], made.tables["source_records"]
    key = ["system", "local_id"]
    assert not crosswalk.duplicated(key).any()
    assert set(map(tuple, crosswalk[key].to_numpy())) == set(map(tuple, records[key].to_numpy()))
    assert set(crosswalk["customer_id"]) == set(made.tables["customers"]["customer_id"])
    assert set(" ".join(crosswalk["defects"]).split()) <= set(DEFECTS)


def test_dates_lie_between_the_first_day_of_a_customer_and_the_last():
    rows = known()
    joined_on = sample().tables["customers"].set_index("customer_id")["joined_on"]
    first = joined_on[rows["customer_id"]].to_numpy()
    updated = rows["updated_on"].to_numpy()
    assert ((updated >= first) & (updated <= UNTIL)).all()
    share = (updated - first) / (UNTIL - first + np.timedelta64(1, "D"))  # uniform: mean 1/2, variance 1/12
    assert abs(share.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(rows)) + 0.5 / 730


def test_local_ids_do_not_tell_the_customer():
    rows = known()
    block = rows[rows["customer_id"] <= "N002000"]
    for _, own in block.groupby("system"):
        rank = spearmanr(own["local_id"].rank(), own["customer_id"].rank()).statistic
        assert abs(rank) < 4 / np.sqrt(len(own))


# What is wrong with them


def test_a_clean_world_has_duplicates_without_defects():
    rows = known("clean")
    assert (rows["defects"] == "").all()
    for column in ("name", "phone", "email", "address"):
        assert (rows[column].fillna("") == rows[f"true_{column}"].fillna("")).all()


@pytest.mark.parametrize("scenario", ["standard", "awkward"])
def test_undoing_the_defects_gives_the_customer(scenario):
    rows = known(scenario)
    named = rows[rows["name"].notna()]
    found, true = named["name"].map(plain_name), named["true_name"].map(plain_name)
    # A typo may take a space or a ZWNJ, which is nothing once both are taken out; every other typo shows.
    typo = has(named, "typo")
    assert (found == true)[~typo].all()
    assert (found != true)[typo].mean() > 0.8
    called = rows[rows["phone"].notna()]
    other = has(called, "old_phone", "shared_phone", "desk_phone")
    right = called["phone"].map(plain_phone) == called["true_phone"].map(plain_phone)
    assert right[~other].all()
    assert not right[other].any()
    housed = rows[rows["address"].notna()]
    moved = has(housed, "old_address")
    right = housed["address"].map(plain_address) == housed["true_address"].map(plain_address)
    assert right[~moved].all()
    assert not right[moved].any()
    mailed = rows[rows["email"].notna()]
    assert ((mailed["email"] == mailed["true_email"]) == ~has(mailed, "old_email")).all()
    assert mailed["email"].str.endswith(".example").all()


def test_each_defect_comes_as_often_as_said():
    rows, world = known(), setting("sample").world(RecordsWorld)
    named = rows["true_name"].str.contains(JOINER) & ~has(rows, "typo")
    for where, defect, share in (
        (rows["true_name"].notna(), "title", world.title),
        (rows["true_name"].notna(), "short_address", world.short_address),
        (named, "joiner_lost", world.joiner_lost),
        (
            rows["true_name"].str.contains("ی|ک", regex=True) & ~has(rows, "typo"),
            "arabic_letters",
            world.arabic_letters,
        ),
        (rows["true_name"].notna(), "phone_form", 1 - world.phone_forms["0"]),
        (rows["true_name"].notna(), "phone_digits", 1 - world.digits["latin"]),
        (rows["true_name"].notna(), "address_digits", 1 - world.digits["persian"]),
        (rows["true_name"].notna(), "no_phone", world.blanks["phone"]),
        (rows["true_name"].notna(), "no_address", world.blanks["address"]),
        (rows["true_email"].notna() & ~has(rows, "old_email"), "no_email", world.blanks["email"]),
    ):
        assert near(has(rows[where], defect).sum(), where.sum(), share), defect
    assert rows["phone"].isna().sum() == has(rows, "no_phone").sum()


def chance_that_a_typo_shows(name: str) -> float:
    """A missing letter always does; two that are swapped do where they differ. The place is any but the outer ones."""
    places = range(1, len(name) - 1)
    return 0.5 + 0.5 * sum(name[at] != name[at + 1] for at in places) / len(places)


def test_a_typo_is_as_frequent_as_said_where_it_can_show():
    rows, world = known(), setting("sample").world(RecordsWorld)
    chance = world.typo * rows["true_name"].map(chance_that_a_typo_shows)
    assert abs(has(rows, "typo").sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


@pytest.mark.parametrize("field", ["address", "phone", "email"])
def test_as_much_is_old_as_the_decay_of_the_field_makes_it(field):
    rate = setting("sample").world(HistoryWorld).changes_per_year[field]
    # Records of one customer grow old together: one of each.
    rows = known().drop_duplicates("customer_id")
    rows = rows[rows[f"true_{field}"].notna()]
    years = (UNTIL - rows["updated_on"].to_numpy()).astype("timedelta64[D]").astype(int) / 365.25
    chance = 1 - np.exp(-rate * years)
    assert abs(has(rows, f"old_{field}").sum() - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_shared_phones_are_those_of_relatives():
    rows, world = known(), setting("sample").world(RecordsWorld)
    shared = has(rows, "shared_phone")
    assert (rows.loc[shared, "relative"] != "").all()
    related = (rows["relative"] != "").sum()
    assert near(shared.sum(), related, world.shared_phone)
    now = rows.drop_duplicates("customer_id").set_index("customer_id")["true_phone"]
    there = rows[shared & rows["phone"].notna()]
    assert (there["phone"].map(plain_phone) == now[there["relative"]].map(plain_phone).to_numpy()).all()


def test_the_awkward_exports_repeat_share_and_leave_blank():
    rows, world = known("awkward"), setting("sample", scenario="awkward").world(RecordsWorld)
    records = sample("awkward").tables["source_records"]
    again = records[records.duplicated()]
    assert set(again["system"]) == {"billing"}
    assert near(len(again), (rows["system"] == "billing").sum(), world.exported_twice)
    assert has(rows, "exported_twice").sum() == len(again)
    desk = rows["phone"].dropna().map(plain_phone) == plain_phone(DESK)
    assert near(desk.sum(), len(desk), world.one_phone)
    assert desk.sum() >= 200
    assert near(rows["name"].isna().sum(), len(rows), world.blank_names)
    assert not sample().tables["source_records"].duplicated().any()


# The spelling itself


def test_each_spelling_by_hand():
    texts, yes = np.array(["علی‌اکبر کریمی", "سارا"], dtype=object), np.array([True, True])
    no = ~yes
    assert list(spelling.with_arabic_letters(texts, yes)) == ["علي‌اكبر كريمي", "سارا"]
    assert list(spelling.with_arabic_letters(texts, no)) == list(texts)
    assert list(spelling.without_joiner(texts, yes, no)) == ["علیاکبر کریمی", "سارا"]
    assert list(spelling.without_joiner(texts, yes, yes)) == ["علی اکبر کریمی", "سارا"]
    # Four letters: the place is 1 + floor(0.6 · 2) = 2; of سارا the letters at 2 and 3 are ر and ا.
    sara, at = np.array(["سارا"], dtype=object), np.array([0.6])
    assert list(spelling.with_typo(sara, yes[:1], at, yes[:1])) == ["سا" + "ار"]
    assert list(spelling.with_typo(sara, yes[:1], at, no[:1])) == ["ساا"]
    assert list(spelling.with_title(np.array(["", "سارا"], dtype=object), yes, np.array(["خانم", "خانم"]))) == [
        "",
        "خانم سارا",
    ]
    address = np.array(["تهران، خیابان بهار، کوچه یکم، پلاک ۱۲، واحد ۳"], dtype=object)
    assert list(spelling.shortened(address, yes[:1])) == ["خ بهار، ک یکم، پ ۱۲، و ۳"]
    phone = np.array(["09241234567"] * 5, dtype=object)
    forms = np.array(["0", "+98", "0098", "98", "bare"], dtype=object)
    begun = ["09241234567", "+989241234567", "00989241234567", "989241234567", "9241234567"]
    assert list(spelling.in_form(phone, forms)) == begun
    scripts = np.array(["latin", "persian", "arabic", "mixed"], dtype=object)
    written = ["09241234567", "۰۹۲۴۱۲۳۴۵۶۷", "٠٩٢٤١٢٣٤٥٦٧", "۰۹۲۴1234567"]
    assert list(spelling.in_digits(phone[:4], scripts)) == written
