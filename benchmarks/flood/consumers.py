"""Who is measured: the product as it is started by hand, the plain consumer, and Telegraf where there is one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flood.processes import HERE, children, clean_environment, end, words
from flood.readings import Kept, Load, network

from qualicity.clock import SystemClock
from qualicity.heartbeat import heartbeats
from qualicity.settings import MqttSettings
from qualicity.store.embedded import EmbeddedStore

TELEGRAF = os.environ.get("QUALICITY_TELEGRAF", "")
START_SECONDS = 60.0

TELEGRAF_CONF = """
[agent]
  interval = "10s"
  round_interval = false
  metric_batch_size = {batch}
  metric_buffer_limit = 1000000
  flush_interval = "200ms"
  omit_hostname = true
  skip_processors_after_aggregators = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["#"]
  qos = 1
  persistent_session = true
  client_id = "telegraf-consumer"
  max_undelivered_messages = {window}
  data_format = "json"
{reading}
[[outputs.discard]]
"""
"""As fast as it goes: its output throws away, at once. A PUBACK follows a write (persistent_session), and writes follow
batches, so a batch is 5,000 metrics, or half the window when that is less."""

WHOLE_READING = """
  json_time_key = "t"
  json_time_format = "unix_ms"
  tag_keys = ["u", "f"]
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "+/+/+/+"
    tags = "city/medium/station/parameter"
"""
"""A reading as a database needs it: at its own time, with unit and flag, of its station and parameter. Without it, a
point has the value alone, at the time of its arrival, under a topic that is one text."""


class Consumer(Protocol):
    """One who takes messages."""

    name: str
    protocol: int  # of MQTT: 4 = 3.1.1
    promise: str  # what a PUBACK of it means

    def start(self, port: int, window: int) -> None:
        """Begin to consume from the broker at that port."""
        ...

    def wait(self) -> None:
        """Wait until it has subscribed."""
        ...

    def alive(self) -> bool:
        """Return whether it still runs."""
        ...

    def pids(self) -> list[int]:
        """Return its processes, the one that receives first."""
        ...

    def progress(self) -> int:
        """Return how many readings or messages are taken for good."""
        ...

    def check(self, load: Load, lacking: int = 0) -> str:
        """Stop; return what became of the messages, in words.

        Args:
            load: all that was sent.
            lacking: readings that the broker never handed over.

        Raises:
            AssertionError: it is not what it has to be.
        """
        ...

    def said(self) -> str:
        """Return what it has said of late."""
        ...

    def stop(self) -> None:
        """End it."""
        ...

    def remove(self) -> None:
        """End it and forget its files."""
        ...


@dataclass
class Product:
    """`qualicity serve --only collector` in a data folder of its own, with the settings as they ship."""

    name: str = "qualicity"
    protocol: int = 5
    promise: str = "checked, fsynced"
    mqtt: Mapping[str, object] = field(default_factory=dict)  # other settings than the defaults
    journal: Mapping[str, object] = field(default_factory=dict)
    command: tuple[str, ...] = ("-m", "console", "serve", "--only", "collector", "--data")

    def __post_init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="intake-")
        self.data = Path(self._folder.name)
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: EmbeddedStore | None = None

    def start(self, port: int, window: int) -> None:
        """Write network and settings, and start the service."""
        mqtt: dict[str, object] = {"url": f"mqtt://127.0.0.1:{port}", **self.mqtt}
        if window != MqttSettings().receive_maximum:
            mqtt["receive_maximum"] = window
        if self.protocol != 5:
            mqtt["protocol"] = self.protocol
        tables = {"mqtt": mqtt, "journal": self.journal}
        lines = [
            line
            for table, values in tables.items()
            for line in (f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()))
        ]
        (self.data / "network.toml").write_text(network(), encoding="utf-8")
        (self.data / "qualicity.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        log = (self.data / "log.txt").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command, str(self.data)],
                stdout=log,
                stderr=log,
                env=clean_environment(),
                cwd=HERE.parent,
            )

    def alive(self) -> bool:
        """Return whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Wait until the collector says that it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while not any(beat.part == "collector" and beat.ready for beat in heartbeats(self.data)):
            assert time.monotonic() < deadline, f"no sign of life of the collector: {self.said()}"
            time.sleep(0.05)

    def pids(self) -> list[int]:
        """Return the process of the collector, then the others: archive and supervisor."""
        assert self._process is not None
        family = [self._process.pid, *children(self._process.pid)]
        leaves = [pid for pid in family if not children(pid)]
        collector = [pid for pid in leaves if "archive" not in words(pid)][:1]
        return collector + [pid for pid in family if pid not in collector]

    def progress(self) -> int:
        """Return how many readings the journal has committed."""
        if self._reader is None:
            self._reader = EmbeddedStore(self.data, writer=False, clock=SystemClock())
        return self._reader.head().seq

    def unsealed(self) -> int:
        """Return how many rows wait to be sealed."""
        self.progress()
        assert self._reader is not None
        return self._reader.waiting()

    def said(self) -> str:
        """Return the end of its log."""
        path = self.data / "log.txt"
        return path.read_text("utf-8", "replace")[-2000:] if path.is_file() else ""

    def check(self, load: Load, lacking: int = 0) -> str:
        """Stop, and hold what is stored against what was sent: each reading once, its value, no dead letter."""
        self.stop()
        kept = Kept(load)
        with EmbeddedStore(self.data, writer=False, clock=SystemClock()) as store:
            for rows in store.scan():
                kept.count(rows)
            letters = sum(count.count for count in store.dead_letter_counts())
        lost, doubled = kept.lost_and_doubled()
        found = (
            f"{kept.rows:,} stored, lost {lost:,}, twice {doubled:,}, strange {kept.strangers:,}, refused {letters:,}"
        )
        wrong = abs(lost - lacking) + doubled + kept.strangers + letters
        assert wrong == 0, f"{self.name}: {found}; {self.said()}"
        return found

    def stop(self) -> None:
        """Let the service drain and end."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._process is not None:
            end(self._process)
            self._process = None

    def remove(self) -> None:
        """Forget the data folder."""
        self.stop()
        self._folder.cleanup()


class Beside:
    """A program beside ours: one process that says when it has subscribed, and keeps nothing."""

    name: str

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()

    def alive(self) -> bool:
        """Return whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Wait until it says that it has subscribed."""
        assert self._ready.wait(START_SECONDS), f"{self.name} does not subscribe: {self.said()}"

    def pids(self) -> list[int]:
        """Return its process."""
        assert self._process is not None
        return [self._process.pid]

    def said(self) -> str:
        """Return nothing: what it says goes to our own standard error."""
        return ""

    def check(self, load: Load, lacking: int = 0) -> str:
        """Stop; it has kept nothing."""
        del load, lacking
        self.stop()
        return "nothing is stored"

    def stop(self) -> None:
        """Kill it: there is nothing to save."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it; it has no files."""
        self.stop()


