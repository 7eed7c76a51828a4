"""The gateway: sessions on real sockets, on a loop and a thread of its own.

Everything that the sessions share is touched by this thread alone. What the intake says comes in by
`call_soon_threadsafe`, what is for the intake goes out by the path.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

import structlog

from collector.hj212.connection import Connection
from collector.hj212.desk import Desk
from collector.hj212.history import Asked
from collector.hj212.limits import Quota, comes_from
from collector.hj212.loggers import Peer
from collector.hj212.path import GatewayPath
from collector.hj212.session import Session
from collector.receive import Line, Receipt
from qualicity.clock import Clock
from qualicity.errors import Permanent
from qualicity.settings import Hj212Settings

_TICK = 0.5  # s
_READ_BYTES = 4_096
_BACKLOG = 1_024
_SPARE_FILES = 256
_START_SECONDS = 10.0
_DRAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Notes(Protocol):
    """Remembers beyond this run; called in the gateway's thread."""

    def asked(self, asked: Asked) -> None:
        """Note a request of history that is over."""
        ...

    def seen(self, mn: str, address: str, at: int, *, connected: bool) -> None:
        """Note that a declared logger has connected, or is gone."""
        ...

    def stranger(self, mn: str, address: str, at: int) -> None:
        """Note a frame of an MN that is not declared."""
        ...

    def flush(self) -> None:
        """Write down what was noted; called about each second."""
        ...

    def close(self) -> None:
        """Write down everything; nothing comes any more."""
        ...


