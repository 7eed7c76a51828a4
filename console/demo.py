"""The main job on one machine: a real year through MQTT to its verdict, with the service's own parts.

The collector is the service's, as a process of its own; the broker is the embedded one. Every message is
counted at each place that it passes, and the counts must agree. Beside the air, water is simulated: see `demo_water`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from collector.embedded_broker import EmbeddedBroker
from collector.files.channels import Declaration
from collector.messages import messages
from collector.publisher import Outgoing, Published, Publisher
from collector.replay import read_recording
from collector.topics import TopicPattern
from console import demo_water, made_up
from console.examples import example
from console.site import Site, open_site
from console.supervisor import SUPERVISED
from qualicity.clock import SystemClock
from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.heartbeat import heartbeats
from qualicity.model import Observations
from qualicity.network_file import load_network
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.settings import MqttSettings

MARKER = "this-is-a-demo"
"""File by which a former demo's folder is known, so that nothing else is ever removed."""

_WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.1

BAD_MESSAGES = (
    ("beijing/air/Dongsi", b'{"t": "2016-05-01T08:00:00+08:00", "values": {"pm25": 35'),  # cut off on its way
    ("beijing/air/Dongsi/pm25", b'{"v": 35.0, "u": "ug/m3"}'),  # no time
    ("beijing/air/Tiantan/pm25", b'{"t": "2016-05-01T08:00:00+08:00", "v": 61, "u": "ppb"}'),  # no gas
    ("beijing/air/Nowhere/so2", b'{"t": "2016-05-01T08:00:00+08:00", "v": 5, "u": "ug/m3"}'),  # no such station
    ("beijing/air/Wanliu/no2", b'{"t": "2061-05-01T08:00:00+08:00", "v": 5, "u": "ug/m3"}'),  # a clock gone wrong
)
"""What sensors also send; each becomes a dead letter with its reason."""


@dataclass
class Counts:
    """How many messages and readings passed each place."""

    published: int = 0  # messages, good and bad
    acknowledged: int = 0  # by the broker
    collected: int = 0  # messages that the collector committed and acknowledged
    readings: int = 0  # in the good messages
    imported: int = 0  # readings of the file
    archived: int = 0  # readings in the archive
    dead_letters: int = 0

    def check(self) -> None:
        """Compare the counts.

        Raises:
            IntegrityError: something was lost or doubled on the way.
        """
        good = self.published == self.acknowledged == self.collected
        if not good or self.readings + self.imported != self.archived or self.dead_letters != len(BAD_MESSAGES):
            raise IntegrityError(f"the counts do not agree: {self}", "this is a fault of Qualicity: please report it")


