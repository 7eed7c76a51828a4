"""Where a message leads: each link to the right place, and none to a place that is not there."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from alerting.compose import Composer
from alerting.compose.addresses import BOARDS, charts, runbook_address
from alerting.message import MessageKind
from dashboards.boards import outlets, station, water
from dashboards.testing_water import OUTLET, SOURCE, water_stations
from qualicity.network import Network
from qualicity.settings import AlertingSettings

HOUR = 3_600_000


def _links(composer, incident, now, kind: MessageKind = "raised", **changes):
    about = incident([{}], **changes)
    message = composer.compose(kind, about, transition=kind, person="duty-1", channel="chat", now=now)
    return {link.kind: link.url for link in message.links}


def test_each_link_leads_to_its_place(composer, incident, links, now):
    """Acknowledge by a signed token, runbook, charts, evidence by its key, the incident's page."""
    found = _links(composer, incident, now)
    token = found["acknowledge"].removeprefix("https://air.example/q/ack/")

    assert links.read(token, now)[:3] == (17, "duty-1", "chat")
    assert found["runbook"] == "https://docs.example/runbooks/air-hour.md"
    assert found["incident"] == "https://air.example/q/alarms/incidents/17"
    assert unquote(found["evidence"]) == "https://air.example/q/explain/air/beijing/wl/2026-11-22@GB3095-2012#1"
    assert "#" not in found["evidence"]  # it would never reach the server


def test_charts_show_the_station_around_the_alarm(composer, incident, now):
    """The board of stations that ships, its own variables, from half a day before the alarm until an hour later."""
    address = urlsplit(_links(composer, incident, now)["grafana"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    choices = {f"var-{choice.name}" for choice in station.board().choices}

    assert address.path == BOARDS["air"] == f"/d/{station.board().uid('zh')}"
    assert {name for name in query if name.startswith("var-")} == choices
    assert (query["var-city"], query["var-station"], query["var-parameter"]) == ("beijing", "wl", "o3")
    assert int(query["from"]) == now - 90 * 60_000 - 12 * HOUR
    assert int(query["to"]) == now + HOUR


@pytest.mark.parametrize(
    ("name", "board", "statistic", "hours"),
    [
        (SOURCE, water, "month", 366 * 24),
        (SOURCE, water, "reading", 12),
        (OUTLET, outlets, "day", 31 * 24),
    ],
)
def test_charts_of_water_show_the_period_that_was_judged(incident, now, name, board, statistic, hours):
    """The point of a month stands at its start, long before its verdict."""
    [member] = incident([{"station": name, "statistic": statistic}]).members
    address = urlsplit(charts(member, now, Network((), water_stations())))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}

    assert address.path == f"/d/{board.board().uid('zh')}"
    assert {name for name in query if name.startswith("var-")} <= {f"var-{one.name}" for one in board.board().choices}
    assert int(query["from"]) == now - 90 * 60_000 - hours * HOUR


@pytest.mark.parametrize("kind", ["acknowledged", "resolved"])
def test_no_link_to_acknowledge_what_needs_none(composer, incident, now, kind):
    """Neither what was acknowledged nor what is over asks for it; nor does a late copy to somebody else."""
    assert "acknowledge" not in _links(composer, incident, now, kind)
    assert "acknowledge" not in _links(composer, incident, now, "repeated", acknowledged=5, acknowledged_by="duty-2")


def test_without_addresses_there_are_no_links(incident, network, ruleset, links, now):
    """Nothing is guessed; the runbook is named instead."""
    bare = Composer(network, ruleset, AlertingSettings(), links)
    message = bare.compose("raised", incident([{}]), transition="raised", person="", now=now)

    assert message.links == ()
    assert message.lines_en[-1] == "Runbook: air-hour.md"
    assert message.lines_zh[-1].startswith("处置手册")
    assert message.lines_zh[-1].endswith("air-hour.md")


def test_without_keys_nobody_acknowledges_by_link(incident, network, ruleset, settings, now):
    """No key, no link; the incident's page is still there."""
    found = _links(Composer(network, ruleset, settings, None), incident, now)
    assert "acknowledge" not in found
    assert "incident" in found


def test_what_other_systems_sort_by(composer, incident, now):
    """One dedup key for all messages of an incident, other for another; labels; PagerDuty's verbs."""
    about = incident([{}])
    first, last = (
        composer.compose(kind, about, transition=kind, person="", now=now) for kind in ("raised", "resolved")
    )
    other = composer.compose("raised", incident([{}], number=18), transition="raised", person="", now=now)

    assert first.dedup == last.dedup != other.dedup
    assert (first.verb, last.verb) == ("trigger", "resolve")
    assert first.labels == {
        "severity": "P2", "family": "air-hour", "incident": "17", "rule": "ozone", "city": "beijing",
        "district": "海淀区", "station": "wl", "parameter": "o3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "own", "shipped", "address"),
    [
        ("silence.md", "", "https://air.example/runbooks", "https://air.example/runbooks/silence.md"),
        ("silence.md", "https://docs.example/", "https://air.example/runbooks", "https://docs.example/silence.md"),
        ("own/fire.md", "https://docs.example", "https://air.example/runbooks", "https://docs.example/own/fire.md"),
        ("own/fire.md", "", "https://air.example/runbooks", ""),
        ("silence.md", "", "", ""),
        ("", "https://docs.example", "https://air.example/runbooks", ""),
    ],
)
def test_where_a_runbook_is(name, own, shipped, address):
    """The pages that ship are shown by this service; a site's own only where it says that it serves them."""
    assert runbook_address(name, own, shipped) == address
