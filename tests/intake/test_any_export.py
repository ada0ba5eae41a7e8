"""A known table, written in any form, is understood again: the same money, and the same days where they are sure."""

import csv
import io
from datetime import date
from decimal import Decimal

import jdatetime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.intake.start import start

PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
EPOCH = date(1899, 12, 30)
DATES = {
    "year_first": lambda day: day.isoformat(),
    "day_first": lambda day: f"{day.day}.{day.month}.{day.year}",
    "month_first": lambda day: f"{day:%m/%d/%Y}",
    "jalali": lambda day: jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d"),
    "excel_serial": lambda day: str((day - EPOCH).days),
}
STYLES = [(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), ("٫", "٬")]
SALES = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.dates(date(2019, 1, 1), date(2021, 12, 31)),
        st.decimals(-500, 90_000, places=2, allow_nan=False).filter(lambda amount: amount != 0),
    ),
    min_size=4,
    max_size=25,
)


def sound(sales):
    """Two customers at least, and not only returns: what a client must have to be opened at all."""
    bought = [customer for customer, _, amount in sales if amount > 0]
    return len(set(bought)) > 1 and sum(amount for *_, amount in sales) > 0


def understood(folder, sales, *, encoding, separator, dates, style, persian):
    """The draft and the clean rows for the sales, written in that form."""
    decimal, thousands = style
    file = io.StringIO()
    rows = csv.writer(file, delimiter=separator)
    rows.writerow(["Customer No", "Invoice Date", "Total Amount", "City"])
    for customer, day, amount in sales:
        number = f"{amount:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
        written = [f"K-{customer}", DATES[dates](day), number]
        rows.writerow([text.translate(PERSIAN_DIGITS) if persian else text for text in written] + ["Köln"])
    folder.mkdir(exist_ok=True)
    (folder / "sales.csv").write_bytes(file.getvalue().encode(encoding))
    draft = start(folder, [str(folder / "sales.csv")], today=date(2026, 1, 1))
    draft.save(force=True)
    table = Client.open(folder).table("transactions")
    return draft, table.select("customer_id", "date", "amount").to_pyarrow().to_pylist()


@pytest.mark.parametrize("dates", list(DATES))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SALES.filter(sound), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(STYLES), st.booleans(), st.data())
def test_a_known_table_is_understood(tmp_path, dates, sales, separator, style, persian, data):  # noqa: PLR0917
    in_unicode = persian or style[0] == "٫"
    encodings = ["utf-8", "utf-8-sig", "utf-16"] if in_unicode else ["utf-8", "cp1252", "mac_roman"]
    encoding = data.draw(st.sampled_from(encodings))
    draft, rows = understood(
        tmp_path / "shop", sales, encoding=encoding, separator=separator, dates=dates, style=style, persian=persian
    )
    assert sorted((row["customer_id"], row["amount"]) for row in rows) == sorted(
        (f"K-{customer}", Decimal(amount)) for customer, _, amount in sales
    )
    days = sorted(row["date"] for row in rows)
    said = any("dates in sales.csv are" in sentence for sentence in draft.to_confirm)
    assert days == sorted(day for _, day, _ in sales) or said
