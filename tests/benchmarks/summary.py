# ruff: noqa: T201, PLC0415 - it prints its table, and each way imports only what it needs, for its peak of memory
"""Speed and memory of purchases -> customer summary, against hand-written SQL and against lifetimes.

    python -m tests.benchmarks.summary [--rows 1,10,100] [--repeats 5]

Sizes are millions of generated purchases: ten a customer on average over five years, ids as text, amounts as
decimal(18,4), every fiftieth row excluded, rows in order of date as in a log. Each size is generated once, to
Parquet in the folder `crmlab-benchmarks` of the system's temporary folder (100 million: 1 GB; delete it at will).

Every way goes from that Parquet file to a DataFrame, in a process of its own, taking turns with the others:

    crmlab     customer_summary
    sql        hand-written DuckDB SQL: same decimals, same rules, same order, same settings of the engine
    lifetimes  read by DuckDB into pandas as doubles, then summary_data_from_transaction_data (up to 10 million);
               its time without the reading is printed too

Times are compared within each turn, and the median of those ratios is what counts: whatever else the machine is doing
then hits both. Even so run it on an idle machine: crmlab and sql use every core, lifetimes one.

Imports and opening the engine are not timed. crmlab and sql have the same threads, those of `engine.connect`, and may
use 6 GB before they spill to disk, so that 100 million rows stay within 8 GiB with Python and the result. Exits with 1
if the ways disagree or a limit is missed.
"""

import argparse
import hashlib
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path

START, END = date(2020, 1, 1), date(2024, 12, 31)
LIFETIMES_UP_TO = 10_000_000
LEAST_TIMES_LIFETIMES, MOST_TIMES_SQL, MOST_GIB = 6.0, 1.3, 8.0
MEMORY_LIMIT = "6GB"

SQL = """
WITH days AS (
    SELECT customer_id, date, sum(amount) AS value, min(amount) AS lowest
    FROM read_parquet($file)
    WHERE excluded_by IS NULL
    GROUP BY customer_id, date
), customers AS (
    SELECT customer_id,
           count(*) FILTER (value > 0 OR lowest >= 0) AS n,
           min(date) FILTER (value > 0 OR lowest >= 0) AS first,
           max(date) FILTER (value > 0 OR lowest >= 0) AS last,
           sum(value) AS net,
           sum(value) FILTER (value > 0 OR lowest >= 0) AS bought,
           arg_min(value, date) FILTER (value > 0 OR lowest >= 0) AS first_value
    FROM days
    GROUP BY customer_id
)
SELECT customer_id,
       n - 1 AS repeats,
       (last - first)::BIGINT AS t_x,
       ($observed_until - first)::BIGINT AS "T",
       ($observed_until - last)::BIGINT AS days_since_last,
       net::DOUBLE AS total_value,
       (bought - first_value)::DOUBLE / nullif(n - 1, 0) AS mean_repeat_value
FROM customers
WHERE n > 0
ORDER BY customer_id
"""


def main() -> int:
    arguments = _arguments()
    if arguments.worker:
        WORKERS[arguments.worker](arguments.file, arguments.output)
        return 0
    missed = []
    for millions in arguments.rows.split(","):
        missed += _benchmark(round(float(millions) * 1e6), arguments)
    for text in missed:
        print(f"MISSED: {text}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="1,10,100", help="millions of purchases, e.g. 1,10")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each way up to 10 million; 2 beyond")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "crmlab-benchmarks")
    parser.add_argument("--check-only", action="store_true", help="compare the numbers, hold no limit")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _benchmark(rows: int, arguments: argparse.Namespace) -> list[str]:
    file = arguments.cache / f"purchases-{rows}.parquet"
    if not file.exists():
        arguments.cache.mkdir(parents=True, exist_ok=True)
        _run("generate", file, file.with_suffix(".part"))
    ways = ["crmlab", "sql"] + (["lifetimes"] if rows <= LIFETIMES_UP_TO else [])
    repeats = 1 if arguments.check_only else arguments.repeats if rows <= LIFETIMES_UP_TO else 2
    runs: dict[str, list[dict]] = {way: [] for way in ways}
    for turn in range(repeats):
        for way in ways if turn % 2 == 0 else reversed(ways):
            # One run of lifetimes takes longer than all the others together.
            if way != "lifetimes" or turn < 3:
                runs[way].append(_run(way, file))
    _print(rows, runs)
    return _disagreements(rows, runs) + ([] if arguments.check_only else _missed(rows, runs))


