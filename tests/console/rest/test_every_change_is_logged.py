"""Every change that somebody makes leaves one entry in the log, under the name that is signed in."""

from __future__ import annotations

import re
import shutil

import pytest

from console import testing
from console.access.roles import ROLES
from console.access.testing import SignedIn
from console.access.testing_site import ADMIN, CHEAP, PASSWORD, Peopled
from console.acts.users import add_key, add_user
from console.alarms.testing import Browser
from console.api import application
from console.papers.jobs import Jobs
from console.site import open_site
from targets.records.schema import schema

API = "/api/v1"
PAPER = "bulletin-air-beijing-2026-10"
WHO = "root-1"
MARK = {
    "station": "wl", "from": "2026-11-20T00:00+08:00", "to": "2026-11-20T03:00+08:00", "kind": "fault",
    "why": "a reason", "proof": "log 1", "parameter": "o3",
}  # fmt: skip
REVIEW = {"scope": "air/beijing/wl", "act": "reviewed", "period": "2026-10-05"}
ORDER = {"kind": "bulletin", "city": "beijing", "period": "2026-10"}
ALARM = {"target": "air-o3-1h@beijing/wl/o3"}
SHELVING = {**ALARM, "for": "1 h", "why": "a reason"}
USER = {"name": "other-1", "password": "quite another sentence", "roles": ["viewer"]}
_COLUMNS = schema("R_ps").names
FILE = {"file": ("R_ps.csv", "\n".join((",".join(_COLUMNS), ",".join("R_ps" for _ in _COLUMNS))).encode())}

STEPS = [
    ("/marks", "/marks", MARK, "mark.add"),
    ("/marks/{name}/approve", "/marks/{open}/approve", {}, "mark.approve"),
    ("/marks/{name}/revoke", "/marks/{open}/revoke", {"why": "a reason"}, "mark.revoke"),
    (f"{API}/marks", f"{API}/marks", MARK, "mark.add"),
    (f"{API}/marks/{{name}}/approve", f"{API}/marks/{{second}}/approve", {}, "mark.approve"),
    (f"{API}/marks/{{name}}/revoke", f"{API}/marks/{{second}}/revoke", {"why": "a reason"}, "mark.revoke"),
    ("/reviews", "/reviews", REVIEW, "review.reviewed"),
    (f"{API}/reviews", f"{API}/reviews", {**REVIEW, "act": "reopened", "why": "a reason"}, "review.reopened"),
    ("/letters/retry", "/letters/retry", {"ids": "1"}, "letter.retry"),
    (f"{API}/dead-letters/retry", f"{API}/dead-letters/retry", {"ids": [1]}, "letter.retry"),
    ("/letters/dismiss", "/letters/dismiss", {"ids": "1", "why": "a reason"}, "letter.dismiss"),
    (f"{API}/dead-letters/{{number}}/dismiss", f"{API}/dead-letters/2/dismiss", {"why": "a"}, "letter.dismiss"),
    ("/letters/conflicts/dismiss", "/letters/conflicts/dismiss", {"key": "{conflict}", "why": "a"}, "conflict.dismiss"),
    (f"{API}/conflicts/dismiss", f"{API}/conflicts/dismiss", {"key": "wl/no2/1/1", "why": "a"}, "conflict.dismiss"),
    ("/alarms/acknowledge", "/alarms/acknowledge", ALARM, "alarm.acknowledge"),
    ("/alarms/shelve", "/alarms/shelve", SHELVING, "alarm.shelve"),
    ("/alarms/unshelve", "/alarms/unshelve", ALARM, "alarm.unshelve"),
    ("/alarms/notes", "/alarms/notes", {**ALARM, "text": "a note"}, "alarm.note"),
    (f"{API}/alarms/acknowledge", f"{API}/alarms/acknowledge", ALARM, "alarm.acknowledge"),
    (f"{API}/alarms/shelve", f"{API}/alarms/shelve", SHELVING, "alarm.shelve"),
    (f"{API}/alarms/unshelve", f"{API}/alarms/unshelve", ALARM, "alarm.unshelve"),
    (f"{API}/incidents/{{number}}/notes", f"{API}/incidents/1/notes", {"text": "a note"}, "alarm.note"),
    (f"{API}/handover/notes", f"{API}/handover/notes", {"text": "a note"}, "handover.note"),
    ("/papers", "/papers", {**ORDER, "formats": "html"}, "paper.draft"),
    (f"{API}/papers", f"{API}/papers", {**ORDER, "publish": True}, "paper.publish"),
    ("/papers/{paper}/{issue}/verify", f"/papers/{PAPER}/1/verify", {}, "paper.verify"),
    (f"{API}/papers/{{paper}}/{{issue}}/check", f"{API}/papers/{PAPER}/1/check", {}, "paper.verify"),
    ("/papers/{paper}/texts/{name}", f"/papers/{PAPER}/texts/foreword.zh.md", {"text": "a text"}, "paper.text"),
    ("/records", "/records", FILE, "records.file"),
    (f"{API}/records", f"{API}/records", FILE, "records.file"),
    ("/access/users", "/access/users", USER, "user.add"),
    ("/access/users/{name}", "/access/users/other-1", {"roles": ["officer"]}, "user.change"),
    ("/access/users/{name}/password", "/access/users/other-1/password", {"password": "a third sentence"},
     "user.password"),
    ("/access/users/{name}/revoke", "/access/users/other-1/revoke", {}, "user.revoke"),
    (f"{API}/users", f"{API}/users", {**USER, "name": "other-2"}, "user.add"),
    (f"{API}/users/{{name}}/revoke", f"{API}/users/other-2/revoke", {}, "user.revoke"),
    ("/access/keys", "/access/keys", {"name": "sync-1", "days": "1", "roles": ["viewer"]}, "key.add"),
    ("/access/keys/{key_id}/revoke", "/access/keys/{first}/revoke", {}, "key.revoke"),
    (f"{API}/keys", f"{API}/keys", {"name": "sync-2", "roles": ["viewer"]}, "key.add"),
    (f"{API}/keys/{{key_id}}/revoke", f"{API}/keys/{{other}}/revoke", {}, "key.revoke"),
    ("/me/password", "/me/password", {"old": PASSWORD, "new": "a fourth sentence", "again": "a fourth sentence"},
     "user.password"),
]  # fmt: skip
"""Route, address, what is sent, the entry; in this order, each once."""

