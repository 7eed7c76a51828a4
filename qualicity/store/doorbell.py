"""A datagram on a Unix socket says that there is something new: a hint, never the only way to learn it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from qualicity.store.durable import Closes

_FOLDER = "run"
_SUFFIX = ".bell"


def ring(folder: Path) -> None:
    """Ring at every listener of a data folder. A listener that is full, slow or gone misses nothing: it also looks."""
    with (
        contextlib.suppress(OSError),  # a hint, as said above
        _reached(folder / _FOLDER) as place,
        os.scandir(place) as entries,
    ):
        for entry in entries:
            if entry.name.endswith(_SUFFIX):
                _ring(entry.path)


def _ring(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        with contextlib.suppress(OSError):  # one listener's trouble is not another's
            bell.sendto(b"!", address)


@contextlib.contextmanager
def _reached(folder: Path) -> Iterator[str]:
    """Give a folder a name short enough for the address of a socket (107 bytes), however deep it lies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


class Doorbell(Closes):
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
        with _reached(self._path.parent) as place:
            self._socket.bind(f"{place}/{self._path.name}")

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; return whether it rang. Many rings are one."""
        self._socket.settimeout(seconds)
        rang = False
        with contextlib.suppress(TimeoutError, BlockingIOError):  # the time is over, or all rings are heard
            while self._socket.recv(16):
                rang = True
                self._socket.setblocking(False)
        return rang

    def close(self) -> None:
        """Take the socket away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
