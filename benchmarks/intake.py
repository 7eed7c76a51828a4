"""Claim: intake takes 15 times as many messages per CPU-second as Telegraf's, and acknowledges none before its fsync.

A flood from a fake broker (QoS 1, every message another reading of a declared network, a strict window) meets the
service as it ships, in its own data folder, and its peers: a plain paho consumer, and Telegraf when QUALICITY_TELEGRAF
names its program. Rounds alternate between them. CPU time is that of the receiving process, from /proc, between the
first message after the warm-up and the last PUBACK. In the end the store must hold each reading once, with its value.

Then: readings in batches, live through a real mosquitto, a queue drained after an outage, a slow disk, memory.

    python benchmarks/intake.py [flood batches live drain disk memory] [--rounds N] [--scale X] [--messages N]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from flood.consumers import TELEGRAF, Consumer, Plain, Product, Telegraf
from flood.live import Through, drain, live
from flood.measure import Case, Run, alternate, flood, median, spread
from flood.mosquitto import PROGRAM
from flood.readings import CHANNELS, KINDS

CLAIM = 15.0  # times the messages per CPU-second of Telegraf
LIVE_CLAIM = 50_000  # messages a second through mosquitto
BATCH_CLAIM = 400_000  # readings a second
MEMORY_CLAIM = 150.0  # MB

CHECKS = """checks that are on: topic of the pattern, station and channel declared, city and medium agree; JSON, types
  of all keys; time stated, in ms or with its offset, not ahead of the clock; value finite; unit known and of the right
  dimension; period in bounds, its start by the declared label; declared range, stand-ins for "no value", late arrival;
  device flag. What fails one is kept as a dead letter with its reason. Then: columns with a CRC, SQLite WAL
  synchronous=FULL, one fsync a commit, and only then the PUBACKs."""


def line(name: str, runs: Sequence[Run], what: str = "messages") -> float:
    """Print rates of some runs; return the median per CPU-second."""
    of = [getattr(run, what) for run in runs]
    wall = [count / run.seconds for count, run in zip(of, runs, strict=True)]
    cpu = [count / run.cpu for count, run in zip(of, runs, strict=True)]
    beside = [count / (run.cpu + run.others) for count, run in zip(of, runs, strict=True)]
    both = f"  with sealing {median(beside) / 1000:,.0f} k" if any(run.others for run in runs) else ""
    print(f"  {name:<44}{spread(wall):>26}/s{spread(cpu):>26}{both}")
    print(f"    {runs[-1].kept}; memory {max(max(run.memory) for run in runs):,.0f} MB")
    return median(cpu)


def heading(text: str) -> None:
    """Print the heading of a table."""
    print(f"\n{text}")
    print(f"  {'median (least-greatest)':<44}{'by the clock':>28}{'per CPU-second':>26}")


def peers(messages: Callable[[float], int]) -> list[tuple[str, Case]]:
    """Return the cases of the peers; messages by what they are worth of the product's."""
    found = [("plain paho, MQTT 3.1.1", Case(Plain, messages(0.15), messages(0.02), 10_000))]
    if TELEGRAF:
        for name, whole in (("Telegraf, whole readings", True), ("Telegraf, the number alone", False)):
            found.append((name, Case(partial(Telegraf, whole=whole), messages(0.3), messages(0.05), 10_000)))
    return found


def flooded(rounds: int, scale: float) -> bool:
    """Flood everybody; return whether the claim holds."""

    def messages(worth: float) -> int:
        return max(20_000, round(1_000_000 * scale * worth / 10_000) * 10_000)

    heading(f"flood: one reading a message, {CHANNELS} channels in turn, window 10,000, MQTT 5 where nothing is said")
    rates = table([("qualicity", Case(Product, messages(1), messages(0.05), 10_000)), *peers(messages)], rounds)
    print("  the same otherwise:")
    old, plain = partial(Product, protocol=4), partial(Product, mqtt={"receive": "plain"})
    others = [
        ("qualicity, window 1,000", Case(Product, messages(1), messages(0.05), 1_000)),
        ("qualicity, MQTT 3.1.1", Case(old, messages(1), messages(0.05), 10_000)),
        ("qualicity, eight spellings of a reading", Case(Product, messages(0.5), messages(0.05), 10_000, "mixed")),
        ("qualicity, mqtt.receive = plain", Case(plain, messages(0.15), messages(0.02), 10_000)),
    ]
    if TELEGRAF:
        others.append(
            ("Telegraf, window 1,000, the number alone", Case(Telegraf, messages(0.3), messages(0.05), 1_000))
        )
    rates |= table(others, few(rounds))
    ratios(rates)
    telegraf = rates.get("Telegraf, whole readings", 0.0)  # the same work, but for checks and fsync
    return not telegraf or rates["qualicity"] / telegraf >= CLAIM


