"""The real file: every oddity that its description counts is found, with exactly that count."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from crmlab.client import Client
from crmlab.data_page.assemble import data_page

DATA = Path(__file__).parents[2] / "../shared/data/online_retail_uci.parquet"
COLUMNS = {
    "customer_id": "CustomerID",
    "date": "InvoiceDate",
    "order_id": "InvoiceNo",
    "product_id": "StockCode",
    "product": "Description",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
}

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="the real file is not here")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retail")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMLAB_CACHE", str(folder / "cache"))
        keys = {
            "id": "online-retail",
            "name": "Online Retail",
            "observed_until": "2011-12-09",
            "currency": "GBP",
            "tables": {"transactions": {"files": str(DATA.resolve()), "columns": COLUMNS}},
            "rules": {"fine_amounts": "round"},
            "ledger": {"total": 9747747.93},
        }
        (folder / "client.yml").write_text(yaml.safe_dump(keys))
        return data_page(Client.open(folder))


@pytest.mark.parametrize(
    ("code", "rows", "said"),
    [
        ("no_customer", 135_080, ["135,080 lines have no customer"]),
        ("negative_quantity", 10_624, ["10,624 lines", "9,288 on order ids that begin with C", "1,336 on others"]),
        ("zero_price", 2_515, ["2,515 lines have a price of zero"]),
        ("negative_price", 2, ["2 lines have a price below zero, on order ids that begin with A: -22,124.12 GBP"]),
        ("exact_duplicate", 5_268, ["5,268 lines repeat another in every column"]),
        ("large_line", 2, ["80,995 pieces for 168,469.60 GBP (order 581483", "its cancellation (order C581484"]),
    ],
)
def test_every_oddity_of_the_description_is_named_with_its_count(page, code, rows, said):
    found = next(one for one in page.noticed if one.code == code)
    assert found.rows == rows
    assert all(text in found.sentence for text in said)


def test_postage_and_bank_charges_are_named_with_rows_and_money(page):
    found = next(one for one in page.noticed if one.code == "non_product_line")
    # Counted in the raw file: 1,256 lines of POST, 37 of BANK CHARGES; sums of Quantity × UnitPrice.
    assert "POST (POSTAGE): 1,256 lines, 66,230.64 GBP" in found.examples
    assert any(one.startswith("BANK CHARGES (Bank Charges): 37 lines, -7,175.64 GBP") for one in found.examples)


def test_everything_read_agrees_with_the_books(page):
    assert (page.count("read").rows, round(page.count("read").amount, 2)) == (541_909, Decimal("9747747.93"))
    assert page.reconciliation.agrees


def test_there_is_no_personal_data_in_it(page):
    assert page.personal == ()
    assert page.rows_looked_at > 5_000


def test_the_unused_column_is_named(page):
    assert next(one for one in page.noticed if one.code == "unused_columns").sentence.endswith("is not used: Country.")
