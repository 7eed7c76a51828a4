"""What people want to know of a sample beside its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from alerting.evaluation.limits import Table
from alerting.evaluation.slots import Slots
from alerting.record import Context
from alerting.rules.compiled import Compiled
from alerting.rules.limits import Limit
from qualicity.network import Station
from qualicity.periods import clock_time, day_from_number
from qualicity.scopes import Scope

_MOST = 100_000


class Detail(NamedTuple):
    """A sentence in both languages, and how much data stands behind a statistic."""

    zh: str = ""
    en: str = ""
    coverage: str = ""


class Contexts:
    """Contexts of channels; those of one channel, rule and day are one object.

    Args:
        rules: columns of the tables.
        slots: channels.
        statistic: what is compared: "reading", or by rule when empty.
    """

    def __init__(self, rules: Sequence[Compiled], slots: Slots, statistic: str = "") -> None:
        self._rules, self._slots, self._statistic = tuple(rules), slots, statistic
        self._made: dict[tuple[int, int, int], Context] = {}

    def of(self, slot: int, rule: int, day: int, table: Table, detail: Detail | None = None) -> Context:
        """Return the context of a channel on a civil day."""
        key = (slot, rule, day)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST:
                self._made.clear()
            limit = table.limit[int(self._slots.place[slot])][rule]
            found = self._made[key] = self._make(slot, rule, day, limit)
        if detail is None:
            return found
        return msgspec.structs.replace(found, detail=detail.en, detail_zh=detail.zh, coverage=detail.coverage)

    def _make(self, slot: int, rule: int, day: int, limit: Limit | None) -> Context:
        one = self._rules[rule]
        station = self._slots.station[slot]
        return Context(
            severity=one.rule.severity,
            city=station.city,
            district=station.district,
            station=station.id,
            parameter=self._slots.channel[slot].parameter,
            unit=unit(one, self._slots.unit(slot)),
            limit=limit.trip if limit else None,
            clear=limit.clear if limit else None,
            law=limit.law if limit else "",
            clause=limit.clause if limit else "",
            certainty=limit.certainty if limit else "",
            share=limit.share if limit else "",
            statistic=self._statistic or one.rule.eval,
            rule_version=one.version,
            evidence=evidence(station, day),
        )


def unit(one: Compiled, canonical: str) -> str:
    """Return the unit of what a rule measures."""
    return {"threshold": canonical, "rate_of_change": f"{canonical}/h", "flat_line": "h"}.get(one.rule.kind, "")


def evidence(station: Station, day: int) -> str:
    """Return the key under which a station's day is explained; empty for a catchment, whose days are not judged."""
    if station.purpose == "catchment":
        return ""
    return f"{Scope(station.medium, station.city, station.id).text}/{day_from_number(day)}"


def unchanged_detail(since: int, hours: float) -> Detail:
    """Say since when a value has stood."""
    when = clock_time(since)
    return Detail(f"自 {when} 起 {hours:.1f} 小时未变", f"unchanged for {hours:.1f} h, since {when}")
