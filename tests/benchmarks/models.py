# ruff: noqa: T201, PLC0415 - it prints its tables, and each way imports only what it needs, for its peak of memory
"""Speed and memory of fitted models: fits against lifetimes' own, and growth from 10,000 to 1,000,000 customers.

    python -m tests.benchmarks.models [--customers 200000] [--sizes 10000,100000,1000000] [--repeats 5]

Customers are simulated in the world of BG/NBD and Gamma–Gamma with the parameters of CDNOW, over a year, and booked by
day. Each size is summarised once, to Parquet in the folder `crmlab-benchmarks` of the system's temporary folder.

First table: each model's fit, ours with standard errors and diagnosis, and lifetimes' own of the same rows, each in a
process of its own, taking turns. Times are compared within each turn, and the median of those ratios is what counts.
Our log-likelihood must not be below that of theirs, and parameters have to agree to 1 % or, where the data leave them
open, to a tenth of our standard error. Compared is the top of their likelihood: their Pareto/NBD is fitted by a simplex
that begins at an unseeded draw and on a flat ridge (s and beta, of few customers) stops where it has shrunk, up to half
a standard error and 0.1 of log-likelihood short; so it is begun again, untimed, where it stopped, until it stays there.

Second table: fit, score (P(alive) and purchases of the next year for every customer; of Gamma–Gamma the spend to be
expected) and forecast (intervals of every customer, 100 draws; of Gamma–Gamma none) by the number of customers, with
the peak of memory up to the score and to the end.

Imports and reading the rows are not timed. Exits with 1 if the ways disagree or a limit is missed. To add a model, add
it to `MODELS`.
"""

import argparse
import functools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path

START, END = date(2020, 1, 1), date(2020, 12, 31)
HORIZON_DAYS, DRAWS = 365, 100
AGREE, SAME = 0.01, 0.1  # of a parameter; of its standard error
SIMPLEX = "Pareto/NBD"  # what lifetimes fits by one
RESTARTS, SETTLED = 20, 1e-9  # of it; what a search may still gain of the mean log-likelihood
ROUNDING = 1e-6  # of a log-likelihood summed over 200,000 rows
MANY, MOST_SECONDS, MOST_GIB = 1_000_000, 30.0, 4.0  # customers; to fit and score them
REPEATED = ("repeats", "t_x", "T")


@dataclass(frozen=True)
class Compared:
    """A model and its peer: names in `crmlab.models` and `lifetimes`, the columns it is fitted to, and the limit."""

    fit: str
    theirs: str
    columns: tuple[str, ...] = REPEATED
    least_times_lifetimes: float | None = None
    foresees: bool = True  # whether it foresees purchases, and so has a forecast of its own


MODELS = {
    "BG/NBD": Compared("fit_bgnbd", "BetaGeoFitter", least_times_lifetimes=3.0),
    "MBG/NBD": Compared("fit_mbgnbd", "ModifiedBetaGeoFitter", least_times_lifetimes=3.0),
    "Pareto/NBD": Compared("fit_pareto_nbd", "ParetoNBDFitter", least_times_lifetimes=15.0),
    "Gamma–Gamma": Compared("fit_gamma_gamma", "GammaGammaFitter", ("repeats", "mean_repeat_value"), foresees=False),
}


def main() -> int:
    arguments = _arguments()
    if arguments.worker:
        print(json.dumps(WORKERS[arguments.worker](arguments.file, arguments.model)))
        return 0
    missed = _against_lifetimes(arguments) + _growth(arguments)
    for text in missed:
        print(f"MISSED: {text}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=200_000, help="of the comparison with lifetimes")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="of the table of growth")
    parser.add_argument("--repeats", type=int, default=5, help="turns of the comparison")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "crmlab-benchmarks")
    parser.add_argument("--check-only", action="store_true", help="compare the numbers, hold no limit")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    return parser.parse_args()


