"""Records of product sampling as cells, files of them, and a store to file them in."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from qualicity.testing import FakeClock
from targets.records import intake
from targets.records.reading import open_records
from targets.records.schema import schema
from targets.records.store import RecordStore

FORM = schema("R_ps")
NOW = 1_464_739_200_000  # 2016-06-01 08:00 +08:00
COLUMNS = ["record_id", "lot_no", "verdict", "items_failed", "note", "reported_at", "sampled_on"]


def sampling(record_id, **cells):
    """Return a record's cells: a batch of its own that passed, but for what is said."""
    row = {column.name: column.example for column in FORM.columns}
    row |= {"record_id": record_id, "schema": FORM.tag, "lot_no": f"lot of {record_id}", "reported_at": "2015-01-20"}
    return row | cells


def csv_text(rows, names=FORM.names):
    """Return records as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@dataclass
class Desk:
    """Where a department's clerk files."""

    folder: Path
    store: RecordStore

    def write(self, rows, name="R_ps.csv"):
        """Write a file of records; return its path."""
        path = self.folder / name
        path.write_text(csv_text(rows), encoding="utf-8")
        return path

    def file(self, path, *, encoding="utf-8", name="", **more):
        """File what a file holds."""
        file = open_records(path, encoding)
        form = intake.schema_of(file, name)
        return intake.take(self.store, file, form, by="clerk", today=dt.date(2016, 6, 1), **more)

    def file_rows(self, rows, name="R_ps.csv"):
        """File records."""
        return self.file(self.write(rows, name))

    def counting(self, columns=COLUMNS):
        """Return what counts."""
        return self.store.counting().table("R_ps", columns).to_pylist()


@pytest.fixture
def desk(tmp_path):
    """Return a desk with an empty store."""
    with RecordStore(tmp_path / "records.db", FakeClock(NOW)) as store:
        yield Desk(tmp_path, store)


@pytest.fixture
def rows():
    """Return what makes a record's cells."""
    return sampling


@pytest.fixture
def as_csv():
    """Return what makes a CSV file of records."""
    return csv_text
