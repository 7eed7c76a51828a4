"""The receive path in bulk: paho leads the session, messages never pass through it.

The one thing of paho's that is not public here is `_create_socket`, with which it also makes its sockets for other
transports: what it returns, paho reads from and writes to. The contract test holds it against each release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paho.mqtt import client as mqtt

from collector.mqtt.frames import Splitter
from collector.mqtt.session import Session
from collector.mqtt.wire import READ_BYTES, Wire, acknowledgements
from collector.receive import MOST_BYTES, Receipts, Received

if TYPE_CHECKING:
    import socket


class _Client(mqtt.Client):
    """paho with sockets of ours."""

    def _create_socket(self) -> Wire:
        sock = cast("socket.socket", super()._create_socket())
        return Wire(sock, Splitter(int(self.protocol)))


class BulkPath(Session):
    """A `ReceivePath` that splits what comes by itself and leaves the rest to paho-mqtt."""

    _client_type = _Client

    @property
    def _wire(self) -> Wire | None:
        return cast("Wire | None", self._client.socket())

    def _read(self, limit: int) -> Received:
        topics: list[bytes] = []
        payloads: list[bytes] = []
        packets: list[bytes] = []
        epoch, size = self._epoch, 0
        for _ in range(MOST_BYTES // READ_BYTES):
            wire = self._wire
            if not self._up or wire is None or (len(topics) >= limit and self._live):
                break
            frames = wire.read()
            if frames is not None:
                topics += frames.topics
                payloads += frames.payloads
                packets.append(frames.packets)
                size += wire.size
            self._cause = wire.end
            while (wire.has_control or wire.end) and self._up and self._wire is wire:
                self._let_paho_read()
            if wire.splitter.fault is not None and self._up:
                self._drop(str(wire.splitter.fault), wire.splitter.fault.code)
            if frames is None:
                break
        late = self._empty_inbox(epoch)  # of another quality of service, see `_on_message`
        topics += late.topics
        payloads += late.payloads
        return Received(topics, payloads, Receipts(epoch, b"".join(packets)), size + late.size)

    def _acknowledge(self, receipts: Receipts) -> int:
        wire = self._wire
        if wire is None:
            return 0
        wire.post(acknowledgements(receipts.packets))
        return 0 if wire.end is not None else len(receipts)

    def _pending(self) -> int:
        return 0 if self._wire is None else self._wire.pending()

    def _wants_write(self) -> bool:
        return self._client.want_write() or (self._wire is not None and self._wire.wants_write)

    def _flush(self) -> None:
        if self._client.want_write():
            self._client.loop_write()
        wire = self._wire
        if wire is not None:
            wire.flush()
            if wire.end is not None:
                self._let_paho_read()
