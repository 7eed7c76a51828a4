"""The archive's manifest: an append-only file of records, each chained to the one before.

`manifest.jsonl` holds one JSON object a line. `chain` is the SHA-256 of the previous record's chain and the
record's canonical JSON (sorted keys, no blanks) without `chain`. The last record's chain is the digest of
the whole archive.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from qualicity.errors import IntegrityError

NAME = "manifest.jsonl"
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


@dataclass
class Manifest:
    """What the records say, up to the last one."""

    path: Path
    head: str = _GENESIS
    files: dict[str, File] = field(default_factory=dict)  # that hold the rows now
    seals: list[Seal] = field(default_factory=list)
    superseded: dict[str, int] = field(default_factory=dict)  # file -> ms UTC from which it may go
    _size: int = 0  # bytes read so far

    @property
    def last_seq(self) -> int:
        """Return the last sealed seq."""
        return self.seals[-1].last if self.seals else 0

    def refresh(self) -> None:
        """Read the records that have been added; a last line without its end is not there yet.

        Raises:
            IntegrityError: a record is broken or does not continue the chain.
        """
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
        if _chain(self.head, record) != chain:
            raise self._broken()
        self._apply(record)
        self.head = chain

    def _broken(self) -> IntegrityError:
        return IntegrityError(
            f"{self.path}: the record at byte {self._size} does not continue the chain", "restore it from a backup"
        )

    def _apply(self, record: Mapping[str, Any]) -> None:
        for name in record["removes"]:
            self.files.pop(name)
            self.superseded[name] = record["at"]
        for entry in record["adds"]:
            self.files[entry["name"]] = File(**entry)
        if record["kind"] == "seal":
            self.seals.append(Seal(**record["seal"]))

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record durably."""
        chain = _chain(self.head, record)
        line = json.dumps({**record, "chain": chain}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        with self.path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.refresh()

    def text(self) -> str:
        """Return the records that have been read, as they stand in the file."""
        with self.path.open("rb") as file:
            return file.read(self._size).decode()

    def complete(self) -> bool:
        """Return whether the file ends with a whole record."""
        return not self.path.exists() or self.path.stat().st_size == self._size

    def repair(self) -> None:
        """Cut off a last line that a crash left without its end."""
        self.refresh()
        if not self.complete():
            os.truncate(self.path, self._size)


def seal_record(file: File, digest: str, at: int) -> dict[str, Any]:
    """Return the record of a newly sealed file."""
    seal = Seal(file.first, file.last, digest)
    return {"kind": "seal", "at": at, "seal": seal._asdict(), "adds": [file._asdict()], "removes": []}


def compact_record(removes: list[str], adds: list[File], at: int) -> dict[str, Any]:
    """Return the record that exchanges files for files with the same rows."""
    return {"kind": "compact", "at": at, "adds": [file._asdict() for file in adds], "removes": removes}


def _chain(head: str, record: Mapping[str, Any]) -> str:
    canonical = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((head + canonical).encode()).hexdigest()
