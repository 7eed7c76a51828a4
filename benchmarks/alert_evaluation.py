"""Claim: 90,000 rule instances over live readings cost 1 CPU-second for at least 1,000,000 rule evaluations.

1,500 stations of six channels, ten rules on each: values, steps, stuck instruments, shares of bad readings. Readings
come as in life, 2,000 a second in batches of 100, and as after a stop, 20,000 at once. Counted is the CPU time of this
process for the samples and for the state machine that they go through; what is remembered is kept at the pace of the
engine. The peer is a plain loop over readings and rules in Python, with the same state machine: it must come to the
same alarms. The reference is what a site without rules on the wire does: each period, for each rule, InfluxDB is asked
for the last value of every channel, which is compared in Python; CPU time of Debian's influxd and of this process.

    python benchmarks/alert_evaluation.py [RUNS]
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from msgspec.structs import replace

from alerting.evaluation import Evaluator
from alerting.evaluation.testing import PlainEvaluator
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset, compile_rule
from alerting.rules.schema import Kind, Operator, Rule, Title
from alerting.state import Alarm, Phase, Sample, step
from qualicity.checks import default_rules
from qualicity.errors import Retryable
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.store.influx import Address, Influx

CLAIM = 1_000_000
ITEMS = {"so2": 12.0, "no2": 45.0, "pm10": 90.0, "pm25": 50.0, "co": 0.9, "o3": 80.0}  # usual values
STATIONS, RULES, INTERVAL = 1_500, 10, 5  # s between the readings of a channel: 1,800 a second
CHANNELS = STATIONS * len(ITEMS)
ROUNDS = 12  # readings of each channel that are judged
PLAIN_ROUNDS = 6  # of these by the peer
LIVE, CATCH_UP = 100, 20_000
NOW = 1_781_064_000_000  # 2026-06-10 12:00 +08:00
POLL = 'SELECT last("value") FROM "reading" WHERE time >= {start}ms AND time < {end}ms GROUP BY "station", "parameter"'
CHECKS = default_rules()


def rule(name: str, kind: Kind, trip: str | float, clear: str | float, op: Operator = ">", **more: str | int) -> Rule:
    """Return a rule about every channel."""
    return Rule(name, Title(name, name), kind, "P3", "benchmark", "air.md", trip=trip, clear=clear, op=op, **more)  # type: ignore[arg-type] # texts


RULESET = Ruleset(
    tuple(
        compile_rule(one, CHECKS)
        for one in (
            rule("high", "threshold", "20 % of checks:high_above", "90 %"),
            rule("higher", "threshold", "30 % of checks:high_above", "90 %"),
            rule("highest", "threshold", "60 % of checks:high_above", "90 %", ">="),
            rule("own-high", "threshold", "25 % of checks:high_above", "95 %", module="system", on_delay="2 readings"),
            rule("low", "threshold", -1.0, 0.0, "<"),
            rule("lower", "threshold", -3.0, -1.0, "<=", module="system"),
            rule("jump", "rate_of_change", "checks:step_above", "50 %"),
            rule("jump-half", "rate_of_change", "50 % of checks:step_above", "50 %", on_delay="2 readings"),
            rule("stuck", "flat_line", "checks:stuck_hours", "50 %", ">="),
            rule("quality", "quality_share", 0.5, 0.25, window="24 h", min_valid=6),
        )
    )
)
assert len(RULESET.rules) == RULES


def network() -> Network:
    """Return the stations."""
    channels = tuple(
        ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3", expected_interval=INTERVAL) for item in ITEMS
    )
    return Network(
        (City("city"),),
        tuple(Station(f"s{n:04}", "city", district=f"d{n % 10}", channels=channels) for n in range(STATIONS)),
    )


def readings(registry: Registry) -> Observations:
    """Return readings as they arrive: every channel once an interval; at each time, some stand high for a while."""
    dice = np.random.default_rng(1)
    usual = np.tile(list(ITEMS.values()), STATIONS)
    value = usual * dice.gamma(20.0, 0.05, (ROUNDS, CHANNELS))
    limit = np.tile([float(CHECKS.by_parameter[item].high_above) for item in ITEMS], STATIONS)
    high = dice.random(CHANNELS) < 0.002
    value[ROUNDS // 4 : -3, high] = (limit * dice.uniform(0.2, 0.7, CHANNELS))[high]
    bad = dice.random(value.shape) < 0.005
    order = np.argsort(dice.random(CHANNELS))
    station = np.repeat([registry.code(f"s{n:04}") for n in range(STATIONS)], len(ITEMS))
    parameter = np.tile([registry.code(item) for item in ITEMS], STATIONS)
    unit = np.tile([registry.code("mg/m3" if item == "co" else "ug/m3") for item in ITEMS], STATIONS)
    start = NOW + 1_000 * INTERVAL * np.arange(ROUNDS)[:, None] + (1_000 * INTERVAL * np.arange(CHANNELS)) // CHANNELS
    rows = Observations.build(
        registry,
        value.size,
        station=np.tile(station[order], ROUNDS),
        parameter=np.tile(parameter[order], ROUNDS),
        unit=np.tile(unit[order], ROUNDS),
        start=start.reshape(-1),
        value=np.round(value[:, order], 1).reshape(-1),
        device_flag=np.where(bad[:, order], registry.code("D"), registry.code("N")).reshape(-1),
        statistic=Statistic.VALUE,
    )
    return rows.replace(seq=np.arange(1, len(rows) + 1, dtype=np.int64))


class Judges(Protocol):
    """Either evaluator."""

    def watch(self, alarm: AlarmId, *, idle: bool) -> None:
        """Say whether an alarm is idle."""
        ...


class Alarms:
    """The state machine behind an evaluator."""

    def __init__(self, evaluator: Judges) -> None:
        self._evaluator = evaluator
        self._timing = {one.rule.id: one.timing for one in RULESET.rules}
        self.states: dict[AlarmId, Alarm] = {}
        self.effects = 0

    def take(self, alarm: AlarmId, sample: Sample) -> None:
        """Step one alarm."""
        before = self.states.get(alarm, Alarm())
        after, effects = step(before, sample, self._timing[alarm.rule])
        self.states[alarm] = after
        self.effects += len(effects)
        if before.idle != after.idle:
            self._evaluator.watch(alarm, idle=after.idle)

    @property
    def seen(self) -> dict[AlarmId, Alarm]:
        """Return what is not as if nothing ever happened."""
        plain = {
            name: replace(one, at=0, value=None, above=0, tripped=0) if one.phase is Phase.NORMAL else one
            for name, one in self.states.items()
        }
        return {name: one for name, one in plain.items() if one != Alarm()}


def batches(rows: Observations, size: int) -> list[tuple[Observations, int]]:
    """Return rows in batches, with the time at which each has come."""
    parts = [rows.take(slice(first, first + size)) for first in range(0, len(rows), size)]
    return [(part, int(part["start"].max()) + 50) for part in parts]


def by_matrix(rows: Observations, size: int) -> tuple[Alarms, float, float, list[float]]:
    """Return the alarms, CPU s of judging and of what is kept, and the time of each batch in ms."""
    evaluator = Evaluator(RULESET, network(), CHECKS, live_ms=6 * 3_600_000)
    alarms, given, taken, kept = Alarms(evaluator), batches(rows, size), [], 0.0
    evaluator.readings(given[0][0].take(slice(0, 0)), [], NOW)
    began = time.process_time()
    for number, (part, now) in enumerate(given):
        start = time.perf_counter()
        for judged in evaluator.readings(part, [], now):
            alarms.take(judged.alarm, judged.sample)
        taken.append((time.perf_counter() - start) * 1000)
        if size >= CATCH_UP or number % 20 == 0:  # once a second, as the engine commits
            at = time.process_time()
            evaluator.memory()
            kept += time.process_time() - at
    return alarms, time.process_time() - began - kept, kept, taken


def by_hand(rows: Observations) -> tuple[Alarms, float]:
    """Return the peer's alarms, and its CPU s."""
    plain = PlainEvaluator(RULESET, network(), CHECKS, live_ms=6 * 3_600_000, every=False)
    alarms, given = Alarms(plain), batches(rows, LIVE)
    began = time.process_time()
    for part, now in given:
        for found in plain.readings(part, [], now):
            alarms.take(found.alarm, found.sample)
    return alarms, time.process_time() - began


