"""What was published, as it stands in `papers/ID/N/`: which issues there are, and whether their files are the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from console.papers.places import place_of_papers
from qualicity.errors import InputError, IntegrityError, UsageError
from reports.record import RECORD, Publication, digest

ANNEX = "annex/"


def publications(data: Path, paper: str = "") -> list[Path]:
    """Return the folders of what was published, by paper and issue; of one paper, or of all."""
    return sorted(
        (path.parent for path in place_of_papers(data).glob(f"*/*/{RECORD}") if _is_issue(path.parent, paper)),
        key=lambda folder: (folder.parent.name, int(folder.name)),
    )


def _is_issue(folder: Path, paper: str) -> bool:
    return folder.name.isdecimal() and paper in {"", folder.parent.name}


def named(data: Path, paper: str) -> list[Path]:
    """Return the folders that somebody means: an issue's, all of a paper by its folder or its name, or all there are.

    Raises:
        UsageError: there is none.
    """
    path = Path(paper).resolve()
    if paper and (path / RECORD).is_file():
        return [path]
    if paper and path.is_dir():
        issues = [child.parent for child in path.glob(f"*/{RECORD}") if child.parent.name.isdecimal()]
        found = sorted(issues, key=lambda folder: int(folder.name))
    else:
        found = publications(data, paper)
    if not found:
        raise UsageError("no such paper has been published", "`qualicity report ... --publish` publishes one")
    return found


def read(folder: Path) -> Publication:
    """Return the record of a publication.

    Raises:
        InputError: there is none.
        IntegrityError: it is not a record.
    """
    path = folder / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=Publication)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name the folder of a published paper") from error
    except msgspec.MsgspecError as error:
        raise IntegrityError(f"{path} is no record of a publication: {error}", "restore it from a backup") from error


def intact(folder: Path, record: Publication) -> bool:
    """Return whether a record is byte for byte what was published."""
    return (folder / RECORD).read_bytes() == record.encoded() and record.digest == record.computed()


def faults(folder: Path, record: Publication) -> Iterator[str]:
    """Yield what in a folder is not what was published: the record, its chain, the files."""
    if not intact(folder, record):
        yield f"{folder / RECORD} is not what was published"
        return  # so its list of files is not either
    if folder.name != str(record.issue):
        yield f"{folder} holds issue {record.issue}"
    yield from _files(folder, record)
    if record.issue > 1:
        before = folder.with_name(str(record.issue - 1)) / RECORD
        if not before.is_file() or digest(before.read_bytes()) != record.previous:
            yield f"{before} is not the record of the issue before"


def changed_files(folder: Path, record: Publication) -> dict[str, str]:
    """Return what is wrong with each file that is not as it was published, by name."""
    found = {}
    for name, known in record.files.items():
        path = folder / name
        if not path.is_file():
            found[name] = "is missing"
        elif digest(path.read_bytes()) != known:
            found[name] = "is not what was published"
    return found


def _files(folder: Path, record: Publication) -> Iterator[str]:
    for name, wrong in changed_files(folder, record).items():
        yield f"{folder / name} {wrong}"
    known = {RECORD, *record.files}
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path.relative_to(folder).as_posix() not in known:
            yield f"{path} was not published"


def annex_of(folder: Path, record: Publication) -> dict[str, bytes]:
    """Return the files of its annex that are as they were published, by name."""
    names = [name for name in record.files if name.startswith(ANNEX)]
    wrong = changed_files(folder, record)
    return {name.removeprefix(ANNEX): (folder / name).read_bytes() for name in names if name not in wrong}
