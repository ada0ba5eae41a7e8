"""Cells that the library takes for empty: errors such as #N/A, and formulas of which no result is stored."""

import functools
import html
import re
import zipfile
from typing import IO
from xml.etree import ElementTree as ET

from crmlab.tables.sources.apart.copying import RefusedError

Lost = dict[int, list[tuple[int, str]]]

_CHUNK = 1 << 20
_LONGEST_ROW = 1 << 26
_CELL = re.compile(rb"<(?:\w+:)?c\s")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*(?:/>|>([^<]*)</)")


def lost_cells(path: str, name: str) -> Lost:
    """For each row of a sheet of an .xlsx file, the columns (from 1) of such cells, and what they hold."""
    if not path.lower().endswith((".xlsx", ".xlsm")):
        return {}
    with zipfile.ZipFile(path) as archive:
        member = _sheet_member(archive, name)
        if member not in archive.namelist():
            return {}
        with archive.open(member) as stream:
            return _lost_in(stream)


def _lost_in(stream: IO[bytes]) -> Lost:
    lost: Lost = {}
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        end = rest.rfind(b"</row>") + 1 or rest.rfind(b":row>") + 1
        rows, rest = rest[:end], rest[end:]
        if len(rest) > _LONGEST_ROW:
            raise RefusedError(f"cannot be read as a workbook: a row of {len(rest):,} bytes and no end")
        if b't="e"' in rows or b"<f" in rows or b":f" in rows:
            _note_lost(rows, lost)
    return lost


def _note_lost(rows: bytes, lost: Lost) -> None:
    for cell in _CELL.split(rows)[1:]:
        attributes, _, content = cell.partition(b">")
        place, told = _PLACE.search(attributes), _told(attributes, content)
        if place and told is not None:
            column = functools.reduce(lambda number, letter: number * 26 + letter - 64, place[1], 0)
            lost.setdefault(int(place[2]), []).append((column, html.unescape(told.decode("utf-8", "replace"))))


def _told(attributes: bytes, content: bytes) -> bytes | None:
    """The error or the formula in a cell that has nothing else, or None."""
    value, formula = _VALUE.search(content), _FORMULA.search(content)
    if b't="e"' in attributes and value:
        return value[1]
    if formula and not value and b't="str"' not in attributes:
        return b"=" + (formula[1] or b"")
    return None


def _sheet_member(archive: zipfile.ZipFile, name: str) -> str:
    """The member of the archive that holds the sheet, looked up as the format says: by the id of its relation."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # expat bounds what entities expand to
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    ids = [
        value
        for sheet in book.iter()
        if sheet.tag.endswith("}sheet") and sheet.get("name") == name
        for key, value in sheet.items()
        if key.endswith("}id")
    ]
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    target = targets.get(ids[0], "") if ids else ""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
