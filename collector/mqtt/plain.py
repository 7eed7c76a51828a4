"""The receive path over paho alone: a message at a time, through nothing but its public interface."""

from __future__ import annotations

import ssl
import struct
from typing import Any

from paho.mqtt import client as mqtt

from collector.mqtt.session import Session
from collector.receive import MOST_BYTES, Receipts, Received


class PlainPath(Session):
    """A `ReceivePath` over paho-mqtt as it comes."""

    _client_type = mqtt.Client

    def _read(self, limit: int) -> Received:
        inbox, epoch = self._inbox, self._epoch
        while (len(inbox.topics) < limit and self._weight < MOST_BYTES) or not self._live:
            before = len(inbox.topics)
            self._let_paho_read()
            if len(inbox.topics) == before or not self._up:
                break  # nothing more, an answer of the broker, or the end of the connection
        return self._empty_inbox(epoch)

    def _acknowledge(self, receipts: Receipts) -> int:
        packets = struct.unpack(f">{len(receipts)}H", receipts.packets)
        return [self._client.ack(packet, 1) for packet in packets].count(mqtt.MQTT_ERR_SUCCESS)

    def _pending(self) -> int:
        sock: Any = self._client.socket()
        return sock.pending() if isinstance(sock, ssl.SSLSocket) else 0

    def _wants_write(self) -> bool:
        return self._client.want_write()

    def _flush(self) -> None:
        if self._client.want_write():
            self._client.loop_write()
