"""CDNOW as the papers have it: calibrated on the first 39 weeks, held out for the 39 weeks after."""

from datetime import date

import pandas as pd
import pytest

from crmlab import suite
from crmlab.summary import calibration_holdout
from crmlab.tables.frame import clean_table


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """The sample's customers on 30 September 1997, and what they bought in the 273 days after."""
    file = suite.datasets_folder() / "cdnow" / "cdnow_sample.csv"
    rows = pd.read_csv(file, dtype={"customer_id": str}, parse_dates=["date"])
    return calibration_holdout(
        clean_table(rows[["customer_id", "date", "amount"]]),
        calibration_until=date(1997, 9, 30),
        observed_until=date(1998, 6, 30),
    )
