"""Whether the service does its work, check by check, from the signs of life of its parts. Pure, but for its probes.

Some checks are needed: without them readings are not taken or not judged, or nobody is told, and the service is not
ready. The others inform: a copy that is behind, or a disk that fills up, is no reason to send anybody elsewhere.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerting.metrics import LAST_EVALUATION
from qualicity.heartbeat import STALE_MS, Heartbeat
from qualicity.periods import SECOND_MS, day_start
from qualicity.settings import Settings

LEAST_FREE_BYTES = 1 << 30
"""Less room than this on the disk of the data folder is a finding."""

EVALUATED_MS = 60_000
"""Rules that were last evaluated longer ago are not evaluated."""

_OF = {"notices": "alerting"}
"""Part that a check asks, where it has another name."""

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # more than struct timex has on any machine
_SHIPPED = day_start(dt.date(2026, 1, 1))
"""A clock that is before it was never set."""


@dataclass(frozen=True)
class Expected:
    """What a site has, and what it must have to be ready."""

    intake: bool = True
    influx: bool = False
    needed: Sequence[str] = ("collector", "aggregator", "alerting")

    @classmethod
    def of(cls, settings: Settings) -> Expected:
        """Return what the settings of a site ask for."""
        intake = bool(settings.mqtt.url or settings.hj212.port)
        return cls(intake, bool(settings.influx.url), tuple(settings.api.ready_needs))


@dataclass(frozen=True)
class Machine:
    """What a look at the machine has found."""

    free_bytes: int | None  # on the disk of the data folder; None = it cannot be asked
    size_bytes: int | None
    synchronised: bool | None  # the clock, by the kernel's word; None = it cannot be asked


@dataclass(frozen=True)
class Outcome:
    """What one check has found."""

    check: str
    ok: bool
    needed: bool
    reason: str  # one line for people


def look(data: Path) -> Machine:
    """Look at the machine."""
    try:
        usage = shutil.disk_usage(data)
    except OSError:
        return Machine(None, None, synchronised())
    return Machine(usage.free, usage.total, synchronised())


def synchronised() -> bool | None:
    """Return whether the kernel says that the clock follows others (NTP, PTP); None where it cannot be asked."""
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def examine(beats: Sequence[Heartbeat], now: int, expected: Expected, machine: Machine) -> list[Outcome]:
    """Return the outcomes of all checks that concern a site.

    Args:
        beats: signs of life.
        now: ms UTC.
        expected: of the site.
        machine: on which it runs.
    """
    by_part = {beat.part: beat for beat in beats}
    return [
        Outcome(check, not problem, check in expected.needed, problem or _fine(by_part.get(_OF.get(check, check))))
        for check, problem in _problems(by_part, now, expected, machine)
    ]


def _fine(beat: Heartbeat | None) -> str:
    return "ok" if beat is None else beat.state


def _problems(
    beats: Mapping[str, Heartbeat], now: int, expected: Expected, machine: Machine
) -> Iterator[tuple[str, str]]:
    """Yield each check with what is wrong; empty = nothing."""
    if expected.intake:
        yield "collector", _unwell(beats.get("collector"), now)
    yield "archive", _unwell(beats.get("archive"), now)
    yield "aggregator", _unwell(beats.get("aggregator"), now)
    yield "targets", _unwell(beats.get("targets"), now)
    yield "alerting", _unevaluated(beats.get("alerting"), now)
    yield "notices", _unwell(beats.get("alerting"), now)
    if expected.influx:
        yield "influx", _unwell(beats.get("influx"), now)
    yield "disk", _full(machine)
    yield "clock", _wrong(beats, now, machine)


def _dead(beat: Heartbeat | None, now: int) -> str:
    if beat is None:
        return "no sign of life: it does not run, or was stopped"
    age = abs(now - beat.at)
    return "" if age < STALE_MS else f"no sign of life for {age // SECOND_MS} s; the last: {beat.state}"


def _unwell(beat: Heartbeat | None, now: int) -> str:
    dead = _dead(beat, now)
    return dead if dead or beat is None or beat.ready else beat.state or "not ready"


def _unevaluated(beat: Heartbeat | None, now: int) -> str:
    """Rules are evaluated, whatever becomes of notices; a site without readings has nothing to evaluate."""
    dead = _dead(beat, now)
    if dead or beat is None:
        return dead
    evaluated = beat.counters.get(LAST_EVALUATION)
    if evaluated is None:
        return "" if beat.ready else beat.state
    age = abs(now - evaluated * SECOND_MS)
    return "" if age < EVALUATED_MS else f"rules were last evaluated {age / SECOND_MS:.0f} s ago: {beat.state}"


def _full(machine: Machine) -> str:
    if machine.free_bytes is None:
        return "the disk of the data folder cannot be asked"
    gib = machine.free_bytes / (1 << 30)
    return f"{gib:.2f} GiB free: intake pauses when it is full" if machine.free_bytes < LEAST_FREE_BYTES else ""


def _wrong(beats: Mapping[str, Heartbeat], now: int, machine: Machine) -> str:
    if now < _SHIPPED:
        return "this machine's clock is before this version: it was never set"
    behind = beats["collector"].counters.get("clock_behind_seconds", 0) if "collector" in beats else 0
    if behind > 0:
        return f"this machine's clock is {behind:g} s behind; arrivals are dated by another meanwhile"
    ahead = max((beat.at - now for beat in beats.values()), default=0)
    if ahead >= STALE_MS:
        return f"a part has spoken {ahead // SECOND_MS} s in the future: the clock was set back"
    if machine.synchronised is False:
        return "this machine's clock follows no other (NTP); times of arrival and of judging rest on it"
    return ""
