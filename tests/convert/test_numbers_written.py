"""Amounts as people and programs write them: marks, digits, signs and currencies."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables.convert import convert
from crmlab.tables.export import Form

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
STYLES = [(d, t) for d, t in product(".,٫", ("", ",", ".", " ", "'", "٬")) if d != t]


def written(amount, decimal, thousands):
    """The decimal with four places, its marks as the form has them, worked out by Python's own formatting."""
    return f"{abs(amount):,.4f}".replace(".", "D").replace(",", thousands).replace("D", decimal)


SIGNS = [
    lambda text, minus: ("-" if minus else "") + text,
    lambda text, minus: ("\N{MINUS SIGN}" if minus else "+") + text,
    lambda text, minus: text + ("-" if minus else ""),
    lambda text, minus: f"({text})" if minus else text,
    lambda text, minus: f"\N{RIGHT-TO-LEFT MARK} {'- ' if minus else ''}{text}\N{NO-BREAK SPACE}",
]
amounts = st.decimals(Decimal("-99999999999999.9999"), Decimal("99999999999999.9999"), places=4)


@pytest.mark.parametrize(("decimal", "thousands"), STYLES)
@settings(max_examples=4, deadline=None)
@given(rows=st.lists(st.tuples(amounts, st.sampled_from([{}, PERSIAN, ARABIC]), st.sampled_from(SIGNS)), min_size=9))
def test_every_amount_comes_back_from_every_style(converted, decimal, thousands, rows):
    texts = [sign(written(x, decimal, thousands).translate(digits), x < 0) for x, digits, sign in rows]
    form = Form(decimal=decimal, thousands=thousands)
    assert converted(texts, "money", form) == [(x, None) for x, _, _ in rows]
    assert converted(texts, "number", form) == [(x, None) for x, _, _ in rows]


@pytest.mark.parametrize(("decimal", "thousands"), STYLES)
@settings(max_examples=2, deadline=None)
@given(values=st.lists(amounts, min_size=5, max_size=20))
def test_what_another_style_writes_is_a_fault_or_the_same_amount_never_another(converted, decimal, thousands, values):
    form = Form(decimal=decimal, thousands=thousands)
    # With four decimals a decimal mark is never taken for a thousands mark, whatever stands before it.
    texts = [(abs(x), written(x, *other)) for x in values for other in STYLES]
    for (x, _), (amount, fault) in zip(texts, converted([text for _, text in texts], "money", form), strict=True):
        assert fault == "wrong_decimal" or (fault is None and amount == x)


@pytest.mark.parametrize(
    ("decimal", "thousands", "expected"),
    [
        (
            ".",
            "",
            {"1,234": "wrong_decimal", "12,50": "wrong_decimal", "1 234.5": "wrong_decimal", "1'000": "wrong_decimal"},
        ),
        (".", ",", {"1,234": 1234, "1,234,567.5": "1234567.5", "12,34": "wrong_decimal", "1,2345": "wrong_decimal"}),
        (
            ".",
            ",",
            {
                "0,125": "wrong_decimal",
                "1,23,456": "wrong_decimal",
                "1.234,5": "wrong_decimal",
                "1234,567": "wrong_decimal",
            },
        ),
        (
            ",",
            ".",
            {"1.234": 1234, "1.234,5": "1234.5", "1.23": "wrong_decimal", "1,234.5": "wrong_decimal", ",5": "0.5"},
        ),
        (",", "", {"12,50": "12.5", "12.50": "wrong_decimal", "1,2e3": 1200, "1.2e3": "not_a_number"}),
        (",", " ", {"1 234,5": "1234.5", "1\u00a0234,5": "1234.5", "1\u202f234": 1234, "1 23": "not_a_number"}),
        (".", "'", {"1'234.5": "1234.5", "1\N{RIGHT SINGLE QUOTATION MARK}234.5": "1234.5", "1''234": "not_a_number"}),
        ("٫", "٬", {"۱٬۲۳۴٫۵": "1234.5", "١٢٣٤": 1234, "۱۲.۵": "wrong_decimal", "-۱۲٫۵": "-12.5"}),
    ],
)
def test_marks_mean_what_the_form_says(check, decimal, thousands, expected):
    wanted = {text: x if str(x).endswith(("l", "r")) else Decimal(x) for text, x in expected.items()}
    check(wanted, "money", Form(decimal=decimal, thousands=thousands))


def test_signs(check):
    minus = ["-12.5", "- 12.5", "\N{MINUS SIGN}12.5", "12.5-", "12.5 -", "(12.5)", "( 12.5 )", " -12.5 ", "\u200e-12.5"]
    twice = ["--12.5", "-12.5-", "(-12.5)", "-(12.5)", "((12.5))", "(12.5", "12.5)", "+12.5-", "12.5+"]
    check(dict.fromkeys(minus, Decimal("-12.5")) | dict.fromkeys(twice, "not_a_number"), "money")
    check({"-0": Decimal(0), "(0)": Decimal(0), "+0.00": Decimal(0)}, "money")


