"""What whoever runs jobs tells while it does: the same from local processes and from a cluster."""

from dataclasses import dataclass

from crmlab.report.batch.jobs import Job, Outcome


@dataclass(frozen=True)
class Started:
    """A job was given to a worker."""

    job: Job


@dataclass(frozen=True)
class Advanced:
    """So many cells of a job are done."""

    job: Job
    done: int
    of: int


@dataclass(frozen=True)
class Ended:
    """A job came to its end."""

    outcome: Outcome


@dataclass(frozen=True)
class IndexFailed:
    """All reports of a client are made, and its index page could not be written."""

    client_id: str
    told: str


Event = Started | Advanced | Ended | IndexFailed
