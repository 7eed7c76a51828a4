"""Backup and restore: while everything runs, whole or refused, and never two rows with one place in the log."""

from __future__ import annotations

import contextlib
import sqlite3

import numpy as np
import pytest

from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.model import Batch, Registry
from qualicity.store import backup as backups
from qualicity.store import parquet
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger
from qualicity.store.verify import verify
from qualicity.testing import FakeClock, hourly

START = 1_451_577_600_000


def _batch(number):
    return Batch(hourly(Registry(), f"s{number}", "pm25", START, np.arange(20.0) + 100 * number, received=number))


def _values(store):
    return sorted(value for table in store.scan() for value in table["value"].tolist())


@pytest.fixture
def site(tmp_path):
    """Return a data folder with sealed, compacted and waiting rows, and a ledger."""
    folder = tmp_path / "site"
    folder.mkdir()
    with EmbeddedStore(folder, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        store.seal()
        store.compact()
        store.append(_batch(1))
        store.seal()
        store.append(_batch(2))
    Ledger(folder / "ledger.db", FakeClock(1)).close()
    (folder / "network.toml").write_text("", encoding="utf-8")
    return folder


def test_restored_is_what_was_backed_up_in_a_new_epoch(site, tmp_path):
    """Every row, verified; seq goes on, the epoch does not."""
    names = backups.backup(site, tmp_path / "copy")
    backups.restore(tmp_path / "copy", tmp_path / "new")

    assert {"journal.db", "ledger.db", "network.toml", "archive/manifest.jsonl"} <= set(names)
    with (
        EmbeddedStore(site, writer=False, clock=FakeClock(1)) as old,
        EmbeddedStore(tmp_path / "new", writer=True, clock=FakeClock(1)) as new,
    ):
        assert _values(new) == _values(old)
        assert new.verify() == []
        assert new.head().seq == old.head().seq
        assert new.head().epoch != old.head().epoch
        assert new.append(_batch(3)).seq == old.head().seq + 20


def test_positions_of_a_lost_future_are_refused(site, tmp_path):
    """What the backup has can be read as of its old positions; what came after it is not in the restored store.

    Also when the new rows have taken the same numbers, and after another restore, and without the journal's history.
    """
    with EmbeddedStore(site, writer=True, clock=FakeClock(1)) as old:
        kept = old.head()
        backups.backup(site, tmp_path / "copy")
        lost = old.append(_batch(8))
        old.seal()
    for source, folder in (("copy", "one"), ("copy 2", "two")):
        backups.restore(tmp_path / source, tmp_path / folder)
        with EmbeddedStore(tmp_path / folder, writer=True, clock=FakeClock(2)) as new:
            head = new.append(_batch(9 if folder == "one" else 10))
            new.seal()
            assert head == (new.head().epoch, lost.seq if folder == "one" else lost.seq + 20)
            assert _seqs(new.scan(as_of=kept)) == list(range(1, kept.seq + 1))
            with pytest.raises(IntegrityError, match=f"row {lost.seq} of epoch {lost.epoch}"):
                list(new.scan(as_of=lost))
            assert new.verify() == []
        with EmbeddedStore(tmp_path / folder, writer=False, clock=FakeClock(2)) as reader:
            assert len(_seqs(reader.scan(as_of=head))) == head.seq
        if folder == "one":
            first = head
            backups.backup(tmp_path / "one", tmp_path / "copy 2")
        else:
            with EmbeddedStore(tmp_path / "two", writer=False, clock=FakeClock(2)) as reader:
                assert _seqs(reader.scan(as_of=first)) == list(range(1, first.seq + 1))


def test_a_reader_of_a_restored_folder_needs_no_writer_before_it(site, tmp_path):
    """The new epoch is known from the journal until a writer records it."""
    with EmbeddedStore(site, writer=False, clock=FakeClock(1)) as old:
        kept = old.head()
    backups.backup(site, tmp_path / "copy")
    backups.restore(tmp_path / "copy", tmp_path / "new")

    with EmbeddedStore(tmp_path / "new", writer=False, clock=FakeClock(1)) as reader:
        assert _seqs(reader.scan(as_of=kept)) == _seqs(reader.scan()) == _seqs(reader.scan(as_of=reader.head()))
        with pytest.raises(IntegrityError):
            list(reader.scan(as_of=kept._replace(seq=kept.seq + 1)))


def _seqs(tables):
    return [seq for table in tables for seq in table["seq"].tolist()]


def test_an_interrupted_restore_holds_no_readings(site, tmp_path, monkeypatch):
    """The journal comes last: nobody takes half a site for a whole one."""
    backups.backup(site, tmp_path / "copy")
    copy = backups._copy

    def full(source, target):
        if source.name == "journal.db":
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(backups, "_copy", full)
    with pytest.raises(Retryable, match="No space left"):
        backups.restore(tmp_path / "copy", tmp_path / "new")

    with pytest.raises(UsageError, match="holds no readings yet"):
        EmbeddedStore(tmp_path / "new", writer=False, clock=FakeClock(1))


def test_a_backup_takes_no_file_that_is_not_what_was_written(site, tmp_path):
    """Flipped or missing: better no backup than one that hides the damage behind new digests."""
    path = next((site / "archive").glob("2016*.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    with pytest.raises(IntegrityError, match=path.name):
        backups.backup(site, tmp_path / "one")
    path.unlink()
    with pytest.raises(IntegrityError, match=path.name):
        backups.backup(site, tmp_path / "two")


@pytest.mark.parametrize("name", [
    "../outside", "archive/../../outside", "papers/../../outside", "/tmp/outside", "run/x", "..", ".",  # noqa: S108 - never written
])  # fmt: skip
def test_a_backup_names_no_file_outside(site, tmp_path, name):
    """A contents file made by a stranger writes nowhere else."""
    backups.backup(site, tmp_path / "copy")
    contents = tmp_path / "copy" / "backup.json"
    contents.write_text(contents.read_text("utf-8").replace('"network.toml"', f'"{name}"'), encoding="utf-8")

    with pytest.raises(IntegrityError, match="outside a data folder"):
        backups.restore(tmp_path / "copy", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_papers_that_were_published_and_texts_come_back_and_drafts_do_not(site, tmp_path):
    kept = ["1/annex/a.csv", "1/publication.json", "10/p.pdf", "text/foreword.zh.md"]
    for name in (*kept, "draft/p.html", "2.partial/p.html"):
        path = site / "papers" / "bulletin-x" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    (site / "papers" / "publish.lock").touch()
    backups.backup(site, tmp_path / "copy")
    backups.restore(tmp_path / "copy", tmp_path / "new")
    papers = tmp_path / "new" / "papers"
    found = {path.relative_to(papers).as_posix(): path.read_text("utf-8") for path in papers.rglob("*.*")}
    assert found == {f"bulletin-x/{name}": name for name in kept}
    (tmp_path / "copy" / "papers" / "bulletin-x" / "1" / "annex" / "a.csv").unlink()
    with pytest.raises(IntegrityError, match=r"a\.csv is not what was backed up"):
        backups.restore(tmp_path / "copy", tmp_path / "other")


def test_a_seal_in_the_middle_loses_nothing(site, tmp_path, monkeypatch):
    """Rows that arrive and are sealed between the copies of journal and archive have one place each."""
    copy = backups._copy_archive

    def seal_first(folder, target):
        with EmbeddedStore(folder, writer=True, clock=FakeClock(2)) as store:
            store.append(_batch(7))
            store.seal()
        return copy(folder, target)

    monkeypatch.setattr(backups, "_copy_archive", seal_first)
    backups.backup(site, tmp_path / "copy")
    backups.restore(tmp_path / "copy", tmp_path / "new")

    with EmbeddedStore(tmp_path / "new", writer=True, clock=FakeClock(3)) as new:
        assert len(_values(new)) == 80
        assert new.verify() == []
        new.append(_batch(8))
        seqs = [seq for table in new.scan() for seq in table["seq"].tolist()]
        assert sorted(set(seqs)) == seqs == list(range(1, 101))


def test_a_tampered_backup_is_refused(site, tmp_path):
    """The file is named, and nothing is restored."""
    backups.backup(site, tmp_path / "copy")
    path = next((tmp_path / "copy" / "archive").glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(IntegrityError, match=path.name):
        backups.restore(tmp_path / "copy", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_only_empty_folders_are_written_to(site, tmp_path):
    """Neither a backup nor a restore mixes with what is there; no backup of nothing."""
    with pytest.raises(UsageError, match="not empty"):
        backups.backup(site, site)
    backups.backup(site, tmp_path / "copy")
    with pytest.raises(UsageError, match="not empty"):
        backups.restore(tmp_path / "copy", site)
    with pytest.raises(UsageError, match="is no backup"):
        backups.restore(site, tmp_path / "new")
    with pytest.raises(UsageError, match="holds no readings"):
        backups.backup(tmp_path / "nothing", tmp_path / "other")


def test_a_full_disk_while_sealing_is_retryable(tmp_path, monkeypatch):
    """The rows stay in the journal, and the next seal takes them."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(1)) as store:
        store.append(_batch(0))
        with monkeypatch.context() as patch:
            patch.setattr(parquet, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
            with pytest.raises(Retryable, match="No space left"):
                store.seal()
        assert len(_values(store)) == 20

        assert store.seal() == 20

        assert store.verify() == []


def test_records_are_backed_up_beside_the_readings_or_alone(site, tmp_path):
    """With what was judged of them; restored, their filings are numbered in a new epoch."""
    (tmp_path / "office").mkdir()
    for folder in (site, tmp_path / "office"):
        for name in ("records.db", "targets.db"):
            with contextlib.closing(sqlite3.connect(folder / name)) as database, database:
                database.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
                database.execute("INSERT INTO meta VALUES ('epoch', 'old'), ('root', 'kept')")
        copy, new = tmp_path / f"copy of {folder.name}", tmp_path / f"new {folder.name}"
        assert {"records.db", "targets.db"} <= set(backups.backup(folder, copy))
        backups.restore(copy, new)
        assert (new / "journal.db").exists() == (folder / "journal.db").exists()
        for name, kept in (("records.db", False), ("targets.db", True)):
            with contextlib.closing(sqlite3.connect(new / name)) as database:
                values = dict(database.execute("SELECT key, value FROM meta"))
            assert values["root"] == "kept"
            assert (values["epoch"] == "old") is kept
        assert not list(new.glob("*.restoring"))
        assert verify(new).findings == []
