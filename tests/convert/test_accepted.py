import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from crmlab.tables.convert import refused_type

DAY = dt.date(1997, 12, 31)


@pytest.mark.parametrize(
    ("values", "to", "reason"),
    [
        (pa.array([True]), "id", "holds boolean, which cannot become text or whole numbers; store"),
        (pa.array([b"a"]), "id", "holds binary"),
        (pa.array([Decimal("1.5")]), "id", r"holds decimal\(2, 1\)"),
        (pa.array([True]), "money", "cannot become numbers or text like 12.50"),
        (pa.array([[1.0]]), "money", "holds array"),
        (pa.array([DAY]), "money", "holds date"),
        (pa.array([True]), "date", "holds boolean, which cannot become dates"),
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
