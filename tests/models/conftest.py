"""CDNOW as the papers have it: calibrated on the first 39 weeks, held out for the 39 weeks after."""

import math
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmlab import suite
from crmlab.models import FittedModel
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


@pytest.fixture(scope="session")
def given_params() -> Callable[..., FittedModel]:
    """A model of a class with these parameters, fitted to nothing."""

    def model(kind: type[FittedModel], /, time_unit: str = "day", **params: float) -> FittedModel:
        names = list(params)
        return kind(
            params=params,
            log_likelihood=math.nan,
            standard_errors=pd.Series(math.nan, index=names),
            covariance=pd.DataFrame(math.nan, index=names, columns=names),
            n_customers=1,
            diagnosis=(),
            time_unit=time_unit,
        )

    return model


@pytest.fixture
def lifetimes() -> Any:
    """The package, whose import warns and whose formulas overflow on the way; settings are put back afterwards."""
    option = "mode.chained_assignment"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with pd.option_context(option, pd.get_option(option)):
            import lifetimes as package  # noqa: PLC0415 - it changes settings

            yield package


@pytest.fixture(scope="session")
def slopes_at() -> Callable[..., np.ndarray]:
    """The gradient of a function by differences over two places a side, right to the step's fourth power."""

    def slopes(value: Callable[[np.ndarray], float], at: np.ndarray, step: float = 0.01) -> np.ndarray:
        along = step * np.eye(at.size)
        near, far = ([value(at + k * one) - value(at - k * one) for one in along] for k in (1, 2))
        return (8 * np.array(near) - np.array(far)) / (12 * step)

    return slopes
