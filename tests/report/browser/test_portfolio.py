"""The page over all clients, used: sorted and filtered with a mouse and with keys alone, and without any script."""

import pytest

pytestmark = pytest.mark.browser

HOSTILE, CDNOW, FEW, COMPANY = "scripted", "cdnow", "few", "negin-middle-standard"
BY_NAME = [HOSTILE, CDNOW, FEW, COMPANY, "grown", "broken"]  # "><script, CDNOW, Éclair, Negin, Shop 2, Shop 10
COLUMNS = ["client", "status", "found", "attention", "changed"]

SHOWN = """[...document.querySelectorAll('.portfolio tbody tr')].filter(row => row.getClientRects().length)
  .map(row => row.querySelector('th a').getAttribute('href').split('/')[0])"""
SORTED = """Object.fromEntries([...document.querySelectorAll('.portfolio thead th')].filter(head => head.ariaSort)
  .map(head => [head.dataset.column, head.ariaSort]))"""
SAID = "document.querySelector('form [role=status]').textContent"
FOCUS = "document.activeElement.closest('th[data-column]')?.dataset.column ?? document.activeElement.id"


def button(column: str) -> str:
    return f"th[data-column={column}] button"


@pytest.fixture(params=[390, 1280])
def opened(request, files, page):
    page.open(files["all clients"], width=request.param)
    return page


def test_it_opens_sorted_by_name_and_says_so(opened):
    assert opened.value(SHOWN) == BY_NAME
    assert opened.value(SORTED) == {"client": "ascending"}
    assert opened.value(SAID) == "6 of 6 clients shown, sorted by Client, ascending"


def test_by_name_the_other_way_round(opened):
    opened.click(button("client"))
    assert opened.value(SHOWN) == BY_NAME[::-1]
    assert opened.value(SAID) == "6 of 6 clients shown, sorted by Client, descending"


def test_by_status_what_failed_comes_first_and_equals_keep_their_order(opened):
    opened.click(button("status"))
    well = [HOSTILE, CDNOW, COMPANY, "grown"]
    assert opened.value(SHOWN) == ["broken", FEW, *well]
    assert opened.value(SORTED) == {"status": "ascending"}
    opened.click(button("status"))
    assert opened.value(SHOWN) == [*well, FEW, "broken"]
    assert opened.value(SORTED) == {"status": "descending"}


def test_by_headline_in_the_order_of_the_words_seen(opened):
    opened.click(button("found"))
    seen = """[...document.querySelectorAll('.portfolio tbody tr')]
      .map(row => row.cells[2].querySelector('li')?.textContent.trim() ?? '')"""
    first = opened.value(seen)
    assert first[:2] == ["", ""]  # who refused and who failed found nothing
    assert [one.casefold() for one in first] == sorted(one.casefold() for one in first)
    opened.click(button("found"))
    assert opened.value(seen) == sorted(first, key=str.casefold, reverse=True)


def test_by_what_to_look_at_the_most_first_and_a_failure_before_all(opened):
    opened.click(button("attention"))
    points = (
        "[...document.querySelectorAll('.portfolio tbody tr')].map(row => row.cells[3].querySelectorAll('li').length)"
    )
    order, numbers = opened.value(SHOWN), opened.value(points)
    assert order[0] == "broken"
    assert numbers[1:] == sorted(numbers[1:], reverse=True)
    assert numbers[order.index(FEW)] == 2  # the small notebook refuses for two reasons
    assert numbers[order.index("grown")] == 0
    opened.click(button("attention"))
    assert opened.value(points)[:-1] == sorted(numbers[1:])
    assert opened.value(SHOWN)[-1] == "broken"


def test_by_change_who_changed_comes_first(opened):
    opened.click(button("changed"))
    assert opened.value(SHOWN) == ["grown", HOSTILE, CDNOW, FEW, COMPANY, "broken"]
    assert opened.value(SORTED) == {"changed": "descending"}
    opened.click(button("changed"))
    assert opened.value(SHOWN) == [HOSTILE, CDNOW, FEW, COMPANY, "broken", "grown"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("shop", ["grown", "broken"]),
        ("SHOP 10", ["broken"]),
        ("éclair", [FEW]),
        ("failed in cell", ["broken"]),
        ("script title", [HOSTILE]),
        ("nobody is called this", []),
    ],
)
def test_only_rows_with_all_the_words_are_shown(opened, words, found):
    opened.click("#words")
    opened.write(words)
    assert opened.value(SHOWN) == found
    assert opened.value(SAID) == f"{len(found)} of 6 clients shown, sorted by Client, ascending"


