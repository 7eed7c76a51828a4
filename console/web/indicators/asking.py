"""Which year and which city are asked for, and what stands of them."""

from __future__ import annotations

from dataclasses import dataclass

from console.access.roles import Principal
from console.errors import MissingError
from console.evidence.scope import require_indicators
from console.scorecard.gathering import PROMISED, judged_years, latest_year
from console.site import Site
from qualicity.store.ledger import INDICATORS


@dataclass(frozen=True)
class Asked:
    """What is looked at.

    Attributes:
        years: of which anything was judged, oldest first.
        given: the year was asked for; otherwise it is the latest.
        city: id; None = the site has no network.
        cities: that may be chosen, where there are several.
    """

    year: int
    years: list[int]
    given: bool
    city: str | None
    cities: list[str]


def asked_for(site: Site, who: Principal, year: int | None, city: str | None) -> Asked:
    """Return what is asked for, of a city that may be seen.

    Raises:
        MissingError: nothing has ever been judged, or there is no such city.
        ForbiddenError: the city is out of scope.
    """
    known = sorted(site.network.city_by_id)
    chosen = city or _own(site, known)
    if chosen is not None and chosen not in known:
        raise MissingError(f"no city {chosen!r} in the network", "see the list of cities in network.toml")
    who.require("see", chosen)
    require_indicators(who, site)
    if not (site.data / INDICATORS).is_file():
        raise MissingError("no indicator has been judged here yet", "file records, or run: qualicity targets judge")
    cities = [one for one in known if who.sees(one)]
    years = judged_years(site)
    latest = years[-1] if years else latest_year(site)
    return Asked(year or latest, years, year is not None, chosen, cities)


def _own(site: Site, known: list[str]) -> str | None:
    """Return the city that the promise is about, where the network has it; else its first one."""
    own = [one for one in known if PROMISED.zh == site.network.city_by_id[one].name.zh]
    return next(iter([*own, *known]), None)
