"""Rows made in memory become a clean table, or an error that says why not."""

import pandas as pd
import pytest

from crmlab.errors import DataError
from crmlab.tables.frame import clean_table


def rows() -> pd.DataFrame:
    dates = pd.to_datetime(["2020-01-31", "2020-02-01"])
    return pd.DataFrame({"customer_id": ["001", "b"], "date": dates, "amount": [0.1, -2.5], "note": ["x", "y"]})


def test_a_frame_becomes_a_clean_table() -> None:
    table = clean_table(rows())
    assert {name: str(kind) for name, kind in table.schema().items()} == {
        "customer_id": "string",
        "date": "date",
        "amount": "decimal(18, 4)",
        "is_return": "boolean",
        "excluded_by": "string",
    }
    first = table.to_pyarrow().to_pylist()[0]
    assert (first["customer_id"], str(first["amount"]), first["excluded_by"]) == ("001", "0.1000", None)
    assert str(first["date"]) == "2020-01-31"
    assert table.is_return.to_pyarrow().to_pylist() == [False, True]


def test_an_absent_column_is_named() -> None:
    with pytest.raises(DataError, match=r"columns \['amount'\] are not in the frame"):
        clean_table(rows().drop(columns="amount"))


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(DataError, match=r"missing by column: \{'date': 1\}"):
        clean_table(rows().assign(date=pd.to_datetime(["2020-01-31", None])))