def table(named: Sequence[tuple[str, Case]], rounds: int, what: str = "messages") -> dict[str, float]:
    """Measure and print; return the median per CPU-second by name."""
    found = alternate([case for _, case in named], rounds)
    return {name: line(name, runs, what) for (name, _), runs in zip(named, found, strict=True)}


def ratios(rates: dict[str, float]) -> None:
    """Print how many times as much as its peers the product takes."""
    for name, rate in rates.items():
        if not name.startswith("qualicity"):
            print(f"  ratio per CPU-second: {rates['qualicity'] / rate:.1f} times {name}")


def batched(rounds: int, scale: float) -> bool:
    """Flood with many readings a message."""

    def messages(worth: float) -> int:
        return max(1_000, round(20_000 * scale * worth / 1_000) * 1_000)

    held = True
    for kind in ("array", "maps"):
        heading(f"batches: {KINDS[kind][1]}, window 1,000; readings")
        named = [
            ("qualicity", Case(Product, messages(1), messages(0.1), 1_000, kind)),
            ("qualicity, window 10,000", Case(Product, messages(1), messages(0.1), 10_000, kind)),
        ]
        named.append(("plain paho, MQTT 3.1.1", Case(Plain, messages(1), messages(0.1), 1_000, kind)))
        if TELEGRAF:
            several = partial(Telegraf, in_message=10)
            named.append(("Telegraf, MQTT 3.1.1", Case(several, messages(0.25), messages(0.1), 1_000, kind)))
        found = alternate([case for _, case in named], few(rounds))
        ratios({name: line(name, runs, "readings") for (name, _), runs in zip(named, found, strict=True)})
        held &= median([run.readings / run.seconds for run in found[0]]) >= BATCH_CLAIM
    return held


