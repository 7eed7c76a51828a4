"""How alarms are doing, counted from the store alone."""

from __future__ import annotations

import pytest

from alerting.message import Message, Notice
from alerting.metrics import alarm_metrics
from alerting.sinks.testing import Story
from alerting.state import Suppress
from alerting.store.outbox import Attempt
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.testing import FakeClock

OZONE, SILENT = "o3-1h@c/s1/o3", "silent@c/s2"


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000)


@pytest.fixture
def story(tmp_path, clock):
    with Story(tmp_path / "alerting.db", clock) as story:
        yield story


def _metrics(story, prefix):
    found = alarm_metrics(story.store, story.clock.now())
    assert found == alarm_metrics(story.store, story.clock.now(), story.alarms)
    return {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}


def test_a_new_site_has_nothing_to_say(story):
    found = alarm_metrics(story.store, story.clock.now())
    assert set(found.values()) == {0.0}
    assert not [name for name in found if "_p50" in name or "_p95" in name]


def test_standing_by_severity_and_age(story, clock):
    story.trips(OZONE, severity="P1")
    clock.advance(DAY_MS / 1000)
    story.trips(SILENT, severity="P3")
    story.event("silent@c/s3", Suppress(clock.now(), "silent@c"), severity="P3")
    story.trips("silent@c/s3")
    story.trips("silent@c/s4", severity="P3")
    story.clears("silent@c/s4")
    assert _metrics(story, "alarms_standing_") == {"p1": 1, "p2": 0, "p3": 1, "p4": 0, "over_24h": 0}
    assert _metrics(story, "alarms_held_back") == {"": 1}
    assert _metrics(story, "alarms_cleared_unack") == {"nowledged": 1}
    clock.advance(0.001)
    assert _metrics(story, "alarms_standing_")["over_24h"] == 1


def test_time_to_acknowledge_is_from_telling_to_the_first_acknowledgement(story, clock):
    for number in range(20):
        name = f"silent@c/s{number}"
        story.trips(name)
        clock.advance(number + 1)
        story.acknowledged(name)
        story.acknowledged(name, "duty-2")
    story.trips(OZONE)  # nobody has acknowledged it
    assert _metrics(story, "alarms_acknowledge_seconds_") == {"p50": 10, "p95": 19}
    clock.advance(31 * DAY_MS / 1000)
    assert _metrics(story, "alarms_acknowledge_seconds_") == {}


def test_chattering_is_the_share_that_was_raised_again_within_a_day(story, clock):
    for _ in range(3):
        story.trips(OZONE)
        clock.advance(60)
        story.clears(OZONE)
    for number in range(3):
        story.trips(f"silent@c/s{number}")
    assert _metrics(story, "alarms_raised_last_day") == {"": 6}
    assert _metrics(story, "alarms_chattering_share") == {"": 0.25}
    clock.advance(DAY_MS / 1000 + 1)
    assert _metrics(story, "alarms_chattering_share") == {"": 0}


def _notice(incident, transition, person):
    message = Message(f"{incident}/{transition}", "raised", "trigger", "P1", "一", "one", (), (), "d", "c", 0)
    return Notice(incident, transition, "mail", f"{person}@x" if person else "", person, message)


def test_calls_are_counted_by_person_and_incident(story, clock):
    """A chat is nobody; an escalation of the same incident is no second call; tests and digests are of none."""
    now = clock.now()
    story.store.outbox.add([_notice(1, "raised", "duty-1"), _notice(1, "raised", "")], now - 2 * HOUR_MS)
    story.store.outbox.add([_notice(n, "raised", "duty-1") for n in range(2, 8)], now - 1_000)
    story.store.outbox.add([_notice(2, "escalated.1", "duty-1"), _notice(0, "test.1", "duty-1")], now)
    story.store.outbox.add([_notice(1, "raised", "duty-2")], now)
    assert _metrics(story, "alarms_per_recipient_") == {
        "last_hour_max": 6,
        "hour_max": 7 / 24,
        "hour_mean": (7 + 1) / 2 / 24,
    }


def test_delivery(story, clock):
    outbox = story.store.outbox
    made = clock.now()
    outbox.add([_notice(n, "raised", "duty-1") for n in range(22)], made)
    rows = outbox.lease("w", "mail", made, lease_ms=60_000, limit=22)
    for number, row in enumerate(rows[:20]):
        outbox.delivered(row, Attempt(made, "delivered", "250", "ok", 1_000 * (number + 1)))
    outbox.dead(rows[20], Attempt(made, "refused", "550", "no", 5))
    clock.advance(90)
    assert _metrics(story, "alarms_delivery_seconds_") == {"p95": 19}
    assert _metrics(story, "alarms_messages_") == {"dead": 1, "oldest_seconds": 90}
