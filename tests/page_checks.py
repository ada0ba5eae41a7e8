"""What holds of the text of every page: it says nothing that only a program would say."""

import html
import re

APPENDIX = "Method and code, in the order in which they ran"
OF_A_PROGRAM = re.compile(r"\b(nan|NaN|NaT|None(?! (?:of|that|was)\b)|inf|Traceback|DataFrame)\b|<NA>")


def text_of(page: str) -> str:
    """The words of a page without its tags, blanks made single."""
    text = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def shown(text: str) -> str:
    """The text before the appendix, which has code in it."""
    before, there, after = text.rpartition(APPENDIX)
    return before if there else after


def check_page(text: str) -> None:
    """Fail if the text shows what a program says when it has nothing to say."""
    found = [text[max(one.start() - 60, 0) : one.end() + 40] for one in OF_A_PROGRAM.finditer(shown(text))]
    assert not found, found
