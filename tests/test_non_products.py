"""The built-in words for lines that are no product: what they take, and what they must leave alone."""

import pytest

from crmlab.tables.non_products import is_non_product

# The names of all the lines of Online Retail that are no product, and the codes that say so themselves.
ONLINE_RETAIL = (
    "POST",
    "POSTAGE",
    "DOTCOM POSTAGE",
    "Manual",
    "CARRIAGE",
    "Discount",
    "SAMPLES",
    "BANK CHARGES",
    "Bank Charges",
    "AMAZON FEE",
    "CRUK Commission",
    "Adjust bad debt",
    "PACKING CHARGE",
)
OTHERS = (
    "shipping",
    "Shipping & Handling",
    "free delivery",
    " Freight ",
    "p&p",
    "Adjustment",
    "fees",
    "postage and packing",
)
PERSIAN = ("هزینه ارسال", "کرایه", "کرایه حمل", "حمل", "حمل و نقل", "هزینه‌ی ارسال", "کارمزد", "تخفیف", "هزینه بسته‌بندی")
PRODUCTS = (
    "PADS TO MATCH ALL CUSHIONS",
    "PADS",
    "GIRLS PARTY BAG",
    "TEA SAMPLE BOX",
    "Dotcomgiftshop Gift Voucher £20.00",
    "MANUAL COFFEE GRINDER",
    "COFFEE",
    "TOFFEE",
    "POST CARD HOLDER",
    "DISCOUNT VOUCHER BOOK",
    "POSTAGE STAMP MUG",
    "RED SHIPPING CRATE",
    "خط حمل",
    "کیف حمل لپ‌تاپ",
    "85123A",
    "",
    "   ",
)


@pytest.mark.parametrize("text", [*ONLINE_RETAIL, *OTHERS, *PERSIAN])
def test_words_for_what_is_no_product(text):
    assert is_non_product(text)


@pytest.mark.parametrize("text", PRODUCTS)
def test_products_that_sound_alike_stay(text):
    assert not is_non_product(text)
