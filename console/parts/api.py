"""The page as a part of the service."""

from __future__ import annotations

import threading

from console.api import run_api
from console.site import Site


def run(site: Site, stop: threading.Event) -> None:
    """Serve health, metrics, the page and the evidence of verdicts until told to stop."""
    run_api(site.data, site.settings.api, site.clock, stop, site.reader)
