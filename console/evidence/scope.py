"""Who may see what a key explains, and how far indicators are reached: whoever is there for the cities it rests on."""

from __future__ import annotations

from console.access.roles import Principal
from console.evidence.tables import FILING, ROLLUP, SELECTION
from console.evidence.trees import city_of
from console.scope import require_all
from console.scorecard.gathering import PROMISED
from console.site import Site
from targets.keys import PREFIX


def require_key(who: Principal, site: Site, key: str, city: str | None) -> None:
    """Refuse whoever may not see what a key explains.

    Args:
        who: asks.
        site: open for reading.
        key: of anything that can be explained.
        city: whose verdicts count in an indicator, where it was said.

    Raises:
        SignInError, ForbiddenError: it is not allowed.
        UsageError: it is no key, or the city has to be said.
    """
    who.require("see", city_of(site, key, city))
    if key.startswith((FILING, SELECTION)):
        require_all(who, "see", site)
    if key.startswith((PREFIX, ROLLUP)):
        require_indicators(who, site)


def require_indicators(who: Principal, site: Site) -> None:
    """Refuse whoever is not there for the city by whose verdicts indicators are judged, whichever city is asked for.

    It is the city of the register's promise; a judgement does not say, so where the network has several others, it may
    be any of them.

    Raises:
        SignInError, ForbiddenError: it is not allowed.
    """
    known = site.network.city_by_id
    own = [name for name, city in known.items() if city.name.zh == PROMISED.zh]
    for name in own or sorted(known):
        who.require("see", name)
