"""Pages as reports have them, and texts that a format might take for orders."""

import base64
from typing import Any

from crmlab.report.formats.about import About

DOT = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()
FIGURE = f'<figure><img src="data:image/png;base64,{DOT}" alt="Two bars: a, then b." width="720"></figure>'
HOSTILE = [
    '#import "@preview/x:1.0.0": *',
    '#read("/etc/passwd")',
    '"); #read("/etc/passwd"); ("',
    "] #pagebreak() [",
    "$x^2$ and $$y$$",
    "\\input{/etc/passwd} \\u{41} \\",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](/etc/passwd)",
    "=cmd()",
    "= no heading",
    "- no item",
    "+ no number",
    "/ term: none",
    "1. no list",
    "a--b---c ... d~e",
    "\"quoted\" and 'single' and ’",
    "//none /* none */",
    "@ref <label> #label",
    "*b* _e_ `c` ```d```",
    "<w:p/></w:t>&amp;&lt;",
    "```{=typst}",
    "{{ x }} {% y %}",
]


def page(body: str, *, title: str = "What do we know?", summary: str = "", facts: str = "") -> str:
    """A report's page with this in it."""
    first = f'<section class="headlines"><h2 id="first">Found</h2>{summary}</section>' if summary else ""
    return (
        "<!doctype html><html><head><title>t</title><style>p { color: red }</style></head><body>"
        '<a class="skip" href="#main">Skip this</a>'
        f'<header class="cover"><div class="inner"><p class="kicker"><bdi>Shop</bdi></p><h1>{title}</h1>'
        f'<dl class="facts"><div><dt>Observed until</dt><dd>1998-06-30</dd></div>{facts}</dl></div></header>'
        "<nav><ol><li>Contents of the screen</li></ol></nav>"
        f'<main id="main">{first}<div class="body">{body}</div></main>'
        "<footer><p>Foot of the screen</p></footer></body></html>"
    )


def table(rows: list[list[str]], *, head: list[str], numbers: tuple[int, ...] = (), caption: str = "A table.") -> str:
    """A table as pages have it."""

    def cell(tag: str, place: int, text: str) -> str:
        return f"<{tag}{' class=number' if place in numbers else ''}>{text}</{tag}>"

    top = "".join(cell("th", place, text) for place, text in enumerate(head))
    body = "".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def about(language: str = "en", **more: Any) -> About:
    return About(client="Shop & Sons", language=language, run="02_pareto · abc · crmlab 0", **more)
