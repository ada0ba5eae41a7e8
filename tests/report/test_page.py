import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from crmlab.errors import ReportError
from crmlab.report import page
from crmlab.report.body import body
from crmlab.report.page import value_text
from crmlab.report.safe_html import clean

VOID = {"meta", "link", "br", "hr", "img", "col"}
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Outline(HTMLParser):
    """Tags with their attributes, headings in order, and whether every tag was closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.open, self.levels = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def html_of(result) -> str:
    return (result.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(params=["done", "teaching", "refused"])
def outline(request, runs) -> Outline:
    return Outline(html_of(getattr(runs, request.param)))


def test_page_needs_nothing_from_outside(outline):
    assert not outline.all("script")
    assert not outline.all("iframe")
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in outline.all("meta")
    assert all(image["src"].startswith("data:image/") for image in outline.all("img"))
    assert [link["href"] for link in outline.all("link")] == ["data:,"]
    assert not re.search(r"url\(|@import", (Path(page.__file__).parent / "theme" / "style.css").read_text())


def test_page_is_sound_for_screen_readers(outline):
    assert not outline.open
    assert outline.all("html") == [{"lang": "en"}]
    assert outline.levels.count(1) == 1
    assert outline.levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert all(image["alt"] for image in outline.all("img"))
    assert all(cell.get("scope") for cell in outline.all("th"))
    assert len(outline.all("main")) == len(outline.all("header")) == len(outline.all("footer")) == 1
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    inside = [link["href"][1:] for link in outline.all("a") if link.get("href", "").startswith("#")]
    assert set(inside) <= set(ids)


def test_links_lead_to_files_of_the_run(runs):
    links = [link["href"] for link in Outline(html_of(runs.done)).all("a")]
    files = [link for link in links if not link.startswith("#")]
    assert {"lists.xlsx", "lists/top_customers.csv", "run.json", "findings.json", "notebook.ipynb"} <= set(files)
    assert all((runs.done.folder / link).is_file() for link in files)


def test_text_of_a_client_is_never_markup(runs):
    for file in (runs.teaching.folder / "report.html", runs.teaching.index):
        text = file.read_text(encoding="utf-8")
        assert "<script" not in text.lower()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "sales &lt;script&gt;" in html_of(runs.done)


def test_client_view_hides_code_and_lessons_and_keeps_them_in_the_appendix(runs):
    main, appendix = html_of(runs.done).split("<details>")
    assert 'class="hl"' not in main
    assert "A lesson" not in main + appendix
    assert "How the share is computed" in appendix
    assert "How the share is computed" not in main
    assert "show_table" in appendix


def test_teaching_view_shows_everything_in_order(runs):
    html = html_of(runs.teaching)
    places = [html.index(f">{text}</h") for text in ("A lesson", "Numbers", "How the share is computed", "Limits")]
    assert places == sorted(places)
    assert "<details>" not in html
    assert 'class="hl"' in html


def test_headline_finding_is_a_statement_with_interval_and_ground(runs):
    html = re.sub(r"<[^>]+>", "", html_of(runs.done).split('class="findings"')[1].split("</ul>")[0])
    assert "The top 20 % bring most of the revenue." in html
    assert "95 % interval 40.0 % to 60.0 %" in html
    assert "Rests on n = 3: buyers; 1997-01-01 to 1998-06-30; bootstrap." in html


def test_refused_report_ends_with_the_statement(runs):
    html = html_of(runs.refused)
    assert "Not answered: the data cannot support it" in html
    assert html.split("<details>")[0].count("only 3 customers; 100 are needed") == 1
    statement = html.index("only 3 customers")
    assert "Numbers" not in html
    assert "papermill-error" not in html
    assert html.index('id="page-data"') > statement


def test_data_section_counts_rows_and_money_by_rule(runs):
    text = re.sub(r"<[^>]+>", " ", html_of(runs.done))
    flat = " ".join(text.split())
    assert "read 3 14.50" in flat
    assert "missing customer id 1 1.00" in flat
    assert "kept 2 13.50" in flat
    assert "a" * 64 in flat
    assert "UserWarning: a risky choice" in flat


def bare(*cells, view="client"):
    return body(new_notebook(cells=list(cells)), view=view)


def picture(**about):
    output = new_output("display_data", data={"image/png": "AAAA"}, metadata={"image/png": about})
    return new_code_cell("show()", id="figure", outputs=[output])


def test_figure_without_alt_text_is_an_error():
    with pytest.raises(ReportError, match="cell 'figure': a figure has no alt text"):
        bare(picture(width=10))
    assert 'alt="Bars." width="10"' in bare(picture(alt="Bars.", width=10)).blocks[0].html


def test_picture_from_elsewhere_is_an_error():
    with pytest.raises(ReportError, match=r"'https://a.example/x.png' is not inside the notebook"):
        bare(new_markdown_cell("![x](https://a.example/x.png)"))


def test_attached_picture_is_inside_the_page():
    cell = new_markdown_cell("![Two bars](attachment:b.png)", attachments={"b.png": {"image/png": "AAAA"}})
    assert '<img src="data:image/png;base64,AAAA" alt="Two bars">' in bare(cell).blocks[0].html


def test_headings_never_skip_a_level_and_have_their_own_anchors():
    shown = bare(new_markdown_cell("# Title\n\n#### Deep\n\n## Part\n\n## Part"))
    assert re.findall(r"<h(\d) id=\"([^\"]+)\"", shown.blocks[0].html) == [
        ("2", "deep"),
        ("2", "part"),
        ("2", "part-2"),
    ]
    assert [section.text for section in shown.sections] == ["Deep", "Part", "Part"]


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p onclick='x()'>a</p>", "<p>a</p>"),
        ("<script>alert(1)</script>b", "b"),
        ("<SCRIPT>alert(1)</SCRIPT >b", "b"),
        ("<style>body{display:none}</style>b", "b"),
        ("<svg><script>x</script><p>y</p></svg>b", "b"),
        ('<a href="javascript:x()">b</a>', "<a>b</a>"),
        ('<a href=" jAvascript:x()">b</a>', "<a>b</a>"),
        ('<a href="https://a.example/?q=1&amp;r">b</a>', '<a href="https://a.example/?q=1&amp;r">b</a>'),
        ('<img src=x onerror="x()">b', "b"),
        ('<p style="position:fixed" id="main">b</p>', "<p>b</p>"),
        ("</div></main>b", "b"),
        ("<b>unclosed <i>x", "<b>unclosed <i>x</i></b>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<!-- x -->b", "b"),
    ],
)
def test_html_of_outputs_is_made_safe(html, safe):
    assert clean(html) == safe


def test_table_stands_in_a_named_box_that_scrolls():
    html = clean(
        "<table><caption>Top &amp; rest.</caption><tr><th>a</th></tr><tbody><tr><th>b</th></tr></tbody></table>"
    )
    assert html.startswith('<div class="scroll" role="group" tabindex="0" aria-label="Top &amp; rest."><table>')
    assert '<th scope="col">a</th>' in html
    assert '<th scope="row">b</th>' in html
    assert html.endswith("</table></div>")


def test_a_cell_carries_the_heading_of_its_column_for_narrow_pages():
    head = "<thead><tr><th>what &amp; why</th><th>n</th></tr></thead>"
    row = f"<tr><td>{'x' * 41}</td><td class='number'>7</td><td>no heading</td><td>of nineteen letters</td></tr>"
    html = clean(f"<table>{head}<tbody>{row}</tbody></table>")
    assert f'<td class="long" data-label="what &amp; why">{"x" * 41}</td>' in html
    assert '<td class="number" data-label="n">7</td>' in html
    assert '<td>no heading</td><td class="phrase">of nineteen letters</td>' in html
    after = clean(f"<table>{head}</table><table><tbody><tr><td>1</td></tr></tbody></table>")
    assert "<td>1</td>" in after  # the headings of one table are not those of the next


@given(st.text(alphabet=st.sampled_from(list("<>/=\"'& abtdhprs!-"))))
def test_whatever_comes_in_every_tag_is_known_and_closed(text):
    outline = Outline(clean(text))
    assert not outline.open
    assert all(
        set(attrs) <= {"class", "role", "tabindex", "aria-label", "scope", "href", "data-label"}
        for _, attrs in outline.tags
    )


@pytest.mark.parametrize(("value", "text"), [(None, "–"), ([3, 12], "3, 12"), (0.2, "0.2"), (True, "True"), ("a", "a")])
def test_value_text(value, text):
    assert value_text(value) == text


def variables(css: str) -> dict[str, str]:
    return dict(
        re.findall(
            r"--([a-z-]+): (#[0-9a-f]{6})", re.sub(r"(#)([0-9a-f])([0-9a-f])([0-9a-f])(?=;)", r"\1\2\2\3\3\4\4", css)
        )
    )


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_stands_out_from_its_ground(scheme):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for text."""
    css = (Path(page.__file__).parent / "theme" / "style.css").read_text(encoding="utf-8")
    light, rest = css.split("@media (prefers-color-scheme: dark)", 1)
    dark, printed = rest.split("*, *::before", 1)[0], rest.split("@media print", 1)[1]
    colours = variables(light) | {"light": {}, "dark": variables(dark), "print": variables(printed)}[scheme]
    words = ("ink", "soft", "deep", "accent", "hl-key", "hl-text", "hl-number", "hl-name", "hl-comment")
    pairs = [(word, ground) for word in words for ground in ("paper", "wash")]
    pairs += [
        ("cover-ink", "cover"),
        ("cover-soft", "cover"),
        ("warn", "paper"),
        ("warn", "warn-wash"),
        ("ink", "warn-wash"),
    ]
    for word, ground in [*pairs, ("good", "paper")]:
        dim, bright = sorted([luminance(colours[word]), luminance(colours[ground])])
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (word, ground)


