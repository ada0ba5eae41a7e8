import pyarrow as pa
import pytest


def test_words_for_yes_and_no(check):
    yes = ["yes", "Y", "TRUE", "t", "1", "۱", "بله", "بلی", "بلي", " yes ", "1.0"]
    no = ["no", "N", "False", "f", "0", "٠", "خیر", "خير", "نه", "0.0"]
    check(dict.fromkeys(yes, True) | dict.fromkeys(no, False) | {"": None, " ": None}, "flag")


def test_words_for_returns_and_sales(check):
    returns = [
        "return",
        "Returned",
        "refund",
        "REFUNDED",
        "cancelled",
        "canceled",
        "cancel",
        "reversal",
        "credit",
        "مرجوعی",
        "برگشتی",
    ]
    sales = ["sale", "Sold", "purchase", "order", "invoice", "debit", "فروش", "خرید"]
    check(dict.fromkeys(returns, True) | dict.fromkeys(sales, False), "flag")


def test_other_words_are_a_fault(check):
    check(dict.fromkeys(["maybe", "2", "-1", "yes?", "null", "x"], "not_a_flag"), "flag")


@pytest.mark.parametrize("values", [pa.array([True, False, None]), pa.array([1, 0, None]), pa.array([1.0, 0.0, None])])
def test_typed_flags(converted, values):
    assert converted(values, "flag") == [(True, None), (False, None), (None, None)]