def _against_lifetimes(arguments: argparse.Namespace) -> list[str]:
    file = _customers(arguments.customers, arguments.cache)
    print(f"\n{arguments.customers:,} customers, {os.cpu_count()} cores")
    print(f"{'model':<12} {'crmlab s':>9} {'lifetimes s':>12} {'x crmlab':>9}")
    missed = []
    for name, model in MODELS.items():
        turns = []
        for turn in range(1 if arguments.check_only else arguments.repeats):
            ways = ("crmlab", "lifetimes") if turn % 2 == 0 else ("lifetimes", "crmlab")
            turns.append({way: _run(way, file, name) for way in ways})
        ours, theirs = ([turn[way] for turn in turns] for way in ("crmlab", "lifetimes"))
        ratio = statistics.median(turn["lifetimes"]["seconds"] / turn["crmlab"]["seconds"] for turn in turns)
        print(f"{name:<12} {_median(ours):>9.2f} {_median(theirs):>12.2f} {ratio:>9.2f}", flush=True)
        missed += _disagreements(name, file, ours[0], _run("settled", file, name))
        if not arguments.check_only and ratio < (model.least_times_lifetimes or 0):
            missed.append(f"{name}: less than {model.least_times_lifetimes} times as fast as lifetimes")
    return missed


def _disagreements(name: str, file: Path, ours: dict, theirs: dict) -> list[str]:
    found, others = ours["params"], theirs["params"]
    apart = {key: abs(others[key] - value) for key, value in found.items()}
    differing = [key for key, gap in apart.items() if gap > max(AGREE * found[key], SAME * ours["errors"][key])]
    said = [f"{name}: crmlab and lifetimes differ in {', '.join(differing)}"] if differing else []
    return said + (
        [f"{name}: lifetimes reached a higher likelihood"] if _above(file, name, found, others) < -ROUNDING else []
    )


def _growth(arguments: argparse.Namespace) -> list[str]:
    parts = ("fit", "score", "forecast")
    heads = " ".join(f"{part + ' s':>10}" for part in parts)
    print(f"\n{'model':<12} {'customers':>10} {'histories':>10} {heads} {'GiB to score':>13} {'GiB':>6}")
    missed = []
    for name in MODELS:
        for size in map(int, arguments.sizes.split(",")):
            found = _run("growth", _customers(size, arguments.cache), name)
            seconds = " ".join(f"{found[part]:>10.2f}" for part in parts)
            print(
                f"{name:<12} {size:>10,} {found['histories']:>10,} {seconds} {found['gib_to_score']:>13.2f} "
                f"{found['gib']:>6.2f}",
                flush=True,
            )
            if size == MANY and not arguments.check_only:
                missed += _too_much(name, found)
    return missed


def _too_much(name: str, found: dict) -> list[str]:
    seconds, gib = found["fit"] + found["score"], found["gib_to_score"]
    return [
        text
        for over, text in [
            (seconds > MOST_SECONDS, f"{name}: {seconds:.0f} s to fit and score {MANY:,} customers"),
            (gib > MOST_GIB, f"{name}: {gib:.1f} GiB to fit and score {MANY:,} customers"),
        ]
        if over
    ]


def _median(runs: list[dict]) -> float:
    return statistics.median(run["seconds"] for run in runs)


def _customers(n: int, cache: Path) -> Path:
    file = cache / f"customers-{n}.parquet"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _run("generate", file)
    return file


def _run(way: str, file: Path, model: str = "") -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.models", "--worker", way, "--file", str(file), "--model", model]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def _generate(file: Path, _: str) -> dict:
    import numpy as np

    from crmlab.simulate import bgnbd_histories
    from crmlab.summary import customer_summary
    from crmlab.tables.frame import clean_table

    n = int(file.stem.rpartition("-")[2])
    made = bgnbd_histories(np.random.default_rng(20), n_customers=n, start=START, observed_until=END)
    customers = customer_summary(clean_table(made.transactions), observed_until=END)
    part = file.with_suffix(".part")
    customers.to_parquet(part)
    part.rename(file)
    return {}


def _read(file: Path):
    import pandas as pd

    return pd.read_parquet(file)


