"""The record of a published paper: what it pins.

A publication pins the version of each verdict that its tables rest on, the digest of each table and of each file, the
places in log and filings, and the hashes of code and law tables. Its record is chained to that of the issue before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from qualicity.network import Medium
from qualicity.store.ledger import Version
from reports.annex import resources
from reports.model import Language, Paper, PaperKind
from reports.papers import say as title_said
from reports.printing import date
from reports.wording import wording

RECORD = "publication.json"

say = wording("publication")


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the ledger that a paper rests on.

    Attributes:
        digest: of its result.
    """

    key: str
    standard: str
    version: int
    digest: str


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of one issue of a paper.

    Attributes:
        media: of a bulletin; of other papers none.
        previous: digest of the record of the issue before; empty = it is the first.
        files: digest of each file, by its name in the folder.
        basis: places in log and filings, hashes of code and law tables, as the paper prints them.
        texts: digest of each file that editors wrote, by its name.
        digest: of the record without it; that of a whole record stands in the issue that follows.
    """

    paper: str
    kind: PaperKind
    media: tuple[Medium, ...]
    issue: int
    published: str  # ISO 8601, of the law's zone
    by: str
    city: str
    period: str
    as_of: str
    languages: tuple[Language, ...]
    basis: Mapping[str, Any]
    pins: tuple[Pin, ...]
    files: Mapping[str, str]
    previous: str = ""
    texts: Mapping[str, str] = {}
    digest: str = ""

    def computed(self) -> str:
        """Return the digest that it should bear."""
        return digest(msgspec.json.encode(msgspec.structs.replace(self, digest="")))

    def sealed(self) -> Publication:
        """Return the record with its digest."""
        return msgspec.structs.replace(self, digest=self.computed())

    def encoded(self) -> bytes:
        """Return the record as its file holds it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def digest(content: bytes) -> str:
    """Return the digest of a file or a record."""
    return hashlib.sha256(content).hexdigest()


def issued(paper: Paper, issue: int, day: dt.date) -> Paper:
    """Return a paper as it is published: its number and day in the place of the label of drafts."""
    draft = title_said("unpublished")
    numbered = say("issue", issue=issue, day=date(day))
    return replace(paper, labels=(*(label for label in paper.labels if label != draft), numbered))


def keys(paper: Paper) -> set[str]:
    """Return the keys of all values of a paper, without those that name an earlier version."""
    rows = [row for table in resources(paper) for row in table.rows]
    return {key for row in rows for key in (row.key, *(cell.key for cell in row.cells)) if key}


def pins(wanted: Iterable[str], standing: Iterable[Version]) -> tuple[Pin, ...]:
    """Return the versions that keys mean; a key without a standard means all that stand."""
    by_key: dict[str, list[Version]] = {}
    for version in standing:
        by_key.setdefault(version.key, []).append(version)
    found = {}
    for key in wanted:
        plain, _, standard = key.partition("@")
        for version in by_key.get(plain, ()):
            if standard in {"", version.standard}:
                found[version.key, version.standard] = pin(version)
    return tuple(found[place] for place in sorted(found))


def pin(version: Version) -> Pin:
    """Return what is pinned of a version."""
    return Pin(version.key, version.standard, version.version, digest(msgspec.json.encode(version.result)))
