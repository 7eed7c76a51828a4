"""Where intake's CPU time goes: the stages of the product one after another, in one process, without a network.

Frames as a socket hands them over -> messages (`collector/mqtt/frames.py`) -> columns (`collector/plain.py`) -> a
commit (`qualicity/store`) -> acknowledgements. Microseconds a message, thread time, the least of some runs, once each
topic has been met.

    python benchmarks/intake_stages.py [KIND] [MESSAGES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from flood.readings import CHANNELS, Load, blocks, network

from collector.mqtt.frames import Frames, Splitter
from collector.mqtt.wire import acknowledgements
from collector.normalise import Normaliser
from collector.plain import Messages, Plain
from collector.topics import TopicPattern
from qualicity.clock import SystemClock
from qualicity.model import Batch, Observations
from qualicity.network_file import load_network
from qualicity.store.embedded import EmbeddedStore

READ = 1 << 18  # bytes of one read of the socket
COMMIT = 5_000  # messages of one commit; of batches:
COMMIT_BATCHES = 200
WARM = 2  # messages of each topic before what is measured
RUNS = 3
STAGES = ("frames", "columns", "commit", "acknowledgements")


def run(data: bytes, folder: Path, load: Load) -> dict[str, float]:
    """Return the thread time of each stage, s a message."""
    spent = dict.fromkeys(STAGES, 0.0)
    size = COMMIT if load.per_message == 1 else COMMIT_BATCHES
    warm = WARM * CHANNELS
    (folder / "network.toml").write_text(network(), encoding="utf-8")
    declared = load_network([folder / "network.toml"])
    clock = SystemClock()
    with EmbeddedStore(folder, writer=True, clock=clock) as store:
        splitter = Splitter(5)
        plain = Plain(Normaliser(declared, TopicPattern.parse("{city}/{medium}/{station}/{parameter}"), store.registry))
        waiting: list[Frames] = []
        done, measured = 0, load.messages
        for at in range(0, len(data), READ):
            began = time.thread_time()
            waiting.append(splitter.feed(data[at : at + READ]))
            spent["frames"] += time.thread_time() - began
            if sum(len(frames.topics) for frames in waiting) >= size or at + READ >= len(data):
                commit(waiting, plain, store, spent, clock.now())
                done += sum(len(frames.topics) for frames in waiting)
                waiting = []
                if done < warm:
                    spent = dict.fromkeys(STAGES, 0.0)
                    measured = load.messages - done
        assert store.head().seq == load.readings
    return {name: seconds / measured for name, seconds in spent.items()}


def commit(waiting: list[Frames], plain: Plain, store: EmbeddedStore, spent: dict[str, float], now: int) -> None:
    """Make some messages durable."""
    began = time.thread_time()
    topics = [topic for frames in waiting for topic in frames.topics]
    payloads = [payload for frames in waiting for payload in frames.payloads]
    read = plain.read(Messages(topics, payloads, now))
    assert not read.letters
    after = time.thread_time()
    spent["columns"] += after - began
    store.append(Batch(Observations.build(store.registry, read.rows, **read.columns)))
    began = time.thread_time()
    spent["commit"] += began - after
    for frames in waiting:
        acknowledgements(frames.packets)
    spent["acknowledgements"] += time.thread_time() - began


def main(kind: str, messages: int) -> None:
    """Print microseconds a message."""
    load = Load.until(int(time.time() * 1000), kind, messages)
    data = b"".join(block for block, _ in blocks(load, 5))
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="intake-") as folder:
            runs.append(run(data, Path(folder), load))
    print(f"{kind}: {messages:,} messages, {load.readings:,} readings, {len(data) / messages:.0f} bytes a frame")
    least = {name: min(one[name] for one in runs) for name in STAGES}
    for name, seconds in [*least.items(), ("together", sum(least.values()))]:
        print(f"  {name:<18}{seconds * 1e6:8.3f} us a message{seconds / load.per_message * 1e6:9.3f} a reading")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "single", int(sys.argv[2]) if len(sys.argv) > 2 else 500_000)
