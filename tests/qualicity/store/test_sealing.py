"""Two processes at one store: one appends, one seals. Whatever happens to either, every row is there, once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from qualicity.errors import Retryable, UsageError
from qualicity.model import Batch, Observations, Position, Registry
from qualicity.store import embedded, sealing
from qualicity.store.backup import backup, restore
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.journal import NAME
from qualicity.testing import FakeClock, hourly


def _intake(folder, **given):
    return EmbeddedStore(folder, writer=True, sealing=False, clock=FakeClock(1), **given)


def _owner(folder, clock=None, **given):
    return EmbeddedStore(folder, writer=False, sealing=True, clock=clock or FakeClock(1), **given)


def _reader(folder):
    return EmbeddedStore(folder, writer=False, clock=FakeClock(1))


NEVER = 0


class _Crash(BaseException):
    """What kill -9 is to a process: nothing after it runs."""


class _Beside:
    """After one step of the owner: the intake begins anew and appends, a reader sees every row once, the owner dies."""

    def __init__(self, folder, numbered, crash_after):
        self.names = []
        self.count = 0
        self.intake = _intake(folder)
        self._folder = folder
        self._numbered = numbered
        self._crash_after = crash_after

    def append(self):
        self.intake.append(self._numbered.batch(self.count))
        self.count += 1

    def check(self):
        with _reader(self._folder) as reader:
            assert self._numbered.held(reader.scan()) == self._numbered.expected(self.count)
            assert self._numbered.held(reader.tail(0)) == self._numbered.expected(self.count)
            assert reader.verify() == []

    def __call__(self, name):
        self.names.append(name)
        if len(self.names) == self._crash_after:
            self.intake.close()
            self.intake = _intake(self._folder)
            self.append()
            self.check()
            raise _Crash


def _upkeep(owner, clock, beside):
    """Seal, compact, seal again, compact, sweep."""
    for _ in range(2):
        beside.append()
        owner.seal(step=beside)
        owner.compact(beside)
    clock.advance(2 * 86_400)
    owner.compact(beside)


def test_the_owner_may_crash_after_any_step_beside_an_intake_that_begins_anew(tmp_path, numbered):
    """The intake never waits for the owner, the next owner mends all, and no row is lost or there twice."""
    (tmp_path / "whole").mkdir()
    clock, whole = FakeClock(1), _Beside(tmp_path / "whole", numbered, NEVER)
    with whole.intake, _owner(tmp_path / "whole", clock) as owner:
        _upkeep(owner, clock, whole)
    assert set(whole.names) == {
        "file written", "file renamed", "seal recorded", "journal dropped",
        "months written", "compaction recorded", "file removed",
    }  # fmt: skip
    every = range(1, len(whole.names) + 1)
    first = [whole.names.index(name) + 1 for name in dict.fromkeys(whole.names)]
    for number in every if os.environ.get("QUALICITY_KILLS") else first:
        folder, clock = tmp_path / str(number), FakeClock(1)
        folder.mkdir()
        beside = _Beside(folder, numbered, number)
        with contextlib.ExitStack() as opened:
            opened.callback(lambda: beside.intake.close())  # noqa: PLW0108, B023 - the one that is open then
            with pytest.raises(_Crash), _owner(folder, clock) as owner:
                _upkeep(owner, clock, beside)
            beside.append()
            with _owner(folder, clock) as owner:
                beside.check()
                owner.seal()
                beside.append()
                owner.seal()
                owner.compact()
                clock.advance(2 * 86_400)
                owner.compact()
                beside.check()
                assert owner.waiting() == 0
                left = {path.name for path in (folder / "archive").iterdir()}
                assert left == {"manifest.jsonl", *owner._archive.manifest.files}


def test_what_a_dead_owner_left_is_not_touched_by_an_intake(tmp_path, numbered):
    """A half file and a half record may be those of an owner at work: only the next owner removes them."""
    with _intake(tmp_path) as intake:
        intake.append(numbered.batch(0))
        with _owner(tmp_path) as owner:
            owner.seal()
    archive = tmp_path / "archive"
    (archive / "1.tmp").write_bytes(b"half")
    with (archive / "manifest.jsonl").open("ab") as manifest:
        manifest.write(b'{"adds":[')
    before = {path: path.read_bytes() for path in archive.iterdir()}

    with _intake(tmp_path) as intake:
        intake.append(numbered.batch(1))
        assert {path: path.read_bytes() for path in archive.iterdir()} == before

    with _owner(tmp_path) as owner:
        assert not (archive / "1.tmp").exists()
        assert numbered.held(owner.scan()) == numbered.expected(2)
        assert owner.verify() == []


def test_one_process_seals(tmp_path, numbered):
    """A second owner is refused; a writer takes the archive when nobody has it, and else leaves it alone."""
    with _intake(tmp_path) as intake:
        intake.append(numbered.batch(0))
    with _owner(tmp_path), pytest.raises(UsageError, match="another process seals"):
        _owner(tmp_path)
    with _owner(tmp_path) as owner, EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as writer:
        assert writer.seal() == 0
        assert writer.compact() == []
        assert owner.seal() == 50
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as writer:
        writer.append(numbered.batch(1))
        assert writer.seal() == 50


def test_an_owner_waits_for_a_journal(tmp_path):
    """There is nothing to seal before anything was appended."""
    with pytest.raises(UsageError, match="holds no readings yet"):
        _owner(tmp_path)


RUN = """
import pathlib, sys, threading
import numpy as np
from qualicity.clock import SystemClock
from qualicity.errors import UsageError
from qualicity.model import Batch, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import hourly
folder, sealing = pathlib.Path(sys.argv[1]), sys.argv[2] == "seal"
store = EmbeddedStore(folder, writer=not sealing, sealing=sealing, clock=SystemClock())
print("ready", flush=True)
for number in range(100000):
    if sealing:
        store.seal(rows=200)
        if number % 7 == 6:
            store.compact()
    else:
        n = store.head().seq // 10
        rows = hourly(Registry(), "s", "pm25", n * 36_000_000, np.arange(10.) + n * 10, received=1)
        store.append(Batch(rows))
        print(n, flush=True)
