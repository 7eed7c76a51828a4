"""A datagram on a Unix socket says that there is something new: a hint, never the only way to learn it."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

_FOLDER = "run"
_SUFFIX = ".bell"


def ring(folder: Path) -> None:
    """Ring at every listener of a data folder. A listener that is full, slow or gone misses nothing: it also looks."""
    for path in (folder / _FOLDER).glob(f"*{_SUFFIX}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
            bell.setblocking(False)
            with contextlib.suppress(OSError):  # best effort by design: listeners look each second anyway
                bell.sendto(b"!", str(path))


class Doorbell:
    """A listener's own socket.

    Args:
        folder: the data folder.
        name: of the listener; one socket a name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        (folder / _FOLDER).mkdir(exist_ok=True)
        self._path = folder / _FOLDER / f"{name}{_SUFFIX}"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; return whether it rang."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(16)
            self._socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(16):
                    pass  # many rings are one
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
