"""A part's work is done by one process at a time: two alarm engines would call people twice."""

from __future__ import annotations

import threading

import structlog.testing

from console.parts.life import Life
from console.parts.waiting import sole
from console.site import open_site
from qualicity.heartbeat import heartbeats
from qualicity.store import locks


def test_who_comes_second_waits_says_so_once_and_takes_over(tmp_path, monkeypatch):
    monkeypatch.setattr("console.parts.waiting.LOOK_SECONDS", 0.05)
    first_ends = threading.Event()
    stop = threading.Event()
    turns = []
    with open_site(tmp_path) as site, Life(tmp_path, "alerting", site.clock) as life:

        def second():
            with sole(site, life, stop, locks.WATCH, "watches") as ours:
                turns.append((ours, first_ends.is_set()))

        with structlog.testing.capture_logs() as logs:
            with sole(site, life, stop, locks.WATCH, "watches") as ours:
                assert ours
                thread = threading.Thread(target=second)
                thread.start()
                thread.join(0.3)
                assert turns == []
                assert [beat.state for beat in heartbeats(tmp_path)] == ["waiting: another process watches"]
                first_ends.set()
            thread.join(10)
    assert turns == [(True, True)]
    assert [line["reason"] for line in logs] == ["another process watches"]


def test_who_waits_ends_when_told_to(tmp_path):
    stop = threading.Event()
    with (
        open_site(tmp_path) as site,
        Life(tmp_path, "influx", site.clock) as life,
        sole(site, life, stop, locks.COPY, "writes into InfluxDB"),
    ):
        stop.set()
        with sole(site, life, stop, locks.COPY, "writes into InfluxDB") as ours:
            assert not ours
