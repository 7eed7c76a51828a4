"""The supervised group: started, started again, stopped together, never orphaned."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from console.notify import Notifier
from console.supervisor import HANG_SECONDS, RESTARTS, SUPERVISED, supervise

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "qualicity@.service"
FOREVER = "import sys,time,pathlib,os; pathlib.Path(sys.argv[1]).open('a').write(f'{os.getpid()}\\n'); time.sleep(60)"
SUPERVISOR = """
import sys, threading
from console.supervisor import supervise, stop_event
sys.exit(supervise({'child': [sys.executable, '-c', sys.argv[1], sys.argv[2]]}, stop_event()))
"""
WATCHING = """
import sys, pathlib, os
from console.supervisor import stop_event
pathlib.Path(sys.argv[1]).open('a').write(f'{os.getpid()}\\n')
stop_event().wait(30)
pathlib.Path(sys.argv[1] + '.drained').touch()
"""


def _until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def _pids(path):
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_child_is_started_again_and_all_stop(tmp_path):
    """A kill -9 of a part brings it back; stopping the group ends it."""
    rows, stop, codes = tmp_path / "rows", threading.Event(), []
    commands = {"child": [sys.executable, "-c", SPEAKING, str(rows)]}
    thread = threading.Thread(target=lambda: codes.append(supervise(commands, stop)))
    thread.start()
    _until(lambda: len(_rows(rows)) == 1)

    os.kill(_rows(rows)[0][0], signal.SIGKILL)
    _until(lambda: len(_rows(rows)) == 2)
    stop.set()
    thread.join(20)

    assert codes == [0]
    again, *counts = _rows(rows)[1]
    assert counts == [1, 0]
    assert not _alive(again)


def test_wrong_use_of_a_part_ends_the_group():
    """A child that ends with code 2 would do so again: the group ends with 2."""
    assert supervise({"child": [sys.executable, "-c", "raise SystemExit(2)"]}, threading.Event()) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_orphan_stays_when_the_supervisor_ends(tmp_path, number):
    """The child drains and ends on SIGTERM of its supervisor, and even on its kill -9."""
    pids = tmp_path / "pids"
    environment = {key: value for key, value in os.environ.items() if key != SUPERVISED}
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, WATCHING, str(pids)], env=environment)
    _until(lambda: len(_pids(pids)) == 1)

    supervisor.send_signal(number)
    supervisor.wait(20)

    _until((tmp_path / "pids.drained").exists)
    _until(lambda: not _alive(_pids(pids)[0]))


SPEAKING = """
import os, pathlib, sys, time
from console.notify import Notifier
counts = os.environ['QUALICITY_ENDED'], os.environ['QUALICITY_HUNG']
pathlib.Path(sys.argv[1]).open('a').write(' '.join((str(os.getpid()), *counts)) + '\\n')
notifier = Notifier.of()
notifier.ready()
while True:
    notifier.alive('works')
    time.sleep(0.05)
"""


@pytest.fixture
def systemd(tmp_path):
    """Yield (notifier, lines): a way to a socket as systemd gives it, and all lines that came there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        lines = []

        def heard():
            while True:
                try:
                    lines.extend(listener.recv(4096).decode().splitlines())
                except BlockingIOError:
                    return lines

        yield Notifier(str(tmp_path / "notify")), heard


def _rows(path):
    return [tuple(map(int, line.split())) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_child_that_hangs_is_killed_and_started_again(tmp_path, systemd):
    """It is told how often that was; whoever started the group hears when all have begun, and what each does."""
    notifier, heard = systemd
    rows, stop = tmp_path / "rows", threading.Event()
    commands = {name: [sys.executable, "-c", SPEAKING, str(tmp_path / name)] for name in ("rows", "other")}
    group = threading.Thread(target=supervise, args=(commands, stop), kwargs={"notifier": notifier, "hang": 0.6})
    group.start()
    _until(lambda: "READY=1" in heard())
    _until(lambda: "STATUS=rows: works; other: works" in heard())
    ((first, ended, hung),) = _rows(rows)
    assert (ended, hung) == (0, 0)

    os.kill(first, signal.SIGSTOP)
    _until(lambda: len(_rows(rows)) == 2)
    assert not _alive(first)
    assert _rows(rows)[1][1:] == (0, 1)
    assert len(_rows(tmp_path / "other")) == 1
    watched = heard().count("WATCHDOG=1")
    _until(lambda: heard().count("WATCHDOG=1") > watched)
    assert "STOPPING=1" not in heard()
    stop.set()
    group.join(20)
    assert heard()[-1] == "STOPPING=1"
    assert heard().count("READY=1") == 1


def test_a_child_that_has_never_spoken_is_left_in_peace(tmp_path):
    """It may have much to put in order before it begins; an init system has a limit of its own for that."""
    pids, stop = tmp_path / "pids", threading.Event()
    commands = {"child": [sys.executable, "-c", FOREVER, str(pids)]}
    group = threading.Thread(target=supervise, args=(commands, stop), kwargs={"hang": 0.0})
    group.start()
    _until(lambda: _pids(pids))
    time.sleep(0.7)
    stop.set()
    group.join(20)
    assert len(_pids(pids)) == 1


def test_the_supervisor_is_as_patient_as_systemd():
    """Shorter would kill what the unit's watchdog lets live; the names are told to the parts as they read them."""
    (seconds,) = re.findall(r"^WatchdogSec=(\d+)$", UNIT.read_text("utf-8"), re.MULTILINE)
    assert float(seconds) == HANG_SECONDS
    assert all(name in SPEAKING for name in RESTARTS.values())
