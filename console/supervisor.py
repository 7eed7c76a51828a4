"""A group of child processes, one a part of the service: started, watched, started again, stopped together.

A child knows that its supervisor is gone when its standard input ends, and then stops by itself, so that
even kill -9 of the supervisor leaves no orphan at work.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

SUPERVISED = "QUALICITY_SUPERVISED"
"""Set in the environment of children."""

DRAIN_SECONDS = 30.0
"""How long a stopping child may take to drain before it is killed."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY_SECONDS = 60.0
_EXIT_USAGE = 2

log = structlog.get_logger(__name__)


@dataclass
class _Child:
    """One part and its present process."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    pause: float = field(default=_FIRST_PAUSE)

    def start(self, now: float) -> None:
        environment = {**os.environ, SUPERVISED: "1"}
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=environment)
        self.started = now
        log.info("part started", part=self.name, pid=self.process.pid)

    def close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


def supervise(commands: Mapping[str, Sequence[str]], stop: threading.Event) -> int:
    """Run the commands until `stop` is set; return the exit code of the group.

    A child that ends is started again, at once and then ever more slowly (0.5 s to 30 s). A child that
    ends with "wrong use or bad input" would do so again: the whole group stops with its code.
    """
    children = [_Child(name, command) for name, command in commands.items()]
    for child in children:
        child.start(time.monotonic())
    code = 0
    while not stop.wait(0.2) and code == 0:
        for child in children:
            code = _watch(child, time.monotonic()) or code
    _stop(children)
    return code


def _watch(child: _Child, now: float) -> int:
    """Start a child again when it has ended; return the code with which the group must end, or 0."""
    if child.process is None:
        if now >= child.restart_at:
            child.start(now)
        return 0
    ended = child.process.poll()
    if ended is None:
        return 0
    child.close()
    child.process = None
    if ended == _EXIT_USAGE:
        log.error("part cannot run as it is set up", part=child.name)
        return _EXIT_USAGE
    steady = now - child.started > _STEADY_SECONDS
    child.pause = _FIRST_PAUSE if steady else min(child.pause * 2, _LONGEST_PAUSE)
    child.restart_at = now + child.pause
    log.warning("part ended", part=child.name, code=ended, again_in_s=child.pause)
    return 0


def _stop(children: Sequence[_Child]) -> None:
    """Ask every child to drain and end; kill what is left when the time is over."""
    running = [(child.name, child.process) for child in children if child.process is not None]
    for _, process in running:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + DRAIN_SECONDS
    for name, process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("part did not drain in time and is killed", part=name, seconds=DRAIN_SECONDS)
            process.kill()
            process.wait()
    for child in children:
        child.close()


def stop_event() -> threading.Event:
    """Return an event that SIGTERM, SIGINT or (in a child) the end of the supervisor sets."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_watch_supervisor, args=(stop,), daemon=True, name="supervisor-watch").start()
    return stop


def _watch_supervisor(stop: threading.Event) -> None:
    """Wait for the end of standard input, which the supervisor holds open as long as it lives."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()