def test_a_choice_outlives_sorting_and_ends_with_its_words(opened):
    opened.click("#words")
    opened.write("shop")
    opened.click(button("client"))
    assert opened.value(SHOWN) == ["broken", "grown"]
    assert opened.value(SAID) == "2 of 6 clients shown, sorted by Client, descending"
    opened.value("document.querySelector('#words').select()")
    opened.write(" ")
    assert opened.value(SHOWN) == BY_NAME[::-1]


def test_every_column_is_sorted_by_keys_alone_and_keeps_the_focus(opened):
    passed = []
    for column in COLUMNS:
        while opened.value(FOCUS) != column:
            opened.press("Tab")
            passed.append(opened.value(FOCUS))
            assert len(passed) < 20, passed
        before = opened.value(SORTED).get(column)
        opened.press("Enter")
        by_enter = opened.value(SORTED)
        opened.press(" ")
        by_space = opened.value(SORTED)
        assert by_enter.keys() == by_space.keys() == {column}
        assert {by_enter[column], by_space[column]} == {"ascending", "descending"}
        assert by_enter[column] != before
        assert opened.value(FOCUS) == column
        assert opened.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert [one for one in passed if one] == ["words", "status", *COLUMNS]
    opened.press("Tab")
    assert opened.value("document.activeElement.closest('tbody tr') === document.querySelector('.portfolio tbody tr')")


@pytest.mark.parametrize(("presses", "found"), [(1, BY_NAME[:2] + BY_NAME[3:5]), (2, [FEW]), (3, ["broken"])])
def test_a_status_is_chosen_with_the_arrow_keys(opened, presses, found):
    opened.press("Tab", "Tab", "Tab")
    assert opened.value(FOCUS) == "status"
    opened.press(*["ArrowDown"] * presses)
    assert opened.value(SHOWN) == found
    opened.press("Home")
    assert opened.value(SHOWN) == BY_NAME


def test_what_is_pressed_is_large_enough_for_a_finger(opened):
    low = opened.value("""[...document.querySelectorAll('form input, form select, thead button')]
      .map(one => [one.getBoundingClientRect().height, one.textContent]).filter(([height]) => height < 24)""")
    assert low == []  # WCAG 2.2, 2.5.8


def test_persian_page_says_it_in_its_own_digits_and_direction(files, page):
    page.open(files["all clients, Persian"], width=1280)
    assert "۶" in page.value(SAID)
    page.click(button("attention"))
    assert page.value(SHOWN)[0] == "broken"
    left = "[...document.querySelectorAll('.portfolio thead th')].map(head => head.getBoundingClientRect().left)"
    assert page.value(left) == sorted(page.value(left), reverse=True)


def test_without_a_script_every_row_is_there_and_nothing_pretends_to_sort(files, page):
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(files["all clients"], width=1280)
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert sorted(page.value(SHOWN)) == sorted(BY_NAME)
    assert page.value("document.querySelector('form.choose').getClientRects().length") == 0
    assert page.value("[...document.querySelectorAll('thead button')].every(one => one.disabled)")


def test_text_of_a_client_stays_text(opened):
    assert opened.value("document.title") == "All clients – reports"
    assert opened.complaints == []


def test_paper_has_a_table_of_what_is_shown_and_says_what_that_is(files, page):
    page.open(files["all clients"], width=1280)
    page.click("#words")
    page.write("shop")
    page.print_media(True)
    rows = page.value("[...document.querySelectorAll('.portfolio tr')].map(row => getComputedStyle(row).display)")
    heads = page.value("document.querySelector('.portfolio thead').getBoundingClientRect().height")
    told = page.value(f"[{SAID}, document.querySelector('form [role=status]').getClientRects().length]")
    fields = page.value("[...document.querySelectorAll('input, select')].filter(e => e.getClientRects().length).length")
    page.print_media(False)
    assert sorted(rows) == sorted(["table-row"] * 3 + ["none"] * 4)  # the headings and two clients
    assert heads < 60  # one line of headings, not a list of them
    assert told == ["2 of 6 clients shown, sorted by Client, ascending", 1]
    assert fields == 0
