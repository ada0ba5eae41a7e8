"""What the commands print: tables for people, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmlab import datasets, suite
from crmlab.client import FILE_NAME, Client
from crmlab.data_page.assemble import data_page
from crmlab.data_page.layout import Section
from crmlab.data_page.sections import sections
from crmlab.errors import ParameterError, ReportError, nearest
from crmlab.intake.start import refuse_to_replace, start
from crmlab.language import money, speaking, translated
from crmlab.report import client_report, data, index, parameters
from crmlab.report import verify as verifying
from crmlab.report.body import View
from crmlab.report.engines import Engine
from crmlab.report.formats import make
from crmlab.report.run import FormatError, RunResult, run_notebook
from crmlab.tables import schema
from crmlab.tables.schema import listing
from crmlab.tables.wording import plural
from crmlab.terminal import busy, counting, print_json, print_line, print_table

MOST_FILES = 5
MOST_DIFFERENCES = 20

_MARKS = {"good": "  ok", "bad": "  NO", "odd": "  ! ", "plain": "  - "}


def write_client_file(folder: str, files: Sequence[str], *, force: bool) -> None:
    """Write the client file that raw files suggest, and print what was understood and what is to be confirmed."""
    place = Path(folder)
    refuse_to_replace(place / FILE_NAME, force=force)
    with busy("Looking at the files"):
        draft = start(place, files, today=datetime.now(tz=UTC).date())
    draft.save(force=force)
    for group, counted in zip(draft.understood.groups, draft.understood.facts, strict=True):
        labels = ", ".join(looked.label for looked in group.looked[:MOST_FILES])
        more = f" and {len(group.looked) - MOST_FILES} more" if len(group.looked) > MOST_FILES else ""
        print_line(f"{group.mapped.table.name}: {plural(counted.rows, 'row')} in {labels}{more}")
        print_table(
            ["crmlab", "in the file", "sure", "why"],
            [[name, match.theirs, match.confidence, match.reason] for name, match in group.mapped.matches.items()],
        )
    whole = draft.understood.together
    total = money(float(whole.total), decimals=2)
    print_line(f"All transactions: {plural(whole.rows, 'row')}, {total} {draft.understood.currency.code}.")
    print_line(f"{draft.path} is written. To confirm in it:")
    for number, sentence in enumerate(draft.to_confirm, 1):
        print_line(f"  {number}. {sentence}")
    print_line(f"Then: crmlab check {folder}")


def show_notebooks(*, as_json: bool) -> None:
    """Print every notebook with its question, the tables and columns it needs, its gates and its parameters."""
    rows: list[dict[str, Any]] = [
        {
            "notebook": notebook.name,
            "question": notebook.question,
            "needs": notebook.needs,
            "gates": notebook.gates,
            "parameters": [_parameter_row(parameter) for parameter in parameters.declared(notebook.path)],
        }
        for notebook in suite.notebooks()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print_line(f"{row['notebook']}  {row['question']}")
        needs = [f"{table} ({', '.join(columns)})" for table, columns in row["needs"].items()]
        print_line(f"  needs {'; '.join(needs)}; at least " + ", ".join(f"{v} {k}" for k, v in row["gates"].items()))
        print_table(
            ["parameter", "default", "takes", "meaning"],
            [[p["name"], repr(p["default"]), p["allowed"], p["description"]] for p in row["parameters"]],
        )


def run_notebooks(
    client: str,
    notebooks: Sequence[str],
    *,
    settings: Sequence[str],
    view: View,
    language: str,
    formats: Sequence[str],
    engine: Engine,
    out: str,
    quiet: bool,
    as_json: bool,
) -> list[ReportError]:
    """Run the notebooks on a client, print where the reports are, and return the errors of those that failed.

    Every notebook's name and parameters are checked before the first one starts.
    """
    wanted = make.chosen(formats)
    texts = dict(parameters.split_setting(setting) for setting in settings)
    chosen = [suite.notebook(name) for name in notebooks]
    with busy(f"Reading the data of {client}", quiet=quiet):
        opened = Client.open(client)
    given = [parameters.from_settings(notebook.path, texts) for notebook in chosen]
    for notebook, values in zip(chosen, given, strict=True):
        parameters.check(notebook.path, {**values, "view": view, "language": language})
    results: list[RunResult] = []
    failed: list[ReportError] = []
    how: dict[str, Any] = {"out": Path(out), "view": view, "language": language, "quiet": quiet}
    how |= {"formats": wanted, "engine": engine}
    for notebook, values in zip(chosen, given, strict=True):
        try:
            results.append(run_notebook(opened, notebook, parameters=values, **how))
        except FormatError as error:
            results.append(error.result)
            failed.append(error)
        except ReportError as error:
            failed.append(error)
    if as_json:
        print_json([_run_row(result) for result in results])
    else:
        _say_runs(results)
    return failed


def make_report(
    client: str,
    *,
    settings: Sequence[str],
    view: View,
    language: str,
    formats: Sequence[str],
    engine: Engine,
    out: str,
    quiet: bool,
    as_json: bool,
) -> list[ReportError]:
    """Make the client report, print where it lies and what to do next, and return the errors of what failed.

    What came of each notebook is said on standard error as it comes, unless `quiet`.
    """
    wanted = make.chosen(formats)
    texts = dict(parameters.split_setting(setting) for setting in settings)
    with busy(f"Reading the data of {client}", quiet=quiet):
        opened = Client.open(client)
    made = client_report.make_report(
        opened,
        out=Path(out),
        settings=texts,
        view=view,
        language=language,
        formats=wanted,
        engine=engine,
        quiet=quiet,
        on_done=None if quiet else _say_outcome,
    )
    with busy(f"Counting what is in the data of {client}", quiet=quiet):
        with speaking(language):
            page = data_page(opened)
        data.write(page, made.index.with_name(data.PAGE), language=language, brand=opened.brand)
    index.write(made.index.parent, language=language)  # again, for it leads to the data page
    if as_json:
        print_json(_report_row(made))
    else:
        _say_report(made, client)
    return [one.error for one in made.failed if one.error]


def show_check(client: str, *, out: str, html: str | None, as_json: bool) -> None:
    """Print the data page of a client; with `html` write it as a file too, and print where.

    `html` is the file's name, or empty for `data.html` in the client's folder under `out`.
    """
    with busy(f"Reading the data of {client}"):
        opened = Client.open(client)
    with busy(f"Counting what is in the data of {client}"):
        page = data_page(opened)
    place = Path(html) if html else Path(out) / page.client_id / data.PAGE
    file = None if html is None else data.write(page, place, brand=opened.brand)
    if as_json:
        print_json({**asdict(page), **({"html": file} if file else {})})
        return
    print_line(f"{page.client_name} ({page.client_id}), observed until {page.observed_until}")
    for section in sections(page):
        _print_section(section)
    if file:
        print_line(f"\nOpen {file}")


def show_datasets(*, as_json: bool) -> None:
    """Print the data sets that come with crmlab."""
    rows = [asdict(dataset) for dataset in datasets.registry()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print_line(row["name"])
        shown = {key: _listed(value) for key, value in row.items() if key != "name" and value}
        print_table(["", ""], [[key, text] for key, text in shown.items()], head=False)


def _listed(value: Any) -> str:
    return f"{len(value)}; --json names them with their SHA-256" if isinstance(value, dict) else str(value)


def verify_run(run: str, *, client: str | None, quiet: bool, as_json: bool) -> bool:
    """Make a report again from its own record, print what is the same, and return whether all numbers are."""
    folder = Path(run)
    opened = Client.open(verifying.client_of(folder, client))
    with busy(f"Making {folder.name} again", quiet=quiet):
        found = verifying.verify(folder, opened)
    if as_json:
        print_json({**asdict(found), "sameness": found.sameness})
    else:
        _say_verification(found)
    return found.sameness != "other numbers"


def show_tables(names: Sequence[str], *, as_json: bool) -> None:
    """Print what a client file may say of these tables, or of all that crmlab knows.

    Raises
    ------
    ParameterError
        If crmlab does not know one of them.
    """
    unknown = [f"{name!r}{nearest(name, schema.BY_NAME)}" for name in names if name not in schema.BY_NAME]
    if unknown:
        raise ParameterError(f"crmlab knows no table {', '.join(unknown)}; it knows {', '.join(schema.BY_NAME)}")
    chosen = [schema.BY_NAME[name] for name in names] or schema.TABLES
    if as_json:
        print_json([listing.facts(table) for table in chosen])
        return
    for table in chosen:
        print_line(f"{table.name}  {translated(table.description)}")
        print_table(["* must be mapped", "type", "what may stand there", "meaning"], map(listing.row, table.columns))
        for note in listing.notes(table):
            print_line(f"  {note}")
    print_line("transactions must be there; every other table may be left out of the client file.")


def make_company(folder: str, *, profile: str, scenario: str, seed: int) -> None:
    """Make the teaching company in a folder, and print what it holds and what to do with it."""
    # Every other command would carry what only this one needs, up to 50 MB of it.
    from crmlab.company import setting  # noqa: PLC0415
    from crmlab.company.write import TABLES_FOLDER, write_company  # noqa: PLC0415

    wanted = setting(profile, seed=seed, scenario=scenario)
    with counting(f"Making {wanted.profile.customers:,} customers") as said:
        file = write_company(Path(folder), wanted, on_part=said)
    tables = sorted((file.parent / TABLES_FOLDER).glob("*.parquet"))
    size = sum(path.stat().st_size for path in tables) / 1e6
    print_line(f"{file} is written, with {plural(len(tables), 'table')} of {size:.1f} MB and their truth beside them.")
    print_line(f"Then: crmlab check {folder}")


def _say_verification(found: verifying.Verification) -> None:
    print_line(f"{found.folder.name}, made again: {found.sameness}.")
    for name in found.changed:
        print_line(f"  {name}: other bytes")
    if found.differences:
        shown = found.differences[:MOST_DIFFERENCES]
        print_table(["where", "then", "now"], [[one.where, one.then, one.now] for one in shown])
        if more := len(found.differences) - len(shown):
            print_line(f"and {more} more; --json gives them all")
    if found.causes:
        print_line("What went into it and is not the same now:")
        for cause in found.causes:
            print_line(f"  {cause}")
    elif found.differences:
        print_line("Everything that is known to go into it is the same; please report this: a result hangs on chance.")


def _parameter_row(parameter: parameters.Parameter) -> dict[str, Any]:
    return {name: getattr(parameter, name) for name in ("name", "annotation", "default", "allowed", "description")}


def _run_row(result: RunResult) -> dict[str, Any]:
    return {**asdict(result), "report": str(result.folder / "report.html")}


def _say_runs(results: Iterable[RunResult]) -> None:
    for result in results:
        state = result.status if result.fresh else f"{result.status} before, nothing to do again"
        print_line(f"{state}: {result.folder / 'report.html'}")
        _say_formats(result)
        for reason in result.refusals:
            print_line(f"  {reason}")
        if result.inputs:
            print_line(f"  put together from {', '.join(result.inputs)}")
        _say_translation(result)
    for page in sorted({str(result.index) for result in results}):
        print_line(f"Open {page}")


def _say_formats(result: RunResult) -> None:
    for name, file in result.formats.items():
        if name != "html":
            print_line(f"  the same as {name.upper()}: {file}")


def _say_translation(result: RunResult) -> None:
    said, missing = result.translation
    if missing:
        print_line(f"  {missing} of {said} messages are not translated yet; run.json beside the report lists them")


def _say_outcome(place: str, outcome: client_report.Outcome) -> None:
    result = outcome.result
    took = "" if result is None else f" in {result.seconds:.0f} s" if result.fresh else " before, nothing to do again"
    sys.stderr.write(f"{place}: {outcome.status}{took}\n")


def _say_report(made: client_report.ClientReport, client: str) -> None:
    for outcome in made.outcomes:
        if outcome.result and outcome.result.refusals:
            print_line(f"{outcome.notebook.name} is not answered, the data cannot support it:")
            for reason in outcome.result.refusals:
                print_line(f"  {reason}")
    if made.report:
        print_line(f"The client report: {made.report.folder / 'report.html'}")
        _say_formats(made.report)
        _say_translation(made.report)
    print_line(f"Open {made.index}")
    print_line(f"Next: {_next_step(made, client)}")


def _next_step(made: client_report.ClientReport, client: str) -> str:
    if made.failed:
        name = made.failed[0].notebook.name
        if made.failed[0].result:
            return f"the page of {name} is whole; the same command makes the format that it lacks"
        return f"crmlab run {client} {name} --debug shows where {name} failed; then crmlab report {client} again"
    if all(one.status == "refused" for one in made.outcomes):
        return f"crmlab check {client} says what the data lack for each notebook"
    return "read its summary, then hand on the lists: each is a CSV, and all are in its lists.xlsx"


def _report_row(made: client_report.ClientReport) -> dict[str, Any]:
    rows = [
        {
            "notebook": one.notebook.name,
            "status": one.status,
            **({"error": str(one.error)} if one.error else {}),
            **({"folder": one.folder} if one.result is None else _run_row(one.result)),
        }
        for one in made.outcomes
    ]
    report = str(made.report.folder / "report.html") if made.report else None
    return {"report": report, "index": made.index, "runs": rows}


def _print_section(section: Section) -> None:
    print_line(f"\n{section.title.upper()}")
    for sentence in section.sentences:
        print_line(sentence)
    for grid in section.grids:
        print_line(f"\n{grid.caption}")
        print_table(grid.headings, grid.rows, numbers=grid.numbers)
        for note in grid.notes:
            print_line(note)
    for point in section.points:
        print_line(f"{_MARKS[point.mark]} {point.text}")
        for detail in point.details:
            print_line(f"     {detail}")