"""


class _Process:
    """One of the two, as a process that can be killed."""

    def __init__(self, folder, role):
        self.role = role
        self._command = [sys.executable, "-c", RUN, str(folder), role]
        self.output = b""
        self.start()

    def start(self):
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        output = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()
        self.output = output or self.output


def test_kill_9_of_either_at_any_moment_loses_no_acknowledged_row(tmp_path):
    """Real processes, killed in random order while readers look: what intake said is kept is there, once, in order."""
    seed = int(os.environ.get("QUALICITY_SEED", "11"))
    print(f"seed {seed}")
    dice = random.Random(seed)
    processes = [_Process(tmp_path, role) for role in ("append", "seal")]
    for _ in range(int(os.environ.get("QUALICITY_KILLS", "2"))):
        time.sleep(dice.uniform(0.05, 0.4))
        victim = dice.choice(processes)
        victim.kill()
        with _reader(tmp_path) as reader:
            values = [value for table in reader.scan() for value in table["value"].tolist()]
            assert values == [float(n) for n in range(len(values))]
        victim.start()
    for process in processes:
        process.kill()
    acknowledged = max((int(line) for line in processes[0].output.split(b"\n")[:-1]), default=-1)

    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        values = [value for table in store.scan() for value in table["value"].tolist()]
        assert values == [float(n) for n in range(len(values))]
        assert len(values) >= (acknowledged + 1) * 10
        assert store.verify() == []


# epochs


def test_a_restored_store_may_be_appended_to_before_anybody_seals(tmp_path, numbered):
    """The new epoch begins with the first row that it was given, not with those that wait when the owner comes."""
    site = tmp_path / "site"
    site.mkdir()
    with _intake(site) as intake, _owner(site) as owner:
        intake.append(numbered.batch(0))
        owner.seal()
        before = intake.append(numbered.batch(1))
        backup(site, tmp_path / "backup")
        lost = intake.append(numbered.batch(2))
    new = tmp_path / "new"
    restore(tmp_path / "backup", new)

    with _intake(new) as intake:
        after = intake.append(numbered.batch(2))
        assert after == Position(intake.head().epoch, lost.seq)
        assert after.epoch != before.epoch
        for owned in (False, True):
            with _owner(new) if owned else contextlib.nullcontext(intake) as reader:
                assert numbered.held(reader.scan(as_of=before)) == numbered.expected(2)
                assert numbered.held(reader.scan(as_of=after)) == numbered.expected(3)
                with pytest.raises(Exception, match="not in this store"):
                    list(reader.scan(as_of=lost))
        with _owner(new) as owner:
            owner.seal()
            assert owner._archive.manifest.epochs[-1].first == before.seq + 1
            assert owner.verify() == []


def test_an_archive_that_is_newer_than_its_journal_gives_no_seq_twice(tmp_path, numbered):
    """A folder whose journal was put back: the intake alone goes on behind the archive's end."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(numbered.batch(0))
    old = (tmp_path / NAME).read_bytes()
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(numbered.batch(1))
        store.seal()
    (tmp_path / NAME).write_bytes(old)

    with _intake(tmp_path) as intake:
        intake.append(numbered.batch(2))
    with _owner(tmp_path) as owner:
        owner.seal()
        assert numbered.held(owner.scan()) == numbered.expected(3)
        assert owner.verify() == []


