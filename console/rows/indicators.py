"""Judgements of indicators as they stand in the ledger: the rows that `qualicity targets judge --json` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.site import Site
from targets.keys import PREFIX
from targets.register import register


def standing_rows(site: Site, year: int) -> Iterator[Mapping[str, Any]]:
    """Yield the judgements of a year by register and version of the target; none where nothing was judged.

    Args:
        site: open for reading.
        year: calendar year.
    """
    text = str(year)
    with site.indicators.transaction():
        for row in register().rows:
            order = [version.id for version in row.targets]
            found = site.indicators.current(f"{PREFIX}{row.id}", text, text)
            for version in sorted(found, key=lambda one: _place(str(one.standard), order)):
                yield {**version.result, "version": version.version}


def _place(version: str, order: list[str]) -> int:
    """Return a version's place; one that the register does not know any more comes first."""
    return order.index(version) if version in order else -1
