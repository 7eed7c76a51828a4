"""What Apprise says while it sends: it returns only true or false, and the reason stands in its log.

The log is heard here and goes nowhere else: it names addresses, and on its deeper levels more than that. Each thread
hears only its own sending, which Apprise's own `LogCapture` does not keep apart.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from apprise import Apprise, NotifyBase


class Said(NamedTuple):
    """One line of Apprise's log."""

    level: int
    text: str


class Ear(logging.Handler):
    """A handler that keeps what is said to the thread that listens."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, if its thread listens."""
        lines = getattr(self._heard, "lines", None)
        if lines is not None:
            lines.append(Said(record.levelno, record.getMessage()))

    @contextlib.contextmanager
    def listening(self) -> Iterator[list[Said]]:
        """Return a list that fills while the block runs."""
        lines: list[Said] = []
        self._heard.lines = lines
        try:
            yield lines
        finally:
            self._heard.lines = None


def ear() -> Ear:
    """Return the ear at Apprise's log; it is put there once.

    Then Apprise's services are loaded, too: else that would take its second at the first alarm.
    """
    log = logging.getLogger("apprise")
    for handler in log.handlers:
        if isinstance(handler, Ear):
            return handler
    log.setLevel(logging.DEBUG)
    log.propagate = False
    new = Ear()
    log.addHandler(new)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # one of them imports what Python 3.13 drops, if it is there
        Apprise.instantiate("json://localhost")
    return new


def notify(plugin: NotifyBase, title: str, body: str) -> tuple[bool, list[Said]]:
    """Send through Apprise; return its word, and what it said meanwhile."""
    with ear().listening() as lines:
        taken = plugin.notify(body=body, title=title)
    return bool(taken), lines
