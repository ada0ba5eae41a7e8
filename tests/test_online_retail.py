"""Real, messy data: what the rules do against SQL written by hand on the raw file, and against known figures."""

import math
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from crmlab.client import Client
from crmlab.summary import customer_summary
from crmlab.tables.quality import changes, reconcile, rule_counts

RAW = Path(__file__).parents[2] / "shared" / "data" / "online_retail_uci.parquet"
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

# Every line with what the default rules make of it, by the names and codes that a person finds when reading the file.
JUDGED = f"""
WITH numbered AS (
    SELECT *, CAST(Quantity AS DECIMAL(19, 4)) * CAST(UnitPrice AS DECIMAL(19, 4)) AS paid,
           row_number() OVER (PARTITION BY InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,
                              CustomerID, Country) AS copy
    FROM read_parquet('{RAW}')
), judged AS (
    SELECT CAST(CustomerID AS VARCHAR) AS customer, CAST(InvoiceDate AS DATE) AS day, paid,
           CASE WHEN CustomerID IS NULL THEN 'missing_customer_id'
                WHEN StockCode IN ('POST', 'BANK CHARGES')
                  OR upper(Description) IN ('POSTAGE', 'DOTCOM POSTAGE', 'MANUAL', 'CARRIAGE', 'DISCOUNT', 'SAMPLES',
                      'BANK CHARGES', 'AMAZON FEE', 'CRUK COMMISSION', 'ADJUST BAD DEBT', 'PACKING CHARGE')
                  THEN 'non_product_line'
                WHEN UnitPrice < 0 THEN 'negative_price'
                WHEN UnitPrice = 0 OR Quantity = 0 THEN 'zero_amount'
                WHEN copy > 1 THEN 'exact_duplicate'
                ELSE 'kept' END AS fate
    FROM numbered
)
"""


def by_hand(query):
    return duckdb.sql(JUDGED + query).fetchall()


@pytest.fixture
def retail(write_client):
    def opened(**rules):
        path = write_client(
            {},
            id="online-retail",
            observed_until="2011-12-09",
            currency="GBP",
            rules=rules,
            ledger={"total": 9747747.93},
            tables={"transactions": {"files": str(RAW), "columns": COLUMNS}},
            folder="-".join(["retail", *rules]),
        )
        return Client.open(path)

    return opened


def test_the_default_rules_leave_out_what_sql_by_hand_leaves_out(retail):
    counts = rule_counts(retail().table("transactions"))
    found = {row.rule: (row.rows, row.amount) for row in counts.itertuples() if row.rows}
    expected = {
        fate: (rows, Decimal(paid).quantize(Decimal("0.0001")))
        for fate, rows, paid in by_hand("SELECT fate, count(*), sum(paid) FROM judged GROUP BY fate")
    }
    read = found.pop("read")
    assert found == expected
    assert read == (541_909, Decimal("9747747.9340"))
    assert found["missing_customer_id"][0] == 135_080


def test_what_was_read_agrees_with_the_known_total(retail):
    client = retail()
    told = reconcile(rule_counts(client.table("transactions")), client.ledger)
    assert told.agrees
    assert told.difference == Decimal("0.0040")
    assert told.sentence == "The rows read sum to 9,747,747.93, which agrees with the ledger's 9,747,747.93."


def test_the_customer_summary_adds_up_to_sql_by_hand(retail):
    client = retail()
    summary = customer_summary(client.table("transactions"), observed_until=client.observed_until)
    ((customers, purchases, net),) = by_hand("""
        , days AS (SELECT customer, day, sum(paid) AS value, min(paid) AS lowest FROM judged WHERE fate = 'kept'
                   GROUP BY ALL),
        buyers AS (SELECT customer, count(*) FILTER (value > 0 OR lowest >= 0) AS n, sum(value) AS net FROM days
                   GROUP BY customer)
        SELECT count(*), sum(n), sum(net) FROM buyers WHERE n > 0
    """)
    assert len(summary) == customers
    assert summary["repeats"].sum() == purchases - customers
    assert summary["total_value"].sum() == pytest.approx(float(net), abs=0.01)


def test_gross_rules_give_the_known_customers_and_the_known_share_of_the_best_fifth(retail):
    # 4,339 customers with Quantity > 0; the top ceil(0.2 × 4,339) = 868 of them make 74.6 % of gross sales.
    client = retail(
        returns="drop", zero_amounts="keep", negative_prices="keep", exact_duplicates="keep", non_product_lines="keep"
    )
    table = client.table("transactions")
    kept = table.filter(table.excluded_by.isnull())
    spent = kept.group_by("customer_id").agg(spent=kept.amount.sum()).to_pyarrow().to_pandas()["spent"].astype(float)
    assert len(spent) == 4339
    best = spent.nlargest(math.ceil(0.2 * len(spent)))
    assert round(100 * best.sum() / spent.sum(), 1) == 74.6


def test_netting_moves_returns_to_earlier_orders_and_changes_no_customers_total(retail):
    booked, netted = retail().table("transactions"), retail(returns="net").table("transactions")

    def totals(table):
        kept = table.filter(table.excluded_by.isnull())
        sums = kept.group_by("customer_id").agg(n=kept.count(), net=kept.amount.sum()).order_by("customer_id")
        return sums.to_pyarrow()

    assert totals(booked).equals(totals(netted))
    moved = netted.filter(netted.changed == "return_netted")
    rows = moved.agg(n=moved.count(), late=(moved.date > moved.booked_on).sum(), sales=(~moved.is_return).sum())
    assert rows.to_pyarrow().to_pylist() == [{"n": moved.count().to_pyarrow().as_py(), "late": 0, "sales": 0}]
    (booked_row,) = changes(booked).query("change == 'returns_booked'").itertuples()
    told = changes(netted).set_index("change")
    assert told.loc["returns_netted", "rows"] + told.loc["returns_unmatched", "rows"] == booked_row.rows
    assert told.loc["returns_netted", "amount"] + told.loc["returns_unmatched", "amount"] == booked_row.amount
    # The order of 80,995 pieces (581483) and its cancellation (C581484) stand on the same day, and cancel out there.
    large = netted.filter(netted.order_id == "C581484").to_pyarrow().to_pylist()
    assert [(str(row["date"]), str(row["booked_on"]), row["changed"]) for row in large] == [
        ("2011-12-09", "2011-12-09", "return_netted")
    ]
