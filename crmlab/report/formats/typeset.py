"""The program that makes a PDF of the folder it is given: `main.typ` and the pictures in it, and nothing else.

It runs as a process of its own, because typst leaves threads behind that a later fork would trip over, and because what
it is given may be too much for it. It imports nothing of crmlab.
"""

import sys
from pathlib import Path

import typst


def main() -> int:
    """Exit code: 0 and `report.pdf` is in the folder; 1 and the reason stands on standard error."""
    folder, fonts = Path(sys.argv[1]), sys.argv[2:]
    try:
        typst.compile(  # type: ignore[misc]  # its stubs bind a type variable to nothing
            folder / "main.typ",
            folder / "report.pdf",
            root=folder,
            font_paths=list(fonts),
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            package_path=folder,
            package_cache_path=folder,
        )
    except typst.TypstError as error:
        sys.stderr.write("; ".join([str(error), *error.hints]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
