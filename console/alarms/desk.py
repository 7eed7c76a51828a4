"""What the pages and the API need of a site, for one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from alerting.incidents import Incident
from alerting.links import Links, load_links
from alerting.rules.compiled import Ruleset
from alerting.rules.load import site_rules
from alerting.store import NAME, AlertStore
from console.errors import MissingError
from console.site import Site
from qualicity.errors import InputError, UsageError

log = structlog.get_logger(__name__)


class OffError(UsageError):
    """The site has no key for links."""


@dataclass(frozen=True)
class Desk:
    """A site's alarms, open for one request."""

    site: Site
    store: AlertStore
    ruleset: Ruleset

    def incident(self, number: int) -> Incident:
        """Return an incident.

        Raises:
            MissingError: there is none of that number.
        """
        found = self.store.incidents.find(number)
        if found is None:
            raise MissingError(f"there is no incident {number}", "see `qualicity alerts list`")
        return found


@contextmanager
def reading(site: Site) -> Iterator[Desk]:
    """Open a site's alarms for reading, in one snapshot.

    Raises:
        MissingError: there are none yet.
    """
    if not (site.data / NAME).is_file():
        raise MissingError(f"there are no alarms in {site.data} yet", "run `qualicity serve`")
    with AlertStore(site.data / NAME, reader=True) as store, store.transaction():
        yield Desk(site, store, rules_of(site))


def rules_of(site: Site) -> Ruleset:
    """Return the rules; none where the file cannot be taken just now: alarms are shown all the same, by their ids."""
    try:
        return site_rules(site.data, site.settings.alerting, site.network)
    except InputError as error:
        log.warning("rules cannot be read", cause=error.cause)
        return Ruleset()


def links_of(site: Site) -> Links:
    """Return what reads links of acknowledgement.

    Raises:
        OffError: the site has no key for them.
        InputError: the key cannot be read.
    """
    settings = site.settings.alerting
    if settings.link_key_file is None:
        raise OffError("links of acknowledgement are off", "set alerting.link_key_file")
    return load_links(settings.link_key_file, settings.link_hours)
