"""The versions of a verdict, each with why it was made and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.evidence.links import Links
from console.evidence.words import Words
from console.output import shown
from qualicity.periods import clock_time

Node = Mapping[str, Any]

_CAUSES = 12
"""Causes of a version that a page lists; the JSON has all."""
_SHORT = 4
"""Of them in the page's head."""


@dataclass(frozen=True)
class VersionView:
    """A version."""

    line: str
    rests_on: str
    shown: bool  # it is what the page shows
    why: str  # its causes in short
    address: str
    causes: Sequence[str]
    more: str  # said where there are more causes
    changes: Sequence[tuple[str, str, str]]  # field, before, after


def current(tree: Node) -> Node | None:
    """Return the version that a tree shows; None when it is computed."""
    if tree.get("version") is None:
        return None
    own = (tree["version"], tree.get("standard") or "none")
    found: Node = next(row for row in tree["history"] if (row["version"], row["standard"]) == own)
    return found


def versions(tree: Node, key: str, words: Words, links: Links) -> list[VersionView]:
    """Return the versions of a key, the latest first."""
    row = current(tree)
    return [_version(one, key, words, links, is_shown=one is row) for one in reversed(tree.get("history", []))]


def _version(row: Node, key: str, words: Words, links: Links, *, is_shown: bool) -> VersionView:
    causes = list(dict.fromkeys(cause_text(cause, words) for cause in row["change"]["causes"]))
    left = len(causes) - _CAUSES
    standard = row["standard"] if row["standard"] != "none" else None
    return VersionView(
        line=f"{row['standard']} · {words('version_is', version=row['version'], made=clock_time(row['made']))}",
        rests_on=words("rests_on", seq=f"{row['as_of']['seq']:,}", code=row["code"]),
        shown=is_shown,
        why=_why(row["change"]["causes"], words),
        address=links.to(key, row["version"], standard),
        causes=causes[:_CAUSES] or [words("first_judged")],
        more=words("more", count=left) if left > 0 else "",
        changes=list(_changes(row["change"].get("changed", {}))),
    )


def _why(causes: Sequence[Node], words: Words) -> str:
    """Return causes in short: readings and days as one each."""
    readings = [cause for cause in causes if cause["kind"] == "readings"]
    parts = [cause_text(cause, words) for cause in causes if cause["kind"] not in {"readings", "days", "months"}]
    if readings:
        first, last = min(cause["first"] for cause in readings), max(cause["last"] for cause in readings)
        count = len({cause["detail"] for cause in readings})
        parts.append(words("why_readings", count=count, first=first, last=last))
    below = {kind: {cause["detail"] for cause in causes if cause["kind"] == kind} for kind in ("days", "months")}
    parts += [words(f"why_{kind}", count=len(own)) for kind, own in below.items() if own]
    more = [f"… ({len(parts)})"] if len(parts) > _SHORT else []
    return "; ".join([*dict.fromkeys(parts[:_SHORT]), *more]) or words("first_judged")


def cause_text(cause: Node, words: Words) -> str:
    """Return why a version was made, or why something was to be judged again."""
    detail = cause["detail"]
    if cause["kind"] == "mark":
        name, _, status = detail.partition(" ")
        detail = f"{name} {words(f'mark_{status}')}"
    return words(f"cause_{cause['kind']}", detail=detail, first=cause["first"], last=cause["last"])


def _changes(changed: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield the plain fields that went from one value to another, those of a group by their own names."""
    for name, (old, new) in changed.items():
        pairs = {name: (old, new)}
        if isinstance(new, dict):
            pairs = {f"{name} {part}": (_value((old or {}).get(part)), _value(value)) for part, value in new.items()}
        for field, (before, after) in pairs.items():
            if before != after and not isinstance(after, dict | list):
                yield field, shown(before), shown(after)


def _value(field: object) -> object:
    """Return an item's value, where a field is an item; else the field."""
    return field.get("value") if isinstance(field, dict) and "value" in field else field
