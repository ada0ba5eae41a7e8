import datetime as dt
import itertools
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.tables import engine
from crmlab.tables.convert import FAULTS, convert, refused_type

DAY = dt.date(1997, 12, 31)


@pytest.fixture(scope="module")
def raw_of(tmp_path_factory):
    """Make a raw relation with one column out of values, by way of a Parquet file."""
    connection, folder, numbers = engine.connect(threads=1), tmp_path_factory.mktemp("raw"), itertools.count()

    def write(values):
        path = folder / f"{next(numbers)}.parquet"
        pq.write_table(pa.table({"value": values if isinstance(values, pa.Array) else pa.array(values)}), path)
        return connection.read_parquet(str(path))

    return write


def converted(raw_of, values, to):
    """The value and the fault of each raw value."""
    raw = raw_of(values)
    got = convert(raw.value, to)
    rows = raw.select(value=got.value, fault=got.fault).to_pyarrow().to_pylist()
    return [(None if row["fault"] else row["value"], row["fault"]) for row in rows]


def check(raw_of, expected, to):
    """Compare text by text, all in one go, with the value or, if it is the name of a fault, with the fault."""
    got = converted(raw_of, list(expected), to)
    wanted = [(None, value) if value in FAULTS else (value, None) for value in expected.values()]
    assert dict(zip(expected, got, strict=True)) == dict(zip(expected, wanted, strict=True))


def test_amounts_in_text(raw_of):
    plain = {
        "-12.50": "-12.5000",
        "+3": "3.0000",
        ".5": "0.5000",
        "5.": "5.0000",
        " 7 ": "7.0000",
        "1e3": "1000.0000",
        "25E-1": "2.5000",
        "-0.00": "0.0000",
        "0.0001": "0.0001",
        "99999999999999.9999": "99999999999999.9999",
        "-99999999999999.9999": "-99999999999999.9999",
        "13.329999999999998": "13.3300",
        "0.30000000000000004": "0.3000",
        "5.551115123125783e-17": "0.0000",
        "1.10000000000000000000000000": "1.1000",
    }
    check(raw_of, {text: Decimal(amount) for text, amount in plain.items()} | {"": None, " \t": None}, "money")


def test_text_that_is_no_amount(raw_of):
    others = ["1,234.5", "1.234,50", "12,50", "$5", "5 USD", "(5.00)", "5-", "1_000", "0x10", "abc", "1e", "--5", "١٢"]
    words = ["NULL", "inf", "NaN", "-", ".", "\N{MINUS SIGN}5", "1 000", "=1+1", "1\n2"]
    check(raw_of, dict.fromkeys(others + words, "not_a_number"), "money")


def test_amounts_that_would_change(raw_of):
    large = dict.fromkeys(["100000000000000", "-1e15", "1e400"], "too_large")
    fine = dict.fromkeys(["12.34567", "0.00004", "-1.00005", "1.23456789e3", "5.5e-5", "1e-6"], "too_fine")
    check(raw_of, large | fine, "money")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([13.33, -0.1, 0.1 + 0.2, None]), ["13.3300", "-0.1000", "0.3000", None]),
        (pa.array([13.33, 1234.5], pa.float32()), ["13.3300", "1234.5000"]),
        (pa.array([7, -8, None], pa.int32()), ["7.0000", "-8.0000", None]),
        (pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)), ["1.2500", None]),
        (pa.array([Decimal("1.2500000"), Decimal(3)], pa.decimal128(38, 7)), ["1.2500", "3.0000"]),
        (pa.array([None, None], pa.null()), [None, None]),
        (pa.array([float("inf"), float("-inf"), float("nan")]), ["not_finite"] * 3),
        (pa.array([1.00005, 1e-8, 1e15]), ["too_fine", "too_fine", "too_large"]),
        (pa.array([10**15, 10**13]), ["too_large", "10000000000000.0000"]),
        (pa.array([Decimal("1.00001"), Decimal("1.0001")], pa.decimal128(9, 5)), ["too_fine", "1.0001"]),
        (pa.array([Decimal("9.9999999")], pa.decimal128(8, 7)), ["too_fine"]),
        (pa.array([Decimal(10**20)], pa.decimal128(38, 0)), ["too_large"]),
    ],
)
def test_amounts_in_numbers(raw_of, values, expected):
    wanted = [(None, x) if x in FAULTS else (None if x is None else Decimal(x), None) for x in expected]
    assert converted(raw_of, values, "money") == wanted


amounts = st.decimals(Decimal("-99999999999999.9999"), Decimal("99999999999999.9999"), places=4)


@settings(max_examples=10, deadline=None)
@given(values=st.lists(amounts, min_size=1, max_size=40))
def test_every_amount_that_fits_keeps_its_value(raw_of, values):
    wanted = [(value, None) for value in values]
    assert converted(raw_of, [str(value) for value in values], "money") == wanted
    doubles = [float(value) for value in values]
    got = converted(raw_of, doubles, "money") + converted(raw_of, [repr(x) for x in doubles], "money")
    for (amount, fault), value in zip(got, values * 2, strict=True):
        # Beyond 15 digits a double does not hold the decimal, and it is nobody's fault that it comes back rounded.
        assert fault in {None, "too_large"}
        assert fault == "too_large" or abs(amount - value) <= abs(value) * Decimal(2) ** -50


