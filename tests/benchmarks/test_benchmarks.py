"""The benchmarks on a tiny size: every way gives the same numbers. No time is asserted."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


def run(module, *arguments):
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_way_gives_the_same_numbers(tmp_path):
    done = run("summary", "--rows", "0.02", "--check-only", "--cache", tmp_path)
    # It exits with 1 if crmlab and sql differ in a bit, or lifetimes in a count, a day or the ninth digit of money.
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[3:6]] == ["crmlab", "sql", "lifetimes"]


def test_generated_purchases_are_a_log_with_excluded_rows(tmp_path):
    file = tmp_path / "purchases-5000.parquet"
    done = run("summary", "--worker", "generate", "--file", file, "--output", tmp_path / "part")
    assert done.returncode == 0, done.stderr
    rows = pd.read_parquet(file)
    assert rows["date"].is_monotonic_increasing
    assert 0 < rows["excluded_by"].notna().mean() < 0.05
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]


def test_start_up_is_compared_with_bare_python():
    # With one run the ratio is noise, so its exit code says nothing here.
    done = run("startup", "--runs", "1")
    assert "ratio" in done.stdout, done.stderr


@pytest.mark.slow
def test_every_model_is_fitted_as_lifetimes_fits_it(tmp_path):
    options = ["--customers", 2000, "--sizes", 2000, "--check-only", "--cache", tmp_path]
    done = run("models", *options)
    # It exits with 1 if a parameter differs by more than 1 % and a tenth of its standard error, or lifetimes is higher.
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split()[:2] for line in done.stdout.splitlines()]
    assert [row[0] for row in rows[3:7]] == ["BG/NBD", "MBG/NBD", "Pareto/NBD", "Gamma–Gamma"]
    assert rows[9:] == [["BG/NBD", "2,000"], ["MBG/NBD", "2,000"], ["Pareto/NBD", "2,000"], ["Gamma–Gamma", "2,000"]]


@pytest.mark.slow
def test_every_way_makes_its_reports():
    # With one report the rates are noise, so its exit code says nothing; a way that makes too few ends it at once.
    done = run("batch", "--reports", 1, "--called", 1)
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:4]] == [
        ["called", "1"], ["loop", "1"], ["batch", "1"],
    ], done.stderr  # fmt: skip


@pytest.mark.slow
def test_small_clients_are_counted():
    done = run("batch", "--clients", 2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 of 2 reports")
