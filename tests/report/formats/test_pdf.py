import io
import re

import pypdf
import pytest

from crmlab.brand import Brand
from crmlab.errors import ReportError
from crmlab.report.formats.pdf import _typeset, section_pages
from tests.report_pages import FIGURE, HOSTILE, about, table

FINDING = (
    '<ul class="findings"><li class="finding"><p class="claim">Half of it.</p><p class="number-line"><span class="big">'
    '50 %</span></p><p class="rests">Rests on n = 3.</p></li></ul>'
)
BODY = f'<h2 id="a">First part</h2><p>Text.</p>{FIGURE}<h2 id="b">Second part</h2><p><a href="#a">Back</a></p>'


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def squeezed(text: str) -> str:
    """The text without blanks, and without the places where a long word may be broken."""
    return re.sub(r"[\s\u200b\u2068\u2069]+", "", text)


@pytest.fixture
def reader(as_pdf) -> pypdf.PdfReader:
    said = {"author": "A. Analyst", "confidentiality": "Internal", "brand": Brand(footer="Shop, Main Street")}
    return read(as_pdf(BODY, summary=FINDING, said=said))


def test_file_says_what_it_is(reader):
    assert reader.metadata.title == "What do we know?"
    assert reader.metadata.author == "A. Analyst"
    assert reader.metadata.creation_date is None
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]  # A4 in points


def test_bookmarks_are_the_sections_and_contents_list_them(reader):
    assert [one.title for one in reader.outline] == ["Found", "First part", "Second part"]
    text = reader.pages[0].extract_text()
    assert re.search(r"Contents\s+Found[ .]*1\s+First part[ .]*\d\s+Second part", text)


def test_first_page_has_cover_box_summary_and_number(reader):
    text = reader.pages[0].extract_text()
    places = [text.index(said) for said in ("Shop", "What do we know?", "Observed until", "Half of it.", "First part")]
    assert places == sorted(places)
    assert f"1 / {len(reader.pages)}" in text
    assert "Shop, Main Street · 02_pareto · abc · crmlab 0" in text


def test_figures_are_tagged_with_their_words(reader):
    def tags(node):
        node = node.get_object()
        if not isinstance(node, dict):
            return
        if node.get("/S") == "/Figure":
            yield str(node["/Alt"])
        inside = node.get("/K", [])
        inside = inside.get_object() if hasattr(inside, "get_object") else inside
        for one in inside if isinstance(inside, list) else [inside]:
            yield from tags(one) if hasattr(one, "get_object") else ()

    assert list(tags(reader.trailer["/Root"]["/StructTreeRoot"])) == ["Two bars: a, then b."]


def test_same_report_is_the_same_bytes(as_pdf):
    assert as_pdf(BODY) == as_pdf(BODY)


def test_heading_row_comes_again_on_every_page_of_a_long_table(as_pdf):
    rows = [[f"customer-{number:03d}", f"{number}.50"] for number in range(150)]
    reader = read(as_pdf(table(rows, head=["Buyer", "Worth"], numbers=(1,))))
    texts = [page.extract_text() for page in reader.pages]
    long = [text for text in texts if "customer-" in text]
    assert len(long) >= 3
    assert all(len(re.findall("Buyer\\s+Worth", text)) == 1 for text in long)
    assert re.findall(r"customer-(\d{3})", "".join(texts)) == [f"{number:03d}" for number in range(150)]


def test_wide_table_turns_the_page_and_is_whole(as_pdf):
    cells = [f"{place}997-07-01" for place in range(1, 10)] + [f"1{place}97-07-01" for place in range(10, 17)]
    reader = read(as_pdf(table([cells], head=["beginning"] * len(cells)) + "<p>After it.</p>"))
    turned = [page for page in reader.pages if page.mediabox.width > page.mediabox.height]
    assert len(turned) == 1
    assert all(cell in squeezed(turned[0].extract_text()) for cell in cells)
    assert "After it." in reader.pages[-1].extract_text()


