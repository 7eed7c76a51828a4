"""Retention: what is removed is told of, what stays can be proved, and nobody who reads stumbles over the gap."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from qualicity.errors import IntegrityError, Retryable
from qualicity.model import Batch, Registry
from qualicity.settings import ArchiveSettings, JournalSettings
from qualicity.store import retention
from qualicity.store.backup import backup, restore
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.upkeep import Upkeep, first_kept
from qualicity.store.verify import verify
from qualicity.testing import FakeClock, hourly

JANUARY, DAY = 1_451_606_400_000, 86_400_000  # 2016-01-01 00:00 UTC
NOW = JANUARY + 130 * DAY  # in May
SETTING = "archive.keep_months = 2"


def _rows(store, first, days, station="s"):
    """Append hours from a day of the year on; return the position."""
    values = np.arange(24.0 * days) + first * 24
    return store.append(Batch(hourly(Registry(), station, "pm25", JANUARY + first * DAY, values, received=NOW)))


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of a store of five months in three sealed runs, the last of which is of January and May."""
    folder = tmp_path_factory.mktemp("built")
    with EmbeddedStore(folder, writer=True, clock=FakeClock(NOW)) as opened:
        _rows(opened, 0, 45)
        opened.seal()
        _rows(opened, 45, 75)
        opened.seal()
        opened.compact()
        _rows(opened, 120, 10)
        _rows(opened, 3, 1, "late")
        opened.seal()
        opened.compact()
    return folder


