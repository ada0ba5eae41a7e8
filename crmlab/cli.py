"""The command line. Every command imports what it needs when it is called, so that `crmlab --help` is instant."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from crmlab import __version__
from crmlab.errors import CrmlabError, ReportError
from crmlab.startup import spare_imports

OK, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130

_NO_MEMORY = (
    "the data need more memory than the engine may take, although what does not fit is written to {folder}. See that "
    "the disk has room there, close other programs, set CRMLAB_MEMORY (such as 4GB) higher if it is set, or run it on "
    "a machine with more memory; nothing half-written was left behind."
)

CLIENT_HELP = "a client file (client.yml), its folder, or a built-in client such as cdnow"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of the command in `arguments`: 0 done, 1 a run failed, 2 wrong use or unusable data, 130 stopped."""
    options = _parser().parse_args(arguments)
    spare_imports()
    try:
        code: int = options.command(options)
    except CrmlabError as error:
        if options.debug:
            raise
        _say_error(error)
        return FAILED if isinstance(error, ReportError) else WRONG_USE
    except KeyboardInterrupt:
        return _stopped()
    except BrokenPipeError:  # the reader of our output, such as `head`, has had enough
        sys.stderr.close()
        return OK
    except Exception as error:
        return _told_by_the_engine(error)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crmlab", description="Notebooks, analyses and reproducible reports for customer relationship management."
    )
    parser.add_argument("--version", action="version", version=f"crmlab {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_init(commands)
    _add_list(commands)
    _add_run(commands)
    _add_report(commands)
    _add_batch(commands)
    _add_verify(commands)
    _add_check(commands)
    _add_data(commands)
    _add_lab(commands)
    _add_teach(commands)
    return parser


def _add(commands: Any, name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(command=command)
    return parser


def _add_init(commands: Any) -> None:
    parser = _add(commands, "init", _init, "look at raw files and write a client file for them, to be confirmed")
    parser.add_argument("folder", metavar="DIR", help="the folder of the client file; it is made if it is not there")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a text file, workbook, Parquet file, archive, pattern, or sqlite:///shop.db or duckdb:///shop.duckdb",
    )
    parser.add_argument("--force", action="store_true", help="replace the client file that is there")


def _add_list(commands: Any) -> None:
    parser = _add(commands, "list", _list, "the notebooks: question, tables needed, parameters")
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _add_run(commands: Any) -> None:
    parser = _add(commands, "run", _run, "run notebooks on a client and write their reports")
    parser.add_argument("client", metavar="CLIENT", help=CLIENT_HELP)
    parser.add_argument("notebooks", metavar="NOTEBOOK", nargs="+", help="a notebook's name or number (crmlab list)")
    _add_run_options(parser)


def _add_report(commands: Any) -> None:
    text = "run every notebook on a client, then the client report that puts them together"
    parser = _add(commands, "report", _report, text)
    parser.add_argument("client", metavar="CLIENT", help=CLIENT_HELP)
    _add_run_options(parser)


def _add_batch(commands: Any) -> None:
    parser = _add(commands, "batch", _batch, "make every report of a portfolio, several at once, and a page over all")
    parser.epilog = (
        "What is up to date is not made again, so that the same command goes on after anything that stopped it. Exit "
        "code: 0 all done or refused, 1 one failed, 2 the portfolio is wrong and nothing was started, 130 stopped by "
        "Ctrl-C or SIGTERM."
    )
    parser.add_argument(
        "portfolio", metavar="PORTFOLIO", help="a YAML file, a CSV with a row for each client, or a folder of clients"
    )
    parser.add_argument("--workers", metavar="N", type=int, help="reports made at once (default: what memory feeds)")
    parser.add_argument("--shard", metavar="I/N", help="only the part I of N; each report is in exactly one part")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="make them on a Dask cluster (pip install crmlab[dask])")
    parser.add_argument(
        "--force",
        action="store_true",
        help="make again what is up to date; a folder that comes out otherwise is kept as aside-*",
    )
    _add_engine(parser)
    parser.add_argument(
        "--time-limit", metavar="SECONDS", type=float, default=600, help="for each notebook (default: 600)"
    )
    parser.add_argument("--out", metavar="DIR", default="reports", help="folder the reports go to (default: reports)")
    parser.add_argument("--quiet", action="store_true", help="no progress on the screen")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a line of JSON for each report as it ends (event: report), and one of counts last (event: end)",
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", metavar="NAME=VALUE", dest="settings", action="append", default=[], help="set a parameter (repeatable)"
    )
    parser.add_argument("--view", default="client", help="client (no code; the default) or teaching (all of it)")
    parser.add_argument("--language", default="en", help="language of the report: en (the default) or fa")
    parser.add_argument(
        "--format",
        metavar="FORMATS",
        dest="formats",
        action="append",
        default=[],
        help="the report's formats besides html, which is always made: pdf, docx, or both with a comma",
    )
    _add_engine(parser)
    parser.add_argument("--out", metavar="DIR", default="reports", help="folder the reports go to (default: reports)")
    parser.add_argument("--quiet", action="store_true", help="no progress on the screen")
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _add_verify(commands: Any) -> None:
    text = "make a report again from its own record, and say whether every number is the same (exit code 1 if not)"
    parser = _add(commands, "verify", _verify, text)
    parser.add_argument("run", metavar="RUN", help="the run's folder, such as reports/negin/02_pareto-1c16518c026b")
    parser.add_argument("--client", metavar="CLIENT", help=CLIENT_HELP + "; by default the built-in one the run names")
    parser.add_argument("--quiet", action="store_true", help="no progress on the screen")
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    engines = (
        "warm (one set of imports for all notebooks; the default) or plain (a kernel each); the report is the same"
    )
    parser.add_argument("--engine", choices=("warm", "plain"), default="warm", help=engines)


