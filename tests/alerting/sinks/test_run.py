"""Sinks run beside the engine: a thread each, from the store alone, whatever fails."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alerting.keys import AlarmId
from alerting.metrics import LAST_EVALUATION
from alerting.sinks.run import Following, run_sinks
from alerting.sinks.testing import RULES, Story
from qualicity.clock import SystemClock
from qualicity.heartbeat import beat
from qualicity.settings import Settings

pytestmark = pytest.mark.usefixtures("quick")
OZONE = AlarmId("o3-1h", "c/s1/o3")


@pytest.fixture
def quick(monkeypatch):
    """Look ten times a second."""
    monkeypatch.setattr("alerting.sinks.run.LOOK_SECONDS", 0.1)


@pytest.fixture
def following(story, tmp_path):
    following = Following(tmp_path / "alerting.db")
    yield following
    following.close()


def test_it_sees_each_change(clock, story, following):
    assert following.alarms(clock.now()) == {}
    for number in range(20):
        story.trips(f"o3-1h@c/s{number % 7}/o3", 150.0 + number)
        if number % 3:
            clock.advance(1)
        assert following.alarms(clock.now()) == story.alarms


def test_it_reads_only_what_has_changed(clock, story, following):
    for number in range(50):
        story.trips(f"o3-1h@c/s{number}/o3")
        clock.advance(0.001)
    story.trips("silent@c/s2")
    before = dict(following.alarms(clock.now()))
    story.trips(str(OZONE), 200.0)
    after = following.alarms(clock.now())
    assert {name for name in before if after[name] is not before[name]} == {OZONE, AlarmId("silent", "c/s2")}


def test_a_clock_set_back_hides_a_change_for_a_minute_at_most(clock, story, following):
    story.trips(str(OZONE))
    following.alarms(clock.now())
    story.clock.advance(-3600)
    story.trips("silent@c/s2")
    now = story.clock.now() + 3_600_000
    following.alarms(now)
    assert following.alarms(now + 60_000) == story.alarms


def test_there_need_be_no_store_yet(tmp_path, clock):
    path = tmp_path / "alerting.db"
    following = Following(path)
    assert following.alarms(clock.now()) == {}
    assert following.lately(0) == set()
    path.touch()  # the engine has opened it and made nothing yet
    assert following.alarms(clock.now()) == {}
    with Story(path, clock) as story:
        story.trips(str(OZONE))
        assert following.alarms(clock.now()) == story.alarms
        assert following.lately(clock.now()) == {OZONE}
        assert following.lately(clock.now() + 1) == set()
    following.close()


class Server:
    """An address on loopback that notes who asks, and answers as it is told."""

    def __init__(self):
        self.paths, self.status = [], 200
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.paths.append(self.path)
                self.send_response(server.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/ping"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


class Running:
    """The sinks of a site, running."""

    def __init__(self, folder, **alerting):
        self.stop, self.reports, self.error = threading.Event(), [], None
        settings = Settings(alerting=alerting, mqtt={"url": "mqtt://127.0.0.1:1", "password_file": folder / "none"})
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, args=(folder / "alerting.db", settings))
        self._thread.start()

    def _run(self, path, settings):
        try:
            run_sinks(path, settings, RULES, SystemClock(), self.stop, self._report)
        except ValueError as error:
            self.error = error

    def _report(self, *report):
        with self._news:
            self.reports.append(report)
            self._news.notify()

    def until(self, done):
        """Wait for a report that is such; return it."""
        with self._news:
            assert self._news.wait_for(lambda: self.reports and done(*self.reports[-1]), 15), self.reports[-1:]
            return self.reports[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive()


def test_one_that_fails_is_told_and_holds_up_no_other(tmp_path, server):
    """The dead-man switch is asked while the broker's password is not there yet."""
    now = SystemClock().now()
    beat(tmp_path, "alerting", now, ready=True, state="", counters={LAST_EVALUATION: now / 1000})
    with Running(tmp_path, mqtt=True, deadman_url=server.url) as running:
        well, text, counters = running.until(lambda *report: "alarms_deadman_last_timestamp_seconds" in report[2])
        assert (well, counters["alarms_sinks_failing"]) == (False, 1)
        assert "password_file" in text
    assert server.paths == ["/ping"]


def test_it_is_well_again_by_itself(tmp_path, server):
    server.status = 503
    now = SystemClock().now()
    beat(tmp_path, "alerting", now, ready=True, state="", counters={LAST_EVALUATION: now / 1000})
    with Running(tmp_path, deadman_url=server.url) as running:
        assert "answers 503" in running.until(lambda well, *_: not well)[1]
        server.status = 200
        assert running.until(lambda well, *_: well)[1:] == (
            "",
            {"alarms_sinks_failing": 0, "alarms_deadman_last_timestamp_seconds": pytest.approx(now / 1000, abs=15)},
        )


def test_a_mistake_of_ours_is_not_hidden(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("broken")

    monkeypatch.setattr("alerting.sinks.run.deadman_url", broken)
    with Running(tmp_path, deadman_url="http://127.0.0.1:1") as running:
        assert running.stop.wait(15)
    assert str(running.error) == "broken"


def test_without_any_all_is_well(tmp_path):
    """It is told each second all the same: metrics of the store go with it."""
    with Running(tmp_path) as running:
        assert running.until(lambda *_: True) == (True, "", {"alarms_sinks_failing": 0})


def test_what_has_not_changed_is_the_same_object_also_when_all_is_read_anew(clock, story, following):
    """Sinks look only at what is another object: thousands of alarms cost nothing while they only stand."""
    for number in range(20):
        story.trips(f"o3-1h@c/s{number}/o3")
    before = dict(following.alarms(clock.now()))
    clock.advance(61)
    story.trips(str(OZONE), 200.0)
    after = following.alarms(clock.now())
    assert after == story.alarms
    assert {name for name in before if after[name] is not before[name]} == {OZONE}
