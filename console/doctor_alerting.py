"""Would an alarm reach anybody: rules, people, channels, links and what watches us, found by trying. Shows no secret.

No message is sent, and the dead-man switch is not asked: that would say that the engine lives.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from alerting.channels.build import Endpoint, build_sender, endpoint
from alerting.channels.schema import ChannelSettings
from alerting.links import load_links
from alerting.metrics import LAST_EVALUATION
from alerting.oncall.duty import OnCall, Policy, Step
from alerting.oncall.load import site_oncall, site_oncall_file
from alerting.oncall.rota import shifts
from alerting.rules.load import site_rules, site_rules_file
from alerting.sinks.deadman import PERIOD, deadman_url
from alerting.store import NAME, open_reader
from console.check import Check
from console.site import Site
from qualicity.errors import InputError, QualicityError
from qualicity.heartbeat import STALE_MS, heartbeats
from qualicity.periods import DAY_MS, SECOND_MS, clock_time, day_of

AHEAD_DAYS = 14
"""How far ahead holes in a rota are looked for."""

_CONNECT_SECONDS = 3.0
_OCTOBER = 10
"""From this month on the next year's holidays are asked for; the notice comes in autumn."""


def examine_alerting(site: Site) -> Iterator[Check]:
    """Yield what is found, under the names that docs/operations.md lists."""
    for name, check in _CHECKS.items():
        try:
            yield from check(site)
        except QualicityError as error:
            yield Check(name, "problem", error.cause, error.mend)


def _rules(site: Site) -> Iterator[Check]:
    settings = site.settings.alerting
    count = len(site_rules(site.data, settings, site.network).rules)
    own = site_rules_file(site.data, settings)
    yield Check("alarm rules", "ok", f"{count} rules, {f'from {own}' if own else 'those that ship'}")


def _people(site: Site) -> Iterator[Check]:
    settings = site.settings.alerting
    path = site_oncall_file(site.data, settings)
    oncall = site_oncall(site.data, settings, _policies(site))
    if path is None or oncall is None:
        mend = "write oncall.toml (`qualicity init DIR` writes a sample)"
        yield Check("on-call file", "warning", "there is none: alarms are listed and nobody is told", mend)
        return
    yield Check("on-call file", "ok", f"{len(oncall.people)} people, from {path}")
    for one in oncall.channels.values():
        yield _channel(one, path.parent)
    now = site.clock.now()
    yield _rota(oncall, now)
    yield _holidays(oncall, day_of(now))


def _policies(site: Site) -> set[str]:
    """Return the policies that the rules name; none while the rules cannot be taken, which is told by itself."""
    try:
        ruleset = site_rules(site.data, site.settings.alerting, site.network)
    except InputError:
        return set()
    return {one.rule.policy for one in ruleset.rules}


def _channel(settings: ChannelSettings, folder: Path) -> Check:
    """Build a channel's sender, which reads its secrets, and see whether its server takes a connection."""
    what = f"{settings.id} ({settings.kind})"
    try:
        build_sender(settings, folder).close()
        place = endpoint(settings, folder)
    except InputError as error:
        return Check("alarm channel", "problem", error.cause, error.mend)
    if place is None:
        detail = f"{what}: Apprise knows the address; whether it is reached shows `qualicity alerts test`"
        return Check("alarm channel", "ok", detail)
    where = f"{place.host}:{place.port}" if place.shown else "its server"
    problem = _refuses(place)
    if problem:
        mend = "check the way out: name service, firewall, proxy; messages wait and are tried for 24 h"
        return Check("alarm channel", "warning", f"{what}: {where} does not answer: {problem}", mend)
    return Check("alarm channel", "ok", f"{what}: {where} answers")


def _refuses(place: Endpoint) -> str:
    """Return why no connection is taken; empty = one is."""
    try:
        socket.create_connection((place.host, place.port), _CONNECT_SECONDS).close()
    except UnicodeError:
        return "no such name"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _rota(oncall: OnCall, now: int) -> Check:
    """Look for the first time at which a step would find nobody on duty who should be."""
    asked = [
        (policy, step, target)
        for policy in oncall.policies.values()
        for step in policy.steps
        for target in step.targets
        if target.startswith("rota:")
    ]
    holes = [(begin, one[2]) for one in asked for begin in _holes(oncall, *one, now)]
    if holes:
        begin, target = min(holes)
        mend = "fill it in oncall.toml: a layer or an override; until then the fallback group is told"
        return Check("on-call rota", "warning", f"nobody on duty in {target} from {clock_time(begin)} on", mend)
    detail = f"somebody is on duty whenever a step asks, for the next {AHEAD_DAYS} days" if asked else "none is used"
    return Check("on-call rota", "ok", detail)


def _holes(oncall: OnCall, policy: Policy, step: Step, target: str, now: int) -> Iterator[int]:
    """Yield when a rota has nobody while the step may need somebody, ms UTC."""
    manners = {policy.manner(severity) for severity in step.severities} - {"list"}
    for shift in shifts(oncall.rotas[target.removeprefix("rota:")], now, now + AHEAD_DAYS * DAY_MS):
        if shift.people:
            continue
        needed = [free for manner in manners if (free := policy.free(manner, shift.start)) < shift.end]
        if needed:
            yield min(needed)


