"""The parts of the service: each runs until it is told to stop, and says each second how it is.

A part is a process of its own and imports nothing of the others.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from importlib import import_module

from console.site import Site
from qualicity.store.durable import database_errors

PARTS = ("collector", "archive", "aggregator", "targets", "alerting", "influx", "api")
"""Names of the parts, and of their modules here."""

WRITERS = frozenset({"collector"})
"""Parts that append to the store."""

OWNERS = frozenset({"archive"})
"""Parts that own the archive."""

COMPANIONS: Mapping[str, str] = {"collector": "archive"}
"""What a part that is asked for brings with it."""


def run_part(name: str, site: Site, stop: threading.Event) -> None:
    """Run one part until told to stop.

    Raises:
        Retryable: the disk is full or broken; whoever started it starts it again.
    """
    with database_errors():
        import_module(f"{__name__}.{name}").run(site, stop)


def with_companions(parts: Sequence[str]) -> list[str]:
    """Return parts with those that they bring with them."""
    return list(dict.fromkeys(name for part in parts for name in (part, COMPANIONS.get(part, part))))


def parts_of(site: Site) -> list[str]:
    """Return the parts that a site needs: without a database configured, nothing is written there."""
    return [part for part in PARTS if part != "influx" or site.settings.influx.url]