@contextmanager
def influxd() -> Iterator[tuple[Influx, int]]:
    """Run an empty InfluxDB on loopback; give it and its process id."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as one, socket.socket() as two:
        for probe in (one, two):
            probe.bind(("127.0.0.1", 0))
        port, rpc = one.getsockname()[1], two.getsockname()[1]
        one.close()
        two.close()
        environment = {
            **os.environ,
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{rpc}",
            "INFLUXDB_META_DIR": f"{folder}/meta",
            "INFLUXDB_DATA_DIR": f"{folder}/data",
            "INFLUXDB_DATA_WAL_DIR": f"{folder}/wal",
            "INFLUXDB_DATA_QUERY_LOG_ENABLED": "false",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
            "INFLUXDB_HTTP_LOG_ENABLED": "false",
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
        }
        process = subprocess.Popen(
            [shutil.which("influxd") or "influxd", "-config", os.devnull],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with Influx(Address(f"http://127.0.0.1:{port}", "qualicity", timeout=60)) as influx:
                _made(influx)
                yield influx, process.pid
        finally:
            process.terminate()
            process.wait()


def _made(influx: Influx) -> None:
    for _ in range(600):
        try:
            influx.execute("CREATE DATABASE qualicity")
        except Retryable:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("influxd does not answer")


def spent_by(process: int) -> float:
    """Return CPU s of another process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def by_polling(rows: Observations, periods: int) -> tuple[float, int]:
    """Return CPU s of influxd and of this process for so many periods, and how many values were looked at."""
    text, seen, bound = rows.registry.text, 0, dict(zip(ITEMS, limits(), strict=True))
    with influxd() as (influx, process):
        for part, _ in batches(rows, 10_000):
            lines = [
                f"reading,station={text(s)},parameter={text(p)} value={v} {t}"
                for s, p, v, t in zip(
                    *(part[name].tolist() for name in ("station", "parameter", "value", "start")), strict=True
                )
            ]
            influx.write("\n".join(lines).encode())
        spent, began = spent_by(process), time.process_time()
        for period in range(1, periods + 1):
            until = NOW + 1_000 * INTERVAL * (ROUNDS - periods + period)
            for _ in range(RULES):
                for series in influx.query(POLL.format(start=until - 1_000 * INTERVAL, end=until)):
                    seen += 1
                    tripped = series.rows[0][1] > bound[series.tags["parameter"]]
                    assert tripped in {True, False}
        return spent_by(process) - spent + time.process_time() - began, seen


