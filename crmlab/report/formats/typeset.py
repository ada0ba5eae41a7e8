"""The program that makes a PDF of the folder it is given, or tells its pages: of what lies in it alone.

It runs as a process of its own, because typst leaves threads behind that a later fork would trip over, and because what
it is given may be too much for it. It imports nothing of crmlab.
"""

import sys
from pathlib import Path
from typing import Any

import typst

REPORT, PAGES = "report.pdf", "pages.json"


def main() -> int:
    """Exit code: 0 and the file asked for is in the folder; 1 and the reason stands on standard error."""
    folder, wanted, fonts = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    given: dict[str, Any] = {"root": folder, "font_paths": list(fonts), "ignore_system_fonts": True}
    given |= {"package_path": folder, "package_cache_path": folder}
    try:
        if wanted == PAGES:
            found = typst.query(folder / "main.typ", "<pages>", field="value", one=True, **given)
            (folder / PAGES).write_text(str(found), encoding="utf-8")
        else:
            typst.compile(folder / "main.typ", folder / REPORT, pdf_standards=["ua-1"], **given)
    except typst.TypstError as error:
        sys.stderr.write("; ".join([str(error), *error.hints]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
