"""A webhook of one's own: JSON by POST, taken when the answer is 2xx."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec

from alerting.channels.base import Receipt
from alerting.channels.text import marked
from alerting.channels.wire import Wire
from alerting.message import Message
from qualicity.clock import Clock

SIGNATURE = "X-Qualicity-Signature"
"""t=SECONDS,v1=HEX: HMAC-SHA256 of `SECONDS.BODY`; a receiver also looks whether the time is now."""


class Webhook:
    """One receiver; verbs are PagerDuty's, `dedup_key` is the same for all messages of an incident.

    Args:
        wire: the way there.
        url: of the receiver.
        secret: that signs the body; empty = not signed.
        clock: for the signature.
    """

    def __init__(self, wire: Wire, url: str, *, secret: str, clock: Clock) -> None:
        self._wire, self._url, self._secret, self._clock = wire, url, secret, clock

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`."""
        body = msgspec.json.encode(_event(message, recipient))
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        if self._secret:
            seconds = self._clock.now() // 1000
            headers[SIGNATURE] = f"t={seconds},v1={sign(seconds, body, self._secret)}"
        answer = self._wire.post(self._url, body, headers)
        if answer.status >= 300:
            raise self._wire.by_status(answer)
        return self._wire.receipt(str(answer.status), answer.body[:200].decode("utf-8", "replace"))

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()


def sign(seconds: int, body: bytes, secret: str) -> str:
    """Return the signature of a body at a time (s UTC)."""
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()


def _event(message: Message, recipient: str) -> dict[str, Any]:
    return {
        "version": 1,
        "event_action": message.verb,
        "dedup_key": message.dedup,
        "key": message.key,
        "kind": message.kind,
        "severity": message.severity,
        "source": message.source,
        "at": message.at,
        "test": message.test,
        "title": dict(zip(("zh", "en"), marked(message), strict=True)),
        "lines": {"zh": message.lines_zh, "en": message.lines_en},
        "links": message.links,
        "labels": message.labels,
        "recipient": recipient,
    }
