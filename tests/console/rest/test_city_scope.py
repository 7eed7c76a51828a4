"""Whoever is there for one city sees and changes nothing of another, by whichever address."""

from __future__ import annotations

import re

import pytest

from console.access.roles import ROLES
from console.overview import PAGE
from console.site import open_site
from console.testing import routes_of

REFUSED, FILTERED, FREE = "refused", "filtered", "free"
"""Of a foreign city: 403 or 404; answered without anything of it; about no city at all."""

OF_BEIJING = re.compile(r"\b(wl|dx|beijing|Beijing|Wanliu|Dingling)\b|万柳|定陵|R_ps-")
"""What would tell something of the city that whoever asks is not there for."""

API = "/api/v1"
THINGS = f"{API}/sensorthings/v1.1"
PAPER = "bulletin-air-beijing-2026-10"
DAYS = "from=2026-10-01&to=2026-10-03"

LOOKS = {
    "/": (FILTERED, "/"),
    "/year": (REFUSED, "/year"),
    "/air": (FILTERED, "/air?lang=en"),
    "/air/{city}": (REFUSED, "/air/beijing"),
    "/air/{city}/{station}": (REFUSED, "/air/beijing/wl"),
    "/air/{city}/{year}/laws": (REFUSED, "/air/beijing/2026/laws"),
    "/health": (FREE, "/health"),
    "/me": (FREE, "/me"),
    "/live": (FREE, ""),  # an event tells that something has changed, not what
    "/access": (REFUSED, "/access"),
    "/access/users/{name}": (REFUSED, "/access/users/admin-1"),
    "/access/keys": (REFUSED, "/access/keys"),
    "/access/log": (REFUSED, "/access/log"),
    "/water": (FILTERED, "/water"),
    "/water/{city}": (REFUSED, "/water/beijing"),
    "/water/{city}/{station}": (REFUSED, "/water/beijing/wl"),
    "/indicators": (REFUSED, "/indicators?city=c", "/indicators"),
    "/indicators/{name}": (REFUSED, "/indicators/env.air_days?city=c", "/indicators/env.air_days?city=beijing"),
    "/alarms": (FILTERED, "/alarms"),
    "/alarms/alarm": (REFUSED, "/alarms/alarm?name=air-o3-1h@beijing/wl/o3"),
    "/alarms/incidents/{number}": (REFUSED, "/alarms/incidents/1", "/alarms/incidents/2"),
    "/alarms/handover": (FILTERED, "/alarms/handover"),
    "/runbooks/{name}": (FREE, ""),
    "/explain": (FREE, ""),
    "/explain/{key:path}": (
        REFUSED, "/explain/air/beijing/2026-10-01", "/explain/air/beijing/wl/2026-10", "/explain/air/beijing/2026",
        "/explain/target/prd.market_pass/2012?city=c", "/explain/records/R_ps/2012?city=c",
        "/explain/filing/MSA/2012?city=c", "/explain/rollup/2012?city=c", "/explain/air/beijing/1790784000000?city=c",
        "/explain/air/beijing/2026-10-01?format=json", "/explain//air/beijing/2026-10-01",
    ),
    "/marks": (FILTERED, "/marks", "/marks?station=wl"),
    "/marks/new": (FILTERED, "/marks/new"),
    "/marks/{name}": (REFUSED, "/marks/{mark}"),
    "/letters": (FILTERED, "/letters"),
    "/letters/conflicts": (FILTERED, "/letters/conflicts?month=2026-10"),
    "/reviews": (FILTERED, "/reviews"),
    "/reviews/{scope:path}": (REFUSED, "/reviews/air/beijing/wl"),
    "/records": (REFUSED, "/records"),
    "/records/refused": (REFUSED, "/records/refused"),
    "/records/forms": (FREE, ""),
    "/records/forms/{name}": (FREE, ""),
    "/records/calendar": (REFUSED, "/records/calendar"),
    "/records/calendar.ics": (REFUSED, "/records/calendar.ics"),
    "/records/{record_id:path}": (REFUSED, "/records/x"),
    "/papers": (FILTERED, "/papers"),
    "/papers/jobs/{number}": (REFUSED, "/papers/jobs/1"),
    "/papers/{paper}/texts": (REFUSED, f"/papers/{PAPER}/texts"),
    "/papers/{paper}/text": (REFUSED, f"/papers/{PAPER}/text"),
    "/papers/{paper}/texts/{name}": (REFUSED, f"/papers/{PAPER}/texts/foreword.zh.md"),
    "/papers/{paper}/{issue}": (REFUSED, f"/papers/{PAPER}/1"),
    "/papers/{paper}/draft/{name:path}": (REFUSED, f"/papers/{PAPER}/draft/paper.zh.html"),
    "/papers/{paper}/{issue}/{name:path}": (REFUSED, "{file}", f"/papers/{PAPER}/1/record.json"),
    "/scorecard": (REFUSED, "/scorecard?city=c", "/scorecard?city=beijing"),
    "/scorecard.html": (REFUSED, "/scorecard.html?city=c"),
    f"{API}/me": (FREE, ""),
    f"{API}/users": (REFUSED, f"{API}/users"),
    f"{API}/keys": (REFUSED, f"{API}/keys"),
    f"{API}/audit": (REFUSED, f"{API}/audit", f"{API}/audit?format=csv"),
    f"{API}/alarms": (FILTERED, f"{API}/alarms"),
    f"{API}/alarms/history": (FILTERED, f"{API}/alarms/history", f"{API}/alarms/history?format=csv"),
    f"{API}/incidents": (FILTERED, f"{API}/incidents", f"{API}/incidents?format=csv"),
    f"{API}/incidents/{{number}}": (REFUSED, f"{API}/incidents/1", f"{API}/incidents/2"),
    f"{API}/handover": (FILTERED, f"{API}/handover"),
    f"{API}/marks": (FILTERED, f"{API}/marks", f"{API}/marks?station=wl", f"{API}/marks?format=csv"),
    f"{API}/marks/{{name}}": (REFUSED, f"{API}/marks/{{mark}}"),
    f"{API}/dead-letters": (FILTERED, f"{API}/dead-letters", f"{API}/dead-letters?station=wl"),
    f"{API}/dead-letters/counts": (FILTERED, f"{API}/dead-letters/counts"),
    f"{API}/reviews": (FILTERED, f"{API}/reviews?period=2026-10"),
    f"{API}/records/filings": (REFUSED, f"{API}/records/filings"),
    f"{API}/records/refused": (REFUSED, f"{API}/records/refused"),
    f"{API}/records/calendar": (REFUSED, f"{API}/records/calendar?year=2012"),
    f"{API}/records/{{record_id:path}}": (REFUSED, f"{API}/records/x"),
    f"{API}/papers": (FILTERED, f"{API}/papers"),
    f"{API}/papers/{{paper}}/{{issue}}": (REFUSED, f"{API}/papers/{PAPER}/1"),
    f"{API}/papers/{{paper}}/{{issue}}/errata": (REFUSED, f"{API}/papers/{PAPER}/1/errata"),
    f"{API}/jobs/{{number}}": (REFUSED, f"{API}/jobs/1"),
    f"{API}/assess/air": (FILTERED, f"{API}/assess/air?{DAYS}", f"{API}/assess/air?{DAYS}&level=station&format=csv"),
    f"{API}/recompute": (FILTERED, f"{API}/recompute?{DAYS}&as_if=GB3095-2026"),
    f"{API}/assess/water": (FILTERED, f"{API}/assess/water?from=2024-01-01&to=2024-01-31"),
    f"{API}/assess/discharge": (FILTERED, f"{API}/assess/discharge?from=2024-01-01&to=2024-01-02"),
    f"{API}/rate/{{name}}": (FILTERED, f"{API}/rate/air?year=2026"),
    f"{API}/explain/{{key:path}}": (
        REFUSED, f"{API}/explain/air/beijing/2026-10-01", f"{API}/explain/target/prd.market_pass/2012?city=c",
        f"{API}/explain/records/R_ps/2012", f"{API}/explain/filing/MSA/2012", f"{API}/explain/rollup/2012?city=c",
        f"{API}/explain/records/R_ps/2012?records=true&city=c",
    ),
    f"{API}/standards": (FREE, ""),
    f"{API}/standards/diff": (FREE, ""),
    f"{API}/standards/{{name}}": (FREE, ""),
    f"{API}/parameters": (FREE, ""),
    f"{API}/cities": (FILTERED, f"{API}/cities"),
    f"{API}/stations": (FILTERED, f"{API}/stations", f"{API}/stations?medium=air"),
    f"{API}/stations/{{name}}": (REFUSED, f"{API}/stations/wl"),
    f"{API}/readings": (REFUSED, f"{API}/readings?station=wl&{DAYS}", f"{API}/readings?station=wl&{DAYS}&format=csv"),
    f"{API}/conflicts": (FILTERED, f"{API}/conflicts?from=2026-10-01&to=2026-10-31"),
    f"{API}/docs": (FREE, ""),
    THINGS: (FREE, ""),
    f"{THINGS}/": (FREE, ""),
    f"{THINGS}/{{entities}}/": (FILTERED, f"{THINGS}/Things/", f"{THINGS}/Observations/?$top=1000"),
    f"{THINGS}/{{entities}}({{key}})/{{way}}": (
        REFUSED, f"{THINGS}/Things('wl')/Datastreams", f"{THINGS}/Locations('wl')/Things",
        f"{THINGS}/Things('wl')/Locations", f"{THINGS}/Observations(1)/Datastream",
        f"{THINGS}/Observations(1)/FeatureOfInterest",
    ),
    f"{THINGS}/{{entities}}({{key}})": (
        REFUSED, f"{THINGS}/Things('wl')", f"{THINGS}/Observations(1)", f"{THINGS}/Observations('1')",
    ),
    f"{THINGS}/{{entities}}": (
        FILTERED, f"{THINGS}/Things?$expand=Datastreams,Locations", f"{THINGS}/Datastreams?$top=1000&$expand=Thing",
        f"{THINGS}/Locations", f"{THINGS}/Sensors?$expand=Datastreams",
        f"{THINGS}/ObservedProperties?$expand=Datastreams", f"{THINGS}/FeaturesOfInterest",
        f"{THINGS}/Observations?$top=1000&$expand=Datastream,FeatureOfInterest",
        f"{THINGS}/Observations?$filter=phenomenonTime ge 2026-10-01T00:00:00Z&$top=1000",
    ),
    f"{API}/targets": (FREE, ""),
    f"{API}/targets/judged": (REFUSED, f"{API}/targets/judged?year=2012&city=c"),
    f"{API}/targets/{{name}}/{{year}}": (REFUSED, f"{API}/targets/prd.market_pass/2012?city=c"),
    f"{API}/health": (FREE, ""),
    f"{API}/overview": (FILTERED, f"{API}/overview"),
    f"{API}/version": (FREE, ""),
}  # fmt: skip
"""Route -> what it answers about Beijing to whoever is there for another city, and addresses. Every route is here."""

