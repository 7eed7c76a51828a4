"""Whatever changes something, refused: to nobody, to each role without the permission, to forged forms, to old keys."""

from __future__ import annotations

import shutil

import pytest

from console.access.roles import MAY, ROLES
from console.access.testing_site import ADMIN, Peopled
from console.acts.users import revoke_key, revoke_user
from console.testing import routes_of

EVERYBODY = "everybody"
"""May send it: it has a check of its own, tested elsewhere."""

CHANGES = {
    # pages
    "/sign-in": EVERYBODY,
    "/sign-out": EVERYBODY,
    "/ack/{token}": EVERYBODY,
    "/me/password": "see",
    "/access/users": "administer",
    "/access/users/{name}": "administer",
    "/access/users/{name}/password": "administer",
    "/access/users/{name}/revoke": "administer",
    "/access/keys": "administer",
    "/access/keys/{key_id}/revoke": "administer",
    "/alarms/acknowledge": "acknowledge",
    "/alarms/shelve": "acknowledge",
    "/alarms/unshelve": "acknowledge",
    "/alarms/notes": "acknowledge",
    "/records": "file",
    "/papers": "publish",
    "/papers/{paper}/texts/{name}": "publish",
    "/papers/{paper}/{issue}/verify": "publish",
    "/marks": "mark",
    "/marks/{name}/approve": "mark",
    "/marks/{name}/revoke": "mark",
    "/reviews": "review",
    "/letters/retry": "letters",
    "/letters/dismiss": "letters",
    "/letters/conflicts/dismiss": "letters",
    # the API
    "/api/v1/users": "administer",
    "/api/v1/users/{name}/revoke": "administer",
    "/api/v1/keys": "administer",
    "/api/v1/keys/{key_id}/revoke": "administer",
    "/api/v1/records": "file",
    "/api/v1/papers": "publish",
    "/api/v1/papers/{paper}/{issue}/check": "publish",
    "/api/v1/alarms/acknowledge": "acknowledge",
    "/api/v1/alarms/shelve": "acknowledge",
    "/api/v1/alarms/unshelve": "acknowledge",
    "/api/v1/incidents/{number}/notes": "acknowledge",
    "/api/v1/handover/notes": "acknowledge",
    "/api/v1/reviews": "review",
    "/api/v1/dead-letters/retry": "letters",
    "/api/v1/dead-letters/{number}/dismiss": "letters",
    "/api/v1/conflicts/dismiss": "letters",
    "/api/v1/marks": "mark",
    "/api/v1/marks/{name}/approve": "mark",
    "/api/v1/marks/{name}/revoke": "mark",
}
"""Route -> permission. Whoever adds a route that changes something adds it here."""

GUARDED = [path for path, permission in CHANGES.items() if permission != EVERYBODY]


PARTS = {"issue": "1", "key_id": "0" * 12, "name": "somebody-1", "number": "1", "paper": "bulletin"}
"""What stands for the names in a route."""


def _address(path):
    return path.format_map(PARTS) if "{" in path else path


def _send(site, path, headers, csrf=None):
    """Send a change with as little in it as there may be: who may not make it learns nothing of what it takes."""
    if path.startswith("/api/"):
        own = {} if csrf is None else {"x-csrf-token": csrf}
        return site.browser.post(_address(path), json={}, headers={**headers, **own})
    return site.browser.post(_address(path), data={} if csrf is None else {"csrf": csrf}, headers=headers)


def test_every_change_is_in_the_table(site):
    """So that whoever adds one says who may make it, and all of these tests try it."""
    found = {route.path for route in routes_of(site.app) if set(route.methods) - {"GET", "HEAD"}}
    assert found == set(CHANGES)


def test_nothing_is_changed_by_looking(site):
    """No route takes both."""
    for route in routes_of(site.app):
        assert not set(route.methods) & {"GET", "HEAD"} or not set(route.methods) - {"GET", "HEAD"}


@pytest.mark.parametrize("path", GUARDED)
def test_nobody(entered, path):
    """The machine itself may look; a change takes somebody who has signed in."""
    answer = _send(entered[0], path, {"sec-fetch-site": "same-origin"})
    assert answer.status_code == 401
    assert answer.headers.get("www-authenticate") == ("Bearer" if path.startswith("/api/") else None)


@pytest.mark.parametrize(
    ("path", "role"),
    [(path, role) for path in GUARDED for role in ROLES if role not in MAY[CHANGES[path]]],
)
def test_roles_without_the_permission(keyed, path, role):
    """Whatever else it may do."""
    site, keys = keyed
    answer = _send(site, path, keys[role])
    assert answer.status_code == 403  # keys need no token, so it is for the role


@pytest.fixture(scope="module")
def keyed(peopled, tmp_path_factory):
    """Return a site with a key of each role."""
    folder = shutil.copytree(peopled, tmp_path_factory.mktemp("keyed"), dirs_exist_ok=True)
    site = Peopled(folder)
    return site, {role: site.key(role, name=role)[1] for role in ROLES}


@pytest.fixture(scope="module")
def entered(peopled, tmp_path_factory):
    """Return a site in which an administrator has signed in."""
    site = Peopled(shutil.copytree(peopled, tmp_path_factory.mktemp("entered"), dirs_exist_ok=True))
    site.access.limits.change = lambda who: None  # it tries more a minute than is allowed
    return site, *site.signed_in()