NO_CHANGE = {"/sign-in", "/sign-out", "/ack/{token}"}
"""Sessions are told in the service's own log; a link's entries are tested with alarms."""


class _Idle(Jobs):
    """Begins nothing: that a paper was asked for is the change."""

    def add(self, job):
        """Forget it."""


@pytest.fixture(scope="module")
def asked(served, tmp_path_factory):
    """Return a site of its own, headers and token of whoever may do everything, and names of things."""
    folder = shutil.copytree(served.folder, tmp_path_factory.mktemp("logged"), dirs_exist_ok=True)
    with open_site(folder) as site:
        add_user(site, ADMIN, WHO, PASSWORD, roles=ROLES, passwords=CHEAP)
        marks = site.ledger.marks
        second = marks.add("wl", "o3", 0, 1, kind="fault", who="officer-1", why="w", proof="p", deadline=2**42)
        keys = [add_key(site, ADMIN, name, roles=["viewer"])[0].id for name in ("a", "b")]
        names = {"{open}": marks.list()[0].id, "{second}": second.id, "{first}": keys[0], "{other}": keys[1]}
    made = Peopled(folder)
    made.app.state.jobs = _Idle()
    headers, token = made.signed_in(WHO)
    conflict = made.browser.get(f"{API}/conflicts?from=2026-10-01&to=2026-10-31", headers=headers).json()["rows"][0]
    return made, headers, token, {**names, "{conflict}": conflict["key"]}


def test_every_change_is_in_the_table(served):
    """Each once."""
    found = {route.path for route in testing.routes_of(served.app) if set(route.methods) - {"GET", "HEAD"}}
    assert found - NO_CHANGE == {route for route, *_ in STEPS}
    assert len(STEPS) == len(found - NO_CHANGE)


def _named(text, names):
    return re.sub(r"\{\w+\}", lambda found: names[found[0]], text)


