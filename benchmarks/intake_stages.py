"""Where intake's CPU time goes: the stages of the product one after another, in one process, without a network.

Frames as a socket hands them over -> messages (`collector/mqtt/frames.py`) -> columns (`collector/plain.py`) -> a
commit (`qualicity/store`) -> acknowledgements. Microseconds a message, thread time, the least of some runs. Commits
in which a sensor says something for the first time go the thorough way and are left out.

    python benchmarks/intake_stages.py [KIND] [MESSAGES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from flood.readings import Load, blocks, network

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
COMMIT = 10_000  # messages of one commit; of batches:
COMMIT_BATCHES = 200
RUNS = 3
STAGES = ("frames", "columns", "commit", "acknowledgements")


def run(data: bytes, folder: Path, load: Load) -> dict[str, float]:
    """Return the thread time of each stage, s a message."""
    size = COMMIT if load.per_message == 1 else COMMIT_BATCHES
    (folder / "network.toml").write_text(network(), encoding="utf-8")
    declared = load_network([folder / "network.toml"])
    clock = SystemClock()
    spent, counted = dict.fromkeys(STAGES, 0.0), 0
    with EmbeddedStore(folder, writer=True, clock=clock) as store:
        splitter = Splitter(5)
        plain = Plain(Normaliser(declared, TopicPattern.parse("{city}/{medium}/{station}/{parameter}"), store.registry))
        waiting: list[Frames] = []
        splitting = 0.0
        for at in range(0, len(data), READ):
            began = time.thread_time()
            waiting.append(splitter.feed(data[at : at + READ]))
            splitting += time.thread_time() - began
            count = sum(len(frames.topics) for frames in waiting)
            if count >= size or at + READ >= len(data):
                stages, learned = commit(waiting, plain, store, clock.now())
                if not learned:
                    counted += count
                    for name, seconds in zip(STAGES, (splitting, *stages), strict=True):
                        spent[name] += seconds
                waiting, splitting = [], 0.0
        assert store.head().seq == load.readings
    return {name: seconds / counted for name, seconds in spent.items()}


def commit(
    waiting: list[Frames], plain: Plain, store: EmbeddedStore, now: int
) -> tuple[tuple[float, float, float], bool]:
    """Make some messages durable; return the time of each stage, and whether something was said for the first time."""
    times = [time.thread_time()]
    topics = [topic for frames in waiting for topic in frames.topics]
    payloads = [payload for frames in waiting for payload in frames.payloads]
    read = plain.read(Messages(topics, payloads, now))
    assert not read.letters
    times.append(time.thread_time())
    store.append(Batch(Observations.build(store.registry, read.rows, **read.columns)))
    times.append(time.thread_time())
    for frames in waiting:
        acknowledgements(frames.packets)
    times.append(time.thread_time())
    return (times[1] - times[0], times[2] - times[1], times[3] - times[2]), read.others > 0


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
