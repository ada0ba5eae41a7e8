"""`crmlab init` and `crmlab check` on a file larger than the memory the engine may take."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROWS = 2_000_000
AGAIN = 200
LIMIT = 150_000_000  # bytes
# What Python, its libraries and the buffers of readers and writers hold beside the engine.
BESIDE = 450_000_000

COMMAND = """
from crmlab.cli import main
code = main(sys.argv[1:])
"""
TELL = """
print(peak, file=sys.stderr)
sys.exit(code)
"""


def write_sales(path: Path) -> None:
    """Orders of one line each, all different; every 10,000th line stands at the end once more.

    A customer comes again after 500,000 lines, which is 182 days, so that no two orders share a day.
    """
    duckdb.sql(f"""
        COPY (SELECT CASE WHEN i % 100 = 0 THEN NULL ELSE 'C' || (i * 7919) % 500000 END AS "Customer",
                     strftime(DATE '2024-01-01' + CAST(i // 2740 AS INTEGER), '%Y-%m-%d') AS "Order date",
                     'I' || lpad(CAST(i AS VARCHAR), 14, '0') AS "Invoice",
                     'P' || lpad(CAST(i % 20000 AS VARCHAR), 5, '0') AS "Article",
                     CASE WHEN i % 50 = 7 THEN -1 ELSE 1 END AS "Quantity",
                     printf('%.2f', 5 + i % 1000 / 100.0) AS "Unit price",
                     md5(CAST(i AS VARCHAR)) || ' ' || md5(CAST(-i AS VARCHAR)) || ' a remark' AS "Remark"
              FROM (SELECT range AS i FROM range({ROWS}) UNION ALL SELECT range * 10000 + 5 FROM range({AGAIN})))
        TO '{path}' (HEADER, DELIMITER ';')
    """)


def run(folder: Path, peak_memory: str, *arguments: str) -> tuple[str, int]:
    """What the command prints, and its peak of memory in bytes."""
    script = folder / "command.py"
    script.write_text(f"import sys{COMMAND}{peak_memory}{TELL}")
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "CRMLAB_MEMORY": f"{LIMIT}B", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, int(done.stderr.splitlines()[-1])


@pytest.mark.slow
def test_a_file_larger_than_memory_is_understood_and_checked(
    tmp_path: Path, cache_folder: Path, peak_memory: str
) -> None:
    write_sales(tmp_path / "sales.csv")
    assert (tmp_path / "sales.csv").stat().st_size > 1.5 * LIMIT
    _, of_init = run(tmp_path, peak_memory, "init", "shop", "sales.csv")
    told, of_check = run(tmp_path, peak_memory, "check", "shop", "--json", "--html", "data.html")
    assert max(of_init, of_check) < LIMIT + BESIDE
    assert list((cache_folder / "spill").iterdir()) == []
    page = json.loads(told)
    counts = {row["name"]: row["rows"] for row in page["rules"]["transactions"] if row["rows"]}
    # 20,000 numbers below 2,000,000 end in 00; of the 200 lines that stand twice none does, for they end in 05.
    kept = ROWS - 20_000
    assert counts == {"read": ROWS + AGAIN, "missing_customer_id": 20_000, "exact_duplicate": AGAIN, "kept": kept}
    noticed = {one["code"]: one["rows"] for one in page["noticed"]}
    # One number in fifty ends in 07 or 57.
    assert (noticed["no_customer"], noticed["negative_quantity"]) == (20_000, 40_000)
    assert noticed["exact_duplicate"] == AGAIN
    assert not {"same_day", "order_several_customers", "large_customer"} & set(noticed)
    # A return on a day of its own is no purchase, and no return lacks its customer. A customer's lines all end in the
    # same two digits: of 500,000 one in a hundred has no name and two only bring back; the others come four times.
    assert page["facts"]["purchases"] == kept - 40_000
    assert (page["facts"]["customers"], page["facts"]["repeat_customers"]) == (485_000, 485_000)
    assert "2,000,200" in (tmp_path / "data.html").read_text(encoding="utf-8")
