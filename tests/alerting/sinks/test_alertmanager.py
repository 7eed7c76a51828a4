"""Alertmanager is told what stands, again and again, and what is over, once."""

from __future__ import annotations

import datetime as dt
import json

import httpx
import pytest

from alerting.sinks.alertmanager import LASTS, RESEND, Alertmanager, Bases
from alerting.sinks.testing import RULES
from alerting.state import Release, Shelve, Suppress
from qualicity.errors import Permanent, Retryable

OZONE = "o3-1h@c/s1/o3"


class Told:
    """An Alertmanager that notes what it is told."""

    def __init__(self, clock, *, works=False, lately=()):
        self.clock, self.works, self.status = clock, works, 200
        self.requests = []
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        bases = Bases("http://page", "http://books/")
        self.sink = Alertmanager("http://am/", RULES, bases, lambda _: self.works, client, lately=lately)

    def _answer(self, request):
        assert request.url == "http://am/api/v2/alerts"
        if self.status is None:
            raise httpx.ConnectError("refused")
        self.requests.append(json.loads(request.content))
        return httpx.Response(self.status, text='{"code": 602}')

    def tick(self, story):
        """Return the alerts of one tick: (rule, key, s that it lasts from now on)."""
        self.requests.clear()
        now = self.clock.now()
        self.sink.tick(story.alarms, now)
        alerts = [alert for request in self.requests for alert in request]
        return [
            (alert["labels"]["alertname"], alert["labels"].get("key"), (_ms(alert["endsAt"]) - now) // 1000)
            for alert in alerts
        ]


def _ms(text):
    return round(dt.datetime.fromisoformat(text).timestamp() * 1000)


FIRES, OVER = ("o3-1h", "c/s1/o3", LASTS // 1000), ("o3-1h", "c/s1/o3", 0)


def test_an_alert_says_who_and_what_and_no_label_holds_a_value(clock, story):
    told = Told(clock)
    raised = clock.now()
    story.trips(OZONE, 182.456, evidence="air/c/s1/2027-01-15", severity="P1", detail_zh="八月", detail="August")
    clock.advance(30)
    told.tick(story)
    [[alert]] = told.requests
    assert alert["labels"] == {
        "alertname": "o3-1h", "key": "c/s1/o3", "severity": "P1", "city": "c", "station": "s1", "parameter": "o3",
    }  # fmt: skip
    assert alert["annotations"] == {
        "summary_zh": "臭氧小时值超标 s1 O₃ 182.5 µg/m³ / 160 µg/m³ 八月",
        "summary_en": "Ozone above its hourly limit s1 O₃ 182.5 µg/m³ / 160 µg/m³ August",
        "law": "GB3095-2026 table 1",
        "runbook_url": "http://books/ozone.md",
    }
    assert alert["generatorURL"] == "http://page/explain/air/c/s1/2027-01-15"
    assert _ms(alert["startsAt"]) == raised


def test_what_stands_is_sent_again_each_minute_whatever_its_value_does(clock, story):
    told = Told(clock)
    story.trips(OZONE)
    assert told.tick(story) == [FIRES]
    for _ in range(59):
        clock.advance(1)
        story.trips(OZONE, 200.0)
        assert told.tick(story) == []
    clock.advance(1)
    assert told.tick(story) == [FIRES]


def test_what_is_over_is_told_once(clock, story):
    told = Told(clock)
    story.trips(OZONE)
    told.tick(story)
    clock.advance(5)
    story.clears(OZONE)
    assert told.tick(story) == [OVER]
    clock.advance(120)
    assert told.tick(story) == []


def test_what_people_are_not_told_of_is_not_sent(clock, story):
    """Suppressed, then shelved: over there; let go: it stands again."""
    told = Told(clock)
    story.event(OZONE, Suppress(clock.now(), "silent@c/s1"))
    story.trips(OZONE)
    assert told.tick(story) == []
    story.event(OZONE, Release(clock.now()))
    assert told.tick(story) == [FIRES]
    story.event(OZONE, Shelve(clock.now(), "duty-1", clock.now() + 3_600_000))
    assert told.tick(story) == [OVER]


def test_while_it_is_gone_nothing_is_lost(clock, story):
    told = Told(clock)
    story.trips(OZONE)
    told.tick(story)
    told.status = None
    clock.advance(61)
    story.trips("silent@c/s2")
    story.clears(OZONE)
    for _ in range(3):
        with pytest.raises(Retryable, match="refused"):
            told.tick(story)
    told.status = 200
    assert told.tick(story) == [OVER, ("silent", "c/s2", LASTS // 1000)]


def test_what_has_ended_there_by_itself_is_not_told_any_more(clock, story):
    told = Told(clock)
    story.trips(OZONE)
    told.tick(story)
    told.status = 503
    story.clears(OZONE)
    with pytest.raises(Retryable, match="503"):
        told.tick(story)
    told.status = 200
    clock.advance(LASTS / 1000 + 1)
    assert told.tick(story) == []


def test_after_a_restart_it_hears_of_what_ended_meanwhile(clock, story):
    story.trips(OZONE)
    story.trips("silent@c/s2")
    Told(clock).tick(story)
    clock.advance(20)
    story.clears(OZONE)
    told = Told(clock, lately={*story.alarms})
    assert told.tick(story) == [OVER, ("silent", "c/s2", LASTS // 1000)]
    clock.advance(1)
    assert told.tick(story) == []


def test_an_alarm_that_was_never_told_is_never_over(clock, story):
    story.event(OZONE, Suppress(clock.now(), "silent@c/s1"))
    story.trips(OZONE)
    story.clears(OZONE)
    assert Told(clock, lately={*story.alarms}).tick(story) == []


def test_requests_are_bounded(clock, story):
    told = Told(clock)
    for number in range(450):
        story.trips(f"o3-1h@c/s{number}/o3")
    assert len(told.tick(story)) == 450
    assert [len(request) for request in told.requests] == [200, 200, 50]
    assert told.sink.counters() == {"alarms_alertmanager_accepted": 450}


def test_one_that_it_does_not_take_stops_no_other(clock, story):
    """Alertmanager answers 400 and takes the rest: asking again at once would change nothing."""
    told = Told(clock)
    told.status = 400
    story.trips(OZONE)
    assert told.tick(story) == [FIRES]
    clock.advance(1)
    assert told.tick(story) == []


def test_a_wrong_address_is_said(clock, story):
    told = Told(clock)
    told.status = 404
    story.trips(OZONE)
    with pytest.raises(Permanent, match="404"):
        told.tick(story)


def test_the_watchdog_stands_as_long_as_the_engine_works(clock, story):
    told = Told(clock, works=True)
    watchdog = ("Watchdog", None, LASTS // 1000)
    assert told.tick(story) == [watchdog]
    clock.advance(RESEND / 1000)
    assert told.tick(story) == [watchdog]
    told.works = False
    assert told.tick(story) == [("Watchdog", None, 0)]
    clock.advance(RESEND / 1000)
    assert told.tick(story) == []


def test_a_clock_that_is_set_back_stops_nothing(clock, story):
    told = Told(clock)
    story.trips(OZONE)
    told.tick(story)
    clock.advance(-3600)
    assert told.tick(story) == [("o3-1h", "c/s1/o3", LASTS // 1000)]