def few(rounds: int) -> int:
    """Return how often what is beside the claim is measured."""
    return max(1, rounds // 3)


def everybody() -> list[tuple[str, Callable[[], Consumer]]]:
    """Return who is measured through a real broker."""
    found: list[tuple[str, Callable[[], Consumer]]] = [("qualicity", Product), ("plain paho", Plain)]
    return [*found, ("Telegraf", Telegraf)] if TELEGRAF else found


def through_mosquitto(rounds: int, scale: float) -> bool:
    """Publish through a real broker while everybody listens, one at a time."""
    count = max(1, round(300_000 * scale / 10_000)) * 10_000
    held = True
    for shipped in (False, True):
        heading(
            f"live through mosquitto, {'limits as shipped' if shipped else 'stock'}, {count:,} messages, one publisher"
        )
        runs: dict[str, list[Through]] = {name: [] for name, _ in everybody()}
        for _ in range(few(rounds)):
            for name, consumer in everybody():
                runs[name].append(live(consumer(), count, shipped=shipped))
        for name, found in runs.items():
            wall = [run.taken / run.seconds for run in found]
            missing = sum(run.sent - run.taken for run in found)
            dropped = f"; the broker dropped {missing:,}" if missing else ""
            print(f"  {name:<44}{spread(wall):>26}/s{spread([run.taken / run.cpu for run in found]):>26}")
            print(f"    {found[-1].kept}{dropped}")
            if name == "qualicity":
                held &= median(wall) >= LIVE_CLAIM and not missing
    return held


def drained(rounds: int, scale: float) -> bool:
    """Let a queue build up while everybody is away."""
    count = max(1, round(200_000 * scale / 10_000)) * 10_000
    heading(f"drain of {count:,} messages that waited in mosquitto, limits as shipped")
    for name, consumer in everybody():
        runs = [drain(consumer(), count) for _ in range(few(rounds))]
        wall, cpu = [run.taken / run.seconds for run in runs], [run.taken / run.cpu for run in runs]
        print(f"  {name:<44}{spread(wall):>26}/s{spread(cpu):>26}")
        print(f"    {runs[-1].kept}")
    return True


def slow_disk(rounds: int, scale: float) -> bool:
    """Flood a collector whose fsync takes longer."""
    for window in (1_000, 10_000):
        heading(f"slow disk: each commit takes longer by; window {window:,}")
        named = []
        for wait in (0, 1, 10, 30):
            count = max(20_000, round(1_000_000 * scale / max(1, wait / 2) / 10_000) * 10_000)
            consumer = partial(Product, command=("-m", "flood.slow", str(wait)))
            named.append((f"qualicity, {wait} ms", Case(consumer, count, 30_000, window)))
        table(named, few(rounds))
    return True


def memory(messages: int) -> bool:
    """Print the memory of the intake process over many messages."""
    print(f"\nmemory of the intake process over {messages:,} messages, each second")
    run = flood(Case(Product, messages - 50_000, 50_000, 10_000))
    third = max(1, len(run.memory) // 3)
    early, late = median(run.memory[:third]), median(run.memory[-third:])
    print(
        f"  start {run.memory[0]:.0f} MB, median {median(run.memory):.0f}, greatest {max(run.memory):.0f};"
        f" first third {early:.0f}, last third {late:.0f}; {run.messages / run.seconds / 1000:,.0f} k/s"
    )
    print(f"  every tenth: {' '.join(f'{value:.0f}' for value in run.memory[:: max(1, len(run.memory) // 10)])}")
    print(f"  {run.kept}")
    return max(run.memory) < MEMORY_CLAIM


def machine() -> None:
    """Print what it is measured on."""
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        descriptor = os.open(Path(folder) / "probe", os.O_RDWR | os.O_CREAT)
        times = []
        for _ in range(50):
            os.write(descriptor, b"x" * 65_536)
            began = time.perf_counter()
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - began)
        os.close(descriptor)
    names = ("qualicity", "paho-mqtt", "msgspec", "numpy")
    print(f"{platform.python_implementation()} {platform.python_version()}, {', '.join(map(_named, names))}")
    sync = f"fdatasync of 64 kB: median {median(times) * 1e3:.2f} ms"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {sync}")
    asked = [[TELEGRAF, "--version"]] if TELEGRAF else []
    asked += [[PROGRAM, "-h"]] if PROGRAM else []
    for command in asked:
        print(subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition("\n")[0])
    print(CHECKS)


def _named(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except ModuleNotFoundError:  # run from a tree that is not installed
        return name


def main() -> int:
    """Measure what is asked for; return 1 where a claim does not hold."""
    parser = argparse.ArgumentParser()
    parts = {"flood": flooded, "batches": batched, "live": through_mosquitto, "drain": drained, "disk": slow_disk}
    parser.add_argument("parts", nargs="*", choices=[*parts, "memory", []], help="without one: all")
    parser.add_argument("--rounds", type=int, default=3, help="of the flood; a third of it for the rest")
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer messages")
    parser.add_argument("--messages", type=int, default=2_000_000, help="of the memory's run; the claim: 20,000,000")
    given = parser.parse_args()
    began = time.monotonic()
    machine()
    held = True
    for name in given.parts or [*parts, "memory"]:
        if name in {"live", "drain"} and not PROGRAM:
            print(f"\n{name}: there is no mosquitto here")
        elif name == "memory":
            held &= memory(given.messages)
        else:
            kept = parts[name](given.rounds, given.scale)
            print(f"  {'holds' if kept else 'does not hold'}")
            held &= kept
    print(f"\n{time.monotonic() - began:.0f} s; every claim that was measured {'holds' if held else 'does NOT hold'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
