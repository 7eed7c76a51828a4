"""The archive's manifest: an append-only file of records, each chained to the one before.

`manifest.jsonl` holds one JSON object a line, canonical (sorted keys, no blanks). `chain` is the SHA-256 of the
previous record's chain and the record's canonical JSON without `chain`. The last record's chain is the digest of
the whole archive. Kinds of records: `epoch` (the log goes on under another name), `seal`, `compact`, `tombstone` (the
readings of a month were removed).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from qualicity.errors import IntegrityError
from qualicity.store.durable import sync_file

NAME = "manifest.jsonl"
KINDS = frozenset({"epoch", "seal", "compact", "tombstone"})
_GENESIS = "0" * 64


class File(NamedTuple):
    """A Parquet file of the archive."""

    name: str
    rows: int
    first: int  # least seq in it
    last: int  # greatest seq in it
    start_min: int  # ms UTC
    start_max: int
    sha256: str  # of the file's bytes
    month: str = ""  # of a compacted file


class Seal(NamedTuple):
    """A run of seq that was moved from the journal, and the digest of its rows."""

    first: int
    last: int
    digest: str


class Rest(NamedTuple):
    """What a tombstone has left of the rows of a seal, and what it has removed."""

    first: int  # of the seal
    rows: int  # left
    digest: str  # of the rows that are left; empty when none is
    gone: int  # rows removed
    gone_digest: str


class Tombstone(NamedTuple):
    """The readings of a month that were removed."""

    month: str  # UTC
    until: int  # its end, ms UTC
    rows: int
    first: int  # least seq
    last: int
    setting: str  # by which it was done
    at: int  # ms UTC


class Epoch(NamedTuple):
    """From which seq on the log's rows belong to an epoch."""

    epoch: str  # UUID
    first: int


class Superseded(NamedTuple):
    """A file that compaction replaced; it stays for a day, for readers that are still at it."""

    file: File
    at: int  # ms UTC


class Done(NamedTuple):
    """When what was last done, ms UTC; 0 = never."""

    sealed: int = 0
    compacted: int = 0


