"""Real data in which dropout cannot be seen: one year of an online shop that sells to resellers."""

from pathlib import Path

import numpy as np
import pytest

from crmlab.client import Client
from crmlab.models import fit_bgnbd, fit_gamma_gamma, forecast
from crmlab.summary import customer_summary

RAW = Path(__file__).parents[3] / "shared" / "data" / "online_retail_uci.parquet"
pytestmark = pytest.mark.skipif(not RAW.is_file(), reason="the shared data are not here")

COLUMNS = {
    "customer_id": "CustomerID",
    "date": "InvoiceDate",
    "order_id": "InvoiceNo",
    "product_id": "StockCode",
    "product": "Description",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
}
GROSS = {
    "returns": "drop",
    "zero_amounts": "keep",
    "negative_prices": "keep",
    "exact_duplicates": "keep",
    "non_product_lines": "keep",
}


@pytest.fixture
def customers(write_client):
    tables = {"transactions": {"files": str(RAW), "columns": COLUMNS}}
    client = Client.open(write_client({}, observed_until="2011-12-09", currency="GBP", rules=GROSS, tables=tables))
    return customer_summary(client.table("transactions"), observed_until=client.observed_until)


def test_dropout_that_cannot_be_seen_is_said_and_survived(customers):
    assert len(customers) == 4339
    daily, weekly = (fit_bgnbd(customers, time_unit=unit) for unit in ("day", "week"))
    for model in (daily, weekly):
        assert {found.kind for found in model.diagnosis if found.serious} == {"dropout_not_shown"}
        # Fewer than one customer in 500 would leave after a purchase.
        assert model.params["a"] / (model.params["a"] + model.params["b"]) < 0.002
    assert daily.params["alpha"] == pytest.approx(7 * weekly.params["alpha"])
    spending = fit_gamma_gamma(customers)
    found = forecast(weekly, spending, customers, horizon_days=90, rng=np.random.default_rng(1), n_draws=200)
    assert np.isfinite(found.customers.drop(columns="customer_id")).all(axis=None)
    assert found.total_purchases.low < found.total_purchases.value < found.total_purchases.high
    assert "dropout_not_shown" in {one.kind for one in found.diagnosis}