@dataclass
class Demo:
    """A run of the demo in a folder.

    Attributes:
        folder: the data folder; made anew.
        days: of the year that are published, from its beginning; None = all.
        say: tells people what is being done.
        progress: told (done, total) while messages are published.
    """

    folder: Path
    days: int | None = None
    say: Callable[[str], None] = print
    progress: Callable[[int, int], None] = lambda _done, _total: None
    counts: Counts = field(default_factory=Counts)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say what is being done, and how long it took."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
        self.say(f"{name}: {self.seconds[name]:.1f} s")

    def prepare(self) -> None:
        """Make the data folder anew.

        Raises:
            UsageError: it holds something else than a former demo, or a demo that still runs.
        """
        if self.folder.is_file() or (self.folder.exists() and any(self.folder.iterdir())):
            if not (self.folder / MARKER).exists():
                raise UsageError(f"{self.folder} is not empty and no former demo", "give another --data DIR")
            now = SystemClock().now()
            if any(beat.well(now) for beat in heartbeats(self.folder)):
                raise UsageError(f"a demo is running in {self.folder}", "end it, or give another --data DIR")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / MARKER).touch()
        (self.folder / "network.toml").write_text(demo_water.network_text(), encoding="utf-8")

    def collect(self) -> None:
        """Publish the year at QoS 1 as sensors would, and collect it with the service's collector."""
        with self.step("reading the example year"):
            rows = self._readings()
        with self.step("simulating sources and outlets"):
            water = demo_water.simulated(int(rows["start"].min()), int(rows["start"].max()) + HOUR_MS)
            published = demo_water.is_published(water)
            made_up.write_file(self.folder / demo_water.FILE, water.take(~published))
            water = water.take(published)
        self.counts.readings = len(rows) + len(water)
        with EmbeddedBroker() as broker, part_process("collector", self.folder, broker_environment(broker)) as process:
            self._wait(lambda: self._beat("connected") == 1, process, "the collector to connect")
            with self.step("publishing and collecting"):
                publisher = Publisher(MqttSettings(url=broker.url))
                sent = publisher.publish(self._outgoing(rows, water), progress=self._progress)
                publisher.close()
                self.counts.published, self.counts.acknowledged = sent.published, sent.acknowledged
                self._wait(lambda: self._beat("acknowledged") >= sent.published, process, "all messages")
                self.counts.collected = self._beat("acknowledged")

    def _readings(self) -> Observations:
        folder = example("beijing-2016")
        network = load_network([folder / "network.toml"])
        rows = read_recording(folder / "readings.parquet", network, Declaration(), SystemClock()).rows
        if self.days is None:
            return rows
        first = int(rows["start"].min())
        return rows.take(rows["start"] < first + self.days * DAY_MS)

    def _outgoing(self, *parts: Observations) -> Iterator[Outgoing]:
        network = load_network([self.folder / "network.toml"])
        self._total = sum(map(len, parts)) // 6  # about: a message holds six values, or nine
        for rows in parts:
            yield from messages(rows, network, TopicPattern.parse(MqttSettings().topic))
        for topic, payload in BAD_MESSAGES:
            yield Outgoing(0, topic, payload)

    def _progress(self, published: Published) -> None:
        self.progress(published.acknowledged, max(self._total, published.acknowledged))

    def _beat(self, counter: str) -> int:
        """Return a counter of the collector's last sign of life."""
        return next((int(beat.counters[counter]) for beat in heartbeats(self.folder) if beat.part == "collector"), 0)

    def _wait(self, done: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
        last, since = self._beat("acknowledged"), time.monotonic()
        while not done():
            if process.poll() is not None:
                raise Retryable("the collector ended", "see what it printed")
            if (now := self._beat("acknowledged")) != last:
                last, since = now, time.monotonic()
            if time.monotonic() - since > _WAIT_SECONDS:
                raise Retryable(f"waited in vain for {what}", "is the machine very busy? try again")
            time.sleep(_LOOK_SECONDS)

    def archive(self, site: Site) -> None:
        """Take the file in, seal and compact everything; count it."""
        with self.step("importing samples, volumes and outlets"):
            self.counts.imported = made_up.import_file(site, self.folder / demo_water.FILE).accepted
        with self.step("sealing the archive"):
            site.store.seal()
            site.store.compact()
        self.counts.archived = site.store.archived()
        self.counts.dead_letters = sum(count.count for count in site.store.dead_letter_counts())

    def judge(self, site: Site) -> Pipeline:
        """Judge every day and the year, of air, sources and outlets."""
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        aggregator = Aggregator(pipeline)
        with self.step("judging"):
            aggregator.follow()
            aggregator.judge_due()
        return pipeline

    def open(self) -> Site:
        """Return the site, open for sealing."""
        return open_site(self.folder, writer=True)


def broker_environment(broker: EmbeddedBroker) -> dict[str, str]:
    """Return the environment in which a part of the service uses a broker, and ends when we end."""
    return {
        **os.environ,
        "QUALICITY_MQTT__URL": broker.url,
        "QUALICITY_MQTT__PROTOCOL": str(broker.protocol),
        SUPERVISED: "1",
    }


@contextmanager
def part_process(part: str, folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a part of the service on a data folder while a block runs; drain it at the end."""
    command = [sys.executable, "-m", "console", "serve", "--only", part, "--data", str(folder)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process
        process.terminate()
        process.wait(_WAIT_SECONDS)
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
