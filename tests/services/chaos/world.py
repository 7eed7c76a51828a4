"""One world: sensors, broker, service and database; the troubles happen in it, and in the end it is compared."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Self

import truth
from sensors import Message, Sensors, Witness, good_messages, network, present
from servers import Broker, Database, Database2, Server
from service import Service, until

from qualicity.network import NetworkFile
from qualicity.network_text import write_network
from qualicity.store.verify import verify

SETTLE_SECONDS = 300.0
_QUIET_SECONDS = 30.0
_SETTLED_MS = 1_000  # after the last change; then all parts must have spoken again
_LINES, _LINE = 15, 400

_LAGS = (
    ("collector", "waiting"), ("aggregator", "lag_rows"), ("influx", "lag_rows"), ("influx", "lag_versions"),
)  # fmt: skip
"""Counters of parts that are 0 when there is nothing more to do."""

Say = Callable[[str], None]


class World:
    """Everything that takes part.

    Args:
        name: for people.
        folder: for logs and the servers' files; the data folder unless `data` says another.
        seed: of the dice.
        rate: messages a second.
        say: tells people what happens.
        data: the data folder.
        messages: what the sensors send.
        retention_days: of the database; 0 = for ever.
        parts: of the service.
        major: version of InfluxDB.
        before: is called before the service starts.
        reserve: bytes of the disk that intake leaves free.
        inflight: of the broker.
        waits: the sensors wait until they are told to send.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        seed: int,
        *,
        rate: float,
        say: Say,
        data: Path | None = None,
        messages: Callable[[random.Random], Iterator[Message]] | None = None,
        retention_days: int = 0,
        parts: str = "collector,aggregator,influx",
        major: int = 1,
        before: Callable[[World], None] = lambda _: None,
        reserve: int = 0,
        inflight: int = 1000,
        waits: bool = False,
    ) -> None:
        self.name, self.folder, self.say, self._before = name, folder, say, before
        self.dice = random.Random(f"{seed} {name} troubles")
        self.data = folder / "data" if data is None else data
        folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        declared = network()
        (self.data / "network.toml").write_text(write_network(NetworkFile(declared.cities, declared.stations)))
        self.broker = Broker(folder / "broker", inflight)
        self.database = (Database2 if major == 2 else Database)(folder / "database", retention_days)
        self.settings = {
            "QUALICITY_MQTT__URL": self.broker.url,
            "QUALICITY_INFLUX__URL": self.database.url,
            "QUALICITY_INFLUX__TOKEN": self.database.token,
            "QUALICITY_INFLUX__TIMEOUT": "3",
            "QUALICITY_JOURNAL__SEAL_ROWS": "1000",
            "QUALICITY_JOURNAL__SEAL_AGE": "3",
            "QUALICITY_ARCHIVE__RESERVE_BYTES": str(reserve),
        }
        self.service = Service(self.data, folder, self.settings, parts)
        make = messages or (lambda dice: good_messages(dice, present()))
        self.sensors = Sensors(self.broker.port, make(random.Random(f"{seed} {name} messages")), rate)
        if waits:
            self.sensors.paused.set()
        self.witness: Witness | None = None
        self.figures: truth.Figures = {}
        self.wrong: list[str] = []
        self.may_come_again = False  # whether something was killed that makes the broker deliver again
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self.database.start()
        self.database.make()
        self.broker.start()
        self._before(self)
        self.service.start()
        try:
            until(lambda: self.service.connected() or not self.service.running, 60, "intake connects")
            assert self.service.running, "the service has ended"
        except AssertionError as error:
            self.__exit__()
            raise AssertionError(self.log()) from error
        self.witness = Witness(self.broker.port)
        now = time.time()
        until(lambda: self.broker.saved() > now, 10, "the broker saves our session")
        self.sensors.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.sensors.close()
        if self.witness is not None:
            self.witness.close()
        self.service.close()
        self.broker.stop()
        self.database.stop()

    def servers(self) -> dict[str, Server]:
        """Return the servers by name."""
        return {"broker": self.broker, "database": self.database}

    def log(self) -> str:
        """Return the end of what the service says, cut for people."""
        lines = self.service.log.read_text(errors="replace").splitlines() if self.service.log.exists() else []
        return "\n".join(line[:_LINE] for line in lines[-_LINES:])

    def died(self, living: Mapping[str, int]) -> list[str]:
        """Return the parts that lived and do not any more, or are new processes."""
        now = self.service.living()
        return sorted(part for part, pid in living.items() if now.get(part) != pid)

    def expect(self, condition: object, what: str) -> None:
        """Note what should have been so and is not."""
        if not condition:
            self.wrong.append(what)
            self.say(f"  WRONG: {what}")

    def good(self) -> list[Message]:
        """Return the messages that hold readings."""
        return [message for message in self.sensors.sent if message.cells]

    def settle(self, *, is_refused: Callable[[truth.Cell], bool] = lambda _: False) -> None:
        """Let everything come back and be quiet; then compare all that is kept with all that was sent.

        Args:
            is_refused: whether the database will never take a reading.
        """
        for server in self.servers().values():
            if not server.running:
                server.start()
        if not self.service.running:
            self.service.start()
        self.sensors.finish(120)
        sent = truth.cells_of(self.sensors.sent)
        wanted = {cell: value for cell, value in sent.items() if not is_refused(cell)}
        took = self._wait_until_quiet(sent)
        self.expect(self.service.stop() == 0, "the service did not stop in order")
        kept = truth.Kept(self.data)
        bad = [message for message in self.sensors.sent if message.reason]
        again = self.may_come_again or bool(self.sensors.again)
        for figures, wrong in (
            truth.compare_readings(kept, sent),
            truth.compare_database(self.database.readings(), wanted),
            truth.compare_letters(kept, bad, again=again),
            truth.compare_verdicts(self.data, self.folder / "scratch", sent),
        ):
            self.figures |= figures
            for what in wrong:
                self.expect(False, what)
        self.figures |= self._broker_lost(kept) | self._witnessed(kept)
        lines, refused = truth.rejected(self.data), len(sent) - len(wanted)
        self.figures |= {"readings_the_database_refuses": refused, "lines_kept_as_rejected": lines}
        self.expect(lines >= refused and (refused or not lines), f"{lines} lines were rejected, of {refused}")
        findings = verify(self.data).findings
        self.expect(not findings, f"verify: {findings}")
        self.figures |= {"drained_s": round(took, 1), "took_s": round(time.monotonic() - self._began, 1)}

    def _wait_until_quiet(self, sent: Mapping[truth.Cell, float]) -> float:
        """Wait until all is kept and written, or nothing moves any more; return how long, s."""
        began = moved = time.monotonic()
        last: object = None
        while True:
            beats, counter = self.service.beats(), self.service.counter
            lags = {(part, name): counter(part, name) for part, name in _LAGS}
            now = (counter("collector", "commits"), *lags.values())
            if now != last:
                last, moved, at = now, time.monotonic(), time.time() * 1000
            spoken = all(part in beats and beats[part].at > at + _SETTLED_MS for part, _ in lags)
            if spoken and not any(lags.values()) and sent.keys() <= truth.Kept(self.data).values.keys():
                return time.monotonic() - began
            if time.monotonic() - moved > _QUIET_SECONDS or time.monotonic() - began > SETTLE_SECONDS:
                self.expect(False, f"not settled: {lags}: {beats}")
                return time.monotonic() - began
            time.sleep(0.2)

    def _witnessed(self, kept: truth.Kept) -> truth.Figures:
        """Return how many good messages the witness or we have not got, and how many of ours it has."""
        good = [message for message in self.good() if message.cells[0][0] not in kept.values]
        seen = self.witness.seen
        return {
            "messages_that_the_witness_missed": sum((one.topic, one.payload) not in seen for one in self.good()),
            "messages_lost_here_and_seen_by_the_witness": sum((one.topic, one.payload) in seen for one in good),
        }

    def _broker_lost(self, kept: truth.Kept) -> truth.Figures:
        """Return how many acknowledged messages the broker itself had forgotten: their copies alone have come."""
        copies = {number for number in self.sensors.again if self.sensors.sent[number].cells}
        alone = [number for number in copies if kept.rows[self.sensors.sent[number].cells[0][0]] == 1]
        return {
            "messages": len(self.sensors.sent),
            "sent_again_after_broker_kills": len(copies),
            "forgotten_by_the_broker": len(alone),
        }


def workplace(name: str, parent: Path) -> Path:
    """Return a new folder."""
    folder = parent / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def has_database_2() -> bool:
    """Return whether the environment names an InfluxDB 2.x."""
    return bool(os.environ.get("QUALICITY_INFLUXD2"))


def has_telegraf() -> bool:
    """Return whether the environment names a Telegraf."""
    return bool(os.environ.get("QUALICITY_TELEGRAF"))