def _run(way: str, file: Path, output: Path | None = None) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.summary", "--worker", way, "--file", str(file)]
    command += ["--output", str(output)] if output else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout or "{}")


def _seconds(runs: list[dict]) -> float:
    return statistics.median(run["seconds"] for run in runs)


def _times_ours(runs: dict[str, list[dict]], way: str) -> float:
    """How many times crmlab's seconds the way takes, as the median over the turns that ran both."""
    turns = zip(runs[way], runs["crmlab"], strict=False)
    return statistics.median(theirs["seconds"] / ours["seconds"] for theirs, ours in turns)


def _print(rows: int, runs: dict[str, list[dict]]) -> None:
    first = runs["crmlab"][0]
    print(f"\nabout {rows:,} purchases, {first['numbers']['customers']:,} customers, {os.cpu_count()} cores")
    print(f"{'way':<10} {'runs':>4} {'median s':>9} {'min s':>8} {'max s':>8} {'x crmlab':>9} {'peak GiB':>9}")
    for way, done in runs.items():
        seconds = [run["seconds"] for run in done]
        ratio = _times_ours(runs, way)
        peak = max(run["gib"] for run in done)
        print(
            f"{way:<10} {len(done):>4} {_seconds(done):>9.2f} {min(seconds):>8.2f} {max(seconds):>8.2f} "
            f"{ratio:>9.2f} {peak:>9.2f}",
            flush=True,
        )
    if "lifetimes" in runs:
        without = statistics.median(run["seconds"] - run["reading"] for run in runs["lifetimes"])
        print(f"lifetimes without reading the file: {without:.2f} s")


def _disagreements(rows: int, runs: dict[str, list[dict]]) -> list[str]:
    expected = runs["sql"][0]["numbers"]
    found = []
    for way, done in runs.items():
        for run in done:
            # lifetimes sums doubles and its mean of nothing is 0, so its money is compared to 9 digits.
            numbers = dict(run["numbers"])
            money = numbers.pop("sum_mean_repeat_value")
            differing = [name for name, value in numbers.items() if value != expected[name]]
            if way == "lifetimes" and abs(money / expected["sum_mean_repeat_value"] - 1) > 1e-9:
                differing.append("sum_mean_repeat_value")
            found += [f"{rows:,} rows: {way} and sql differ in {name}" for name in differing]
    return sorted(set(found))


def _missed(rows: int, runs: dict[str, list[dict]]) -> list[str]:
    missed = []
    if _times_ours(runs, "sql") < 1 / MOST_TIMES_SQL:
        missed.append(f"{rows:,} rows: more than {MOST_TIMES_SQL} times the hand-written SQL")
    if rows == LIFETIMES_UP_TO and _times_ours(runs, "lifetimes") < LEAST_TIMES_LIFETIMES:
        missed.append(f"{rows:,} rows: less than {LEAST_TIMES_LIFETIMES} times as fast as lifetimes")
    if max(run["gib"] for run in runs["crmlab"]) > MOST_GIB:
        missed.append(f"{rows:,} rows: more than {MOST_GIB} GiB")
    return missed


