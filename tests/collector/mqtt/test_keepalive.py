"""Signs of life: sent in time, and silence counts only from a sign of ours that nobody has answered."""

from __future__ import annotations

from collector.mqtt.keepalive import SignsOfLife


def test_signs_are_sent_twice_in_a_keepalive():
    signs = SignsOfLife(60, 100.0)
    assert [signs.is_due(100.0 + seconds) for seconds in (0, 29, 30, 90)] == [False, False, True, True]
    signs.sent(131.0)
    assert not signs.is_due(160.0)
    assert signs.is_due(161.0)


def test_a_broker_is_silent_when_nothing_came_since_a_sign_was_sent():
    signs = SignsOfLife(60, 0.0)
    assert not signs.is_silent(1_000.0)  # nothing was asked
    signs.sent(30.0)
    assert not signs.is_silent(89.0)
    signs.sent(60.0)
    assert signs.is_silent(90.0)
    signs.heard()
    assert not signs.is_silent(90.0)
    signs.sent(90.0)
    assert not signs.is_silent(149.0)
    assert signs.is_silent(150.0)


def test_a_keepalive_of_0_sends_none():
    signs = SignsOfLife(0, 0.0)
    assert not signs.is_due(1e9)
    assert not signs.is_silent(1e9)
