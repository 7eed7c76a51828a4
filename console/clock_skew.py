"""How wrong the clocks of stations are, from how late their readings arrive after the end of their period.

A clock that is right gives small lateness, never below zero. A station that is ahead, or late by as much in all of its
readings, is named with the likely cause. Loggers of HJ 212 are left out: the gateway compares and sets their clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from collector.deadletter import Reason
from collector.normalise import SOURCE, Normaliser
from collector.topics import TopicPattern
from console.check import Check
from console.site import Site
from qualicity.model import Column, DeadLetter, Observations
from qualicity.network import Network
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS
from qualicity.store.journal import NAME as JOURNAL

AHEAD_SECONDS = 60.0
"""So far before the end of its period no reading can be made."""
LATE_SECONDS = 600.0
"""If even the quickest reading is so late, it is no matter of the network."""

_HOURS = 6
"""How far back readings count, h by arrival."""
_ROWS = 500_000
"""Rows of the log that are looked at, at most."""
_LETTERS = 1_000
_HISTORY_SECONDS = 86_400.0
"""What is older when it arrives is history that is sent again: it says nothing about a clock."""
_LEAST_READINGS = 5
_SLOW = 90  # percentile
_NEAR_HOUR = 900.0
"""s by which a whole number of hours may be missed."""
_NEAR_PERIOD = 0.2
"""Part of a period by which one may be missed."""
_ZONES = range(2, 15)
"""Whole hours that a zone can be wrong by; a single one is more often a period."""
_SHOWN = 10

Label = Literal["begin", "end"]


class Lateness(NamedTuple):
    """Readings of one station."""

    seconds: Column  # (n,) received - end of the period
    period: Column  # (n,) s
    label: Label  # which end of the period its times are said to name


class Skew(NamedTuple):
    """What the readings of a station say of its clock."""

    station: str
    readings: int
    quick: float  # s, the least lateness
    middle: float  # s, lateness below which are half of them
    slow: float  # s, nine tenths
    cause: str  # empty = nothing is wrong
    mend: str


def judge(station: str, given: Lateness) -> Skew:
    """Return what is likely wrong with a station's clock.

    Ahead is judged by the middle, for one reading that lies can be an accident; late by the quickest one, for outages,
    and stations that send once a day, make many late. What came all at once after an outage is late by anything: a
    clock makes all readings late by about as much.
    """
    quick, middle, slow = (float(seconds) for seconds in np.percentile(given.seconds, [0, 50, _SLOW]))
    period = float(np.median(given.period))
    cause = mend = ""
    if len(given.seconds) >= _LEAST_READINGS:
        if middle < -AHEAD_SECONDS:
            cause, mend = _ahead(-middle, period, given.label)
        elif quick > LATE_SECONDS and middle - quick <= max(LATE_SECONDS, period):
            cause, mend = _late(quick, period, given.label)
    return Skew(station, len(given.seconds), quick, middle, slow, cause, mend)


def _ahead(seconds: float, period: float, label: Label) -> tuple[str, str]:
    if label == "begin" and _is_period(seconds, period):
        return (
            f"ahead by one period ({period:.0f} s): its times name the end, and are read as the begin",
            'set label = "end" of its channels in the network file',
        )
    if hours := _whole_hours(seconds):
        return (
            f"ahead by {hours} h: its times are local, and are read as those of a zone further west",
            "let it send an offset, or set zone of its channels in the network file",
        )
    return f"its clock is {_spoken(seconds)} ahead", "set its clock, by NTP where it can"


def _late(seconds: float, period: float, label: Label) -> tuple[str, str]:
    if label == "end" and _is_period(seconds, period):
        return (
            f"late by one period ({period:.0f} s): its times name the begin, and are read as the end",
            'set label = "begin" of its channels in the network file, if they do',
        )
    if hours := _whole_hours(seconds):
        return (
            f"late by {hours} h: its times are of UTC or of a zone further west, and are read as local",
            'let it send an offset, or set zone (such as "+00:00") of its channels in the network file',
        )
    return (
        f"every reading is {_spoken(seconds)} late: its clock is behind, or it sends late",
        "compare its clock; set it by NTP where it can",
    )


def _is_period(seconds: float, period: float) -> bool:
    return period > 0 and abs(seconds - period) <= max(AHEAD_SECONDS, _NEAR_PERIOD * period)


def _whole_hours(seconds: float) -> int:
    hours = round(seconds / 3600)
    return hours if hours in _ZONES and abs(seconds - hours * 3600) <= _NEAR_HOUR else 0


def _spoken(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def lateness(rows: Sequence[Observations], network: Network, since: int) -> dict[str, Lateness]:
    """Return how late readings of automatic channels arrived over MQTT, by station.

    Args:
        rows: of the log.
        network: says which channels are automatic, and how their times are meant.
        since: ms UTC; what arrived earlier does not count.
    """
    labels: dict[str, Label] = {}
    automatic = set()
    for station in network.stations:
        for channel in station.channels:
            labels.setdefault(station.id, channel.label)
            if channel.sampling == "automatic":
                automatic.add((station.id, channel.parameter, channel.poc))
    found: dict[str, list[tuple[Column, Column]]] = {}
    for table in rows:
        text = table.registry.text
        source = table.registry.find(SOURCE)
        late = (table["received"] - table["start"]) / SECOND_MS - table["period"]
        wanted = (table["source"] == source) & (table["received"] >= since) & (late < _HISTORY_SECONDS)
        keys = np.stack([table[name][wanted] for name in ("station", "parameter", "poc")], axis=1)
        channels, places = np.unique(keys, axis=0, return_inverse=True)
        for place, (station, parameter, poc) in enumerate(channels):
            if (text(station), text(parameter), int(poc)) in automatic:
                of_channel = places.ravel() == place
                pair = (late[wanted][of_channel], table["period"][wanted][of_channel])
                found.setdefault(text(station), []).append(pair)
    return {
        station: Lateness(
            np.concatenate([late for late, _ in pairs]),
            np.concatenate([period for _, period in pairs]),
            labels[station],
        )
        for station, pairs in sorted(found.items())
    }


def refused_readings(letters: Sequence[DeadLetter], site: Site) -> list[Observations]:
    """Return the readings of messages that were refused because they come from the future, as if they were taken."""
    pattern = TopicPattern.parse(site.settings.mqtt.topic)
    registry = site.store.registry
    normaliser = Normaliser(site.network, pattern, registry)
    rows = []
    for letter in letters:
        accepted = normaliser.message(letter.place, letter.payload, letter.received + DAY_MS)
        rows += [row._replace(received=letter.received) for row in accepted.rows]
    if not rows:
        return []
    columns = {name: np.array(column) for name, column in zip(rows[0]._fields, zip(*rows, strict=True), strict=True)}
    return [Observations.build(registry, len(rows), **columns)]


def clock_skews(site: Site) -> list[Skew]:
    """Return what the readings of the last hours say of each station's clock."""
    now = site.clock.now()
    since = now - _HOURS * HOUR_MS
    head = site.store.head()
    rows = list(site.store.tail(max(0, head.seq - _ROWS), limit=_ROWS))
    ahead = [
        letter
        for _, letter in site.store.dead_letters(reason=Reason.FUTURE)
        if letter.source == SOURCE and letter.received >= since
    ]
    rows += refused_readings(ahead[-_LETTERS:], site)
    return [judge(station, given) for station, given in lateness(rows, site.network, since).items()]


def examine_clocks(site: Site) -> Iterator[Check]:
    """Yield a line for each station whose clock is likely wrong; one line when none is."""
    if not site.network.stations or not (site.data / JOURNAL).is_file():
        yield Check("clocks", "ok", "no readings yet")
        return
    skews = clock_skews(site)
    wrong = [skew for skew in skews if skew.cause]
    for skew in wrong[:_SHOWN]:
        spread = ", ".join(f"{seconds:,.0f}" for seconds in (skew.quick, skew.middle, skew.slow))
        text = f"{skew.station}: {skew.cause}; lateness of {skew.readings:,} readings: {spread} s (least, 50 %, 90 %)"
        yield Check("clocks", "warning", text, skew.mend)
    if len(wrong) > _SHOWN:
        yield Check("clocks", "warning", f"{len(wrong) - _SHOWN} more stations", "mend these first")
    if not wrong:
        yield Check("clocks", "ok", f"{len(skews)} stations with readings in {_HOURS} h, none ahead or late")
