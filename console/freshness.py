"""Whether anything has changed that pages show: a token, cheap enough to be asked for each second."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from console.papers.places import place_of_draft, place_of_papers, place_of_texts
from qualicity.clock import Clock
from qualicity.heartbeat import heartbeats
from qualicity.store.archive import FOLDER
from qualicity.store.durable import file_stamp
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.manifest import NAME as MANIFEST
from qualicity.store.verify import DATABASES

WATCHED = (JOURNAL, *DATABASES)
"""Databases whose commits change what pages show."""

_UNREADABLE = (0, 0)


class _Opened(NamedTuple):
    connection: sqlite3.Connection
    inode: int
    number: int  # versions of two connections cannot be compared: each has its own


class Freshness:
    """Watches a data folder.

    A token says nothing of the time of day: what a page shows of ages grows old by itself.

    Args:
        data: the folder.
        clock: by which the parts of the service are well.
        nonce: tells this process from others; default: made up.
    """

    def __init__(self, data: Path, clock: Clock, nonce: str = "") -> None:
        self._data = data
        self._clock = clock
        self._nonce = nonce or secrets.token_hex(4)
        self._lock = threading.Lock()
        self._opened: dict[str, _Opened] = {}
        self._made = 0  # connections
        self._state: object = None
        self._changes = 0
        self._finalizer = weakref.finalize(self, _close, self._opened)

    def token(self) -> str:
        """Return what is another text as soon as anything has changed, or was restored, or this process is another."""
        with self._lock:
            state = self._look()
            if state != self._state:
                self._state = state
                self._changes += 1
            return f"{self._nonce}-{self._changes}"

    def close(self) -> None:
        """Let go of the databases; the next token opens them again."""
        with self._lock:
            _close(self._opened)

    def _look(self) -> object:
        now = self._clock.now()
        versions = tuple(self._version(name) for name in WATCHED)
        parts = tuple((beat.part, beat.pid, beat.well(now)) for beat in heartbeats(self._data))
        return versions, tuple(_stamps(self._data)), parts

    def _version(self, name: str) -> tuple[int, int] | None:
        """Return the number of the connection and what it says of commits by others; None = there is no database."""
        path = self._data / name
        stamp = file_stamp(path)
        opened = self._opened.get(name)
        if opened is not None and (stamp is None or stamp[0] != opened.inode):  # was removed, or restored over
            self._forget(name)
        if stamp is None:
            return None
        try:
            if name not in self._opened:
                self._opened[name] = self._open(path, stamp[0])
            connection, _, number = self._opened[name]
            return number, int(connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:  # it is just being made, or broken: once it can be read, by another connection, it has
            self._forget(name)  # changed
            return _UNREADABLE

    def _forget(self, name: str) -> None:
        opened = self._opened.pop(name, None)
        if opened is not None:
            opened.connection.close()

    def _open(self, path: Path, inode: int) -> _Opened:
        self._made += 1
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=0)
        return _Opened(connection, inode, self._made)


def _stamps(data: Path) -> Iterator[tuple[str, object]]:
    """Yield the state of the files that are not databases: tables of people, pages, papers, the archive's list."""
    papers = place_of_papers(data)
    for path in (data / FOLDER / MANIFEST, papers):
        yield path.name, file_stamp(path)
    for path in _inside(data):
        if path.suffix in {".toml", ".html"}:
            yield path.name, file_stamp(path)
    for paper in _inside(papers):
        for path in (paper, place_of_draft(data, paper.name), place_of_texts(data, paper.name)):
            yield path.name, file_stamp(path)  # an issue and a text appear whole, under their names


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _close(opened: dict[str, _Opened]) -> None:
    while opened:
        opened.popitem()[1].connection.close()
