"""The addresses that a message leads to: acknowledge, runbook, charts, evidence, the incident's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from alerting.compose.words import Words
from alerting.incidents import Incident, Member
from alerting.links import Links
from alerting.message import Link
from qualicity.periods import HOUR_MS
from qualicity.settings import AlertingSettings

GRAFANA_BOARD = "/d/qualicity-station-zh"
"""Path of the board of stations (dashboards/boards/station.py)."""

_BEFORE, _AFTER = 12 * HOUR_MS, HOUR_MS
"""Of an alarm, that the charts show."""

_Kind = Literal["acknowledge", "runbook", "grafana", "evidence", "incident"]
_ZH, _EN = Words("zh"), Words("en")


@dataclass(frozen=True)
class Addresses:
    """Makes the links of messages; what the settings do not name is left out."""

    settings: AlertingSettings
    links: Links | None

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
            yield _link("grafana", self.settings.grafana_url.rstrip("/") + charts(first, now))
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


def charts(member: Member, now: int) -> str:
    """Return the board of an alarm's station, from half a day before it until an hour after."""
    context = member.context
    values = {"var-city": context.city, "var-station": context.station, "var-parameter": context.parameter}
    until = (member.resolved or now) + _AFTER
    query = {name: value for name, value in values.items() if value}
    return f"{GRAFANA_BOARD}?{urlencode({**query, 'from': member.began - _BEFORE, 'to': until}, quote_via=quote)}"
