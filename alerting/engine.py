"""The engine: what is new goes through the rules and the state machine, in one transaction with all that follows.

A round takes a `Feed` (see `alerting.follow`), so that the service and a back-test drive the same code. When nothing
changes, nothing is written: rows that changed nothing change nothing again, so the place in the log moves with the
next change, or with `rest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alerting.evaluation import Evaluator
from alerting.judged import Judged
from alerting.keys import OUTSIDE, AlarmId, ancestors, parse_alarm_id
from alerting.record import Context, Kept, Transition
from alerting.rules.compiled import Ruleset
from alerting.state import (
    Acknowledge,
    Alarm,
    Condition,
    Event,
    Kind,
    PutBack,
    Release,
    Shelve,
    Suppress,
    TakeOut,
    Tick,
    Timing,
    Unshelve,
    step,
)
from alerting.store import AlertStore
from alerting.store.commands import Command
from qualicity.errors import UsageError
from qualicity.model import Mark, Observations, Position
from qualicity.network import Network
from qualicity.periods import DAY_MS, SECOND_MS
from qualicity.store.ledger import Provisional

RETRO_MS = 30 * DAY_MS
"""Late readings are recorded as what they would have been, unless they are older than this."""


@dataclass(frozen=True)
class Feed:
    """What is new since the last round.

    Attributes:
        rows: of the log, in its order.
        marks: operators' marks that count now.
        statistics: provisional ones of the ledger.
        judged: what verdicts, budgets and the service's health say.
        position: the place in the log after `rows`; None = a back-test, or nothing was read.
        version: the number of the last version of the ledger that was looked at.
    """

    rows: Sequence[Observations] = ()
    marks: Sequence[Mark] = ()
    statistics: Sequence[Provisional] = ()
    judged: Sequence[Judged] = ()
    position: Position | None = None
    version: int | None = None


class Tells(Protocol):
    """What becomes of transitions: `alerting.dispatch.Dispatcher`."""

    def take(self, transitions: Sequence[Transition], alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Take what happened, inside the engine's transaction."""
        ...

    def tick(self, now: int) -> None:
        """Do what time makes due, inside the engine's transaction."""
        ...

    def alarms_of(self, incident: int) -> tuple[AlarmId, ...]:
        """Return the alarms of an incident."""
        ...

    def test(self, command: Command, now: int) -> None:
        """Put a marked test or drill into the outbox, inside the engine's transaction."""
        ...


@dataclass
class Counts:
    """What the engine has done, for metrics."""

    rounds: int = 0
    rows: int = 0
    samples: int = 0
    transitions: int = 0
    commits: int = 0


@dataclass
class _Changes:
    """What one round changes."""

    alarms: dict[AlarmId, Kept] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    requests: list[Command] = field(default_factory=list)  # tests and drills: notices of no alarm


