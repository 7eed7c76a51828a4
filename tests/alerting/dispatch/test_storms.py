"""Storms: however many alarms, a handful of messages for each person, and everybody hears every end."""

from __future__ import annotations

import collections

import pytest

from alerting.oncall.testing import About

STATIONS = 1_500


def storm(cities: int = 1, severity: str = "P2") -> list[About]:
    """Return alarms of as many stations as a storm has, over some cities."""
    return [About(severity, f"c{n % cities}", f"s{n}") for n in range(STATIONS)]


def per_person(desk) -> dict[str, int]:
    """Return how many messages each recipient got."""
    return dict(collections.Counter(row.notice.recipient for row in desk.rows))


def mail(desk, who: str) -> str:
    """Return all that a recipient was told, as text."""
    messages = [row.notice.message for row in desk.rows if row.notice.recipient == who]
    return "\n".join(line for one in messages for line in (one.title_en, *one.lines_en))


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_all_at_once_in_one_city(desk, clock, severity):
    """One notice, one to the lead, one end."""
    alarms = storm(severity=severity)
    desk.announce(*alarms)
    desk.until(clock("10:20"))
    desk.resolve(*alarms)
    desk.until(clock("11:00"))
    assert desk.told() == ["raised duty-2@x", "escalated.2 lead-1@x", "resolved duty-2@x", "resolved lead-1@x"]


@pytest.mark.parametrize("severity", ["P1", "P2"])
def test_all_at_once_in_30_cities(desk, clock, severity):
    """Four notices and a digest that names the rest: five messages for the one on duty."""
    alarms = storm(30, severity)
    desk.announce(*alarms)
    desk.until(clock("10:10"))
    assert per_person(desk) == {"duty-2@x": 5}
    digest = desk.rows[-1].notice.message
    assert digest.kind == "digest"
    assert "26" in digest.title_en


def test_over_several_ticks(desk, clock):
    """The same in pieces that come within the wait, and one that comes after it."""
    alarms = storm(30)
    for n in range(0, STATIONS, 100):
        desk.announce(*alarms[n : n + 100])
        desk.until(desk.now + 3_000)
    desk.until(clock("10:10"))
    assert max(per_person(desk).values()) <= 5


def test_staggered_over_two_hours(desk, clock):
    """Station after station: at most five messages, the end included."""
    alarms = storm()
    for n in range(0, STATIONS, 5):
        desk.until(clock("10:00") + n * 2 * 3_600_000 // STATIONS)
        desk.announce(*alarms[n : n + 5])
    desk.resolve(*alarms)
    desk.until(clock("13:00"))
    assert per_person(desk) == {"duty-2@x": 5, "lead-1@x": 4}
    assert [row.notice.transition for row in desk.rows][-2:] == ["resolved", "resolved"]


def test_staggered_over_two_hours_in_30_cities(desk, clock):
    """The flood guard is on most of the time; each digest of a flood waits twice as long as the last."""
    alarms = storm(30)
    for n in range(0, STATIONS, 10):
        desk.until(clock("10:00") + n * 2 * 3_600_000 // STATIONS)
        desk.announce(*alarms[n : n + 10])
    desk.until(clock("12:00"))
    assert max(per_person(desk).values()) <= 12


def test_the_ends_of_a_storm_are_folded_too(desk, clock):
    """Of 30 incidents each is heard to be over, once; those of which people knew only by a digest as well."""
    alarms = storm(30)
    desk.announce(*alarms)
    desk.until(clock("10:12"))
    desk.resolve(*alarms)
    desk.until(clock("11:00"))
    kinds = collections.Counter(row.notice.message.kind for row in desk.rows if row.notice.recipient == "duty-2@x")
    assert kinds == {"raised": 4, "resolved": 4, "digest": 2}
    assert per_person(desk)["duty-2@x"] == 10
    assert all(one.stage == "resolved" for one in desk.incidents)
    assert "(over)" in mail(desk, "duty-2@x")


def test_what_is_held_and_over_before_the_digest_is_in_it_as_over(desk, clock):
    """And the digest says so."""
    alarms = [About("P2", f"c{n}") for n in range(30)]
    desk.announce(*alarms[:5])
    desk.until(clock("10:01"))
    desk.announce(*alarms[5:])
    desk.until(clock("10:02"))
    desk.resolve(*alarms[5:])
    desk.until(clock("10:11"))
    assert [row.notice.message.kind for row in desk.rows] == ["raised"] * 5 + ["digest"]
    assert "(over)" in mail(desk, "duty-2@x")


def test_p1_is_never_behind_lesser_trouble(desk, clock):
    """In the flood of P2 it is told at once; in a flood of its own after a minute."""
    desk.announce(*(About("P2", f"c{n}") for n in range(30)))
    desk.until(clock("10:01"))
    desk.announce(About("P1", "d"))
    assert desk.rows[-1].notice.message.severity == "P1"
    for n in range(10):
        desk.announce(About("P1", f"d{n}"))
    desk.until(clock("10:02"))
    last = desk.rows[-1]
    assert (last.notice.message.kind, last.made) == ("digest", clock("10:02"))


def test_what_is_held_and_becomes_p1_is_told_once(desk, clock):
    """The older news of it is not told afterwards."""
    desk.announce(*(About("P2", f"c{n}") for n in range(5)))
    desk.until(clock("10:01"))
    desk.announce(About("P2", "late"), About("P2", "later"))
    desk.until(clock("10:02"))
    desk.announce(About("P1", "late"))
    desk.until(clock("10:11"))
    assert [(row.notice.incident, row.notice.transition) for row in desk.rows][5:] == [(6, "updated.2"), (7, "raised")]


def test_one_that_is_held_alone_is_told_as_it_is(desk, clock):
    """A digest of one would only hide its links."""
    for n in range(6):
        desk.announce(About("P2", f"c{n}"))
        desk.until(desk.now + 35_000)
    desk.until(clock("10:12"))
    kinds = [row.notice.message.kind for row in desk.rows if row.notice.recipient == "duty-2@x"]
    assert kinds == ["raised"] * 6
    assert desk.rows[5].made == clock("10:10:30")


def test_a_sensor_that_comes_and_goes(desk, clock):
    """All day, every minute: the raises that the state machine lets through are one incident a spell."""
    for minute in range(0, 120, 2):
        desk.until(clock("10:00") + minute * 60_000)
        desk.announce(About())
        desk.until(desk.now + 20_000)
        desk.resolve(About())
    desk.until(clock("13:00"))
    assert desk.rows == []
    assert len(desk.incidents) == 60
    assert all(one.untold == "over" for one in desk.incidents)
