import io
import json

import pypdf
import pytest

from crmlab.errors import ReportError
from crmlab.findings import Finding
from crmlab.report.formats.document import document
from crmlab.report.page import _environment
from tests.report_pages import DOT, FIGURE, page, table


def parts(blocks, kind: str) -> list:
    """The contents of all parts of this kind, wherever they stand."""
    found = []
    if isinstance(blocks, dict):
        found += [blocks.get("c")] if blocks.get("t") == kind else []
        blocks = list(blocks.values())
    if isinstance(blocks, list | tuple):
        found += [one for part in blocks for one in parts(part, kind)]
    return found


def words(blocks) -> str:
    return "".join(parts(blocks, "Str"))


def test_paper_has_what_the_page_says_and_not_what_a_screen_needs(as_document):
    hidden = '<p hidden>H</p><p class="screen-only">S</p><i aria-hidden="true">A</i><script>J</script><input value="I">'
    made = as_document(f"<p>Said <em>so</em>.</p>{hidden}<p>After</p>", summary="<p>First</p>")
    assert made.title == "What do we know?"
    assert words(made.cover) == "ShopWhat do we know?Observed until1998-06-30"
    assert words(made.summary) == "FoundFirst"
    assert words(made.body) == "Said so.After"


def test_headings_are_one_level_higher_because_the_title_is_none_of_them(as_document):
    made = as_document(
        '<h2 id="one">One</h2><h3 id="two">Two</h3><p><a href="#two">there</a> <a href="#no">gone</a></p>'
    )
    assert [(level, name[0]) for level, name, _ in parts(made.body, "Header")] == [(1, "part-1"), (2, "part-2")]
    assert [target for _, _, (target, _) in parts(made.body, "Link")] == ["#part-2"]


def test_sections_of_one_name_are_two_sections(as_document):
    made = as_document('<h2 id="the-data">The data</h2><h2 id="b">B</h2><h2 id="the-data">The data</h2>')
    names = [name[0] for _, name, _ in parts(made.body, "Header")]
    assert len(set(names)) == 3
    assert all(names)


def test_links_go_to_the_web_or_name_the_file(as_document):
    made = as_document(
        '<p><a href="https://example.org/a">web</a><a href="javascript:x()">no</a>'
        '<a href="lists/top.csv">All rows</a><a href="run.json">run.json</a></p>'
    )
    assert [target for _, _, (target, _) in parts(made.body, "Link")] == ["https://example.org/a"]
    assert [code for _, code in parts(made.body, "Code")] == ["javascript:x()", "lists/top.csv"]


def test_code_of_the_appendix_is_left_out_and_code_of_the_text_is_kept(as_document):
    code = '<div class="block code"><pre class="hl"><code>x <span>=</span> 1\n</code></pre></div>'
    folded = f'<details><summary>Fold</summary><div class="block prose"><p>Method</p></div>{code}</details>'
    made = as_document(code + folded)
    assert [source for _, source in parts(made.body, "CodeBlock")] == ["x = 1"]
    assert words(made.body) == "Method"


def test_cover_has_parameters_without_what_stands_under_provenance_too(as_document):
    made = document(
        page("").replace(
            "</header>",
            '<details class="made"><summary>All</summary><dl><div><dt><code>seed</code></dt><dd><bdi>20</bdi> '
            '<span class="about">where chance starts</span></dd></div><div><dt>Libraries</dt><dd>x 1</dd></div></dl>'
            "</details></header>",
        )
    )
    assert words(made.cover).endswith("Observed until1998-06-3020")
    assert [code for _, code in parts(made.cover, "Code")] == ["seed"]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.org/a.png",
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64,?",
    ],
)
def test_figures_are_inside_the_page_or_refused(as_document, source):
    with pytest.raises(ReportError, match="figure 1 is not inside the page as a PNG or JPEG"):
        as_document(f'<figure><img src="{source}" alt="a"></figure>')


def test_figures_without_words_are_refused_all_at_once(as_document):
    bare = f'<figure><img src="data:image/png;base64,{DOT}" alt=" "></figure>'
    with pytest.raises(ReportError, match=r"figure 1 has no alt text\n  - figure 3 has no alt text"):
        as_document(bare + FIGURE + bare)


def test_figures_keep_their_words_and_size(as_document):
    (picture,) = as_document(FIGURE).pictures.values()
    assert (picture.file, picture.alt, picture.width) == ("figure-1.png", "Two bars: a, then b.", 720)
    assert picture.content.startswith(b"\x89PNG")


