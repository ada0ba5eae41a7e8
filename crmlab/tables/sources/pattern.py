"""Paths as the engine takes them."""

from pathlib import Path


def as_one_file(path: Path) -> str:
    """The path as a pattern that matches this file only, for an engine that takes every path for a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path.absolute().as_posix())
