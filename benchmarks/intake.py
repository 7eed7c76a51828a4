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

plain_path = partial(Product, name="qualicity, mqtt.receive = plain", mqtt={"receive": "plain"})


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


def peers(messages: Callable[[float], int], kind: str = "single") -> list[tuple[str, Case]]:
    """Return the cases of the peers; messages by what they are worth of the product's."""
    found: list[tuple[str, Case]] = [
        ("plain paho, MQTT 3.1.1", Case(Plain, messages(0.15), messages(0.02), 10_000, kind)),
    ]
    if TELEGRAF:
        case = Case(Telegraf, messages(0.3), messages(0.05), 10_000, kind)
        found.append(("Telegraf, MQTT 3.1.1", case))
    return found


def flooded(rounds: int, scale: float) -> bool:
    """Flood everybody; return whether the claim holds."""

    def messages(worth: float) -> int:
        return max(20_000, round(1_000_000 * scale * worth / 10_000) * 10_000)

    old = partial(Product, protocol=4)
    named = [
        ("qualicity, window 10,000", Case(Product, messages(1), messages(0.05), 10_000)),
        ("qualicity, window 1,000", Case(Product, messages(1), messages(0.05), 1_000)),
        ("qualicity, MQTT 3.1.1", Case(old, messages(1), messages(0.05), 10_000)),
        ("qualicity, eight spellings", Case(Product, messages(0.5), messages(0.05), 10_000, "mixed")),
        ("qualicity, mqtt.receive = plain", Case(plain_path, messages(0.15), messages(0.02), 10_000)),
        *peers(messages),
    ]
    if TELEGRAF:
        case = Case(Telegraf, messages(0.3), messages(0.05), 1_000)
        named.append(("Telegraf, window 1,000", case))
    heading(f"flood: one reading a message, {CHANNELS} channels in turn, window 10,000, MQTT 5 where nothing is said")
    found = alternate([case for _, case in named], rounds)
    rates = {name: line(name, runs) for (name, _), runs in zip(named, found, strict=True)}
    ours = rates["qualicity, window 10,000"]
    for name, rate in rates.items():
        if not name.startswith("qualicity"):
            print(f"  ratio per CPU-second: {ours / rate:.1f} times {name}")
    return not TELEGRAF or ours / max(rate for name, rate in rates.items() if "Telegraf" in name) >= CLAIM


def batched(rounds: int, scale: float) -> bool:
    """Flood with many readings a message."""
    held = True
    for kind in ("array", "maps"):

        def messages(worth: float) -> int:
            return max(1_000, round(20_000 * scale * worth / 1_000) * 1_000)

        named = [
            ("qualicity", Case(Product, messages(1), messages(0.05), 1_000, kind)),
            *((name, Case(case.consumer, case.messages, case.warm, 1_000, kind)) for name, case in peers(messages)),
        ]
        heading(f"batches: {KINDS[kind][1]}, window 1,000; readings")
        found = alternate([case for _, case in named], rounds)
        rates = [line(name, runs, "readings") for (name, _), runs in zip(named, found, strict=True)]
        for (name, _), rate in list(zip(named, rates, strict=True))[1:]:
            print(f"  ratio per CPU-second: {rates[0] / rate:.1f} times {name}")
        held &= median([run.readings / run.seconds for run in found[0]]) >= BATCH_CLAIM
    return held


def everybody() -> list[tuple[str, Callable[[], Consumer]]]:
    """Return who is measured through a real broker."""
    found: list[tuple[str, Callable[[], Consumer]]] = [("qualicity", Product), ("plain paho", Plain)]
    return [*found, ("Telegraf", Telegraf)] if TELEGRAF else found


def through_mosquitto(rounds: int, scale: float) -> bool:
    """Publish through a real broker while everybody listens, one at a time."""
    count = round(300_000 * scale / 10_000) * 10_000
    best = 0.0
    for shipped in (False, True):
        heading(
            f"live through mosquitto, {'limits as shipped' if shipped else 'stock'}, {count:,} messages, one publisher"
        )
        runs: dict[str, list[Through]] = {name: [] for name, _ in everybody()}
        for _ in range(rounds):
            for name, consumer in everybody():
                runs[name].append(live(consumer(), count, shipped=shipped))
        for name, found in runs.items():
            wall = [run.taken / run.seconds for run in found]
            missing = sum(run.sent - run.taken for run in found)
            dropped = f"; the broker dropped {missing:,}" if missing else ""
            print(f"  {name:<44}{spread(wall):>26}/s{spread([run.taken / run.cpu for run in found]):>26}")
            print(f"    {found[-1].kept}{dropped}")
            if name == "qualicity":
                best = max(best, median(wall))
    return best >= LIVE_CLAIM


def drained(rounds: int, scale: float) -> bool:
    """Let a queue build up while everybody is away."""
    count = round(200_000 * scale / 10_000) * 10_000
    heading(f"drain of {count:,} messages that waited in mosquitto, limits as shipped")
    for name, consumer in everybody():
        runs = [drain(consumer(), count) for _ in range(rounds)]
        wall, cpu = [run.taken / run.seconds for run in runs], [run.taken / run.cpu for run in runs]
        print(f"  {name:<44}{spread(wall):>26}/s{spread(cpu):>26}")
        print(f"    {runs[-1].kept}")
    return True


def slow_disk(rounds: int, scale: float) -> bool:
    """Flood a collector whose fsync takes longer."""
    heading("slow disk: the flood again, each commit takes longer by")
    for window in (1_000, 10_000):
        for wait in (0, 1, 10, 30):
            count = max(20_000, round(1_000_000 * scale / max(1, wait / 2) / 10_000) * 10_000)
            consumer = partial(Product, command=("-m", "flood.slow", str(wait)))
            line(f"{wait} ms, window {window:,}", [flood(Case(consumer, count, 30_000, window)) for _ in range(rounds)])
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
    print(f"peers: plain paho; {f'Telegraf {TELEGRAF}' if TELEGRAF else 'no Telegraf (QUALICITY_TELEGRAF)'}")
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
    parser.add_argument("--rounds", type=int, default=3)
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
            few = 1 if name in {"live", "drain", "disk"} and given.rounds == 3 else given.rounds
            kept = parts[name](few, given.scale)
            print(f"  {'holds' if kept else 'does not hold'}")
            held &= kept
    print(f"\n{time.monotonic() - began:.0f} s; every claim that was measured {'holds' if held else 'does NOT hold'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