@pytest.mark.parametrize("text", ["Shop & Sons", '"} </style><script>alert(1)</script>', "\\", "فروشگاه", "a\nb"])
def test_running_header_is_a_string_that_nothing_can_end(text):
    written = page._css_text(text)
    assert re.fullmatch(r'"(?:\w|\\[0-9a-f]{6})*"', written)
    codes = re.sub(r"\\([0-9a-f]{6})", lambda found: chr(int(found[1], 16)), written[1:-1])
    assert codes == text


def test_cover_says_who_made_it_from_what_and_how_to_make_it_again(runs):
    cover = html_of(runs.done).split("</header>")[0]
    assert "A. Analyst" in cover
    assert "Internal" in cover
    assert "Reviewer" not in cover  # nobody was named
    assert "d" * 64 in cover
    assert "crmlab run client.yml 99_small --set mode=warn" in cover
    assert re.search(r"pandas \d", cover)
    assert "top_share" in cover


def test_days_and_months_are_not_broken_over_two_lines():
    said = clean("<p>Cohorts 1997-02 to 1997-03, up to 1998-06-30: 12.5 %</p>")
    for text in ("1997-02", "1997-03", "1998-06-30", "12.5 %"):
        assert f'<span class="whole">{text}</span>' in said


def test_what_one_types_looks_like_code_and_stays_escaped():
    said = page._coded("run `crmlab check <x>` on 1998-06-30")
    assert said == ('run <code>crmlab check &lt;x&gt;</code> on <span class="whole">1998-06-30</span>')


def test_the_command_stands_in_the_provenance_too(runs):
    end = html_of(runs.done).partition('id="page-provenance"')[2]
    assert re.search(r'<th scope="row">Command</th><td class="hash"><code>crmlab run ', end)
