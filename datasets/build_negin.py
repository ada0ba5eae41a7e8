"""Make the teaching company that comes with crmlab anew, and its entry in registry.json.

Run from the top of the checkout: `python datasets/build_negin.py`. The same code and versions of NumPy and pandas give
the same values; the bytes hang on the version of `pyarrow` besides.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from build_cdnow import register

from crmlab.company import setting
from crmlab.company.write import CURRENCY, write_company

HERE = Path(__file__).resolve().parent
MADE = ("client.yml", "tables", "truth")


def build(folder: Path) -> dict[str, Any]:
    """Make the company in `folder`, in which nothing but its card may lie, and return its registry entry."""
    wanted = setting("sample", seed=20, scenario="standard")
    made = folder / ".new"
    write_company(made, wanted)
    for name in MADE:
        _replace(made / name, folder / name)
    made.rmdir()
    files = {path.relative_to(folder.parent).as_posix(): path for path in sorted(folder.glob("t*/*.parquet"))}
    log = folder / "tables" / "transactions.parquet"
    main = log.relative_to(folder.parent).as_posix()
    lines = pq.read_table(log, columns=["customer_id", "date"])
    days = pc.min_max(lines["date"]).as_py()
    return {
        "name": "negin",
        "title": "Negin, an invented retailer of home appliances",
        "file": main,
        "sha256": _sha256(log),
        "bytes": log.stat().st_size,
        "rows": lines.num_rows,
        "customers": len(pc.unique(lines["customer_id"])),
        "first_date": days["min"].isoformat(),
        "last_date": days["max"].isoformat(),
        "currency": CURRENCY,
        "licence": "MIT, as the code that makes it. Every person, firm, number and address in it is invented.",
        "source": "crmlab.company: profile sample, scenario standard, seed 20",
        "citation": "The documentation of crmlab, datasets/negin/README.md.",
        "more_files": {name: _sha256(path) for name, path in files.items() if name != main},
    }


def _replace(new: Path, old: Path) -> None:
    if old.is_dir():
        shutil.rmtree(old)
    new.replace(old)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    register([build(HERE / "negin")])
