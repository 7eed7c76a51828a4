"""What happens at the same time: readers, verification and backup beside a writer that seals and compacts."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from qualicity.errors import Retryable
from qualicity.model import Batch, Observations, Registry
from qualicity.store import verify as verification
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.manifest import Manifest, epoch_record
from qualicity.testing import FakeClock, hourly

START = 1_451_577_600_000

WRITER = """
import pathlib, sys
import numpy as np
from qualicity.clock import SystemClock
from qualicity.model import Batch, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import hourly
with EmbeddedStore(pathlib.Path(sys.argv[1]), writer=True, clock=SystemClock()) as store:
    for n in range(int(sys.argv[2])):
        rows = hourly(Registry(), f"s{n % 7}", f"p{n}", n * 86_400_000, np.arange(10.0) + n * 10, device_flag=f"f{n}")
        store.append(Batch(rows))
        if n == 0:
            print("ready", flush=True)
        if n % 3 == 0:
            store.seal()
        if n % 20 == 0:
            store.compact()
"""


def test_readers_in_other_processes_see_whole_batches_in_order(tmp_path):
    """While a process appends, seals and compacts: every scan is a prefix of the log, longer than the one before.

    Nothing is missing, twice, or under another's name; following by tail gives the same; verification finds nothing.
    """
    batches = 120
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), str(batches)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        followed, before = [], 0
        with EmbeddedStore(tmp_path, writer=False, clock=FakeClock(1)) as reader:
            while before < batches * 10:
                rows = [row for table in reader.scan() for row in table.rows()]
                assert [(row["seq"], row["value"]) for row in rows] == [(n + 1, float(n)) for n in range(len(rows))]
                assert all(
                    row["parameter"] == f"p{n // 10}" == "p" + row["device_flag"][1:] for n, row in enumerate(rows)
                )
                assert len(rows) >= before
                assert len(rows) % 10 == 0
                before = len(rows)
                followed += [seq for table in reader.tail(len(followed), limit=37) for seq in table["seq"].tolist()]
                assert verification.verify(tmp_path).findings == []
            while more := [seq for table in reader.tail(len(followed)) for seq in table["seq"].tolist()]:
                followed += more
        assert process.wait() == 0
    assert followed == list(range(1, batches * 10 + 1))


def test_a_record_that_comes_while_the_manifest_is_read_is_no_broken_one(tmp_path):
    """Verification runs beside the part that seals: only a line without its end is broken."""
    path = tmp_path / "manifest.jsonl"
    writer, reader = Manifest(path), Manifest(path)
    writer.append(epoch_record("e1", 1, 0))
    reader.refresh()
    writer.append(epoch_record("e2", 1, 1))
    assert reader.complete()
    with path.open("ab") as file:
        file.write(b'{"kind"')
    assert not reader.complete()


def _between(store, monkeypatch, act):
    """Let something happen once, between a store's look at the journal and its look at the manifest."""
    manifest = store._archive.manifest
    look = manifest.refresh

    def look_late():
        monkeypatch.setattr(manifest, "refresh", look)
        act()
        look()

    monkeypatch.setattr(manifest, "refresh", look_late)


def test_texts_that_a_reader_meets_first_in_the_archive_keep_their_names(tmp_path, monkeypatch):
    """A batch is committed and sealed while a reader looks: its new texts are archived, but not in the snapshot."""
    clock = FakeClock(1)

    def batch(*stations):
        registry = Registry()
        parts = [hourly(registry, name, "pm25", START, [float(n)], device_flag=name) for n, name in enumerate(stations)]
        return Batch(Observations.concatenate(parts, registry))

    with (
        EmbeddedStore(tmp_path, writer=True, clock=clock) as writer,
        EmbeddedStore(tmp_path, writer=False, clock=clock) as reader,
    ):

        def seal_more():
            writer.append(batch("z", "a"))
            writer.append(batch("only", "in", "the", "archive"))
            writer.seal()

        _between(reader, monkeypatch, seal_more)
        seen = [row["station"] for table in reader.scan() for row in table.rows()]
        assert seen == ["z", "a", "only", "in", "the", "archive"]

        writer.append(batch("later", "a", "last"))

        rows = [row for table in reader.scan() for row in table.rows()]
        assert [row["station"] for row in rows] == [*seen, "later", "a", "last"]
        assert [row["device_flag"] for row in rows] == [*seen, "later", "a", "last"]
        assert {(row["parameter"], row["unit"], row["source"]) for row in rows} == {("pm25", "ug/m3", "test")}


def test_sealing_during_verification_is_no_finding(tmp_path, numbered, monkeypatch):
    """Rows that leave the journal between the two looks have arrived in the archive."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(numbered.batch(0))
        look = verification._sealed

        def seal_first(folder):
            store.seal()
            store.append(numbered.batch(1))
            return look(folder)

        monkeypatch.setattr(verification, "_sealed", seal_first)

        assert store.verify() == []


def test_a_record_that_was_not_made_durable_is_replaced_for_readers_too(tmp_path, numbered, monkeypatch):
    """A reader has seen a record whose fsync failed; the writer tries again with more rows; both go on."""
    clock = FakeClock(1)
    with (
        EmbeddedStore(tmp_path, writer=True, clock=clock) as writer,
        EmbeddedStore(tmp_path, writer=False, clock=clock) as reader,
    ):
        writer.append(numbered.batch(0))

        def look():
            assert numbered.held(reader.scan()) == numbered.expected(1)
            assert len(reader._archive.manifest.seals) == 1

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _failing_at(3, look))  # after the sealed file's and its folder's, the manifest's
            with pytest.raises(Retryable, match="Input/output error"):
                writer.seal()
        assert {path.name for path in (tmp_path / "archive").iterdir()} == {"manifest.jsonl"}
        assert numbered.held(reader.scan()) == numbered.expected(1)
        writer.append(numbered.batch(1))
        clock.advance(1)

        assert writer.seal() == 100

        assert numbered.held(writer.scan()) == numbered.expected(2)
        assert numbered.held(reader.scan()) == numbered.expected(2)
        assert writer.verify() == []


def _failing_at(number, meanwhile):
    """Return a stand-in for fsync whose call of that number fails, after what happens meanwhile."""
    calls = itertools.count(1)

    def fsync(_descriptor):
        if next(calls) == number:
            meanwhile()
            raise OSError(5, "Input/output error")

    return fsync


def test_a_record_that_the_disk_took_half_of_is_replaced(tmp_path, numbered):
    """What a full disk left at the end of the manifest does not spoil the record that comes next."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(numbered.batch(0))
        with (tmp_path / "archive" / "manifest.jsonl").open("ab") as manifest:
            manifest.write(b'{"adds":[{"fir')

        store.seal()

        assert store.verify() == []
        assert numbered.held(store.scan()) == numbered.expected(1)


def test_stores_of_different_codes_agree(tmp_path):
    """A batch coded by the store's registry, by another's, and by a registry with texts nobody else has."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.registry.code("never used")
        store.append(Batch(hourly(store.registry, "s1", "pm25", START, np.arange(3.0))))
        other = Registry(["", *(f"x{n}" for n in range(50))])
        store.append(Batch(hourly(other, "s2", "pm25", START, np.arange(3.0))))
        with EmbeddedStore(tmp_path, writer=False, clock=FakeClock(1)) as reader:
            assert [row["station"] for table in reader.scan() for row in table.rows()] == ["s1"] * 3 + ["s2"] * 3
            assert reader.registry.find("never used") is None
            assert reader.registry.find("x7") is None
