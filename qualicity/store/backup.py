"""Backup and restore of a data folder, while everything runs.

Order: alerting, ledger, records (readers of the log may only know what the log will still have), then archive and
journal. Sealing moves rows from the journal into the archive, so these two are taken as one: the journal is
copied first into a temporary name, then the manifest is read and its files copied. A seal between the two
leaves rows in both copies, which the next start drops from the journal; none can be in neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import uuid
from pathlib import Path

from qualicity.errors import IntegrityError, UsageError
from qualicity.store import journal
from qualicity.store import manifest as manifests
from qualicity.store.archive import FOLDER
from qualicity.store.durable import sync_folder
from qualicity.store.manifest import Manifest

CONTENTS = "backup.json"
_DATABASES = ("alerting.db", "ledger.db", "records.db", journal.NAME)
_SETTINGS = ("network.toml", "registered.toml", "qualicity.toml")


def backup(folder: Path, target: Path) -> list[str]:
    """Copy a data folder; return the names of the files.

    Raises:
        UsageError: the target is not empty, or the folder holds no readings.
    """
    if not (folder / journal.NAME).is_file():
        raise UsageError(f"{folder} holds no readings", "give --data DIR")
    _make_empty(target)
    names = []
    for name in _DATABASES:
        if (folder / name).is_file():
            _copy_database(folder / name, target / name)
            names.append(name)
    names += _copy_archive(folder, target)
    for name in _SETTINGS:
        if (folder / name).is_file():
            _copy(folder / name, target / name)
            names.append(name)
    contents = {name: _sha256(target / name) for name in names}
    _write(target / CONTENTS, json.dumps(contents, indent=1))
    sync_folder(target)
    return names


def restore(source: Path, folder: Path) -> list[str]:
    """Copy a backup into an empty data folder; return the names of the files.

    The journal starts a new epoch: rows that come from now on may carry seq numbers that were given before to
    rows which the backup does not have, and (epoch, seq) stays unique for ever.

    Raises:
        UsageError: the folder is not empty, or the source is no backup.
        IntegrityError: a file is not what was backed up.
    """
    if not (source / CONTENTS).is_file():
        raise UsageError(f"{source} is no backup", f"give a folder that holds {CONTENTS}")
    contents = json.loads((source / CONTENTS).read_text("utf-8"))
    for name, digest in contents.items():
        path = source / name
        if not path.is_file() or _sha256(path) != digest:
            raise IntegrityError(f"{path} is not what was backed up", "take another backup")
    _make_empty(folder)
    for name in contents:
        (folder / name).parent.mkdir(exist_ok=True)
        _copy(source / name, folder / name)
    with contextlib.closing(sqlite3.connect(folder / journal.NAME)) as database, database:
        database.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (str(uuid.uuid4()),))
    sync_folder(folder)
    return list(contents)


def _copy_archive(folder: Path, target: Path) -> list[str]:
    """Copy the files that the manifest names now, and the manifest as it was read."""
    source, goal = folder / FOLDER, target / FOLDER
    manifest = Manifest(source / manifests.NAME)
    manifest.refresh()
    if not manifest.path.exists():
        return []
    goal.mkdir()
    for name in manifest.files:
        _copy(source / name, goal / name)
    _write(goal / manifests.NAME, manifest.text())
    sync_folder(goal)
    return [f"{FOLDER}/{name}" for name in (*manifest.files, manifests.NAME)]


def _copy_database(source: Path, target: Path) -> None:
    """Copy a live SQLite file as of one moment."""
    with contextlib.closing(sqlite3.connect(source)) as one, contextlib.closing(sqlite3.connect(target)) as two:
        one.backup(two)
        two.execute("PRAGMA journal_mode=DELETE")
    _sync(target)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    _sync(target)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _make_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "give a new folder")
    folder.mkdir(parents=True, exist_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
