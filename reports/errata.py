"""What has changed since a paper was published: verdicts that stand otherwise, and tables that would be printed so."""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from qualicity.network import Name
from qualicity.periods import PERIOD_LENGTHS
from qualicity.store.ledger import Version
from reports.annex import KEY
from reports.chapters.judged import joined
from reports.chapters.revisions import causes_said, field_said, value_said
from reports.sources import Sources
from reports.wording import wording

say = wording("publication")

_SAYS = ("status", "verdict", "rate_verdict", "class", "level", "aqi", "value")
"""Fields that say what a verdict comes to: of those that differ the first is named."""

_KINDS = {length: kind for kind, length in PERIOD_LENGTHS.items()}
_COUNTED = frozenset({"day", "month", "quarter", "year"})
_LISTED = 5
"""Keys that a sentence names; the list for machines has all."""


class Erratum(NamedTuple):
    """One verdict that stands otherwise than it was published.

    Attributes:
        published: number of its version.
        now: number of the version that stands; None = none does under this standard.
        changed: fields that differ, each as it was published and as it is now.
        causes: {kind, detail} of all versions since under its standard; where none stands, under those that do.
    """

    key: str
    standard: str
    published: int
    now: int | None
    changed: Mapping[str, Sequence[object]]
    causes: Sequence[Mapping[str, object]]


def erratum(old: Version, history: Sequence[Version], standing: Version | None) -> Erratum | None:
    """Return how a verdict differs from the one that was published; None = it does not.

    Args:
        old: as it was published.
        history: all versions of its key, as they were made.
        standing: the one that stands under its standard.
    """
    if standing is not None and standing.result == old.result:
        return None
    now = {} if standing is None else standing.result
    names = [name for name in dict.fromkeys((*old.result, *now)) if old.result.get(name) != now.get(name)]
    later = history[history.index(old) + 1 :]
    since = [version for version in later if standing is None or version.standard == old.standard]
    return Erratum(
        old.key,
        old.standard,
        old.version,
        None if standing is None else standing.version,
        {name: [old.result.get(name), now.get(name)] for name in names},
        [cause for version in since for cause in version.change["causes"]],
    )


def errata_list(found: Sequence[Erratum], sources: Sources) -> list[Name]:
    """Return errata in sentences: how many periods changed from what to what, and because of what.

    Numbers that differ stand in one sentence: each has its own.
    """
    groups: dict[_Group, list[Erratum]] = {}
    for one in found:
        field = next((name for name in _SAYS if name in one.changed), "")
        kind, *_, period = one.key.split("/")
        values = one.changed.get(field, (None, None))
        words = None if any(isinstance(value, int | float) for value in values) else _change_said(field, values)
        group = _Group(kind, _KINDS.get(len(period), ""), field, words, causes_said({"causes": one.causes}, sources))
        groups.setdefault(group, []).append(one)
    return [_sentence(group, sorted(own, key=lambda one: one.key)) for group, own in groups.items()]


class _Group(NamedTuple):
    """What one sentence is about; `words` is the change where all have the same."""

    kind: str
    length: str
    field: str
    words: Name | None
    causes: Name


def _change_said(field: str, values: Sequence[object]) -> Name:
    old, new = (value_said(field, value) for value in values)
    return say("from_to", old=old, new=new)


def _sentence(group: _Group, own: Sequence[Erratum]) -> Name:
    listed, more = own[:_LISTED], ("\N{HORIZONTAL ELLIPSIS}",) if len(own) > _LISTED else ()
    keys = ", ".join((*(one.key for one in listed), *more))
    name = group.length if group.length in _COUNTED and group.kind != "target" else group.kind
    counted = say(f"count_{name}", count=len(own))
    if not group.field:
        return say("beside", what=counted, causes=group.causes, keys=keys)
    if group.words is not None:
        return say("changed", what=counted, change=group.words, causes=group.causes, keys=keys)
    changes = [_change_said(group.field, one.changed[group.field]) for one in listed]
    field = field_said(group.field)
    change = joined((*changes, *(Name(text, text) for text in more)), say("between"))
    return say("numbers", what=counted, field=field, change=change, causes=group.causes, keys=keys)


class TableChange(NamedTuple):
    """A table that a paper written today would print otherwise.

    Attributes:
        rows: that differ, are new or are gone.
        keys: what explains them.
    """

    table: str
    rows: int
    keys: Sequence[str]


def table_changes(published: Mapping[str, bytes], now: Mapping[str, bytes]) -> list[TableChange]:
    """Return the tables of an annex (CSV by name) that differ from what was published, by name."""
    found = []
    for name in sorted({*published, *now}):
        if published.get(name) == now.get(name) or not name.endswith(".csv"):
            continue
        old, new = (_rows(files.get(name, b"")) for files in (published, now))
        differing = [*(row for row in old if row not in new), *(row for row in new if row not in old)]
        keys = [key for key in dict.fromkeys(dict(row).get(KEY, "") for row in differing) if key]
        found.append(TableChange(name.removesuffix(".csv"), len(differing), keys))
    return found


_LISTING = "machine.resources"
"""The table of a paper's tables: it has a row of each, by its id."""


def of_issue(now: Mapping[str, bytes], had: Container[str]) -> tuple[dict[str, bytes], list[str]]:
    """Return an annex without the tables that an issue did not have, and the names of those.

    What an issue did not print cannot be wrong in it: papers learn to say more, and old ones stand as they are. The
    list of tables is left without them, too.

    Args:
        now: the annex as it would be written today, files by name.
        had: names of the files of the issue's annex.
    """
    added = sorted(name.removesuffix(".csv") for name in now if name.endswith(".csv") and name not in had)
    kept = {name: content for name, content in now.items() if name in had}
    listing = f"{_LISTING}.csv"
    if added and listing in kept:
        kept[listing] = _without(kept[listing], added)
    return kept, added


def _without(content: bytes, names: Container[str]) -> bytes:
    """Return a table without the rows whose first cell is one of some names."""
    text = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    csv.writer(text, lineterminator="\r\n").writerows(row for row in rows if row[0] not in names)
    return text.getvalue().encode()


def _rows(content: bytes) -> dict[tuple[tuple[str, str], ...], None]:
    reader = csv.DictReader(io.StringIO(content.decode(errors="replace"), newline=""))
    return dict.fromkeys(tuple(row.items()) for row in reader)
