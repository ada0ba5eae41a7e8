import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.data_page.personal import is_national_id, judge, personal


def kind(name, *values):
    verdict = judge(name, values)
    return verdict.kind if verdict else None


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("contact", ["ann@shop.example", "BOB+x@mail.co.uk"], "e-mail address"),
        ("note", ["called twice", "ann@shop.example"], "e-mail address"),
        ("c3", ["09121234567", "09351234567"], "phone number"),
        ("c3", ["۰۹۱۲۱۲۳۴۵۶۷", "٠٩٣٥١٢٣٤٥٦٧"], "phone number"),
        ("c3", ["+98 912 123 4567", "0098-935-1234567"], "phone number"),
        ("c3", ["+44 (0)20 7946 0018", "+1-202-555-0143"], "phone number"),
        ("Phone", ["202 555 0143", "202-555-0199"], "phone number"),
        ("شماره تلفن", ["88123456", "77123456"], "phone number"),
        ("DateOfBirth", ["1980-01-01"], "birth date"),
        ("تاریخ تولد", ["۱۳۶۰/۰۱/۰۱"], "birth date"),
        ("First Name", ["Ann"], "name"),
        ("نام خانوادگی", ["کریمی"], "name"),
        ("street", ["1 High Road"], "address"),
    ],
)
def test_personal_data_is_known_by_form_or_name(name, values, found):
    assert kind(name, *values) == found


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("InvoiceNo", ["536365", "C536379", "9876543210"]),
        ("order", ["9121234567", "9351234567"]),
        ("amount", ["12.50", "+3", "-7", "1234567"]),
        ("date", ["2010-12-01", "20101201", "2010-12-01 08:26:00"]),
        ("StockCode", ["85123A", "22423"]),
        ("Description", ["WHITE @ HOME", "SET OF 2 TEA TOWELS", "name badge"]),
        ("product_name", ["Tea"]),
        ("Country", ["United Kingdom"]),
        ("customer_id", ["12346", "12347"]),
        ("email", []),
    ],
)
def test_what_is_not_personal_is_left_alone(name, values):
    assert judge(name, values) is None


@pytest.mark.parametrize(
    # The weighted sum of 001054298 is 0*10+0*9+1*8+0*7+5*6+4*5+2*4+9*3+8*2 = 109 = 9*11 + 10, so the last digit is 1;
    # of 123456789 it is 210 = 19*11 + 1, so the last digit is 1; of 111111112 it is 56 = 5*11 + 1: 1.
    ("text", "valid"),
    [
        ("0010542981", True),
        ("10542981", True),  # a spreadsheet has eaten the zeros
        ("1234567891", True),
        ("1111111121", True),
        ("1234567890", False),
        ("1111111111", False),
        ("123456780", False),
        ("12345678911", False),
        ("12345678-1", False),
    ],
)
def test_the_check_digit_of_national_ids(text, valid):
    assert is_national_id(text) is valid


def with_check_digit(nine: str) -> str:
    """By the official wording: below two the remainder itself, otherwise eleven less it."""
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return nine + str(remainder if remainder < 2 else 11 - remainder)


IDS = [with_check_digit(f"{n:09}") for n in range(123456700, 123456720)]


def test_national_ids_need_nearly_all_check_digits():
    wrong = [f"{text[:9]}{(int(text[9]) + 1) % 10}" for text in IDS]
    assert kind("code", *IDS) == "national id"
    assert kind("code", *IDS[:18], *wrong[:2]) == "national id"
    assert kind("code", *IDS[:17], *wrong[:3]) is None  # 85 % of the different values
    assert kind("code", *IDS[:17] * 9, *wrong[:3]) is None  # repeats prove nothing
    assert kind("code", *IDS[:4]) is None
    assert kind("کد ملی", *IDS[:2]) == "national id"


@given(st.integers(10**9, 10**10 - 200))
def test_running_numbers_are_no_national_ids(first):
    assert kind("order", *(str(number) for number in range(first, first + 100))) is None


def test_what_is_said_of_a_column_holds_none_of_its_values():
    values = ["ann@shop.example", "bob@shop.example", "none"]
    found = personal("mail", values, table="transactions", file="sales.csv")
    assert (found.kind, found.looked_at, found.matching, found.by_name) == ("e-mail address", 3, 2, False)
    assert "crmlab does not read this column" in found.advice
    assert not any(value in repr(found) for value in values[:2])


def test_ids_that_are_phones_have_advice_of_their_own():
    found = personal("tel", ["09121234567"], table="transactions", file="a.csv", used_as=("customer_id",))
    assert "Replace it by a number of your own" in found.advice
    assert "every list" in found.advice


def test_a_column_that_is_kept_says_so():
    found = personal("birth", ["1980-01-01"], table="customers", file="a.csv", used_as=("birth_date",))
    assert found.by_name
    assert "clean table on this machine" in found.advice


def test_a_history_of_fields_holds_what_some_of_its_values_are():
    values = ["low", "married", "12 Long Street", "0912 345 6789", "+98 912 345 6780"]
    assert personal("value", values, table="customer_history", file="f") is None
    one = personal("value", values, table="customer_history", file="f", used_as=("value",), is_declared=True)
    assert (one.kind, one.matching, one.looked_at, one.by_name) == ("phone number", 2, 5, False)
    assert personal("value", values[:3], table="customer_history", file="f", is_declared=True) is None
