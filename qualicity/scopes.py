"""What verdicts are about: `air/CITY`, `water/CITY/STATION`; with a period behind it, a key of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from qualicity.network import Medium

PREFIXES: Mapping[Medium, str] = {"air": "air", "water": "water", "wastewater": "discharge"}
"""The first part of a scope, by what is judged there."""

MEDIA: Mapping[str, Medium] = {prefix: medium for medium, prefix in PREFIXES.items()}


class Scope(NamedTuple):
    """A city, or one of its stations, in one medium."""

    medium: Medium
    city: str
    station: str | None = None

    @property
    def text(self) -> str:
        """Return it as keys begin."""
        return "/".join(filter(None, (PREFIXES[self.medium], self.city, self.station)))


def parse_scope(text: str) -> Scope | None:
    """Read a scope; None when the text is none."""
    prefix, *names = text.split("/")
    if prefix not in MEDIA or len(names) not in {1, 2} or not all(names):
        return None
    return Scope(MEDIA[prefix], names[0], names[1] if len(names) == 2 else None)
