"""`qualicity serve` as a group of processes: each part can be killed by itself, or all at once."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from collector.embedded_broker import HOST, free_port
from qualicity.heartbeat import Heartbeat, heartbeats

CLOCK = Path(__file__).with_name("clock")


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until a condition holds; return how long it took, s.

    Raises:
        AssertionError: it does not come to hold.
    """
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


class Service:
    """The service under attack.

    Args:
        data: its data folder.
        logs: where its log is kept: never on the disk that fills up.
        settings: environment of the service.
        parts: which of its parts run.
    """

    def __init__(self, data: Path, logs: Path, settings: Mapping[str, str], parts: str) -> None:
        self.data, self.parts = data, parts
        self.log, self._clock = logs / "service.log", logs / "clock"
        self.port = free_port()
        self.environment = {
            **os.environ,
            **settings,
            "QUALICITY_API__PORT": str(self.port),
            "QUALICITY_CHAOS_CLOCK": str(self._clock),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(CLOCK), os.environ.get("PYTHONPATH", "")])),
        }
        self.process: subprocess.Popen[bytes] | None = None
        with self.log.open("ab") as log:  # through a pipe: what it says must be heard when it can write no file
            self._writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)

    # life and death

    def start(self) -> None:
        """Start it; return at once."""
        command = [sys.executable, "-m", "console", "serve", "--only", self.parts, "--data", str(self.data)]
        said = self._writer.stdin
        self.process = subprocess.Popen(command, env=self.environment, stdout=said, stderr=said, start_new_session=True)

    def close(self) -> None:
        """End what is left of it, and its log."""
        if self.running:
            self.kill()
        self._writer.stdin.close()
        self._writer.wait(10)

    @property
    def running(self) -> bool:
        """Return whether the group's first process lives."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Kill -9 of every process of the group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        until(lambda: not self.processes(), 30, "the group is dead")

    def stop(self) -> int:
        """Let it drain; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def living(self) -> dict[str, int]:
        """Return the process of each part that has given a sign of life and lives."""
        found = {}
        for beat in self.beats().values():
            with contextlib.suppress(ProcessLookupError):
                if self.running and beat.pid != self.process.pid and os.getpgid(beat.pid) == self.process.pid:
                    found[beat.part] = beat.pid
        return found

    def kill_part(self, part: str) -> None:
        """Kill -9 of one part; the group starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.living()[part], signal.SIGKILL)

    def processes(self) -> list[int]:
        """Return every process of the group."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                    if os.getpgid(int(entry.name)) == self.process.pid and (entry / "cmdline").read_bytes():
                        found.append(int(entry.name))  # what is dead and not buried has no command line
        return found

    # what it says

    def beats(self) -> dict[str, Heartbeat]:
        """Return the last sign of life of each part."""
        with contextlib.suppress(OSError, ValueError):  # a disk that is broken
            return {beat.part: beat for beat in heartbeats(self.data)}
        return {}

    def counter(self, part: str, name: str) -> float:
        """Return a counter of a part; -1 = it says none."""
        beat = self.beats().get(part)
        return -1.0 if beat is None else beat.counters.get(name, -1.0)

    def connected(self) -> bool:
        """Return whether the present intake has subscribed."""
        beat = self.beats().get("collector")
        return beat is not None and beat.ready and beat.pid in self.living().values()

    def said(self, words: str, since: int = 0) -> bool:
        """Return whether the log holds words after a place in it."""
        return words.encode() in self.log.read_bytes()[since:]

    def log_place(self) -> int:
        """Return where the log ends now."""
        return self.log.stat().st_size

    def ready(self) -> tuple[int, str]:
        """Return what the address of readiness answers: status and text; 0 = nothing."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    # its circumstances

    def set_clock(self, seconds: float) -> None:
        """Let its clock be so many s ahead of the real one (behind: negative)."""
        temporary = self._clock.with_suffix(".new")
        temporary.write_text(str(seconds))
        temporary.replace(self._clock)

    def limit_files(self, *, full: bool, part: str = "") -> None:
        """Let every write to a file fail, or none: what a full disk does, on a machine that lets us mount nothing.

        Args:
            full: whether it is.
            part: of this part alone; else of all, and those that are started later inherit it from the first one.
        """
        for pid in [self.living()[part]] if part else self.processes():
            with contextlib.suppress(ProcessLookupError):
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))

    def command(self, *arguments: str) -> tuple[int, list[dict[str, object]]]:
        """Run a command of ours on the data folder; return its exit code and the lines of JSON that it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "console", *arguments, "--json", "--data", str(self.data)],
            env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode in {0, 1}, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]
