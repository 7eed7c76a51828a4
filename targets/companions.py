"""What the second figures are that stand beside an indicator's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from qualicity.network import Name
from targets.tables import Identified, rows_by_id

_ANY = "*"


class Companion(Identified, frozen=True, forbid_unknown_fields=True):
    """A second figure by its name, or all whose name begins as its id does."""

    name: Name


@cache
def companions() -> Mapping[str, Companion]:
    """Return all by name.

    Raises:
        InputError: the table breaks its schema: all that is wrong, each with its place.
    """
    return rows_by_id("companions.toml", "companion", Companion)


def companion(name: str) -> Name:
    """Return what a second figure is; its name itself where the table is silent."""
    if name in companions():
        return companions()[name].name
    starts = [one for one in companions().values() if one.id.endswith(_ANY) and name.startswith(one.id[:-1])]
    if not starts:
        return Name(zh=name, en=name)
    found = max(starts, key=lambda one: len(one.id))
    rest = name.removeprefix(found.id[:-1])
    return Name(zh=found.name.zh.format(rest), en=found.name.en.format(rest))
