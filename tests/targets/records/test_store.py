"""The store of records: a filing is there whole or not at all, nothing is ever changed, and an edit is found."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.store.base import RECORDS
from qualicity.testing import FakeClock
from targets.records.store import Receipt, RecordStore

KILLS = int(os.environ.get("QUALICITY_KILLS", "2"))

FILE_AND_DIE = """
import datetime as dt, os, signal, sys
from pathlib import Path
from qualicity.csv_pieces import csv_pieces
from qualicity.testing import FakeClock
from targets.records import intake
from targets.records.reading import open_records
from targets.records.store import RecordStore

csv_pieces.__kwdefaults__["block"] = 4000  # several chunks
path, database, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
done = []

def step(name):
    done.append(name)
    if len(done) == last:
        os.kill(os.getpid(), signal.SIGKILL)

file = open_records(Path(path))
with RecordStore(Path(database), FakeClock(1), step=step) as store:
    intake.take(store, file, intake.schema_of(file), by="clerk", today=dt.date(2016, 6, 1))
print(",".join(done))
"""


def test_who_is_killed_in_the_middle_of_a_filing_has_filed_nothing(desk, rows):
    """At any step of the transaction; the same file is then filed as if for the first time."""
    desk.file_rows([rows("before")])
    path = desk.write([rows(f"r{number}") for number in range(60)], "new.csv")
    former = desk.store.filings(), desk.counting()
    steps = ["filing", *["chunk"] * 4]
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    for last in random.Random(seed).choices(range(1, len(steps) + 1), k=KILLS):
        command = [sys.executable, "-c", FILE_AND_DIE, path, desk.folder / RECORDS, str(last)]
        assert subprocess.run(command, check=False, capture_output=True).returncode == -9
        assert (desk.store.filings(), desk.counting()) == former
        assert not list(desk.store.check())
    report = desk.file(path)
    assert (report.accepted, report.duplicates, desk.store.head) == (60, 0, 2)


def test_nothing_on_file_can_be_changed(desk, rows):
    desk.file_rows([rows("r1")])
    for statement in (
        "DELETE FROM filings",
        "DELETE FROM chunks",
        "UPDATE filings SET head = ''",
        "UPDATE chunks SET body = ''",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
            desk.store._db.execute(statement)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            "UPDATE filings SET head = replace(head, 'clerk', 'other') WHERE number = 2",
            "filing 2 .* is not what was filed",
        ),
        ("UPDATE chunks SET body = substr(body, 2) WHERE filing = 1", "filing 1 .* is not what was filed"),
        ("DELETE FROM chunks WHERE kind = 'refused'", "filing 1 .* is not what was filed"),
        ("DELETE FROM filings WHERE number = 1", "filings 1 to 1 are missing"),
        ("DELETE FROM filings WHERE number = 3", "filings 3 to 3 are missing"),
    ],
)
def test_an_edit_is_found(desk, rows, edit, said):
    """Each filing's digest holds the one before; what somebody changes behind our back does not fit."""
    desk.file_rows([rows("r1"), rows("r2", verdict="?")])
    desk.file_rows([rows("r3")])
    desk.file_rows([rows("r4")])
    assert not list(desk.store.check())
    with closing(sqlite3.connect(desk.folder / RECORDS)) as database, database:
        for table in ("filings", "chunks"):
            database.execute(f"DROP TRIGGER {table}_update")
            database.execute(f"DROP TRIGGER {table}_delete")
        database.execute(edit)
    found = "\n".join(desk.store.check())
    assert "was taken away" in found
    assert re.search(said, found), found


def test_who_reads_waits_for_nobody(desk, rows):
    """In the middle of a filing a reader sees what was there before."""
    desk.file_rows([rows("r1")])
    seen = []

    def look(_step):
        with RecordStore(desk.folder / RECORDS, FakeClock(1), reader=True) as reader:
            seen.append((reader.head, reader.counting().count("R_ps")))

    desk.store._step = look
    desk.file_rows([rows("r2")])
    assert seen == [(1, 1), (1, 1), (2, 2)]


