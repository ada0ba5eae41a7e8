"""The formats made of a page."""

import io
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from crmlab.language import speaking
from crmlab.report.formats.document import Document, document
from crmlab.report.formats.docx import docx
from crmlab.report.formats.pdf import pdf
from tests.report_pages import about, page


@pytest.fixture
def as_document() -> Callable[..., Document]:
    return lambda body, **more: document(page(body, **more))


@pytest.fixture
def as_pdf() -> Callable[..., bytes]:
    def make(body: str, *, language: str = "en", said: dict[str, Any] | None = None, **more: Any) -> bytes:
        with speaking(language):
            return pdf(document(page(body, **more)), about(language, **(said or {})))

    return make


@pytest.fixture
def as_docx() -> Callable[..., dict[str, bytes]]:
    def make(body: str, *, language: str = "en", said: dict[str, Any] | None = None, **more: Any) -> dict[str, bytes]:
        with speaking(language):
            content = docx(document(page(body, **more)), about(language, **(said or {})))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        for name, part in parts.items():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(part)  # noqa: S314 - what we made ourselves has to be well-formed
        return parts

    return make
