"""The addresses that a message leads to: acknowledge, runbook, charts, evidence, the incident's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlencode

from alerting.compose.words import Words
from alerting.incidents import Incident, Member
from alerting.links import Links
from alerting.message import Link
from qualicity.network import Medium, Network
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.settings import AlertingSettings

BOARDS: Mapping[Medium, str] = {
    "air": "/d/qualicity-station-zh",
    "water": "/d/qualicity-water-zh",
    "wastewater": "/d/qualicity-outlets-zh",
}
"""Paths of the boards of stations (dashboards/boards/)."""

_BEFORE, _AFTER = 12 * HOUR_MS, HOUR_MS
_DAYS_BEFORE = {"day": 31, "month": 366, "quarter": 366, "year": 366}
"""Of an alarm, that the charts show; days, of verdicts about water: their points stand where their periods begin."""

_Kind = Literal["acknowledge", "runbook", "grafana", "evidence", "incident"]
_ZH, _EN = Words("zh"), Words("en")


@dataclass(frozen=True)
class Addresses:
    """Makes the links of messages; what the settings do not name is left out."""

    settings: AlertingSettings
    links: Links | None
    network: Network = field(default_factory=Network)  # whose stations have boards by their media

    def of(
        self, incident: Incident, first: Member | None, *, runbook: str, now: int, token_for: tuple[str, str] | None
    ) -> Iterator[Link]:
        """Yield the links of an incident's message.

        Args:
            incident: of the message.
            first: the member that matters most.
            runbook: page of docs/runbooks/.
            now: ms UTC.
            token_for: person and channel who may acknowledge by link; None = nothing to acknowledge.
        """
        public = self.settings.public_url.rstrip("/")
        if token_for is not None and public and self.links is not None:
            yield _link("acknowledge", f"{public}/ack/{self.links.sign(incident.id, *token_for, now)}")
        page = runbook_address(runbook, self.settings.runbook_url, public and f"{public}/runbooks")
        if page:
            yield _link("runbook", page)
        if first is not None and first.context.station and self.settings.grafana_url:
            yield _link("grafana", self.settings.grafana_url.rstrip("/") + charts(first, now, self.network))
        if first is not None and first.context.evidence and public:
            yield _link("evidence", f"{public}/explain/{quote(first.context.evidence, safe='/@')}")
        if public:
            yield _link("incident", f"{public}/alarms/incidents/{incident.id}")

    def alarms(self) -> tuple[Link, ...]:
        """Return the link to the page of all alarms."""
        public = self.settings.public_url.rstrip("/")
        return (Link("incident", _ZH("link_alarms"), _EN("link_alarms"), f"{public}/alarms"),) if public else ()


def runbook_address(name: str, own: str, shipped: str) -> str:
    """Return where a page of what to do is; empty where it is served nowhere.

    Args:
        name: of the page; those of the site itself begin with `own/`.
        own: where the site serves its pages, `alerting.runbook_url`.
        shipped: where this service shows the pages that ship.
    """
    base = own.rstrip("/") or ("" if name.startswith("own/") else shipped)
    return f"{base}/{quote(name)}" if name and base else ""


def _link(kind: _Kind, url: str) -> Link:
    return Link(kind, _ZH(f"link_{kind}"), _EN(f"link_{kind}"), url)


def charts(member: Member, now: int, network: Network) -> str:
    """Return the board of an alarm's station, from half a day or some days before it until an hour after."""
    context = member.context
    station = network.station_by_id.get(context.station)
    medium: Medium = station.medium if station else "air"
    values = {"var-city": context.city, "var-station": context.station, "var-parameter": context.parameter}
    until = (member.resolved or now) + _AFTER
    query = {name: value for name, value in values.items() if value}
    days = 0 if medium == "air" else _DAYS_BEFORE.get(context.statistic, 0)
    since = member.began - (days * DAY_MS or _BEFORE)
    return f"{BOARDS[medium]}?{urlencode({**query, 'from': since, 'to': until}, quote_via=quote)}"