class Manifest:
    """What the records say, up to the last one.

    Args:
        path: of the file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.head = _GENESIS
        self.records = 0
        self.files: dict[str, File] = {}  # that hold the rows now
        self.seals: list[Seal] = []
        self.tombstones: list[Tombstone] = []
        self.rests: dict[int, Rest] = {}  # by the first seq of the seal
        self.epochs: list[Epoch] = []
        self.superseded: dict[str, Superseded] = {}
        self.at = Done()
        self._size = 0  # bytes read so far

    @property
    def last_seq(self) -> int:
        """Return the last sealed seq."""
        return self.seals[-1].last if self.seals else 0

    @property
    def gone_before(self) -> int:
        """Return the instant (ms UTC) before which readings were removed; 0 = none were."""
        return max((tombstone.until for tombstone in self.tombstones), default=0)

    def expected(self, seal: Seal) -> tuple[int, str]:
        """Return how many rows of a seal there must be, and their digest."""
        rest = self.rests.get(seal.first)
        return (seal.last - seal.first + 1, seal.digest) if rest is None else (rest.rows, rest.digest)

    def first_of(self, epoch: str) -> int | None:
        """Return from which seq on rows are of an epoch; None = it is not recorded."""
        return next((found.first for found in self.epochs if found.epoch == epoch), None)

    def refresh(self) -> None:
        """Read the records that have been added; a last line without its end is not there yet.

        A record that was seen before its writer failed to make it durable can be replaced by another one: then
        everything is read again.

        Raises:
            IntegrityError: a record is broken or does not continue the chain.
        """
        stored = self._stored_size()
        if stored == self._size:
            return
        if stored < self._size:
            self._forget()
        try:
            self._read()
        except IntegrityError:
            self._forget()
            self._read()

    def _stored_size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _read(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._size)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._take(line)
                self._size += len(line)

    def _take(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            chain = record.pop("chain")
        except (ValueError, KeyError, AttributeError) as error:
            raise self._broken() from error
        if _chain(self.head, record) != chain or _line(record, chain) != line:
            raise self._broken()
        if record["kind"] not in KINDS:
            raise IntegrityError(f"{self.path}: unknown kind of record {record['kind']!r}", "use a newer version")
        self._apply(record)
        self.head = chain
        self.records += 1

    def _broken(self) -> IntegrityError:
        return IntegrityError(
            f"{self.path.name}: record {self.records + 1} (byte {self._size}) does not continue the chain",
            "restore it from a backup",
        )

    def _apply(self, record: Mapping[str, Any]) -> None:
        for name in record["removes"]:
            self.superseded[name] = Superseded(self.files.pop(name), record["at"])
        for entry in record["adds"]:
            self.files[entry["name"]] = File(**entry)
        if record["kind"] == "seal":
            self.seals.append(Seal(**record["seal"]))
            self.at = self.at._replace(sealed=record["at"])
        if record["kind"] == "tombstone":
            self.tombstones.append(Tombstone(**record["tombstone"], at=record["at"]))
            self.rests |= {rest[0]: Rest(*rest) for rest in record["seals"]}
        if record["kind"] == "compact":
            self.at = self.at._replace(compacted=record["at"])
        if record["kind"] == "epoch":
            self.epochs.append(Epoch(record["epoch"], record["first"]))

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record durably, in the place of whatever an earlier try may have left.

        Raises:
            OSError: it is not there, or may be there; another append takes its place.
        """
        chain = _chain(self.head, record)
        with self.path.open("ab") as file:
            file.truncate(self._size)
            file.write(_line(record, chain))
            file.flush()
            os.fsync(file.fileno())
        self._read()

    def withdraw(self) -> bool:
        """Take back what a failed append may have left; return whether it is gone for sure, whatever comes."""
        try:
            with self.path.open("ab") as file:
                file.truncate(self._size)
                os.fsync(file.fileno())
        except OSError:
            return False
        return True

    def text(self) -> str:
        """Return the records that have been read, as they stand in the file."""
        with self.path.open("rb") as file:
            return file.read(self._size).decode()

    def complete(self) -> bool:
        """Return whether the file ends with a whole record, be it one that was added since it was read."""
        if self._stored_size() == self._size:
            return True
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def repair(self) -> None:
        """Cut off a last line that a crash left without its end, and make durable what it had not yet."""
        self.refresh()
        if not self.complete():
            os.truncate(self.path, self._size)
        if self.path.exists():
            sync_file(self.path)


def epoch_record(epoch: str, first: int, at: int) -> dict[str, Any]:
    """Return the record that rows from `first` on belong to an epoch."""
    return {"kind": "epoch", "at": at, "epoch": epoch, "first": first, "adds": [], "removes": []}


def seal_record(file: File, digest: str, at: int) -> dict[str, Any]:
    """Return the record of a newly sealed file."""
    seal = Seal(file.first, file.last, digest)
    return {"kind": "seal", "at": at, "seal": seal._asdict(), "adds": [file._asdict()], "removes": []}


def compact_record(removes: list[str], adds: list[File], at: int) -> dict[str, Any]:
    """Return the record that exchanges files for files with the same rows."""
    return {"kind": "compact", "at": at, "adds": [file._asdict() for file in adds], "removes": removes}


def tombstone_record(tombstone: Tombstone, files: list[File], rests: list[Rest]) -> dict[str, Any]:
    """Return the record that the readings of a month are removed; it keeps the digests of files and rows."""
    told = tombstone._asdict()
    return {
        "kind": "tombstone",
        "at": told.pop("at"),
        "tombstone": told,
        "files": {file.name: file.sha256 for file in files},
        "seals": [list(rest) for rest in rests],
        "adds": [],
        "removes": [file.name for file in files],
    }


def _canonical(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _chain(head: str, record: Mapping[str, Any]) -> str:
    return hashlib.sha256((head + _canonical(record)).encode()).hexdigest()


def _line(record: Mapping[str, Any], chain: str) -> bytes:
    return _canonical({**record, "chain": chain}).encode() + b"\n"