@pytest.fixture
def store(built, tmp_path, clock):
    """Yield a copy of it."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as opened:
        yield opened


def _starts(tables):
    return [int(start) for table in tables for start in table["start"]]


def test_months_that_are_too_old_go_under_a_tombstone(store, clock):
    """It says what went, when and why; the rest is there as it was, and all of it verifies."""
    before, whole = _starts(store.scan()), store.archived()
    assert store.too_old("2016-03") == {"2016-01": 32 * 24, "2016-02": 29 * 24}

    january, february = store.remove("2016-03", SETTING)

    assert (january.month, january.rows, january.setting, january.at) == ("2016-01", 32 * 24, SETTING, NOW)
    assert february[:3] == ("2016-02", JANUARY + 60 * DAY, 29 * 24)
    assert list(store.tombstones()) == [january, february]
    assert store.gone_before() == JANUARY + 60 * DAY
    assert _starts(store.scan()) == [start for start in before if start >= JANUARY + 60 * DAY]
    assert store.archived() == whole - 61 * 24
    assert store.verify() == []
    assert store.too_old("2016-03") == {}
    assert store.remove("2016-03", SETTING) == []
    clock.advance(2 * 86_400)
    store.compact()
    assert {path.name[:7] for path in (store.folder / "archive").glob("*.parquet")} == {"2016-03", "2016-04", "2016-05"}
    assert store.verify() == []


def test_the_chain_goes_on_from_what_was_removed(store, tmp_path):
    """A tombstone that is changed breaks it; the digests of rows and files that are gone are in it."""
    files = {file.name: file.sha256 for file in store._archive.manifest.files.values() if file.month == "2016-01"}
    store.remove("2016-02", SETTING)
    manifest = tmp_path / "archive" / "manifest.jsonl"
    text = manifest.read_text("utf-8")
    record = text.splitlines()[-1]
    assert all(f'"{name}":"{digest}"' in record for name, digest in files.items())
    (rest, *_) = store._archive.manifest.rests.values()
    assert (rest.first, rest.rows, rest.gone) == (1, 14 * 24, 31 * 24)
    manifest.write_text(text.replace(f'"rows":{32 * 24}', f'"rows":{32 * 24 - 1}'), encoding="utf-8")

    findings = verify(tmp_path).findings

    assert "does not continue the chain" in findings[0].what


def test_a_row_that_is_missing_of_what_was_left_is_found(store):
    """The rest of a seal has a digest of its own."""
    store.remove("2016-02", SETTING)
    manifest = store._archive.manifest
    rest = manifest.rests[1]
    changed = manifest.rests | {1: rest._replace(digest=rest.gone_digest)}
    assert list(retention.groups(manifest.seals, 10)) == [[seal] for seal in manifest.seals]
    manifest.rests = changed
    (found,) = [
        seal for seal, rows in retention.read_seals(store._archive, manifest.seals[:1])
        if (len(rows), retention.digest(rows)) != manifest.expected(seal)
    ]  # fmt: skip
    assert found.first == 1


def test_what_is_not_what_was_sealed_is_not_removed(store):
    """Damage would be buried under a tombstone that vouches for it."""
    manifest = store._archive.manifest
    manifest.seals[0] = manifest.seals[0]._replace(digest="0" * 64)
    with pytest.raises(IntegrityError, match="not the rows that were sealed"):
        store.remove("2016-02", SETTING)
    assert store.tombstones() == []


def test_followers_go_over_the_gap(store):
    """Whatever the limit, tail yields what there is behind any seq, and ends only where the log does."""
    store.remove("2016-03", SETTING)
    _rows(store, 128, 1, "waiting")
    kept = [int(seq) for table in store.scan() for seq in table["seq"]]
    for limit, begins in ((100, (0,)), (1000, (45 * 24, 59 * 24 + 5)), (10_000, (100, kept[-1] - 1))):
        for begin in begins:
            seen, after = [], begin
            while rows := [int(seq) for table in store.tail(after, limit=limit) for seq in table["seq"]]:
                assert len(rows) <= limit
                assert rows[0] > after
                seen += rows
                after = rows[-1]
            assert seen == [seq for seq in kept if seq > begin]


def test_followers_go_over_the_gap_when_nothing_is_left_in_the_archive(tmp_path, clock):
    """Only what waits in the journal is there."""
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as store:
        _rows(store, 0, 3)
        store.seal()
        store.compact()
        _rows(store, 125, 1)
        with pytest.raises(Retryable, match="nothing is removed"):
            store.remove("2016-02", SETTING)
        store.seal()
        store.compact()
        store.remove("2016-02", SETTING)
        _rows(store, 126, 1)
        for limit in (5, 24, 1000):
            assert next(store.tail(0, limit=limit))["seq"][0] == 73
        assert store.verify() == []


def test_as_of_means_what_is_left_of_it(store):
    """A position from before the removal is still one of this store."""
    head = store.head()
    _rows(store, 129, 1, "later")
    store.remove("2016-03", SETTING)
    assert max(int(table["seq"][-1]) for table in store.scan(as_of=head)) <= head.seq
    assert _starts(store.scan(as_of=head))[0] == JANUARY + 60 * DAY


def test_late_rows_of_a_removed_month_are_removed_with_it(store):
    """They come, are sealed and compacted, and go under a tombstone of their own."""
    store.remove("2016-02", SETTING)
    _rows(store, 5, 1, "late")
    store.seal()
    assert store.too_old("2016-02") == {}  # not compacted yet
    store.compact()

    (tombstone,) = store.remove("2016-02", SETTING)

    assert (tombstone.month, tombstone.rows) == ("2016-01", 24)
    assert store.verify() == []


def test_a_crash_around_the_tombstone_is_repaired(store, tmp_path, clock):
    """It is there whole or not at all; files without a record of theirs go."""

    class Crash(BaseException):
        pass

    def step(name):
        assert name == "tombstone recorded"
        raise Crash

    with pytest.raises(Crash):
        store.remove("2016-03", SETTING, step)
    store.close()
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as again:
        assert [tombstone.month for tombstone in again.tombstones()] == ["2016-01"]
        assert again.verify() == []
        again.remove("2016-03", SETTING)
        assert again.verify() == []


def test_a_wrong_clock_removes_nothing(store, clock):
    """Nothing of late to go by: the clock is years ahead."""
    clock.advance(3 * 365 * 86_400)
    with pytest.raises(Retryable, match="no reading is of the last 62 days"):
        store.remove("2016-05", SETTING)
    assert store.tombstones() == []


def test_a_backup_carries_tombstones(store, tmp_path, clock):
    """What was removed is neither in it nor missing from it."""
    store.remove("2016-03", SETTING)
    backup(tmp_path, tmp_path / "copy" / "backup")
    restore(tmp_path / "copy" / "backup", tmp_path / "copy" / "new")
    with EmbeddedStore(tmp_path / "copy" / "new", writer=True, clock=clock) as new:
        assert new.tombstones() == store.tombstones()
        assert _starts(new.scan()) == _starts(store.scan())
        assert new.verify() == []


# when


@pytest.mark.parametrize(
    ("months", "first"), [(1, "2016-04"), (4, "2016-01"), (5, "2015-12"), (13, "2015-04"), (60, "2011-05")]
)
def test_months_are_kept_for_so_many_after_their_end(months, first):
    """In May: April is the first month that ended less than one month ago."""
    assert first_kept(NOW, months) == first


def test_upkeep_compacts_and_removes_once_a_day_and_makes_up_for_a_missed_hour(store, clock):
    """At the set hour at +08:00; what is due is asked of the archive, so a start after it finds it due."""
    settings = ArchiveSettings(compact_at="03:30").model_copy(update={"keep_months": 2})
    seconds = [0.0]
    upkeep = Upkeep(store, JournalSettings(), settings, clock, monotonic=lambda: seconds[0])

    def look():
        seconds[0] += 1000
        upkeep.look()
        return [tombstone.month for tombstone in store.tombstones()]

    assert look() == []  # 08:00, and it was compacted after 03:30
    clock.advance(19.4 * 3600)  # 03:24
    assert look() == []
    clock.advance(600)
    assert look() == ["2016-01", "2016-02"]
    later = Upkeep(store, JournalSettings(), settings, clock, monotonic=lambda: seconds[0])
    _rows(store, 124, 1, "fresh")
    store.seal()
    clock.advance(86_400)
    later.look()
    assert all(file.month for file in store._archive.manifest.files.values())
    assert upkeep.trouble == later.trouble == ""


def test_upkeep_says_what_fails_and_does_the_rest(store, clock, monkeypatch):
    """A compaction without room does not keep old months from going, and is tried again."""
    settings = ArchiveSettings().model_copy(update={"keep_months": 2})
    clock.advance(86_400)
    seconds = [0.0]
    upkeep = Upkeep(store, JournalSettings(), settings, clock, monotonic=lambda: seconds[0])
    with monkeypatch.context() as patch:
        patch.setattr(store, "compact", lambda: _raise(Retryable("no room", "make some")))
        upkeep.look()
        assert upkeep.trouble == "no room (make some)"
        assert upkeep.failures == 1
        assert len(store.tombstones()) == 2
    seconds[0] += 10
    upkeep.look()
    assert upkeep.trouble == "no room (make some)"  # it is not tried again yet
    seconds[0] += 1000
    upkeep.look()
    assert upkeep.trouble == ""


def _raise(error):
    raise error


def test_a_short_time_to_keep_is_refused():
    """A year is judged from days that are judged from readings."""
    with pytest.raises(ValueError, match="13 and more"):
        ArchiveSettings(keep_months=12)
    assert ArchiveSettings(keep_months=13).keep_months == 13