def test_a_journal_of_an_older_version_is_taken(tmp_path, numbered):
    """It does not say where its epoch begins: the manifest does, or else it begins with what comes."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        first = store.append(numbered.batch(0))
    with contextlib.closing(sqlite3.connect(tmp_path / NAME)) as database, database:
        database.execute("DELETE FROM meta WHERE key = 'epoch_first'")
    with _reader(tmp_path) as reader:
        assert numbered.held(reader.scan(as_of=first)) == numbered.expected(1)
    with _intake(tmp_path) as intake, _owner(tmp_path) as owner:
        intake.append(numbered.batch(1))
        assert numbered.held(owner.scan(as_of=first)) == numbered.expected(1)
        assert owner._archive.manifest.epochs[-1].first == 1


# back-pressure


def test_appending_stops_while_too_many_rows_wait_and_goes_on_when_they_are_sealed(tmp_path, numbered):
    """The limit counts what waits, not what has ever come; nothing of a refused batch is kept."""
    with _intake(tmp_path, most_rows=100) as intake:
        intake.append(numbered.batch(0))
        intake.append(numbered.batch(1))
        for _ in range(2):
            with pytest.raises(Retryable, match="sealing has fallen behind or fails: 100 rows wait"):
                intake.append(numbered.batch(2))
        with _owner(tmp_path) as owner:
            owner.seal()
            intake.append(numbered.batch(2))
            assert numbered.held(owner.scan()) == numbered.expected(3)


def test_dead_letters_are_kept_while_rows_wait(tmp_path, numbered):
    """They are few, and have a limit of their own."""
    with _intake(tmp_path, most_rows=1) as intake:
        intake.append(numbered.batch(0))
        intake.append(Batch(Observations.build(Registry(), 0)))
        with pytest.raises(Retryable):
            intake.append(numbered.batch(1))


def test_a_batch_larger_than_the_limit_is_taken_when_nothing_waits(tmp_path, numbered):
    """Else it would never be."""
    with _intake(tmp_path, most_rows=10) as intake:
        assert intake.append(numbered.batch(0)).seq == 50


def test_appending_leaves_the_reserve_of_the_disk_to_sealing(tmp_path, numbered, monkeypatch):
    """It stops when little is free, but goes on where the journal's own file has room again."""
    free = [1000]
    monkeypatch.setattr(embedded, "free_bytes", lambda _: free[0])
    monkeypatch.setattr(embedded, "_ROOM", 1 << 16)
    big = Batch(hourly(Registry(), "big", "pm25", 0, np.random.default_rng(1).random(50_000)))
    with _intake(tmp_path, reserve=1000) as intake, _owner(tmp_path) as owner:
        intake.append(big)
        free[0] = 999
        with pytest.raises(Retryable, match="less than 1,000 bytes are free"):
            intake.append(numbered.batch(0))

        owner.seal()
        intake.append(numbered.batch(0))

        free[0] = 1000
        intake.append(big)
        free[0] = 999
        with pytest.raises(Retryable):
            intake.append(big)


