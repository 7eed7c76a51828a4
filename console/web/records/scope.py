"""Who may see records: departments file them for the whole site, so whoever is there for all its cities."""

from __future__ import annotations

from console.access.roles import Permission, Principal
from console.site import Site


def require_records(who: Principal, permission: Permission, site: Site) -> None:
    """Refuse whoever is there for some of the site's cities only: no record says which of them it is about.

    Raises:
        ForbiddenError: a city is out of scope, or the role does not allow it.
        SignInError: nobody is signed in.
    """
    who.require(permission)
    for city in sorted(site.network.city_by_id):
        who.require(permission, city)


def may_file(who: Principal, site: Site) -> bool:
    """Return whether somebody may file records."""
    return who.may("file") and all(map(who.sees, site.network.city_by_id))