FORGED = {
    "no token": ({}, None),
    "an empty token": ({}, ""),
    "another token": ({}, "0" * 64),
    "letters that are not ASCII": ({}, "\u00e9" * 64),
    "another site": ({"sec-fetch-site": "cross-site"}, "own"),
    "a site beside": ({"sec-fetch-site": "same-site"}, "own"),
    "no site": ({"sec-fetch-site": "none"}, "own"),
    "a foreign origin": ({"sec-fetch-site": None, "origin": "https://evil.example"}, "own"),
    "no origin at all": ({"sec-fetch-site": None}, "own"),
    "a hidden origin": ({"sec-fetch-site": None, "origin": "null"}, "own"),
    "a name made for it": ({"host": "evil.example"}, "own"),
}


@pytest.mark.parametrize(
    ("path", "forgery"),
    [(path, "no token") for path in GUARDED]
    + [(path, "another site") for path in GUARDED]
    + [(path, forgery) for path in ("/access/users", "/records", "/api/v1/keys") for forgery in FORGED],
)
def test_forged_forms(entered, path, forgery):
    """A page of another site cannot make the browser of whoever is signed in send it."""
    site, headers, own = entered
    changed, token = FORGED[forgery]
    sent = {name: value for name, value in {**headers, **changed}.items() if value is not None}
    token = own if token == "own" else token  # noqa: S105 - a word
    if path.startswith("/api/") and token and not token.isascii():
        token = token.encode("latin-1")
    assert _send(site, path, sent, token).status_code == 403


@pytest.mark.parametrize("path", GUARDED)
def test_own_forms(entered, path):
    """What a page of ours sends passes all of that, in a form or a header; it is refused for what it says."""
    site, headers, token = entered
    assert _send(site, path, headers, token).status_code in {202, 303, 400, 404, 409, 422, 503}


@pytest.mark.parametrize("path", GUARDED)
def test_sessions_and_keys_that_are_over(site_with_the_dead, path):
    """Each of them is refused wherever it is shown."""
    site, dead = site_with_the_dead
    for name, headers in dead.items():
        assert _send(site, path, headers, "0" * 64).status_code == 401, name


@pytest.fixture(scope="module")
def site_with_the_dead(peopled, tmp_path_factory):
    """Return a site, and headers of whoever could do anything once."""
    site = Peopled(shutil.copytree(peopled, tmp_path_factory.mktemp("dead"), dirs_exist_ok=True))
    idle, _ = site.signed_in("admin-1")
    revoked, _ = site.signed_in("officer-1")
    expired = site.key("admin", days=1)[1]
    name, gone = site.key("admin", name="gone")
    site.clock.advance(24 * 3600)
    with site.opened() as opened:
        revoke_user(opened, ADMIN, "officer-1")
        revoke_key(opened, ADMIN, name)
    forged = dict(idle, cookie="qualicity_session=" + "A" * 43)
    return site, {
        "expired session": idle, "revoked user": revoked, "expired key": expired, "revoked key": gone,
        "forged cookie": forged, "empty key": {"authorization": "Bearer "},
        "strange key": {"authorization": "Bearer qk_x_\u00e9".encode("latin-1")},
        "key of another secret": {"authorization": f"Bearer qk_{name}_{'A' * 43}"},
    }  # fmt: skip


TRICKS = [
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "a%00b",
    "%ff",
    "..\\..",
    "a" * 300,
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
]


@pytest.mark.parametrize("path", [path for path in GUARDED if "{" in path])
@pytest.mark.parametrize("trick", TRICKS)
def test_path_tricks(entered, path, trick):
    """What stands in an address is a name or nothing."""
    site, headers, token = entered
    for name in PARTS:
        if f"{{{name}}}" in path:
            address = path.replace(f"{{{name}}}", trick)
            answer = _send(site, address, headers, token)
            assert answer.status_code in {400, 404, 405, 409, 422}, (address, answer.text)
            assert "<script>alert" not in answer.text


def test_a_city_that_somebody_is_not_there_for(site):
    """Marks, alarms and records of it are refused, and it is not looked at."""
    _, headers = site.key(*ROLES, cities=["shenzhen"])
    mark = {
        "station": "wl", "from": "2026-11-20T00:00+08:00", "to": "2026-11-20T03:00+08:00", "kind": "fault",
        "why": "a reason", "parameter": "o3", "proof": "log 1",
    }  # fmt: skip
    found = site.browser.post("/api/v1/marks", json=mark, headers=headers)
    assert found.status_code == 403, found.text
    assert site.browser.get("/air/beijing", headers=headers).status_code in {403, 404}


def test_bodies_that_are_too_large(entered):
    """In one piece or in many, of whoever: a file of records alone may be larger, and only of whoever may file."""
    site, headers, token = entered
    large = b"x" * ((1 << 20) + 1)

    async def pieces():
        for _ in range(17):
            yield b"x" * (1 << 16)

    for path in GUARDED:
        if "records" not in path:
            assert site.browser.post(_address(path), content=large, headers=headers).status_code == 413, path
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert site.browser.post("/marks", content=pieces(), headers=form).status_code == 413
    answer = site.browser.post(
        "/api/v1/users", content=pieces(), headers={**headers, "content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert site.browser.post("/records", content=large).status_code == 413
    assert site.browser.post("/records", content=large, headers={**headers, "x-csrf-token": token}).status_code != 413
