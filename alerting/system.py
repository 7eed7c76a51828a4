"""Rules about the service itself: the parts' signs of life, the disk, the log, the outbox."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from alerting.judged import Judged
from alerting.keys import SITE, AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.rules.known import metrics as known_metrics
from alerting.rules.limits import BEYOND, Limit
from alerting.rules.schema import Operator
from alerting.state import Condition, Sample
from qualicity.heartbeat import Heartbeat, heartbeats
from qualicity.periods import HOUR_MS, SECOND_MS, day_of

Metrics = Mapping[tuple[str, str], float]
"""(metric, part) -> value; part "" = the whole site. Metrics: rules/metrics.toml."""


_FIGURES = ("journal_rows", "lag_rows", "oldest_row_age_seconds")
"""Counters of parts that are figures as they are."""

_LASTING = {"broker_away_s": ("connected", 0), "intake_paused_s": ("paused", 1)}
"""Figures that tell for how long a counter has had a value."""


class Health:
    """Looks at the site; remembers what needs a before: since when something is wrong, counts an hour ago.

    Args:
        data: the data folder.
        parts: that alarms are known of.

    Attributes:
        least: metrics of the last look that may be greater: what was before the first look is not known.
        gone: parts that give no sign of life any more because they were stopped on purpose.
    """

    def __init__(self, data: Path, parts: Iterable[str] = ()) -> None:
        self._data = data
        self._known = set(parts)
        self._fine: set[tuple[str, str]] = set()
        self._since: dict[tuple[str, str], int] = {}
        self._letters: list[tuple[int, float]] = []
        self.least: set[tuple[str, str]] = set()
        self.gone: set[str] = set()

    def metrics(self, now: int, dead_letters: float, own: Metrics) -> dict[tuple[str, str], float]:
        """Return all metrics.

        Args:
            now: ms UTC.
            dead_letters: how many there are in all, ever growing.
            own: what the engine knows itself.
        """
        found = dict(own)
        self.least.clear()
        beats = [beat for beat in heartbeats(self._data) if beat.part != "alerting"]
        here = {beat.part for beat in beats}
        self._known |= here
        self.gone = self._known - here
        self._since = {key: since for key, since in self._since.items() if key[1] in here}
        for beat in beats:
            found["part_silent_s", beat.part] = max(0, now - beat.at) / SECOND_MS
            found["part_not_ready_s", beat.part] = self._lasts("part_not_ready_s", beat, now, wrong=not beat.ready)
            for counter in _FIGURES:
                if counter in beat.counters:
                    found[counter, beat.part] = beat.counters[counter]
            for metric, (counter, value) in _LASTING.items():
                if counter in beat.counters:
                    wrong = beat.counters[counter] == value
                    found[metric, beat.part] = self._lasts(metric, beat, now, wrong=wrong)
        usage = shutil.disk_usage(self._data)
        found["disk_free_share", ""] = usage.free / usage.total
        found["dead_letters_per_h", ""] = self._in_the_last_hour(dead_letters, now)
        return found

    def _lasts(self, metric: str, beat: Heartbeat, now: int, *, wrong: bool) -> float:
        """Return for how long something has been wrong with a part, s."""
        key = (metric, beat.part)
        if not wrong:
            self._fine.add(key)
            self._since.pop(key, None)
            return 0.0
        if key not in self._fine:
            self.least.add(key)
        return (now - self._since.setdefault(key, now)) / SECOND_MS

    def _in_the_last_hour(self, count: float, now: int) -> float:
        """Return by how much a growing count has grown in the last hour, or since the first look."""
        self._letters.append((now, count))
        while len(self._letters) > 1 and self._letters[1][0] <= now - HOUR_MS:
            self._letters.pop(0)
        if now - self._letters[0][0] < HOUR_MS:
            self.least.add(("dead_letters_per_h", ""))
        return count - self._letters[0][1]


def system_samples(
    metrics: Metrics, ruleset: Ruleset, now: int, *, least: Container[tuple[str, str]] = (), gone: Iterable[str] = ()
) -> Iterator[Judged]:
    """Yield what the metrics say of the rules about the service.

    Args:
        metrics: of the parts and of the site.
        ruleset: all rules.
        now: ms UTC.
        least: metrics that may be greater: they can trip a rule, and say nothing otherwise.
        gone: parts that were stopped on purpose: nothing of them is wrong any more.
    """
    for one in ruleset.rules:
        if one.rule.kind != "system":
            continue
        limit = one.limit(day_of(now), None, None, "")
        if limit is None:
            continue
        for (metric, part), value in metrics.items():
            if metric == one.rule.metric:
                condition = compare(value, limit, one.rule.op)
                if (metric, part) in least and condition is not Condition.TRIPPED:
                    condition = Condition.UNKNOWN
                yield _judged(one, limit, part, Sample(now, condition, value))
        if known_metrics()[one.rule.metric].of == "part":
            for part in sorted(gone):
                yield _judged(one, limit, part, Sample(now, Condition.CLEAR))


def compare(value: float, limit: Limit, op: Operator) -> Condition:
    """Return the condition of a value: tripped by `op trip`, clear at `clear` and on its safe side."""
    if BEYOND[op](value, limit.trip):
        return Condition.TRIPPED
    unsafe = value > limit.clear if op in {">", ">="} else value < limit.clear
    return Condition.BETWEEN if unsafe else Condition.CLEAR


def _judged(one: Compiled, limit: Limit, part: str, sample: Sample) -> Judged:
    place, about = part or SITE, known_metrics()[one.rule.metric]
    zh, en = "已停止", "stopped"
    if sample.value is not None:
        figure = f"{sample.value:.4g} {about.unit}".removesuffix(" 1")
        zh, en = f"{about.zh}：{figure}", f"{about.en}: {figure}"
    context = Context(
        severity=one.rule.severity,
        limit=limit.trip,
        clear=limit.clear,
        statistic=one.rule.metric,
        rule_version=one.version,
        detail=f"{place}: {en}",
        detail_zh=f"{place}：{zh}",
    )
    return Judged(AlarmId(one.rule.id, f"{SITE}/{part}" if part else SITE), sample, context)
