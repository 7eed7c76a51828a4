"""Checks of /readyz: what each finds, and which of them decide."""

from __future__ import annotations

from typing import get_args

import pytest

from alerting.metrics import LAST_EVALUATION
from console.health import LEAST_FREE_BYTES, Expected, Machine, examine, look
from qualicity.heartbeat import STALE_MS, Heartbeat
from qualicity.settings import ReadyCheck, Settings

NOW = 1_800_000_000_000
MACHINE = Machine(free_bytes=1 << 40, size_bytes=1 << 41, synchronised=True)
WHOLE = Expected(influx=True)


def _beats(**changed):
    """Return the signs of life of a site that is well, but for some fields of some parts; None = there is none."""
    parts = {
        name: {"at": NOW, "ready": True, "state": f"{name} works", "counters": {}}
        for name in ("collector", "archive", "aggregator", "targets", "alerting", "influx")
    }
    parts["alerting"]["counters"] = {LAST_EVALUATION: NOW / 1000}
    for name, fields in changed.items():
        parts[name] = fields and parts[name] | fields
    return [Heartbeat(name, 1, **fields) for name, fields in parts.items() if fields]


def _found(beats, expected=WHOLE, machine=MACHINE, now=NOW):
    return {one.check: one for one in examine(beats, now, expected, machine)}


def test_a_site_that_is_well():
    found = _found(_beats())
    assert all(one.ok for one in found.values())
    assert found["influx"].reason == "influx works"
    assert found["disk"].reason == "ok"


@pytest.mark.parametrize(
    ("changed", "failing", "words"),
    [
        ({"collector": {"ready": False, "state": "no connection"}}, {"collector"}, "no connection"),
        ({"collector": None}, {"collector"}, "does not run, or was stopped"),
        ({"archive": {"ready": False, "state": "cannot seal"}}, {"archive"}, "cannot seal"),
        ({"aggregator": {"at": NOW - STALE_MS}}, {"aggregator"}, "for 15 s; the last: aggregator works"),
        ({"targets": {"ready": False, "state": "records.db is broken"}}, {"targets"}, "records.db is broken"),
        ({"influx": {"ready": False, "state": "refused"}}, {"influx"}, "refused"),
        ({"influx": None}, {"influx"}, "does not run"),
        ({"alerting": None}, {"alerting", "notices"}, "does not run"),
        ({"alerting": {"ready": False, "state": "a chat does not answer"}}, {"notices"}, "a chat does not answer"),
        ({"alerting": {"counters": {LAST_EVALUATION: NOW / 1000 - 61}}}, {"alerting"}, "last evaluated 61 s ago"),
        ({"alerting": {"counters": {LAST_EVALUATION: NOW / 1000 + 61}}}, {"alerting"}, "last evaluated 61 s ago"),
        (
            {"alerting": {"counters": {}, "ready": False, "state": "no alarms: bad rules"}},
            {"alerting", "notices"}, "no alarms: bad rules",
        ),
        ({"collector": {"counters": {"clock_behind_seconds": 90}}}, {"clock"}, "clock is 90 s behind"),
        ({"aggregator": {"at": NOW + STALE_MS}}, {"aggregator", "clock"}, "no sign of life for 15 s"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_part(changed, failing, words):
    found = _found(_beats(**changed))
    assert {name for name, one in found.items() if not one.ok} == failing
    assert words in found[min(failing)].reason


def test_a_site_without_readings_yet_has_nothing_to_evaluate():
    assert _found(_beats(alerting={"counters": {}, "state": "waiting for readings"}))["alerting"].ok


@pytest.mark.parametrize(
    ("machine", "now", "check", "words"),
    [
        (Machine(LEAST_FREE_BYTES - 1, 1 << 40, synchronised=True), NOW, "disk", "1.00 GiB free"),
        (Machine(None, None, synchronised=True), NOW, "disk", "cannot be asked"),
        (Machine(1 << 40, 1 << 41, synchronised=False), NOW, "clock", "follows no other"),
        (MACHINE, 0, "clock", "never set"),
    ],
)
def test_what_is_wrong_with_the_machine(machine, now, check, words):
    outcome = _found(_beats(), machine=machine, now=now)[check]
    assert not outcome.ok
    assert not outcome.needed
    assert words in outcome.reason


def test_a_machine_that_cannot_tell_of_its_clock_is_not_blamed():
    assert _found(_beats(), machine=Machine(1 << 40, 1 << 41, synchronised=None))["clock"].ok


def test_a_dead_database_or_a_full_disk_sends_nobody_elsewhere():
    found = _found(_beats(influx=None, archive=None), machine=Machine(0, 1, synchronised=False))
    assert not [one for one in found.values() if one.needed and not one.ok]


def test_what_a_site_does_not_have_is_not_asked(monkeypatch):
    """Readings from files only, no database; and the settings say what is needed."""
    monkeypatch.setenv("QUALICITY_MQTT__URL", "")
    monkeypatch.setenv("QUALICITY_API__READY_NEEDS", '["aggregator", "influx"]')
    expected = Expected.of(Settings())
    found = _found(_beats(), expected)
    assert set(found) == {"archive", "aggregator", "targets", "alerting", "notices", "disk", "clock"}
    assert [name for name, one in found.items() if one.needed] == ["aggregator"]
    monkeypatch.setenv("QUALICITY_HJ212__PORT", "5055")
    monkeypatch.setenv("QUALICITY_INFLUX__URL", "http://127.0.0.1:8086")
    assert {"collector", "influx"} <= set(_found(_beats(), Expected.of(Settings())))


def test_the_machine_can_be_looked_at(tmp_path):
    machine = look(tmp_path)
    assert 0 < machine.free_bytes < machine.size_bytes
    assert machine.synchronised in {True, False, None}
    assert look(tmp_path / "none").free_bytes is None


def test_the_checks_that_settings_may_name_are_those_that_there_are():
    assert set(get_args(ReadyCheck)) == set(_found(_beats()))
