"""The writer into InfluxDB as a part of the service."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from console.parts.life import Life
from console.parts.waiting import LOOK_SECONDS, read_log
from console.projection import run_writer, site_writer
from console.site import Site
from qualicity.errors import InputError
from qualicity.store import locks
from qualicity.store.doorbell import Doorbell


def run(site: Site, stop: threading.Event) -> None:
    """Keep the copy in InfluxDB up until told to stop."""
    read_log(site, "influx", stop, _write, lock=locks.COPY, work="writes into InfluxDB")


def _write(site: Site, life: Life, stop: threading.Event) -> None:
    def report(well: bool, text: str, counters: Mapping[str, float]) -> None:  # noqa: FBT001 - as the writer tells it
        life.turn(ready=well, state=text, counters=counters)

    with Doorbell(site.data, "influx") as bell:
        while not stop.is_set():
            try:
                with site_writer(site) as writer:
                    run_writer(site, writer, stop, bell.wait, report)
            except InputError as error:  # a token that is not made yet stops nothing else
                report(False, f"{error.cause} ({error.mend})", {})
                stop.wait(LOOK_SECONDS)
