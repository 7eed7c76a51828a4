"""The texts of law that a year rests on, and how surely each is known."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from qualicity.standards.load import standard
from qualicity.standards.schema import Title


@dataclass(frozen=True)
class Citation:
    """A table of law that was applied."""

    id: str
    title: Title
    in_force: dt.date
    until: dt.date | None
    source: str
    certainty: Mapping[str, int]  # how many of its rows are read, cross-checked, recalled


def citations(laws: Iterable[Mapping[str, Any]]) -> list[Citation]:
    """Return the limits, indices and assessments of some laws (as `air_law_node` gives them), each once."""
    kinds = ("standard", "index", "assessment")
    return cited(law[kind] for law in laws for kind in kinds if law[kind])


def cited(names: Iterable[str]) -> list[Citation]:
    """Return the texts of some ids, each once."""
    return [_citation(name) for name in dict.fromkeys(names)]


def _citation(name: str) -> Citation:
    table = standard(name)
    counted = Counter(_certainties(msgspec.to_builtins(table)))
    return Citation(table.id, table.title, table.in_force, table.until, table.source, dict(sorted(counted.items())))


def _certainties(content: object) -> Iterator[str]:
    """Yield every statement of certainty in a table."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name.endswith("certainty"):
                yield value
            else:
                yield from _certainties(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _certainties(value)
