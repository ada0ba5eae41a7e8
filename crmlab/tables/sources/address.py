"""Names in a client file -> places: file names, patterns, members of archives, tables of databases.

Nothing is opened here but the list of members of a zip archive. A name that is a file is that file, whatever signs
stand in it; only a name that is none is looked at as a pattern.
"""

import glob
import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qsl, unquote

from crmlab.errors import nearest
from crmlab.tables.sources.raw_file import Kind, Place
from crmlab.tables.wording import first_line, listed, shown

TEXTS = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET = ".parquet"
ZIP = ".zip"
GZIP = ".gz"
DATABASES: dict[str, Kind] = {"sqlite:///": "sqlite", "duckdb:///": "duckdb"}

_KNOWN = ".csv, .tsv, .txt (also with .gz), .zip, .parquet, .xlsx, .xlsm, .xlsb, .xls or .ods"
_PATTERN_SIGNS = "*?["


@dataclass
class Places:
    """The places behind names, and one sentence for each name behind which there is none."""

    found: list[Place] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Places") -> None:
        """Take over what the other holds."""
        self.found += other.found
        self.problems += other.problems


def is_database(name: str) -> bool:
    """Whether the name is the address of a database file."""
    return name.startswith(tuple(DATABASES))


def is_address(name: str) -> bool:
    """Whether the name is a web or database address that crmlab never follows; database *files* are none."""
    return "://" in name and not is_database(name)


def places(names: Iterable[str], folder: Path) -> Places:
    """The places behind the names of an export, in their order; patterns and archives in the order of file names."""
    together = Places()
    for name in names:
        together.add(_behind(name, folder))
    return together


def _behind(name: str, folder: Path) -> Places:
    if is_database(name):
        return _database(name, folder)
    archive, member = _split_member(name)
    if member:
        path = (folder / archive).absolute()
        problem = no_file(path)
        return Places(problems=[problem]) if problem else _members(path, member)
    path = (folder / name).absolute()
    if set(name) & set(_PATTERN_SIGNS) and not _is_there(path):
        return _matching(name, folder)
    return one_file(path)


def one_file(path: Path) -> Places:
    """The places in one file: itself, or the text files of an archive."""
    problem = no_file(path) or _wrong_kind(path)
    if problem:
        return Places(problems=[problem])
    if path.suffix.lower() == ZIP:
        return _members(path)
    return Places([Place(path, _kind_of(path))])


def no_file(path: Path) -> str | None:
    """Why there is no file at the path that may be handed to an engine, or None if there is one."""
    try:
        exists, is_file = path.exists(), path.is_file()
    except (OSError, ValueError) as error:
        return f"{str(path)[:80]!r}: is no file name: {first_line(error)}"
    if not exists:
        return (
            f"{path.name}: there is no such file in {path.parent}{_near(path)}; files lie relative to the client file"
        )
    if not is_file:
        return f"{path.name}: is a folder or device, not a file; name the files themselves"
    if os.sep == "/" and "\\" in str(path.absolute()):
        return f"{path.name}: has a backslash in its path, which engines read in different ways; rename it"
    return None


