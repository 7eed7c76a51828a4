"""From the outbox to people: threads that lease rows, send them, and write down what came of it.

Each thread has a connection of its own to the store and works for one channel; so a channel that hangs holds up no
other, and with two threads a message that hangs holds up no graver one. The engine rings (`kick`) after a commit that
put rows in; each thread also looks each second.

A row is settled and the next one leased in one commit. Between sending and settling there is no way to be sure: who
dies there sends again, and the key in the message tells people so.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from alerting.channels.base import Refused, Sender, TryLater
from alerting.channels.limiter import Limiter
from alerting.channels.schema import Rate
from alerting.channels.text import when_late
from alerting.store import AlertStore
from alerting.store.outbox import Attempt, Row, pause
from qualicity.clock import Clock
from qualicity.outage import Outage
from qualicity.store.durable import Step, no_step

log = structlog.get_logger(__name__)

LOOK = 1_000
"""ms between looks when nobody rings."""

LEASE = 300_000
"""ms; five times the longest timeout of a sender: that counts for each step. A restart does not wait for it."""

_MINUTE = 60_000

Die = Callable[[], float]
"""Chance: uniform in [0, 1)."""


def channel_outage() -> Outage:
    """Return what says once that a channel's provider does not take messages now, and once that it does again."""
    return Outage(__name__, "a channel does not take messages now", "a channel takes messages again")


@dataclass
class Courier:
    """Sends what is due of one channel.

    Attributes:
        store: with a connection of its own.
        channel: id.
        sender: of the channel.
        limiter: of the channel.
        clock: ms UTC.
        name: who leases.
        die: for the jitter of retries.
        step: told what is done: leased, sent, settled.
        stopping: looked at between rows.
        outage: of the channel, shared with its other couriers.
    """

    store: AlertStore
    channel: str
    sender: Sender
    limiter: Limiter
    clock: Clock
    name: str
    die: Die = random.random
    step: Step = no_step
    stopping: threading.Event = field(default_factory=threading.Event)
    outage: Outage = field(default_factory=channel_outage)

    def deliver(self) -> int:
        """Send all that is due and may go; return ms until it is worth to look again."""
        row, wait = self._lease() if self._due() else (None, self._until_due())
        while row is not None:
            self.step("leased")
            if self.stopping.is_set():
                self.store.outbox.release(row, self.clock.now())
                return LOOK
            attempt, asked = self._send(row)
            self.step("sent")
            with self.store.transaction():
                self._settle(row, attempt, asked)
                row, wait = self._lease()
            self.step("settled")
        return wait

    def _due(self) -> bool:
        return self._until_due() == 0

    def _until_due(self) -> int:
        """Return ms until a row is due, at most `LOOK`; reads only."""
        at = self.store.outbox.next_at(self.channel)
        return LOOK if at is None else min(LOOK, max(0, at - self.clock.now()))

    def _lease(self) -> tuple[Row | None, int]:
        """Return a row that may go now, or ms to wait."""
        now = self.clock.now()
        wait = self.limiter.take(now)
        if wait:
            return None, min(LOOK, wait)
        rows = self.store.outbox.lease(self.name, self.channel, now, lease_ms=LEASE)
        if rows:
            return rows[0], 0
        self.limiter.give_back()
        return None, LOOK  # nothing is due, or it waits for an earlier message of its incident

    def _send(self, row: Row) -> tuple[Attempt, float]:
        """Return what came of one try, and s for which the provider asked."""
        began = self.clock.now()
        message = when_late(row.notice.message, row.made, began)
        asked = 0.0
        try:
            receipt = self.sender.send(message, row.notice.recipient)
            attempt = Attempt(began, "delivered", receipt.code, receipt.message, 0)
            self.outage.end(channel=self.channel)
        except TryLater as error:
            attempt, asked = Attempt(began, "later", error.code, error.message, 0), error.after
            self.outage.begin(channel=self.channel, code=error.code, answer=error.message)
        except Refused as error:
            attempt = Attempt(began, "refused", error.code, f"{error.message}; {error.mend}", 0)
        except Exception as error:  # noqa: BLE001 - a sender's bug must not end the delivery of all others' messages
            # its text could hold an address with its token, so only its kind is told
            attempt = Attempt(began, "later", "", f"the sender failed: {type(error).__name__} at {_place(error)}", 0)
            log.error(  # noqa: TRY400 - a traceback ends with the text
                "sender failed", channel=self.channel, error=type(error).__name__, place=_place(error)
            )
        return attempt._replace(took=max(0, self.clock.now() - began)), asked

    def _settle(self, row: Row, attempt: Attempt, asked: float) -> None:
        outbox = self.store.outbox
        match attempt.outcome:
            case "delivered":
                outbox.delivered(row, attempt)
            case "refused":
                outbox.dead(row, attempt)
                self._tell(row, attempt)
            case _:
                now = attempt.at + attempt.took
                if asked:
                    self.limiter.pause(now + pause(1, 0.0, asked))
                if outbox.retry(row, attempt, now + pause(row.attempts, self.die(), asked)) == "dead":
                    self._tell(row, attempt)

    def _tell(self, row: Row, attempt: Attempt) -> None:
        key = row.notice.message.key
        log.error("message not delivered", channel=self.channel, key=key, code=attempt.code, answer=attempt.answer)


