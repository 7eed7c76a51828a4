"""kill -9 between any two statements of the whole way, from the log to the receiver, while readings go on coming."""

from __future__ import annotations

import collections
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.engine import Engine, Feed
from alerting.evaluation import Evaluator, tracks
from alerting.rules.load import site_rules
from alerting.state import Kind, Phase
from alerting.store import NAME, AlertStore, open_reader
from alerting.testing import Receiver
from console.site import open_site
from qualicity.checks import default_rules
from qualicity.clock import SystemClock
from qualicity.model import Batch, Observations
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import hourly

KILLS = int(os.environ.get("QUALICITY_KILLS", "2"))
SCRIPT = Path(__file__).with_name("run_alarms.py")
SECRET = "SEC-of-a-kill-test"  # noqa: S105 - of a receiver that lives as long as a test
STATIONS = {f"{city}{number}": city for city in "abd" for number in (1, 2)}
STEP = 20_000
"""ms between two readings of a station."""
PAUSE = 0.1
"""s between two batches of readings."""
LIVE_HOURS = 47
KEY = re.compile(r"\b\d+/[a-z]+(?:\.\d+)?\b")

CITY = """
[[city]]
id = "{id}"
name = {{ zh = "城{id}", en = "City {id}" }}
"""
STATION = """
[[station]]
id = "{id}"
city = "{city}"
name = {{ zh = "站{id}", en = "Station {id}" }}
channels = [{{ parameter = "o3", unit = "ug/m3", expected_interval = 20 }}]
"""
RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "臭氧", en = "Ozone {id}" }}
kind = "{kind}"
severity = "{severity}"
family = "{id}"
runbook = "air-hour.md"
owner = "duty-office"
max_shelve = "8 h"
scope = {{ medium = ["air"], parameter = ["o3"] }}
trip = {trip}
clear = {clear}
on_delay = "{on}"
off_delay = "2 readings"
chatter = {{ raises = 1000, within = "1 min" }}
inhibited_by = {above}
note = "one reading is enough where the test says so"
"""
RULES = (
    {"id": "extreme", "severity": "P1", "trip": 300, "clear": 280, "on": "1 reading", "above": "[]"},
    {"id": "high", "severity": "P1", "trip": 200, "clear": 180, "on": "2 readings", "above": '["extreme"]'},
    {"id": "early", "severity": "P2", "trip": 150, "clear": 120, "on": "3 readings", "above": '["extreme", "high"]'},
    {"id": "jump", "kind": "rate_of_change", "severity": "P1", "trip": 90, "clear": 40, "on": "1 reading",
     "above": "[]"},
)  # fmt: skip
ONCALL = """
[[channel]]
id = "chat"
kind = "dingtalk"
url_file = "url"
secret_file = "secret"
per_minute = 0

[[person]]
id = "duty-1"
addresses = { chat = "13800000001" }

[[group]]
id = "duty"
people = ["duty-1"]

[[policy]]
id = "default"
fallback = "duty"
group_wait = "1 s"
group_interval = "1 s"

  [[policy.steps]]
  targets = ["group:duty"]

