from __future__ import annotations

import tarfile

from collector.files.channels import Declaration
from collector.importer import Counts, Importer, open_files
from qualicity.network import Network
from qualicity.testing import FakeClock, MemoryStore


def test_every_broken_file_is_refused_or_wholly_rejected(oracles, tmp_path):
    """39 real broken files: each gives an error that names file, line and mend; no reading comes of any."""
    with tarfile.open(oracles / "air" / "beijing_dirty_files.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(paths) == 39
    opened = open_files(paths)
    assert len(opened.files) + len(opened.errors) == 39
    for error in opened.errors:
        assert str(tmp_path) in error.cause
        assert error.mend
        assert "\n" not in error.cause
    store, counts = MemoryStore(), Counts()
    importer = Importer(store, Network(), Declaration(label="end"), FakeClock())
    for file in opened.files:
        importer.take(file, counts)
    assert counts.read == counts.rejected
    assert store.head().seq == 0


def test_the_error_of_a_wide_file_names_what_it_found(oracles, tmp_path):
    with tarfile.open(oracles / "air" / "beijing_dirty_files.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    (path,) = tmp_path.rglob("beijing_all_20240101.csv")
    (error,) = open_files([path]).errors
    assert "date, hour, type" in error.cause
    assert "missing station, parameter, time, value, unit" in error.cause
    assert "wide layout" in error.mend
