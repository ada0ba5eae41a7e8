"""Bad input and interruption, from the command line to the disk: one readable error, nothing half-written."""

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crmlab import cli, suite
from tests.page_checks import check_page, shown, text_of

GOOD = "customer_id,date,amount\na,2016-01-05,10.00\nb,2016-02-01,5.50\na,2016-03-01,2.00\n"
CLIENT = """\
id: shop
name: The Shop
observed_until: 2016-06-30
currency: EUR
tables:
  transactions:
    files: sales.csv
    columns: {customer_id: customer_id, date: date, amount: amount}
"""


GALLERY = Path(__file__).parents[1] / "reports" / "gallery"


def write(folder: Path, *, sales: str | None = GOOD, client: str = CLIENT) -> Path:
    folder.mkdir(exist_ok=True)
    if sales is not None:
        (folder / "sales.csv").write_text(sales, encoding="utf-8")
    (folder / "client.yml").write_text(client, encoding="utf-8")
    return folder / "client.yml"


BAD = {
    "file missing": ({"sales": None}, r"sales\.csv"),
    "file empty": ({"sales": ""}, "empty"),
    "header only": ({"sales": "customer_id,date,amount\n"}, "header"),
    "column missing": ({"sales": "customer_id,date\na,2016-01-05\n"}, "amount"),
    "column misspelt": ({"sales": GOOD.replace("amount", "amuont")}, "amuont"),
    "text among amounts": ({"sales": GOOD.replace("5.50", "five")}, r"(?s)amount.*row.*3.*five"),
    "dates that do not parse": ({"sales": GOOD.replace("2016-02-01", "31/31/2026")}, r"(?s)date.*row.*3.*31/31/2026"),
    "observed_until before the first purchase": (
        {"client": CLIENT.replace("2016-06-30", "2010-01-01")},
        "(?s)observed_until.*2010-01-01",
    ),
    "all one customer": (
        {"sales": "customer_id,date,amount\na,2016-01-05,10.00\na,2016-01-06,9.00\n"},
        "all 2 rows kept are of one customer",
    ),
    "all returns": (
        {"sales": "customer_id,date,amount\na,2016-01-05,-10.00\nb,2016-01-06,-9.00\n"},
        "all 2 rows kept are returns",
    ),
    "id that is a path": ({"client": CLIENT.replace("id: shop", "id: ../../x")}, r"(?s)id.*\.\./\.\./x"),
    "id that is markup": (
        {"client": CLIENT.replace("id: shop", "id: <script>alert(1)</script>")},
        r"(?s)id.*<script>alert\(1\)</script>",
    ),
    "python tag": ({"client": CLIENT + "rules: !!python/object/apply:os.system ['true']\n"}, r"client\.yml"),
    "unknown key": ({"client": CLIENT + "observd: 1\n"}, "observd"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_readable_error_and_writes_nothing(case, tmp_path, capsys):
    content, said = BAD[case]
    client = write(tmp_path / "in", **content)
    assert cli.main(["run", str(client), "02", "--out", str(tmp_path / "out")]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("crmlab: ")
    assert "Traceback" not in shown.err
    assert re.search(said, shown.err)
    assert not (tmp_path / "out").exists()


LINES = [f"c{i % 7},2016-0{1 + i % 6}-1{i % 9},{i % 50 + 1}.50" for i in range(60)]


def lines(*changed: str, head: str = "customer_id,date,amount") -> str:
    return "\n".join([head, *(changed or LINES)]) + "\n"


def day_first(line: str) -> str:
    who, day, paid = line.split(",")
    return f"{who},{'/'.join(reversed(day.split('-')))},{paid}"


ODD = {
    "200 columns": (
        {
            "sales": lines(
                *(",".join(map(str, range(200))) for _ in range(5)), head=",".join(f"k{i}" for i in range(200))
            )
        },
        r"there is no column 'customer_id'.*'k11' and 188 more",
    ),
    "no header": ({"sales": "\n".join(LINES)}, "has no header, it seems"),
    "two headers": (
        {"sales": lines(*LINES[:30], "customer_id,date,amount", *LINES[30:])},
        r"the header is repeated 1 time among the rows \(row 32\)",
    ),
    "a second header line": (
        {"sales": lines("text,day,EUR", *LINES)},
        r"row 2 \('text', 'day', 'EUR'\) looks like a second line of the header",
    ),
    "ragged rows": (
        {"sales": lines(*LINES[:30], "x,y", "a,b,c,d", *LINES[30:])},
        r"2 rows without the 3 values .*\(line 32 has 2, line 33 has 4\)",
    ),
    "all returns": (
        {"sales": lines(*(f"{day},-{paid}" for day, _, paid in (line.rpartition(",") for line in LINES)))},
        "all 60 rows kept are returns",
    ),
    "all one customer": (
        {"sales": lines(*("bob," + line.split(",", 1)[1] for line in LINES))},
        "all 60 rows kept are of one",
    ),
    "mixed currencies": (
        {"sales": lines(*(f"{line} {'GBP' if i % 3 else 'EUR'}" for i, line in enumerate(LINES)))},
        r"amount.*40 values.*GBP",
    ),
    "a currency column with two": (
        {
            "sales": lines(
                *(f"{line},{'EUR' if i % 3 else 'GBP'}" for i, line in enumerate(LINES)),
                head="customer_id,date,amount,unit",
            ),
            "client": CLIENT.replace("amount: amount}", "amount: amount, currency: unit}"),
        },
        r"mixed currencies: the client's currency is EUR, but the currency column has GBP in 20 rows",
    ),
    "dates in two formats": (
        {"sales": lines(*(day_first(line) if i % 2 else line for i, line in enumerate(LINES)))},
        "30 values are dates, but in another",
    ),
    "observed_until in the future": (
        {"client": CLIENT.replace("2016-06-30", "2999-06-30")},
        "2999-06-30 is in the future",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_export_is_one_readable_error(case, tmp_path, capsys):
    content, said = ODD[case]
    assert cli.main(["check", str(write(tmp_path / "in", **content))]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("crmlab: ")
    assert len(shown.err.splitlines()) <= 4  # a heading and up to three columns that are not there
    assert max(map(len, shown.err.splitlines())) < 600
    assert "Traceback" not in shown.err
    assert re.search(said, shown.err)
    assert shown.out == ""


def test_all_problems_come_at_once(tmp_path, capsys):
    sales = GOOD.replace("5.50", "five").replace("2016-03-01", "soon")
    assert cli.main(["check", str(write(tmp_path / "in", sales=sales))]) == 2
    shown = capsys.readouterr().err
    assert "five" in shown
    assert "soon" in shown


def test_two_customers_get_a_report_that_says_why_there_is_no_analysis(tmp_path, capsys):
    client = write(tmp_path / "in", sales="customer_id,date,amount\na,2016-01-05,10.00\nb,2016-01-05,9.00\n")
    assert cli.main(["run", str(client), "02", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "refused" in capsys.readouterr().out
    (report,) = (tmp_path / "out" / "shop").glob("02_pareto-*/report.html")
    text = report.read_text(encoding="utf-8")
    assert "customers" in text
    assert "<img" not in text


def test_markup_and_formulas_from_a_client_are_text(tmp_path):
    months = ("2015-0{}", "2015-0{}", "2016-0{}")  # early, then late 2025, then 2026
    days = [month.format(first + i % 3) for month, first in zip(months, (1, 7, 1), strict=True) for i in range(300)]
    rows = [f"=cmd({i % 300}),{day}-15,{10 + i % 7}.00" for i, day in enumerate(days)]
    client = write(
        tmp_path / "in",
        sales="customer_id,date,amount\n" + "\n".join(rows) + "\n",
        client=CLIENT.replace("The Shop", "<script>alert(1)</script>"),
    )
    assert cli.main(["run", str(client), "02", "--out", str(tmp_path / "out"), "--quiet", "--set", "windows=[6]"]) == 0
    page = next((tmp_path / "out" / "shop").glob("02_pareto-*/report.html")).read_text(encoding="utf-8")
    index = (tmp_path / "out" / "shop" / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page + index
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    (listing,) = (tmp_path / "out" / "shop").glob("02_pareto-*/lists/*.csv")
    assert "'=cmd(" in listing.read_text(encoding="utf-8-sig")
    assert "\n=cmd(" not in listing.read_text(encoding="utf-8-sig")


@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one process group on Windows")
def test_ctrl_c_leaves_nothing_behind(tmp_path):
    scratch, out = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    command = [sys.executable, "-m", "crmlab.cli", "run", "cdnow", "02", "--out", str(out)]
    environment = os.environ | {"TMPDIR": str(scratch)}
    process = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not any(scratch.iterdir()) and time.monotonic() < deadline and process.poll() is None:
        os.sched_yield()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert [path for path in scratch.rglob("*") if path.is_file()] == []
    assert [path for path in out.rglob("*") if path.is_file()] == []


def rows_of(customers: int, purchases: int) -> str:
    """Every customer buys so many times, 20 to 60 days apart."""
    days = [dt.date(2015, 1, 5) + dt.timedelta(days=n) for n in range(540)]
    rows = [
        f"c{who},{days[(7 * who + (20 + who % 41) * n) % 540]},{10 + (who * 13 + n * 7) % 50}.50"
        for who in range(customers)
        for n in range(1 + who % purchases)
    ]
    return "\n".join(["customer_id,date,amount", *rows]) + "\n"


def report(*arguments: str, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any], str]:
    """Exit code of `crmlab report`, its JSON, and the text of the client report without its tags."""
    code = cli.main(["report", *arguments, "--out", str(out), "--json", "--quiet"])
    said = json.loads(capsys.readouterr().out)
    html = Path(said["report"]).read_text(encoding="utf-8")
    return code, said, text_of(html)


def holds(text: str) -> None:
    assert "Summary" in shown(text)
    check_page(text)


def test_report_of_cdnow_answers_everything_and_is_the_same_again(tmp_path, capsys):
    code, said, text = report("cdnow", out=tmp_path / "out", capsys=capsys)
    assert code == 0
    assert [run["notebook"] for run in said["runs"]] == [one.name for one in suite.notebooks()]
    statuses = {run["notebook"][:2]: run["status"] for run in said["runs"]}
    answered = {number for number, status in statuses.items() if status == "done"}
    assert answered >= {"00", "02", "04", "05", "06", "08", "90"}
    assert set(statuses.values()) == {"done", "refused"}  # some notebooks need tables that CDNOW does not have
    holds(text)
    assert "crmlab report cdnow" in text
    assert "What was noticed" in (tmp_path / "out/cdnow/data.html").read_text("utf-8")
    assert '<a href="data.html">' in Path(said["index"]).read_text("utf-8")
    record = json.loads((Path(said["report"]).parent / "run.json").read_text("utf-8"))
    assert record["inputs"] == [Path(run["folder"]).name for run in said["runs"][:-1]]
    findings = json.loads((Path(said["report"]).parent / "findings.json").read_text("utf-8"))["findings"]
    shown = json.loads((GALLERY / "cdnow.json").read_text("utf-8"))
    # Fits end in the eighth digit elsewhere with other versions of numpy and scipy.
    now = {one["id"]: [one["claim"], pytest.approx(one["value"], rel=1e-6)] for one in findings}
    assert shown == now, "run `make gallery`"
    again = report("cdnow", out=tmp_path / "out", capsys=capsys)[1]
    assert again["report"] == said["report"]
    assert not any(run["fresh"] for run in again["runs"])


def test_report_of_40_customers_says_what_it_can_and_names_what_it_cannot(tmp_path, capsys):
    client = write(tmp_path / "in", sales=rows_of(40, 6))
    code, said, text = report(str(client), out=tmp_path / "out", capsys=capsys)
    assert code == 0
    statuses = {run["notebook"]: run["status"] for run in said["runs"]}
    assert statuses["90_client_report"] == "done"
    assert "refused" in statuses.values()
    holds(text)
    for refused in (run for run in said["runs"] if run["status"] == "refused"):
        # Names of code stand between backticks in a refusal, and as plain words in the table of missing parts.
        assert all(" ".join(reason.replace("`", "").split()) in text for reason in refused["refusals"])
    for absent in ("Customers marked", "The dashed line", "One period ago", "The actions stand", "the lists below"):
        assert absent not in shown(text)


def test_report_of_a_client_that_everything_refuses_is_an_answer(tmp_path, capsys):
    client = write(tmp_path / "in", sales="customer_id,date,amount\na,2016-01-05,10.00\nb,2016-01-05,9.00\n")
    code, said, text = report(str(client), out=tmp_path / "out", capsys=capsys)
    assert code == 0
    assert {run["status"] for run in said["runs"][:-1]} == {"refused"}
    holds(text)


def test_report_without_json_says_where_it_lies_and_what_is_next(tmp_path, capsys):
    client = write(tmp_path / "in", sales="customer_id,date,amount\na,2016-01-05,10.00\nb,2016-01-05,9.00\n")
    assert cli.main(["report", str(client), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert f"1 of {len(suite.notebooks())}: " in shown.err
    assert "02_pareto is not answered, the data cannot support it:" in shown.out
    assert "index.html" in shown.out
    assert "\nNext: " in shown.out


def test_settings_of_a_report_that_nobody_has_are_refused_before_anything_runs(tmp_path, capsys):
    client = write(tmp_path / "in", sales=rows_of(40, 6))
    assert cli.main(["report", str(client), "--out", str(tmp_path / "out"), "--set", "top_shar=0.3"]) == 2
    assert "did you mean 'top_share'?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
