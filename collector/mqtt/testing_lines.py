"""A receive path as a test drives it: what it brings is gathered, and every wait ends."""

from __future__ import annotations

import itertools
import os
import random
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, Self

from collector.mqtt.bulk import BulkPath
from collector.mqtt.plain import PlainPath
from collector.receive import Receipts, Received
from qualicity.settings import MqttSettings

_PATIENCE = 10.0  # s
_names = (f"c{os.getpid()}n{number}" for number in itertools.count())

Published = tuple[str, bytes, int, bool]
"""Topic, payload, QoS, retain."""


class HasUrl(Protocol):
    """A broker."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...


class Watch:
    """A clock that goes on by itself, and further when it is told to."""

    def __init__(self) -> None:
        self.ahead = 0.0  # s

    def __call__(self) -> float:
        """Return seconds."""
        return time.monotonic() + self.ahead


def wait_until(done: Callable[[], object]) -> None:
    """Return when something is so; it is looked at again and again."""
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("it never came to be so")
        time.sleep(0.002)


class Line:
    """One receive path.

    Attributes:
        path: it.
        topic: that it has subscribed to, and nobody else.
        early: what has come and nobody has taken.
    """

    def __init__(self, path: BulkPath | PlainPath, topic: str) -> None:
        self.path, self.topic = path, topic
        self.early: list[Received] = []

    def receive(self, limit: int, timeout: float) -> Received:
        """Return what is here; see `ReceivePath`."""
        return self.path.receive(limit, timeout)

    def acknowledge(self, receipts: Sequence[Receipts]) -> int:
        """Acknowledge messages; see `ReceivePath`."""
        return self.path.acknowledge(receipts, ())

    @property
    def connections(self) -> int:
        """How often it has connected."""
        return self.path.line.connections

    @property
    def connected(self) -> bool:
        """The subscription is confirmed."""
        return self.path.line.connected

    @property
    def state(self) -> str:
        """How it is doing."""
        return self.path.line.state

    def _gather(self, limit: int, timeout: float) -> bool:
        """Keep what is here for later; return true."""
        came = self.receive(limit, timeout)
        if came:
            self.early.append(came)
        return True

    def connect(self) -> None:
        """Return when the broker has confirmed the subscription."""
        end = time.monotonic() + _PATIENCE
        while not self.connected:
            if time.monotonic() > end:
                raise TimeoutError(self.state)
            self._gather(1, 0.1)

    def lose(self) -> None:
        """Return when it has noticed that the connection is lost."""
        wait_until(lambda: not self.connected or not self._gather(100, 0.01))

    def take(self, count: int, limit: int = 100) -> tuple[list[tuple[bytes, bytes]], list[Receipts]]:
        """Return so many messages or a few more: topic and payload of each, and the receipts."""
        messages: list[tuple[bytes, bytes]] = []
        receipts = []
        end = time.monotonic() + _PATIENCE
        while len(messages) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(messages)} of {count} messages came; {self.state}")
            came = self.early.pop(0) if self.early else self.receive(limit, 0.2)
            messages += zip(came.topics, came.payloads, strict=True)
            receipts.append(came.receipts)
        return messages, receipts

    def payloads(self, count: int) -> list[bytes]:
        """Return the payloads of so many messages, and acknowledge none."""
        return [payload for _, payload in self.take(count)[0]]

    def is_quiet(self) -> bool:
        """Return whether nothing comes."""
        return not self.early and not any(len(self.receive(100, 0.02)) for _ in range(2))

    def settle(self) -> None:
        """Return when the broker has taken all that was sent to it: it answers in order."""
        client: Any = self.path._client  # noqa: SLF001 - paho tells nobody that an answer came
        client._send_pingreq()  # noqa: SLF001 - as above
        wait_until(lambda: self._gather(1, 0.05) and client._ping_t == 0)  # noqa: SLF001 - as above

    def shut(self) -> None:
        """Lose the connection on our side; the path does not know it yet."""
        sock: Any = self.path._client.socket()  # noqa: SLF001 - where the network is
        getattr(sock, "_sock", sock).shutdown(socket.SHUT_RDWR)

    def numbered(self, numbers: Iterable[int], qos: int = 1) -> list[Published]:
        """Return messages to be published for it."""
        return [(self.topic, payload, qos, False) for payload in texts(numbers)]


class Lines:
    """Paths with one client id and one topic; a test's own.

    Args:
        way: to receive.
        protocol: 5 = MQTT 5, 4 = MQTT 3.1.1.
    """

    def __init__(self, way: type[BulkPath | PlainPath], protocol: int) -> None:
        self.way, self.protocol, self.name = way, protocol, next(_names)
        self._opened: list[Line] = []

    def open(
        self,
        broker: HasUrl,
        *,
        watch: Callable[[], float] = time.monotonic,
        wait: bool = True,
        **settings: Any,
    ) -> Line:
        """Return a path; it is connected unless nobody waits for that."""
        chosen = MqttSettings(url=broker.url, protocol=self.protocol, client_id=self.name, **settings)
        dice = random.Random(1)  # noqa: S311 - pauses of a test
        line = Line(self.way(chosen, [f"{self.name}/#"], monotonic=watch, jitter=dice), f"{self.name}/data")
        self._opened.append(line)
        if wait:
            line.connect()
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._opened:
            line.path.close()


def texts(numbers: Iterable[int]) -> list[bytes]:
    """Return numbers as payloads."""
    return [str(number).encode() for number in numbers]
