"""Keys of judgements, which every judged row carries and `explain` takes: `target/ID/YEAR[@VERSION][#N]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qualicity.errors import UsageError

PREFIX = "target/"
NO_TARGET = "-"
"""Stands for the version of a target where the text states none."""

_KEY = re.compile(r"target/([a-z0-9_]+\.[a-z0-9_]+)/(\d{4})(?:@([\w-]+))?(?:#(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class TargetKey:
    """What is to be explained.

    Attributes:
        target: id of the target's version; None = the latest that was judged.
        version: number of the judgement; None = the current one.
    """

    indicator: str
    year: int
    target: str | None = None
    version: int | None = None

    @property
    def scope(self) -> str:
        """Return what it is about, without the year."""
        return f"{PREFIX}{self.indicator}"

    @property
    def plain(self) -> str:
        """Return the key without target and version, as the ledger of indicators knows it."""
        return f"{self.scope}/{self.year}"

    @property
    def text(self) -> str:
        """Return the key as it is written."""
        target = f"@{self.target}" if self.target else ""
        return f"{self.plain}{target}{f'#{self.version}' if self.version else ''}"


def parse_target_key(text: str) -> TargetKey:
    """Read a key.

    Raises:
        UsageError: it is no such key.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a key", "write target/ID/2015[@VERSION][#N], such as target/prd.brands/2015")
    indicator, year, target, version = match.groups()
    return TargetKey(indicator, int(year), target, int(version) if version else None)