def test_short_table_is_not_cut_by_the_end_of_a_page(as_pdf):
    rows = [[f"row-{number}", "1"] for number in range(8)]
    # A4 holds 50 to 60 lines: with so many before it, one of these tables would be cut.
    bodies = ["<p>A line.</p>" * lines + table(rows, head=["Buyer", "Worth"]) for lines in range(20, 40, 2)]
    for body in bodies:
        texts = [page.extract_text() for page in read(as_pdf(body)).pages]
        assert [len(re.findall(r"row-\d", text)) for text in texts if "row-" in text] == [8]


def test_sections_are_where_the_pages_of_word_are_expected(as_document):
    body = '<h2 id="a">First</h2>' + "<p>One line.</p>" * 90 + '<h2 id="b">Second</h2><p>Last.</p>'
    found = section_pages(as_document(body), about())
    # Lines of 13.5 points with 6 below: 90 of them are 1755 points, where cover and contents take 200 to 300 of the 723
    # between the margins of the first page; so 1200 to 1300 are left for the pages after it, which are not quite two.
    assert found == {"part-1": 1, "part-2": 3}


def test_text_of_a_client_is_text_wherever_it_stands(as_pdf):
    texts = [text.replace("&", "&amp;").replace("<", "&lt;") for text in HOSTILE]
    lines = "".join(f"<p>{text}</p><ul><li>{text}</li></ul>" for text in texts)
    code = "".join(f"<p>in code <code>{text}</code></p><pre>{text}</pre>" for text in texts)
    cells = table([[text, "x"] for text in texts], head=[texts[0], texts[1]], caption=texts[2])
    headings = "".join(f'<h2 id="h{number}">{text}</h2>' for number, text in enumerate(texts))
    reader = read(as_pdf(lines + code + cells + headings, title=texts[0], said={"brand": Brand(footer=HOSTILE[1])}))
    shown = squeezed("".join(page.extract_text() for page in reader.pages))
    for text in HOSTILE:
        # a paragraph, a list entry, code twice, a cell and a heading
        assert shown.count(squeezed(text)) >= 6, text
    assert "root:" not in shown
    assert reader.metadata.title == HOSTILE[0]
    assert {one.title for one in reader.outline} >= set(HOSTILE)
    names = [name for page in reader.pages for name in page.get("/Annots", [])]
    assert not any("/URI" in str(name.get_object()) for name in names)


def test_missing_alt_text_is_refused_by_the_standard_itself(tmp_path):
    (tmp_path / "main.typ").write_text('#set document(title: "t")\n#image("a.svg")')
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')
    with pytest.raises(ReportError, match="alt text"):
        _typeset(tmp_path)


@pytest.mark.parametrize("order", ['#read("/etc/passwd")', '#read("../secret.txt")', '#import "@preview/a:1.0.0": *'])
def test_typst_reaches_nothing_outside_its_folder(tmp_path, order):
    (tmp_path / "secret.txt").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "main.typ").write_text(f'#set document(title: "t")\n{order}')
    with pytest.raises(ReportError, match="typst cannot make the PDF"):
        _typeset(inside)


def test_persian_reads_from_right_to_left_in_its_own_digits(as_pdf):
    grid = table([["الف", "۱"]], head=["نام", "شمار"], numbers=(1,))
    body = f"<h2 id='a'>دربارهٔ مشتریان</h2><p>از ۲٬۳۵۷ مشتری</p>{grid}"
    reader = read(as_pdf(body, language="fa", title="چه می‌دانیم؟"))
    assert reader.trailer["/Root"]["/Lang"] == "fa"
    assert reader.metadata.title == "چه می‌دانیم؟"
    assert reader.outline[-1].title == "دربارهٔ مشتریان"
    text = "".join(page.extract_text() for page in reader.pages)
    assert {"۲٬۳۵۷", "۷۵۳٬۲"} & set(text.split())  # the reader turns the digits of some numbers around
    assert re.search(r"مشتریان\S* [. ]+۱\n", text)  # the contents' number of the page
    assert re.search("۱ / [۱۲]", text)
    places: dict[str, float] = {}
    reader.pages[-1].extract_text(visitor_text=lambda said, on, at, *_: places.update({said.strip(): on[4] + at[4]}))
    assert places["نام"] > places["شمار"]  # the first column is on the right