class Engine:
    """The alarms of a site.

    Args:
        store: alerting.db, which only the engine writes.
        ruleset: rules.
        network: cities and stations.
        evaluator: turns readings into samples.
        tells: the dispatcher.
    """

    def __init__(
        self, store: AlertStore, ruleset: Ruleset, network: Network, evaluator: Evaluator, tells: Tells
    ) -> None:
        self.store, self.ruleset, self.network = store, ruleset, network
        self.evaluator, self.tells = evaluator, tells
        self.alarms = store.alarms.load()
        self.counts = Counts()
        self._busy = {name for name, kept in self.alarms.items() if not kept.state.idle}
        self._rank = _ranks(ruleset)
        self._standing: dict[str, set[str]] = {}
        self._inhibitors = {name for one in ruleset.rules for name in one.rule.inhibited_by}
        self._explained = True
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self._out: dict[str, str] | None = None  # not looked yet
        self._ticked = 0
        self._place: dict[str, str] = {}
        for name, kept in self.alarms.items():
            self.evaluator.watch(name, idle=kept.state.idle)
            if kept.state.standing:
                self._standing.setdefault(name.rule, set()).add(name.key)
        evaluator.restore(store.memory.load())

    # one round

    def round(self, feed: Feed, now: int) -> int:
        """Take what is new; return how many transitions there were. Ticks are at most one a second."""
        changes = _Changes()
        tick = abs(now - self._ticked) >= SECOND_MS  # the clock may be set back
        samples = self._samples(feed, now, silence=tick)
        for one in samples:
            self._judge(one, changes, now)
        waiting = {command.id: self._carry_out(command, changes, now) for command in self.store.commands.waiting()}
        if tick:
            self._ticked = now
            self.evaluator.prepare(now)
            self._services(feed.marks, changes, now)
            for name in tuple(self._busy):
                state = self.alarms[name].state
                if state.shelved_until or state.acknowledged:
                    self._event(name, Tick(now), changes, now)
        self._suppressions(changes, now)
        self.counts.rounds += 1
        self.counts.rows += sum(map(len, feed.rows))
        self.counts.samples += len(samples)
        self.counts.transitions += len(changes.transitions)
        if feed.position is not None:
            self._place.update(epoch=feed.position.epoch, seq=str(feed.position.seq))
        if feed.version is not None:
            self._place.update(version=str(feed.version))
        if changes.alarms or changes.transitions or waiting or tick:
            self._commit(changes, waiting, now, tick=tick)
        return len(changes.transitions)

    def _commit(self, changes: _Changes, done: Mapping[int, str], now: int, *, tick: bool) -> None:
        """Keep the states, what happened, what people are to be told, and the place in the log: all or nothing."""
        with self.store.transaction():
            self.store.alarms.save(changes.alarms, now)
            self.store.alarms.append(changes.transitions)
            for number, outcome in done.items():
                self.store.commands.settle(number, now, outcome)
            for command in changes.requests:
                self.tells.test(command, now)
            self.tells.take(changes.transitions, self.alarms, now)
            if tick:
                self.tells.tick(now)
            self.store.memory.save(self.evaluator.memory())
            for key, value in self._place.items():
                self.store.database.set_note(key, value)
        self._place.clear()
        self.counts.commits += 1

    def _samples(self, feed: Feed, now: int, *, silence: bool) -> list[Judged]:
        found: list[Judged] = list(feed.judged)
        for rows in feed.rows:
            found += self.evaluator.readings(rows, feed.marks, now)
        if feed.statistics:
            found += self.evaluator.statistics(feed.statistics, now)
        if silence:
            found += self.evaluator.silence(now)
        if len(found) > 1:
            found.sort(key=lambda judged: self._rank.get(judged.alarm.rule, 0))  # parents before children; stable
        return found

    def _judge(self, judged: Judged, changes: _Changes, now: int) -> None:
        """Step an alarm by one sample."""
        name, sample = judged.alarm, judged.sample
        if judged.late:
            kept = self.alarms.get(name)
            fresh = kept is None or not kept.state.standing
            if fresh and sample.condition is Condition.TRIPPED and now - sample.at < RETRO_MS:
                occurrence = kept.state.occurrence if kept else 0
                changes.transitions.append(
                    Transition(name, occurrence, Kind.RETRO, sample.at, now, "", sample.value, judged.context)
                )
            return
        why = self._out_of_service(name.key)
        if why:
            self._event(name, TakeOut(now, why), changes, now, judged.context)
        parent = self._parent(name)
        if parent:
            self._event(name, Suppress(now, parent), changes, now, judged.context)
        self._event(name, sample, changes, now, judged.context)

    def _event(
        self, name: AlarmId, event: Event, changes: _Changes, now: int, context: Context | None = None
    ) -> tuple[Transition, ...]:
        """Step an alarm by one event; note what changes."""
        kept = self.alarms.get(name) or Kept(Alarm(), context or Context())
        timing = self.ruleset.by_id[name.rule].timing if name.rule in self.ruleset.by_id else Timing()
        state, effects = step(kept.state, event, timing)
        if not effects and (state == kept.state or (state.idle and kept.state.idle)):
            return ()
        new = Kept(state, context or kept.context)
        made = tuple(Transition(name, e.occurrence, e.kind, e.at, now, e.who, e.value, new.context) for e in effects)
        changes.transitions += made
        self.alarms[name] = changes.alarms[name] = new
        self._note(name, kept.state, state)
        return made

    def _note(self, name: AlarmId, before: Alarm, after: Alarm) -> None:
        """Keep in view which alarms are busy and which stand."""
        if before.idle != after.idle:
            self.evaluator.watch(name, idle=after.idle)
            (self._busy.discard if after.idle else self._busy.add)(name)
        if before.standing != after.standing:
            standing = self._standing.setdefault(name.rule, set())
            (standing.add if after.standing else standing.discard)(name.key)
            self._explained |= name.rule in self._inhibitors

    # what holds alarms back

    def _services(self, marks: Sequence[Mark], changes: _Changes, now: int) -> None:
        """Take out of service what has none, with its alarms, and put back what has again."""
        out = dict(self.evaluator.out_of_service(now, marks))
        if out == self._out:
            return
        self._out = out
        for name in tuple(self._busy):
            why = self._gone(name) or self._out_of_service(name.key)
            self._event(name, TakeOut(now, why) if why else PutBack(now), changes, now)

    def _gone(self, name: AlarmId) -> str:
        """Say why there is nothing to watch any more, or nothing."""
        if name.rule not in self.ruleset.by_id:
            return "the rule is gone"
        city, *rest = name.key.split("/")
        known = city in self.network.city_by_id and (not rest or rest[0] in self.network.station_by_id)
        if self.evaluator.gone(name) or not (known or name.key.startswith(OUTSIDE)):
            return "no longer in the network"
        return ""

    def _out_of_service(self, key: str) -> str:
        """Say why a thing, or what holds it, is out of service, or nothing."""
        if not self._out:
            return ""
        return next((self._out[one] for one in self._above(key) if one in self._out), "")

    def _parent(self, name: AlarmId) -> str:
        """Return the standing alarm that explains one, or nothing."""
        rule = self.ruleset.by_id.get(name.rule)
        for parent in rule.rule.inhibited_by if rule else ():
            standing = self._standing.get(parent)
            if standing:
                found = next((key for key in self._above(name.key) if key in standing), None)
                if found is not None and (parent, found) != name:
                    return f"{parent}@{found}"
        return ""

    def _above(self, key: str) -> tuple[str, ...]:
        """Return a thing and what holds it, nearest first."""
        found = self._ancestors.get(key)
        if found is None:
            _, _, rest = key.partition("/")
            station = self.network.station_by_id.get(rest.partition("/")[0])
            found = self._ancestors[key] = ancestors(key, station.gateway if station else "")
        return found

    def _suppressions(self, changes: _Changes, now: int) -> None:
        """Hold back what a standing alarm explains, and let go what none explains any more."""
        if not self._explained:
            return
        self._explained = False
        for name in tuple(self._busy):
            parent = self._parent(name)
            self._event(name, Suppress(now, parent) if parent else Release(now), changes, now)

    # what people ask for

    def _carry_out(self, command: Command, changes: _Changes, now: int) -> str:
        """Do what a command asks; return why not, or nothing."""
        if command.kind in {"test", "drill"}:
            changes.requests.append(command)
            return ""
        names = self._targets(command.target)
        event: Event
        match command.kind:
            case "acknowledge":
                event = Acknowledge(now, command.who)
            case "shelve":
                event = Shelve(now, command.who, command.arguments["until"], command.arguments.get("once", False))
            case "unshelve":
                event = Unshelve(now, command.who)
        if not names:
            return f"there is no alarm {command.target}"
        made = [self._event(name, event, changes, now) for name in names]
        return "" if any(made) else _NOTHING[command.kind]

    def _targets(self, target: str) -> tuple[AlarmId, ...]:
        """Return the alarms that a command is about; one may be shelved before it was ever raised."""
        kind, _, number = target.partition(":")
        if kind == "incident" and number.isdecimal() and len(number) < _DIGITS:
            return self.tells.alarms_of(int(number))
        try:
            name = parse_alarm_id(target)
        except UsageError:
            return ()
        known = name in self.alarms or (name.rule in self.ruleset.by_id and not self._gone(name))
        return (name,) if known else ()


_DIGITS = 19  # of what SQLite takes as a number

_NOTHING = {
    "acknowledge": "nothing to acknowledge: it does not stand, or somebody has acknowledged it already",
    "shelve": "nothing to shelve: the time is over already",
    "unshelve": "it is not shelved",
}


def _ranks(ruleset: Ruleset) -> dict[str, int]:
    """Return for each rule how many rules stand above it, so that a parent is judged before its children."""
    ranks: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in ranks:
            above = ruleset.by_id[name].rule.inhibited_by if name in ruleset.by_id else ()
            ranks[name] = 1 + max(map(rank, above), default=-1)
        return ranks[name]

    for one in ruleset.rules:
        rank(one.rule.id)
    return ranks
