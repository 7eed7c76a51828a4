"""Jobs that write papers: one at a time, their ends kept, a child that ends with its service."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

from console.papers.jobs import Ended, Job, Jobs, run_child

DONE = Ended(0, "", "")


def test_jobs_run_one_at_a_time_in_their_order():
    """While one runs the others wait; what each came to is told to whoever keeps it."""
    go, began, running, ended = threading.Event(), threading.Event(), [], []

    def run(arguments):
        running.append(arguments[0])
        began.set()
        go.wait(10)
        return DONE

    jobs = Jobs(run)
    for number in (1, 2, 3):
        jobs.add(Job(number, [str(number)], lambda end, number=number: ended.append((number, end))))
    began.wait(10)
    assert running == ["1"]
    assert (jobs.progress(1), jobs.progress(2), jobs.progress(4)) == ("running", "queued", None)
    assert jobs.waiting() == 3
    go.set()
    jobs.join(10)
    assert ended == [(1, DONE), (2, DONE), (3, DONE)]
    assert jobs.waiting() == 0


def test_an_end_that_cannot_be_kept_stops_no_other():
    def lost(_end):
        raise OSError("no room")

    ended = []
    jobs = Jobs(lambda _arguments: DONE)
    jobs.add(Job(1, [], lost))
    jobs.join(10)
    jobs.add(Job(2, [], ended.append))
    jobs.join(10)
    assert ended == [DONE]


def test_a_child_that_takes_too_long_is_stopped():
    """Its code is none: it did not end by itself."""
    assert run_child(["report", "--help"], longest=0.0).code is None


def test_a_child_ends_with_its_service():
    """When the other end of standard input is closed, however the service ended."""
    script = (
        "import os, threading, time, console.papers.child as child\n"
        "threading.Thread(target=child._end_with_service, daemon=True).start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait(20) == -signal.SIGTERM
