"""A site: its data folder, settings, network, store and ledger, opened when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from qualicity.clock import Clock, SystemClock
from qualicity.errors import UsageError
from qualicity.network import Network
from qualicity.network_file import network_files, site_network
from qualicity.settings import Settings, load_settings
from qualicity.store.base import RECORDS
from qualicity.store.durable import file_stamp
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import INDICATORS, NAME, Ledger

if TYPE_CHECKING:
    from console.access.store import AccessStore
    from targets.records.store import RecordStore


class KeptNetwork:
    """The network of one site, read again only when one of its files is another: pages ask for it each time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: tuple[object, Network] | None = None

    def __call__(self, data: Path, settings: Settings) -> Network:
        """Return the network as its files say it now.

        Raises:
            InputError: a file cannot be taken.
        """
        seen = tuple(map(file_stamp, network_files(data, settings)))
        with self._lock:
            if self._read is None or self._read[0] != seen:
                self._read = seen, site_network(data, settings)
            return self._read[1]


class Site:
    """What the commands share. A `writer` may append readings; a `reader` writes nothing at all.

    `sealing` owns the archive: None = a writer does where no other process does. `read_network` reads its network.
    `config` is the settings file that was named, for processes that are started for the site; None = its own.
    """

    def __init__(
        self,
        data: Path,
        settings: Settings,
        clock: Clock,
        *,
        writer: bool = False,
        reader: bool = False,
        sealing: bool | None = None,
        read_network: Callable[[Path, Settings], Network] = site_network,
        config: Path | None = None,
    ) -> None:
        self.data = data
        self.config = config
        self.settings = settings
        self.clock = clock
        self._writer = writer
        self._reader = reader
        self._sealing = sealing
        self._read_network = read_network

    @cached_property
    def network(self) -> Network:
        """Return the cities and stations of the network files."""
        return self._read_network(self.data, self.settings)

    @cached_property
    def store(self) -> EmbeddedStore:
        """Return the log of readings."""
        return EmbeddedStore(
            self.data,
            writer=self._writer,
            clock=self.clock,
            sealing=self._sealing,
            most_rows=self.settings.journal.most_rows,
            reserve=self.settings.archive.reserve_bytes,
        )

    @cached_property
    def ledger(self) -> Ledger:
        """Return the ledger of verdicts and marks."""
        return Ledger(self.data / NAME, self.clock, reader=self._reader)

    @cached_property
    def indicators(self) -> Ledger:
        """Return the ledger of what was judged of indicators."""
        return Ledger(self.data / INDICATORS, self.clock, reader=self._reader)

    @cached_property
    def records(self) -> RecordStore:
        """Return what departments have filed; a reader finds nothing on file where nothing was."""
        from targets.records.store import RecordStore  # noqa: PLC0415 - Arrow takes longer to load than most commands

        return RecordStore(self.data / RECORDS, self.clock, reader=self._reader)

    @cached_property
    def access(self) -> AccessStore:
        """Return users, keys and sessions; a reader finds nobody where nobody was added."""
        from console.access.store import NAME as ACCESS  # noqa: PLC0415 - few commands ask for it
        from console.access.store import AccessStore  # noqa: PLC0415 - as above

        return AccessStore(self.data / ACCESS, self.clock, reader=self._reader)

    def reader(self) -> Site:
        """Return the same site for reading only; what it opens is its own."""
        return self._again(reader=True)

    def changer(self) -> Site:
        """Return the same site for changes, but not of readings; what it opens is its own."""
        return self._again(reader=False)

    def _again(self, *, reader: bool) -> Site:
        return Site(
            self.data, self.settings, self.clock, reader=reader, read_network=self._read_network, config=self.config
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for part in ("store", "ledger", "indicators", "records", "access"):
            if part in self.__dict__:
                self.__dict__.pop(part).close()


def with_kept_network(site: Site) -> Site:
    """Return the same site for many requests: its network files are read again only when they have changed."""
    return Site(site.data, site.settings, site.clock, read_network=KeptNetwork(), config=site.config)


def open_site(
    data: Path,
    config: Path | None = None,
    *,
    create: bool = False,
    writer: bool = False,
    sealing: bool | None = None,
    clock: Clock | None = None,
) -> Site:
    """Open a site's data folder.

    Args:
        data: the folder.
        config: settings file; default `qualicity.toml` in the data folder, when there is one.
        create: make the folder when it does not exist.
        writer: open the store for appending (one process at a time).
        sealing: open it for sealing (likewise); None = a writer does where no other process does.
        clock: where the time of day comes from.

    Raises:
        UsageError: the folder does not exist and `create` was not asked for.
        InputError: the settings file cannot be taken.
    """
    if create:
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"data folder {data} cannot be made: {error.strerror}", "give another --data DIR"
            ) from error
    if not data.is_dir():
        raise UsageError(f"data folder {data} does not exist", "give --data DIR, or import readings first")
    own = data / "qualicity.toml"
    settings = load_settings(config or (own if own.is_file() else None))
    return Site(data, settings, clock or SystemClock(), writer=writer, sealing=sealing, config=config)
