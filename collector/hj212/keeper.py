"""The gateway's notes, kept in its memory on disk: what cannot be written down is not worth stopping for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from collector.hj212.history import Asked
from collector.hj212.memory import Memory, Seen
from qualicity.errors import Retryable

_EVERY = 5.0  # s
_MOST = 200  # strangers between two times of writing

log = structlog.get_logger(__name__)


class Keeper:
    """Gathers notes and writes them down now and then; for one thread, which opens the file.

    Args:
        path: the file.
        monotonic: s that never go back.
    """

    def __init__(self, path: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._monotonic = monotonic
        self._memory: Memory | None = None
        self._asked: list[Asked] = []
        self._seen: dict[str, Seen] = {}
        self._begun = False
        self._strangers: dict[tuple[str, str], tuple[int, int]] = {}  # -> last, frames
        self._next = 0.0
        self._failing = False

    def asked(self, asked: Asked) -> None:
        """Note a request of history that is over."""
        self._asked.append(asked)

    def seen(self, mn: str, address: str, at: int, *, connected: bool) -> None:
        """Note that a declared logger has connected, or is gone."""
        self._seen[mn] = Seen(mn, address, at, connected)

    def stranger(self, mn: str, address: str, at: int) -> None:
        """Note a frame of an MN that is not declared."""
        if (mn, address) in self._strangers or len(self._strangers) < _MOST:
            _, frames = self._strangers.get((mn, address), (0, 0))
            self._strangers[mn, address] = (at, frames + 1)

    def flush(self) -> None:
        """Write down what was noted, if it is time to."""
        due = not self._begun or self._asked or self._seen or self._strangers
        if due and self._monotonic() >= self._next:
            self._next = self._monotonic() + _EVERY
            self._write()

    def close(self) -> None:
        """Write down everything."""
        if self._asked or self._seen or self._strangers:
            self._write()
        if self._memory is not None:
            self._memory.close()

    def _write(self) -> None:
        try:
            if self._memory is None:
                self._memory = Memory(self._path)
            if not self._begun:
                self._memory.begin()
                self._begun = True
            self._memory.note_seen(self._seen.values())
            self._seen.clear()
            while self._asked:
                self._memory.note_asked(self._asked[0])
                del self._asked[0]
            while self._strangers:
                (mn, address), (at, frames) = next(iter(self._strangers.items()))
                self._memory.note_stranger(mn, address, at, frames)
                del self._strangers[mn, address]
        except Retryable as error:
            if not self._failing:
                log.warning("the gateway cannot write down its notes; it goes on without", cause=error.cause)
            self._failing = True
            del self._asked[:-_MOST]
