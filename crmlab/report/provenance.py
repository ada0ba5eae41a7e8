"""Where a report comes from: source, versions, platform. Nothing here depends on the hour."""

import hashlib
import os
import platform
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from crmlab import suite

_NOT_SOURCE = {"__pycache__", "_suite"}


@cache
def package_sha256() -> str:
    """The hash of the package's own files: code, templates, style. Notebooks and data sets have their own."""
    digest = hashlib.sha256()
    for path in sorted(suite.PACKAGE.rglob("*")):
        name = path.relative_to(suite.PACKAGE)
        if path.is_file() and not _NOT_SOURCE & set(name.parts):
            content = path.read_bytes()
            digest.update(f"{name.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """The version of each installed package that crmlab needs, directly or not, by name."""
    found: dict[str, str] = {}
    waiting = [(text, frozenset[str]()) for text in _own_requirements()]
    seen = set()
    while waiting:
        text, extras = waiting.pop()
        requirement = Requirement(text)
        name = requirement.name.lower().replace("_", "-").replace(".", "-")
        if (text, extras) in seen or not _wanted(requirement, extras):
            continue
        seen.add((text, extras))
        try:
            needed = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # an optional part that is not installed takes no part in the result
        found[name] = needed.version
        waiting += [(line, frozenset(requirement.extras)) for line in needed.requires or ()]
    return dict(sorted(found.items()))


@cache
def own_version() -> str:
    """The version of crmlab, installed or checked out."""
    try:
        return version("crmlab")
    except PackageNotFoundError:
        return str(_project()["version"])


@cache
def commit() -> str | None:
    """The git commit of the checkout the package lies in, or None where it lies in none."""
    git = shutil.which("git")
    root = suite.PACKAGE.parent
    if git is None or not (root / ".git").exists():
        return None
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [git, "-C", str(root), "rev-parse", "HEAD"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)  # noqa: S603
    return answer.stdout.strip() or None


def machine() -> dict[str, str]:
    """Python and platform: what may change a last digit although the inputs are the same."""
    return {"python": platform.python_version(), "platform": platform.platform()}


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _wanted(requirement: Requirement, extras: frozenset[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in (*sorted(extras), ""))


def _own_requirements() -> list[str]:
    try:
        return list(distribution("crmlab").requires or ())
    except PackageNotFoundError:
        declared: list[str] = _project()["dependencies"]
        return declared


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((suite.PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    return project