def _add_check(commands: Any) -> None:
    parser = _add(commands, "check", _check, "what is in the data, and which notebooks it can support")
    parser.add_argument("client", metavar="CLIENT", help=CLIENT_HELP)
    parser.add_argument(
        "--html",
        metavar="FILE",
        nargs="?",
        const="",
        help="write it as a page too (default: DIR/<client id>/data.html)",
    )
    parser.add_argument("--out", metavar="DIR", default="reports", help="folder the pages go to (default: reports)")
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _add_data(commands: Any) -> None:
    parser = commands.add_parser("data", help="the data sets that come with crmlab, and the tables it knows")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _add(actions, "list", _data_list, "name, size, period, licence and source of every data set")
    listing.add_argument("--json", action="store_true", help="print JSON for a program to read")
    making = _add(actions, "make", _data_make, "make Negin, the teaching company, in a size and a world of your own")
    making.add_argument("folder", metavar="DIR", help="a folder that is not there yet")
    making.add_argument("--profile", default="sample", help="tiny, sample (the default) or big")
    making.add_argument("--scenario", default="standard", help="clean, standard (the default), null or awkward")
    making.add_argument("--seed", type=int, default=20, help="another seed, another company (default: 20)")
    tables = _add(actions, "tables", _data_tables, "the tables a client file may name, and their columns")
    tables.add_argument("tables", metavar="TABLE", nargs="*", help="only these (by default all of them)")
    tables.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _add_lab(commands: Any) -> None:
    parser = _add(commands, "lab", _lab, "open JupyterLab on a working copy of the notebooks")
    parser.add_argument("client", metavar="CLIENT", nargs="?", default="cdnow", help=CLIENT_HELP + " (default: cdnow)")
    parser.add_argument("--folder", metavar="DIR", default="lab", help="folder of the working copies (default: lab)")
    parser.add_argument("--solutions", action="store_true", help="with the solutions of the exercises, for instructors")


def _add_teach(commands: Any) -> None:
    parser = commands.add_parser("teach", help="for instructors: the answer key, the gradebook, the course page")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    key = _add(actions, "key", _teach_key, "every student's answers, with the hint for each typical mistake, as a CSV")
    key.add_argument("notebooks", metavar="NOTEBOOK", nargs="*", help="only these (by default all with exercises)")
    key.add_argument("--seeds", metavar="NUMBERS", help="the students' numbers, such as 1-30 or 7,8,21")
    key.add_argument("--roster", metavar="FILE", help="a CSV with the columns student, seed, instead of --seeds")
    key.add_argument("--out", metavar="FILE", default="key.csv", help="where it goes (default: key.csv)")
    grade = _add(actions, "grade", _teach_grade, "judge the notebooks handed in, and write the gradebook as a CSV")
    grade.add_argument("folder", metavar="FOLDER", help="the folder of the notebooks handed in, with their outputs")
    grade.add_argument("--roster", metavar="FILE", help="a CSV with the columns student, seed")
    grade.add_argument("--out", metavar="FILE", default="gradebook.csv", help="where it goes (default: gradebook.csv)")
    course = _add(actions, "course", _teach_course, "one page: lessons, objectives, concepts, terms, what to read")
    course.add_argument("--reports", metavar="DIR", default="reports", help="where run times stand (default: reports)")
    course.add_argument("--language", default="en", help="language of the page: en (the default) or fa")
    course.add_argument("--out", metavar="FILE", default="course.html", help="where it goes (default: course.html)")
    for one in (key, grade):
        one.add_argument("--client", metavar="CLIENT", help=CLIENT_HELP + "; by default what the notebooks open")


