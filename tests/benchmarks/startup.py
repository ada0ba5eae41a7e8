# ruff: noqa: T201 - it prints its result
"""How long `crmlab --help` takes, as a multiple of the shortest Python there is.

    python -m tests.benchmarks.startup [--runs 20]

Runs `python -m crmlab.cli --help` and `python -c pass` by turns, so that a busy moment of the machine hits both, and
compares the medians. Exits with 1 if the ratio is above the limit.
"""

import argparse
import statistics
import subprocess
import sys
import time

MOST_TIMES_BARE = 5.0
COMMANDS = {"crmlab --help": ["-m", "crmlab.cli", "--help"], "python -c pass": ["-c", "pass"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20, help="runs of each command")
    medians = measure(parser.parse_args().runs)
    ours, bare = medians.values()
    for name, seconds in medians.items():
        print(f"{name:<16} {1000 * seconds:7.1f} ms")
    print(f"ratio {ours / bare:.2f}, limit {MOST_TIMES_BARE}")
    if ours > MOST_TIMES_BARE * bare:
        print("MISSED: crmlab --help is too slow")
        return 1
    return 0


def measure(runs: int) -> dict[str, float]:
    """The median seconds of each command; one run of each goes before, for compiled files and the disk's cache."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):
        for name, arguments in COMMANDS.items():
            seconds[name].append(_seconds(arguments))
    return {name: statistics.median(found[1:]) for name, found in seconds.items()}


def _seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
