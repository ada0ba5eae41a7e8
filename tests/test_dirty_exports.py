"""A known table, written as dirty exports are, comes back exactly: whatever the form, and nothing in silence."""

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import jdatetime
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.intake.start import start

HEADER = ("who", "when", "paid")
FIRST, LAST = date(1990, 1, 1), date(2015, 12, 31)
PERSIAN, ARABIC = "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"
NAMES = ["ann", "bob", "c-3", "007", "Zoë", "Müller & Co", 'say "hi"', "a;b,c\td", "مریم", "علی"]
LATIN = [name for name in NAMES if name.isascii() or name in {"Zoë", "Müller & Co"}]
ENCODINGS = {
    "utf-8": ("utf-8", NAMES),
    "utf-8 with a mark": ("utf-8-sig", NAMES),
    "utf-16": ("utf-16", NAMES),
    "latin-1": ("latin-1", LATIN),
    "windows-1252": ("cp1252", LATIN),
    "windows-1256": ("cp1256", ["ann", "bob", "007", "مریم", "اکبر"]),
    "mac-roman": ("mac_roman", LATIN),
}


@dataclass(frozen=True)
class Line:
    """What a line of the export says, before it is written: None is an empty cell."""

    customer_id: str | None
    date: date | None
    amount: Decimal | None

    @property
    def excluded_by(self):
        if self.customer_id is None:
            return "missing_customer_id"
        if self.date is None:
            return "missing_date"
        if self.amount is None:
            return "missing_amount"
        return "zero_amount" if self.amount == 0 else None


@dataclass(frozen=True)
class Dirt:
    """How the export is written."""

    encoding: str
    separator: str
    line_end: str
    container: str
    dates: str
    decimal: str
    thousands: str
    digits: str | None
    quote_all: bool
    padding: bool
    arabic_letters: bool


@st.composite
def dirts(draw):
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    decimal = draw(st.sampled_from([".", ","]))
    digits = [None, PERSIAN, ARABIC] if encoding.startswith("utf") else [None]
    return Dirt(
        encoding=encoding,
        separator=draw(st.sampled_from([",", ";", "\t", "|"])),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        container=draw(st.sampled_from([".csv", ".txt", ".csv.gz", ".zip"])),
        dates=draw(st.sampled_from(["year_first", "day_first", "month_first", "excel_serial", "jalali"])),
        decimal=decimal,
        thousands=draw(st.sampled_from(["", " ", "." if decimal == "," else ","])),
        digits=draw(st.sampled_from(digits)),
        quote_all=draw(st.booleans()),
        padding=draw(st.booleans()),
        # Windows-1256 knows only the Arabic forms of yeh and kaf.
        arabic_letters=encoding == "windows-1256" or draw(st.booleans()),
    )


@st.composite
def exports(draw):
    dirt = draw(dirts())
    lines = st.builds(
        Line,
        customer_id=st.none() | st.sampled_from(ENCODINGS[dirt.encoding][1]),
        date=st.none() | st.dates(FIRST, LAST),
        amount=st.none() | st.integers(-9_999_999, 9_999_999).map(lambda cents: Decimal(cents) / 100),
    )
    sold = Line("ann", draw(st.dates(FIRST, LAST)), Decimal("12.50"))
    other = Line("bob", draw(st.dates(FIRST, LAST)), Decimal("1234567.89"))
    return dirt, draw(st.permutations([sold, other, *draw(st.lists(lines, max_size=12))]))


def written_date(day, order):
    if day is None:
        return ""
    if order == "excel_serial":
        return str((day - date(1899, 12, 30)).days)
    if order == "jalali":
        return jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d")
    return day.strftime({"year_first": "%Y-%m-%d", "day_first": "%d/%m/%Y", "month_first": "%m/%d/%Y"}[order])


def written_amount(amount, dirt):
    if amount is None:
        return ""
    plain = f"{amount:,.2f}".replace(",", "\0").replace(".", dirt.decimal)
    return plain.replace("\0", dirt.thousands)


def in_digits(text, digits):
    return text.translate(str.maketrans("0123456789", digits)) if digits else text


def content(dirt, lines, header):
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if dirt.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=dirt.separator, lineterminator=dirt.line_end, quoting=quoting)
    writer.writerow(header)
    for line in lines:
        who = in_digits(line.customer_id or "", dirt.digits)
        who = who.replace("ی", "ي").replace("ک", "ك") if dirt.arabic_letters else who
        padded = f"  {who} " if dirt.padding and who else who
        when, paid = written_date(line.date, dirt.dates), written_amount(line.amount, dirt)
        writer.writerow([padded, in_digits(when, dirt.digits), in_digits(paid, dirt.digits)])
    return out.getvalue().encode(ENCODINGS[dirt.encoding][0])


def write_export(folder, dirt, lines, *, header=HEADER, **form):
    raw, path = content(dirt, lines, header), folder / f"export{dirt.container}"
    if dirt.container == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("some folder/export.csv", raw)
    else:
        path.write_bytes(gzip.compress(raw) if dirt.container.endswith(".gz") else raw)
    keys = {
        "encoding": dirt.encoding.removesuffix(" with a mark"),
        "separator": dirt.separator.replace("\t", "tab"),
        "dates": dirt.dates,
        "decimal": dirt.decimal,
        "thousands": dirt.thousands,
    }
    columns = dict(zip(("customer_id", "date", "amount"), header, strict=True))
    client = {
        "id": "dirty",
        "name": "Dirty",
        "observed_until": str(LAST),
        "currency": "EUR",
        "tables": {"transactions": {"files": path.name, "columns": columns, "format": keys | form}},
    }
    (folder / "client.yml").write_text(yaml.safe_dump(client, allow_unicode=True), encoding="utf-8")
    return folder / "client.yml"


