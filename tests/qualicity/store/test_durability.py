"""Crashes, flipped bytes, full disks, two writers: nothing is lost, nothing is wrong without being said."""

from __future__ import annotations

import itertools
import os
import random
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest

from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.model import Batch, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, hourly

START = 1_451_577_600_000
SEAL_STEPS = ("file written", "file renamed", "seal recorded", "journal dropped")
COMPACT_STEPS = ("file written", "file renamed", "months written", "compaction recorded")


class _Crash(BaseException):
    """What kill -9 is to a process: nothing after it runs."""


def _crash_at(name):
    def step(reached):
        if reached == name:
            raise _Crash

    return step


def _batch(number):
    values = np.arange(50.0) + number * 100
    return Batch(hourly(Registry(), f"s{number}", "pm25", START + number * 86_400_000 * 20, values, received=number))


def _values(store):
    return sorted(value for table in store.scan() for value in table["value"].tolist())


def _expected(count):
    return sorted(float(value) for n in range(count) for value in _batch(n).observations["value"])


@pytest.mark.parametrize("name", SEAL_STEPS)
def test_a_crash_between_two_steps_of_sealing_is_repaired(tmp_path, name):
    """The next start finds every row once, and can go on sealing."""
    clock = FakeClock(1)
    store = EmbeddedStore(tmp_path, writer=True, clock=clock)
    store.append(_batch(0))
    store.append(_batch(1))
    with pytest.raises(_Crash):
        store.seal(step=_crash_at(name))
    store.close()

    with EmbeddedStore(tmp_path, writer=True, clock=clock) as again:
        assert _values(again) == _expected(2)
        again.append(_batch(2))
        again.seal()
        assert _values(again) == _expected(3)
        assert again.verify() == []
        assert again.waiting() == 0


@pytest.mark.parametrize("name", COMPACT_STEPS)
def test_a_crash_between_two_steps_of_compaction_is_repaired(tmp_path, name):
    """Before the record the old files count, after it the new ones; orphans go."""
    clock = FakeClock(1)
    store = EmbeddedStore(tmp_path, writer=True, clock=clock)
    for number in range(3):
        store.append(_batch(number))
        store.seal()
    with pytest.raises(_Crash):
        store.compact(step=_crash_at(name))
    store.close()

    with EmbeddedStore(tmp_path, writer=True, clock=clock) as again:
        assert _values(again) == _expected(3)
        clock.advance(10)
        again.compact()
        clock.advance(2 * 86_400)
        again.compact()
        assert _values(again) == _expected(3)
        assert again.verify() == []
        left = {path.name for path in (tmp_path / "archive").iterdir()}
        assert left == {"manifest.jsonl", *again._archive.manifest.files}


KILLED = """
import sys, pathlib
from qualicity.store.embedded import EmbeddedStore
from qualicity.clock import SystemClock
from qualicity.testing import hourly
from qualicity.model import Batch, Registry
import numpy as np
store = EmbeddedStore(pathlib.Path(sys.argv[1]), writer=True, clock=SystemClock())
first = store.head().seq // 10
for number in range(first, 100000):
    store.append(Batch(hourly(Registry(), "s", "pm25", number * 36_000_000, np.arange(10.) + number * 10, received=1)))
    print(number, flush=True)
    store.seal(rows=200)
    if number % 50 == 0:
        store.compact()
"""


def test_kill_9_at_any_moment_loses_no_acknowledged_row(tmp_path):
    """A real process, really killed, again and again: what it said is kept is there, once, in order."""
    seed = 7
    print(f"seed {seed}")
    dice = random.Random(seed)
    acknowledged = -1
    for _ in range(int(os.environ.get("QUALICITY_KILLS", "4"))):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
            lines = list(itertools.islice(process.stdout, dice.randrange(20, 200)))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        acknowledged = int([line for line in lines if line.endswith(b"\n")][-1])

        with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
            values = [value for table in store.scan() for value in table["value"].tolist()]
            assert values == [float(n) for n in range(len(values))]
            assert len(values) >= (acknowledged + 1) * 10
            assert store.verify() == []


def test_verify_finds_any_flipped_byte(tmp_path):
    """In any file of the archive, in the manifest, in the journal."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        for number in range(3):
            store.append(_batch(number))
            store.seal()
        store.compact()
        store.append(_batch(3))
        store.seal()
        store.append(_batch(4))
        assert store.verify() == []
        live = [tmp_path / "archive" / name for name in store._archive.manifest.files]
    seed = 11
    print(f"seed {seed}")
    dice = random.Random(seed)
    for path in [*live, tmp_path / "archive" / "manifest.jsonl"]:
        content = path.read_bytes()
        places = {0, len(content) - 1, *(dice.randrange(len(content)) for _ in range(25))}
        for place in places:
            path.write_bytes(
                content[:place] + bytes([content[place] ^ (1 << dice.randrange(8))]) + content[place + 1 :]
            )
            assert _findings(tmp_path), f"{path.name} byte {place}"
        path.write_bytes(content)
    assert not _findings(tmp_path)


def _findings(folder):
    try:
        with EmbeddedStore(folder, writer=False, clock=FakeClock(1)) as store:
            return store.verify()
    except IntegrityError as error:
        return [error.cause]


def test_a_flipped_byte_in_a_journal_batch_is_found(tmp_path):
    """Each batch carries its checksum."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        (body,) = store._journal._db.execute("SELECT body FROM batches").fetchone()
        store._journal._db.execute("UPDATE batches SET body = ?", (body[:20] + bytes([body[20] ^ 1]) + body[21:],))

        assert [finding.where for finding in store.verify()] == ["journal.db"]


def test_a_missing_file_is_found_and_nothing_is_removed(tmp_path):
    """When the manifest has lost records, a start refuses instead of tidying the evidence away."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        store.seal()
        store.append(_batch(1))
    manifest = tmp_path / "archive" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-1])
    files = sorted(path.name for path in (tmp_path / "archive").iterdir())

    with pytest.raises(IntegrityError, match="neither in the journal"):
        EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))

    assert sorted(path.name for path in (tmp_path / "archive").iterdir()) == files


def test_a_second_writer_is_refused(tmp_path):
    """Clear cause and mend; the first goes on."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        with pytest.raises(UsageError, match="another process is writing"):
            EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))
        store.append(_batch(0))
    EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)).close()


def test_a_full_disk_keeps_nothing_of_a_batch_and_says_so(tmp_path):
    """Retryable with a mend; when there is room the same batch goes in."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        big = Batch(hourly(Registry(), "big", "pm25", START, np.random.default_rng(1).random(200_000)))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            with pytest.raises(Retryable, match="cannot be used"):
                store.append(big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, previous)
        assert _values(store) == _expected(1)

        store.append(big)

        assert len(_values(store)) == 50 + 200_000
        assert store.verify() == []


def test_a_reader_of_an_empty_folder_is_told(tmp_path):
    """No readings yet is not an empty answer."""
    with pytest.raises(UsageError, match="holds no readings yet"):
        EmbeddedStore(tmp_path, writer=False, clock=FakeClock(1))
