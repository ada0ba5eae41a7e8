"""The client file -> `Client`: whose data, up to which day, in which currency, and the clean tables behind it.

Everything that is wrong with the client file, the data files, their columns and their values is reported together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import duckdb

from crmlab import brand, client_file, suite
from crmlab.brand import Brand
from crmlab.client_file import ClientKeys
from crmlab.errors import DataError, nearest, together
from crmlab.tables import check, engine, ingest
from crmlab.tables.export import Export
from crmlab.tables.ingest import CleanTable, Request, Source
from crmlab.tables.quality import Ledger
from crmlab.tables.schema import Rules
from crmlab.tables.sources import address
from crmlab.tables.wording import shown

FILE_NAME = "client.yml"


@dataclass(frozen=True, kw_only=True)
class Economics:
    """What the client file says of margins and costs; None where it says nothing, for there are no defaults.

    Attributes
    ----------
    margin_rate : float or None
        Contribution margin as a share of revenue, 0 to 1.
    discount_rate_per_year : float or None
        0.1 is 10 % a year; `discount_rate_kind` says whether it is `nominal` or `real`.
    contact_cost, contact_budget : float or None
        The cost of contacting one customer once, and what may be spent on contacts, in the client's currency.
    contact_capacity : int or None
        How many contacts can be made in the horizon of the report.
    supplied_by : str or None
        Who supplied these, and when.
    """

    margin_rate: float | None = None
    discount_rate_per_year: float | None = None
    discount_rate_kind: str | None = None
    contact_cost: float | None = None
    contact_budget: float | None = None
    contact_capacity: int | None = None
    supplied_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commission:
    """What the client file says of the report itself, for its cover; None where it says nothing."""

    analyst: str | None = None
    reviewer: str | None = None
    intended_use: str | None = None
    confidentiality: str | None = None


@dataclass(frozen=True, kw_only=True)
class Client:
    """One client's data, checked and clean.

    Attributes
    ----------
    id : str
        Lower-case letters, digits and hyphens: the only part of a client's name that reaches a path.
    name : str
        The client's name for people.
    observed_until : date
        The last day the data covers, inclusive.
    currency : str
        Three letters, such as `USD`; what every amount is in.
    rules : Rules
        What the client file decides about rows.
    ledger : Ledger or None
        The total of the client's own books, if the client file states one.
    economics : Economics
        Margins and costs the client states.
    commission : Commission
        Who made the report, for what use.
    brand : Brand
        How its reports look.
    exports : tuple of Export
        The raw files behind the tables: where they lie, how they are written, which column is which.
    sources : tuple of Source
        The raw files, with SHA-256, size and rows.
    data_key : str
        SHA-256 over the files' bytes, their form, the mapping, the rules, `observed_until`, the currency and the
        ledger: two clients with the same key have the same data.
    source_path : Path
        The client file.
    """

    id: str
    name: str
    observed_until: date
    currency: str
    rules: Rules
    ledger: Ledger | None
    economics: Economics
    commission: Commission
    brand: Brand
    exports: tuple[Export, ...]
    sources: tuple[Source, ...]
    data_key: str
    source_path: Path
    _clean: Mapping[str, CleanTable] = field(repr=False, compare=False)
    _threads: int | None = field(default=None, repr=False, compare=False)
    _memory_limit: str | None = field(default=None, repr=False, compare=False)

    @classmethod
    def open(cls, client: str | Path, *, threads: int | None = None, memory_limit: str | None = None) -> Self:
        """The client, with its tables ingested; opening it again only hashes the files.

        Parameters
        ----------
        client : str or Path
            The name of a built-in client (`cdnow`), or the path of a client file or of a folder that holds a
            `client.yml`. A text that is a built-in name is never taken for a path; `./cdnow` is one.
        threads, memory_limit : int, str, optional
            Settings of the engine, as in `crmlab.tables.engine.connect`.

        Raises
        ------
        DataError
            If anything is wrong with the client file or the data behind it: all of it in one message.
        """
        path = _located(client)
        keys, exports = _checked(path, memory_limit)
        requests = _requests(keys, exports)
        clean = ingest.ingest_all(requests, threads=threads, memory_limit=memory_limit)
        sources = tuple(source for table in clean.values() for source in table.sources)
        ledger = Ledger(keys.ledger.total, keys.ledger.of) if keys.ledger else None
        return cls(
            id=keys.id,
            name=keys.name,
            observed_until=keys.observed_until,
            currency=keys.currency,
            rules=keys.rules,
            ledger=ledger,
            economics=Economics(**keys.economics.model_dump()),
            commission=Commission(**keys.report.model_dump()),
            brand=brand.opened(keys.brand, path.parent),
            exports=exports,
            sources=sources,
            data_key=_data_key(requests, sources, ledger),
            source_path=path,
            _clean=clean,
            _threads=threads,
            _memory_limit=memory_limit,
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables the client has, transactions first."""
        return tuple(self._clean)

    def table(self, name: str) -> Any:
        """The clean table as an Ibis table: the schema's columns, and `excluded_by` (a rule's name, or null).

        All tables of one client share one connection, so that they can be joined.
        """
        if name not in self._clean:
            known = ", ".join(self._clean)
            raise DataError(f"client {self.id} has no table {name!r}{nearest(name, self._clean)}; it has {known}")
        try:
            return ingest.read_parts(self.connection, self._clean[name].parts)
        except duckdb.Error as error:
            raise DataError(f"the clean table of client {self.id} is gone from the cache; open it again") from error

    @cached_property
    def connection(self) -> Any:
        """The engine behind the tables, which raw files are looked at with too: two would take the memory twice."""
        return engine.connect(threads=self._threads, memory_limit=self._memory_limit)


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What the client file alone says: whose data it is and where the file lies; no data was read."""

    id: str
    name: str
    observed_until: date
    currency: str
    source_path: Path


def glance(client: str | Path) -> Glance:
    """A look at the client named as for `Client.open`, in milliseconds: its client file, and whether its files exist.

    What is wrong inside the data files shows when the client is opened.

    Raises
    ------
    DataError
        If the client file cannot be used, or names files that are not there or cannot be read: all of it.
    """
    path = _located(client)
    keys, exports = _checked(path, None)
    problems = [problem for export in exports for problem in address.places(export.names, export.folder).problems]
    if problems:
        raise DataError(together(f"{path} cannot be used as it stands:", problems))
    return Glance(
        id=keys.id, name=keys.name, observed_until=keys.observed_until, currency=keys.currency, source_path=path
    )


def built_in() -> tuple[str, ...]:
    """The names of the clients that come with crmlab."""
    return tuple(sorted(path.parent.name for path in suite.datasets_folder().glob(f"*/{FILE_NAME}")))


def _located(client: str | Path) -> Path:
    if isinstance(client, str) and client in built_in():
        return suite.datasets_folder() / client / FILE_NAME
    path = Path(client)
    try:
        if path.is_dir() and (path / FILE_NAME).is_file():
            return path / FILE_NAME
        if path.is_file():
            return path
        in_folder = path.is_dir()
    except (OSError, ValueError):
        in_folder = False
    known = ", ".join(built_in())
    if in_folder:
        raise DataError(f"the folder {path} holds no {FILE_NAME}; write one there, or name a built-in client: {known}")
    raise DataError(
        f"there is no client {shown(str(client))}{nearest(str(client)[:80], built_in())}: it is neither a built-in "
        f"client ({known}) nor the path of a client file or of a folder with a {FILE_NAME}"
    )


def _checked(path: Path, memory_limit: str | None) -> tuple[ClientKeys, tuple[Export, ...]]:
    """The content of the client file; if anything is wrong with it, the data behind it are looked at as well."""
    holds, found = client_file.read(path)
    keys, more = client_file.parse(holds, path, today=datetime.now(tz=UTC).date()) if not found else (None, [])
    exports = tuple(client_file.exports_of(holds, path))
    if keys is not None and not more:
        return keys, exports
    currency = holds.get("currency") if isinstance(holds, dict) else None
    known = currency if isinstance(currency, str) else None
    in_data = check.problems(exports, currency=known, memory_limit=memory_limit)
    raise DataError(together(f"{path} cannot be used as it stands:", found + more + in_data))


def _requests(keys: ClientKeys, exports: Sequence[Export]) -> tuple[Request, ...]:
    names = dict.fromkeys(export.table.name for export in exports)
    return tuple(
        Request(
            exports=tuple(export for export in exports if export.table.name == name),
            observed_until=keys.observed_until,
            rules=keys.rules,
            currency=keys.currency,
        )
        for name in names
    )


def _data_key(requests: Sequence[Request], sources: Sequence[Source], ledger: Ledger | None) -> str:
    return ingest.digest_of(
        {
            "sources": [(source.table, source.sha256) for source in sources],
            "requests": [request.facts() for request in requests],
            "ledger": [str(ledger.total), ledger.of] if ledger else None,
        }
    )