@settings(max_examples=10, deadline=None)
@given(cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=40))
def test_cents_in_doubles_are_exact(raw_of, cents):
    wanted = [(Decimal(cent) / 100, None) for cent in cents]
    assert converted(raw_of, [cent / 100 for cent in cents], "money") == wanted
    assert converted(raw_of, [repr(cent / 100) for cent in cents], "money") == wanted


def test_dates_in_text(raw_of):
    forms = [
        "1997-12-31",
        " 1997-12-31 ",
        "19971231",
        "1997-12-31T23:59:59",
        "1997-12-31 00:00:00.000",
        "1997-12-31 10:00",
        "1997-12-31T23:59:59Z",
        "1997-12-31 23:59:59 -0500",
        "1997-12-31T00:30:00+03:30",
    ]
    check(raw_of, dict.fromkeys(forms, DAY) | {"": None, " ": None, "9999-12-31": dt.date(9999, 12, 31)}, "date")


def test_text_that_is_no_date(raw_of):
    others = ["31/12/1997", "1997/12/31", "12-31-1997", "31.12.97", "1997-02-30", "1997-1-1", "19971301", "35795"]
    odd = ["1997-12-31 25:00", "1997-12-31x", "infinity", "epoch", "today", "1997-12-31 (BC)", "Dec 31, 1997", "-"]
    early = dict.fromkeys(["0001-01-01", "1376-10-10", "13761010", "1899-12-31", "01021997"], "too_early")
    early["01021997"] = "not_a_date"  # read year first its month would be 19
    check(raw_of, dict.fromkeys(others + odd, "not_a_date") | early, "date")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([DAY, None], pa.date32()),
        pa.array([DAY, None], pa.date64()),
        pa.array([dt.datetime(1997, 12, 31, 23, 59), None], pa.timestamp("ns")),  # noqa: DTZ001
        pa.array([dt.datetime(1997, 12, 31, 23, 59), None], pa.timestamp("s")),  # noqa: DTZ001
        pa.array([19971231, None], pa.int64()),
    ],
)
def test_dates_in_dates_timestamps_and_digits(raw_of, values):
    assert converted(raw_of, values, "date") == [(DAY, None), (None, None)]
    early = pa.array([dt.date(1899, 12, 31)])
    assert converted(raw_of, early, "date") == [(None, "too_early")]
    assert converted(raw_of, pa.array([None], pa.null()), "date") == [(None, None)]


@settings(max_examples=10, deadline=None)
@given(days=st.lists(st.dates(dt.date(1900, 1, 1)), min_size=1, max_size=40))
def test_every_day_is_read_in_both_forms(raw_of, days):
    wanted = [(day, None) for day in days]
    assert converted(raw_of, [day.isoformat() for day in days], "date") == wanted
    assert converted(raw_of, [day.isoformat().replace("-", "") for day in days], "date") == wanted


def test_ids_in_text(raw_of):
    same = ["007", "007.0", "1.50", "1.00", "=cmd()", "<b>", "NULL", "nan", "محمد", "a b", "x.0", ".0"]
    changed = {" ann ": "ann", "12346.0": "12346", "0.0": "0", "-7.0": "-7", "": None, "\t": None}
    check(raw_of, {text: text for text in same} | changed, "id")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([12346, None]), ["12346", None]),
        (pa.array([12346.0, float("nan"), None, -3.0, 0.0]), ["12346", None, None, "-3", "0"]),
        (pa.array([1.5, float("inf"), 2.0**60, -float("inf")]), ["not_an_id"] * 4),
        (pa.array([Decimal(5), None], pa.decimal128(10, 0)), ["5", None]),
        (pa.array([2**63], pa.uint64()), ["9223372036854775808"]),
        (pa.array([None], pa.null()), [None]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array(["a"], pa.large_string()), ["a"]),
    ],
)
def test_ids_in_numbers(raw_of, values, expected):
    assert converted(raw_of, values, "id") == [(None, x) if x in FAULTS else (x, None) for x in expected]


@pytest.mark.parametrize(
    ("values", "to", "reason"),
    [
        (pa.array([True]), "id", "holds boolean, which cannot become text or whole numbers; store"),
        (pa.array([b"a"]), "id", "holds binary"),
        (pa.array([Decimal("1.5")]), "id", r"holds decimal\(2, 1\)"),
        (pa.array([True]), "money", "cannot become numbers or text like 12.50"),
        (pa.array([[1.0]]), "money", "holds array"),
        (pa.array([DAY]), "money", "holds date"),
        (pa.array([1.0]), "date", "holds float64, which cannot become dates"),
        (
            pa.array([dt.datetime(1997, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
            "date",
            "instants .* whose day",
        ),
    ],
)
def test_types_that_are_refused(raw_of, values, to, reason):
    raw = raw_of(values)
    with pytest.raises(ValueError, match=reason):
        raise ValueError(refused_type(raw.value.type(), to))


def test_types_that_are_taken(raw_of):
    raw = raw_of(["a"])
    assert [refused_type(raw.value.type(), to) for to in ("id", "date", "money")] == [None] * 3
