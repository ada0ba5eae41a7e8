"""The data page of a client with every table of the schema: what it says of each, and that it stays readable."""

import json
import re

import pytest

from crmlab import cli, suite
from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.data_page.misfits import left_blank
from crmlab.data_page.sections import sections
from crmlab.language import catalogue, messages, speaking
from crmlab.tables.schema import BY_NAME, TABLES
from tests.table_rows import broken, client_keys, sound


def client_of(write_client, tables, **keys):
    made = client_keys(tables)
    return write_client(made["data"], tables=made["tables"], **keys)


def part(page, anchor):
    return next(section for section in sections(page) if section.anchor == anchor)


@pytest.fixture(scope="module")
def planted():
    """Three sound rows of each table; of contracts one that repeats, and one customer who is not there."""
    tables = {table.name: [sound(table, number) for number in range(3)] for table in TABLES}
    contracts = BY_NAME["contracts"]
    tables["contracts"] += [broken(contracts, "repeated_key", 3), sound(contracts, 4) | {"reason": "Price"}]
    return tables


def test_thirty_tables_make_a_page_that_can_be_read(write_client, planted, capsys):
    path = client_of(write_client, planted)
    page = data_page(Client.open(path))
    shop, others = part(page, "rules").grids
    assert shop.caption == "Rows and money of transactions by rule."
    lines = {row[0]: row[1:] for row in others.rows}
    assert list(lines) == [table.name for table in TABLES if table.name != "transactions"]
    assert lines["contracts"] == ("5", "4", "1", "1 repeated key")
    assert lines["tickets"] == ("3", "3", "0", "–")
    assert others.notes == ("repeated key: An earlier row has the same values of contract_id.",)
    (changed,) = part(page, "changes").grids
    assert [row[:3] for row in changed.rows] == [("contracts", "not allowed reason", "1")]
    fit = {row[:3]: row[3:] for row in part(page, "fit").grids[0].rows}
    # Of the four contracts that are kept, those of the customers 0, 1 and 2 are found, and that of customer 4 is not.
    assert fit["contracts", "customer_id", "customers"] == ("4", "1", "25.0 %")
    assert fit["tickets", "product_id", "products"] == ("3", "0", "0.0 %")
    codes = [one.code for one in page.noticed]
    assert codes.count("reference_not_found") == 2  # the customer and the product of contract 4
    assert "not_allowed_reason" in codes
    _, mapping = part(page, "read").grids
    assert len(mapping.rows) == len(TABLES)
    assert all(row[2] == "called the same" for row in mapping.rows)
    assert cli.main(["check", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    one = next(row for row in said["references"] if (row["table"], row["column"]) == ("contracts", "customer_id"))
    assert (one["rows"], one["rows_not_found"], one["different_not_found"]) == (4, 1, 1)
    assert [row["name"] for row in said["other_changes"]["contracts"]] == ["not_allowed_reason"]
    assert {row["name"]: row["rows"] for row in said["rules"]["contracts"]}["repeated_key"] == 1


class Bracketed:
    """A catalogue that knows every message, and shows where each begins and ends."""

    def get(self, message):
        return f"⟦{message}⟧"


def outside_of_messages(text):
    while "⟦" in text:
        text, taken = re.subn("⟦[^⟦⟧]*⟧", "", text)
        assert taken
    return text


def test_every_text_about_thirty_tables_is_a_message_that_is_collected(write_client, planted, monkeypatch):
    monkeypatch.setattr(catalogue, "translations", lambda _language: Bracketed())
    with speaking("fa") as counted:
        told = sections(data_page(Client.open(client_of(write_client, planted))))
    collected = {one.text for one in messages.messages(suite.PACKAGE, suite.root() / "notebooks")}
    assert set(counted.asked) - collected == set()  # nor is anything translated a second time
    assert set(BY_NAME) <= set(counted.asked)
    texts = [
        text
        for section in told
        for text in (
            section.title,
            *section.sentences,
            *(line for point in section.points for line in (point.text, *point.details)),
            *(text for grid in section.grids for text in (grid.caption, *grid.headings, *grid.notes)),
        )
    ]
    assert [text for text in texts if re.search("[A-Za-z]", outside_of_messages(text))] == []


def test_a_client_with_transactions_alone_has_nothing_to_fit(write_client):
    page = data_page(Client.open(write_client()))
    assert (page.references, page.other_changes) == ((), {})
    assert "fit" not in [section.anchor for section in sections(page)]
    assert len(part(page, "rules").grids) == 1


def test_personal_data_are_found_in_every_table_that_holds_them(write_client, planted):
    mails = [{"email": f"p{number}@mail.example"} for number in range(3)]
    tables = {
        name: [row | mail for row, mail in zip(planted[name], mails, strict=True)]
        for name in ("customers", "source_records")
    }
    page = data_page(Client.open(client_of(write_client, tables)))
    assert {(one.table, one.kind) for one in page.personal if one.column == "email"} == {
        ("customers", "e-mail address"),
        ("source_records", "e-mail address"),
    }


@pytest.mark.parametrize(("odd", "is_noticed"), [(0, False), (1, False), (2, True)])
def test_a_column_in_which_many_values_do_not_fit_is_noticed(write_client, odd, is_noticed):
    rows = [{"product_id": f"p{n}", "tier": "Basic" if n < odd else "basic"} for n in range(39)]
    rows.append({"product_id": "p39", "tier": ""})  # what is not there cannot be wrong: 2 of 39 are above a twentieth
    client = Client.open(client_of(write_client, {"products": rows}))
    found = list(left_blank(client))
    assert [one.code for one in found] == ["not_allowed_tier"] * is_noticed
    if is_noticed:
        assert found[0].sentence == (
            "2 of 39 values of tier in the table 'products' (5.1 %) did not fit. The value of tier was none of these, "
            "and was left blank: basic, standard, premium."
        )