def test_sealing_makes_do_with_little_room(tmp_path, numbered, monkeypatch):
    """Where a large file does not fit, a small one is written: it makes room in the journal."""
    monkeypatch.setattr(sealing, "_SEAL_ROWS", 400)
    monkeypatch.setattr(sealing, "_LEAST_ROWS", 50)
    with _intake(tmp_path) as intake, _owner(tmp_path) as owner:
        for number in range(8):
            intake.append(numbered.batch(number))
        seal = owner._archive.seal

        def full(rows, *rest):
            if len(rows) > 100:
                raise OSError(28, "No space left on device")
            seal(rows, *rest)

        monkeypatch.setattr(owner._archive, "seal", full)
        assert owner.seal() == 400
        assert [file.rows for file in owner._archive.manifest.files.values()] == [100] * 4
        assert numbered.held(owner.scan()) == numbered.expected(8)

        def fuller(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(owner._archive, "seal", fuller)
        intake.append(numbered.batch(8))
        with pytest.raises(Retryable, match="No space left"):
            owner.seal()


def test_what_a_full_disk_kept_from_being_forgotten_is_forgotten_later(tmp_path, numbered, monkeypatch):
    """Rows that are sealed and still in the journal count once, and leave it at the next look."""
    with _intake(tmp_path) as intake, _owner(tmp_path) as owner:
        intake.append(numbered.batch(0))
        with monkeypatch.context() as patch:
            patch.setattr(owner._journal, "drop", _full)
            with pytest.raises(Retryable):
                owner.seal()
        assert numbered.held(owner.scan()) == numbered.expected(1)
        assert owner.waiting() == 50

        assert owner.seal(rows=1_000_000, age=1e9) == 0

        assert owner.waiting() == 0
        assert owner.verify() == []


def _full(*_):
    raise Retryable("database or disk is full")


def test_what_is_sealed_is_forgotten_in_pieces(tmp_path, numbered, monkeypatch):
    """Between two pieces whoever commits gets its turn."""
    monkeypatch.setattr("qualicity.store.journal._PIECE_BATCHES", 3)
    with _intake(tmp_path) as intake, _owner(tmp_path) as owner:
        for number in range(8):
            intake.append(numbered.batch(number))
        turns = []

        def turn():
            intake.append(numbered.batch(8 + len(turns)))
            turns.append(owner.waiting())

        owner._sealing._rest = turn
        owner.seal()
        assert turns == [6 * 50, 4 * 50, 3 * 50]
        assert numbered.held(owner.scan()) == numbered.expected(11)


# what intake holds

IMPORTS = """
import sys
import console.commands.serve, console.parts.collector
from console.site import open_site
from pathlib import Path
with open_site(Path(sys.argv[1]), create=True, writer=True, sealing=False) as site:
    site.store.head()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    print("pyarrow" in sys.modules, pages * 4096 >> 20)
"""


def test_intake_needs_no_arrow(tmp_path):
    """Which would take a third of its memory for nothing."""
    ran = subprocess.run([sys.executable, "-c", IMPORTS, str(tmp_path)], capture_output=True, text=True, check=True)
    arrow, megabytes = ran.stdout.split()
    assert arrow == "False"
    assert int(megabytes) < 110
