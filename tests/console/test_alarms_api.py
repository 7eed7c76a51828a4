"""The API of alarms: rows with stable keys, requests that no other site can make a browser send."""

from __future__ import annotations

import json
import shutil

import pytest

from alerting.store import NAME, AlertStore
from console.access.testing import SignedIn
from console.alarms.testing import DINGLING, WANLIU, Browser, Hand, fill
from console.api import application
from qualicity.testing import FakeClock

NOW = 1_795_312_800_000
"""2026-11-22 10:00 at +08:00."""

ALARM = {
    "alarm", "rule", "key", "title_zh", "title_en", "state", "severity", "since", "raised", "occurrence", "value",
    "peak", "limit", "city", "district", "station", "parameter", "unit", "statistic", "law", "clause", "certainty",
    "coverage", "evidence", "detail", "detail_zh", "acknowledged_by", "acknowledged_at", "shelved_until", "shelved_by",
    "suppressed_by", "out_of_service", "incident",
}  # fmt: skip
INCIDENT = {
    "incident", "group", "severity", "policy", "stage", "opened", "acknowledged", "acknowledged_by", "resolved",
    "untold", "members", "timeline", "deliveries", "log",
}  # fmt: skip
DELIVERY = {
    "number", "transition", "channel", "to", "state", "code", "answer", "made", "settled", "next_at", "attempts",
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a data folder with alarms in every state, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, NOW)
    return folder


