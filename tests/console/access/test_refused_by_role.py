"""Each role, at something that it may do, is refused in each way in which somebody can be refused."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from console.access.roles import ROLES
from console.access.testing_site import ADMIN, NOW, Peopled
from console.acts.users import revoke_key
from console.alarms.testing import fill

MARK = {
    "station": "wl", "from": "2026-11-20T00:00+08:00", "to": "2026-11-20T03:00+08:00", "kind": "fault",
    "why": "a reason", "parameter": "o3", "proof": "log 1",
}  # fmt: skip
MAY = {
    "viewer": ("/me/password", {"old": "x", "new": "y", "again": "y"}),
    "duty": ("/alarms/notes", {"target": "air-o3-1h@beijing/wl/o3", "text": "a note"}),
    "officer": ("/marks", MARK),
    "editor": ("/papers", {"kind": "bulletin", "city": "beijing", "period": "2026-10", "formats": "html"}),
    "admin": ("/access/users", {"name": "other-1", "roles": "viewer", "password": "quite another sentence"}),
}
"""A form that each role may send, about Beijing where it is about a city."""

LATER_S = 24 * 3600
OWN = {"sec-fetch-site": "same-origin"}
_LARGE = b"text=" + b"x" * (1 << 20)


@dataclass
class People:
    """Those of each role, as the service knows them today and a day later."""

    site: Peopled
    later: Peopled
    session: dict[str, tuple[dict[str, str], str]]
    key: dict[str, dict[str, str]]
    revoked: dict[str, dict[str, str]]
    elsewhere: dict[str, dict[str, str]]

    def send(self, role, headers, token=None, *, site=None, more=None, address=""):
        """Send the role's form."""
        path, fields = MAY[role]
        own = {**fields, **(more or {}), **({} if token is None else {"csrf": token})}
        return (site or self.site).browser.post(address or path, data=own, headers=headers)


@pytest.fixture(scope="module")
def people(peopled, tmp_path_factory):
    """Return people of each role: a session, a key, a key that was revoked, a key for another city."""
    folder = shutil.copytree(peopled, tmp_path_factory.mktemp("roles"), dirs_exist_ok=True)
    network = (folder / "network.toml").read_text("utf-8")
    fill(folder, NOW)  # alarms of Beijing
    (folder / "network.toml").write_text(network, encoding="utf-8")
    site, later = Peopled(folder), Peopled(folder)
    later.clock.advance(LATER_S)
    revoked = {}
    for role in ROLES:
        name, revoked[role] = site.key(role, name=f"gone-{role}")
        with site.opened() as opened:
            revoke_key(opened, ADMIN, name)
    return People(
        site, later,
        session={role: site.signed_in(f"{role}-1") for role in ROLES},
        key={role: site.key(role, name=f"own-{role}")[1] for role in ROLES},
        revoked=revoked,
        elsewhere={role: site.key(role, cities=["shenzhen"], name=f"far-{role}")[1] for role in ROLES},
    )  # fmt: skip


def test_the_table_knows_each_role():
    assert set(MAY) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_it_may(people, role):
    """What is refused below is refused for that reason alone: as it is, the form gets as far as what it says."""
    headers, token = people.session[role]
    assert people.send(role, headers, token).status_code in {202, 303, 400, 404, 409}


@pytest.mark.parametrize("role", ROLES)
def test_without_login(people, role):
    assert people.send(role, OWN).status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_with_an_expired_session(people, role):
    headers, token = people.session[role]
    assert people.send(role, headers, token, site=people.later).status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_with_a_revoked_key(people, role):
    assert people.send(role, people.revoked[role]).status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_with_a_forged_form(people, role):
    """Without its token, with that of somebody else, from another site."""
    headers, token = people.session[role]
    other = people.session["duty" if role == "viewer" else "viewer"][1]
    assert people.send(role, headers).status_code == 403
    assert people.send(role, headers, other).status_code == 403
    assert people.send(role, {**headers, "sec-fetch-site": "cross-site"}, token).status_code == 403


@pytest.mark.parametrize("role", [role for role in ROLES if role != "viewer"])
def test_with_a_role_that_may_not(people, role):
    """A viewer, at what the others may do; and each at what only an administrator may."""
    assert people.send(role, people.key["viewer"]).status_code == 403
    if role != "admin":
        assert people.send("admin", people.key[role]).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_of_a_foreign_city(people, role):
    """Neither changed nor looked at; who is there for one city alone administers nothing."""
    headers = people.elsewhere[role]
    if role != "viewer":
        assert people.send(role, headers).status_code == 403
    assert people.site.browser.get("/air/beijing", headers=headers).status_code == 403
    assert people.site.browser.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("trick", ["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/access.db", "a%00b", "..\\..\\access.db"])
def test_tricks_of_paths(people, role, trick):
    """In an address that is sent to, and in one that is looked at."""
    headers, token = people.session[role]
    sent = people.send(role, headers, token, address=f"{MAY[role][0]}/{trick}")
    assert sent.status_code in {400, 403, 404, 405, 422}
    for below in ("static", "papers", "records/forms", "runbooks", "explain", "alarms/incidents"):
        answer = people.site.browser.get(f"/{below}/{trick}", headers=headers)
        assert answer.status_code in {400, 404, 422}, below
        assert "root:" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_a_body_that_is_too_large(people, role):
    headers, _ = people.session[role]
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert people.site.browser.post(MAY[role][0], content=_LARGE, headers=form).status_code == 413


@pytest.mark.parametrize("role", ROLES)
def test_a_script_in_every_field(people, role):
    """Whatever becomes of it, no page carries it back as one."""
    headers, token = people.session[role]
    script = "<script>alert(1)</script>"
    for field in MAY[role][1]:
        answer = people.send(role, headers, token, more={field: script})
        assert answer.status_code < 500, field
        assert script not in answer.text
    for page in ("/", "/marks", "/alarms/handover", "/papers", "/me", "/access", "/access/log"):
        assert script not in people.site.browser.get(page, headers=headers).text, page
