"""The audit log: only added to, chained, and whoever edits the file beside it is found out."""

from __future__ import annotations

import sqlite3

import pytest

from qualicity.errors import UsageError
from qualicity.store.audit import Actor
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock

OFFICER = Actor("officer-1", "page")


@pytest.fixture
def path(tmp_path):
    """Return the file of a ledger with three entries."""
    clock = FakeClock(1_000)
    with Ledger(tmp_path / "ledger.db", clock) as ledger:
        ledger.audit.add(OFFICER, "mark.add", "m1", {"station": "wl"})
        clock.advance(5)
        ledger.audit.add(Actor("officer-2", "api"), "mark.approve", "m1")
        ledger.audit.add(OFFICER, "review.final", "air/beijing/wl", {"period": "2016-03"})
    return tmp_path / "ledger.db"


def test_entries_are_found_newest_first(path):
    """By action, by the beginning of one, by thing, by person, and page by page."""
    with Ledger(path, FakeClock(0), reader=True) as ledger:
        log = ledger.audit
        assert [one.action for one in log.entries()] == ["review.final", "mark.approve", "mark.add"]
        assert [one.id for one in log.entries(action="mark.")] == [2, 1]
        assert [one.id for one in log.entries(action="mark.add")] == [1]
        assert [one.id for one in log.entries(action="mark")] == []
        assert [one.id for one in log.entries(about="m1", who="officer-1")] == [1]
        assert [one.id for one in log.entries(before=3, limit=1)] == [2]
        assert log.entries(before=2)[0].detail == {"station": "wl"}
        assert log.check() == []


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit WHERE id = 3"])
def test_nothing_is_edited(path, change):
    """The database itself refuses."""
    db = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        db.execute(change)
    db.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE id = 2", "entry 2 of the audit log is not what was written"),
        ("UPDATE audit SET detail = '{}' WHERE id = 1", "entry 1 of the audit log is not what was written"),
        ("DELETE FROM audit WHERE id = 2", "entry 2 of the audit log is missing"),
    ],
)
def test_who_goes_round_the_triggers_is_found_out(path, change, said):
    """Each digest holds the one before."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("DROP TRIGGER audit_is_not_edited")
    db.execute("DROP TRIGGER audit_is_not_shortened")
    db.execute(change)
    db.close()
    with Ledger(path, FakeClock(0), reader=True) as ledger:
        assert said in ledger.audit.check()


def test_nobody_changes_nothing(path):
    """An entry says who."""
    with Ledger(path, FakeClock(0)) as ledger, pytest.raises(UsageError, match="say who"):
        ledger.audit.add(Actor(" ", "page"), "mark.add", "m2")


def test_an_entry_is_kept_with_its_change_or_not_at_all(path):
    """It joins the transaction of the change."""

    def failing(ledger):
        with ledger.transaction():
            ledger.audit.add(OFFICER, "mark.add", "m2")
            ledger.marks.revoke("m2", who="officer-1", why="there is no such mark")

    with Ledger(path, FakeClock(0)) as ledger:
        with pytest.raises(UsageError):
            failing(ledger)
        assert ledger.audit.entries()[0].id == 3


def test_a_ledger_of_an_earlier_version_has_no_log(path):
    """A reader finds nothing, and makes nothing."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("DROP TABLE audit")
    db.close()
    with Ledger(path, FakeClock(0), reader=True) as ledger:
        assert ledger.audit.entries() == []
        assert ledger.audit.check() == []