def limits() -> list[float]:
    """Return what values are compared with, by item."""
    return [0.2 * float(CHECKS.by_parameter[item].high_above) for item in ITEMS]


def main(runs: int) -> None:
    """Measure and print."""
    rows = readings(Registry())
    few = rows.take(slice(0, PLAIN_ROUNDS * CHANNELS))
    evaluations = len(rows) * RULES
    print(
        f"{CHANNELS * RULES:,} instances, {len(rows):,} readings, {evaluations:,} evaluations; medians of {runs} runs"
    )
    ours: dict[int, float] = {}
    plain: list[float] = []
    for size in (LIVE, CATCH_UP):
        spent, kept, batch, worst = [], [], [], []
        for _ in range(runs):
            alarms, judging, keeping, taken = by_matrix(rows, size)
            spent.append(judging)
            kept.append(keeping / judging)
            batch.append(statistics.median(taken))
            worst.append(float(np.percentile(taken, 99)))
        ours[size] = evaluations / statistics.median(spent)
        print(
            f"  batches of {size:,}: {ours[size]:,.0f} evaluations a CPU-second, {len(alarms.seen):,} alarms;"
            f" a batch {statistics.median(batch):.2f} ms (p99 {statistics.median(worst):.2f});"
            f" keeping what is remembered {statistics.median(kept):.0%} more"
        )
    mine, *_ = by_matrix(few, LIVE)
    for _ in range(runs):
        peers, judging = by_hand(few)
        assert peers.seen == mine.seen
        assert peers.effects == mine.effects > 0
        plain.append(len(few) * RULES / judging)
    peer = statistics.median(plain)
    print(f"  plain loop, batches of {LIVE}: {peer:,.0f} evaluations a CPU-second, the same {len(peers.seen):,} alarms")
    polls = [by_polling(rows, 3) for _ in range(min(runs, 3))]
    polling = statistics.median(seen / cost for cost, seen in polls)
    print(f"  InfluxQL polling, values only: {polling:,.0f} evaluations a CPU-second")
    print(f"claimed >= {CLAIM:,} with batches of {LIVE}: {'kept' if ours[LIVE] >= CLAIM else 'NOT KEPT'}")
    print(f"ratio: {ours[LIVE] / peer:.1f} times the plain loop, {ours[LIVE] / polling:.0f} times polling")
    sys.exit(ours[LIVE] < CLAIM)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