@pytest.fixture
def site(tmp_path, filled):
    """Return a data folder with alarms in every state."""
    return shutil.copytree(filled, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def api(site):
    """Return what asks the site's API."""
    return Browser(application(site, FakeClock(NOW), access=SignedIn("duty-1", "duty")))


def test_alarms(api):
    """What stands, in the order of the page, and how old the answer is."""
    answer = api.get("/api/v1/alarms").json()

    assert answer["as_of"] == "2026-11-22T10:00:00+08:00"
    assert answer["engine_runs"] is False
    assert [row["state"] for row in answer["alarms"]] == [
        "active", "active", "acknowledged", "shelved", "suppressed", "out_of_service", "cleared_unacknowledged",
    ]  # fmt: skip
    assert all(set(row) == ALARM for row in answer["alarms"])
    first = answer["alarms"][0]
    assert (first["alarm"], first["value"], first["limit"], first["unit"]) == (str(DINGLING), 301.5, 200.0, "ug/m3")
    assert (first["since"], first["incident"]) == ("2026-11-22T08:51:00+08:00", 1)
    assert answer["alarms"][3]["shelved_until"] == "2026-11-22T12:00:00+08:00"


def test_history(api):
    """Newest first; of one alarm; since a time; so many at most."""
    rows = api.get("/api/v1/alarms/history").json()["rows"]
    own = api.get("/api/v1/alarms/history", params={"alarm": str(WANLIU)}).json()["rows"]
    later = api.get("/api/v1/alarms/history", params={"since": "2026-11-22T09:00:30+08:00"}).json()["rows"]

    assert [(row["alarm"], row["kind"]) for row in rows] == [
        (str(alarm), kind) for alarm in (DINGLING, WANLIU) for kind in ("announced", "raised")
    ]
    assert own == rows[2:]
    assert later == rows[:2]
    assert api.get("/api/v1/alarms/history", params={"limit": 1}).json()["rows"] == rows[:1]


@pytest.mark.parametrize("query", [{"alarm": "x"}, {"since": "yesterday"}, {"since": "2026-11-22T09:00"}])
def test_history_says_what_is_wrong(api, query):
    """A name that is none, a time without offset: cause and mend, nothing guessed."""
    answer = api.get("/api/v1/alarms/history", params=query)
    assert answer.status_code == 400
    assert answer.json()["mend"]


def test_incident(api):
    """Members, timeline oldest first, and of every message each try with the provider's code."""
    row = api.get("/api/v1/incidents/1").json()

    assert set(row) == INCIDENT
    assert [member["alarm"] for member in row["members"]] == [str(WANLIU), str(DINGLING)]
    assert [line["kind"] for line in row["timeline"]] == ["raised", "announced"] * 2
    assert all(set(one) == DELIVERY for one in row["deliveries"])
    assert [(one["to"], one["state"], one["code"]) for one in row["deliveries"]] == [
        ("duty-1", "delivered", "0"), ("duty-2", "dead", "550"),
    ]  # fmt: skip
    assert [(one["outcome"], one["code"]) for one in row["deliveries"][0]["attempts"]] == [
        ("later", "130101"), ("delivered", "0"),
    ]  # fmt: skip
    assert api.get("/api/v1/incidents/99").status_code == 404
    assert api.get(f"/api/v1/incidents/{10**30}").status_code == 422


def _acknowledge(api, content, kind="application/json", **headers):
    return api.post("/api/v1/alarms/acknowledge", content=content, headers={"Content-Type": kind, **headers})


def _commands(site):
    with AlertStore(site / NAME, reader=True) as store:
        return [(one.kind, one.target, one.who, one.via) for one in store.commands.waiting()]


def test_acknowledge(api, site):
    """Kept when nothing runs (202), done when the engine runs (200), refused when there is nothing to do (409)."""
    body = json.dumps({"target": "incident:1"})
    kept = _acknowledge(api, body)
    assert (kept.status_code, kept.json()["outcome"], kept.json()["engine_runs"]) == (202, "waiting", False)
    assert _commands(site) == [("acknowledge", "incident:1", "duty-1", "api")]

    clock = FakeClock(NOW)
    with Hand(site, clock):
        done = _acknowledge(api, json.dumps({"target": "incident:2"}))

    assert (done.status_code, done.json()["kind"]) == (409, "ConflictError")
    assert done.json()["cause"] == "nothing to acknowledge"
    with AlertStore(site / NAME, reader=True) as store:
        assert store.incidents.find(1).acknowledged_by == "duty-1"


def test_shelve_and_notes(api, site):
    """For a time and a reason, no longer than the rule allows; notes are in the incident and the hand-over."""
    asked = {"target": str(WANLIU), "for": "2 h", "why": "pump", "once": True}
    assert api.post("/api/v1/alarms/shelve", json=asked).status_code == 202
    assert api.post("/api/v1/alarms/unshelve", json={"target": str(WANLIU)}).status_code == 202
    for wrong, status in {"8 d": 400, "2": 400}.items():
        assert api.post("/api/v1/alarms/shelve", json={**asked, "for": wrong}).status_code == status
    assert api.post("/api/v1/incidents/1/notes", json={"text": "on my way"}).status_code == 201
    assert api.post("/api/v1/incidents/99/notes", json={"text": "x"}).status_code == 404
    assert api.post("/api/v1/handover/notes", json={"text": "gate key at the desk"}).status_code == 201

    assert [one[0] for one in _commands(site)] == ["shelve", "unshelve"]
    log = api.get("/api/v1/incidents/1").json()["log"]
    assert [(one["action"], one["text"]) for one in log] == [
        ("alarm.note", "on my way"), ("alarm.unshelve", None), ("alarm.shelve", "pump"),
    ]  # fmt: skip
    over = api.get("/api/v1/handover").json()
    assert [one["text"] for one in over["notes"]] == ["gate key at the desk", "on my way"]
    assert [one["incident"] for one in over["incidents"]] == [1]


def test_incidents(api):
    """The latest first, in pages."""
    first = api.get("/api/v1/incidents", params={"limit": 1}).json()
    second = api.get(f"/api/v1/incidents{first['next']}").json()
    assert [row["incident"] for row in first["rows"] + second["rows"]] == [2, 1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"target": "incident:1"}', "text/plain"),
        ('{"target": "incident:1"}', "application/x-www-form-urlencoded"),
        ('{"target": "incident:1"}', "multipart/form-data"),
        ('{"target": "incident:1"}', ""),
        ("target=incident:1", "application/json"),
        ("{}", "application/json"),
        ('{"target": "incident:x"}', "application/json"),
        ('{"target": "nothing"}', "application/json"),
        ('{"target": "incident:99999999999999999999999"}', "application/json"),
        ('{"target": "incident:1", "who": "a"}', "application/json"),
        ('{"target": "incident:1", "when": 1}', "application/json"),
        ('{"target": 7}', "application/json"),
        ("", "application/json"),
        ('{"target": "' + "x" * 20_000 + '"}', "application/json"),
    ],
)
def test_what_is_not_asked_for_properly_is_refused(api, site, content, kind):
    """A form of another site cannot send JSON; what is sent must be whole and names nobody. The engine is not asked."""
    answer = _acknowledge(api, content, kind)
    assert answer.status_code in {400, 415, 422}
    assert set(answer.json()) == {"cause", "mend", "kind", "status"}
    assert ("who is no field" in answer.json()["cause"]) == ('"who"' in content and kind == "application/json")
    assert _commands(site) == []


def test_scope_and_roles(site):
    """Another city is left out of lists and refused by name; another role asks the engine nothing."""
    far = Browser(application(site, FakeClock(NOW), access=SignedIn("d", "duty", cities=frozenset({"shenzhen"}))))
    assert far.get("/api/v1/alarms").json()["alarms"] == []
    assert far.get("/api/v1/alarms/history").json()["rows"] == far.get("/api/v1/incidents").json()["rows"] == []
    assert far.get("/api/v1/incidents/1").status_code == 403
    officer = Browser(application(site, FakeClock(NOW), access=SignedIn("officer-1", "officer")))
    for api in (far, officer):
        assert _acknowledge(api, '{"target": "incident:1"}').status_code == 403
        assert api.post("/api/v1/incidents/1/notes", json={"text": "x"}).status_code == 403
    assert _commands(site) == []


def test_before_the_first_alarm(tmp_path):
    """No store yet: cause and mend, and none is made by asking."""
    api = Browser(application(tmp_path, FakeClock(NOW), access=SignedIn("duty-1", "duty")))
    for answer in (api.get("/api/v1/alarms"), api.get("/api/v1/incidents/1"),
                   _acknowledge(api, '{"target": "incident:1"}')):  # fmt: skip
        assert answer.status_code == 404
        assert "serve" in answer.json()["mend"]
    assert not (tmp_path / NAME).exists()
