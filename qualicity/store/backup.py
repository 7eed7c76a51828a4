"""Backup and restore of a data folder, while everything runs.

Order: papers, users and keys, alerting, ledger, targets, records (readers of a log may only know what the log will
still have), then journal and archive. Sealing moves rows from the journal into the archive: so the journal is copied
first, then the manifest is read and its files copied. A seal between the two leaves rows in both copies, which the next
start drops from the journal; none can be in neither.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from qualicity.errors import IntegrityError, Retryable, UsageError
from qualicity.store import journal
from qualicity.store import manifest as manifests
from qualicity.store.archive import FOLDER
from qualicity.store.base import RECORDS
from qualicity.store.durable import file_digest, sync_file, sync_folder
from qualicity.store.manifest import Manifest
from qualicity.store.verify import ACCESS, DATABASES

CONTENTS = "backup.json"
SETTINGS = "qualicity.toml"
_OWN = (SETTINGS, "oncall.toml")
"""Of one service alone: which sessions and databases it has, whom it calls."""
_FILES = ("network.toml", "registered.toml", "rules.toml", *_OWN)
_LOGS = (RECORDS, journal.NAME)
"""What everything else rests on. One of them must be there; they are restored last."""
PAPERS = "papers"
"""Folder of papers: what was published and what editors wrote is backed up; drafts are made anew."""
_TEXTS = "text"
ASIDE = ".original"
_WAITING = ".restoring"
_SHUT = 0o600
_BESIDE = """\
# A copy of a site whose service goes on elsewhere. What the service is set to stands in {settings}{aside} and in
# oncall.toml{aside} and is not in force: two services must not have one client id, InfluxDB bucket, port of the gateway
# or address of the page, and people must not be called twice. Take from there what this copy may use.
[mqtt]
client_id = "qualicity-collector-{copy}"

[api]
port = 8415
"""


def backup(folder: Path, target: Path) -> list[str]:
    """Copy a data folder; return the names of the files.

    Raises:
        UsageError: the target is not empty, or the folder holds neither readings nor records.
        IntegrityError: a file of the archive is not what was written.
        Retryable: the disk is full or broken.
    """
    if not any((folder / name).is_file() for name in _LOGS):
        raise UsageError(f"{folder} holds no readings and no records", "give --data DIR")
    with _disk_errors(target):
        _make_empty(target)
        names = _copy_papers(folder, target)
        for name in (*DATABASES, journal.NAME):
            if (folder / name).is_file():
                _copy_database(folder / name, target / name)
                names.append(name)
        names += _copy_archive(folder, target)
        for name in _FILES:
            if (folder / name).is_file():
                _copy(folder / name, target / name)
                names.append(name)
        _write(target / CONTENTS, json.dumps({name: file_digest(target / name) for name in names}, indent=1))
        sync_folder(target)
    return names


def restore(source: Path, folder: Path, *, beside: bool = False) -> list[str]:
    """Copy a backup into an empty data folder; return the names of the files.

    The journal starts a new epoch: rows that come from now on may carry seq numbers that were given before to
    rows which the backup does not have, and (epoch, seq) stays unique for ever. So do the records, whose filings are
    numbered. Both come last: without them, a folder whose restoring was interrupted holds nothing.

    Args:
        source: what `backup` wrote.
        folder: a new or empty folder.
        beside: the service that was backed up goes on elsewhere. Its settings are laid aside: the copy begins with a
            client id of its own, and calls nobody.

    Raises:
        UsageError: the folder is not empty, or the source is no backup.
        IntegrityError: a file is not what was backed up.
        Retryable: the disk is full or broken.
    """
    contents = _contents(source)
    for name, digest in contents.items():
        path = source / name
        if not path.is_file() or file_digest(path) != digest:
            raise IntegrityError(f"{path} is not what was backed up", "take another backup")
    with _disk_errors(folder):
        _make_empty(folder)
        for name in contents:
            if name not in _LOGS:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                _copy(source / name, folder / (f"{name}{ASIDE}" if beside and name in _OWN else name))
        for made in {(folder / name).parent for name in contents}:
            sync_folder(made)
        waiting = [name for name in _LOGS if name in contents]
        epochs = [_begin(source / name, folder / f"{name}{_WAITING}") for name in waiting]
        if beside:
            _write(folder / SETTINGS, _BESIDE.format(settings=SETTINGS, aside=ASIDE, copy=epochs[-1][:8]))
        for name in waiting:
            (folder / f"{name}{_WAITING}").rename(folder / name)
        sync_folder(folder)
    return list(contents)


def _begin(source: Path, target: Path) -> str:
    """Copy a log, begin a new epoch in it, and return that."""
    _copy(source, target)
    if source.name == journal.NAME:
        manifest = Manifest(target.parent / FOLDER / manifests.NAME)
        manifest.refresh()
        epoch = journal.start_epoch(target, manifest.last_seq)
    else:
        epoch = str(uuid.uuid4())
        with contextlib.closing(sqlite3.connect(target)) as db, db:
            db.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (epoch,))
    sync_file(target)
    return epoch


def _contents(source: Path) -> dict[str, str]:
    """Return the digests of a backup's files by name."""
    path = source / CONTENTS
    if not path.is_file():
        raise UsageError(f"{source} is no backup", f"give a folder that holds {CONTENTS}")
    try:
        contents = {str(name): str(digest) for name, digest in json.loads(path.read_bytes()).items()}
    except (ValueError, AttributeError) as error:
        raise IntegrityError(f"{path} is not what was written", "take another backup") from error
    for name in contents:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or (parts[:-1] not in {(), (FOLDER,)} and parts[0] != PAPERS):
            raise IntegrityError(f"{path} names {name!r}, which is outside a data folder", "take another backup")
    if not contents.keys() & set(_LOGS):
        raise IntegrityError(f"{path} names no {journal.NAME}", "take another backup")
    return contents


