"""The evaluation of all rules whose input are readings, running statistics, or that nothing comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from alerting.evaluation.limits import named_stations
from alerting.evaluation.readings import Readings
from alerting.evaluation.running import Running
from alerting.evaluation.silence import Silence
from alerting.evaluation.slots import Slots
from alerting.evaluation.tracks import Row, Tracks
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.rules.compiled import Ruleset
from qualicity.checks import CheckRules
from qualicity.model import Mark, Observations
from qualicity.network import Network
from qualicity.periods import DAY_MS, LAW_OFFSET_MS, day_of
from qualicity.store.ledger import Provisional

MAINTENANCE = "maintenance"
"""Kind of the marks that take out of service what they cover."""


class Evaluator:
    """Turns what is new into samples of alarms, and leaves out what changes none.

    It remembers how far every channel has come; `memory` and `restore` carry that through a restart.

    Args:
        ruleset: all rules; those about verdicts, budgets and the service itself are others' business.
        network: cities, stations, channels.
        checks: the causal checks.
        live_ms: readings and statistics that are older than this when they come are history.
    """

    def __init__(self, ruleset: Ruleset, network: Network, checks: CheckRules, *, live_ms: int) -> None:
        named = named_stations(ruleset)
        rules = ruleset.rules
        self._network = network
        self._slots = Slots(network, named)
        self._tracks = Tracks(self._slots)
        self._readings = Readings(rules, self._slots, checks, self._tracks, live_ms=live_ms)
        self._running = Running(rules, Slots(network, named, instruments=False), live_ms=live_ms)
        self._silence = Silence(rules, network, self._slots, self._tracks)
        self._marks: Sequence[Mark] = ()

    def readings(self, rows: Observations, marks: Sequence[Mark], now: int) -> list[Judged]:
        """Judge rows of the log.

        Late ones, behind their channel's watermark or history, come out only when tripped, and are forgotten.

        Args:
            rows: in any order.
            marks: operators' statements; remembered for `out_of_service`.
            now: ms UTC.

        Returns:
            The samples that may change an alarm; each alarm's in the order of time.
        """
        self._marks = marks
        self._tracks.begin(now)
        return self._readings.judge(rows, marks, now)

    def statistics(self, statistics: Sequence[Provisional], now: int) -> list[Judged]:
        """Judge running statistics; what has not changed since it was last seen says nothing."""
        return self._running.judge(statistics, now)

    def silence(self, now: int) -> list[Judged]:
        """Judge what has not come, parents first."""
        self._tracks.begin(now)
        return self._silence.judge(now)

    def prepare(self, now: int) -> None:
        """Have the limits of the day at hand, and make those of the next one bit by bit; ask each second."""
        day = (now + LAW_OFFSET_MS) // DAY_MS
        for limits in (self._readings.limits, self._running.limits, self._silence.limits):
            limits.table(day)
            limits.prepare(day + 1)

    def watch(self, alarm: AlarmId, *, idle: bool) -> None:
        """Say whether nothing but a tripped sample can change an alarm; an alarm of which nothing was said is idle."""
        place = self._silence.place(alarm)
        if place is not None:
            self._silence.things[place[0]].watched[place[1]] = not idle
            return
        for part, slots in ((self._readings.limits, self._slots), (self._running.limits, self._running.slots)):
            rule, slot = part.column_by_id.get(alarm.rule), slots.slot_by_key.get(alarm.key)
            if rule is not None and slot is not None:
                part.watch(slot, rule, idle=idle)

    def out_of_service(self, now: int, marks: Sequence[Mark] | None = None) -> Mapping[str, str]:
        """Return what is not in service, as keys of alarms, and why; `silence` leaves it out from now on.

        Args:
            now: ms UTC.
            marks: operators' statements; default: those of the last `readings`.
        """
        out: dict[str, str] = {}
        day = day_of(now)
        for station in self._network.stations:
            if not station.serves(day):
                key = f"{station.city}/{station.id}"
                over = station.valid_to is not None and station.valid_to < day
                out[key] = f"decommissioned after {station.valid_to}" if over else f"not before {station.valid_from}"
        covered = np.zeros(len(self._slots), bool)
        for mark in self._marks if marks is None else marks:
            if mark.kind == MAINTENANCE and mark.counts and mark.start <= now < mark.end:
                for slot in self._slots.of_station(mark.station):
                    if mark.parameter in {"*", self._slots.channel[slot].parameter}:
                        covered[slot] = True
                        out[self._key(mark, slot)] = f"{mark.kind}: {mark.why} ({mark.id})"
        self._tracks.resume(self._silence.out & ~covered, now)
        self._silence.out = covered
        return out

    def _key(self, mark: Mark, slot: int) -> str:
        station = self._slots.station[slot]
        return f"{station.city}/{station.id}" if mark.parameter == "*" else self._slots.key[slot]

    def gone(self, alarm: AlarmId) -> bool:
        """Return whether an alarm is of a rule that is judged here, about a thing that is no longer declared."""
        parts = ((self._readings.limits, self._slots), (self._running.limits, self._running.slots))
        known = [slots for limits, slots in parts if alarm.rule in limits.column_by_id]
        if known:
            return alarm.key not in known[0].slot_by_key
        return alarm.rule in self._silence.limits.column_by_id and self._silence.place(alarm) is None

    # through restarts

    def memory(self) -> list[Row]:
        """Return what is remembered and changed since the last call: kind, key, JSON.

        It belongs to all that was given so far, so it is kept in the transaction that keeps the place in the log.
        """
        self._readings.limits.settle()
        self._running.limits.settle()
        return [*self._tracks.rows(), *self._readings.buckets.rows(), *self._running.rows()]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what `memory` gave before a restart, all of it, the latest of each kind and key."""
        kept = list(rows)
        self._tracks.restore(kept)
        self._readings.buckets.restore(kept)
        self._running.restore(kept)
