"""What papers a site has, as pages and the API show them: published issues, drafts, texts of editors, last checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from console.errors import MissingError
from console.papers.places import place_of_draft, place_of_papers, place_of_texts
from console.papers.published import publications
from console.papers.published import read as _read
from qualicity.errors import QualicityError
from qualicity.network import City, Name
from reports.model import PaperKind
from reports.period import paper_period
from reports.record import RECORD, Publication
from reports.wording import wording

CHECKED = "checked"
"""Folder of a paper with what was found when its issues were last checked."""

_say = wording("papers")
_NAME = re.compile(
    r"(white-paper|macro|bulletin((?:-(?:air|water|discharge))+))-([^/\\\x00]+?)-"
    r"(\d{4}(?:H[12]|Q[1-4]|-\d{2}(?:-\d{2})?)?)"
)
_KINDS: Mapping[str, PaperKind] = {"white-paper": "white_paper", "macro": "macro"}
_KEPT = 64


class Subject(NamedTuple):
    """What a paper is about, as its name says."""

    kind: PaperKind
    media: tuple[str, ...]  # air, water, discharge
    city: str
    period: str


def subject(paper: str) -> Subject | None:
    """Return what the name of a paper says; None = it is none."""
    match = _NAME.fullmatch(paper)
    if match is None:
        return None
    media = tuple(match[2].strip("-").split("-")) if match[2] else ()
    return Subject(_KINDS.get(match[1], "bulletin"), media, match[3], match[4])


def title(paper: str, cities: Mapping[str, City]) -> Name:
    """Return the title of a paper, as it bears it; of a name that is none, the name.

    Args:
        paper: its name.
        cities: of the network, by id.
    """
    about = subject(paper)
    if about is None:
        return Name(zh=paper, en=paper)
    media = about.media[0] if len(about.media) == 1 else "environment"
    city = cities.get(about.city)
    name = city.name if city and (city.name.zh or city.name.en) else Name(zh=about.city, en=about.city)
    return _say(f"bulletin_{media}" if about.kind == "bulletin" else about.kind, city=name)


def synthetic_label() -> Name:
    """Return what stands on every page of a paper whose data are made up."""
    return _say("synthetic")


def period_name(period: str) -> Name:
    """Return a period as people write it."""
    return paper_period(period).name


def record_of(folder: Path) -> Publication:
    """Return the record of an issue; of one that has not changed, as it was read before.

    Raises:
        IntegrityError: it is no record.
    """
    stat = (folder / RECORD).stat()
    return _record(folder, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=_KEPT)
def _record(folder: Path, _written: int, _size: int) -> Publication:
    return _read(folder)


def issue_folder(data: Path, paper: str, issue: int) -> Path:
    """Return the folder of a published issue.

    Raises:
        MissingError: there is none.
    """
    folder = place_of_papers(data) / paper / str(issue)
    if folder not in publications(data):
        raise MissingError(f"issue {issue} of {paper[:80]!r} was not published", "see the list of papers")
    return folder


def issue_row(folder: Path) -> dict[str, object]:
    """Return an issue with the addresses of its files relative to `/papers/`."""
    return {
        "paper": folder.parent.name,
        "issue": int(folder.name),
        "files": [quote(f"{folder.parent.name}/{folder.name}/{one.name}") for one in sorted(folder.glob("*.*"))],
    }


def record_row(record: Publication) -> dict[str, Any]:
    """Return the record of an issue, as its file holds it."""
    found: dict[str, Any] = msgspec.to_builtins(record)
    return found


def papers(data: Path) -> list[str]:
    """Return the names of all papers that have an issue, a draft or a text."""
    folders = place_of_papers(data).glob("*/")
    return sorted(one.name for one in folders if one.is_dir() and subject(one.name) is not None)


def draft_files(data: Path, paper: str) -> list[Path]:
    """Return the files of a draft that people read."""
    folder = place_of_draft(data, paper)
    return sorted(one for one in folder.glob("*.*") if one.is_file()) if folder.is_dir() else []


def texts(data: Path, paper: str) -> list[Path]:
    """Return what editors wrote for a paper."""
    folder = place_of_texts(data, paper)
    return sorted(one for one in folder.glob("*.md") if one.is_file()) if folder.is_dir() else []


def checked(folder: Path) -> dict[str, Any] | None:
    """Return what was found when an issue was last checked; None = it never was."""
    try:
        found: dict[str, Any] = msgspec.json.decode(_place_of_check(folder).read_bytes())
    except (OSError, msgspec.DecodeError):  # it is only what a check said: another check says it again
        return None
    return found


def keep_check(folder: Path, found: Mapping[str, Any]) -> None:
    """Keep what a check has found, in the place of what was found before."""
    path = _place_of_check(folder)
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".partial")
    fresh.write_bytes(msgspec.json.encode(found))
    fresh.replace(path)


def _place_of_check(folder: Path) -> Path:
    return folder.parent / CHECKED / f"{folder.name}.json"


def issues(data: Path) -> Iterator[tuple[Path, Publication | None]]:
    """Yield what was published; None = its record cannot be read any more."""
    for folder in publications(data):
        try:
            yield folder, record_of(folder)
        except QualicityError:
            yield folder, None
