import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from crmlab.brand import Brand, Font
from crmlab.language import FONTS, speaking
from crmlab.report.formats.document import document
from crmlab.report.formats.docx import docx
from tests.report_pages import FIGURE, HOSTILE, about, page, table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BODY = (
    f'<h2 id="a">First part</h2><p>Text with <code>code</code>.</p><h3 id="b">Below</h3>{FIGURE}'
    + table([["a", "1"]], head=["name", "n"], numbers=(1,))
    + '<h2 id="c">Second part</h2><p><a href="#a">Back</a> <a href="https://example.org/">web</a></p>'
)


def root(parts: dict[str, bytes]) -> ET.Element:
    return ET.fromstring(parts["word/document.xml"])  # noqa: S314 - made a moment ago


def paragraphs(element: ET.Element) -> list[tuple[str, str]]:
    """Style and text of each paragraph."""
    found = []
    for one in element.iter(f"{W}p"):
        style = one.find(f"{W}pPr/{W}pStyle")
        text = "".join(part.text or "" for part in one.iter(f"{W}t"))
        found.append(("" if style is None else style.get(f"{W}val"), text))
    return found


def test_headings_are_headings_and_the_title_is_a_title(as_docx):
    said = paragraphs(root(as_docx(BODY)))
    assert [(style, text) for style, text in said if style.startswith(("Title", "Heading"))] == [
        ("Title", "What do we know?"),
        ("Heading1", "First part"),
        ("Heading2", "Below"),
        ("Heading1", "Second part"),
    ]
    assert ("Kicker", "Shop") in said


