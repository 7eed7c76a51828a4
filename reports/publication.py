"""What a paper pins when it is published, and what it is called then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from qualicity.store.ledger import Version
from reports.annex import resources
from reports.model import Paper
from reports.papers import say as title_said
from reports.printing import date
from reports.record import Pin, digest
from reports.wording import wording

say = wording("publication")


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
