"""Rules about what does not come: channels, and what holds them, of which nothing has been heard for too long.

The age of a channel is the time since the end of its latest reading, in its expected intervals; a channel that was
never heard counts from when it began to be watched. A station is silent when a share of its channels is; a gateway,
a city and the site when that share of their stations is, and there are at least two of them: one station alone
speaks for itself. What is not in service is no child of anything, nor is what nobody expects by the clock: samples
that a laboratory analyses, and what is measured of an outlet that discharges at times, but its flow.

The clock makes samples where readings make none: one when the condition changes, one a minute as long as a delay of
the rule may run or the number of silent children changes, then one in ten minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alerting.evaluation.context import Contexts, Detail
from alerting.evaluation.limits import Limits
from alerting.evaluation.slots import Slots
from alerting.evaluation.tracks import END, SEEN, Tracks
from alerting.judged import Judged
from alerting.keys import GATEWAY, SITE, AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled
from alerting.rules.instances import reports
from alerting.rules.schema import Level
from alerting.state import Condition, Sample, Timing
from qualicity.model import Column
from qualicity.network import Network
from qualicity.periods import DAY_MS, LAW_OFFSET_MS, clock_time

AGAIN_MS, RARELY_MS = 60_000, 600_000
"""How often a condition that lasts is said again while a delay may run, and after that."""

LEVELS: Sequence[Level] = ("site", "city", "gateway", "station", "channel")
"""Parents first."""

_LEAST_CHILDREN = 2
_NEVER = -1
_ROUNDING = 1e-9
_WORDS = {
    "site": ("全部站点", "site"),
    "city": ("城市", "city"),
    "gateway": ("网关", "gateway"),
    "station": ("站点", "station"),
}


class Children(NamedTuple):
    """What a level holds, by thing."""

    of: Column  # how many
    silent: Column
    uneasy: Column  # not on the safe side of `clear`


class _Look(NamedTuple):
    """The channels at one instant, for one rule, (slot,)."""

    now: int
    day: int
    watched: Column  # in service, and the rule applies
    silent: Column
    uneasy: Column
    age: Column  # expected intervals
    heard: Column  # ms UTC


class Things:
    """The things of one level and what was last said of each, for one rule.

    Args:
        key: their names.
        timing: of the rule.

    Attributes:
        watched: whether the alarm may change by a sample that is not tripped.
    """

    def __init__(self, key: list[str], timing: Timing) -> None:
        self.key = key
        count = len(key)
        self.watched = np.zeros(count, bool)
        self._patience = max(delay.time + delay.samples * AGAIN_MS for delay in (timing.on, timing.off))
        self._said, self._news = np.full(count, _NEVER, np.int64), np.zeros(count, np.int64)
        self._since, self._at = np.zeros(count, np.int64), np.zeros(count, np.int64)

    def due(self, condition: Column, news: Column, now: int) -> Column:
        """Return which of them are to be said now, and note that they are.

        Args:
            condition: of each; `_NEVER` = there is none.
            news: a number that makes a condition worth saying again when it changes.
            now: ms UTC.
        """
        wanted = (self.watched & (condition != _NEVER)) | (condition == Condition.TRIPPED)
        changed = condition != self._said
        self._since[changed] = now
        soon = (now - self._since <= self._patience) | (news != self._news)
        index = np.flatnonzero(wanted & (changed | (now - self._at >= np.where(soon, AGAIN_MS, RARELY_MS))))
        self._said[index], self._at[index], self._news[index] = condition[index], now, news[index]
        self._said[~wanted] = _NEVER
        return index


class _Tree:
    """Which slot belongs to which station, and which station to what."""

    def __init__(self, network: Network, slots: Slots) -> None:
        number = {station.id: at for at, station in enumerate(network.stations)}
        self.stations = network.stations
        self.station = np.asarray([number[station.id] for station in slots.station], np.int64)
        gateways = sorted({station.gateway for station in network.stations if station.gateway})
        cities = sorted({station.city for station in network.stations})
        self.keys: dict[Level, list[str]] = {
            "channel": slots.key,
            "station": [f"{station.city}/{station.id}" for station in network.stations],
            "gateway": [GATEWAY + name for name in gateways],
            "city": cities,
            "site": [SITE],
        }
        gateway = {name: at for at, name in enumerate(gateways)}
        city = {name: at for at, name in enumerate(cities)}
        self.parent: dict[Level, Column] = {
            "gateway": np.asarray([gateway.get(station.gateway, -1) for station in network.stations], np.int64),
            "city": np.asarray([city[station.city] for station in network.stations], np.int64),
            "site": np.zeros(len(network.stations), np.int64),
        }

    def slots_of(self, level: Level, thing: int) -> Column:
        """Return the slots below a thing."""
        if level == "station":
            first, end = np.searchsorted(self.station, (thing, thing + 1))
            return np.arange(first, end)
        return np.flatnonzero(self.parent[level][self.station] == thing)


class Silence:
    """Rules of the kind `missing`.

    Args:
        rules: all rules; other kinds are left out.
        network: what holds what.
        slots, tracks: channels, and when they were last heard.

    Attributes:
        out: slots that are not in service now.
        things: by rule, what it is about.
    """

    def __init__(self, rules: Sequence[Compiled], network: Network, slots: Slots, tracks: Tracks) -> None:
        own = sorted((one for one in rules if one.rule.kind == "missing"), key=lambda one: LEVELS.index(one.rule.level))
        self.limits = Limits(own, slots)
        self._contexts = Contexts(own, slots, "reading")
        self._slots, self._tracks = slots, tracks
        self._tree = _Tree(network, slots)
        self.things = [Things(self._tree.keys[one.rule.level], one.timing) for one in own]
        self._thing_by_key = [{key: at for at, key in enumerate(things.key)} for things in self.things]
        self.out = np.zeros(len(slots), bool)
        pairs = zip(slots.station, slots.channel, strict=True)
        self._reports = np.asarray([reports(station, channel) for station, channel in pairs], bool)

    def place(self, alarm: AlarmId) -> tuple[int, int] | None:
        """Return the rule's number and the thing's, or None where there is no such alarm."""
        rule = self.limits.column_by_id.get(alarm.rule)
        thing = None if rule is None else self._thing_by_key[rule].get(alarm.key)
        return None if rule is None or thing is None else (rule, thing)

    def judge(self, now: int) -> list[Judged]:
        """Return the samples that may change an alarm, parents first."""
        if not self.limits.rules or not len(self._slots):
            return []
        day = (now + LAW_OFFSET_MS) // DAY_MS
        table = self.limits.table(day)
        serving = (self._slots.first <= now) & (now < self._slots.end) & ~self.out & self._reports
        heard = np.maximum(self._tracks.table[:, SEEN], self._slots.first)
        age = (now - heard) / self._slots.interval
        found: list[Judged] = []
        for rule, one in enumerate(self.limits.rules):
            trip, clear = table.trip[self._slots.place, rule], table.clear[self._slots.place, rule]
            watched = serving & ~np.isnan(trip)
            look = _Look(now, day, watched, watched & (age > trip), watched & (age > clear), age, heard)
            found += self._channels(rule, look) if one.rule.level == "channel" else self._parents(rule, look)
        return found

    def _channels(self, rule: int, look: _Look) -> list[Judged]:
        condition = np.where(look.silent, Condition.TRIPPED, np.where(look.uneasy, Condition.BETWEEN, Condition.CLEAR))
        condition[~look.watched] = _NEVER
        things = self.things[rule]
        index = things.due(condition, look.silent, look.now)
        name, table = self.limits.rules[rule].rule.id, self.limits.table(look.day)
        return [
            Judged(
                AlarmId(name, things.key[slot]),
                Sample(look.now, Condition(code), ratio),
                self._contexts.of(slot, rule, look.day, table, self._since(slot, when, ratio)),
            )
            for slot, code, ratio, when in zip(
                index.tolist(), condition[index].tolist(), look.age[index].tolist(), look.heard[index].tolist(),
                strict=True,
            )
        ]  # fmt: skip

    def _since(self, slot: int, when: int, ratio: float) -> Detail:
        end = int(self._tracks.table[slot, END])
        if not end:
            at = clock_time(when)
            return Detail(f"自 {at} 起监视，尚无读数", f"never heard since it began to be watched at {at}")
        minutes, at = self._slots.channel[slot].expected_interval / 60, clock_time(end)
        return Detail(
            f"最后读数 {at}，已过 {ratio:.1f} 个应有间隔（每 {minutes:g} 分钟）",
            f"last reading {at}, {ratio:.1f} expected intervals of {minutes:g} min ago",
        )

    def _parents(self, rule: int, look: _Look) -> list[Judged]:
        one = self.limits.rules[rule].rule
        children = self._children(one.level, one.share, look)
        enough = children.of >= (1 if one.level == "station" else _LEAST_CHILDREN)
        needed = _needed(one.share, children.of)
        tripped, between = enough & (children.silent >= needed), enough & (children.uneasy >= needed)
        condition = np.where(tripped, Condition.TRIPPED, np.where(between, Condition.BETWEEN, Condition.CLEAR))
        return [
            self._parent(rule, thing, Condition(int(condition[thing])), children, look)
            for thing in self.things[rule].due(condition, children.silent, look.now).tolist()
        ]

    def _children(self, level: Level, share: float, look: _Look) -> Children:
        station, count = self._tree.station, len(self._tree.stations)
        channels = Children(
            *(np.bincount(station[mask], minlength=count) for mask in (look.watched, look.silent, look.uneasy))
        )
        if level == "station":
            return channels
        parent = self._tree.parent[level]
        known = (channels.of > 0) & (parent >= 0)
        needed = _needed(share, channels.of)
        masks = (known, known & (channels.silent >= needed), known & (channels.uneasy >= needed))
        things = len(self._tree.keys[level])
        return Children(*(np.bincount(parent[mask], minlength=things) for mask in masks))

    def _parent(self, rule: int, thing: int, condition: Condition, children: Children, look: _Look) -> Judged:
        """Return the sample of what holds others."""
        one = self.limits.rules[rule]
        level, key = one.rule.level, self.things[rule].key[thing]
        slots = self._tree.slots_of(level, thing)
        held = [self._tree.stations[at] for at in np.unique(self._tree.station[slots]).tolist()]
        cities, districts = {station.city for station in held}, {station.district for station in held}
        count, quiet = int(children.of[thing]), int(children.silent[thing])
        detail = self._detail(level, key, (quiet, count), self._oldest(slots, look))
        context = Context(
            severity=one.rule.severity,
            city=cities.pop() if len(cities) == 1 else "",
            district=districts.pop() if len(districts) == 1 else "",
            station=held[0].id if level == "station" else "",
            limit=one.rule.share,
            clear=one.rule.share,
            statistic="reading",
            rule_version=one.version,
            detail=detail.en,
            detail_zh=detail.zh,
        )
        return Judged(AlarmId(one.rule.id, key), Sample(look.now, condition, quiet / count if count else 0.0), context)

    @staticmethod
    def _oldest(slots: Column, look: _Look) -> tuple[int, int] | None:
        """Return which of the slots fell silent first, and when; None when none is silent."""
        silent = slots[look.silent[slots]]
        if not len(silent):
            return None
        first = int(silent[np.argmin(look.heard[silent])])
        return first, int(look.heard[first])

    def _detail(self, level: Level, key: str, share: tuple[int, int], oldest: tuple[int, int] | None) -> Detail:
        """Say how many of how many are silent, and which was the first."""
        name = key.removeprefix(GATEWAY).rpartition("/")[2]
        zh, en = _WORDS[level]
        title_zh, title_en = (zh, en) if level == "site" else (f"{zh} {name}", f"{en} {name}")
        of_zh, of_en = ("通道", "channels") if level == "station" else ("站点", "stations")
        quiet, count = share
        text_zh = f"{title_zh}：{count} 个{of_zh}中 {quiet} 个无数据"
        text_en = f"{title_en}: {quiet} of {count} {of_en} silent"
        if oldest is None:
            return Detail(text_zh, text_en)
        first, at = oldest[0], clock_time(oldest[1])
        which = self._slots.channel[first].parameter if level == "station" else self._slots.station[first].id
        return Detail(f"{text_zh}；最早：{which}，自 {at} 起", f"{text_en}; first: {which} since {at}")


def _needed(share: float, count: Column) -> Column:
    """Return how many of so many are the share, at least one."""
    needed: Column = np.maximum(np.ceil(share * count - _ROUNDING), 1)
    return needed
