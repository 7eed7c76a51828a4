"""Rules about verdicts: what the ledger says of days and longer periods. Nothing of the law is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from alerting.deciding import Deciding, Result, deciding
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.state import Condition, Sample
from qualicity.network import Medium, Network
from qualicity.periods import DAY_MS, Period, parse_period
from qualicity.reasons import NO_DISCHARGE, reason_in
from qualicity.scopes import parse_scope
from qualicity.store.ledger import Version

LIVE_MS: Mapping[str, int] = {"day": 3 * DAY_MS, "month": 31 * DAY_MS, "quarter": 31 * DAY_MS, "year": 31 * DAY_MS}
"""A verdict about a time that ended longer ago is history when it is made: it raises no alarm and ends none.

What a laboratory has to say of a month comes in the month after it.
"""


RATES: Mapping[Medium, str] = {"water": "RATE-SOURCES", "wastewater": "RATE-OUTLETS"}
"""The rate of a city that a rule is about which names none as its standard."""


class Subject(NamedTuple):
    """What a verdict is about: `air/CITY/STATION/PERIOD`."""

    medium: Medium
    city: str
    station: str  # "" = the city itself
    period: Period


def subject(key: str) -> Subject | None:
    """Return what a key of the ledger is about, or None when it is about something else."""
    text, _, period = key.rpartition("/")
    scope = parse_scope(text)
    return None if scope is None else Subject(scope.medium, scope.city, scope.station or "", parse_period(period))


def is_late(period: Period, now: int) -> bool:
    """Return whether a verdict about a period is history when it is made now (ms UTC)."""
    return now - period.end > LIVE_MS.get(period.kind, 0)


def verdict_samples(versions: Sequence[Version], ruleset: Ruleset, network: Network, now: int) -> Iterator[Judged]:
    """Yield what newly made versions say of the rules about verdicts, in the order of the times that they are about."""
    rules = [one for one in ruleset.rules if one.rule.kind == "verdict"]
    found = []
    for version in versions:
        about = subject(version.key)
        if about is not None and version.result.get("verdict"):
            found += [
                _judged(one, version, about, network, now)
                for one in rules
                if _applies(one, about, network) and _speaks_of(one, version.standard, about)
            ]
    yield from sorted(found, key=lambda judged: judged.sample.at)


def _applies(one: Compiled, about: Subject, network: Network) -> bool:
    rule = one.rule
    if rule.eval != about.period.kind or about.medium not in one.media:
        return False
    if not about.station:
        return rule.level == "city" and one.covers_city(about.city)
    station = network.station_by_id.get(about.station)
    return rule.level == "station" and station is not None and one.covers(station)


def _speaks_of(one: Compiled, standard: str, about: Subject) -> bool:
    """Return whether a rule is about that of a city's rates; a city's air is judged as one."""
    if about.station or about.medium == "air":
        return True
    return standard == rate_of(one, about.medium)


def rate_of(one: Compiled, medium: Medium) -> str:
    """Return the table of the rate of a city's water that a rule is about."""
    named = one.rule.standard
    return named.id if named else RATES[medium]


def _judged(one: Compiled, version: Version, about: Subject, network: Network, now: int) -> Judged:
    result, rule = version.result, one.rule
    end = about.period.end
    at = min(end, version.made)  # a year is judged while it lasts
    station = network.station_by_id.get(about.station)
    key = f"{about.city}/{about.station}" if about.station else about.city
    decided = deciding(about.medium, result, station)
    context = Context(
        severity=rule.severity,
        city=about.city,
        district=station.district if station else "",
        station=about.station,
        parameter=decided.parameter,
        unit=decided.unit,
        limit=decided.limit,
        law=decided.law or result.get("standard") or "",
        clause=decided.clause,
        certainty=decided.certainty or result.get("certainty") or "",
        statistic=rule.eval,
        coverage=_coverage(result),
        rule_version=one.version,
        evidence=f"{version.key}@{version.standard}#{version.version}",
        detail=_detail(about.period, result, decided, "en"),
        detail_zh=_detail(about.period, result, decided, "zh"),
    )
    condition = _condition(result, rule.when or "EXCEEDS")
    return Judged(AlarmId(rule.id, key), Sample(at, condition, decided.value), context, late=is_late(about.period, now))


_ZH = {"COMPLIES": "达标", "EXCEEDS": "超标", "NOT_ASSESSABLE": "无法评价"}


def _detail(period: Period, result: Result, decided: Deciding, language: str) -> str:
    """Say what was judged: the period, the verdict with its class, and why."""
    chinese = language == "zh"
    verdict = _ZH[result["verdict"]] if chinese else result["verdict"]
    said = decided.class_zh if chinese else decided.class_en
    reason = reason_in(result.get("reason") or "", language)
    head = f"{period.text}{'：' if chinese else ': '}{verdict}{said}"
    return ("；" if chinese else "; ").join(part for part in (head, reason) if part)


def _condition(result: Result, when: str) -> Condition:
    """Return the condition; a day that cannot be assessed says nothing about exceeding.

    Nor does one on which nothing was discharged, but it lacks no data either.
    """
    verdict = result["verdict"]
    if verdict == "NOT_ASSESSABLE" == when and result.get("reason") == NO_DISCHARGE:
        return Condition.CLEAR
    if verdict == when:
        return Condition.TRIPPED
    return Condition.UNKNOWN if verdict == "NOT_ASSESSABLE" else Condition.CLEAR


def _coverage(result: Result) -> str:
    coverage = result.get("coverage") or {
        name: item["coverage"] for name, item in (result.get("items") or {}).items() if item.get("coverage")
    }
    due = {name: count for name, count in coverage.items() if count["expected"]}
    return "; ".join(f"{name} {count['valid']}/{count['expected']}" for name, count in due.items())
