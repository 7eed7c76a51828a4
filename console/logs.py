"""The service's log: one JSON object a line where a machine reads it, words on a terminal.

Lines hold what happened and the figures of it; no payload and no secret, so tracebacks come without the values of
variables. Lines of libraries come the same way.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

log = structlog.get_logger(__name__)

_SHARED: tuple[Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
)


class _Patient:
    """A stream on which a line that cannot be written stops nobody: the log may lie on the disk that is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            return


def log_for_service(part: str, stream: TextIO | None = None) -> None:
    """Write the log of this process to a stream, each line with the part that says it.

    Args:
        part: name of the part, or of the group.
        stream: default: standard error, which an init system or a container keeps.
    """
    out = stream or sys.stderr

    def named(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {"part": part, **event}

    rendering: tuple[Processor, ...] = (
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    )
    if out.isatty():
        rendering = (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
    patient: Any = _Patient(out)
    structlog.configure(
        processors=[*_SHARED, named, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(patient),
    )
    handler = logging.StreamHandler(patient)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, named, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    sys.excepthook = _crashed
    threading.excepthook = lambda what: _crashed(what.exc_type, what.exc_value, what.exc_traceback)


def _crashed(kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
    """Say that a fault of ours has ended a thread."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical("a fault has ended this thread", exc_info=(kind, error, at))
