"""Codes that a record may name because a table of ours lists them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from qualicity.network import Name
from targets.tables import Identified, rows_by_id


class _District(Identified, frozen=True, forbid_unknown_fields=True):
    name: Name


CITY_CODE = "440300"
"""By GB/T 2260: of the city that has promised."""


@cache
def districts() -> Mapping[str, Name]:
    """Return the districts by code, the whole city first."""
    return {code: row.name for code, row in rows_by_id("records/districts.toml", "district", _District).items()}


def city_districts() -> tuple[str, ...]:
    """Return the codes of the districts without the city as a whole."""
    return tuple(code for code in districts() if code != CITY_CODE)
