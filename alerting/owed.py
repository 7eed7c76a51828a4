"""Rules about the promise: forms that departments owe, and indicators, as the ledger of indicators has them.

Not what is new there counts but what stands: looked at when the ledger has changed, when a day has passed, and at a
start. So nothing is lost when this service stood still, and nothing is told twice: an alarm that stands knows that.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from alerting.judged import Judged
from alerting.keys import FILING, INDICATOR, AlarmId
from alerting.record import Context
from alerting.rules.compiled import Compiled, Ruleset
from alerting.rules.limits import Limit
from alerting.state import Condition, Sample
from alerting.system import compare
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.periods import DAY_MS, HOUR_MS, day_of, parse_period
from qualicity.store.ledger import INDICATORS, Ledger, Version

MORNING_MS = 8 * HOUR_MS
"""A day of filings begins at eight, Beijing time: nobody is woken at midnight for a form."""

LIVE_MS = 366 * DAY_MS
"""What a year was is known in the one after it; a judgement of an older one is history."""

_FILINGS, _TARGETS = "filing/", "target/"
_NO_TARGET = "-"
_NAMED = 4
"""Districts that a message names."""

_Row = Mapping[str, object]


class Promises:
    """Looks at the ledger of indicators.

    Args:
        data: the data folder; the ledger may come later.
        ruleset: rules; without those that are about it, it is not looked at.
        clock: dates nothing here, but a ledger has one.
    """

    def __init__(self, data: Path, ruleset: Ruleset, clock: Clock) -> None:
        self._path, self._ruleset, self._clock = data / INDICATORS, ruleset, clock
        self._ledger: Ledger | None = None
        self._seen: tuple[int, dt.date] | None = None
        kinds = {one.rule.kind for one in ruleset.rules}
        self._prefixes = [prefix for kind, prefix in (("filing", _FILINGS), ("indicator", _TARGETS)) if kind in kinds]

    def samples(self, now: int) -> list[Judged]:
        """Return what stands, when it or the day is another than at the last call."""
        ledger = self._open() if self._prefixes else None
        if ledger is None:
            return []
        today = day_of(now - MORNING_MS)
        seen = ledger.data_version(), today
        if seen == self._seen:
            return []
        with ledger.transaction():
            rows = {prefix: ledger.standing(prefix) for prefix in self._prefixes}
        self._seen = seen
        found = list(filing_samples(rows.get(_FILINGS, ()), self._ruleset, today, now))
        return found + list(indicator_samples(rows.get(_TARGETS, ()), self._ruleset, now))

    def _open(self) -> Ledger | None:
        if self._ledger is None:
            with contextlib.suppress(UsageError):  # nothing has been filed or judged yet
                self._ledger = Ledger(self._path, self._clock, reader=True)
        return self._ledger

    def close(self) -> None:
        """Close the ledger."""
        if self._ledger is not None:
            self._ledger.close()


def filing_samples(versions: Sequence[Version], ruleset: Ruleset, today: dt.date, now: int) -> Iterator[Judged]:
    """Yield what the rules about filings say of each department's forms on a day; one alarm for all its periods."""
    forms: dict[str, list[_Row]] = {}
    for version in versions:
        row = version.result
        forms.setdefault(f"{row['dept']}/{row['form']}", []).append(row)
    for one in ruleset.rules:
        limit = one.limit(today) if one.rule.kind == "filing" else None
        if limit is not None:
            for _, rows in sorted(forms.items()):
                yield _filing(one, limit, rows, today, now)


def _filing(one: Compiled, limit: Limit, rows: Sequence[_Row], today: dt.date, now: int) -> Judged:
    """Return what a rule says of a form, by the period that is longest past its day, or next due."""
    open_rows = [row for row in rows if row["verdict"] != "COMPLIES"]
    days = {id(row): (today - _day(row["due_on"])).days for row in open_rows}
    worst = max(days.values(), default=None)
    condition = Condition.CLEAR if worst is None else compare(worst, limit, one.rule.op)
    tripped = [row for row in open_rows if days[id(row)] >= limit.trip]
    shown = tripped or open_rows or rows
    context = Context(
        severity=one.rule.severity,
        department=str(rows[0]["dept"]),
        name=f"{_in(rows[0]['form_name'], 'en')} {rows[0]['form']}",
        name_zh=f"{_in(rows[0]['form_name'], 'zh')} {rows[0]['form']}",
        holder=_in(rows[0]["dept_name"], "en"),
        holder_zh=_in(rows[0]["dept_name"], "zh"),
        limit=limit.trip,
        clear=limit.clear,
        unit="d",
        rule_version=one.version,
        detail=_told(shown, "en"),
        detail_zh=_told(shown, "zh"),
    )
    name = AlarmId(one.rule.id, f"{FILING}{rows[0]['dept']}/{rows[0]['form']}")
    return Judged(name, Sample(now, condition, None if worst is None else float(worst)), context)


