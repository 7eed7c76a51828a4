"""One run of one consumer under the flood, and what many of them say."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flood.consumers import START_SECONDS, Consumer, Product
from flood.processes import cpu_seconds, helper
from flood.readings import Load


@dataclass(frozen=True)
class Run:
    """What one run has shown."""

    readings: int  # of the messages that were measured
    messages: int
    seconds: float
    cpu: float  # s, of the process that receives
    others: float  # s, of the processes beside it, until nothing more was due for sealing; 0 = nothing was
    memory: list[float]  # MB, of the process that receives, each second
    kept: str


@dataclass(frozen=True)
class Case:
    """A consumer under a load."""

    consumer: Callable[[], Consumer]
    messages: int
    warm: int
    window: int
    kind: str = "single"


def flood(case: Case) -> Run:
    """Flood a new consumer; return what was measured, once what it has kept is found right."""
    consumer = case.consumer()
    load = Load.until(int(time.time() * 1000), case.kind, case.messages + case.warm)
    try:
        with helper("flood.broker", *load.words, case.warm, case.window, consumer.protocol) as broker:
            consumer.start(broker.hear()["listening"], case.window)
            broker.hear(consumer.alive, START_SECONDS)  # subscribed
            pids = consumer.pids()
            before = sum(map(cpu_seconds, pids[1:]))
            broker.tell(pids)
            said = broker.hear(consumer.alive)
            sealed = settle(consumer) if isinstance(consumer, Product) else 0
            others = sum(map(cpu_seconds, pids[1:])) - before if sealed else 0.0
            kept = consumer.check(load)
    except RuntimeError as error:
        raise RuntimeError(f"{consumer.name}: {error}\n{consumer.said()}") from error
    finally:
        consumer.remove()
    per_message = load.per_message
    memory = [sample[2][0] for sample in said["series"]]
    return Run(said["messages"] * per_message, said["messages"], said["seconds"], said["cpu"][0], others, memory, kept)


def settle(product: Product, rows: int = 1_000_000, seconds: float = 60.0) -> int:
    """Wait until the archive has sealed what is due, so that less than `rows` wait; return how many are sealed."""
    deadline = time.monotonic() + seconds
    while product.unsealed() >= rows and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1.0)
    return product.progress() - product.unsealed()


def alternate(cases: Sequence[Case], rounds: int) -> list[list[Run]]:
    """Run each case once a round; return the runs of each."""
    runs: list[list[Run]] = [[] for _ in cases]
    for _ in range(rounds):
        for case, found in zip(cases, runs, strict=True):
            found.append(flood(case))
    return runs


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """Return median, least and greatest of rates, in thousands."""
    return f"{median(values) / 1000:,.1f} k ({min(values) / 1000:,.1f}-{max(values) / 1000:,.1f})"
