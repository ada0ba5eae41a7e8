"""The picture of a report that the README shows, made from a run of today: `make gallery`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from crmlab import cli
from tests.report.browser.conftest import browser

GALLERY = Path(__file__).parents[3] / "reports" / "gallery"
WIDTH, HEIGHT = 1280, 1720


def main() -> None:
    """Make the client report of CDNOW anew; keep its first screen as a picture and its summary as text."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "reports"
        if cli.main(["report", "cdnow", "--out", str(out), "--quiet"]) != cli.OK:
            raise SystemExit("the report of CDNOW was not made, so the gallery was left as it is")
        (folder,) = (out / "cdnow").glob("90_client_report-*")
        GALLERY.mkdir(parents=True, exist_ok=True)
        (GALLERY / "cdnow.json").write_text(json.dumps(summary_of(folder), indent=1) + "\n", encoding="utf-8")
        picture(folder / "report.html", GALLERY / "cdnow.png", Path(scratch))


def summary_of(folder: Path) -> dict[str, Any]:
    """Claim and value of each finding of a run folder, by id: what the picture shows."""
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"]
    return {one["id"]: [one["claim"], round(one["value"], 6)] for one in found}


def picture(page: Path, to: Path, scratch: Path) -> None:
    """The first screen of a page as a PNG."""
    with browser(scratch / "profile") as opened:
        opened.open(page, width=WIDTH, height=HEIGHT)
        opened.screenshot(to)


if __name__ == "__main__":
    main()
