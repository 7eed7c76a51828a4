"""Files and databases into the store: every row becomes a reading, is known already, or is a dead letter.

None is lost. A file is taken whole or not at all as far as its header goes; then piece by piece, each piece with
its dead letters in one commit. An import that was cut off is simply repeated: what is known is recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from collector.files.channels import Declaration, Resolver
from collector.files.overlap import Overlap
from collector.files.plausible import UnitWatch
from collector.files.readings import Parsed, judge, parse
from collector.files.repeats import Fate, sort_out
from collector.files.rows import RejectedRow, Rows
from collector.files.source import CanonicalFile, open_canonical
from collector.registration import Registrar
from qualicity.clock import Clock
from qualicity.errors import InputError
from qualicity.flags import Flag
from qualicity.model import Batch, DeadLetter, Observations
from qualicity.network import Network
from qualicity.store.base import ObservationStore


@dataclass
class Counts:
    """What became of the rows; `read` is the sum of the others."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0

    def add(self, other: Counts) -> None:
        """Add another file's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Opened:
    """Files whose headers are canonical, and what is wrong with the others."""

    files: list[CanonicalFile] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)


def open_files(paths: Sequence[Path]) -> Opened:
    """Check the headers of files before a row of any is read."""
    opened = Opened()
    for path in paths:
        try:
            opened.files.append(open_canonical(path))
        except InputError as error:
            opened.errors.append(error)
    return opened


class Source(Protocol):
    """Where rows come from: a file, a measurement of a database."""

    @property
    def name(self) -> str:
        """Return what the column `source` says behind `import:`."""
        ...

    @property
    def title(self) -> str:
        """Return its name for people."""
        ...

    def line(self, number: int) -> str:
        """Return a row's place for people, as `line 17`."""
        ...

    def place(self, number: int) -> str:
        """Return a row's place with the source's own, for dead letters."""
        ...

    def pieces(self) -> Iterator[tuple[Rows, int]]:
        """Yield the rows, piece by piece, each with how far the source has been read."""
        ...


class Importer:
    """One import of one or more sources.

    Args:
        store: keeps readings and dead letters.
        network: what exists.
        declaration: what the person who imports says about them.
        clock: says what is in the future, and when rows were received.
        registrar: makes unknown stations; without it their rows are rejected.
        committed: called after each commit.
    """

    def __init__(
        self,
        store: ObservationStore,
        network: Network,
        declaration: Declaration,
        clock: Clock,
        *,
        registrar: Registrar | None = None,
        committed: Callable[[], object] = lambda: None,
    ) -> None:
        self._store = store
        self._network = network
        self._resolver = Resolver(network, declaration)
        self._declaration = declaration
        self._clock = clock
        self._registrar = registrar
        self._committed = committed
        self._overlap = Overlap(store)

    def take(self, source: Source, counts: Counts, progress: Callable[[int], object] = lambda _: None) -> None:
        """Read a source into the store.

        Args:
            source: from `open_canonical` or `open_influx`.
            counts: what became of the rows is added here, piece by piece.
            progress: told how far the source has been read (of a file: bytes on disk), after each piece.

        Raises:
            InputError: the rest of the file cannot be read, or the numbers cannot be in the unit they state;
                what was committed before stays, and the message says up to where.
            Retryable: the database does not answer; what was committed before stays.
        """
        watch = UnitWatch(source.title, source.line)
        for rows, position in source.pieces():
            parsed = parse(rows)
            watch.check(parsed)
            counts.add(self._commit(source, parsed))
            progress(position)

    def _know(self, network: Network) -> None:
        """Go on with what exists now."""
        if network is not self._network:
            self._network = network
            self._resolver = Resolver(network, self._declaration)

    def _commit(self, origin: Source, parsed: Parsed) -> Counts:
        """Put one piece of a source into the store."""
        now = self._clock.now()
        source = f"import:{origin.name}"
        if self._registrar is not None:
            self._know(self._registrar.admit(parsed.wanted(air=self._declaration.is_air), self._network))
        readings, rejects = judge(
            parsed, self._resolver, self._declaration, self._store.registry, source=source, now=now
        )
        fate = sort_out(readings, self._overlap.stored(readings))
        counts = Counts(
            read=len(readings) + len(rejects),
            accepted=int((fate == Fate.NEW).sum()),
            duplicates=int((fate == Fate.DUPLICATE).sum()),
            conflicts=int((fate == Fate.CONFLICT).sum()),
            rejected=len(rejects),
        )
        kept = _kept(readings, fate)
        if len(kept) or rejects:
            letters = [_dead_letter(origin.place(reject.line), source, reject, now) for reject in rejects]
            self._store.append(Batch(kept, letters))
            self._overlap.note(kept)
            self._committed()
        return counts


def _kept(readings: Observations, fate: np.ndarray[tuple[int], np.dtype[np.int8]]) -> Observations:
    """Return the rows to store: no duplicates, conflicts flagged."""
    if not fate.any():
        return readings
    conflict = np.where(fate == Fate.CONFLICT, int(Flag.CONFLICT), 0).astype(np.int32)
    return readings.replace(flags=readings["flags"] | conflict).take(fate != Fate.DUPLICATE)


def _dead_letter(place: str, source: str, reject: RejectedRow, now: int) -> DeadLetter:
    return DeadLetter(
        source=source,
        place=place,
        reason=reject.reason,
        detail=reject.detail,
        payload=reject.payload,
        received=now,
        station=reject.station,
    )