OPEN = {
    "/health/live", "/healthz", "/health/ready", "/readyz", "/readyz/{check}", "/metrics", "/static/{digest}/{name}",
    "/favicon.ico", "/sign-in", "/ack/{token}",
}  # fmt: skip
"""Of no city, or of whoever has the link."""


@pytest.fixture(scope="module")
def names(served):
    """Return what stands for the names of things that only the site knows; a page of a year was written."""
    with open_site(served.folder).reader() as site:
        (mark,) = site.ledger.marks.list()
    (issue,) = served.browser.get(f"{API}/papers").json()["rows"]
    (served.folder / PAGE).write_text("<p>Beijing</p>")
    yield {"{mark}": mark.id, "{file}": f"/papers/{issue['files'][0]}"}
    (served.folder / PAGE).unlink()


@pytest.fixture(scope="module")
def elsewhere(served):
    """Return what asks as somebody who may do everything in the city c."""
    return served.seen_by(*ROLES, cities={"c"})


def _address(path, names):
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def test_every_look_is_in_the_table(served):
    """So that whoever adds a page says what it shows of a city to whoever is not there for it."""
    found = {route.path for route in routes_of(served.app) if "GET" in route.methods}
    assert found - OPEN == set(LOOKS)


@pytest.mark.parametrize("route", [route for route, (kind, *_) in LOOKS.items() if kind == REFUSED])
def test_a_foreign_city_is_refused(elsewhere, names, route):
    """As something that there is not, or that is not theirs."""
    for path in LOOKS[route][1:]:
        answer = elsewhere.get(_address(path, names))
        assert answer.status_code in {400, 403, 404}, (path, answer.text)


