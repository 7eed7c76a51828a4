"""What takes minutes and is asked for on a page: papers that are written, and checked, one after the other.

A job is known by the entry of the audit log that asked for it, and its end is an entry as well. So what a job came to
outlives the process; one that has no end and is not waiting here was cut off when the service ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import structlog
from fastapi import Request

_log = structlog.get_logger(__name__)
_LONGEST_S = 3_600
"""Of one job; a white paper takes minutes."""
_MODULE = "console.papers.child"

Progress = Literal["queued", "running"]


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        code: of its exit; None = it was stopped because it took too long.
        out: what it said for machines.
        error: what it said for people.
    """

    code: int | None
    out: str
    error: str


class Job(NamedTuple):
    """A command to run.

    Attributes:
        number: of the entry that asks for it.
        arguments: of the command line.
        finish: told how it ended; keeps that.
    """

    number: int
    arguments: Sequence[str]
    finish: Callable[[Ended], None]


Run = Callable[[Sequence[str]], Ended]


def run_child(arguments: Sequence[str], longest: float = _LONGEST_S) -> Ended:
    """Run a command in a process that ends when this one does.

    Args:
        arguments: of the command line.
        longest: s.
    """
    end, held = os.pipe()  # no child inherits the second: it is closed when this process ends
    try:
        with subprocess.Popen(
            [sys.executable, "-m", _MODULE, *arguments], stdin=end, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as child:
            try:
                out, error = child.communicate(timeout=longest)
            except subprocess.TimeoutExpired:
                child.kill()
                out, error = child.communicate()
                return Ended(None, out.decode(errors="replace"), error.decode(errors="replace"))
        return Ended(child.returncode, out.decode(errors="replace"), error.decode(errors="replace"))
    finally:
        os.close(end)
        os.close(held)


def jobs_of(request: Request) -> Jobs:
    """Return what writes papers for the service that is asked."""
    found: Jobs = request.app.state.jobs
    return found


class Jobs:
    """Runs one job at a time, in the order in which they were asked for.

    Args:
        run: runs a command.
    """

    def __init__(self, run: Run = run_child) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._running: int | None = None
        self._thread: threading.Thread | None = None

    def add(self, job: Job) -> None:
        """Let a job wait for its turn."""
        with self._lock:
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="papers", daemon=True)
                self._thread.start()

    def progress(self, number: int) -> Progress | None:
        """Return whether a job waits or runs here; None = neither."""
        with self._lock:
            if number == self._running:
                return "running"
            return "queued" if any(job.number == number for job in self._waiting) else None

    def waiting(self) -> int:
        """Return how many jobs have not ended."""
        with self._lock:
            return len(self._waiting) + (self._running is not None)

    def join(self, seconds: float) -> None:
        """Wait until all that was asked for has ended."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.finish(self._run(job.arguments))
            except Exception:  # noqa: BLE001 - its end could not be kept: it shows as cut off, and the next has its turn
                _log.exception("the end of a job could not be kept", job=job.number)

    def _next(self) -> Job | None:
        with self._lock:
            job = self._waiting.popleft() if self._waiting else None
            self._running = job.number if job else None
            if job is None:
                self._thread = None
            return job
