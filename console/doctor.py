"""What is wrong with this site, found by trying: each finding names the cause and the mend."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from console.check import Check
from console.clock_skew import examine_clocks
from console.doctor_alerting import examine_alerting
from console.doctor_broker import examine_broker
from console.doctor_hj212 import examine_hj212
from console.doctor_influx import examine_influx
from console.health import LEAST_FREE_BYTES
from console.site import Site
from qualicity.errors import QualicityError
from qualicity.heartbeat import heartbeats

_SLOW_FSYNC_MS = 20.0
_FSYNC_TRIES = 20


def examine(site: Site, only: Collection[str] = ()) -> Iterator[Check]:
    """Yield the outcomes of all checks, or of those named, in the order in which a site comes to life."""
    for name, check in CHECKS.items():
        if not only or name in only:
            yield from _guarded(name, check, site)


def _guarded(name: str, check: Callable[[Site], Check | Iterator[Check]], site: Site) -> Iterator[Check]:
    """Run a check; an error that it raises on purpose is a problem with its own cause and mend."""
    try:
        found = check(site)
        yield from (found,) if isinstance(found, Check) else found
    except QualicityError as error:
        yield Check(name, "problem", error.cause, error.mend)


def _folder(site: Site) -> Check:
    if os.access(site.data, os.R_OK | os.W_OK | os.X_OK):
        return Check("folder", "ok", str(site.data))
    return Check("folder", "problem", f"{site.data} is not writable", "give this user the folder")


def _disk(site: Site) -> Check:
    free = shutil.disk_usage(site.data).free
    text = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Check("disk", "problem", text, "make room: intake pauses when the disk is full")
    return Check("disk", "ok", text)


def _fsync(site: Site) -> Check:
    """Time what stands between a message and its acknowledgement."""
    times = []
    with tempfile.TemporaryFile(dir=site.data) as file:
        for _ in range(_FSYNC_TRIES):
            file.write(b"\0" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    worst = max(times)
    text = f"fsync of 4 KiB: median {sorted(times)[len(times) // 2]:.2f} ms, worst {worst:.2f} ms"
    if worst > _SLOW_FSYNC_MS:
        return Check("fsync", "warning", text, "a faster disk takes more messages a second; none is lost on a slow one")
    return Check("fsync", "ok", text)


def _settings(site: Site) -> Check:
    return Check("settings", "ok", f"broker {site.settings.mqtt.url}, topic {site.settings.mqtt.topic}")


def _network(site: Site) -> Check:
    network = site.network
    if not network.stations:
        return Check("network", "warning", "no station is declared", "write network.toml (`qualicity init DIR`)")
    return Check("network", "ok", f"{len(network.cities)} cities, {len(network.stations)} stations")


def _databases(site: Site) -> Check:
    """Ask each SQLite file for its own check; `qualicity verify` looks at every row."""
    checked = []
    for path in sorted(Path(site.data).glob("*.db")):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            answer = str(error)
        finally:
            connection.close()
        if answer != "ok":
            return Check("databases", "problem", f"{path.name}: {answer}", "restore it from a backup")
        checked.append(path.name)
    return Check("databases", "ok", ", ".join(checked) or "none yet")


def _broker(site: Site) -> Iterator[Check]:
    return examine_broker(site.settings.mqtt)


def _influx(site: Site) -> Iterator[Check]:
    return examine_influx(site.settings.influx, site.data)


def _people(site: Site) -> Check:
    """Judge whether those whom the console's address lets in can sign in."""
    from console.access.site_access import is_loopback  # noqa: PLC0415 - the web's libraries, which few commands need

    api = site.settings.api
    with site.reader() as reader:
        count = sum(user.revoked is None for user in reader.access.users())
    where = f"{api.host}:{api.port}"
    if is_loopback(api.host) or count:
        return Check("people", "ok", f"{count} may sign in at {where}")
    text = f"other machines reach {where}, and nobody can sign in there"
    return Check("people", "warning", text, "`qualicity users add NAME --role admin`, or leave api.host on loopback")


def _service(site: Site) -> Check:
    now = site.clock.now()
    beats = heartbeats(site.data)
    if not beats:
        return Check("service", "ok", "not running")
    unwell = [beat.part for beat in beats if not beat.well(now)]
    if unwell:
        return Check("service", "problem", f"not well: {', '.join(unwell)}", "see its log; `qualicity serve` starts it")
    return Check("service", "ok", "; ".join(f"{beat.part}: {beat.state}" for beat in beats))


CHECKS: Mapping[str, Callable[[Site], Check | Iterator[Check]]] = {
    "folder": _folder,
    "disk": _disk,
    "fsync": _fsync,
    "settings": _settings,
    "network": _network,
    "databases": _databases,
    "broker": _broker,
    "clocks": examine_clocks,
    "hj212": examine_hj212,
    "influx": _influx,
    "alerting": examine_alerting,
    "people": _people,
    "service": _service,
}
"""Every check, by the name that `--only` takes."""
