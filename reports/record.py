"""The record of a published paper as it is kept: which versions, files, tables and code it pins.

A publication pins the version of each verdict that its tables rest on, the digest of each table and of each file, the
places in log and filings, and the hashes of code and law tables. Its record is chained to that of the issue before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from qualicity.network import Medium
from reports.model import Language, PaperKind

RECORD = "publication.json"


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