@dataclass
class Plain(Beside):
    """paho-mqtt in Python, a callback that decodes and forgets."""

    name: str = "plain paho"
    protocol: int = 4
    promise: str = "decoded, not kept"
    module: str = "flood.naive"

    def __post_init__(self) -> None:
        super().__init__()
        self._count = 0

    def start(self, port: int, window: int) -> None:
        """Start the consumer; it has no window of its own."""
        del window
        self._count = 0
        self._ready.clear()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, str(port), str(self.protocol)],
            stdout=subprocess.PIPE,
            env=clean_environment(),
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._count = json.loads(line)["count"]
            self._ready.set()

    def progress(self) -> int:
        """Return how many messages it has decoded, in thousands."""
        return self._count


@dataclass
class Telegraf(Beside):
    """Telegraf's mqtt_consumer at QoS 1 with a persistent session, as fast as it can be set up."""

    name: str = "Telegraf"
    protocol: int = 4
    promise: str = "handed to an output that discards"
    program: str = TELEGRAF
    in_message: int = 1  # metrics, at least
    whole: bool = False  # it reads what a reading consists of, not the number alone

    def __post_init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="telegraf-")
        self._written = 0
        self._said = b""

    def start(self, port: int, window: int) -> None:
        """Write its configuration and start it; its log tells of each batch that it has written."""
        path = Path(self._folder.name) / "telegraf.conf"
        path.write_text(
            TELEGRAF_CONF.format(
                port=port,
                window=window,
                batch=min(5_000, window * self.in_message // 2),
                reading=WHOLE_READING if self.whole else "",
            ),
            encoding="utf-8",
        )
        self._written = 0
        self._ready.clear()
        self._process = subprocess.Popen(
            [self.program, "--config", str(path), "--debug"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self._said = self._said[-1000:] + line
            if found := re.search(rb"Wrote batch of (\d+) metrics", line):
                self._written += int(found[1])
            elif b"Connected [" in line:
                self._ready.set()

    def said(self) -> str:
        """Return the end of its log."""
        return self._said.decode("utf-8", "replace")

    def progress(self) -> int:
        """Return how many metrics it has written to its output."""
        return self._written

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, 10)
            self._process = None

    def remove(self) -> None:
        """Forget its folder."""
        self.stop()
        self._folder.cleanup()
