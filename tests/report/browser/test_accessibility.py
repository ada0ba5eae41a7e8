"""axe-core on every kind of page: no fault that it calls serious or critical.

axe.min.js is axe-core 4.14.1 as npm has it, under the Mozilla Public License 2.0 (axe.LICENSE). It is injected over the
debugging protocol, so the pages' own policy, which forbids every script, stays in force.
"""

import hashlib
from pathlib import Path

import pytest

from .pages import SEEN

AXE = Path(__file__).with_name("axe.min.js")
VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
FAULTS = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')))"""


def test_axe_is_the_copy_that_npm_has():
    content = AXE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    assert content.startswith(f"/*! axe v{VERSION}\n * Copyright (c) 2015 - 2026 Deque Systems, Inc.".encode())
    assert b"Mozilla Public\n * License, v. 2.0" in content[:700]
    assert AXE.with_name("axe.LICENSE").is_file()


@pytest.mark.browser
@pytest.mark.parametrize(("name", "width", "scheme"), SEEN)
def test_no_serious_fault(files, page, name, width, scheme):
    page.open(files[name], width=width, scheme=scheme)
    page.value(OPEN_ALL)
    page.value(AXE.read_text("utf-8") + ";true")
    assert page.value(FAULTS) == []


@pytest.mark.browser
def test_a_fault_would_be_found(files, page, tmp_path):
    html = files["done"].read_text("utf-8")
    file = tmp_path / "faulty.html"
    file.write_text(html.replace('<html lang="en">', "<html>").replace('alt="', 'data-alt="'), "utf-8")
    page.open(file, width=1280)
    page.value(AXE.read_text("utf-8") + ";true")
    assert {fault.split(":")[0] for fault in page.value(FAULTS)} >= {"html-has-lang", "image-alt"}