class Delivery:
    """All channels.

    Args:
        open_store: gives a new connection to the store.
        senders: by id of the channel.
        clock: ms UTC.
        rates: by id of the channel; nothing there = no limit.
        threads: for each channel.
        die: for the jitter of retries.
        step: see `Courier`.

    There is one of these for a store: it takes the leases of whoever was there before.
    """

    def __init__(
        self,
        open_store: Callable[[], AlertStore],
        senders: Mapping[str, Sender],
        clock: Clock,
        *,
        rates: Mapping[str, Rate] | None = None,
        threads: int = 2,
        die: Die = random.random,
        step: Step = no_step,
    ) -> None:
        self._open, self._senders, self._clock = open_store, senders, clock
        self._rates, self._die, self._step = rates or {}, die, step
        self._count = threads
        self._stopping = threading.Event()
        self._bells: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Take up what lies there, and begin."""
        with self._open() as store:
            store.outbox.take_back(self._clock.now())
            self._give_up_unknown(store)
            limiters = {channel: self._limiter(store, channel) for channel in self._senders}
        for channel, limiter in limiters.items():
            outage = channel_outage()
            for number in range(self._count):
                bell = threading.Event()
                name = f"{os.getpid()}-{channel}-{number}"
                work = threading.Thread(
                    target=self._work, args=(name, channel, limiter, bell, outage), name=f"delivery-{name}", daemon=True
                )
                self._bells.append(bell)
                self._threads.append(work)
                work.start()

    def kick(self) -> None:
        """Say that there may be something to send."""
        for bell in self._bells:
            bell.set()

    def stop(self, seconds: float = 70.0) -> None:
        """End: what is being sent is finished, at most for so long; then let go of the senders."""
        self._stopping.set()
        self.kick()
        for thread in self._threads:
            thread.join(seconds)
        for sender in self._senders.values():
            sender.close()

    def _limiter(self, store: AlertStore, channel: str) -> Limiter:
        used = store.outbox.tried(channel, self._clock.now() - _MINUTE)
        return Limiter(self._rates.get(channel, Rate()), used)

    def _give_up_unknown(self, store: AlertStore) -> None:
        """Settle what waits for channels that are no more, so that others are told instead."""
        now = self._clock.now()
        for count in store.outbox.counts():
            if count.state == "waiting" and count.channel not in self._senders:
                for row in store.outbox.waiting(count.channel):
                    store.outbox.dead(row, Attempt(now, "refused", "", "the channel is not in oncall.toml any more", 0))
                log.error("messages for a channel that is no more", channel=count.channel, messages=count.rows)

    def _work(self, name: str, channel: str, limiter: Limiter, bell: threading.Event, outage: Outage) -> None:
        stuck = Outage(__name__, "delivery stands still", "delivery goes on")
        while not self._stopping.is_set():
            try:
                with self._open() as store:
                    courier = Courier(
                        store, channel, self._senders[channel], limiter, self._clock, name,
                        die=self._die, step=self._step, stopping=self._stopping, outage=outage,
                    )  # fmt: skip
                    while not self._stopping.is_set():
                        bell.clear()
                        wait = courier.deliver()
                        stuck.end(channel=channel)
                        bell.wait(wait / 1000)
            except Exception:  # noqa: BLE001 - the store may be busy or the disk full: that passes, or `doctor` says so
                stuck.begin(channel=channel, exc_info=True)
                self._stopping.wait(1.0)


def _place(error: BaseException) -> str:
    """Return where an error was raised."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno}" if at else "an unknown place"  # noqa: PTH119 - a name in a code object, no file
