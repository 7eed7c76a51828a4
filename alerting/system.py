"""Rules about the service itself: the parts' signs of life, the disk, the log, the outbox."""

from __future__ import annotations

import operator
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from alerting.judged import Judged
from alerting.keys import SITE, AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.rules.known import metrics
from alerting.rules.limits import Limit
from alerting.state import Condition, Sample
from qualicity.heartbeat import Heartbeat, heartbeats
from qualicity.periods import HOUR_MS, SECOND_MS, day_of

Metrics = Mapping[tuple[str, str], float]
"""(metric, part) -> value; part "" = the whole site. Metrics: rules/metrics.toml."""


class Health:
    """Looks at the site; remembers what needs a before: since when a part is not ready, counts an hour ago.

    Args:
        data: the data folder.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._unready: dict[str, int] = {}
        self._letters: list[tuple[int, float]] = []

    def metrics(self, now: int, dead_letters: float, own: Metrics) -> dict[tuple[str, str], float]:
        """Return all metrics.

        Args:
            now: ms UTC.
            dead_letters: how many there are in all, ever growing.
            own: what the engine knows itself.
        """
        found = dict(own)
        beats = [beat for beat in heartbeats(self._data) if beat.part != "alerting"]
        for beat in beats:
            found["part_silent_s", beat.part] = max(0, now - beat.at) / SECOND_MS
            found["part_not_ready_s", beat.part] = self._not_ready(beat, now) / SECOND_MS
            for counter in ("journal_rows", "lag_rows"):
                if counter in beat.counters:
                    found[counter, beat.part] = beat.counters[counter]
        usage = shutil.disk_usage(self._data)
        found["disk_free_share", ""] = usage.free / usage.total
        found["dead_letters_per_h", ""] = self._in_the_last_hour(dead_letters, now)
        return found

    def _not_ready(self, beat: Heartbeat, now: int) -> int:
        if beat.ready:
            self._unready.pop(beat.part, None)
            return 0
        return now - self._unready.setdefault(beat.part, now)

    def _in_the_last_hour(self, count: float, now: int) -> float:
        """Return by how much a growing count has grown in the last hour, or since the start."""
        self._letters.append((now, count))
        while len(self._letters) > 1 and self._letters[1][0] <= now - HOUR_MS:
            self._letters.pop(0)
        return count - self._letters[0][1]


def system_samples(metrics: Metrics, ruleset: Ruleset, now: int) -> Iterator[Judged]:
    """Yield what the metrics say of the rules about the service."""
    for one in ruleset.rules:
        if one.rule.kind != "system":
            continue
        limit = one.limit(day_of(now), None, None, "")
        if limit is None:
            continue
        for (metric, part), value in metrics.items():
            if metric == one.rule.metric:
                key = f"{SITE}/{part}" if part else SITE
                sample = Sample(now, compare(value, limit, one.rule.op), value)
                yield Judged(AlarmId(one.rule.id, key), sample, _context(one, limit, part, value))


def compare(value: float, limit: Limit, op: str) -> Condition:
    """Return the condition of a value: tripped by `op trip`, clear unless `op clear`."""
    beyond = _BEYOND[op]
    if beyond(value, limit.trip):
        return Condition.TRIPPED
    return Condition.BETWEEN if beyond(value, limit.clear) else Condition.CLEAR


_BEYOND = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def _context(one: Compiled, limit: Limit, part: str, value: float) -> Context:
    place, about = part or SITE, metrics()[one.rule.metric]
    figure = f"{value:.4g} {about.unit}".removesuffix(" 1")
    return Context(
        severity=one.rule.severity,
        limit=limit.trip,
        clear=limit.clear,
        statistic=one.rule.metric,
        rule_version=one.version,
        detail=f"{place}: {about.en}: {figure}",
        detail_zh=f"{place}：{about.zh}：{figure}",
    )