def _told(rows: Iterable[_Row], language: str) -> str:
    """Say which periods, by when, of which districts, and how to file: a clause each."""
    owed = sorted(rows, key=lambda row: (str(row["due_on"]), str(row["period"]), str(row["district"])))
    periods = list(dict.fromkeys(str(row["period"]) for row in owed))
    districts = list(dict.fromkeys(_in(row["district_name"], language) for row in owed if row["district"]))
    first, due, more = periods[0], owed[0]["due_on"], len(periods) - 1
    if language == "zh":
        clauses = [f"{first}：应于 {due} 前报送" + (f"，另有 {more} 期" if more else "")]
        if districts:
            clauses.append("未报：" + "、".join(districts[:_NAMED]) + ("等" if len(districts) > _NAMED else "")
                           + f" {len(districts)} 区")  # fmt: skip
        return "；".join([*clauses, f"报送：targets template {owed[0]['form']} 填表，targets import 上报"])
    clauses = [f"{first}: due by {due}" + (f", {more} more" if more else "")]
    if districts:
        left = len(districts) - _NAMED
        clauses.append("not from: " + ", ".join(districts[:_NAMED]) + (f" and {left} more" if left > 0 else ""))
    return "; ".join([*clauses, f"to file: targets template {owed[0]['form']}, then targets import"])


def indicator_samples(versions: Sequence[Version], ruleset: Ruleset, now: int) -> Iterator[Judged]:
    """Yield what the rules about indicators say of each, by the latest year of which something can be said."""
    rules = [one for one in ruleset.rules if one.rule.kind == "indicator"]
    latest: dict[str, Version] = {}
    for version in versions:
        row = version.result
        name = str(row["indicator"]) + ("" if version.standard == _NO_TARGET else f"/{version.standard}")
        known = latest.get(name)
        if known is None or _rank(version) > _rank(known):
            latest[name] = version
    for one in rules:
        for name, version in sorted(latest.items()):
            yield _indicator(one, name, version, now)


def _rank(version: Version) -> tuple[bool, str]:
    """Return how much a year's judgement says of today: what can be assessed, then the later one."""
    return version.result["status"] != "not_assessable", version.period


def _indicator(one: Compiled, name: str, version: Version, now: int) -> Judged:
    row, rule = version.result, one.rule
    status = str(row["status"])
    if status in rule.statuses:
        condition = Condition.TRIPPED
    else:
        condition = Condition.UNKNOWN if status == "not_assessable" else Condition.CLEAR
    period = parse_period(version.period)
    value = row.get("value")
    context = Context(
        severity=rule.severity,
        name=f"{_in(row['name'], 'en')} ({row['indicator']})",
        name_zh=f"{_in(row['name'], 'zh')}（{row['indicator']}）",
        statistic="year",
        rule_version=one.version,
        evidence=f"{version.key}@{version.standard}#{version.version}",
        detail=f"{version.period}: {_in(row['label'], 'en')}",
        detail_zh=f"{version.period}年：{_in(row['label'], 'zh')}",
    )
    at = min(period.end, version.made)
    number = float(value) if isinstance(value, int | float) else None
    late = now - period.end > LIVE_MS
    return Judged(AlarmId(rule.id, f"{INDICATOR}{name}"), Sample(max(at, 0), condition, number), context, late=late)


def _day(text: object) -> dt.date:
    return dt.date.fromisoformat(str(text))


def _in(name: object, language: str) -> str:
    """Return a name in a language, in the other where it has none in this one."""
    assert isinstance(name, Mapping)  # noqa: S101 - as the writer keeps it
    other = "en" if language == "zh" else "zh"
    return str(name.get(language) or name.get(other) or "")
