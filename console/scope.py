"""Which cities somebody asks about, and is there for."""

from __future__ import annotations

from console.access.roles import Permission, Principal
from console.site import Site


def city_of(site: Site, station: str) -> str | None:
    """Return the city of a station; None = the network has no such station."""
    known = site.network.station_by_id.get(station)
    return None if known is None else known.city


def chosen_cities(site: Site, who: Principal, city: str, permission: Permission = "see") -> list[str]:
    """Return the cities that somebody asks for: one, or all of the scope.

    Raises:
        ForbiddenError: the city is out of scope.
    """
    if city:
        who.require(permission, city)
    return [one for one in site.network.city_by_id if who.may(permission, one) and city in {"", one}]


def require_all(who: Principal, permission: Permission, site: Site) -> None:
    """Refuse whoever is there for some of the site's cities only: no record says which of them it is about.

    Raises:
        ForbiddenError: a city is out of scope, or the role does not allow it.
        SignInError: nobody is signed in.
    """
    who.require(permission)
    for city in sorted(site.network.city_by_id):
        who.require(permission, city)


def may_everywhere(who: Principal, permission: Permission, site: Site) -> bool:
    """Return whether something is allowed of all of the site's cities."""
    return who.may(permission) and all(map(who.sees, site.network.city_by_id))