def _generate(file: Path, part: Path) -> None:
    """Histories in parts of a million rows, then one file in order of date."""
    import duckdb
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from crmlab.simulate import purchase_history_chunks

    rows = int(file.stem.rpartition("-")[2])
    schema = pa.schema([("customer_id", pa.string()), ("date", pa.date32()), ("amount", pa.float64())])
    chunks = purchase_history_chunks(
        np.random.default_rng(20),
        n_customers=rows // 10,
        start=START,
        observed_until=END,
        purchases_per_year=10 / ((END - START).days + 1) * 365.25,
        r=0.9,
    )
    with pq.ParquetWriter(part, schema) as writer:
        for chunk in chunks:
            writer.write_table(pa.Table.from_pandas(chunk.transactions, schema=schema, preserve_index=False))
    finished = file.with_suffix(".sorted")
    with duckdb.connect(config=_settings()) as connection:
        connection.execute(
            f"""
            COPY (
                SELECT customer_id, date, amount::DECIMAL(18, 4) AS amount,
                       CASE WHEN hash(customer_id, date) % 50 = 0 THEN 'zero_amount' END AS excluded_by
                FROM read_parquet('{part}') ORDER BY date, hash(customer_id)
            ) TO '{finished}' (FORMAT parquet)
            """
        )
    part.unlink()
    finished.rename(file)


def _settings() -> dict:
    from crmlab.tables.engine import default_threads

    folder = tempfile.gettempdir() + "/crmlab-spill"
    return {"threads": default_threads(), "memory_limit": MEMORY_LIMIT, "temp_directory": folder}


def _crmlab(file: Path, output: Path | None) -> None:
    from crmlab.summary import customer_summary
    from crmlab.tables.engine import connect

    connection = connect(memory_limit=MEMORY_LIMIT)
    began = time.perf_counter()
    summary = customer_summary(connection.read_parquet(file), observed_until=END)
    _report(time.perf_counter() - began, summary, output)


def _sql(file: Path, output: Path | None) -> None:
    import duckdb
    import pandas as pd  # noqa: F401 - imported here, so that no way's clock runs while it is

    connection = duckdb.connect(config=_settings())
    began = time.perf_counter()
    summary = connection.execute(SQL, {"file": str(file), "observed_until": END}).df()
    _report(time.perf_counter() - began, summary, output)


def _lifetimes(file: Path, output: Path | None) -> None:
    import duckdb

    utils = _lifetimes_utils()
    query = "SELECT customer_id, date::TIMESTAMP AS date, amount::DOUBLE AS amount FROM read_parquet($file)"
    connection = duckdb.connect(config=_settings())
    began = time.perf_counter()
    rows = connection.execute(f"{query} WHERE excluded_by IS NULL", {"file": str(file)}).df()
    reading = time.perf_counter() - began
    summary = utils.summary_data_from_transaction_data(
        rows, "customer_id", "date", monetary_value_col="amount", observation_period_end=END
    )
    seconds = time.perf_counter() - began
    summary = summary.reset_index().sort_values("customer_id", ignore_index=True)
    names = {"frequency": "repeats", "recency": "t_x", "monetary_value": "mean_repeat_value"}
    _report(seconds, summary.rename(columns=names), output, reading=reading)


def _lifetimes_utils():
    """`lifetimes.utils` alone: the package warns on import and sets pandas options."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("lifetimes.utils")


def _report(seconds: float, summary, output: Path | None, *, reading: float = 0.0) -> None:
    # Before the checks below, which need memory of their own. Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    numbers = {"customers": len(summary), "sum_mean_repeat_value": float(summary["mean_repeat_value"].sum())}
    counts = {name: summary[name].astype("int64") for name in ("repeats", "t_x", "T")}
    numbers["digest_of_counts"] = _digest(summary[["customer_id"]].assign(**counts))
    if "total_value" in summary:
        numbers["digest"] = _digest(summary)
    if output:
        summary.to_parquet(output)
    print(json.dumps({"seconds": seconds, "reading": reading, "gib": peak / 2**30, "numbers": numbers}))


def _digest(summary) -> str:
    """One hash of every value and its place, so that two ways agree in every bit or not at all."""
    import pandas as pd

    rows = pd.util.hash_pandas_object(summary, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()


WORKERS = {"generate": _generate, "crmlab": _crmlab, "sql": _sql, "lifetimes": _lifetimes}

if __name__ == "__main__":
    sys.exit(main())
