"""Rebuild the CDNOW files and their entries in registry.json from the text files inside the `lifetimes` package.

Run from the top of the checkout: `python datasets/build_cdnow.py`. The same `lifetimes` and `pyarrow` give the same
bytes. Every value is carried over as it is printed in the source; only the form of dates changes.
"""

import csv
import hashlib
import importlib.util
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent

# Shared by both entries of the registry.
COMMON = {
    "currency": "USD",
    "licence": (
        "No explicit licence for the data was found. The MIT licence of the lifetimes package covers its code. "
        "Whether the authors' own site states terms was not checked; cite Fader and Hardie."
    ),
    "source": "CDNOW, by way of https://www.brucehardie.com/datasets/ and the lifetimes package 0.11.3",
    "citation": (
        "Fader, P. S., & Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: A case study. "
        "Interfaces, 31(3, part 2), S94-S107."
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of a source: who, when, how many CDs and how much, and in the sample its second customer number."""

    customer_id: str
    sample_id: str | None
    day: date
    cds: int
    amount: Decimal


def source_file(name: str) -> Path:
    """The file inside the installed `lifetimes`, found without importing it."""
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or spec.origin is None:
        raise SystemExit("lifetimes is not installed here, and the data are taken from it")
    return Path(spec.origin).parent / "datasets" / name


def sample_lines() -> list[Line]:
    """The lines of the sample of 2,357 customers, in their order."""
    rows = (line.split() for line in source_file("CDNOW_sample.txt").read_text(encoding="ascii").splitlines())
    return [Line(who, number, _day(day), int(cds), Decimal(amount)) for who, number, day, cds, amount in rows]


def full_lines() -> list[Line]:
    """The lines of all 23,570 customers, in their order."""
    _, *lines = source_file("CDNOW_master.txt").read_text(encoding="ascii").splitlines()
    rows = (line.split() for line in lines)
    return [Line(who, None, _day(day), int(cds), Decimal(amount)) for who, day, cds, amount in rows]


def write_sample(lines: list[Line], path: Path) -> None:
    """Write the sample as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer_id", "sample_id", "date", "cds", "amount"])
        writer.writerows([line.customer_id, line.sample_id, line.day, line.cds, line.amount] for line in lines)


def write_full(lines: list[Line], path: Path) -> None:
    """Write the full data as Parquet, with dates as dates and money as decimals."""
    table = pa.table(
        {
            "customer_id": pa.array([line.customer_id for line in lines], pa.string()),
            "date": pa.array([line.day for line in lines], pa.date32()),
            "cds": pa.array([line.cds for line in lines], pa.int16()),
            "amount": pa.array([line.amount for line in lines], pa.decimal128(9, 2)),
        }
    )
    pq.write_table(table, path, compression="zstd", compression_level=19, version="2.6")


def entry(title: str, path: Path, original: str, lines: list[Line]) -> dict[str, Any]:
    """What registry.json says about one data set; its name is that of the folder it lies in."""
    return {
        "name": path.parent.name,
        "title": title,
        "file": f"{path.parent.name}/{path.name}",
        "sha256": _sha256(path),
        "bytes": path.stat().st_size,
        "rows": len(lines),
        "customers": len({line.customer_id for line in lines}),
        "first_date": min(line.day for line in lines).isoformat(),
        "last_date": max(line.day for line in lines).isoformat(),
        **COMMON,
        "original_file": original,
        "original_sha256": _sha256(source_file(original)),
    }


def build(folder: Path = HERE) -> list[dict[str, Any]]:
    """Write both data files below `folder` and return their registry entries."""
    sample, full = folder / "cdnow" / "cdnow_sample.csv", folder / "cdnow-full" / "cdnow_full.parquet"
    write_sample(sample_lines(), sample)
    write_full(full_lines(), full)
    return [
        entry("CDNOW, sample of 2,357 customers", sample, "CDNOW_sample.txt", sample_lines()),
        entry("CDNOW, all 23,570 customers", full, "CDNOW_master.txt", full_lines()),
    ]


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no time zone


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def register(entries: list[dict[str, Any]], path: Path = HERE / "registry.json") -> None:
    """Write the entries into the registry, each in the place of the one that has its name, new ones at the end."""
    known = {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))}
    known |= {one["name"]: one for one in entries}
    path.write_text(json.dumps(list(known.values()), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    register(build())
