"""Through a real broker: a publisher, mosquitto, one consumer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flood.consumers import Consumer
from flood.mosquitto import mosquitto
from flood.processes import cpu_seconds, helper
from flood.readings import Load

WINDOW = 10_000  # that the consumer asks for, where it can
PUBLISHED = 1_000  # that the publisher has on their way
LOOK = 0.02  # s
STILL = 4.0  # s without progress after the last was published: what is missing has been dropped


@dataclass(frozen=True)
class Through:
    """What one run has shown."""

    sent: int
    taken: int  # as the consumer says; the product: committed
    seconds: float
    cpu: float  # s, of the process that receives
    kept: str


def live(consumer: Consumer, messages: int, *, shipped: bool) -> Through:
    """Publish while the consumer listens; from the first message to the last that it took."""
    load = Load.until(int(time.time() * 1000), "single", messages)
    try:
        with (
            mosquitto(shipped=shipped) as port,
            helper("flood.publisher", *load.words, port, PUBLISHED) as publisher,
        ):
            consumer.start(port, WINDOW)
            consumer.wait()
            publisher.hear()
            pid = consumer.pids()[0]
            cpu, began = cpu_seconds(pid), time.perf_counter()
            publisher.tell("go")
            taken, at = _taken(consumer, messages)
            used = cpu_seconds(pid) - cpu
            publisher.hear()
            kept = consumer.check(load, messages - taken)
    finally:
        consumer.remove()
    return Through(messages, taken, at - began, used, kept)


def drain(consumer: Consumer, messages: int) -> Through:
    """Publish while the consumer is away; from the first message that it took to the last."""
    load = Load.until(int(time.time() * 1000), "single", messages)
    try:
        with mosquitto(shipped=True) as port:
            consumer.start(port, WINDOW)
            consumer.wait()
            consumer.stop()
            with helper("flood.publisher", *load.words, port, PUBLISHED) as publisher:
                publisher.hear()
                publisher.tell("go")
                publisher.hear()
            consumer.start(port, WINDOW)
            while not (first := consumer.progress() if consumer.alive() else 0):
                time.sleep(LOOK / 4)
            pid = consumer.pids()[0]
            cpu, began = cpu_seconds(pid), time.perf_counter()
            taken, at = _taken(consumer, messages)
            used = cpu_seconds(pid) - cpu
            kept = consumer.check(load, messages - taken)
    finally:
        consumer.remove()
    return Through(messages - first, taken - first, at - began, used, kept)


def _taken(consumer: Consumer, messages: int) -> tuple[int, float]:
    """Return how many were taken in the end, and when the last was."""
    before, changed = 0, time.perf_counter()
    while True:
        now, taken = time.perf_counter(), consumer.progress()
        if taken != before:
            before, changed = taken, now
        if taken >= messages or now - changed > STILL:
            return taken, changed
        time.sleep(LOOK)