def _crmlab(file: Path, name: str) -> dict:
    import numpy as np

    from crmlab import models

    customers, model = _read(file), MODELS[name]
    fit = getattr(models, model.fit)
    # The unit of lifetimes, days, so that parameters can be compared.
    fit = fit if name == "Gamma–Gamma" else functools.partial(fit, time_unit="day")
    began = time.perf_counter()
    found = fit(customers)
    seconds = time.perf_counter() - began
    if not np.isfinite(found.standard_errors).all():
        raise SystemExit(f"{name}: standard errors are missing")
    return {"seconds": seconds, "params": dict(found.params), "errors": found.standard_errors.to_dict()}


def _above(file: Path, name: str, ours: dict, theirs: dict) -> float:
    """Log-likelihood of our parameters less that of theirs, both by our formula on the rows as they are."""
    import numpy as np

    from crmlab import models

    model = MODELS[name]
    rows = _rows(_read(file), model)
    columns = [rows[column].to_numpy(dtype=float) for column in model.columns]
    likelihood = sys.modules[getattr(models, model.fit).__module__].log_likelihood
    first, second = (
        likelihood(np.log([params[key] for key in ours]), *columns, np.ones(len(rows)))[0] for params in (ours, theirs)
    )
    return first - second


def _rows(customers, model: Compared):
    return customers if model.columns == REPEATED else customers[customers["repeats"] > 0]


def _lifetimes(file: Path, name: str, *, settle: bool = False) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
        import numpy as np

        model = MODELS[name]
        rows = _rows(_read(file), model)
        columns = [rows[column].astype(float) for column in model.columns]
        fitter = getattr(lifetimes, model.theirs)()
        np.random.seed(20)  # noqa: NPY002 - the generator from which their Pareto/NBD draws its start
        began = time.perf_counter()
        fitter.fit(*columns)
        seconds = time.perf_counter() - began
        if settle and name == SIMPLEX:
            _settle(fitter, columns)
    # Gamma–Gamma has v where the papers have γ.
    names = [{"v": "gamma"}.get(key, key) for key in fitter.params_.index]
    return {"seconds": seconds, "params": dict(zip(names, map(float, fitter.params_), strict=True))}


def _settle(fitter, columns: list) -> None:
    """Begin their search again where it stopped, with a new simplex, until it gains nothing."""
    for _ in range(RESTARTS):
        before = fitter._negative_log_likelihood_
        start = fitter.params_.to_numpy() * [1, fitter._scale, 1, fitter._scale]
        fitter.fit(*columns, initial_params=start, tol=SETTLED)
        if before - fitter._negative_log_likelihood_ < SETTLED:
            return


def _growth_of(file: Path, name: str) -> dict:
    import numpy as np

    from crmlab import models
    from crmlab.models.histories import histories

    customers, found, times = _read(file), {}, {}

    def timed(part, do):
        began = time.perf_counter()
        found[part] = do()
        times[part] = time.perf_counter() - began

    timed("fit", lambda: getattr(models, MODELS[name].fit)(customers))
    model, foresees = found["fit"], MODELS[name].foresees
    timed("score", lambda: _scores(models, model, customers) if foresees else models.expected_spend(model, customers))
    gib_to_score = _peak_gib()
    if foresees:
        spending = models.fit_gamma_gamma(customers)
        options = {"horizon_days": HORIZON_DAYS, "rng": np.random.default_rng(1), "n_draws": DRAWS}
        timed("forecast", lambda: models.forecast(model, spending, customers, **options))
    peak = _peak_gib()
    return {
        "forecast": float("nan"),
        **times,
        "histories": histories(customers).x.size,
        "gib_to_score": gib_to_score,
        "gib": peak,
    }


def _scores(models, model, customers):
    return (
        models.probability_alive(model, customers),
        models.expected_purchases(model, customers, horizon_days=HORIZON_DAYS),
    )


def _peak_gib() -> float:
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


WORKERS = {
    "generate": _generate,
    "crmlab": _crmlab,
    "lifetimes": _lifetimes,
    "settled": functools.partial(_lifetimes, settle=True),
    "growth": _growth_of,
}

if __name__ == "__main__":
    sys.exit(main())
