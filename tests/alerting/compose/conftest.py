"""A composer with a network of three stations and one rule of each kind, and the cases of the golden messages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from alerting.compose import Composer
from alerting.incidents import Incident, Member
from alerting.links import Links
from alerting.record import Context
from alerting.rules.load import load_rules
from alerting.rules.schema import Title
from qualicity.network import City, Name, Network, Station
from qualicity.settings import AlertingSettings

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "cases.toml").read_text("utf-8"))
MINUTE = 60_000
NOW = 1_795_312_800_000
"""2026-11-22 10:00 at +08:00."""

OZONE = {
    "district": "海淀区", "station": "wl", "parameter": "o3", "unit": "ug/m3", "limit": 200.0, "law": "GB3095-2012",
    "clause": "4.4 table 1", "certainty": "read", "statistic": "1h", "coverage": "1 of 1 h",
}  # fmt: skip

NETWORK = Network(
    (City("beijing", Name("北京", "Beijing")),),
    (
        Station("wl", "beijing", Name("万柳", "Wanliu"), district="海淀区"),
        Station("dx", "beijing", Name("定陵", "Dingling"), district="昌平区"),
        Station("ath", "beijing", Name("奥体中心", "Olympic Centre"), district="朝阳区"),
    ),
)


def _member(
    rule="ozone", key="", value=215.2, peak=None, resolved=None, cleared=None, above=0, acknowledged_by="", **known
):
    """Return an alarm that began an hour and a half ago."""
    if rule == "ozone":
        known = {**OZONE, **known}
        key = f"beijing/{known['station']}/o3"
        known["evidence"] = f"air/beijing/{known['station']}/2026-11-22@GB3095-2012#1"
    acknowledged = known.pop("acknowledged", False)
    context = Context(**{"severity": "P2", "city": "beijing", **known})
    return Member(
        rule, key, 1, NOW - 90 * MINUTE, NOW - 60 * MINUTE, value, value if peak is None else peak, context,
        acknowledged=acknowledged, acknowledged_by=acknowledged_by, above=above * MINUTE,
        resolved=0 if resolved is None else NOW - resolved * MINUTE,
        cleared=0 if cleared is None else NOW - cleared * MINUTE,
    )  # fmt: skip


def _incident(members, number=17, acknowledged=None, acknowledged_by="", resolved=None, **_):
    """Return an incident that was opened half an hour ago."""
    made = tuple(_member(**one) for one in members)
    return Incident(
        number, "beijing||air|air-hour", "air-hour", min(one.context.severity for one in made), "default",
        NOW - 30 * MINUTE, "open" if resolved is None else "resolved", made, acknowledged_by=acknowledged_by,
        acknowledged=0 if acknowledged is None else NOW - acknowledged * MINUTE,
        resolved=0 if resolved is None else NOW - resolved * MINUTE,
    )  # fmt: skip


def _composed(composer, name):
    """Return the message of a case."""
    case = CASES[name]
    if "about" in case:
        lines = [Title(**line) for line in case["lines"]]
        return composer.system(Title(**case["about"]), lines, transition="system.nobody", now=NOW)
    if "digest" in case:
        severities = [f"P{number % 3 + 1}" for number in range(case["digest"])]
        found = [
            _incident([{**one, "severity": severity} for one in case["members"]], number)
            for number, severity in enumerate(severities, start=20)
        ]
        return composer.digest(found, transition="digest.3", now=NOW)
    if "channel" in case:
        return composer.test(case["channel"], transition="test.5", now=NOW, rule=case.get("rule", ""))
    if not case:
        return composer.drill(transition="drill.2026-12", now=NOW)
    incident, kind = _incident(**case), case.get("kind", "raised")
    news = incident.members[-case["news"] :] if "news" in case else None
    return composer.compose(
        kind, incident, transition=case.get("transition", kind), person="duty-1", channel="chat", members=news,
        now=NOW, detail=case.get("detail", ""),
    )  # fmt: skip


@pytest.fixture(scope="session")
def network():
    """Return the network of the composer."""
    return NETWORK


@pytest.fixture(scope="session")
def ruleset():
    """Return the rules of the golden messages."""
    return load_rules(HERE / "rules.toml", NETWORK)


@pytest.fixture(scope="session")
def settings():
    """Return the settings of the composer."""
    return AlertingSettings(
        public_url="https://air.example/q/",
        grafana_url="https://grafana.example",
        runbook_url="https://docs.example/runbooks",
    )


@pytest.fixture(scope="session")
def links():
    """Return what signs."""
    return Links(["k" * 40])


@pytest.fixture(scope="session")
def composer(ruleset, settings, links):
    """Return a composer that knows all addresses."""
    return Composer(NETWORK, ruleset, settings, links)


@pytest.fixture(scope="session")
def now():
    """Return the present, ms UTC."""
    return NOW


@pytest.fixture(scope="session")
def incident():
    """Return the maker of incidents."""
    return _incident


@pytest.fixture(params=CASES)
def named(request, composer):
    """Return the name of a case and its message."""
    return request.param, _composed(composer, request.param)


@pytest.fixture(scope="session")
def cases():
    """Return the names of all cases."""
    return frozenset(CASES)
