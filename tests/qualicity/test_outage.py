"""A loss is said once, and its return once."""

from __future__ import annotations

import structlog.testing

from qualicity.outage import Outage


class _Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_loss_and_its_return_are_each_said_once_however_long_it_lasts():
    seconds = _Seconds()
    outage = Outage("module", "lost", "back", monotonic=seconds)
    with structlog.testing.capture_logs() as said:
        outage.end(held=0)  # it was never away
        for _ in range(50):
            outage.begin(cause="refused")
            seconds.now += 1.25
        assert outage.away
        assert outage.seconds == 62.5
        for held in (7, 0, 0):
            outage.end(held=held)
    assert said == [
        {"event": "lost", "log_level": "warning", "cause": "refused"},
        {"event": "back", "log_level": "info", "away_seconds": 62.5, "held": 7},
    ]
    assert not outage.away
    assert outage.seconds == 0


def test_each_loss_is_one_of_its_own():
    outage = Outage("module", "lost", "back")
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            outage.begin()
            outage.end()
    assert [line["event"] for line in said] == ["lost", "back"] * 3
    assert outage.count == 3
