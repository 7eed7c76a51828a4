"""Choices of a form, and the cities among which somebody may choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from console.access.roles import Permission, Principal
from console.site import Site


class Option(NamedTuple):
    """One choice of a form."""

    value: str
    label: str
    chosen: bool


def options(known: Sequence[tuple[str, str]], chosen: str) -> list[Option]:
    """Return the choices of a form, given as value and label."""
    return [Option(value, label, value == chosen) for value, label in known]


def chosen_cities(site: Site, who: Principal, city: str, permission: Permission = "see") -> list[str]:
    """Return the cities that somebody asks for: one, or all of the scope.

    Raises:
        ForbiddenError: the city is out of scope.
    """
    if city:
        who.require(permission, city)
    return [one for one in site.network.city_by_id if who.may(permission, one) and city in {"", one}]