def test_each_leaves_one_entry(asked):
    """Of its action and way; whoever is signed in stands in it, whatever else was sent."""
    site, headers, token, names = asked
    for _, path, body, action in STEPS:
        own = {name: _named(value, names) if isinstance(value, str) else value for name, value in body.items()}
        by_api, address = path.startswith("/api/"), _named(path, names)
        with site.opened() as opened:
            before = max((entry.id for entry in opened.ledger.audit.entries(limit=1)), default=0)
        sent = {**headers, "x-csrf-token": token}
        if body is FILE:
            answer = site.browser.post(address, files=body, headers=sent)
        elif by_api:
            answer = site.browser.post(address, json=own, headers=sent)
        else:
            answer = site.browser.post(address, data={**own, "who": "somebody-else"}, headers=sent)
        with site.opened() as opened:
            entries = [one for one in opened.ledger.audit.entries(limit=10) if one.id > before]
            found = [(one.action, one.who, one.via) for one in entries]
        assert found == [(action, WHO, "api" if by_api else "page")], (path, answer.status_code, answer.text[-600:])


SCRIPT = "<script>alert(1)</script>"
LOOKED_AT = [
    "/", "/marks", "/marks/{open}", "/marks/{second}", "/reviews/air/beijing/wl?month=2026-10", "/letters",
    "/letters?shown=dismissed", "/letters/conflicts?city=beijing&month=2026-10", "/alarms", "/alarms/incidents/1",
    "/alarms/alarm?name=air-o3-1h@beijing/wl/o3", "/alarms/handover", "/papers", f"/papers/{PAPER}/texts",
    f"/papers/{PAPER}/texts/foreword.zh.md", "/records", "/records/refused", "/access", "/access/keys", "/access/log",
    "/explain/air/beijing/wl/2026-11-20", "/me",
]  # fmt: skip
"""Pages that show what was written."""


@pytest.fixture(scope="module")
def written(served, tmp_path_factory):
    """Return what each text field of each change was answered with a script in it, and the pages afterwards."""
    folder = shutil.copytree(served.folder, tmp_path_factory.mktemp("scripts"), dirs_exist_ok=True)
    with open_site(folder) as site:
        marks = site.ledger.marks
        second = marks.add("wl", "o3", 0, 1, kind="fault", who="officer-1", why="w", proof="p", deadline=2**42)
        names = {"{open}": marks.list()[0].id, "{second}": second.id, "{first}": "0" * 12, "{other}": "0" * 12}
    app = application(folder, testing.clock(), access=SignedIn("root-1", "admin"))
    app.state.jobs = _Idle()
    browser = Browser(app)
    answers = {}
    for _, path, body, _ in STEPS:
        address, kind = _named(path, names), "json" if path.startswith("/api/") else "data"
        for field in [name for name, value in body.items() if isinstance(value, str)]:
            answers[path, field] = browser.post(address, **{kind: {**body, field: SCRIPT}})
        if body is FILE:
            content = "\n".join((",".join(_COLUMNS), ",".join(SCRIPT for _ in _COLUMNS))).encode()
            answers[path, "file"] = browser.post(address, files={"file": (f"R_ps{SCRIPT}.csv", content)})
    return answers, {one: browser.get(_named(one, names)) for one in LOOKED_AT}


FIELDS = [
    (path, name) for _, path, body, _ in STEPS for name, value in body.items() if body is FILE or isinstance(value, str)
]
"""Of each change, those that take a text, and a file's cells and name."""


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_script_in_a_text_field(written, path, field):
    """It is refused, or kept as what it is: no answer carries it so that a browser would run it."""
    answer = written[0][path, field]
    assert answer.status_code < 500, answer.text
    if "html" in answer.headers.get("content-type", ""):
        assert SCRIPT not in answer.text


def test_pages_show_scripts_as_texts(written):
    """Those that were kept stand there, to be read."""
    for path, page in written[1].items():
        assert page.status_code == 200, path
        assert SCRIPT not in page.text, path
    told = [path for path, page in written[1].items() if "&lt;script&gt;alert(1)" in page.text]
    assert {"/marks", "/letters?shown=dismissed", "/alarms/incidents/1", "/alarms/handover", "/access/log"} <= set(told)