def _copy_papers(folder: Path, target: Path) -> list[str]:
    """Copy what was published and what editors wrote; return the names of the files."""
    names = []
    for kept in sorted((folder / PAPERS).glob("*/*")):
        if kept.name == _TEXTS or kept.name.isdecimal():
            for path in sorted(kept.rglob("*")):
                if path.is_file():
                    name = path.relative_to(folder).as_posix()
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    _copy(path, target / name)
                    names.append(name)
    for made in {(target / name).parent for name in names}:
        sync_folder(made)
    return names


def _copy_archive(folder: Path, target: Path) -> list[str]:
    """Copy the files that the manifest names now, and the manifest as it was read."""
    source, goal = folder / FOLDER, target / FOLDER
    manifest = Manifest(source / manifests.NAME)
    manifest.refresh()
    if not manifest.records:
        return []
    goal.mkdir()
    for name, file in manifest.files.items():
        if (source / name).is_file():
            _copy(source / name, goal / name)
        if not (goal / name).is_file() or file_digest(goal / name) != file.sha256:
            raise IntegrityError(f"{name} is not what was written", "run `qualicity verify`; restore an older backup")
    _write(goal / manifests.NAME, manifest.text())
    sync_folder(goal)
    return [f"{FOLDER}/{name}" for name in (*manifest.files, manifests.NAME)]


def _copy_database(source: Path, target: Path) -> None:
    """Copy a live SQLite file as of one moment."""
    _shut(target)
    with (
        contextlib.closing(sqlite3.connect(source, timeout=30)) as one,
        contextlib.closing(sqlite3.connect(target)) as two,
    ):
        one.backup(two)
        two.execute("PRAGMA journal_mode=DELETE")
        if source.name == ACCESS:  # a copy lets nobody in who has not signed in there
            two.execute("DELETE FROM sessions")
            two.commit()
            two.execute("VACUUM")
    sync_file(target)


def _copy(source: Path, target: Path) -> None:
    _shut(target)
    shutil.copyfile(source, target)
    sync_file(target)


def _shut(target: Path) -> None:
    """Let nobody but its owner read the copy of what nobody else could read."""
    if target.name == ACCESS:
        target.touch(_SHUT)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    sync_file(path)


def _make_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", "give a new folder")
    folder.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """Say what an error of the disk means: what was copied so far is of no use."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise Retryable(f"{target} cannot be written: {error}", "make room, empty it, and try again") from error
    except sqlite3.DatabaseError as error:
        raise IntegrityError(f"a database is broken: {error}", "run `qualicity verify`") from error
