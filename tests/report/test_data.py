"""The data page as HTML: what the terminal says, nothing from outside, nothing of the client's unescaped."""

import re
from html import escape, unescape
from html.parser import HTMLParser

import pytest

from crmlab import console
from crmlab.brand import Brand
from crmlab.client import Client
from crmlab.data_page.assemble import data_page
from crmlab.data_page.layout import Grid, Section
from crmlab.data_page.sections import sections
from crmlab.errors import ReportError
from crmlab.language import speaking
from crmlab.report import data
from tests.report.test_brand import drawn

SCRIPT = "<script>alert(1)</script>"
VOID = {"meta", "link", "br", "img"}
COLUMNS = {"customer_id": "who", "date": "when", "amount": "paid", "order_id": "order", "product": "what"}
ROWS = "".join(
    [
        f"who,when,paid,order,what,{SCRIPT},e-mail\n",
        *(f"c{n % 7},1998-0{1 + n % 6}-1{n % 9},1{n % 5}.5,o{n},Tea,,a{n}@shop.example\n" for n in range(60)),
        f',1998-01-01,3,x,"{SCRIPT}",,b\n',
        f'c1,1998-01-02,90000,"{SCRIPT}","{SCRIPT} & ""co""",,b\n',
        "c1,1998-01-03,-90000,C9,back,,b\n",
    ]
)


class Outline(HTMLParser):
    """Every tag was closed in turn; levels of headings, and the tags themselves."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.levels = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page(write_client):
    path = write_client(ROWS, columns=COLUMNS, name=f"Sons {SCRIPT}", folder="a & b")
    return data_page(Client.open(path))


def words(html):
    """The words between the tags, without those of the style sheet."""
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", body)).split())


def test_nothing_of_the_client_is_markup(page):
    html = data.data_html(page).decode()
    assert "<script" not in html
    assert SCRIPT in words(html)
    assert {"order", "what"} <= set(page.exports[0].columns.values())


def test_the_page_is_sound_and_needs_nothing_from_outside(page):
    outline = Outline(data.data_html(page).decode())
    assert not outline.open
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    tags = [tag for tag, _ in outline.tags]
    assert not {"script", "iframe", "img"} & set(tags)
    assert [attrs["href"] for tag, attrs in outline.tags if tag == "link"] == ["data:,"]
    assert all(attrs.get("scope") for tag, attrs in outline.tags if tag == "th")


def test_every_link_of_the_contents_leads_to_a_section(page):
    outline = Outline(data.data_html(page).decode())
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    links = [attrs["href"][1:] for tag, attrs in outline.tags if tag == "a" and attrs["href"].startswith("#")]
    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)
    assert [section.anchor for section in sections(page)] == [link for link in links if link != "main"]


def test_html_and_terminal_say_the_same(page, monkeypatch, capsys):
    monkeypatch.setattr(console, "data_page", lambda _client: page)
    monkeypatch.setattr(console.Client, "open", lambda _name: None)
    console.show_check("shop", out="reports", html=None, as_json=False)
    printed = " ".join(capsys.readouterr().out.replace("`", "").split())
    html = words(data.data_html(page).decode())
    for section in sections(page):
        assert section.title in html
        assert section.title.upper() in printed
        for text in (*section.sentences, *(line for p in section.points for line in (p.text, *p.details))):
            plain = " ".join(text.replace("`", "").split())
            assert plain in html
            assert plain in printed
        for grid in section.grids:
            assert all(text in html for text in (grid.caption, *grid.notes))
            assert all(text in printed for text in (grid.caption, *grid.notes))
            assert all(" ".join(cell.split()) in html for row in grid.rows for cell in row)


def test_no_personal_value_is_on_the_page(page):
    assert [one.kind for one in page.personal] == ["e-mail address"]
    assert "shop.example" not in data.data_html(page).decode()


def test_the_page_has_the_look_of_the_client(page):
    own = Brand(primary="#663399", accent="#003377", logo=drawn(), footer="12 Main Street <b>")
    html = data.data_html(page, brand=own).decode()
    assert "--deep: #663399; --accent: #003377;" in html
    assert html.count('<p class="logo"><img src="data:image/png;base64,') == 1
    assert f'alt="{escape(page.client_name)}"' in html
    assert "<footer><p><bdi>12 Main Street &lt;b&gt;</bdi> · " in html
    assert re.search(r"@bottom-left \{ content: \"12\\000020Main", html)  # of each printed page
    assert not Outline(html).open
    assert 'class="logo"' not in data.data_html(page).decode()


def test_the_page_of_check_has_the_look_of_the_client_file(write_client, tmp_path, capsys):
    path = write_client(ROWS, columns=COLUMNS, name="Sons", folder="own", brand={"footer": "12 Main Street"})
    console.show_check(str(path), out="reports", html=str(tmp_path / "data.html"), as_json=False)
    capsys.readouterr()
    assert "<footer><p><bdi>12 Main Street</bdi> · " in (tmp_path / "data.html").read_text(encoding="utf-8")


def test_the_same_data_give_the_same_bytes(page):
    assert data.data_html(page) == data.data_html(page)


def test_a_page_is_replaced_whole(page, tmp_path):
    file = data.write(page, tmp_path / "new" / "data.html")
    file.write_text("old")
    data.write(page, file)
    assert file.read_bytes() == data.data_html(page)
    assert [one.name for one in file.parent.iterdir()] == ["data.html"]


def test_a_place_that_cannot_be_written_is_said(page, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot"):
        data.write(page, tmp_path / "file" / "data.html")


def test_printed_pages_name_the_client_and_long_cells_have_room(page, monkeypatch):
    grid = Grid("A table.", ("rule", "what it means"), (("read", "x" * 25), ("kept", "short")))
    monkeypatch.setattr(data, "sections", lambda _page: [Section("a", "A", grids=(grid,))])
    html = data.data_html(page).decode()
    assert re.search(r'@page \{ @top-left \{ content: "Sons', html)
    assert f'<td class="long" data-label="what it means">{"x" * 25}</td>' in html
    assert '<td data-label="what it means">short</td>' in html


def test_the_page_speaks_the_language_of_the_reports(write_client):
    path = write_client(ROWS, columns=COLUMNS, name="Sons", folder="fa")
    with speaking("fa") as counted:
        page = data_page(Client.open(path))
        html = data.data_html(page, language="fa").decode()
    assert counted.asked
    assert list(counted.missing) == []
    assert '<html lang="fa" dir="rtl">' in html
    shown = words(html)
    assert "چه چیزی به چشم آمد" in shown
    assert "۶۳ سطر تراکنش خوانده شد" in shown
    english = re.findall(r"\b(?:rows?|lines?|the|with|and|notebooks?|was|were)\b", shown)
    assert english == []
    assert data.data_html(data_page(Client.open(path))) == data.data_html(data_page(Client.open(path)))