def test_another_filing_that_came_meanwhile_is_looked_at(desk, rows):
    """Two clerks file the same records at once: they are on file once."""
    path = desk.write([rows("r1"), rows("r2")], "mine.csv")
    other = desk.write([rows("r1")], "other.csv")
    meanwhile = iter([lambda: desk.file(other)])
    report = desk.file(path, progress=lambda _position: next(meanwhile, lambda: None)())
    assert (report.filing, report.accepted, report.duplicates) == (2, 1, 1)
    assert [one.receipt.stored for one in desk.store.filings()] == [1, 1]


def test_a_full_disk_keeps_nothing_and_can_be_tried_again(desk, rows):
    desk.file_rows([rows("r1")])
    (pages,) = desk.store._db.execute("PRAGMA page_count").fetchone()
    desk.store._db.execute(f"PRAGMA max_page_count = {pages}")
    path = desk.write([rows(f"n{number}", note=f"{number:0200}") for number in range(200)])
    with pytest.raises(Retryable, match=r"records\.db cannot be used"):
        desk.file(path)
    assert desk.store.head == 1
    desk.store._db.execute(f"PRAGMA max_page_count = {pages * 100}")
    assert desk.file(path).accepted == 200


def test_what_counted_then_can_be_asked_for_later(desk, rows):
    """A correction changes what counts now, not what counted as of the filing before it."""
    desk.file_rows([rows("r1")])
    then = desk.store.counting()
    desk.file_rows([rows("r2", status="corrected", revises="r1", note="mended")])
    assert then.table("R_ps", ["record_id"]).to_pylist() == [{"record_id": "r1"}]
    assert desk.store.counting(1).count("R_ps") == then.count("R_ps") == 1
    assert desk.counting(["record_id", "note"]) == [{"record_id": "r2", "note": "mended"}]
    assert desk.store.counting(0).count("R_ps") == 0


def test_a_record_is_told_with_where_it_came_from(desk, rows):
    """Everything that bears on it, by the day of its report: file, line, who decided."""
    desk.file_rows([rows("other"), rows("r1")], "R_ps_first.csv")
    desk.file_rows([rows("r2", status="corrected", revises="r1", reported_at="2015-02-01")])
    told = desk.store.record("r2")
    assert [(one.record_id, one.standing, one.by, one.filing, one.line) for one in told] == [
        ("r1", "superseded", "r2", 1, 3),
        ("r2", "counts", None, 2, 2),
    ]
    assert told == desk.store.record("r1")
    assert told[0].fields["sampled_on"].isoformat() == "2014-06-30"
    assert desk.store.record("nobody") == []


def test_a_store_that_is_not_there_holds_nothing_for_a_reader(tmp_path):
    with RecordStore(tmp_path / RECORDS, FakeClock(1), reader=True) as reader:
        assert (reader.head, reader.filings(), reader.counting().count("R_ps")) == (0, [], 0)
    assert not (tmp_path / RECORDS).exists()


def test_a_store_of_another_version_or_of_something_else_is_told(tmp_path):
    RecordStore(tmp_path / RECORDS, FakeClock(1)).close()
    with closing(sqlite3.connect(tmp_path / RECORDS)) as database, database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(UsageError, match="schema 99"):
        RecordStore(tmp_path / RECORDS, FakeClock(1))
    (tmp_path / "junk").write_bytes(b"no database at all, and longer than a header" * 9)
    with pytest.raises(IntegrityError, match="broken"):
        RecordStore(tmp_path / "junk", FakeClock(1))


def test_a_filing_of_a_schema_looks_only_at_its_own(desk):
    """The number after which nothing may have come is that of the schema."""
    receipt = Receipt("a.csv", "", 0, "", 0, 0, 0, 0, 0, 0)
    assert desk.store.file("R_ps", receipt, [], after=0) == 1
    assert desk.store.file("R_pa", receipt, [], after=0) == 2
    assert desk.store.file("R_ps", receipt, [], after=0) is None
    assert desk.store.schemas() == ["R_pa", "R_ps"]