[flood]
limit = 100000
"""


class Readings:
    """Ozone that goes up and down, a reading each 20 s of event time and station: the only writer of the log."""

    def __init__(self, store: EmbeddedStore, seed: int) -> None:
        self._store, self._chance = store, random.Random(f"{seed} readings")
        self._level = dict.fromkeys(STATIONS, 60.0)
        self._next = dict.fromkeys(STATIONS, SystemClock().now() - 40 * 3_600_000)
        self.rows = 0

    def append(self, *stations: str, to: float | None = None) -> None:
        """Add the next reading of some stations, most within a plausible step; or a step towards `to`."""
        batch = [self._reading(station, to) for station in stations]
        self._store.append(Batch(Observations.concatenate(batch, self._store.registry)))
        self.rows += len(batch)

    def go_on(self) -> None:
        """Add some readings."""
        self.append(*self._chance.sample(sorted(STATIONS), self._chance.randint(1, 3)))

    def lead(self, to: float) -> None:
        """Lead all stations somewhere, and let them stay there."""
        for _ in range(12):
            self.append(*STATIONS, to=to)
            time.sleep(PAUSE)

    def _reading(self, station: str, to: float | None) -> Observations:
        level = self._level[station]
        if to is not None:
            level += max(-40.0, min(40.0, to - level)) + self._chance.random()
        elif self._chance.random() < 0.05:
            level = self._chance.uniform(50.0, 390.0)  # a spike, or a true step: the checks must remember the course
        else:
            level = min(390.0, max(50.0, level + self._chance.uniform(-100.0, 100.0)))
        self._level[station] = level
        start = self._next[station]
        self._next[station] += STEP
        assert self._next[station] < SystemClock().now()
        return hourly(
            self._store.registry, station, "o3", start, [round(level, 1)], period=20, received=SystemClock().now()
        )


class Alarms:
    """The alarms as processes, one after the other."""

    def __init__(self, folder: Path, readings: Readings) -> None:
        self._folder, self._readings = folder, readings
        self.passed: collections.Counter[str] = collections.Counter()
        self.killed: list[str] = []

    def run(self, seconds: float, place: str = "-", nth: int = 0) -> bool:
        """Run until it is killed at a place, or for so long, while readings come; return whether it was killed."""
        process = self.start(seconds, place, nth)
        while process.poll() is None:
            self._readings.go_on()
            time.sleep(PAUSE)
        return self.ended(process, place)

    def start(self, seconds: float, place: str = "-", nth: int = 0) -> subprocess.Popen[bytes]:
        """Start a process."""
        return subprocess.Popen([sys.executable, SCRIPT, self._folder, place, str(nth), str(seconds)])

    def ended(self, process: subprocess.Popen[bytes], place: str = "-") -> bool:
        """Take note of an end; return whether it was a kill."""
        code = process.wait(120)
        assert code in {-signal.SIGKILL, 0}
        path = self._folder / f"places-{process.pid}"
        for name, count in json.loads(path.read_text()).items():
            self.passed[name] = max(self.passed[name], count)
        path.unlink()
        if code:
            self.killed.append(place)
        return bool(code)


@pytest.fixture
def chat():
    """The chat of the people on duty."""
    with Receiver("dingtalk", secret=SECRET) as found:
        yield found


@pytest.fixture
def folder(tmp_path, chat):
    """A site's data folder without readings."""
    folder = tmp_path / "site"
    folder.mkdir()
    rules = "".join(RULE.format(**{"kind": "threshold"} | rule) for rule in RULES)
    cities = "".join(CITY.format(id=city) for city in sorted(set(STATIONS.values())))
    files = {
        "network.toml": cities + "".join(STATION.format(id=name, city=city) for name, city in STATIONS.items()),
        "rules.toml": rules,
        "oncall.toml": ONCALL,
        "qualicity.toml": f"[alerting]\ndrill = false\nlive_hours = {LIVE_HOURS}\n",
        "url": chat.url,
        "secret": SECRET,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def undisturbed(folder: Path, other: Path) -> AlertStore:
    """Return the alarms of an engine that was given the same readings one by one, in another folder."""
    store = AlertStore(other / NAME)
    with open_site(folder) as site:
        settings = site.settings.alerting
        ruleset = site_rules(folder, settings, site.network)
        evaluator = Evaluator(ruleset, site.network, default_rules(), live_ms=LIVE_HOURS * 3_600_000)
        composer = Composer(site.network, ruleset, settings, None)
        engine = Engine(
            store, ruleset, site.network, evaluator, Dispatcher(store, None, ruleset, site.network, composer)
        )
        now = SystemClock().now()
        for rows in site.store.tail(0):
            for number in range(len(rows)):
                engine.round(Feed([rows.take(slice(number, number + 1))]), now)
        engine.round(Feed(), now + 1_000)  # keeps what it remembers
    return store


def course(store: AlertStore) -> dict:
    """Return what is measured of every alarm, in event time."""
    names = ("phase", "occurrence", "began", "raised", "peak", "above", "recent", "out", "suppressed_by")
    return {
        str(name): {field: getattr(kept.state, field) for field in names} for name, kept in store.alarms.load().items()
    }


def transitions(store: AlertStore) -> collections.Counter:
    """Return how often each alarm was raised and resolved at which event time, with which value."""
    found: collections.Counter = collections.Counter()
    for one in store.alarms.after(0, limit=10**9):
        if one.kind in {Kind.RAISED, Kind.RESOLVED}:
            found[str(one.alarm), one.occurrence, one.kind.value, one.at, one.value] += 1
    return found


def remembered(store: AlertStore) -> dict[str, list[int]]:
    """Return how far each channel has come and its last readings; not since when it is watched."""
    rows = [row for row in store.memory.load() if row[0] == tracks.KIND]
    return {key: np.frombuffer(body, "<i8").tolist()[tracks.END :] for _, key, body in rows}


def is_read(folder: Path, head: int) -> bool:
    """Return whether the engine has come to the end of the log."""
    store = open_reader(folder / NAME)
    if store is None:
        return False
    with store:
        return int(store.database.note("seq") or 0) == head


def all_told(folder: Path) -> bool:
    """Return whether all incidents are over, and all notices are delivered."""
    with AlertStore(folder / NAME, reader=True) as store:
        return not store.incidents.open() and store.outbox.oldest() is None


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for ever."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def chosen(chance: random.Random, passed: collections.Counter[str]) -> tuple[str, int]:
    """Return a line, each as likely as the other, and one of its passings, early ones more likely."""
    place = chance.choice(sorted(passed))
    return place, max(1, round(passed[place] ** chance.random()))


@pytest.mark.parametrize("kills", [KILLS])
def test_kill_9_changes_no_alarm_and_no_notice_is_forgotten(folder, tmp_path, chat, kills):
    """Alarms and history as if nothing had happened; every notice arrives, twice only where it is written down."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    with ExitStack() as opened:
        log = opened.enter_context(EmbeddedStore(folder, writer=True, clock=SystemClock()))
        readings = Readings(log, seed)
        readings.append(*STATIONS)
        alarms = Alarms(folder, readings)
        alarms.run(2.5)  # learns which lines there are
        for path in folder.glob(f"{NAME}*"):
            path.unlink()
        chat.received.clear()

        missed = 0
        while len(alarms.killed) < kills:
            missed += not alarms.run(2.0, *chosen(chance, alarms.passed))
            assert missed <= 10 + kills

        last = alarms.start(120.0)
        readings.lead(350.0)
        until(lambda: is_read(folder, log.head().seq))
        readings.lead(50.0)
        until(lambda: is_read(folder, log.head().seq) and all_told(folder))
        (folder / "stop").touch()
        assert not alarms.ended(last)

    with AlertStore(folder / NAME, reader=True) as store, undisturbed(folder, tmp_path) as expected:
        happened = transitions(store)
        incidents = store.incidents.latest(10**9)
        rows = [row for one in incidents for row in store.outbox.report(one.id)]
        keys = [KEY.findall(message.text) for message in chat.received]
        received = collections.Counter(found[0] for found in keys)
        unknown = {row.notice.message.key: sum(one.outcome == "unknown" for one in row.tries) for row in rows}
        twice = sum(received.values()) - len(received)
        print(
            f"{len(alarms.killed)} kills at {len(set(alarms.killed))} of {len(alarms.passed)} lines, {missed} times the"
            f" line was not reached; {readings.rows} readings, {sum(happened.values())} raised and resolved,"
            f" {len(incidents)} incidents, {len(rows)} notices, {len(keys)} messages, {twice} came again"
        )
        assert course(store) == course(expected)
        assert happened == transitions(expected)
        assert set(happened.values()) == {1}
        assert all(kept.state.phase is Phase.NORMAL for kept in store.alarms.load().values())
        assert remembered(store) == remembered(expected)

        announced = {
            (one.alarm, one.occurrence) for one in store.alarms.after(0, limit=10**9) if one.kind is Kind.ANNOUNCED
        }
        assert announced
        assert all(store.incidents.of(*one) is not None for one in announced)  # nothing is forgotten
        assert all(row.state == "delivered" for row in rows)
        assert all(len(set(found)) == 1 for found in keys)  # visible, and no other
        assert received.keys() == {row.notice.message.key for row in rows}  # all that was decided, and nothing else
        for one in incidents:
            assert one.stage == "resolved"
            told = one.heard or one.severity == "P1"  # what was over before anybody could be told: P1 by its end alone
            assert one.untold == ("" if told else "over")
            assert (f"{one.id}/resolved" in received) is bool(told)
            assert not one.heard or f"{one.id}/raised" in received
        assert any(one.heard for one in incidents)
        for key, count in received.items():
            assert count <= 1 + unknown[key]