@pytest.mark.parametrize("route", [route for route, (kind, *_) in LOOKS.items() if kind == FILTERED])
def test_a_foreign_city_is_left_out(elsewhere, served, names, route):
    """Of every list, also of its files; whoever is there for all finds it there."""
    told = []
    for path in (_address(one, names) for one in LOOKS[route][1:]):
        answer = elsewhere.get(path)
        assert answer.status_code == 200, (path, answer.text)
        said = answer.text.replace(path, "")
        assert not OF_BEIJING.search(said.replace("station=wl", "")), path
        told.append(OF_BEIJING.search(served.browser.get(path).text))
    assert any(told) or route == "/air" or "water" in route or "discharge" in route  # of water and of one city of air


CHANGES = {
    f"{API}/marks": {
        "station": "wl", "from": "2026-11-20T00:00+08:00", "to": "2026-11-20T03:00+08:00", "kind": "fault",
        "why": "a reason", "proof": "log 1",
    },
    f"{API}/marks/{{mark}}/approve": {},
    f"{API}/marks/{{mark}}/revoke": {"why": "a reason"},
    f"{API}/reviews": {"scope": "air/beijing/wl", "act": "reviewed", "period": "2026-10-01"},
    f"{API}/dead-letters/retry": {"ids": [1]},
    f"{API}/dead-letters/1/dismiss": {"why": "a reason"},
    f"{API}/dead-letters/2/dismiss": {"why": "a reason"},
    f"{API}/conflicts/dismiss": {"why": "a reason", "key": "wl/no2/1/1794636000000"},
    f"{API}/alarms/acknowledge": {"target": "air-o3-1h@beijing/wl/o3"},
    f"{API}/alarms/shelve": {"target": "incident:1", "for": "1 h", "why": "a reason"},
    f"{API}/alarms/unshelve": {"target": "air-so2-1h@beijing/wl/so2"},
    f"{API}/incidents/1/notes": {"text": "a note"},
    f"{API}/papers": {"kind": "bulletin", "city": "beijing", "period": "2026-10"},
    f"{API}/papers/{PAPER}/1/check": {},
    f"{API}/users": {"name": "other-1", "password": "a long enough sentence", "roles": ["admin"]},
    f"{API}/users/admin-1/revoke": {},
    f"{API}/keys": {"name": "other-1", "roles": ["admin"]},
    f"{API}/keys/000000000000/revoke": {},
}  # fmt: skip

