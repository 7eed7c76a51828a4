"""Judgements as versions in the ledger of indicators: one is added when a result differs, with what changed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from qualicity.model import Position
from qualicity.store.ledger import Cause, Draft, Ledger, Version
from targets.evaluation import ROLLED_UP, Evaluated
from targets.indicator import Indicator
from targets.keys import TargetKey
from targets.rows import Row, version_of

_OF_TIME = frozenset({"age_days", "path", "progress", "projection", "needed"})
"""What changes from day to day while a year goes on, though nothing was filed."""


class Filed(NamedTuple):
    """One filing: its number in the store, and the schema of its records."""

    number: int
    schema: str


@cache
def code_version() -> str:
    """Return the hash of the code that judges, and of the lines that it draws."""
    whole = hashlib.sha256()
    for folder in (files(__package__), files(__package__) / "judge"):
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".py") or path.name == "thresholds.toml":
                whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def keep(
    ledger: Ledger, found: Iterable[Evaluated], as_of: Position, code: str, filings: Sequence[Filed] = ()
) -> list[str]:
    """Add a version of each judgement that differs from the one that stands; return their keys.

    Args:
        ledger: of indicators.
        found: judgements.
        as_of: epoch and last filing of the records that they rest on.
        code: version of the code that judged.
        filings: all that are on file, so that a change names those that brought it.
    """
    changed: list[str] = []
    with ledger.transaction():
        for item in found:
            draft = draft_of(item)
            standing = stored(ledger, draft)
            if standing is not None and item.judgement.provisional and _same(standing.result, draft.result):
                continue
            causes = causes_of(item, standing, as_of, code, filings)
            if ledger.write([draft], as_of, code, {draft.period: causes}):
                changed.append(str(item.row["key"]))
    return changed


def draft_of(item: Evaluated) -> Draft:
    """Return a judgement as the ledger keeps it."""
    place = TargetKey(item.indicator.id, item.judgement.year)
    standard = version_of(item.target)
    return Draft(place.scope, str(item.judgement.year), standard, item.row, item.inputs, hash_of(item.indicator))


def stored(ledger: Ledger, draft: Draft) -> Version | None:
    """Return the version that stands of a judgement; None = it has never been made."""
    found = ledger.current(draft.scope, draft.period, draft.period)
    return next((version for version in found if version.standard == draft.standard), None)


def hash_of(indicator: Indicator) -> str:
    """Return the hash of a row of the register: who changes a definition or a target changes it."""
    return hashlib.sha256(msgspec.json.encode(indicator)).hexdigest()[:16]


def causes_of(
    item: Evaluated, standing: Version | None, as_of: Position, code: str, filings: Sequence[Filed]
) -> list[Cause]:
    """Return why a judgement may have changed since the one that stands."""
    draft = draft_of(item)
    causes = _filed(item.indicator, standing, as_of, filings)
    if standing is None:
        return causes
    if standing.tables != draft.tables:
        causes.append(Cause("register", draft.tables))
    if standing.code != code:
        causes.append(Cause("code", code))
    if not causes and standing.inputs != draft.inputs:
        causes.append(Cause("indicators" if item.indicator.id == ROLLED_UP else "verdicts", draft.inputs[:16]))
    return causes or [Cause("time", str(item.row["data_until"] or item.judgement.year))]


def _filed(indicator: Indicator, standing: Version | None, as_of: Position, filings: Sequence[Filed]) -> list[Cause]:
    """Return the filings of an indicator's schemas since the judgement that stands, joined by schema."""
    known = standing.as_of.seq if standing is not None and standing.as_of.epoch == as_of.epoch else 0
    numbers: dict[str, list[int]] = {}
    for filing in filings:
        if filing.schema in indicator.records and known < filing.number <= as_of.seq:
            numbers.setdefault(filing.schema, []).append(filing.number)
    return [Cause("filings", schema, min(own), max(own)) for schema, own in sorted(numbers.items())]


def _same(one: Mapping[str, object], two: Mapping[str, object]) -> bool:
    """Return whether two rows differ in nothing but the passing of time."""
    ours = msgspec.json.decode(msgspec.json.encode(two))
    return all(one.get(name) == value for name, value in ours.items() if name not in _OF_TIME)


def printed(ledger: Ledger, item: Evaluated) -> Row:
    """Return a judgement's row with the number of its version; None = it is not kept as it is."""
    standing = stored(ledger, draft_of(item))
    kept = standing is not None and dict(standing.result) == msgspec.json.decode(msgspec.json.encode(item.row))
    return {**item.row, "version": standing.version if standing is not None and kept else None}
