import base64
import io
import json
import re
import zipfile

import pytest
from PIL import Image

from crmlab.brand import OUR_OWN, Brand, Font
from crmlab.language import FONTS
from crmlab.report import brand
from crmlab.report.run import run_notebook

FONT = Font((FONTS / "Vazirmatn-Regular.ttf").read_bytes(), "ttf", bold=False)


def drawn() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (240, 80), "#663399").save(file, "PNG")
    return file.getvalue()


OWN = Brand(
    primary="#663399", accent="#003377", logo=drawn(), font="Vazirmatn", fonts=(FONT,), footer="12 Main Street <b>"
)


@pytest.fixture(scope="module")
def result(small, stand_in, tmp_path_factory):
    client = stand_in()
    client.brand = OWN
    formats = ("html", "pdf", "docx")
    return run_notebook(client, small, out=tmp_path_factory.mktemp("own"), parameters={}, formats=formats)


def test_page_has_colours_font_logo_and_footer(result):
    html = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "--deep: #663399; --accent: #003377;" in html
    assert re.search(r"dark\) \{ :root \{ --deep: #[0-9a-f]{6}; --accent: #[0-9a-f]{6}; \}", html)
    assert 'src: url("data:font/ttf;base64,' in html
    assert "font-src data:" in html
    # 240 x 80 pixels in a box of 240 x 56: the height decides, 56/80 of both sides
    logo = f'<p class="logo"><img src="data:image/png;base64,{base64.b64encode(OWN.logo).decode()}"'
    assert f'{logo} alt="Shop &amp; Sons" width="168" height="56"></p>' in html
    assert "12 Main Street &lt;b&gt;" in html


def test_index_has_the_look_of_the_latest_run(result):
    html = result.index.read_text(encoding="utf-8")
    assert "--deep: #663399" in html
    assert 'class="logo"' in html
    assert "12 Main Street &lt;b&gt;" in html


def test_pages_of_a_client_without_a_brand_stay_as_they_were(runs):
    html = (runs.done.folder / "report.html").read_text(encoding="utf-8")
    assert "font-face" not in html
    assert 'class="logo"' not in html
    assert not (runs.done.folder / brand.FILE).exists()
    assert brand.style(OUR_OWN) == ""


def test_a_brand_is_part_of_the_key(result, runs, small, stand_in, tmp_path):
    names = {result.folder.name}
    for own in (OUR_OWN, Brand(footer="other")):
        client = stand_in()
        client.brand = own
        names.add(run_notebook(client, small, out=tmp_path, parameters={}).folder.name)
    assert len(names) == 3


def test_other_formats_have_it_too(result):
    with zipfile.ZipFile(result.formats["docx"]) as archive:
        assert "663399" in archive.read("word/styles.xml").decode()
        assert 'w:ascii="Vazirmatn"' in archive.read("word/styles.xml").decode()
        assert "12 Main Street &lt;b&gt;" in archive.read("word/footer1.xml").decode()
        assert 'descr="Shop &amp; Sons"' in archive.read("word/document.xml").decode()
    assert b"Vazirmatn" in result.formats["pdf"].read_bytes()


def test_brand_of_a_run_is_read_back_as_it_was(result):
    assert brand.read(result.folder) == OWN


@pytest.mark.parametrize("change", [{"primary": "red;}"}, {"logo": 7}, {"fonts": [{}]}, {"accent": None}])
def test_a_brand_that_somebody_changed_is_left_out(result, tmp_path, change):
    kept = json.loads((result.folder / brand.FILE).read_text(encoding="utf-8"))
    (tmp_path / brand.FILE).write_text(json.dumps(kept | change), encoding="utf-8")
    assert brand.read(tmp_path) == OUR_OWN


def test_a_run_without_a_brand_has_our_own(tmp_path):
    assert brand.read(tmp_path) == OUR_OWN
    (tmp_path / brand.FILE).write_text("[", encoding="utf-8")
    assert brand.read(tmp_path) == OUR_OWN
