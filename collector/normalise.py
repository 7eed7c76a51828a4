"""From a message to rows of the journal: names to channels, time to UTC, unit and bounds checked.

Nothing is registered from the network: what the network file does not declare is a dead letter.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import structlog

from collector.channels import Rule, StationRules, station_rules
from collector.deadletter import Reason, Refused, Reject, storable, summarise
from collector.payloads import Entry, decode
from collector.receive import MAX_PAYLOAD
from collector.shapes import EARLIEST_MS
from collector.topics import TopicPattern
from qualicity.flags import Flag
from qualicity.model import COLUMNS, Column, DeadLetter, Grade, Qualifier, Registry, Statistic
from qualicity.network import Network
from qualicity.periods import DAY_MS, SECOND_MS

SOURCE = "mqtt"

FUTURE_MS = 10 * 60 * SECOND_MS
"""How far the clocks of sensors may run ahead of ours."""

OLD_MS = DAY_MS
"""Readings that arrive so long after their period are flagged OLD: kept, remarked on."""

_LONGEST_PERIOD = 366 * 86_400  # s
_LONGEST_FLAG = 16
_MOST_FLAGS = 1_000  # distinct texts; a sensor that sends a new one each time must not fill the registry
_CACHED_TOPICS = 50_000
_LONGEST_CACHED = 512  # characters
_INT32_MAX = 2**31 - 1
_MILLISECOND = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TOO_LARGE = f"it is larger than {MAX_PAYLOAD:,} bytes; its end is not kept"
_FRAME = b"##"  # what a frame of HJ 212 begins with
_RAW = int(Grade.RAW)  # a plain int: thousands a second become a column
_QUALIFIERS = {"": Qualifier.NONE, "<": Qualifier.BELOW, ">": Qualifier.ABOVE}
_STATISTICS = {statistic.name.lower(): statistic for statistic in Statistic}

log = structlog.get_logger(__name__)


class Row(NamedTuple):
    """One accepted reading, in the columns of `qualicity.model.COLUMNS` that vary."""

    station: int
    parameter: int
    poc: int
    statistic: int
    start: int
    period: int
    value: float
    unit: int
    qualifier: int
    detection_limit: float
    device_flag: int
    flags: int
    grade: int
    revision: int
    result_time: int
    received: int
    source: int


class Accepted(NamedTuple):
    """What became of one message: rows, dead letters, or both; never neither."""

    rows: list[Row]
    letters: list[DeadLetter]


_ALIKE = frozenset(
    {"statistic", "period", "unit", "qualifier", "device_flag", "flags", "grade", "revision", "result_time", "source"}
)
"""Whole numbers that are mostly the same in all rows of a commit: such a column is one number, seen as many."""


def columns_of(rows: Sequence[Row]) -> dict[str, Column | int]:
    """Return rows as columns."""
    columns: dict[str, Column | int] = {}
    for name, column in zip(Row._fields, zip(*rows, strict=True), strict=bool(rows)):
        alike = name in _ALIKE and column.count(column[0]) == len(column)
        columns[name] = column[0] if alike else np.array(column, COLUMNS[name])
    return columns


class Frames(Protocol):
    """Takes payloads that are a whole frame of HJ 212."""

    def frame(self, payload: bytes, received: int, *, station: str | None = None) -> Accepted:
        """Return what a frame holds, if its logger speaks for the station.

        Raises:
            Refused: it is no frame, or another station's.
        """
        ...


class _Route(NamedTuple):
    """What a topic may speak for."""

    station: StationRules
    parameter: str  # as the topic names it; empty = the payload names it
    rule: Rule | None  # of the topic's parameter without a poc


class Normaliser:
    """Turns messages into rows and dead letters.

    Args:
        network: what is declared.
        pattern: how topics name things.
        registry: codes of texts, as the store keeps them.
        frames: takes payloads that begin with `##`; None = such are undecodable.
    """

    def __init__(
        self, network: Network, pattern: TopicPattern, registry: Registry, frames: Frames | None = None
    ) -> None:
        self._stations = station_rules(network, registry)
        self._pattern = pattern
        self._frames = frames
        self._registry = registry
        self._source = registry.code(SOURCE)
        self._routes: dict[str, _Route | Refused] = {}
        self._flags: dict[str, int] = {"": 0}

    @property
    def source(self) -> int:
        """Return the code of the source of its rows."""
        return self._source

    def rules(self) -> Iterator[Rule]:
        """Yield the rules of every channel that is declared."""
        for station in self._stations.values():
            yield from station

    def message(self, topic: str, payload: bytes, received: int) -> Accepted:
        """Return the rows and dead letters of one message; never raises, whatever the bytes.

        Args:
            topic: as received.
            payload: as received.
            received: ms UTC.
        """
        try:
            return self._message(topic, payload, received)
        except Exception as error:  # a message that trips over a fault of ours must not stop the queue
            log.exception("a message could not be treated and is kept as a dead letter", topic=topic)
            detail = storable(f"{type(error).__name__}: {error}")
            return Accepted([], [DeadLetter(SOURCE, topic, Reason.FAULT, detail, payload, received)])

    def _message(self, topic: str, payload: bytes, received: int) -> Accepted:
        route = self._routes.get(topic) or self._find_route(topic)
        if isinstance(route, Refused):
            return Accepted([], [DeadLetter(SOURCE, topic, route.reason, route.detail, payload, received)])
        if self._frames is not None and payload.startswith(_FRAME):
            try:
                return self._frames.frame(payload, received, station=route.station.id)
            except Refused as refused:
                letter = DeadLetter(SOURCE, topic, refused.reason, refused.detail, payload, received, route.station.id)
                return Accepted([], [letter])
        entries, rejects = decode(payload)
        if rejects and len(payload) > MAX_PAYLOAD:
            entries, rejects = [], [Reject(None, Reason.UNDECODABLE, _TOO_LARGE)]
        rows = []
        for entry in entries:
            try:
                rows.append(self._row(route, entry, received))
            except Refused as refused:
                rejects.append(Reject(entry.index, refused.reason, refused.detail))
        if not rejects:
            return Accepted(rows, [])
        station = route.station.id
        return Accepted(
            rows,
            [
                DeadLetter(SOURCE, topic, reason, detail, payload, received, station)
                for reason, detail in summarise(rejects).items()
            ],
        )

    def _find_route(self, topic: str) -> _Route | Refused:
        if len(self._routes) >= _CACHED_TOPICS:
            self._routes.clear()  # somebody invents topics
        try:
            route: _Route | Refused = self._route(topic)
        except Refused as refused:
            route = refused.with_traceback(None)
        if len(topic) <= _LONGEST_CACHED:
            self._routes[topic] = route
        return route

    def _route(self, topic: str) -> _Route:
        names = self._pattern.names(topic)
        if names is None:
            raise Refused(Reason.UNKNOWN_CHANNEL, "the topic is not of the pattern in the settings")
        station = self._stations.get(names.station)
        if station is None:
            raise Refused(Reason.UNKNOWN_CHANNEL, f"no station {names.station[:64]!r} is declared")
        for level, named, declared in (("city", names.city, station.city), ("medium", names.medium, station.medium)):
            if named and named != declared:
                detail = f"{station.id} is declared with {level} {declared!r}, not {named[:64]!r}"
                raise Refused(Reason.UNKNOWN_CHANNEL, detail)
        if not names.parameter:
            return _Route(station, "", None)
        return _Route(station, names.parameter, station.find(names.parameter, None))

    def _row(self, route: _Route, entry: Entry, received: int) -> Row:
        rule = route.rule
        if rule is None or entry.name or entry.poc is not None:
            rule = _find_rule(route, entry)
        value = entry.value
        if value is None or not math.isfinite(value):
            value = _without_value(entry, rule)
        unit = rule.unit_of(entry.unit) if entry.unit else rule.unit
        time = _milliseconds(entry.time, rule)
        if time > received + FUTURE_MS:
            raise Refused(Reason.FUTURE, f"{rule.name} is of {_written(time)}, received {_written(received)}")
        period = rule.period_at(time) if entry.period is None else entry.period
        if not 0 <= period <= _LONGEST_PERIOD:
            raise Refused(Reason.BAD_FIELD, f"p = {entry.period} is no period in s")
        start = rule.start_of(time, period)
        flags = rule.flags_of(value, unit, start)
        if received - start - period * SECOND_MS > OLD_MS:
            flags |= Flag.OLD.value
        statistic, qualifier, device_flag, revision = rule.total or (1 if period else 0), 0, 0, 0
        if entry.device_flag or entry.qualifier or entry.statistic or entry.revision:
            statistic, qualifier, device_flag, revision = self._rare(entry, statistic)
        limit = value if qualifier == Qualifier.BELOW else math.nan
        if entry.detection_limit is not None:
            limit = _detection_limit(entry.detection_limit)
        return Row(
            rule.station, rule.parameter, rule.poc, statistic, start, period, value, unit.code, qualifier, limit,
            device_flag, flags, _RAW, revision, 0, received, self._source,
        )  # fmt: skip

    def _rare(self, entry: Entry, statistic: int) -> tuple[int, int, int, int]:
        """Return statistic, qualifier, device flag and revision of an entry that states some of them."""
        qualifier = _QUALIFIERS.get(entry.qualifier)
        if qualifier is None:
            raise Refused(Reason.BAD_FIELD, f'q = {entry.qualifier[:16]!r} is neither "<" nor ">"')
        if entry.statistic:
            named = _STATISTICS.get(entry.statistic)
            if named is None:
                known = ", ".join(_STATISTICS)
                raise Refused(Reason.BAD_FIELD, f"statistic = {entry.statistic[:16]!r} is none of {known}")
            statistic = named
        if not 0 <= entry.revision <= _INT32_MAX:
            raise Refused(Reason.BAD_FIELD, f"revision = {entry.revision} is out of bounds")
        flag = self._flags.get(entry.device_flag)
        if flag is None:
            short = len(entry.device_flag) <= _LONGEST_FLAG and entry.device_flag.isprintable()
            if not short or len(self._flags) > _MOST_FLAGS:
                raise Refused(Reason.BAD_FIELD, f"f = {entry.device_flag[:16]!r} is no short text, or one of too many")
            flag = self._flags[entry.device_flag] = self._registry.code(entry.device_flag)
        return statistic, qualifier, flag, entry.revision


def _without_value(entry: Entry, rule: Rule) -> float:
    """Return what stands for a value that is not there: of "not detected", below what.

    Raises:
        Refused: nothing does.
    """
    if entry.value is not None:
        raise Refused(Reason.NON_FINITE, f"{rule.name} is {entry.value}")
    if entry.qualifier != "<" or entry.detection_limit is None:
        raise Refused(Reason.NO_VALUE, f"{rule.name} has no value")
    return _detection_limit(entry.detection_limit)


def _detection_limit(limit: float) -> float:
    if not 0 < limit < math.inf:
        raise Refused(Reason.BAD_FIELD, f"dl = {limit} is no detection limit")
    return limit


def _find_rule(route: _Route, entry: Entry) -> Rule:
    """Return the channel that an entry speaks for, if topic and payload agree on it."""
    named = entry.name
    if entry.is_path:
        parameter = _parameter_of_path(named, route.station.id)
        if parameter is None:
            raise Refused(Reason.NAME_DISAGREES, f"{named[:64]!r} is not of station {route.station.id}")
        named = parameter
    if not (named or route.parameter):
        raise Refused(Reason.UNKNOWN_CHANNEL, "neither the topic nor the payload names the parameter")
    rule = route.station.find(named or route.parameter, entry.poc)
    if route.rule is not None and rule.name != route.rule.name:
        raise Refused(Reason.NAME_DISAGREES, f"{named[:64]!r} under the topic of {route.rule.name}")
    return rule


def _parameter_of_path(name: str, station: str) -> str | None:
    """Return the parameter in a SenML name: `PARAMETER`, or `...STATION`, or `...STATION:PARAMETER`.

    Levels are separated by ":" or "/". Empty when the name ends with the station; None when it names another.
    """
    at = max(name.rfind("/"), name.rfind(":"))
    before, last = name[: max(at, 0)], name[at + 1 :]
    if last == station:
        return ""
    if not before or before == station or (before.endswith(station) and before[-len(station) - 1] in ":/"):
        return last
    return "" if name.endswith(station) and name[-len(station) - 1] in ":/" else None


def _milliseconds(time: dt.datetime | float | None, rule: Rule) -> int:
    """Return the sender's time in ms UTC."""
    if isinstance(time, dt.datetime):
        return (rule.local(time) - _EPOCH) // _MILLISECOND
    if time is None:
        raise Refused(Reason.NO_TIME, "no time is stated")
    if type(time) is float and not time.is_integer():
        raise Refused(Reason.NO_TIME, f"t = {time} is no whole number of ms")
    if time < EARLIEST_MS:
        raise Refused(Reason.NO_TIME, f"t = {time} are no ms since 1970; are they seconds?")
    return int(time)


def _written(time: int) -> str:
    """Return a time (ms UTC) for people; as a number when no calendar holds it."""
    try:
        return dt.datetime.fromtimestamp(time // SECOND_MS, dt.UTC).isoformat()
    except (OverflowError, ValueError, OSError):  # by how far
        return f"{time} ms"
