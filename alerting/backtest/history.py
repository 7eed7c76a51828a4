"""The engine and the dispatcher through a time that is over, under people who answer or who never do."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from alerting.backtest.records import Alarmed, Told
from alerting.compose import Composer
from alerting.dispatch import Dispatcher
from alerting.engine import Engine, Feed
from alerting.evaluation import Evaluator
from alerting.evaluation.tracks import Row
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.message import Notice
from alerting.oncall.duty import OnCall
from alerting.record import Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.state import Kind
from alerting.store import AlertStore
from alerting.store.commands import Command
from alerting.store.database import Database
from alerting.store.outbox import Outbox
from qualicity.checks import CheckRules
from qualicity.model import Mark
from qualicity.network import Network
from qualicity.settings import AlertingSettings

_IN_MEMORY = Path(":memory:")
_ASKS = frozenset({"raised", "updated", "escalated", "repeated", "realarmed"})
"""Messages that somebody answers."""


class Hour(NamedTuple):
    """What is new when an hour is over."""

    now: int  # ms UTC
    feed: Feed


class Backtest:
    """The rules of a site through a time that is over.

    What does not depend on people is evaluated once. Between the hours each history is woken when something is due
    there: a step of an escalation, a repeat, an answer.

    Args:
        evaluator: of the rules.
        histories: by name; all see the same samples.
    """

    def __init__(self, evaluator: Shared, histories: Sequence[History]) -> None:
        self._evaluator, self._histories = evaluator, histories

    def run(self, hours: Iterable[Hour], progress: Callable[[int], None] = lambda _now: None) -> None:
        """Take the hours in order; `progress` is told the time that has been reached."""
        for now, feed in hours:
            for history in self._histories:
                history.until(now)
            judged = self._evaluator.judge(feed, now)
            for history in self._histories:
                history.round(Feed(judged=judged), now)
            progress(now)


class Shared(Evaluator):
    """An evaluator for several engines: what is new is judged once, and an engine that asks gets nothing more."""

    def __init__(self, ruleset: Ruleset, network: Network, checks: CheckRules, *, live_ms: int) -> None:
        super().__init__(ruleset, network, checks, live_ms=live_ms)
        self._out: Mapping[str, str] = {}

    def judge(self, feed: Feed, now: int) -> list[Judged]:
        """Return what a feed says, in the order in which an engine asks."""
        found = list(feed.judged)
        for rows in feed.rows:
            found += super().readings(rows, feed.marks, now)
        found += super().statistics(feed.statistics, now)
        found += super().silence(now)
        self._out = super().out_of_service(now, feed.marks)
        return found

    def silence(self, now: int) -> list[Judged]:
        """Return nothing: it was judged when the hour was over."""
        del now
        return []

    def out_of_service(self, now: int, marks: Sequence[Mark] | None = None) -> Mapping[str, str]:
        """Return what was not in service when the hour was over."""
        del now, marks
        return self._out

    def memory(self) -> list[Row]:
        """Return nothing: there is no restart."""
        return []


class History:
    """One course of events.

    Args:
        ruleset, network, evaluator: as the engine's.
        oncall: who is called; None = nobody.
        answer: ms after which whoever is told acknowledges; None = never.

    Attributes:
        alarms: every occurrence, in the order in which they were raised.
        told: every message, in order.
    """

    def __init__(
        self, ruleset: Ruleset, network: Network, evaluator: Shared, oncall: OnCall | None, *, answer: int | None
    ) -> None:
        self.alarms: dict[tuple[AlarmId, int], Alarmed] = {}
        self.told: list[Told] = []
        self._answer, self._answers = answer, list[tuple[int, int, str]]()
        self._store = AlertStore(_IN_MEMORY)
        self._store.outbox = _Noted(self._store.database, self._sent)
        composer = Composer(network, ruleset, AlertingSettings(), None)
        self._dispatcher = Dispatcher(self._store, oncall, ruleset, network, composer)
        self._engine = Engine(self._store, ruleset, network, evaluator, self)
        self._now = 0

    def until(self, now: int) -> None:
        """Do what is due before a time, when it is due."""
        while (due := self._due()) and due < now:
            while self._answers and self._answers[0][0] <= due:
                _, incident, who = heapq.heappop(self._answers)
                self._store.commands.submit(Command("acknowledge", f"incident:{incident}", who, "backtest", due, {}))
            self.round(Feed(), due)

    def round(self, feed: Feed, now: int) -> None:
        """Run one round of the engine."""
        self._now = now
        self._engine.round(feed, now)

    def _due(self) -> int:
        """Return when something is due next, after the last round; 0 = nothing."""
        dues = [self._dispatcher.next_due() or 0, self._answers[0][0] if self._answers else 0]
        return min((due for due in dues if due > self._now), default=0)

    def _sent(self, notices: Sequence[Notice], now: int) -> None:
        for one in notices:
            message = one.message
            rule = message.labels.get("rule", "")
            self.told.append(Told(now, one.person or f"chat:{one.channel}", message.severity, message.kind, rule))
            if self._answer is not None and one.incident and message.kind in _ASKS:
                heapq.heappush(self._answers, (now + self._answer, one.incident, one.person or one.channel))

    # what the engine tells

    def take(self, transitions: Sequence[Transition], alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Note what happened to alarms, and hand it on."""
        for one in transitions:
            name = (one.alarm, one.occurrence)
            if one.kind is Kind.RAISED:
                self.alarms[name] = Alarmed(*name, raised=one.at)
            elif one.kind is Kind.ANNOUNCED:
                self.alarms[name] = self.alarms[name]._replace(announced=True)
            elif one.kind is Kind.RESOLVED:
                self.alarms[name] = self.alarms[name]._replace(resolved=one.at)
        self._dispatcher.take(transitions, alarms, now)

    def tick(self, now: int) -> None:
        """Hand it on."""
        self._dispatcher.tick(now)

    def alarms_of(self, incident: int) -> tuple[AlarmId, ...]:
        """Hand it on."""
        return self._dispatcher.alarms_of(incident)

    def test(self, command: Command, now: int) -> None:
        """Hand it on."""
        self._dispatcher.test(command, now)


class _Noted(Outbox):
    """An outbox that tells what is put into it."""

    def __init__(self, database: Database, tell: Callable[[Sequence[Notice], int], None]) -> None:
        super().__init__(database)
        self._tell = tell

    def add(self, notices: Iterable[Notice], now: int) -> int:
        """Put in what is not there yet, and tell of that."""
        new = [one for one in notices if super(_Noted, self).add([one], now)]
        self._tell(new, now)
        return len(new)
