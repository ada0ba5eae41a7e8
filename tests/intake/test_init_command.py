"""`crmlab init` as a person types it."""

import pytest

from crmlab import cli

PLAIN = "Customer,Order Date,Total\nann,12/31/2019,$12.50\nbob,1/2/2020,$7.00\nann,1/9/2020,$1.25\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sales.csv").write_text(PLAIN)
    return tmp_path


def test_init_writes_a_client_file_and_says_what_it_understood(place, capsys):
    assert cli.main(["init", "my-shop", "sales.csv"]) == 0
    shown = capsys.readouterr().out
    assert "transactions: 3 rows in sales.csv" in shown
    assert "20.75 USD" in shown
    assert "Order Date" in shown
    assert "observed_until is 2020-01-09" in shown
    assert "crmlab check my-shop" in shown
    assert (place / "my-shop/client.yml").read_text(encoding="utf-8").startswith("# Written by `crmlab init`")


def test_the_client_it_wrote_can_be_checked(place, capsys):
    assert cli.main(["init", "my-shop", "sales.csv"]) == 0
    assert cli.main(["check", "my-shop"]) == 0
    assert "my-shop" in capsys.readouterr().out


def test_a_client_file_that_is_there_is_kept(place, capsys):
    (place / "client.yml").write_text("mine")
    assert cli.main(["init", ".", "sales.csv"]) == 2
    assert "--force" in capsys.readouterr().err
    assert (place / "client.yml").read_text() == "mine"
    assert cli.main(["init", ".", "sales.csv", "--force"]) == 0


def test_what_cannot_be_understood_ends_with_one_error(place, capsys):
    (place / "odd.csv").write_text("age,job\n30,clerk\n31,smith\n")
    assert cli.main(["init", "shop", "odd.csv"]) == 2
    assert "could not be understood" in capsys.readouterr().err
    assert not (place / "shop").exists()


def test_a_folder_that_cannot_be_made_is_said(place, capsys):
    (place / "file").write_text("")
    assert cli.main(["init", "file/shop", "sales.csv"]) == 2
    assert "cannot be written" in capsys.readouterr().err
