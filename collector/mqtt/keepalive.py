"""Signs of life between us and a broker: when to send one, and when silence means that nobody is there.

paho has this, too, but takes a broker for dead whose answer waits behind messages that we have not read yet: under a
flood, or while intake is paused and reads nothing. Here any bytes are a sign, and silence counts only while we listen.
"""

from __future__ import annotations


class SignsOfLife:
    """Signs on one connection.

    Args:
        keepalive: s, as agreed with the broker, which waits half as long again; 0 = no signs.
        now: s of a clock that never goes back.
    """

    def __init__(self, keepalive: float, now: float) -> None:
        self._keepalive = keepalive
        self._last_sent = now
        self._waiting_since: float | None = None  # the oldest sign of ours since we heard the broker

    def is_due(self, now: float) -> bool:
        """Return whether a sign is to be sent: twice as often as agreed, so that one that is late harms nothing."""
        return self._keepalive > 0 and now - self._last_sent >= self._keepalive / 2

    def sent(self, now: float) -> None:
        """Note that a sign was sent, to which the broker has to answer."""
        self._last_sent = now
        if self._waiting_since is None:
            self._waiting_since = now

    def heard(self) -> None:
        """Note that bytes came."""
        self._waiting_since = None

    def is_silent(self, now: float) -> bool:
        """Return whether the broker owes an answer for too long; to be asked only when all that came was read."""
        return self._waiting_since is not None and now - self._waiting_since >= self._keepalive