def test_the_clients_own_currency_may_stand_beside_an_amount(check):
    right = ["£12.50", "£ 12.50", "12.50 GBP", "12.50£", "gbp 12.50", "£12.50 GBP", "12.5", "12.50 پوند"]
    minus = ["-£12.50", "£-12.50", "(£12.50)", "£(12.50)", "12.50- GBP", "£12.50-", "- £ 12.50", "12.50 GBP -"]
    other = ["€12.50", "$12.50", "12.50 USD", "-US$12.50", "(12.50 EUR)", "12.50 kr.", "۱۲ تومان", "﷼12"]
    none = ["12.50 PCS", "£", "GBP", "12.50%", "x12.50", "12.50 £ 3", "12.50 pounds of tea"]
    check(dict.fromkeys(right, Decimal("12.5")) | dict.fromkeys(minus, Decimal("-12.5")), "money", currency="GBP")
    check(dict.fromkeys(other, "other_currency") | dict.fromkeys(none, "not_a_number"), "money", currency="GBP")
    check({"£1,250": "wrong_decimal", "€1,250": "wrong_decimal"}, "money", currency="GBP")


def test_no_mark_is_read_without_a_currency_or_in_plain_numbers(check):
    check(dict.fromkeys(["£12.50", "12.50 GBP"], "not_a_number"), "money")
    check(dict.fromkeys(["£12.50", "12.50 GBP"], "not_a_number"), "number", currency="GBP")


@pytest.mark.parametrize(
    ("currency", "sign"),
    [("USD", "$"), ("CAD", "$"), ("JPY", "¥"), ("CNY", "¥"), ("EUR", "€"), ("IRR", "﷼"), ("SEK", "kr")],
)
def test_a_sign_may_mean_several_currencies(check, currency, sign):
    check({f"{sign}5": Decimal(5), f"5 {sign}": Decimal(5), f"5 {currency}": Decimal(5)}, "money", currency=currency)


def test_rials_and_tomans_are_told_apart(check):
    toman = {"۱٬۲۰۰ تومان": Decimal(1200), "1200 IRT": Decimal(1200), "1200 تومن": Decimal(1200)}
    rial = {"۱٬۲۰۰ ریال": Decimal(1200), "1200 ريال": Decimal(1200), "1200 IRR": Decimal(1200)}
    form, in_tomans = Form(thousands="٬"), Form(thousands="٬", amounts_in="IRT")
    check(toman | dict.fromkeys(rial, "other_currency"), "money", form, currency="IRT")
    check(rial | dict.fromkeys(toman, "other_currency"), "money", form, currency="IRR")
    # The file is in tomans though the client reckons in rials: the amounts stay in the file's unit.
    check(toman | dict.fromkeys(rial, "other_currency"), "money", in_tomans, currency="IRR")


def test_fine_amounts_are_rounded_away_from_zero_where_the_rules_say_so(raw_of):
    texts = ["1.00005", "-1.00005", "1.00004", "1.00000000", "13.329999999999998", "2.5", None, "€1.23456"]
    raw = raw_of(texts)
    got = convert(raw.value, "money", Form(), currency="EUR", round_fine=True)
    rows = raw.select(value=got.value, fault=got.fault, changed=got.changed).to_pyarrow().to_pylist()
    assert [row["fault"] for row in rows] == [None] * 8
    amounts = ["1.0001", "-1.0001", "1", "1", "13.33", "2.5", None, "1.2346"]
    assert [row["value"] for row in rows] == [None if x is None else Decimal(x) for x in amounts]
    assert [row["changed"] for row in rows] == [True, True, True, False, False, False, False, True]


@pytest.mark.parametrize("kind", ["float64", "float32", "decimal(9, 5)"])
def test_fine_typed_amounts_are_rounded_too(raw_of, kind):
    raw = raw_of(["1.00006", "2.5", None])
    typed = raw.select(value=raw.value.cast(kind))
    for round_fine, faults, changed in (
        (True, [None] * 3, [True, False, False]),
        (False, ["too_fine", None, None], [False] * 3),
    ):
        got = convert(typed.value, "money", Form(), round_fine=round_fine)
        rows = typed.select(value=got.value, fault=got.fault, changed=got.changed).to_pyarrow().to_pylist()
        assert [row["fault"] for row in rows] == faults
        assert [row["changed"] for row in rows] == changed
        assert [row["value"] for row in rows] == [Decimal("1.0001"), Decimal("2.5"), None]
