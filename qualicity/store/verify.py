"""Verification: recompute every digest and checksum from the files of a data folder, and name what does not fit.

It reads beside a running service: what is sealed or compacted meanwhile is not mistaken for damage.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError, UsageError
from qualicity.model import Registry
from qualicity.store import journal as journals
from qualicity.store import ledger as ledgers
from qualicity.store import manifest as manifests
from qualicity.store.archive import FOLDER, Archive
from qualicity.store.base import RECORDS
from qualicity.store.durable import file_digest
from qualicity.store.journal import Journal
from qualicity.store.ledger import Ledger
from qualicity.store.manifest import File, Manifest, Tombstone
from qualicity.store.retention import groups, proof, read_seals

_GROUP_ROWS = 1_000_000
ACCESS = "access.db"
"""Users, keys and sessions: for its owner's eyes only."""
DATABASES = (ACCESS, "alerting.db", ledgers.NAME, ledgers.INDICATORS, RECORDS)
"""Beside the journal; their structure is checked where they exist. What is judged comes before what it rests on."""


@dataclass(frozen=True)
class Finding:
    """Something in the store that is not what was stored."""

    where: str
    what: str


@dataclass
class Report:
    """What a verification saw."""

    archived: int = 0  # rows
    waiting: int = 0  # rows in the journal
    head: str = ""  # the archive's digest
    tombstones: list[Tombstone] = field(default_factory=list)  # of readings that were removed
    findings: list[Finding] = field(default_factory=list)


def verify(folder: Path) -> Report:
    """Verify a data folder.

    Raises:
        UsageError: it holds neither readings nor records.
    """
    report = Report()
    if (folder / journals.NAME).is_file() or not (folder / RECORDS).is_file():  # a site may have records alone
        report.findings += _journal(folder, report)
        report.findings += _archive(folder, report)
    for name in DATABASES:
        if (folder / name).is_file():
            report.findings += _database(folder / name)
    ledger = folder / ledgers.NAME
    if ledger.is_file() and all(finding.where != ledger.name for finding in report.findings):
        report.findings += _log(ledger)
    return report


def _log(path: Path) -> list[Finding]:
    """Recompute the chained digests of what people changed."""
    try:
        with Ledger(path, SystemClock(), reader=True) as ledger:
            return [Finding(path.name, line) for line in ledger.audit.check()]
    except UsageError:  # its writer has made the file and nothing in it yet
        return []


def _journal(folder: Path, report: Report) -> Iterator[Finding]:
    try:
        with contextlib.closing(Journal(folder, writer=False)) as journal:
            yield from (Finding(journals.NAME, line) for line in journal.check())
            with journal.snapshot():  # first this state, then the manifest: what is sealed meanwhile is in either
                yield from _batches(journal, _sealed(folder), report)
    except IntegrityError as error:
        yield Finding(journals.NAME, error.cause)


def _batches(journal: Journal, sealed: int | None, report: Report) -> Iterator[Finding]:
    """Check that the batches go on, without a gap, from where the archive ends to the last seq that was given."""
    first, last = journal.first_seq(), journal.last_seq()
    expected = (first or 1) if sealed is None else sealed + 1
    for rows in journal.read(expected - 1):
        if int(rows["seq"][0]) != expected:
            yield Finding(journals.NAME, f"rows from {expected} to {rows['seq'][0] - 1} are missing")
        expected = int(rows["seq"][-1]) + 1
        report.waiting += len(rows)
    if expected != last + 1 and (sealed is not None or first is not None):
        yield Finding(journals.NAME, f"its rows end at {expected - 1}, but {last} is the last that was given")


def _sealed(folder: Path) -> int | None:
    """Return the last sealed seq at this moment, or None when the manifest cannot be read."""
    manifest = Manifest(folder / FOLDER / manifests.NAME)
    try:
        manifest.refresh()
    except IntegrityError:
        return None
    return manifest.last_seq


def _archive(folder: Path, report: Report) -> Iterator[Finding]:
    try:
        archive = Archive(folder, Registry())
    except IntegrityError as error:
        yield Finding(manifests.NAME, error.cause)
        return
    manifest = archive.manifest
    report.archived = sum(file.rows for file in manifest.files.values())
    report.head = manifest.head
    report.tombstones = list(manifest.tombstones)
    if not manifest.complete():
        yield Finding(manifests.NAME, "the last record is broken")
    broken = []
    for file in manifest.files.values():
        path = archive.folder / file.name
        if not path.is_file() or file_digest(path) != file.sha256:
            broken.append(file)
            yield Finding(file.name, "its bytes are not those that were written" if path.is_file() else "missing")
    for name, gone in manifest.superseded.items():
        path = archive.folder / name
        with contextlib.suppress(FileNotFoundError):  # it may go at any moment, and need not be there
            if name not in manifest.files and file_digest(path) != gone.file.sha256:
                yield Finding(name, "its bytes are not those that were written")
    yield from _seals(archive, broken)


def _seals(archive: Archive, broken: list[File]) -> Iterator[Finding]:
    """Recompute the digests of what was sealed, but for rows that broken files would have to give."""
    expected = 1
    sound = []
    manifest = archive.manifest
    for seal in manifest.seals:
        if seal.first != expected:
            yield Finding(manifests.NAME, f"rows from {expected} to {seal.first - 1} were never sealed")
        expected = seal.last + 1
        if not any(file.first <= seal.last and file.last >= seal.first for file in broken):
            sound.append(seal)
    for group in groups(sound, _GROUP_ROWS):
        try:
            for seal, rows in read_seals(archive, group):
                if proof(rows) != manifest.expected(seal):
                    yield Finding(FOLDER, f"rows {seal.first} to {seal.last} are not the rows that were sealed")
        except IntegrityError as error:
            yield Finding(FOLDER, error.cause)
    sealed = sum(seal.last - seal.first + 1 for seal in manifest.seals)
    gone, here = (sum(item.rows for item in items) for items in (manifest.tombstones, manifest.files.values()))
    if sealed - gone != here:
        yield Finding(manifests.NAME, f"{sealed} rows were sealed and {gone} removed, but its files hold {here}")


def _database(path: Path) -> Iterator[Finding]:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database:
            lines = [str(line) for (line,) in database.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        lines = [str(error)]
    yield from (Finding(path.name, line) for line in lines if line != "ok")
