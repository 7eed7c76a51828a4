"""The supervised group: started, started again, stopped together, never orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from console.supervisor import SUPERVISED, supervise

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
    pids, stop, codes = tmp_path / "pids", threading.Event(), []
    commands = {"child": [sys.executable, "-c", FOREVER, str(pids)]}
    thread = threading.Thread(target=lambda: codes.append(supervise(commands, stop)))
    thread.start()
    _until(lambda: len(_pids(pids)) == 1)

    os.kill(_pids(pids)[0], signal.SIGKILL)
    _until(lambda: len(_pids(pids)) == 2)
    stop.set()
    thread.join(20)

    assert codes == [0]
    assert not _alive(_pids(pids)[1])


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