def test_contents_are_a_field_with_a_link_to_each_section(as_docx):
    parts = as_docx(BODY)
    made = root(parts)
    assert 'TOC \\o "1-1"' in "".join(one.text or "" for one in made.iter(f"{W}instrText"))
    kinds = [one.get(f"{W}fldCharType") for one in made.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", *["begin", "separate", "end"] * 2, "end"]  # a field of fields, each closed
    marks = {one.get(f"{W}name") for one in made.iter(f"{W}bookmarkStart")}
    listed = {one.get(f"{W}anchor") for one in made.iter(f"{W}hyperlink")} - {None}
    assert listed
    assert listed <= marks
    assert [text for style, text in paragraphs(made) if style == "TOC1"] == ["First part1", "Second part2"]
    look = ET.fromstring(parts["word/styles.xml"]).find(f"{W}style[@{W}styleId='TOC1']//{W}tab")  # noqa: S314
    assert (look.get(f"{W}val"), look.get(f"{W}leader")) == ("right", "dot")


def test_contents_say_on_which_page_a_section_begins_and_word_is_not_told_to_ask(as_docx):
    # A4 holds fewer than 80 lines: the second section begins after the first page.
    long = '<h2 id="a">First</h2>' + "<p>One line.</p>" * 80 + '<h2 id="b">Second</h2><p>Last.</p>'
    parts = as_docx(long)
    listed = [text for style, text in paragraphs(root(parts)) if style == "TOC1"]
    assert listed[0] == "First1"
    assert int(re.fullmatch(r"Second(\d)", listed[1])[1]) >= 2
    assert b"updateFields" not in parts["word/settings.xml"]
    assert b"w:dirty" not in parts["word/document.xml"]


def wide(columns: int = 16) -> str:
    return table([["1997-07-01"] * columns], head=["beginning"] * columns)


def test_tables_too_wide_for_the_page_lie_on_their_side_together(as_docx):
    body = f'<h2 id="a">A</h2><p>Before.</p>{wide()}{wide()}<p>After.</p>{wide(2)}'
    parts = as_docx(body)
    made = root(parts)
    pages = [(one.get(f"{W}orient"), one.get(f"{W}w")) for one in made.iter(f"{W}pgSz")]
    # One page before, one for both tables, one after: no page is left empty between the tables.
    assert pages == [(None, "11906"), ("landscape", "16838"), (None, "11906")]
    grids = [one for one in made.iter(f"{W}tbl") if "beginning" in ET.tostring(one, encoding="unicode")]
    widths = [sum(int(column.get(f"{W}w")) for column in one.iter(f"{W}gridCol")) for one in grids]
    assert all(abs(width - 14570) < 600 for width in widths[:2])  # A4 on its side less 2 cm at both ends, in twips
    assert widths[2] < 9638 + 10
    referred = [value for one in made.iter(f"{W}footerReference") for name, value in one.items() if name.endswith("id")]
    assert referred == ["footer1", "footer2", "footer1"]
    assert 'w:val="right" w:pos="14570"' in parts["word/footer2.xml"].decode()


def test_cover_is_a_box_of_the_clients_colour_with_all_that_it_says(as_docx):
    parts = as_docx(BODY, said={"brand": Brand(primary="#663399")}, facts="<div><dt>Currency</dt><dd>USD</dd></div>")
    box = next(root(parts).iter(f"{W}tbl"))
    assert box.find(f"{W}tblPr/{W}tblStyle").get(f"{W}val") == "Cover"
    assert [text for _, text in paragraphs(box)] == [
        "Shop", "What do we know?", "Observed until", "1998-06-30", "Currency", "USD",
    ]  # fmt: skip
    cells = [one.find(f"{W}tcPr/{W}shd").get(f"{W}fill") for one in box.iter(f"{W}tc")]
    assert cells == ["663399"] * 5  # the title over both columns, then two facts
    look = parts["word/styles.xml"].decode()
    assert re.search(r'styleId="Cover".*?<w:shd [^>]*w:fill="663399"', look)
    assert re.search(r'styleId="Title".*?<w:color w:val="ffffff"', look)


def test_short_tables_stay_together_and_long_ones_keep_their_headings(as_docx):
    def kept(rows: int) -> list[bool]:
        grid = list(root(as_docx(table([["a", "1"]] * rows, head=["name", "n"]))).iter(f"{W}tbl"))[-1]
        return [row.find(f".//{W}keepNext") is not None for row in grid.iter(f"{W}tr")]

    assert kept(3) == [True, True, True, False]  # to the next row, and the last to nothing
    assert kept(20) == [True, *[False] * 20]


def test_no_text_of_a_table_is_smaller_than_can_be_read(as_docx):
    parts = as_docx(wide(30))
    sizes = re.findall(r'styleId="TableText\d*".*?<w:sz w:val="(\d+)" ?/>', parts["word/styles.xml"].decode())
    assert min(map(int, sizes)) == 14  # half points


def test_fonts_that_a_reader_may_lack_are_taken_along(as_docx):
    font = (FONTS / "Vazirmatn-Regular.ttf").read_bytes()
    own = Brand(font="House", fonts=(Font(font, "ttf", bold=False),))
    for said, language, names in (({}, "en", []), ({"brand": own}, "en", ["House"]), ({}, "fa", ["Vazirmatn"] * 2)):
        parts = as_docx(BODY, said=said, language=language)
        listed = parts["word/fontTable.xml"].decode()
        embedded = re.findall(r'<w:font w:name="([^"]*)">((?:<w:embed[^>]*/>)+)</w:font>', listed)
        assert [name for name, faces in embedded for _ in re.findall("<w:embed", faces)] == names
        assert (b"embedTrueTypeFonts" in parts["word/settings.xml"]) == bool(names)
    key = re.search(r'w:embedRegular r:id="rId1" w:fontKey="\{([^}]*)\}"', listed)[1].replace("-", "")
    assert 'rId1" Type' in parts["word/_rels/fontTable.xml.rels"].decode()
    # Readers undo it with the digits of the key from the last to the first, over the first 32 bytes.
    mixed, digits = parts["word/fonts/font1.odttf"], bytes.fromhex(key)[::-1]
    assert bytes(a ^ b for a, b in zip(mixed[:32], digits * 2, strict=True)) + mixed[32:] == font
    assert mixed[:32] != font[:32]


def test_persian_letters_are_in_the_clients_font_where_it_has_them(as_docx):
    font = (FONTS / "Vazirmatn-Regular.ttf").read_bytes()
    own = Brand(font="House", fonts=(Font(font, "ttf", bold=False),))
    assert 'w:cs="House"' in as_docx(BODY, said={"brand": own}, language="fa")["word/styles.xml"].decode()
    assert 'w:cs="Vazirmatn"' in as_docx(BODY, language="fa")["word/styles.xml"].decode()


def test_figures_have_their_words_and_nothing_stands_in_the_file_twice(as_docx):
    parts = as_docx(BODY)
    text = parts["word/document.xml"].decode()
    assert re.findall(r'<wp:docPr descr="([^"]*)"', text) == ["Two bars: a, then b."]
    assert "base64" not in text
    assert [name for name in parts if name.startswith("word/media/")] != []


def test_rows_are_kept_whole_and_the_heading_row_comes_again(as_docx):
    made = root(as_docx(BODY))
    rows = [row for grid in made.iter(f"{W}tbl") for row in grid.iter(f"{W}tr")]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    heads = [row for row in rows if row.find(f"{W}trPr/{W}tblHeader") is not None]
    assert ["".join(one.text or "" for one in row.iter(f"{W}t")) for row in heads] == ["namen"]
    sides = [one.get(f"{W}val") for row in heads for one in row.iter(f"{W}jc")]
    assert sides == ["right"]  # of the numbers


def test_running_lines_have_client_run_and_page_numbers(as_docx):
    parts = as_docx(BODY, said={"brand": Brand(footer="Main Street"), "confidentiality": "Internal"})
    assert "Shop &amp; Sons" in parts["word/header1.xml"].decode()
    assert "Internal" in parts["word/header1.xml"].decode()
    foot = parts["word/footer1.xml"].decode()
    assert "Main Street · 02_pareto · abc · crmlab 0" in foot
    assert foot.index(" PAGE ") < foot.index(" NUMPAGES ")


def test_file_says_what_it_is_and_nothing_of_the_hour(as_docx):
    core = as_docx(BODY, said={"author": "A. Analyst"})["docProps/core.xml"].decode()
    assert "<dc:title>What do we know?</dc:title><dc:creator>A. Analyst</dc:creator><dc:language>en<" in core
    assert "created" not in core


@pytest.mark.parametrize("language", ["en", "fa"])
def test_same_report_is_the_same_bytes(language):
    with speaking(language):
        once, again = (docx(document(page(BODY)), about(language)) for _ in range(2))
    assert once == again
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_persian_turns_paragraphs_tables_and_its_own_runs(as_docx):
    grid = table([["الف", "۱"]], head=["نام", "شمار"], numbers=(1,))
    body = f'<h2 id="a">دربارهٔ مشتریان</h2><p>از ۲٬۳۵۷ مشتری <bdi>Shop</bdi></p><pre>x = 1</pre>{grid}'
    parts = as_docx(body, language="fa")
    made = root(parts)
    assert all(grid.find(f"{W}tblPr/{W}bidiVisual") is not None for grid in made.iter(f"{W}tbl"))
    body_paragraphs = [one for one in made.iter(f"{W}p") if one.find(f"{W}pPr/{W}bidi") is not None]
    assert len(body_paragraphs) >= 8
    assert re.search('styleId="Normal".*?<w:pPr><w:bidi />', parts["word/styles.xml"].decode())
    turned = {
        "".join(part.text or "" for part in run.iter(f"{W}t")): run.find(f"{W}rPr/{W}rtl") is not None
        for run in made.iter(f"{W}r")
    }
    assert turned["از ۲٬۳۵۷ مشتری "]
    assert turned["نام"]
    assert not turned["Shop"]
    assert 'w:bidi="fa-IR"' in parts["word/styles.xml"].decode()


def test_text_of_a_client_is_text_wherever_it_stands(as_docx):
    texts = [text.replace("&", "&amp;").replace("<", "&lt;") for text in HOSTILE]
    lines = "".join(f"<p>{text}</p><ul><li>{text}</li></ul><p><code>{text}</code></p>" for text in texts)
    cells = table([[text, "x"] for text in texts], head=[texts[0], "x"], caption=texts[2])
    headings = "".join(f'<h2 id="h{number}">{text}</h2>' for number, text in enumerate(texts))
    parts = as_docx(
        lines + cells + headings, title=texts[0], said={"brand": Brand(footer=HOSTILE[16]), "author": HOSTILE[6]}
    )
    found = paragraphs(root(parts))
    said = [re.sub(r"\d+$", "", text) if style == "TOC1" else text for style, text in found]  # without its page
    for text in HOSTILE:
        assert said.count(text) >= 6, text  # paragraph, entry, code, cell, contents and heading
    links = parts["word/_rels/document.xml.rels"].decode()
    assert "javascript" not in links
    assert 'TargetMode="External"' not in links
    orders = [one.text for one in root(parts).iter(f"{W}instrText")]
    assert [
        order for order in orders if not re.fullmatch(r" TOC \\o \"1-1\" \\h \\z | PAGEREF part-\d+ \\h ", order)
    ] == []