def _holidays(oncall: OnCall, today: dt.date) -> Check:
    years = (today.year, today.year + 1) if today.month >= _OCTOBER else (today.year,)
    unknown = [str(year) for year in years if year not in oncall.calendar.years]
    if unknown:
        mend = "add [[holidays]] to oncall.toml from the State Council's notice, or upgrade"
        return Check(
            "holidays", "warning", f"those of {' and '.join(unknown)} are not known: only weekends are free", mend
        )
    return Check("holidays", "ok", f"those of {' and '.join(map(str, years))} are known")


def _links(site: Site) -> Iterator[Check]:
    settings = site.settings.alerting
    url = settings.public_url
    if settings.link_key_file is not None:
        load_links(settings.link_key_file, settings.link_hours)
    if bool(url) != bool(settings.link_key_file):
        given, missing = ("public_url", "link_key_file") if url else ("link_key_file", "public_url")
        detail = f"alerting.{given} without alerting.{missing}: messages have no link to acknowledge by"
        yield Check("alarm links", "warning", detail, f"set alerting.{missing} too")
    elif url and not _private(url):
        mend = "put a proxy with TLS in front and give its https address"
        yield Check("alarm links", "warning", f"{url}: whoever listens on the way can acknowledge", mend)
    else:
        yield Check("alarm links", "ok", f"they lead to {url}" if url else "none: messages have no link")


def _private(url: str) -> bool:
    """Return whether nobody on the way reads along: TLS, or this machine only."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _alertmanager(site: Site) -> Iterator[Check]:
    url = site.settings.alerting.alertmanager_url
    if not url:
        yield Check("alertmanager", "ok", "none configured")
        return
    mend = "start it, or mend alerting.alertmanager_url"
    try:
        answer = httpx.get(f"{url.rstrip('/')}/-/ready", timeout=_CONNECT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield Check("alertmanager", "problem", f"it does not answer: {error}", mend)
        return
    if answer.is_success:
        yield Check("alertmanager", "ok", "it is ready")
    else:
        yield Check("alertmanager", "problem", f"it answers {answer.status_code} to /-/ready", mend)


def _deadman(site: Site) -> Iterator[Check]:
    if deadman_url(site.settings.alerting):
        yield Check("dead-man switch", "ok", "configured; it is asked each minute while the engine works")
    else:
        mend = "set alerting.deadman_url_file to the address of a service that calls when it hears nothing"
        yield Check("dead-man switch", "warning", "none: nobody notices our death", mend)


def _messages(site: Site) -> Iterator[Check]:
    try:
        dead = _dead(site.data / NAME, site.clock.now() - DAY_MS)
    except sqlite3.DatabaseError as error:
        yield Check("alarm messages", "problem", f"{NAME}: {error}", "restore it from a backup")
        return
    if dead:
        detail = f"given up in the last day: {', '.join(f'{count} on {channel}' for channel, count in dead.items())}"
        mend = "`qualicity alerts incident N` shows what the provider said; `qualicity alerts test` tries the way"
        yield Check("alarm messages", "warning", detail, mend)
    else:
        yield Check("alarm messages", "ok", "none was given up in the last day")


def _dead(path: Path, since: int) -> Mapping[str, int]:
    """Return how many messages of each channel were given up since then, ms UTC."""
    store = open_reader(path)
    if store is None:
        return {}
    query = "SELECT channel, count(*) FROM notification WHERE died > 0 AND settled >= ? GROUP BY channel ORDER BY 1"
    with closing(store):
        return dict(store.database.rows(query, (since,)))


def _engine(site: Site) -> Iterator[Check]:
    name, now = "alarm engine", site.clock.now()
    beats = {beat.part: beat for beat in heartbeats(site.data)}
    beat = beats.get("alerting")
    mend = "see its log; restart the service"
    if not beats:
        yield Check(name, "ok", "not running")
    elif beat is None:
        yield Check(name, "warning", "the service runs without the part `alerting`: nobody watches", "start it")
    elif now - beat.at >= STALE_MS:
        yield Check(name, "problem", f"no sign of life for {(now - beat.at) // SECOND_MS} s", mend)
    elif LAST_EVALUATION not in beat.counters:
        yield Check(name, "ok" if beat.ready else "warning", f"nothing evaluated yet: {beat.state}", "wait a moment")
    elif (age := now - round(beat.counters[LAST_EVALUATION] * 1000)) >= PERIOD:
        yield Check(name, "problem", f"rules were last evaluated {age // SECOND_MS} s ago", mend)
    elif not beat.ready:
        yield Check(name, "problem", beat.state, "mend what it says: the part goes on by itself")
    else:
        yield Check(name, "ok", f"rules were evaluated {max(0, age) / SECOND_MS:.1f} s ago")


_CHECKS: Mapping[str, Callable[[Site], Iterator[Check]]] = {
    "alarm rules": _rules,
    "on-call file": _people,
    "alarm links": _links,
    "alertmanager": _alertmanager,
    "dead-man switch": _deadman,
    "alarm messages": _messages,
    "alarm engine": _engine,
}
"""What is looked at, by the name under which its error is told."""
