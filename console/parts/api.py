"""The page as a part of the service."""

from __future__ import annotations

import threading

from console.api import run_api
from console.health import Expected
from console.parts.life import Life
from console.site import Site


def run(site: Site, stop: threading.Event) -> None:
    """Serve health, metrics, the page and the evidence of verdicts until told to stop."""
    where = f"serving http://{site.settings.api.host}:{site.settings.api.port}"
    with Life(site.data, "api", site.clock) as life:

        def turn() -> None:
            life.turn(ready=True, state=where, counters={})

        run_api(
            site.data, site.settings.api, site.clock, stop, site=site, expected=Expected.of(site.settings), turn=turn
        )
