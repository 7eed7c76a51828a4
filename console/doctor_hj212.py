"""Is the HJ 212 gateway safe to leave open, and do the right loggers speak to it. Shows no secret."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping

from collector.hj212.memory import NAME, Memory, Seen
from collector.hj212.secrets import is_private, load_secrets
from console.check import Check
from console.site import Site
from qualicity.heartbeat import heartbeats
from qualicity.periods import DAY_MS, clock_time
from qualicity.settings import Hj212Settings

_RECENT_MS = 7 * DAY_MS
_SHOWN = 5
_DOCS = "see docs/hj212.md"


def examine_hj212(site: Site) -> Iterator[Check]:
    """Yield what is to be said of the gateway; one line where there is none."""
    settings = site.settings.hj212
    loggers = site.network.loggers
    if not settings.port:
        if loggers:
            text = f"loggers are declared ({len(loggers)}), and no gateway listens"
            yield Check("hj212", "warning", text, "set port in [hj212] of the settings")
        else:
            yield Check("hj212", "ok", "none configured")
        return
    yield _address(settings)
    yield _secrets(site)
    yield _loggers(site)
    yield _strangers(site)


def _address(settings: Hj212Settings) -> Check:
    """Judge where it listens, and who may come."""
    where = f"{settings.host}:{settings.port}"
    wide = [str(network) for network in settings.networks if not network.is_private]
    if wide:
        text = f"{where} takes connections from {', '.join(wide)}: plain text with a weak password over the internet"
        return Check("hj212", "warning", text, "let loggers come through a VPN, and narrow hj212.networks to it")
    if not _is_loopback(settings.host):
        text = f"{where} is no loopback address: the protocol is plain text with a weak password"
        return Check("hj212", "warning", text, f"listen on a VPN's address, or on loopback behind one; {_DOCS}")
    return Check("hj212", "ok", f"{where}, loopback")


def _is_loopback(host: str) -> bool:
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)


def _secrets(site: Site) -> Check:
    """Judge the file of passwords and keys."""
    path = site.settings.hj212.secrets_file
    if path is None:
        text = "no password is compared: who knows an MN may speak for it"
        return Check("hj212", "warning", text, f"set hj212.secrets_file; {_DOCS}")
    secrets = load_secrets(path)
    if not is_private(path):
        return Check("hj212", "problem", f"{path} can be read by others", f"chmod 600 {path}")
    known = site.network.logger_by_mn
    if unknown := sorted(secrets.keys() - known.keys()):
        text = f"{path} has secrets of {_some(unknown)}, which no network file declares"
        return Check("hj212", "warning", text, "declare the loggers, or take their secrets away")
    if without := sorted(mn for mn in known if mn not in secrets or not secrets[mn].password):
        text = f"no password is known of {_some(without)}"
        return Check("hj212", "warning", text, f"add them to {path}")
    return Check("hj212", "ok", f"{path}: {len(secrets)} loggers")


def _loggers(site: Site) -> Check:
    """Say how many are connected, if the collector runs."""
    declared = len(site.network.loggers)
    for beat in heartbeats(site.data):
        if beat.part == "collector" and "hj212_loggers" in beat.counters and beat.well(site.clock.now()):
            connected = int(beat.counters["hj212_loggers"])
            text = f"connected: {connected} of {declared} declared loggers"
            if connected < declared:
                text += "".join(f"; not: {names}" for names in [_some(list(_absent(site)))] if names)
                mend = "see `qualicity dead-letters list` for who is refused, and why"
                return Check("hj212", "warning", text, mend)
            return Check("hj212", "ok", text)
    return Check("hj212", "ok", f"declared loggers: {declared}; the collector does not run")


def _absent(site: Site) -> Iterator[str]:
    """Yield the declared loggers that are not connected, and since when; the gateway notes it every few seconds."""
    path = site.data / NAME
    seen: Mapping[str, Seen] = {}
    if path.is_file():
        with Memory(path, reader=True) as memory:
            seen = memory.seen()
    for mn in site.network.logger_by_mn:
        last = seen.get(mn)
        if last is None:
            yield f"MN {mn} (never)"
        elif not last.connected:
            yield f"MN {mn} (since {clock_time(last.at)})"


def _strangers(site: Site) -> Check:
    """Name those who have spoken lately without being declared."""
    path = site.data / NAME
    if not path.is_file():
        return Check("hj212", "ok", "nobody unknown has spoken")
    since = site.clock.now() - _RECENT_MS
    with Memory(path, reader=True) as memory:
        recent = [
            stranger
            for stranger in memory.strangers()
            if stranger.last >= since and stranger.mn not in site.network.logger_by_mn
        ]
    if not recent:
        return Check("hj212", "ok", "nobody unknown has spoken in a week")
    named = [f"MN {one.mn or '(none)'} from {one.address}, last {clock_time(one.last)}" for one in recent]
    text = f"unknown loggers have spoken: {_some(named)}"
    return Check("hj212", "warning", text, "declare them in the network file, or shut their addresses out")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return "; ".join(names[:_SHOWN]) + more
