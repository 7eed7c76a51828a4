"""E-mail, through Apprise. Taken means: by the first mail server; what becomes of a mail after that nobody tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from apprise import Apprise, NotifyBase

from alerting.channels.base import Receipt, Refused, TryLater
from alerting.channels.ear import Said, ear, notify
from alerting.channels.schema import Language, Tls
from alerting.channels.text import page, plain
from alerting.message import Message

_MODES: Mapping[Tls, str] = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}
PORTS: Mapping[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}
"""Where a server listens when its address does not say."""

_ANSWER = re.compile(r"\((\d{3}), b?(?P<quote>['\"])(.*?)(?P=quote)")
"""How smtplib writes what a server said."""


class Mail:
    """One mail server.

    Args:
        url: smtp://HOST:PORT.
        sender: address that mail comes from.
        username, password: empty = the server wants none.
        tls: how the line is secured.
        language: of the text.
        timeout: s, for each step.
    """

    def __init__(
        self, url: str, *, sender: str, username: str, password: str, tls: Tls, language: Language, timeout: float
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or PORTS[tls]
        self._sender, self._username, self._password = sender, username, password
        self._tls, self._language, self._timeout = tls, language, timeout
        ear()

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`."""
        plugin = self._plugin(message, recipient)
        if plugin is None:
            raise Refused("", f"{recipient!r} is no address of e-mail", "mend the person's address in oncall.toml")
        one = page(message, self._language)
        taken, lines = notify(plugin, " / ".join(part.title for part in one.parts), plain(one))
        if taken:
            return Receipt("250", f"taken by {self._host}")
        raise self._error(lines)

    def _plugin(self, message: Message, recipient: str) -> NotifyBase | None:
        if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", recipient):
            return None
        return Apprise.instantiate(
            {
                "schema": "mailto" if self._tls == "none" else "mailtos",
                "host": self._host,
                "port": self._port,
                "smtp_host": self._host,
                "user": self._username or None,
                "password": self._password or None,
                "from_addr": self._sender,
                "targets": [recipient],
                "secure_mode": _MODES[self._tls],
                "format": "text",
                "cto": str(self._timeout),
                "headers": {"X-Qualicity-Key": message.key, "X-Qualicity-Incident": message.dedup},
            }
        )

    def _error(self, lines: Sequence[Said]) -> TryLater | Refused:
        """Return what a failure means: 4xx and silence may pass, 5xx not."""
        said = [line.text.replace(self._password or "\0", "***") for line in lines]
        found = _ANSWER.search(" ".join(said))
        if found is None:
            reason = next((line for line in reversed(said) if line.startswith("Socket Exception")), "no answer")
            if "not supported" in reason:
                return Refused("", reason, "mend tls of the channel in oncall.toml")
            return TryLater("", reason)
        code, words = found[1], found[3][:300]
        if code.startswith("5"):
            return Refused(code, words)
        return TryLater(code, words)

    def close(self) -> None:
        """Nothing is held."""