def _wrong_kind(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    last = suffixes[-1] if suffixes else ""
    if last in (*TEXTS, *WORKBOOKS, PARQUET, ZIP):
        return None
    if last == GZIP:
        return None if suffixes[0] in TEXTS else f"{path.name}: only text files may be packed in .gz; unpack it first"
    if last in (".db", ".sqlite", ".sqlite3", ".duckdb"):
        scheme = "duckdb" if last == ".duckdb" else "sqlite"
        return f"{path.name}: is a database; write files: {scheme}:///{path.name}?table=NAME"
    return f"{path.name}: is none of {_KNOWN}; save it as CSV UTF-8 or Parquet"


def _kind_of(path: Path) -> Kind:
    suffix = path.suffix.lower()
    if suffix == PARQUET:
        return "parquet"
    return "workbook" if suffix in WORKBOOKS else "text"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _near(path: Path) -> str:
    try:
        return nearest(path.name, [other.name for other in path.parent.iterdir()])
    except OSError:
        return ""


def _matching(pattern: str, folder: Path) -> Places:
    try:
        matches = [Path(match) for match in _glob(pattern, folder)]
        paths = sorted({match.absolute() for match in matches if match.is_file()})
    except (OSError, ValueError) as error:
        return Places(problems=[f"{shown(pattern)}: is no pattern of file names: {first_line(error)}"])
    if not paths:
        return Places(problems=[_nothing_matches(pattern, folder)])
    together = Places()
    for path in paths:
        together.add(one_file(path))
    return together


def _glob(pattern: str, folder: Path) -> list[str]:
    # pathlib's own globbing refuses absolute patterns and cannot escape the folder.
    return glob.glob(str(Path(glob.escape(str(folder)), pattern)), recursive=True)  # noqa: PTH207


def _nothing_matches(pattern: str, folder: Path) -> str:
    place = (folder / pattern).parent
    try:
        names = sorted(entry.name for entry in os.scandir(place) if entry.is_file())
    except (OSError, ValueError):
        return f"{pattern}: no file matches, and there is no folder {place}; files lie relative to the client file"
    there = f"there are {listed(names, near=Path(pattern).name)}" if names else "it holds no files"
    return f"{pattern}: no file in {place} matches; {there}"


def _split_member(name: str) -> tuple[str, str]:
    position = name.lower().find(f"{ZIP}!")
    return (name[: position + len(ZIP)], name[position + len(ZIP) + 1 :]) if position >= 0 else (name, "")


def _members(path: Path, wanted: str = "") -> Places:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [entry.filename for entry in archive.infolist() if _is_data(entry)]
    # RuntimeError: encrypted; NotImplementedError: a zip feature the library does not read.
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, NotImplementedError) as error:
        mend = "copy or download it again"
        return Places(problems=[f"{path.name}: cannot be read as a zip archive: {first_line(error)}; {mend}"])
    repeated = [name for name in dict.fromkeys(members) if members.count(name) > 1]
    if repeated:
        return Places(problems=[f"{path.name}: holds {listed(repeated)} more than once; pack each file once"])
    if wanted:
        return _named_member(path, wanted, members)
    return _text_members(path, members)


def _is_data(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    return not entry.is_dir() and "__MACOSX" not in name.parts and not name.name.startswith(".")


def _named_member(path: Path, wanted: str, members: Sequence[str]) -> Places:
    if wanted not in members:
        holds = f"it holds {listed(members, near=wanted)}" if members else "it holds no files"
        return Places(problems=[f"{path.name}: there is no member {wanted!r}{nearest(wanted, members)}; {holds}"])
    if not wanted.lower().endswith(TEXTS):
        return Places(problems=[f"{path.name}: {wanted} is not a text file ({', '.join(TEXTS)}); unpack it first"])
    return Places([Place(path, "text", wanted)])


def _text_members(path: Path, members: Sequence[str]) -> Places:
    packed = [name for name in members if name.lower().endswith((*WORKBOOKS, PARQUET, ZIP, GZIP))]
    texts = sorted(name for name in members if name.lower().endswith(TEXTS))
    if packed:
        mend = "unpack the archive and name the files, or name one text file like archive.zip!sales.csv"
        return Places(problems=[f"{path.name}: holds {listed(packed)}, which are not read out of archives; {mend}"])
    if not texts:
        holds = f"only {listed(members)}" if members else "no files"
        return Places(problems=[f"{path.name}: holds {holds}; pack {', '.join(TEXTS)} files"])
    return Places([Place(path, "text", name) for name in texts])


def _database(name: str, folder: Path) -> Places:
    scheme = next(scheme for scheme in DATABASES if name.startswith(scheme))
    location, _, query = name.removeprefix(scheme).partition("?")
    path = (folder / unquote(location)).absolute()
    keys = dict(parse_qsl(query, keep_blank_values=True))
    problem = no_file(path) if location else f"{name}: names no file; write {scheme}shop.db?table=NAME"
    if problem is None and set(keys) - {"table"}:
        problem = f"{name}: only ?table=NAME may follow the file; a % or ? in its name is written %25 or %3F"
    if problem:
        return Places(problems=[problem])
    return Places([Place(path, DATABASES[scheme], keys.get("table", ""))])
