"""PagerDuty's Events API v2, and whatever answers like it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from alerting.channels.base import Receipt
from alerting.channels.schema import Language
from alerting.channels.text import page
from alerting.channels.wire import Wire
from alerting.message import Message

URL = "https://events.pagerduty.com/v2/enqueue"

_SEVERITY: Mapping[str, str] = {"P1": "critical", "P2": "error", "P3": "warning"}
_MOST_SUMMARY = 1024
"""Characters."""


class PagerDuty:
    """One integration.

    Args:
        wire: the way there.
        url: of the API.
        key: routing key of the integration.
        language: of the text.
    """

    def __init__(self, wire: Wire, url: str, *, key: str, language: Language) -> None:
        self._wire, self._url, self._key, self._language = wire, url, key, language

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`. Who is called is PagerDuty's business, so a recipient means nothing."""
        del recipient
        answer = self._wire.post(self._url, self._event(message), {"Content-Type": "application/json"})
        fields = answer.fields
        if answer.status >= 300 or fields.get("status") != "success":
            raise self._wire.by_status(answer)
        return self._wire.receipt(str(answer.status), str(fields.get("message", "")))

    def _event(self, message: Message) -> bytes:
        one = page(message, self._language)
        summary = " / ".join(part.title for part in one.parts)
        return msgspec.json.encode(
            {
                "routing_key": self._key,
                "event_action": message.verb,
                "dedup_key": message.dedup,
                "client": "Qualicity",
                "links": [{"text": label, "href": url} for label, url in one.links],
                "payload": {
                    "summary": summary[:_MOST_SUMMARY],
                    "source": message.source or "qualicity",
                    "severity": _SEVERITY.get(message.severity, "info"),
                    "timestamp": dt.datetime.fromtimestamp(message.at / 1000, dt.UTC).isoformat(),
                    "custom_details": {
                        "key": message.key,
                        "kind": message.kind,
                        "text": "\n".join(line for part in one.parts for line in part.lines),
                        **message.labels,
                    },
                },
            }
        )

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()
