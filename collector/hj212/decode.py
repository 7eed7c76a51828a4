"""From a packet to rows of the journal (6.6, annex B): what a logger says, against what the network declares.

Taken are data of factors: real-time (2011) and raw (2013) values as instants, `-Rtd`; data of minutes (2051), hours
(2061) and days (2031) as periods, `-Avg`, `-Min`, `-Max` and `-Cou`, the total, in the unit of loads of annex B. The
flag of the device stands behind each value as sent, the vendor's own (`-EFlag`) behind a "/".

Good readings of a packet are kept where others of it cannot be. Those, and whatever is not understood, are dead
letters with their reason. Where a logger sends other values for a period again, the last ones count: they have a
revision more, as long as the first are remembered, or were found in the store. States of facilities (2021) and their
run times of days (2041) are readings where the station declares channels for them, the number of the facility being
the poc. What is understood and is no reading of a channel - other facilities, starts of a logger, results of
commands - leaves neither and is counted in `Decoder.ignored`.

Converted values (`-ZsRtd` and the like) are those of flue gas at a reference of oxygen; none of our media has them, and
taken as plain values they would be wrong, so they are refused.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import structlog

from collector.channels import Rule, StationRules, Unit, station_rules
from collector.deadletter import Reason, Refused, Reject, summarise
from collector.hj212.build import MINUTE_INTERVALS
from collector.hj212.codes import find_code
from collector.hj212.commands import commands
from collector.hj212.earlier import Earlier
from collector.hj212.fields import number_of, past_time, place_of, stated_once, time_of
from collector.hj212.merge import Repeats, Segments
from collector.hj212.segment import Packet
from collector.normalise import OLD_MS, Accepted, Row
from qualicity.flags import Flag
from qualicity.model import DeadLetter, Grade, Qualifier, Registry, Statistic
from qualicity.network import Label, Logger, Network
from qualicity.periods import HOUR_MS, SECOND_MS

SOURCE = "hj212"

PERIODS: Mapping[str, int] = {
    "2011": 0, "2013": 0, "2021": 0, "2051": 600, "2061": 3600, "2031": 86_400, "2041": 86_400,
}  # fmt: skip
"""Commands whose data are readings, and their periods in s; that of minutes is declared, else ten minutes."""

_MINUTES = "2051"
_RAW = "2013"
_VALUES = {"Rtd": Statistic.VALUE}
_STATISTICS = {"Avg": Statistic.MEAN, "Min": Statistic.MIN, "Max": Statistic.MAX, "Cou": Statistic.TOTAL}
_FACILITY = {"RS": ("facility_state", "1", Statistic.VALUE), "RT": ("facility_hours", "h", Statistic.TOTAL)}
"""What is said of a facility SBx: the parameter, its unit, and what the value says (table 4)."""

_WORDS = frozenset({"Flag", "EFlag", "SampleTime"})
_CONVERTED = "Zs"
_FACILITY_CODE = re.compile(r"SB(\d{1,4})", re.ASCII)
_SYSTEM = re.compile(r"[0-9A-Z]{2,3}", re.ASCII)
_CONTRADICTIONS = 6  # hours; history that is sent again may look like one
_LONGEST_FLAG = 16
_MOST_FACTORS = 200  # codes of one logger that are remembered
_UNSEEN = Reject(None, Reason.FAULT, "")
_MOST_TEXTS = 1_000  # distinct flags and sources; a logger that sends a new one each time must not fill the registry

log = structlog.get_logger(__name__)


_Fields = Mapping[str, list[str]]  # behind a code, and every value that is stated for each


class _Speaker(NamedTuple):
    """What a logger may speak for."""

    logger: Logger
    station: StationRules
    factors: dict[str, _Factor | Reject | None]  # by code; None = not wanted


class _Factor(NamedTuple):
    """What a code stands for at a logger."""

    rule: Rule
    unit: Unit
    load: str  # unit of totals; empty = none is defined


class _Frame(NamedTuple):
    """What holds for every reading of a packet."""

    speaker: _Speaker
    time: int  # of the DataTime, ms UTC
    period: int  # s
    grade: int
    source: int
    revision: int
    result_time: int
    received: int


class _Said(NamedTuple):
    """What a packet says of one factor."""

    code: str
    fields: _Fields
    flag: int  # of the device, in the registry


class _Value(NamedTuple):
    """One value on its way into a row."""

    statistic: Statistic
    unit: Unit
    value: float
    qualifier: Qualifier
    time: int  # ms UTC, as the logger labels its periods
    device_flag: int = 0  # in the registry
    meant: int = ~0  # flags that its rule may set


class Decoder:
    """Turns packets of data into rows and dead letters.

    Args:
        network: what is declared.
        registry: codes of texts, as the store keeps them.
    """

    def __init__(self, network: Network, registry: Registry) -> None:
        stations = station_rules(network, registry)
        self._speakers = {
            logger.mn: _Speaker(logger, stations[logger.station], {})
            for logger in network.loggers
            if logger.station in stations
        }
        self._registry = registry
        self._texts: dict[str, int] = {"": 0}
        self._repeats = Repeats()
        self._segments = Segments()
        self._contradicted: Counter[str] = Counter()  # MN -> hours in a row whose QN says another label
        self._earlier = Earlier()
        self.ignored: Counter[str] = Counter()
        """What was understood and is no reading, by what it is."""
        self.incomplete = 0
        """Split packets of which a part did not come in time."""
        self.doubtful: dict[str, Label] = {}
        """Loggers by MN whose hours seem to be named by this end, and not by the one that is declared."""

    def remember(self, earlier: Earlier) -> None:
        """Take the revisions from before this run, as soon as they are known; may be called by any thread."""
        self._earlier = earlier

    def counters(self) -> dict[str, int]:
        """Return what was met beside readings and dead letters, by names of the metrics."""
        return {
            "hj212_without_readings": self.ignored.total(),
            "hj212_split_incomplete": self.incomplete,
            "hj212_labels_doubtful": len(self.doubtful),
        }

    def accept(self, packet: Packet, raw: bytes, received: int) -> Accepted:
        """Return the rows and dead letters of a packet; neither, where it holds no reading. Never raises.

        Args:
            packet: as parsed.
            raw: its frame, which dead letters keep.
            received: ms UTC.
        """
        place = f"hj212 MN={packet.mn[:32]} CN={packet.cn[:8]}"
        speaker = self._speakers.get(packet.mn)
        station = "" if speaker is None else speaker.station.id
        try:
            rows, rejects = self._accept(speaker, packet, received)
        except Refused as refused:
            rows, rejects = [], [Reject(None, refused.reason, refused.detail)]
        except Exception as error:  # a packet that trips over a fault of ours must not stop its connection
            log.exception("a packet could not be treated and is kept as a dead letter", place=place)
            rows, rejects = [], [Reject(None, Reason.FAULT, f"{type(error).__name__}: {error}")]
        letters = [
            DeadLetter(SOURCE, place, reason, detail, raw, received, station)
            for reason, detail in (summarise(rejects).items() if rejects else ())
        ]
        return Accepted(rows, letters)

    def _accept(self, speaker: _Speaker | None, packet: Packet, received: int) -> tuple[list[Row], list[Reject]]:
        if speaker is None:
            raise Refused(Reason.UNKNOWN_LOGGER, f"no logger with MN {packet.mn[:32]!r} is declared")
        if packet.cn not in PERIODS:
            return self._ignore(packet)
        _check_system(speaker.logger, packet)
        self._watch(speaker.logger, packet, received)
        rows: list[Row] = []
        rejects: list[Reject] = []
        entries = 0
        for stated, factors in _blocks(packet):
            if not factors:
                continue
            frame = self._frame(speaker, packet, stated, received)
            for code, fields in factors.items():
                for taken in self._factor(frame, code, fields):
                    if isinstance(taken, Row):
                        rows.append(taken)
                    else:
                        rejects.append(Reject(entries, taken.reason, taken.detail))
                entries += 1
        if not entries:
            raise Refused(Reason.NO_VALUE, "it holds no value")
        return rows, rejects

    def _ignore(self, packet: Packet) -> tuple[list[Row], list[Reject]]:
        command = commands().get(packet.cn)
        if command is None:
            raise Refused(Reason.BAD_FIELD, f"CN={packet.cn[:8]} is no command of any edition")
        self.ignored[command.name.en] += 1
        return [], []

    def _watch(self, logger: Logger, packet: Packet, received: int) -> None:
        """Note what a logger may be set up wrong in, and what it may have lost."""
        if packet.split:
            self._segments.add(packet, received)
        self.incomplete += len(self._segments.expire(received))
        label = label_of(packet)
        if label is None or logger.mn in self.doubtful:
            return
        self._contradicted[logger.mn] = self._contradicted[logger.mn] + 1 if label != logger.label else 0
        if self._contradicted[logger.mn] >= _CONTRADICTIONS:
            self.doubtful[logger.mn] = label
            log.warning(
                "the DataTime of a logger's hours seems to name their other end; set `label`", mn=logger.mn, label=label
            )

    def _frame(self, speaker: _Speaker, packet: Packet, stated: str, received: int) -> _Frame:
        """Return what holds for the readings behind a DataTime."""
        logger = speaker.logger
        time = past_time(stated, "DataTime", received)
        raw = packet.cn == _RAW or logger.grade == "raw"
        edition = logger.protocol[-4:] if packet.flag is None else packet.edition
        source = self._code(f"{SOURCE}/{edition}/{packet.st}")
        period = PERIODS[packet.cn]
        if packet.cn == _MINUTES and logger.minute_interval is not None:
            period = logger.minute_interval * 60
        grade = int(Grade.RAW if raw else Grade.RECORRECTED)
        made = produced_at(packet)
        revision = 0
        if period:
            start = time - period * SECOND_MS if logger.label == "end" else time
            before = self._earlier.revision(speaker.station.id, period, start, made)
            revision = before + self._repeats.note(packet)
        return _Frame(speaker, time, period, grade, source, revision, made, received)

    def _factor(self, frame: _Frame, code: str, fields: _Fields) -> Iterator[Row | Refused]:
        """Yield what becomes of each value that a packet states of one factor."""
        numbered = _FACILITY_CODE.fullmatch(code)
        if numbered is not None and not fields.keys().isdisjoint(_FACILITY):
            yield from self._facility(frame, code, int(numbered[1]), fields)
            return
        try:
            factor = self._find(frame.speaker, code)
            if factor is None:
                self.ignored["Factors that are not wanted"] += 1
                return
            said = _Said(code, fields, self._flag(code, fields))
        except Refused as refused:
            yield refused
            return
        names = [name for name in fields if name not in _WORDS]
        if not names:
            yield Refused(Reason.NO_VALUE, f"{code[:32]} has no value")
        for name in names:
            try:
                yield self._row(frame, factor, said, name)
            except Refused as refused:
                yield refused

    def _facility(self, frame: _Frame, code: str, number: int, fields: _Fields) -> Iterator[Row | Refused]:
        """Yield what is said of a facility, as far as the station has a channel for it."""
        for name, stated in fields.items():
            if name not in _FACILITY:
                yield Refused(Reason.BAD_FIELD, f"{place_of(code, name)} is nothing that facilities have")
                continue
            parameter, unit, statistic = _FACILITY[name]
            rule = frame.speaker.station.declared(parameter, number)
            if rule is None:
                self.ignored["Facilities that are not declared"] += 1
                continue
            try:
                value, qualifier = number_of(place_of(code, name), stated_once(code, name, stated))
                yield _made(frame, rule, _Value(statistic, rule.unit_of(unit), value, qualifier, frame.time))
            except Refused as refused:
                yield refused

    def _row(self, frame: _Frame, factor: _Factor, said: _Said, name: str) -> Row:
        """Return the row of one value.

        Raises:
            Refused: it is none.
        """
        where = place_of(said.code, name)
        if name.startswith(_CONVERTED):
            raise Refused(Reason.BAD_FIELD, f"{where} is converted as that of flue gas is")
        statistics = _STATISTICS if frame.period else _VALUES
        statistic = statistics.get(name)
        if statistic is None:
            raise Refused(Reason.BAD_FIELD, f"{where} is no field of such data; known are {', '.join(statistics)}")
        value, qualifier = number_of(where, stated_once(said.code, name, said.fields[name]))
        rule = factor.rule
        unit, meant = factor.unit, ~0
        if statistic is Statistic.TOTAL:
            if not factor.load:
                raise Refused(Reason.BAD_FIELD, f"{where}: no total is defined for it")
            unit, meant = Unit(self._registry.code(factor.load), None), int(Flag.SENTINEL)  # ranges are of values
        time = _sampled(frame, said)
        return _made(frame, rule, _Value(statistic, unit, value, qualifier, time, said.flag, meant))

    def _find(self, speaker: _Speaker, code: str) -> _Factor | None:
        """Return what a code stands for; None when the network file says that it is not wanted."""
        found = speaker.factors.get(code, _UNSEEN)
        if found is _UNSEEN:
            found = self._look_up(speaker, code)
            if len(speaker.factors) < _MOST_FACTORS:  # beyond, somebody invents codes
                speaker.factors[code] = found
        if isinstance(found, Reject):
            raise Refused(found.reason, found.detail)
        return found

    def _look_up(self, speaker: _Speaker, code: str) -> _Factor | Reject | None:
        logger, known = speaker.logger, find_code(code)
        parameter = logger.codes.get(code, "" if known is None else known.parameter)
        if code in logger.codes and not parameter:
            return None
        try:
            if not parameter:
                name = repr(code[:32]) if known is None else f"{code} ({known.name.en})"
                detail = f"{name} is no parameter of ours; say under codes of the logger what it is"
                raise Refused(Reason.UNKNOWN_CHANNEL, detail)  # noqa: TRY301 - all three become a reject alike
            rule = speaker.station.find(parameter, logger.poc)
            unit = rule.unit_of(logger.units.get(code, "" if known is None else known.unit))
        except Refused as refused:
            return Reject(None, refused.reason, refused.detail)
        return _Factor(rule, unit, "" if known is None else known.load)

    def _flag(self, code: str, fields: _Fields) -> int:
        """Return the code of the device's flag, with the vendor's own behind it."""
        text = stated_once(code, "Flag", fields["Flag"]) if "Flag" in fields else ""
        if private := stated_once(code, "EFlag", fields.get("EFlag", [""])):
            text = f"{text}/{private}"
        if len(text) > _LONGEST_FLAG or not text.isprintable():
            raise Refused(Reason.BAD_FIELD, f"{place_of(code, 'Flag')}={text[:16]!r} is no short text")
        return self._code(text)

    def _code(self, text: str) -> int:
        """Return the code of a flag or source in the registry."""
        code = self._texts.get(text)
        if code is None:
            if len(self._texts) > _MOST_TEXTS:
                raise Refused(Reason.BAD_FIELD, f"{text!r} is one flag or system of too many")
            code = self._texts[text] = self._registry.code(text)
        return code


def _check_system(logger: Logger, packet: Packet) -> None:
    """Refuse a system code that is none, or that the logger may not send."""
    if not _SYSTEM.fullmatch(packet.st):
        raise Refused(Reason.BAD_FIELD, f"ST={packet.st[:8]} is no system code")
    if logger.systems and packet.st not in logger.systems:
        may = ", ".join(logger.systems)
        raise Refused(Reason.BAD_FIELD, f"ST={packet.st}: the logger is declared with systems {may}")


def produced_at(packet: Packet) -> int:
    """Return when a packet was made by its QN, ms UTC; 0 where that is missing, or a number of another kind."""
    try:
        return time_of(packet.qn, "QN")
    except Refused:
        return 0


def label_of(packet: Packet) -> Label | None:
    """Return which end of its hour the DataTime of a packet names, as far as its QN tells; None when it does not.

    The standard names the start, some makers the end; data of an hour are sent soon after it.
    """
    made = produced_at(packet)
    if packet.cn != "2061" or not made or packet.resent:
        return None
    try:
        behind = made - time_of(packet.field("DataTime"), "DataTime")
    except Refused:
        return None
    if 0 <= behind < HOUR_MS // 2:
        return "end"
    return "begin" if HOUR_MS <= behind < HOUR_MS * 3 // 2 else None


def _blocks(packet: Packet) -> Iterator[tuple[str, dict[str, dict[str, list[str]]]]]:
    """Yield each DataTime of a packet with {code: {field: values}} behind it.

    What stands before the first DataTime belongs to it: fields may come in any order.
    """
    stated = packet.field("DataTime")
    factors: dict[str, dict[str, list[str]]] = {}
    for name, value in packet.fields:
        if name == "DataTime":
            if value != stated:
                yield stated, factors
                stated, factors = value, {}
            continue
        code, dash, field = name.rpartition("-")
        if not dash:
            code, field = name, ""
        factors.setdefault(code, {}).setdefault(field, []).append(value)
    yield stated, factors


def _sampled(frame: _Frame, said: _Said) -> int:
    """Return the time of a factor, ms UTC: when its sample was taken, where real-time data say so, else DataTime.

    Raises:
        Refused: it is none, or lies in the future.
    """
    if frame.period or "SampleTime" not in said.fields:
        return frame.time
    sampled = stated_once(said.code, "SampleTime", said.fields["SampleTime"])
    return past_time(sampled, place_of(said.code, "SampleTime"), frame.received)


def _made(frame: _Frame, rule: Rule, said: _Value) -> Row:
    """Return the row of a value."""
    period = _period(frame, rule)
    start = said.time - period * SECOND_MS if frame.speaker.logger.label == "end" else said.time
    flags = rule.flags_of(said.value, said.unit, start) & said.meant
    if frame.received - start - period * SECOND_MS > OLD_MS:
        flags |= Flag.OLD.value
    limit = said.value if said.qualifier is Qualifier.BELOW else math.nan
    return Row(
        rule.station, rule.parameter, rule.poc, int(said.statistic), start, period, said.value, said.unit.code,
        int(said.qualifier), limit, said.device_flag, flags, frame.grade, frame.revision, frame.result_time,
        frame.received, frame.source,
    )  # fmt: skip


def _period(frame: _Frame, rule: Rule) -> int:
    """Return the period, s: of data of minutes what the logger, else the channel is declared with."""
    if frame.period != PERIODS[_MINUTES] or frame.speaker.logger.minute_interval is not None:
        return frame.period
    declared = rule.interval
    return declared if declared % 60 == 0 and declared // 60 in MINUTE_INTERVALS else frame.period
