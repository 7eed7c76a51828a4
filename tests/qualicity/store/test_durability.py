"""Crashes, flipped bytes, full disks, two writers: nothing is lost, nothing is wrong without being said."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from qualicity.errors import InputError, IntegrityError, Retryable, UsageError
from qualicity.model import Batch, Registry
from qualicity.store.codec import digest
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.verify import verify
from qualicity.testing import FakeClock, hourly

START = 1_451_577_600_000


class _Crash(BaseException):
    """What kill -9 is to a process: nothing after it runs."""


def _batch(number):
    values = np.arange(50.0) + number * 100
    return Batch(hourly(Registry(), f"s{number}", "pm25", START + number * 86_400_000 * 20, values, received=number))


def _values(store):
    return sorted(value for table in store.scan() for value in table["value"].tolist())


def _expected(count):
    return sorted(float(value) for n in range(count) for value in _batch(n).observations["value"])


class _Steps:
    """Counts steps and crashes after one of them."""

    def __init__(self, crash_after=None):
        self.names = []
        self._crash_after = crash_after

    def __call__(self, name):
        self.names.append(name)
        if len(self.names) == self._crash_after:
            raise _Crash


def _history(store, clock, step):
    """Seal, compact, get late rows, compact again, sweep: all that upkeep does."""
    for number in range(3):
        store.append(_batch(number))
        store.seal(step=step)
    store.compact(step)
    store.append(_batch(0))
    store.append(_batch(3))
    store.seal(step=step)
    store.compact(step)
    clock.advance(2 * 86_400)
    store.compact(step)


def test_a_crash_after_any_step_is_repaired(tmp_path):
    """After each step of all upkeep: the next start finds every row once, goes on, and leaves nothing behind."""
    steps = _Steps()
    (tmp_path / "whole").mkdir()
    with EmbeddedStore(tmp_path / "whole", writer=True, clock=FakeClock(1)) as store:
        _history(store, store._clock, steps)
    assert set(steps.names) == {
        "file written", "file renamed", "seal recorded", "journal dropped",
        "months written", "compaction recorded", "file removed",
    }  # fmt: skip
    for number in range(1, len(steps.names) + 1):
        folder, clock = tmp_path / str(number), FakeClock(1)
        folder.mkdir()
        store = EmbeddedStore(folder, writer=True, clock=clock)
        with pytest.raises(_Crash):
            _history(store, clock, _Steps(number))
        kept = store.head().seq
        before = _values(store)
        store.close()

        with EmbeddedStore(folder, writer=True, clock=clock) as again:
            assert _values(again) == before
            assert len(before) == kept
            assert again.verify() == []
            again.append(_batch(9))
            again.seal()
            again.compact()
            clock.advance(2 * 86_400)
            again.compact()
            assert _values(again) == sorted([*before, *_batch(9).observations["value"].tolist()])
            assert again.verify() == []
            assert again.waiting() == 0
            left = {path.name for path in (folder / "archive").iterdir()}
            assert left == {"manifest.jsonl", *again._archive.manifest.files}


def test_a_crash_within_the_manifests_last_record_is_repaired(tmp_path):
    """Wherever the line was cut off, as long as the journal still holds its rows."""
    store = EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))
    store.append(_batch(0))
    with pytest.raises(_Crash):
        store.seal(step=_Steps(3))
    store.close()
    manifest = tmp_path / "archive" / "manifest.jsonl"
    whole = manifest.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for cut in range(last, len(whole), 17):
        for path, content in files.items():
            path.write_bytes(content)
        manifest.write_bytes(whole[:cut])

        with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(2)) as again:
            assert _values(again) == _expected(1)
            again.seal()
            assert _values(again) == _expected(1)
            assert again.verify() == []


def test_compaction_at_one_moment_never_takes_a_file_that_counts(tmp_path):
    """A clock that stands still gives no two files one name, and sweeping leaves what holds rows."""
    clock = FakeClock(1)
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as store:
        for number in (0, 3, 1, 0, 2):
            store.append(_batch(number))
            store.seal()
            store.compact()
        clock.advance(10 * 86_400)
        store.compact()

        assert len(_values(store)) == 250
        assert store.verify() == []


def test_compaction_takes_no_file_that_is_not_what_was_written(tmp_path):
    """Damage is not merged into new files with good digests."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        store.seal()
        (name,) = store._archive.manifest.files
        path = tmp_path / "archive" / name
        path.write_bytes(path.read_bytes() + b"x")

        with pytest.raises(IntegrityError, match=name):
            store.compact()

        assert [finding.where for finding in store.verify()] == [name]


KILLED = """
import sys, pathlib
from qualicity.store.embedded import EmbeddedStore
from qualicity.clock import SystemClock
from qualicity.store.verify import verify
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


def _flips(content, dice, count):
    """Yield (place, content with one bit flipped there), at the ends and at random."""
    for place in {0, len(content) - 1, *(dice.randrange(len(content)) for _ in range(count))}:
        yield place, content[:place] + bytes([content[place] ^ (1 << dice.randrange(8))]) + content[place + 1 :]


def test_verify_finds_any_flipped_byte_of_the_archive(tmp_path):
    """In any file that holds rows, in one that was replaced, in the manifest; the finding names the file."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        for number in range(3):
            store.append(_batch(number))
            store.seal()
        store.compact()
        store.append(_batch(3))
        store.seal()
        store.append(_batch(4))
        assert store.verify() == []
        live = set(store._archive.manifest.files)
    seed = 11
    print(f"seed {seed}")
    dice = random.Random(seed)
    files = sorted((tmp_path / "archive").iterdir())
    assert len(files) > len(live) + 1
    for path in files:
        content = path.read_bytes()
        for place, flipped in _flips(content, dice, 25):
            path.write_bytes(flipped)
            assert path.name in {finding.where for finding in verify(tmp_path).findings}, f"{path.name} byte {place}"
        path.write_bytes(content)
    assert verify(tmp_path).findings == []


