"""What a part tells whoever started it: systemd, or our own supervisor, which listens in the same way.

The protocol is that of sd_notify(3): lines of `NAME=value` in a datagram to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

SOCKET = "NOTIFY_SOCKET"
_MOST_WORDS = 200
"""Characters of a status line; systemd shows it on one."""

_PATIENCE = 1.0
"""s to wait for room with whoever listens, for words that are said once."""


class Notifier:
    """The way to whoever started this process; says nothing where nobody listens.

    Args:
        address: of a datagram socket: a path, or `@` and an abstract name; empty = nobody listens.
    """

    def __init__(self, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Notifier:
        """Return the notifier that the environment names.

        Addresses of other kinds (vsock, of virtual machines) are left alone: nobody of ours listens there.
        """
        address = environment.get(SOCKET, "")
        return cls(address if address.startswith(("/", "@")) else "")

    def ready(self) -> bool:
        """Say that the work has begun; return whether that was taken: else it is to be said again."""
        return self._send("READY=1", _PATIENCE)

    def alive(self, status: str) -> None:
        """Say that the work goes on, and how it stands in one line; the next such word comes soon."""
        self._send(f"WATCHDOG=1\nSTATUS={' '.join(status.split())[:_MOST_WORDS]}", 0.0)

    def stopping(self) -> None:
        """Say that what was begun is being finished."""
        self._send("STOPPING=1", _PATIENCE)

    def _send(self, lines: str, patience: float) -> bool:
        """Send a datagram; return whether it was taken, or there is nobody to take it."""
        if self._socket is None:
            return True
        try:
            self._socket.settimeout(patience)
            self._socket.sendto(lines.encode(), self._address)
        except OSError:  # nobody listens any more, or its queue is full
            return False
        return True

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
