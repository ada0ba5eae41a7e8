"""The course page: lessons, objectives, concepts, famous claims, terms, run times and what to read, on one page."""

import platform
from collections.abc import Sequence
from pathlib import Path

from crmlab.data_page.layout import Grid, Point, Section
from crmlab.language import count, current, listed, number, speaking, tr, translated
from crmlab.language.glossary import terms
from crmlab.quoted import VERDICTS, claims
from crmlab.report import folder as run_folder
from crmlab.report import provenance
from crmlab.report.page import render
from crmlab.report.record import entries, read_log
from crmlab.teaching.course import Lesson, concepts, lessons, reading


def write(file: Path, *, reports: Path, language: str = "en") -> Path:
    """The place of the course page, after giving it this content; run times come from the reports in `reports`.

    Raises
    ------
    ReportError
        If the file cannot be written; then it is left as it was.
    """
    with speaking(language):
        told = sections(reports)
    page = render("course.html.jinja", language=language, version=provenance.own_version(), sections=told, signs={})
    run_folder.replace(file, page)
    return file


def sections(reports: Path) -> list[Section]:
    """The sections of the page, in the language spoken."""
    return [
        _lessons(),
        _objectives(),
        _exercises(),
        _concepts(),
        _claims(),
        _glossary(),
        _run_times(reports),
        _reading(),
    ]


def _lessons() -> Section:
    rows = [
        (
            one.number,
            translated(one.question),
            count(one.minutes),
            listed(one.after) or "–",
            count(one.exercises) if one.exercises else "–",
            tr("ready") if one.notebook else tr("later"),
        )
        for one in lessons()
    ]
    ready = [one for one in lessons() if one.notebook]
    hours = number(sum(one.minutes for one in ready) / 60, 0)
    said = tr(
        "{ready} of {all} lessons are ready, about {hours} hours of work. Minutes are a guess.",
        ready=count(len(ready)),
        all=count(len(rows)),
        hours=hours,
    )
    headings = (tr("number"), tr("question"), tr("minutes"), tr("builds on"), tr("exercises"), tr("state"))
    grid = Grid(tr("The lessons, in their order."), headings, tuple(rows), numbers=(2,))
    return Section("lessons", tr("The lessons"), (said,), (grid,))


def _objectives() -> Section:
    points = tuple(Point("plain", f"{one.number} · {translated(one.question)}", _aims(one)) for one in lessons())
    return Section("objectives", tr("What you can do afterwards"), points=points)


def _aims(lesson: Lesson) -> tuple[str, ...]:
    return tuple(translated(aim) for aim in lesson.objectives)


def _exercises() -> Section:
    sentences = (
        tr("Open a lesson with `crmlab lab`: you get a copy of your own, with three dots where your answers go."),
        tr(
            "Put your number into the parameter `seed` first. Your exercises are made from it, so your answers are "
            "your own; `check` says whether an answer is right and how many are done, and never the answer."
        ),
        tr("Save the notebook with its outputs when you hand it in: the marks are made from them."),
        tr(
            "In most lessons one method meets two worlds, one with the effect and one without. Write down your "
            "conclusion before the truth is told; who is never wrong there has not looked often enough."
        ),
    )
    return Section("exercises", tr("How to work"), sentences)


def _concepts() -> Section:
    rows = [
        (one.id, one.place, translated(one.concept), listed(one.ready) or "–", listed(one.later) or "–")
        for one in concepts()
    ]
    ready = sum(bool(one.ready) for one in concepts())
    said = tr(
        "The suite was made from five Persian articles. {ready} of their {all} concepts are computed in a lesson that "
        "is ready; the others wait for theirs.",
        ready=count(ready),
        all=count(len(rows)),
    )
    headings = ("", tr("article:line"), tr("concept"), tr("computed in"), tr("later in"))
    grid = Grid(tr("Every concept of the articles, and where it is computed."), headings, tuple(rows))
    return Section("concepts", tr("The concepts"), (said,), (grid,))


def _claims() -> Section:
    said = tr("Numbers that are repeated wherever CRM is spoken of, and what was found when they were traced.")
    rows = [
        (
            one.place if one.place != "elsewhere" else translated(one.place),
            one.wording.get(current(), one.wording["en"]),
            translated(VERDICTS[one.verdict]),
            listed(one.computed_in),
        )
        for one in claims().values()
    ]
    headings = (tr("article:line"), tr("claim"), tr("verdict"), tr("computed in"))
    return Section("claims", tr("Famous numbers"), (said,), (Grid(tr("Claims and verdicts."), headings, tuple(rows)),))


def _glossary() -> Section:
    rows = [
        (
            one.english,
            one.persian,
            one.literal or "–",
            one.literal_english or "–",
            one.definition_fa if current() == "fa" else one.definition,
        )
        for one in terms()
    ]
    said = tr("The articles translate some terms word by word, which hides what is meant; their words stand beside.")
    headings = (tr("English"), tr("Persian"), tr("the articles' word"), tr("which says"), tr("meaning"))
    return Section(
        "glossary", tr("Terms"), (said,), (Grid(tr("Terms in English and Persian."), headings, tuple(rows)),)
    )


def _run_times(reports: Path) -> Section:
    found = sorted(_seconds(reports))
    if not found:
        return Section(
            "run-times", tr("Run times"), (tr("No report was made here yet: `crmlab report negin` makes one."),)
        )
    said = tr("Seconds of the last fresh run on this machine: {machine}.", machine=platform.machine())
    rows = tuple((notebook, client, number(seconds, 1)) for notebook, client, seconds in found)
    grid = Grid(
        tr("Seconds by notebook and client."), (tr("notebook"), tr("client"), tr("seconds")), rows, numbers=(2,)
    )
    return Section("run-times", tr("Run times"), (said,), (grid,))


def _seconds(reports: Path) -> set[tuple[str, str, float]]:
    last: dict[tuple[str, str], float] = {}
    for log in sorted(reports.glob("*/runs.jsonl")):
        for entry in entries(read_log(log.parent)):
            if entry.get("fresh") and entry.get("status") == "done":
                last[entry["notebook"], log.parent.name] = float(entry["seconds"])
    return {(notebook, client, seconds) for (notebook, client), seconds in last.items()}


def _reading() -> Section:
    points: Sequence[Point] = [
        Point(
            "plain",
            one.reference,
            (tr("lessons {numbers}; {checked}", numbers=listed(one.lessons), checked=one.checked),),
        )
        for one in reading()
    ]
    return Section("reading", tr("What to read"), points=tuple(points))