def _init(options: argparse.Namespace) -> int:
    from crmlab import console

    console.write_client_file(options.folder, options.files, force=options.force)
    return OK


def _list(options: argparse.Namespace) -> int:
    from crmlab import console

    console.show_notebooks(as_json=options.json)
    return OK


def _run(options: argparse.Namespace) -> int:
    from crmlab import console

    failed = console.run_notebooks(
        options.client,
        options.notebooks,
        settings=options.settings,
        view=options.view,
        language=options.language,
        formats=options.formats,
        engine=options.engine,
        out=options.out,
        quiet=options.quiet,
        as_json=options.json,
    )
    for error in failed:
        _say_error(error)
    return FAILED if failed else OK


def _report(options: argparse.Namespace) -> int:
    from crmlab import console

    failed = console.make_report(
        options.client,
        settings=options.settings,
        view=options.view,
        language=options.language,
        formats=options.formats,
        engine=options.engine,
        out=options.out,
        quiet=options.quiet,
        as_json=options.json,
    )
    for error in failed:
        _say_error(error)
    return FAILED if failed else OK


def _batch(options: argparse.Namespace) -> int:
    from crmlab import batches

    well = batches.run_batch(
        options.portfolio,
        out=options.out,
        workers=options.workers,
        part=options.shard,
        scheduler=options.scheduler,
        force=options.force,
        engine=options.engine,
        time_limit_seconds=options.time_limit,
        quiet=options.quiet,
        as_json=options.json,
    )
    return OK if well else FAILED


def _verify(options: argparse.Namespace) -> int:
    from crmlab import console

    same = console.verify_run(options.run, client=options.client, quiet=options.quiet, as_json=options.json)
    return OK if same else FAILED


def _check(options: argparse.Namespace) -> int:
    from crmlab import console

    console.show_check(options.client, out=options.out, html=options.html, as_json=options.json)
    return OK


def _data_list(options: argparse.Namespace) -> int:
    from crmlab import console

    console.show_datasets(as_json=options.json)
    return OK


def _data_make(options: argparse.Namespace) -> int:
    from crmlab import console

    console.make_company(options.folder, profile=options.profile, scenario=options.scenario, seed=options.seed)
    return OK


def _data_tables(options: argparse.Namespace) -> int:
    from crmlab import console

    console.show_tables(options.tables, as_json=options.json)
    return OK


def _lab(options: argparse.Namespace) -> int:
    from crmlab import lab

    return lab.open_lab(options.client, folder=options.folder, solutions=options.solutions)


def _teach_key(options: argparse.Namespace) -> int:
    from crmlab import classroom

    classroom.write_key(options.client, options.notebooks, seeds=options.seeds, roster=options.roster, out=options.out)
    return OK


def _teach_grade(options: argparse.Namespace) -> int:
    from crmlab import classroom

    classroom.write_gradebook(options.folder, client=options.client, roster=options.roster, out=options.out)
    return OK


def _teach_course(options: argparse.Namespace) -> int:
    from crmlab import classroom

    classroom.write_course(options.out, reports=options.reports, language=options.language)
    return OK


def _told_by_the_engine(error: Exception) -> int:
    """The code of what DuckDB may say in any command: a Ctrl-C that reached it first, or too little memory."""
    if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():
        return _stopped()
    if type(error).__name__ != "OutOfMemoryException":  # importing DuckDB for its name would slow every command
        raise error
    from crmlab.tables.engine import spill_folder

    sys.stderr.write(f"crmlab: {_NO_MEMORY.format(folder=spill_folder())}\n")
    return FAILED


def _stopped() -> int:
    sys.stderr.write("\ncrmlab: stopped; nothing half-written was left behind.\n")
    return INTERRUPTED


def _say_error(error: CrmlabError) -> None:
    sys.stderr.write(f"crmlab: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