class Gateway:
    """Takes connections of loggers, and lets their frames wait for the intake.

    Args:
        settings: address and limits.
        peers: declared loggers by MN.
        clock: the time of day.
        notes: what is remembered beyond this run.
        monotonic: s that never go back.
    """

    def __init__(
        self,
        settings: Hj212Settings,
        peers: Mapping[str, Peer],
        clock: Clock,
        notes: Notes,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = GatewayPath(self._durable, self.close, lambda: self._line)
        self.port = settings.port
        self.desk = Desk(settings, peers, monotonic())
        self.settings = settings
        self.clock = clock
        self.monotonic = monotonic
        self.notes = notes
        self.buffer = bytearray(_READ_BYTES)
        self.quota = Quota(settings.letters_per_hour)
        self.by_mn: dict[str, Connection] = {}
        self._connections: dict[int, Connection] = {}
        self._per_address: Counter[str] = Counter()
        self._numbers = 0
        self._said: set[str] = set()
        self._line = Line(connected=False, connections=0, state="gateway: starting")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="hj212-gateway")

    # from other threads

    def start(self) -> None:
        """Listen; return when it does.

        Raises:
            Permanent: the address cannot be listened on.
        """
        self._thread.start()
        self._ready.wait(_START_SECONDS)
        if self._failure is not None:
            address = f"{self.settings.host}:{self.settings.port}"
            raise Permanent(
                f"the HJ 212 gateway cannot listen on {address}: {self._failure}",
                "set host and port in [hj212] of the settings, or stop what listens there",
            )
        self.check()

    def close(self) -> None:
        """Take no more, write the answers that are under way, end all connections."""
        if self._thread.is_alive():
            self.call(self._ended.set)
            self._thread.join(2 * _DRAIN_SECONDS)

    def call(self, act: Callable[[], None]) -> None:
        """Let the gateway's thread do something."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended: nobody is left to do it for
                self._loop.call_soon_threadsafe(act)

    def check(self) -> None:
        """See whether the gateway still works.

        Raises:
            RuntimeError: it has failed; the part ends, and is started again.
        """
        fault = self._fault or self._failure
        if fault is not None:
            raise RuntimeError("the HJ 212 gateway has failed") from fault

    def counters(self) -> dict[str, int]:
        """Return how often what has happened; names are those of the metrics."""
        own = dict(self.desk.counters.copy())
        own |= {"connections": len(self._connections), "loggers": len(self.by_mn), "waiting": self.path.waiting}
        return {f"hj212_{name}": value for name, value in own.items()}

    def _durable(self, receipts: Sequence[Receipt]) -> None:
        """Take what is durable; called in the intake's thread."""
        self.call(lambda: self._committed(receipts))

    # in the gateway's thread

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - `check` raises it where it is seen
            self._fault = error
            self._line = Line(connected=False, connections=self._numbers, state=f"gateway: failed, {error}")
        self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        _allow_files(self.settings.connections + _SPARE_FILES)
        try:
            server = await self._loop.create_server(
                lambda: Connection(self), self.settings.host, self.settings.port, backlog=_BACKLOG
            )
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._say_line()
        log.info("HJ 212 gateway listens", host=self.settings.host, port=self.port, loggers=len(self.desk.peers))
        self._ready.set()
        try:
            while not self._ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _TICK)
                self._tick()
        finally:
            server.close()
            await self._drain()
        self.notes.close()
        self._line = Line(connected=False, connections=self._numbers, state="gateway: stopped")

    def _tick(self) -> None:
        now, wall = self.monotonic(), self.clock.now()
        for connection in list(self._connections.values()):
            connection.tick(now, wall)
        self.notes.flush()
        self._say_line()

    async def _drain(self) -> None:
        """End all connections when their answers are written, or the time for that is over."""
        for connection in list(self._connections.values()):
            connection.end("stopped")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), _DRAIN_SECONDS)
        for connection in list(self._connections.values()):
            connection.abort()
        await asyncio.sleep(0)

    def _committed(self, receipts: Iterable[Receipt]) -> None:
        now, wall = self.monotonic(), self.clock.now()
        by_connection: dict[int, list[int]] = {}
        for receipt in receipts:
            by_connection.setdefault(receipt.connection, []).append(receipt.frame)
        for number, frames in by_connection.items():
            connection = self._connections.get(number)
            if connection is None:
                self.desk.counters["answers_void"] += len(frames)  # it is gone, and sends them again
                continue
            connection.guarded(partial(Session.committed, numbers=frames, wall=wall), now)

    def _say_line(self) -> None:
        text = f"gateway on {self.settings.host}:{self.port}, {len(self.by_mn)} of {len(self.desk.peers)} loggers"
        self._line = Line(connected=True, connections=self._numbers, state=text)

    # what connections ask of it

    def admit(self, connection: Connection, address: str) -> int:
        """Return the number of a new connection; 0 = it may not be."""
        settings = self.settings
        if not comes_from(address, settings.networks):
            reason = "address"
        elif len(self._connections) >= settings.connections:
            reason = "connections"
        elif self._per_address[address] >= settings.connections_per_address:
            reason = "connections_per_address"
        else:
            self._numbers += 1
            self._connections[self._numbers] = connection
            self._per_address[address] += 1
            self._empty.clear()
            return self._numbers
        self.count_refusal(f"connection_{reason}", f"a connection is refused by {reason}", address=address)
        return 0

    def leave(self, number: int, address: str) -> None:
        """Forget a connection."""
        self._connections.pop(number, None)
        if not self._connections:
            self._empty.set()
        self._per_address[address] -= 1
        if self._per_address[address] <= 0:
            del self._per_address[address]

    def know(self, connection: Connection, mn: str) -> None:
        """Take a connection as that of a logger; the newer wins."""
        older = self.by_mn.get(mn)
        self.by_mn[mn] = connection
        self.desk.counters["identified"] += 1
        self.notes.seen(mn, connection.address, self.clock.now(), connected=True)
        if older is not None:
            self.desk.counters["taken_over"] += 1
            self.say_once(f"taken over {mn}", "a logger has connected anew; its older connection is closed", mn=mn)
            older.end("taken over")

    def count_refusal(self, name: str, text: str, **details: object) -> None:
        """Count something that was refused, and say it when it is the first of its kind."""
        self.desk.counters[f"refused_{name}"] += 1
        self.say_once(name, text, **details)

    def say_once(self, key: str, text: str, **details: object) -> None:
        """Warn of something the first time that it happens."""
        if key not in self._said and len(self._said) < 10_000:
            self._said.add(key)
            log.warning("the HJ 212 gateway has to say once what the metrics count", what=text, **details)


def _allow_files(wanted: int) -> None:
    """Raise the number of open files as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
