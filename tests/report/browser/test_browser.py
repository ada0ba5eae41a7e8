"""The pages in a real browser: nothing fetched, nothing complained of, nothing cut off."""

import itertools
import json
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from crmlab import suite

from .pages import LESSONS, NOTEBOOKS, PAGES, SEEN
from .reports import GATHERED

pytestmark = pytest.mark.browser

CUT_OFF = """[...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.closest('.scroll, pre, .skip');
}).map(e => e.tagName + '.' + e.className)"""


REPORTS = [*NOTEBOOKS, "CDNOW's report", "Persian", "Persian value"]
DATA = ["data", "company's data", "data, Persian"]


def test_every_notebook_of_the_suite_is_looked_at(files):
    on_disk = {path.stem for path in (suite.root() / "notebooks").glob("[0-9]*.ipynb")}
    assert {files[name].parent.name.rpartition("-")[0] for name in NOTEBOOKS} == on_disk
    assert {files[name].parent.name.rpartition("-")[0] for name in LESSONS} == on_disk
    assert files.keys() == set(PAGES)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_company_has_what_each_notebook_asks_for(files, name):
    said = json.loads(files[name].with_name("findings.json").read_text("utf-8"))
    assert (said["status"], said["refusals"]) == ("done", [])


@pytest.mark.parametrize(("name", "width", "scheme"), SEEN)
def test_page_opens_cleanly(files, page, name, width, scheme):
    file = files[name]
    page.open(file, width=width, scheme=scheme)
    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value(CUT_OFF) == []
    assert page.value("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


def test_scheme_changes_the_paper(runs, page):
    grounds = set()
    for scheme in ("light", "dark"):
        page.open(runs.done.folder / "report.html", width=1280, scheme=scheme)
        grounds.add(page.value("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_script_that_came_in_all_the_same_would_not_run(page, tmp_path, runs):
    html = (runs.done.folder / "report.html").read_text("utf-8")
    file = tmp_path / "with_script.html"
    file.write_text(html.replace("</main>", "<script>document.title = 'ran'</script></main>"), "utf-8")
    page.open(file, width=1280)
    assert page.value("document.title") != "ran"


def test_print_opens_the_appendix_and_leaves_its_code_out(runs, page):
    page.open(runs.done.folder / "report.html", width=1280)
    seen = "[...document.querySelectorAll('.method .block')].filter(e => e.checkVisibility()).map(e => e.className)"
    closed = page.value(seen)
    page.print_media(True)
    printed = page.value(seen)
    page.print_media(False)
    assert closed == []
    assert set(printed) == {"block prose"}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(files, page, name):
    page.open(files[name], width=1280)
    here = files[name].resolve().as_uri()
    links = page.value(
        "[...document.querySelectorAll('a[href]')].map(e => [e.href, e.protocol, decodeURIComponent(e.hash)])"
    )
    own = [part.removeprefix("#") for link, _, part in links if link.startswith(f"{here}#")]
    assert "main" in own
    assert [part for part in own if not page.value(f"!!document.getElementById({json.dumps(part)})")] == []
    files_named = {link.partition("#")[0] for link, protocol, _ in links if protocol == "file:"} - {here}
    assert [link for link in files_named if not Path(url2pathname(urlparse(link).path)).is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_on_paper(files, page, name):
    page.open(files[name], width=1280)
    page.print_media(True)
    cut = page.value("""[...document.querySelectorAll('main table, main img, main pre, main p, header *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width && (box.right > innerWidth + 1 || box.left < -1);
    }).map(e => e.tagName + ' ' + e.textContent.slice(0, 60))""")
    split = page.value("[...document.querySelectorAll('figure')].map(e => getComputedStyle(e).breakInside)")
    page.print_media(False)
    assert cut == []
    assert set(split) <= {"avoid"}


@pytest.mark.parametrize("name", [GATHERED, "CDNOW's report"])
def test_summary_of_a_client_report_is_one_page_of_paper(files, page, name):
    page.open(files[name], width=1280)
    page.print_media(True)
    after = "document.querySelector('.after-summary')"
    assert page.value(f"getComputedStyle({after}).breakBefore") == "page"
    assert page.value("getComputedStyle(document.querySelector('.cover')).breakAfter") == "page"
    top = page.value("document.querySelector('main').getBoundingClientRect().top")
    height = page.value(f"{after}.getBoundingClientRect().top") - top
    page.print_media(False)
    assert height < (297 - 18 - 20) / 25.4 * 96  # an A4 page less its margins
    links = page.value("[...document.querySelectorAll('main a')].map(e => getComputedStyle(e).textDecorationLine)")
    assert set(links) == {"underline"}


@pytest.mark.parametrize("name", PAGES)
def test_names_of_places_are_unique_and_headings_leave_out_no_level(files, page, name):
    page.open(files[name], width=1280)
    ids = page.value("[...document.querySelectorAll('[id]')].map(e => e.id)")
    levels = page.value("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(e => Number(e.tagName[1]))")
    assert [one for one in set(ids) if ids.count(one) > 1] == []
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []


SMALLEST = 9.5 / 72 * 96  # pixels of a tick's letters where a figure is 720 wide


@pytest.mark.parametrize("name", REPORTS)
def test_words_in_figures_can_be_read_on_a_phone(files, page, name):
    page.open(files[name], width=390)
    widths = page.value("[...document.querySelectorAll('figure img')].map(e => e.getBoundingClientRect().width)")
    boxes = page.value("[...document.querySelectorAll('figure')].every(e => e.clientWidth < 390 && e.tabIndex === 0)")
    assert widths
    assert min(widths) / 720 * SMALLEST >= 10
    assert boxes


@pytest.mark.parametrize("name", REPORTS)
def test_lists_show_the_reason_without_scrolling_on_a_desk(files, page, name):
    page.open(files[name], width=1280)
    hidden = "[...document.querySelectorAll('.block.list .scroll')].map(e => e.scrollWidth - e.clientWidth)"
    widths = page.value(hidden)
    assert bool(widths) == files[name].with_name("lists").is_dir()
    assert max(widths, default=0) <= 1


@pytest.mark.parametrize("name", [*DATA, *REPORTS])
def test_words_in_tables_do_not_stand_one_to_a_line_on_a_phone(files, page, name):
    page.open(files[name], width=390)
    narrow = page.value("""[...document.querySelectorAll('main td')]
      .filter(e => e.textContent.length > 40 && !e.classList.contains('number') && e.getClientRects().length)
      .map(e => [e.getBoundingClientRect().width, e.textContent]).filter(([width]) => width < 120)""")
    assert narrow == []


@pytest.mark.parametrize("name", [*DATA, *REPORTS])
def test_tables_with_sentences_are_seen_whole_on_a_phone(files, page, name):
    page.open(files[name], width=390)
    hidden = page.value("""[...document.querySelectorAll('.scroll')]
      .filter(e => e.querySelector('.long, .hash') && e.getClientRects().length)
      .map(e => [e.scrollWidth - e.clientWidth, e.ariaLabel])""")
    assert hidden
    assert [told for told in hidden if told[0] > 1] == []
    labels = page.value("""[...document.querySelectorAll('td.long:not(:first-child)')]
      .map(e => getComputedStyle(e, '::before').content).filter(said => said === 'none' || said === '""')""")
    assert labels == []  # what stands under its row says which column it is of


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_code_of_a_client_report_is_not_printed(files, page, name):
    page.open(files[name], width=1280)
    page.print_media(True)
    code = page.value("[...document.querySelectorAll('.block.code')].filter(e => e.getClientRects().length).length")
    prose = page.value("document.querySelector('.method .prose').getBoundingClientRect().height")
    page.open(files["teaching"], width=1280)
    page.print_media(True)
    taught = page.value("[...document.querySelectorAll('.block.code')].filter(e => e.getClientRects().length).length")
    page.print_media(False)
    assert code == 0
    assert prose > 0
    assert taught > 0


def test_paper_is_used_from_the_first_page_on(files, page):
    page.open(files["company's index"], width=1280)
    page.print_media(True)
    # A card may go on overleaf, or each would take a page; a finding in it may not.
    whole = page.value("[...document.querySelectorAll('.card')].map(e => getComputedStyle(e).breakInside)")
    parts = page.value("[...document.querySelectorAll('.card .finding')].map(e => getComputedStyle(e).breakInside)")
    page.open(files["04_segments_and_life_stage"], width=1280)
    page.print_media(True)
    long = page.value("""[...document.querySelectorAll('.scroll')]
      .filter(e => e.querySelectorAll('tbody tr').length >= 5).map(e => getComputedStyle(e).breakInside)""")
    made = page.value("document.querySelector('.cover .made').getClientRects().length")
    page.print_media(False)
    assert set(whole) == {"auto"}
    assert set(parts) == {"avoid"}
    assert set(long) == {"auto"}
    assert made == 0  # Provenance, at the end, says the same


def test_numbers_with_a_sign_keep_their_place_in_persian(files, page):
    page.open(files["Persian value"], width=1280)
    turned = page.value("""[...document.querySelectorAll('td')].filter(e => e.textContent.includes('\\u200e−'))
      .map(e => getComputedStyle(e.querySelector('bdi') ?? e).direction)""")
    assert set(turned) == {"rtl"}
    assert page.value("document.querySelectorAll('td > bdi').length") > 0
    apart = "[...document.querySelectorAll('td > bdi')].some(e => e.textContent.startsWith('\\u200e'))"
    assert not page.value(apart)