FORMS = {
    "/marks": {**CHANGES[f"{API}/marks"]},
    "/marks/{mark}/approve": {},
    "/marks/{mark}/revoke": {"why": "a reason"},
    "/reviews": {"scope": "air/beijing/wl", "act": "reviewed", "period": "2026-10-01"},
    "/letters/retry": {"ids": "1"},
    "/letters/dismiss": {"ids": "2", "why": "a reason"},
    "/letters/conflicts/dismiss": {"why": "a reason", "key": "wl/no2/1/1794636000000"},
    "/alarms/acknowledge": {"target": "incident:1"},
    "/alarms/shelve": {"target": "air-o3-1h@beijing/wl/o3", "for": "1 h", "why": "a reason"},
    "/alarms/unshelve": {"target": "air-so2-1h@beijing/wl/so2"},
    "/alarms/notes": {"target": "incident:1", "text": "a note"},
    "/papers": {"kind": "bulletin", "city": "beijing", "period": "2026-10"},
    f"/papers/{PAPER}/1/verify": {},
    f"/papers/{PAPER}/texts/foreword.zh.md": {"text": "a text"},
    "/access/users": {"name": "other-1", "password": "a long enough sentence", "roles": "admin"},
    "/access/users/admin-1": {"roles": "viewer"},
    "/access/users/admin-1/password": {"password": "a long enough sentence"},
    "/access/users/admin-1/revoke": {},
    "/access/keys": {"name": "other-1", "days": "1", "roles": "admin"},
    "/access/keys/000000000000/revoke": {},
}


def test_nothing_of_a_foreign_city_is_changed(served, elsewhere, names):
    """By no page and no address of the API, by whoever may do all of it elsewhere; the log says so."""
    for path, body in CHANGES.items():
        assert elsewhere.post(_address(path, names), json=body).status_code in {403, 404}, path
    for path, form in FORMS.items():
        assert elsewhere.post(_address(path, names), data=form).status_code in {403, 404}, path
    sent = {"file": ("R_ps.csv", b"a,b\n1,2\n")}
    assert elsewhere.post("/records", files=sent).status_code == 403
    assert elsewhere.post(f"{API}/records", files=sent).status_code == 403
    with open_site(served.folder).reader() as site:
        assert site.ledger.audit.entries(who="somebody-1") == []
