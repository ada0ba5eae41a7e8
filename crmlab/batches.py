"""What `crmlab batch` says: progress, a table at the end for people, a line of JSON for each report for programs."""

import json
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from crmlab.errors import ParameterError, ReportError
from crmlab.report.batch import memory, portfolio_index, summary
from crmlab.report.batch.dask import run_on
from crmlab.report.batch.events import Advanced, Ended, Event, IndexFailed, Started
from crmlab.report.batch.jobs import Job, Outcome, Queue, shard, split_shard
from crmlab.report.batch.perform import Setting
from crmlab.report.batch.pool import run_here, stopped_by_sigterm
from crmlab.report.batch.portfolio import read_portfolio
from crmlab.report.engines import Engine
from crmlab.tables.wording import plural
from crmlab.terminal import busy, print_line, print_table

Show = Callable[[Event], None]


def run_batch(
    portfolio: str,
    *,
    out: str,
    workers: int | None,
    part: str | None,
    scheduler: str | None,
    force: bool,
    engine: Engine,
    time_limit_seconds: float,
    quiet: bool,
    as_json: bool,
) -> bool:
    """Make every report of a portfolio, say what came of each, and whether all of them were done or refused.

    Raises
    ------
    ParameterError
        Before anything starts, with everything that is wrong with the portfolio.
    ReportError
        If the scheduler is gone; what is done stays done.
    """
    began = time.monotonic()
    number, of = split_shard(part) if part else (1, 1)
    if workers is not None and workers < 1:
        raise ParameterError(f"--workers takes how many reports are made at once, from 1; got {workers}")
    with busy(f"Checking {portfolio}", quiet=quiet):
        asked = read_portfolio(Path(portfolio))
    jobs = shard(asked.jobs, number, of)
    setting = Setting(out=Path(out).absolute(), engine=engine, time_limit_seconds=time_limit_seconds, force=force)
    events = run_on(Queue(jobs), setting, scheduler) if scheduler else _here(jobs, workers, setting, quiet=quiet)
    heard = _Heard(setting.out, as_json=as_json)
    with stopped_by_sigterm():
        try:
            with _told(len(jobs), quiet=quiet) as show, closing(events):
                for event in events:
                    show(event)
                    heard.take(event)
        finally:
            page = heard.write_page(asked.language)
    heard.say_end(page, time.monotonic() - began)
    return heard.is_well


def _here(jobs: Sequence[Job], workers: int | None, setting: Setting, *, quiet: bool) -> Generator[Event]:
    fed = memory.workers_here()
    most = min(workers or fed, max(1, len(jobs)))
    if most > memory.feeds(memory.available(), most) and not quiet:
        sys.stderr.write(
            f"crmlab: {plural(most, 'worker')} may need {most * memory.NEED / 1e9:.1f} GB, and "
            f"{memory.available() / 1e9:.1f} GB are free; a worker waits while less is left than one needs\n"
        )
    return run_here(Queue(jobs), replace(setting, memory_limit=memory.share(most)), workers=most)


@dataclass
class _Heard:
    """What came of the batch so far."""

    out: Path
    as_json: bool
    outcomes: list[Outcome] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing failed."""
        return not self.troubles and not any(outcome.status == "failed" for outcome in self.outcomes)

    def take(self, event: Event) -> None:
        """Remember what matters at the end; a program is told at once."""
        if isinstance(event, IndexFailed):
            self.troubles.append(f"the index page of {event.client_id} cannot be written: {event.told}")
        elif isinstance(event, Ended):
            self.outcomes.append(event.outcome)
            if self.as_json:
                _print_json_line(summary.record(event.outcome, self.out))

    def write_page(self, language: str) -> Path | None:
        """The page over all clients, None where there is none or it cannot be written; that is told with the end."""
        try:
            return portfolio_index.write(self.out, language=language)
        except ReportError as error:
            self.troubles.append(f"the page over all clients cannot be written: {error}")
            return None

    def say_end(self, page: Path | None, seconds: float) -> None:
        """Print the table or the last line of JSON, and what went wrong beside the reports."""
        if self.as_json:
            counted = summary.counts(self.outcomes)
            last = {"event": "end", **counted, "seconds": round(seconds, 2), "index": str(page) if page else None}
            _print_json_line(last)
        else:
            self._print_table(page, seconds)
        for trouble in self.troubles:
            sys.stderr.write(f"crmlab: {trouble}\n")

    def _print_table(self, page: Path | None, seconds: float) -> None:
        if shown := summary.rows_to_show(self.outcomes):
            print_table(summary.HEADINGS, map(summary.row, shown), numbers=[summary.SECONDS])
        print_line(summary.sentence(self.outcomes, seconds))
        for outcome in shown:
            if outcome.status == "failed":
                print_line(f"{outcome.job.client_id} {outcome.job.notebook.name} failed: {outcome.told}")
        if page:
            print_line(f"Open {page}")


def _print_json_line(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()  # whoever reads it is not to wait for the next one


@contextmanager
def _told(jobs: int, *, quiet: bool) -> Iterator[Show]:
    """Progress on standard error: bars where a person is looking, else a line for each report."""
    terminal = Console(stderr=True)
    if quiet:
        yield lambda _event: None
    elif terminal.is_terminal:
        # markup off: a client's id cannot hold any, a notebook's name might
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=terminal, transient=True) as bars:
            yield _Bars(bars, bars.add_task("reports", total=jobs)).show
    else:
        yield _Lines(jobs).show


@dataclass
class _Bars:
    """A bar for all reports, and one for each that is being made."""

    bars: Progress
    whole: TaskID
    running: dict[str, TaskID] = field(default_factory=dict)

    def show(self, event: Event) -> None:
        """Move the bars."""
        if isinstance(event, Started):
            name = f"  {event.job.client_id} {event.job.notebook.name}"
            self.running[event.job.key] = self.bars.add_task(name, total=None)
        elif isinstance(event, Advanced) and event.of and event.job.key in self.running:
            self.bars.update(self.running[event.job.key], completed=event.done, total=event.of)
        elif isinstance(event, Ended):
            self.bars.advance(self.whole)
            if (task := self.running.pop(event.outcome.job.key, None)) is not None:
                self.bars.remove_task(task)


@dataclass
class _Lines:
    """A line for each report that has come to its end."""

    of: int
    done: int = 0

    def show(self, event: Event) -> None:
        """Write the line."""
        if isinstance(event, Ended):
            self.done += 1
            client, notebook, status, seconds, *_ = summary.row(event.outcome)
            sys.stderr.write(f"{self.done} of {self.of}: {client} {notebook}: {status} in {seconds} s\n")