def test_a_flipped_byte_of_the_journal_is_found_or_changes_nothing(tmp_path):
    """Anywhere in its file: either verification names the journal, or the rows and their texts are the same."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        for number in range(6):
            store.append(_batch(number))
        store._journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = _read(store)
    path = tmp_path / "journal.db"
    content = path.read_bytes()
    seed = 13
    print(f"seed {seed}")
    dice = random.Random(seed)
    found = 0
    for place, flipped in _flips(content, dice, int(os.environ.get("QUALICITY_EXAMPLES", "60")) * 5):
        for beside in tmp_path.glob("journal.db-*"):
            beside.unlink()
        path.write_bytes(flipped)
        findings = verify(tmp_path).findings
        if findings:
            assert {finding.where for finding in findings} == {"journal.db"}
            found += 1
            continue
        with EmbeddedStore(tmp_path, writer=False, clock=FakeClock(1)) as store:
            assert _read(store) == rows, f"byte {place}"
    assert found


def _read(store):
    """Return all rows; the detection limits, which are NaN, stand aside."""
    return [row for table in store.scan() for row in table.replace(detection_limit=table["value"]).rows()]


def test_a_batch_that_is_gone_from_the_journal_is_found(tmp_path):
    """The first, one in the middle, the last."""
    for gone in (1, 2, 3):
        folder = tmp_path / str(gone)
        folder.mkdir()
        with EmbeddedStore(folder, writer=True, clock=FakeClock(1)) as store:
            for number in range(3):
                store.append(_batch(number))
            store._journal._db.execute("DELETE FROM batches WHERE id = ?", (gone,))

            (finding,) = store.verify()

            assert finding.where == "journal.db"
            assert "missing" in finding.what or "the last that was given" in finding.what


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


def test_a_start_removes_only_what_the_store_writes(tmp_path):
    """Files of an interrupted step go; what somebody has put there stays."""
    EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)).close()
    for name in ("2016-01-00000009.parquet", "2016-01-00000009.tmp", "notes.txt"):
        (tmp_path / "archive" / name).touch()

    EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)).close()

    assert {path.name for path in (tmp_path / "archive").iterdir()} == {"manifest.jsonl", "notes.txt"}


def test_a_second_writer_is_refused(tmp_path):
    """Clear cause and mend; the first goes on."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        with pytest.raises(UsageError, match="another process is writing"):
            EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))
        store.append(_batch(0))
    EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)).close()


@contextlib.contextmanager
def _small_files(size):
    """Let no file grow beyond a size: what a full disk is to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)


def test_a_full_disk_keeps_nothing_of_a_batch_and_says_so(tmp_path):
    """Retryable with a mend; when there is room the same batch goes in."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        big = Batch(hourly(Registry(), "big", "pm25", START, np.random.default_rng(1).random(200_000)))
        with _small_files(300_000), pytest.raises(Retryable, match="cannot be used"):
            store.append(big)
        assert _values(store) == _expected(1)

        store.append(big)

        assert len(_values(store)) == 50 + 200_000
        assert store.verify() == []


def test_a_full_disk_while_sealing_leaves_the_rows_in_the_journal(tmp_path):
    """Retryable, no half file; when there is room the same rows are sealed."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(Batch(hourly(Registry(), "big", "pm25", START, np.random.default_rng(1).random(50_000))))
        with _small_files(100_000), pytest.raises(Retryable, match="cannot be written"):
            store.seal()
        assert store.waiting() == 50_000
        assert {path.name for path in (tmp_path / "archive").iterdir()} == {"manifest.jsonl"}

        assert store.seal() == 50_000

        with _small_files(8_000), pytest.raises(Retryable, match="cannot be written"):
            store.compact()
        assert len(list((tmp_path / "archive").iterdir())) == 2
        assert len(_values(store)) == 50_000
        store.compact()
        assert store.verify() == []


def test_a_text_that_is_no_unicode_spoils_only_its_own_batch(tmp_path):
    """A lone surrogate cannot be stored; the batches after it can."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        with pytest.raises(InputError, match="no Unicode"):
            store.append(Batch(hourly(Registry(), "\ud800", "pm25", START, [1.0])))
        store.append(_batch(0))
        assert _values(store) == _expected(1)
        assert store.verify() == []


def test_what_another_version_wrote_is_refused(tmp_path):
    """A journal or a manifest that this version does not know is not guessed at."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        store._archive.manifest._take = lambda _: None
        store._archive.manifest.append({"kind": "later", "adds": [], "removes": []})
    with pytest.raises(IntegrityError, match="unknown kind of record 'later'"):
        EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as database, database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(UsageError, match="schema 99"):
        EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1))


def test_a_journal_of_the_schema_before_is_taken_on_by_its_writer(tmp_path):
    """Its rows are as they were; the older program, which could not read what comes now, refuses it."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        before = [digest(rows) for rows in store.tail(0)]
    for writer, schema in ((False, "1"), (True, "2")):
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as database, database:
            database.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
        with EmbeddedStore(tmp_path, writer=writer, clock=FakeClock(1)) as store:
            assert [digest(rows) for rows in store.tail(0)] == before
        with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as database:
            assert database.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (schema,)


def test_a_reader_of_an_empty_folder_is_told(tmp_path):
    """No readings yet is not an empty answer."""
    with pytest.raises(UsageError, match="holds no readings yet"):
        EmbeddedStore(tmp_path, writer=False, clock=FakeClock(1))
