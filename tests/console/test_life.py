"""A part's signs of life: its file, and the datagrams to whoever started it."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import structlog.testing

from console.notify import Notifier
from console.parts.life import Life
from qualicity.clock import SystemClock
from qualicity.heartbeat import heartbeats
from qualicity.testing import FakeClock


@pytest.fixture(params=["path", "abstract"])
def listening(request, tmp_path):
    """Yield (address, messages): a socket as systemd gives it, and what has come so far."""
    name = f"\0qualicity-test-{time.monotonic_ns()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name)
        listener.setblocking(False)

        def messages():
            found = []
            while True:
                try:
                    found.append(listener.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield name.replace("\0", "@"), messages


def _until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_the_first_turn_says_ready_and_each_one_that_it_lives(listening, tmp_path):
    """The status is one line, whatever the state holds."""
    address, messages = listening
    with Life(tmp_path, "collector", FakeClock(), notifier=Notifier(address)) as life:
        assert messages() == []
        life.turn(ready=False, state="connecting\nto\tthe broker", counters={"received": 1})
        assert messages() == ["WATCHDOG=1\nSTATUS=connecting to the broker", "READY=1"]
        life.turn(ready=True, state="连接" * 200, counters={})
        (message,) = messages()
        assert message == f"WATCHDOG=1\nSTATUS={'连接' * 100}"
    assert messages() == []
    assert heartbeats(tmp_path) == []


def test_what_a_process_uses_is_among_its_counters(tmp_path, monkeypatch):
    """Beside the part's own, and how often it was started again."""
    monkeypatch.setenv("QUALICITY_HUNG", "2")
    with Life(tmp_path, "collector", FakeClock(), notifier=Notifier("")) as life:
        life.turn(ready=True, state="", counters={"received": 1})
        (beat,) = heartbeats(tmp_path)
    assert beat.counters["received"] == 1
    assert beat.counters["process_resident_memory_bytes"] > 1 << 20
    assert 0 < beat.counters["process_cpu_seconds_total"] < 10_000
    assert abs(beat.counters["process_start_time_seconds"] - time.time()) < 10_000
    assert beat.counters['part_restarts_total{why="hung"}'] == 2
    assert beat.counters['part_restarts_total{why="ended"}'] == 0


def test_a_loop_that_works_is_spoken_for_and_one_that_hangs_falls_silent(tmp_path):
    """What counts is the processor time of the loop's own thread."""
    with Life(tmp_path, "aggregator", SystemClock(), notifier=Notifier(""), look=0.1) as life:
        life.turn(ready=True, state="judging", counters={"rounds": 1})
        first = heartbeats(tmp_path)[0]
        deadline = time.monotonic() + 10
        while heartbeats(tmp_path)[0].at == first.at:  # works without a turn
            assert time.monotonic() < deadline
        last = heartbeats(tmp_path)[0]
        assert (last.ready, last.state, last.counters["rounds"]) == (True, "judging", 1)
        threading.Event().wait(0.2)  # the look that still sees the work
        last = heartbeats(tmp_path)[0]
        threading.Event().wait(0.5)
        assert heartbeats(tmp_path)[0] == last


def test_work_without_end_is_no_work(tmp_path):
    """A loop that has not turned for a quarter of an hour hangs, however busy it is."""
    seconds = [0.0]
    with Life(
        tmp_path, "aggregator", SystemClock(), notifier=Notifier(""), monotonic=lambda: seconds[0], look=0.1
    ) as life:
        life.turn(ready=True, state="", counters={})
        seconds[0] = 901.0
        last, deadline = heartbeats(tmp_path)[0], time.monotonic() + 0.5
        while time.monotonic() < deadline:
            assert heartbeats(tmp_path)[0] == last


def test_a_disk_that_takes_nothing_stops_no_part_and_is_said_once(listening, tmp_path):
    """Whoever started it still hears that it lives."""
    address, messages = listening
    (tmp_path / "run").write_text("in the way", "utf-8")
    with (
        structlog.testing.capture_logs() as said,
        Life(tmp_path, "collector", FakeClock(), notifier=Notifier(address)) as life,
    ):
        for _ in range(3):
            life.turn(ready=True, state="paused", counters={})
        assert messages().count("WATCHDOG=1\nSTATUS=paused") == 3
        (tmp_path / "run").unlink()
        life.turn(ready=True, state="paused", counters={})
    assert [line["event"] for line in said] == ["no sign of life can be written", "signs of life are written again"]


def test_an_error_leaves_the_last_sign(tmp_path):
    """It shows what was; only a stop on purpose takes it away."""

    def fail(life):
        life.turn(ready=True, state="", counters={})
        raise ValueError("broken")

    with (
        pytest.raises(ValueError, match="broken"),
        Life(tmp_path, "influx", FakeClock(), notifier=Notifier("")) as life,
    ):
        fail(life)
    assert [beat.part for beat in heartbeats(tmp_path)] == ["influx"]


def test_readiness_is_said_again_until_there_is_room_for_it(tmp_path):
    """Whoever listens may be slow; without that word it would end us."""
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
        Life(tmp_path, "collector", FakeClock(), notifier=Notifier(str(tmp_path / "notify"))) as life,
    ):
        life.turn(ready=True, state="", counters={})  # nobody listens yet
        listener.bind(str(tmp_path / "notify"))
        for _ in range(2):
            life.turn(ready=True, state="", counters={})
        assert [listener.recv(4096).split(b"=")[0] for _ in range(3)] == [b"WATCHDOG", b"READY", b"WATCHDOG"]


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "@nobody-listens-here", "/nowhere/at/all"])
def test_where_nobody_listens_nothing_goes_wrong(address):
    """Not started by systemd, or its socket is gone."""
    notifier = Notifier.of({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.alive("")
    notifier.stopping()
    notifier.close()
