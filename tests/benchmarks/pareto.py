# ruff: noqa: T201, PLC0415 - it prints its table, and each way imports only what it needs
"""Speed of fitting the Pareto/NBD, against lifetimes.

    python -m tests.benchmarks.pareto [--customers 200000] [--turns 3]

The customers are simulated with the parameters published for CDNOW, over 547 days, of which they join in the first 84,
booked by day: some 50,000 of 200,000 have a history of their own. Both ways get the same distinct histories and
how many customers have each, in days; crmlab's time includes finding these among the customers, and the standard
errors, which lifetimes does not have. Both use one core, so what is counted is processor time, which a busy machine
hardly changes. They take turns, each in a process of its own, and the median of the ratios is what counts. Exits with 1
if it is below the limit, or the log-likelihood found is below that at lifetimes' parameters.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path

START, END = date(2020, 1, 1), date(2021, 6, 30)
LEAST_TIMES_LIFETIMES = 15.0


def main() -> int:
    arguments = _arguments()
    if arguments.worker:
        print(json.dumps(WORKERS[arguments.worker](arguments.file)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.parquet"
        _generate(arguments.customers, file)
        turns = [{way: _run(way, file) for way in WORKERS} for _ in range(arguments.turns)]
        lower = _below_lifetimes(file, turns[0])
    for way in WORKERS:
        seconds = statistics.median(turn[way]["seconds"] for turn in turns)
        print(f"{way:<10} {seconds:8.2f} s  {turns[0][way]['params']}")
    ratio = statistics.median(turn["lifetimes"]["seconds"] / turn["crmlab"]["seconds"] for turn in turns)
    print(f"ratio {ratio:.1f}, at least {LEAST_TIMES_LIFETIMES}; log-likelihood above lifetimes' by {-lower:.6f}")
    if lower > 0:
        print("MISSED: lifetimes found a higher likelihood")
    if ratio < LEAST_TIMES_LIFETIMES and not arguments.check_only:
        print("MISSED: fitting is too slow")
        return 1
    return 1 if lower > 0 else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--check-only", action="store_true", help="compare the likelihoods, hold no limit of time")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(way: str, file: Path) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.pareto", "--worker", way, "--file", str(file)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _generate(customers: int, file: Path) -> None:
    import numpy as np
    import pandas as pd

    from crmlab.simulate import pareto_nbd_histories

    made = pareto_nbd_histories(np.random.default_rng(20), n_customers=customers, start=START, observed_until=END)
    days = made.transactions.drop_duplicates(["customer_id", "date"]).groupby("customer_id")["date"]
    found = days.agg(["size", "min", "max"])
    table = pd.DataFrame(
        {
            "repeats": found["size"] - 1,
            "t_x": (found["max"] - found["min"]).dt.days,
            "T": (pd.Timestamp(END) - found["min"]).dt.days,
        }
    )
    table.reset_index(drop=True).to_parquet(file)


def _crmlab(file: Path) -> dict:
    import pandas as pd

    from crmlab.models import fit_pareto_nbd

    customers = pd.read_parquet(file)
    began = time.process_time()
    model = fit_pareto_nbd(customers, time_unit="day")
    return {"seconds": time.process_time() - began, "params": dict(model.params)}


def _lifetimes(file: Path) -> dict:
    import pandas as pd

    customers = pd.read_parquet(file)
    rows = customers.groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ParetoNBDFitter

        began = time.process_time()
        fitter = ParetoNBDFitter().fit(rows["repeats"], rows["t_x"], rows["T"], weights=rows["weight"])
        seconds = time.process_time() - began
    return {"seconds": seconds, "params": {name: float(value) for name, value in fitter.params_.items()}}


def _below_lifetimes(file: Path, turn: dict) -> float:
    """How much lower our log-likelihood is at what crmlab found than at what lifetimes found."""
    import numpy as np
    import pandas as pd

    from crmlab.models.buying.pareto_likelihood import log_likelihood

    rows = pd.read_parquet(file).groupby(["repeats", "t_x", "T"]).size().rename("weight").reset_index()
    data = rows.to_numpy(dtype="float64").T
    theirs, ours = (
        log_likelihood(np.log([turn[way]["params"][name] for name in ("r", "alpha", "s", "beta")]), *data)[0]
        for way in ("lifetimes", "crmlab")
    )
    return theirs - ours


WORKERS = {"crmlab": _crmlab, "lifetimes": _lifetimes}

if __name__ == "__main__":
    sys.exit(main())
