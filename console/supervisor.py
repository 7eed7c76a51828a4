"""A group of child processes, one a part of the service: started, watched, started again, stopped together.

A child tells its supervisor that it lives as it would tell systemd: by datagrams to NOTIFY_SOCKET (`console.notify`).
It knows that its supervisor is gone when its standard input ends, and then stops by itself, so that even kill -9 of
the supervisor leaves no orphan at work.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from console.notify import SOCKET, Notifier

SUPERVISED = "QUALICITY_SUPERVISED"
"""Set in the environment of children."""

RESTARTS = {"ended": "QUALICITY_ENDED", "hung": "QUALICITY_HUNG"}
"""Set in the environment of children: how often the part was started again, by reason."""

DRAIN_SECONDS = 30.0
"""How long a stopping child may take to drain before it is killed."""

HANG_SECONDS = 60.0
"""A child that has spoken and then says nothing for so long hangs, and is killed: that loses nothing."""

_LOOK_SECONDS = 0.2
_WORD_SECONDS = 1.0
_LONGEST_LOOK = 1.0  # s that count as silence when we did not run ourselves, in a machine that was put to sleep
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY_SECONDS = 60.0
_EXIT_USAGE = 2
_DATAGRAM = 4096

log = structlog.get_logger(__name__)


class _Child:
    """One part, its present process, and what it says."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.restart_at = 0.0
        self.pause = _FIRST_PAUSE
        self.restarts = dict.fromkeys(RESTARTS, 0)
        self.ready = self.spoken = self.hangs = False
        self.silent = 0.0  # s
        self.status = "starting"
        self._address = f"@qualicity-{os.getpid()}-{name}-{secrets.token_hex(8)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind(self._address.replace("@", "\0"))
        self._socket.setblocking(False)

    def start(self, now: float) -> None:
        """Start a process that knows where to speak."""
        counts = {RESTARTS[why]: str(count) for why, count in self.restarts.items()}
        environment = {**os.environ, SUPERVISED: "1", SOCKET: self._address, **counts}
        self.hear(0.0)  # what the one before has said is no word of this one
        self.ready = self.spoken = self.hangs = False
        self.silent, self.status = 0.0, "starting"
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=environment)
        self.started = now
        log.info("part started", part=self.name, pid=self.process.pid)

    def hear(self, elapsed: float) -> None:
        """Take what the child has said since the last look, `elapsed` s ago."""
        self.silent += min(elapsed, _LONGEST_LOOK)
        with contextlib.suppress(BlockingIOError):
            while True:
                lines = self._socket.recv(_DATAGRAM).decode(errors="replace").splitlines()
                said = dict(line.split("=", 1) for line in lines if "=" in line)
                self.ready |= "READY" in said
                self.status = said.get("STATUS", self.status)
                self.spoken, self.silent = True, 0.0

    def ended(self) -> int | None:
        """Return the code with which the process has ended; None while it runs."""
        code = None if self.process is None else self.process.poll()
        if code is not None:
            self.release()
            self.process = None
        return code

    def release(self) -> None:
        """Let the child know that we do not need it any more."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def close(self) -> None:
        """Let go of everything."""
        self.release()
        self._socket.close()


def supervise(
    commands: Mapping[str, Sequence[str]],
    stop: threading.Event,
    *,
    notifier: Notifier | None = None,
    hang: float = HANG_SECONDS,
) -> int:
    """Run the commands until `stop` is set; return the exit code of the group.

    A child that ends is started again, at once and then ever more slowly (0.5 s to 30 s); so is one that hangs, after
    it was killed. A child that ends with "wrong use or bad input" would do so again: the whole group stops with its
    code.

    Args:
        commands: by name of the part.
        stop: ends the group; children drain.
        notifier: the way to whoever started the group.
        hang: s of silence after which a child that has spoken is killed.
    """
    notifier = notifier or Notifier.of()
    children = [_Child(name, command) for name, command in commands.items()]
    try:
        for child in children:
            child.start(time.monotonic())
        code = _run(children, stop, notifier, hang)
        notifier.stopping()
        _drain(children)
    finally:
        for child in children:
            child.close()
        notifier.close()
    return code


def _run(children: Sequence[_Child], stop: threading.Event, notifier: Notifier, hang: float) -> int:
    """Watch until told to stop, or until a part cannot run at all; return the exit code."""
    code, told, looked = 0, False, time.monotonic()
    next_word = looked
    while not stop.wait(_LOOK_SECONDS) and code == 0:
        before, looked = looked, time.monotonic()
        for child in children:
            child.hear(looked - before)
            code = _watch(child, looked, hang) or code
        if looked >= next_word:
            notifier.alive("; ".join(f"{child.name}: {child.status}" for child in children))
            next_word = looked + _WORD_SECONDS
        if not told and all(child.ready for child in children):
            told = notifier.ready()
    return code


def _watch(child: _Child, now: float, hang: float) -> int:
    """Start a child again when it has ended or hangs; return the code with which the group must end, or 0."""
    if child.process is None:
        if now >= child.restart_at:
            child.start(now)
        return 0
    ended = child.ended()
    if ended is None:
        if child.spoken and child.silent >= hang and not child.hangs:
            log.error("part hangs and is killed", part=child.name, silent_seconds=round(child.silent, 1))
            child.hangs = True
            child.process.kill()
        return 0
    if ended == _EXIT_USAGE:
        log.error("part cannot run as it is set up", part=child.name)
        return _EXIT_USAGE
    child.restarts["hung" if child.hangs else "ended"] += 1
    steady = now - child.started > _STEADY_SECONDS
    child.pause = _FIRST_PAUSE if steady else min(child.pause * 2, _LONGEST_PAUSE)
    child.restart_at = now + child.pause
    child.status = "ended; starting again"
    log.warning("part ended", part=child.name, code=ended, again_in_s=child.pause)
    return 0


def _drain(children: Sequence[_Child]) -> None:
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


def stop_event(stopping: Callable[[], None] = lambda: None) -> threading.Event:
    """Return an event that SIGTERM, SIGINT or (in a child) the end of the supervisor sets.

    Args:
        stopping: called when a signal has come.
    """
    stop = threading.Event()

    def told(*_: object) -> None:
        stop.set()
        stopping()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_watch_supervisor, args=(stop,), daemon=True, name="supervisor-watch").start()
    return stop


def _watch_supervisor(stop: threading.Event) -> None:
    """Wait for the end of standard input, which the supervisor holds open as long as it lives."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()
