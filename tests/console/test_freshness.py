"""Freshness: another token as soon as anything has changed that pages show, and none before."""

from __future__ import annotations

import os
import sqlite3

import pytest

from console.freshness import WATCHED, Freshness
from qualicity.heartbeat import STALE_MS, beat
from qualicity.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1_000_000)


@pytest.fixture
def watched(tmp_path, clock):
    """Return (folder, freshness) of a folder with every database."""
    for name in WATCHED:
        _commit(tmp_path / name, 0)
    freshness = Freshness(tmp_path, clock)
    yield tmp_path, freshness
    freshness.close()


def _commit(path, value):
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    with db:
        db.execute("CREATE TABLE IF NOT EXISTS t (v)")
        db.execute("INSERT INTO t VALUES (?)", (value,))
    db.close()


@pytest.mark.parametrize("name", WATCHED)
def test_a_commit_changes_the_token_once(watched, name):
    """Of any of the databases, by any process; without one it stays."""
    folder, freshness = watched
    before = freshness.token()
    assert freshness.token() == before

    _commit(folder / name, 1)

    after = freshness.token()
    assert after != before
    assert freshness.token() == after


def test_a_database_that_appears_goes_or_is_restored_changes_the_token(watched, tmp_path):
    """What a new file says of commits is not compared with what the old one said."""
    folder, freshness = watched
    seen = [freshness.token()]
    other = tmp_path / "other"
    _commit(other, 5)
    for act in (
        lambda: other.replace(folder / "records.db"),
        (folder / "records.db").unlink,
        lambda: _commit(folder / "records.db", 1),
        lambda: _commit(folder / "records.db", 2),
    ):
        act()
        seen.append(freshness.token())
        assert freshness.token() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_a_broken_database_is_told_once_and_so_is_its_mending(watched, tmp_path):
    """A file that is none makes no noise each second."""
    folder, freshness = watched
    before = freshness.token()
    (tmp_path / "broken").write_bytes(b"no database at all" * 100)
    (tmp_path / "broken").replace(folder / "records.db")
    broken = freshness.token()
    assert broken != before
    assert freshness.token() == broken
    (folder / "records.db").unlink()
    _commit(folder / "records.db", 1)
    assert freshness.token() not in {before, broken}


def test_files_that_people_write_and_papers_change_the_token(watched):
    """The network, rules, a paper's new issue, an editor's text, a sealed file."""
    folder, freshness = watched
    seen = [freshness.token()]
    made_one_by_one = ("network.toml", "papers/", "papers/a/", "papers/a/1/", "papers/a/text/", "papers/a/text/x.md")
    for made in (*made_one_by_one, "archive/"):
        path = folder / made
        path.mkdir() if made.endswith("/") else path.write_text("x")
        if made != "archive/":
            seen.append(freshness.token())
    (folder / "archive" / "manifest.jsonl").write_text("{}")
    seen.append(freshness.token())
    os.utime(folder / "network.toml", ns=(1, 1))
    seen.append(freshness.token())
    assert len(set(seen)) == len(seen)


def test_of_the_parts_only_whether_they_are_well_counts(watched, clock):
    """Each second's sign of life is none; silence is, without anything written."""
    folder, freshness = watched
    seen = [freshness.token()]
    beat(folder, "collector", clock.now(), ready=True, state="", counters={})
    seen.append(freshness.token())
    clock.time += 1000
    beat(folder, "collector", clock.now(), ready=True, state="busy", counters={"committed": 5})
    assert freshness.token() == seen[-1]
    clock.time += STALE_MS
    seen.append(freshness.token())
    beat(folder, "collector", clock.now(), ready=False, state="", counters={})
    assert freshness.token() == seen[-1]  # silent or not ready: not well
    assert len(set(seen)) == len(seen)


def test_another_process_gives_other_tokens(watched, clock):
    """What a client kept of the process before is never taken for today's."""
    folder, freshness = watched
    other = Freshness(folder, clock)
    assert other.token() != freshness.token()
    other.close()


def test_a_folder_that_is_not_there_has_a_token(tmp_path, clock):
    """Until it is made."""
    freshness = Freshness(tmp_path / "none", clock)
    before = freshness.token()
    assert freshness.token() == before
    (tmp_path / "none").mkdir()
    _commit(tmp_path / "none" / "journal.db", 1)
    assert freshness.token() != before
    freshness.close()