def read_back(client):
    rows = Client.open(client).table("transactions").to_pyarrow().to_pylist()
    return Counter((row["customer_id"], row["date"], row["amount"], row["excluded_by"]) for row in rows)


def value_or_refusal(made):
    try:
        return made(), ""
    except DataError as error:
        return None, str(error)


def planted(lines):
    return Counter((line.customer_id, line.date, line.amount, line.excluded_by) for line in lines)


few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(few, max_examples=150)


@few
@given(export=exports())
def test_a_known_table_comes_back_from_every_form(export, tmp_path_factory):
    comes_back(export, tmp_path_factory)


@pytest.mark.slow
@many
@given(export=exports())
def test_many_known_tables_come_back(export, tmp_path_factory):
    comes_back(export, tmp_path_factory)


def comes_back(export, tmp_path_factory):
    dirt, lines = export
    assert read_back(write_export(tmp_path_factory.mktemp("dirty"), dirt, lines)) == planted(lines)


@few
@given(export=exports(), data=st.data())
def test_a_wrong_form_is_refused_or_changes_nothing(export, data, tmp_path_factory):
    is_refused_or_the_same(export, data, tmp_path_factory)


@pytest.mark.slow
@many
@given(export=exports(), data=st.data())
def test_many_wrong_forms_are_refused_or_change_nothing(export, data, tmp_path_factory):
    is_refused_or_the_same(export, data, tmp_path_factory)


def is_refused_or_the_same(export, data, tmp_path_factory):
    """Read with another mark, order or separator than it was written with, it is the same table, or none."""
    dirt, lines = export
    key, value = data.draw(
        st.sampled_from(
            [
                ("separator", ";" if dirt.separator != ";" else ","),
                ("decimal", "," if dirt.decimal == "." else "."),
                ("thousands", "'"),
                ("dates", "year_first" if dirt.dates != "year_first" else "day_first"),
                ("dates", "jalali" if dirt.dates != "jalali" else "year_first"),
                ("encoding", "utf-8"),
            ]
        )
    )
    client = write_export(tmp_path_factory.mktemp("wrong"), dirt, lines, **{key: value})
    found, refused = value_or_refusal(lambda: read_back(client))
    if found is None:
        assert re.search(r"export\.|thousands are both", refused)
        return
    # A wrong encoding can spell names in other letters, which no reader can know; days and amounts must be the same.
    assert Counter(key[1:3] for key in found.elements()) == Counter((line.date, line.amount) for line in lines)


def test_day_first_and_month_first_are_the_two_readings_that_cannot_be_told_apart(tmp_path):
    """Why `crmlab init` writes down both: read the other way, an ambiguous file is another table."""
    lines = [Line("ann", date(2001, 2, 3), Decimal(5)), Line("bob", date(2001, 4, 5), Decimal(7))]
    dirt = Dirt(
        "utf-8", ",", "\n", ".csv", "day_first", ".", "", None, quote_all=False, padding=False, arabic_letters=False
    )
    assert read_back(write_export(tmp_path, dirt, lines)) == planted(lines)
    turned = [Line("ann", date(2001, 3, 2), Decimal(5)), Line("bob", date(2001, 5, 4), Decimal(7))]
    assert read_back(write_export(tmp_path, dirt, lines, dates="month_first")) == planted(turned)
    lines.append(Line("ann", date(2001, 1, 13), Decimal(1)))
    with pytest.raises(DataError, match="1 value"):
        read_back(write_export(tmp_path, dirt, lines, dates="month_first"))


def test_a_day_beyond_the_last_is_left_out_and_named(tmp_path):
    late = Line("ann", LAST + timedelta(days=1), Decimal(5))
    sold = Line("ann", LAST, Decimal(7))
    dirt = Dirt(
        "utf-8", ",", "\n", ".csv", "jalali", ".", "", PERSIAN, quote_all=False, padding=False, arabic_letters=False
    )
    found = read_back(write_export(tmp_path, dirt, [late, sold, Line("bob", LAST, Decimal(1))]))
    assert found[("ann", late.date, late.amount, "after_observed_until")] == 1


@few
@given(export=exports())
def test_init_reads_it_as_it_was_meant_or_says_what_it_doubts(export, tmp_path_factory):
    is_understood_or_doubted(export, tmp_path_factory)


@pytest.mark.slow
@many
@given(export=exports())
def test_init_never_misreads_in_silence(export, tmp_path_factory):
    is_understood_or_doubted(export, tmp_path_factory)


def is_understood_or_doubted(export, tmp_path_factory):
    """What `crmlab init` guesses gives the planted table back; if not, the client file asks about what it got wrong."""
    dirt, lines = export
    folder = tmp_path_factory.mktemp("guessed")
    raw = write_export(folder, dirt, lines, header=("Customer ID", "Date", "Amount")).with_name(
        f"export{dirt.container}"
    )
    draft, refused = value_or_refusal(lambda: start(folder / "client", [str(raw)], today=LAST))
    if draft is None:
        assert "export" in refused
        return
    draft.save()
    found, refused = value_or_refusal(lambda: read_back(draft.path))
    asked = " ".join(draft.to_confirm)
    if found is None:
        assert "export" in refused
    elif found != planted(lines):
        assert re.search(r"other reading|decimal .* thousands|encoding of|customer_id is|date is|amount is", asked), (
            asked
        )
