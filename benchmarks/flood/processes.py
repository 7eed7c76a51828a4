"""Processes beside this one: started, asked by lines of JSON, measured through /proc, ended."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, user and system, of all its threads, s (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """Return the memory of a process that is resident, MB (proc(5), status: VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *children(int(child))]
    return found


def words(pid: int) -> list[str]:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def clean_environment() -> dict[str, str]:
    """Return our environment without settings of a site: what is measured are the defaults."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUALICITY_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), str(HERE.parent), kept.get("PYTHONPATH"))))}


class Helper:
    """One of the modules of this package as a process, that speaks in lines of JSON."""

    def __init__(self, module: str, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=clean_environment(),
        )

    def hear(self, alive: Callable[[], bool] = lambda: True, seconds: float = math.inf) -> dict[str, Any]:
        """Return the next line.

        Args:
            alive: whether it makes sense to wait on.
            seconds: how long at most.

        Raises:
            RuntimeError: it failed, or ended; or waiting makes no sense any more.
        """
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while not select.select([self.process.stdout], [], [], 1.0)[0]:
            if not alive() or time.monotonic() > deadline:
                raise RuntimeError(f"{self.process.args!r} waits for one who has ended, or never comes")
        line = self.process.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line.strip() else {"failed": "it ended without a word"}
        if "failed" in said:
            raise RuntimeError(f"{self.process.args!r}: {said['failed']}")
        return said

    def tell(self, what: object) -> None:
        """Say a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def helper(module: str, *arguments: object) -> Iterator[Helper]:
    """Run a module of this package."""
    one = Helper(module, *arguments)
    try:
        yield one
    finally:
        end(one.process, signal.SIGKILL)


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> None:
    """End a process that was started here and wait for it."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # what it did not want to hear any more
                pipe.close()
    process.wait()
