"""Rules about verdicts: what the ledger says of days and years. Nothing of the law is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.state import Condition, Sample
from qualicity.network import Medium, Network
from qualicity.periods import DAY_MS, parse_period
from qualicity.reasons import reason_in
from qualicity.store.ledger import Version

LIVE_MS = 3 * DAY_MS
"""A verdict about a time that ended longer ago is history when it is made: it raises no alarm and ends none."""

MEDIA: Mapping[str, Medium] = {"air": "air", "water": "water", "discharge": "wastewater"}
"""The first part of a key of the ledger, and the medium that it is about."""

LENGTHS: Mapping[str, int] = {"day": len("2016-03-05"), "month": len("2016-03"), "year": len("2016")}
"""How long the text of a period is in a key, by what is judged."""


class Subject(NamedTuple):
    """What a verdict is about: `air/CITY/STATION/PERIOD`."""

    medium: Medium
    city: str
    station: str  # "" = the city itself
    period: str


def subject(key: str) -> Subject | None:
    """Return what a key of the ledger is about, or None when it is about something else."""
    parts = key.split("/")
    if len(parts) not in {3, 4} or parts[0] not in MEDIA:
        return None
    return Subject(MEDIA[parts[0]], parts[1], parts[2] if len(parts) == 4 else "", parts[-1])


def verdict_samples(versions: Sequence[Version], ruleset: Ruleset, network: Network, now: int) -> Iterator[Judged]:
    """Yield what newly made versions say of the rules about verdicts, in the order of the times that they are about."""
    rules = [one for one in ruleset.rules if one.rule.kind == "verdict"]
    found = []
    for version in versions:
        about = subject(version.key)
        if about is not None and "verdict" in version.result:
            found += [_judged(one, version, about, network, now) for one in rules if _applies(one, about, network)]
    yield from sorted(found, key=lambda judged: judged.sample.at)


def _applies(one: Compiled, about: Subject, network: Network) -> bool:
    rule = one.rule
    if LENGTHS.get(rule.eval) != len(about.period) or about.medium not in one.media:
        return False
    if not about.station:
        return rule.level == "city" and one.covers_city(about.city)
    station = network.station_by_id.get(about.station)
    return rule.level == "station" and station is not None and one.covers(station)


def _judged(one: Compiled, version: Version, about: Subject, network: Network, now: int) -> Judged:
    result, rule = version.result, one.rule
    end = parse_period(about.period).end
    at = min(end, version.made)  # a year is judged while it lasts
    station = network.station_by_id.get(about.station)
    key = f"{about.city}/{about.station}" if about.station else about.city
    value, reason = result.get("aqi"), result.get("reason") or ""
    context = Context(
        severity=rule.severity,
        city=about.city,
        district=station.district if station else "",
        station=about.station,
        parameter="aqi" if value is not None else "",
        law=result.get("standard") or "",
        certainty=result.get("certainty") or "",
        statistic=rule.eval,
        coverage=_coverage(result),
        rule_version=one.version,
        evidence=f"{version.key}@{version.standard}#{version.version}",
        detail=f"{about.period}: {result['verdict']}; {reason_in(reason, 'en')}".rstrip("; "),
        detail_zh=f"{about.period}：{_ZH[result['verdict']]}；{reason_in(reason, 'zh')}".rstrip("；"),
    )
    condition = _condition(result["verdict"], rule.when or "EXCEEDS")
    late = now - end > LIVE_MS
    return Judged(AlarmId(rule.id, key), Sample(at, condition, None if value is None else float(value)), context, late)


_ZH = {"COMPLIES": "达标", "EXCEEDS": "超标", "NOT_ASSESSABLE": "无法评价"}


def _condition(verdict: str, when: str) -> Condition:
    """Return the condition; a day that cannot be assessed says nothing about exceeding."""
    if verdict == when:
        return Condition.TRIPPED
    return Condition.UNKNOWN if verdict == "NOT_ASSESSABLE" else Condition.CLEAR


def _coverage(result: Mapping[str, Any]) -> str:
    coverage = result.get("coverage")
    if not coverage:
        return ""
    return "; ".join(f"{name} {count['valid']}/{count['expected']}" for name, count in coverage.items())