def test_numbers_stand_at_the_end_of_their_column(as_document):
    made = as_document(table([["a", "1"], ["b", "22"]], head=["name", "n"], numbers=(1,)))
    ((_, (_, caption), columns, (_, head), bodies, _),) = parts(made.body, "Table")
    assert [side["t"] for side, _ in columns] == ["AlignDefault", "AlignRight"]
    assert words(caption) == "A table."
    assert (len(head), len(bodies[0][3])) == (1, 2)


def test_cells_over_rows_and_columns_keep_the_others_in_place(as_document):
    made = as_document(
        '<table><tr><td rowspan="2">a</td><td colspan="2">b</td></tr>'
        "<tr><td>c</td><td>d</td></tr><tr><td>e</td></tr></table>"
    )
    ((_, _, columns, _, bodies, _),) = parts(made.body, "Table")
    shown = [[(words(cell[4]), cell[3]) for cell in cells] for _, cells in bodies[0][3]]
    assert len(columns) == 3
    # row 2: nothing below a, then c and d; row 3 is filled up to three columns
    assert shown == [[("a", 1), ("b", 2)], [("", 1), ("c", 1), ("d", 1)], [("e", 1), ("", 1), ("", 1)]]


@pytest.mark.parametrize(("columns", "page_wanted"), [(4, "portrait"), (16, "landscape")])
def test_wide_tables_lie_on_their_side(as_document, columns, page_wanted):
    made = as_document(table([["1997-07-01"] * columns], head=["beginning"] * columns))
    grid = next(dict(pairs) for (_, classes, pairs), _ in parts(made.body, "Div") if "grid" in classes)
    assert grid["page"] == page_wanted
    ((_, _, given, _, _, _),) = parts(made.body, "Table")
    assert sum(share["c"] for _, share in given) <= 1.001


def card(evidence) -> str:
    told = {"value": 0.5, "unit": "share", "low": 0.4, "high": 0.6, "n": 9, "method": "m", "denominator": "d"}
    item = Finding(id="12.effect", claim="Half.", window="w", evidence=evidence, **told)
    macros = _environment().get_template("parts.html.jinja").module
    return f'<ul class="findings">{macros.finding(item, "USD")}</ul>'


def test_cards_of_findings_say_what_they_rest_on_in_every_format(as_document, as_docx, as_pdf):
    said = "Evidence: experiment. Chance decided who was treated, so the difference is an effect."
    html = card("experiment")
    assert said in html
    assert said in words(as_document("", summary=html).summary)
    assert said.encode() in as_docx("", summary=html)["word/document.xml"]
    pages = pypdf.PdfReader(io.BytesIO(as_pdf("", summary=html))).pages
    assert said in " ".join("".join(page.extract_text() for page in pages).split())


def test_cards_of_findings_whose_grade_is_not_known_claim_none():
    assert "Evidence" not in card(None)


def layout(made) -> dict[str, str]:
    return next(dict(pairs) for (_, classes, pairs), _ in parts(made.body, "Div") if "grid" in classes)


def test_a_table_whose_texts_would_be_towers_lies_on_its_side(as_document):
    reason = "expected to leave a good deal more in a year than most, and seen by the rule of last year already"
    # At the smallest type, 7 points, seven words of 13 letters take about 7 · (13 · 0.54 · 7 + 12) = 430 of the page's
    # 482 points; what is left holds ten letters, so that the reason, of 97, would be a tower of ten lines.
    cells = ["highest-tiers"] * 7
    wide = as_document(table([[*cells, reason]], head=[*cells, "reason"]))
    narrow = as_document(table([[cells[0], reason]], head=["customer", "reason"]))
    assert (layout(wide)["page"], layout(narrow)["page"]) == ("landscape", "portrait")


def test_short_tables_are_not_cut_and_long_cells_may_be(as_document):
    def whole(cell: str, rows: int) -> str:
        return layout(as_document(table([[cell]] * rows, head=["a"])))["whole"]

    assert [whole("x", 3), whole("x", 30), whole("word " * 200, 3)] == ["all", "rows", "none"]


def test_a_document_is_plain_data_without_signs_that_no_format_can_hold(as_document):
    made = as_document("<p>a\x00b\x0bc</p>")
    assert words(made.body) == "a\ufffdb\ufffdc"
    json.dumps(made.body)
