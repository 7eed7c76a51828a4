"""Signing in and out: what a browser is given, who is let in, and for how long."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from argon2 import PasswordHasher
from starlette.requests import HTTPConnection

from console.access.passwords import Passwords
from console.access.roles import ROLES
from console.access.testing_site import ADMIN, CHEAP, PASSWORD, Peopled
from console.acts.users import add_user, change_user, revoke_user, set_password
from console.errors import ConflictError
from console.web.sign_in import local
from qualicity.errors import UsageError

OWN = {"sec-fetch-site": "same-origin"}
HOUR = 3600
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens on it


def _enter(site, name="officer-1", password=PASSWORD, headers=OWN, **more):
    return site.browser.post("/sign-in", data={"name": name, "password": password, **more}, headers=headers)


def test_cookie(site):
    """No script reads it, no other site sends it with a form, and it is gone with the session."""
    cookie = _enter(site).headers["set-cookie"]

    assert cookie.startswith("qualicity_session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_cookie_through_tls(site, peopled, tmp_path_factory):
    """It is sent through TLS only, where the service is reached so."""
    outside = Peopled(site.folder, "https://air.example")
    behind = Peopled(site.folder, proxy_networks=["127.0.0.1"])

    assert "Secure" in _enter(outside).headers["set-cookie"]
    assert "Secure" in _enter(behind, headers={**OWN, "x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "Secure" not in _enter(site, headers={**OWN, "x-forwarded-proto": "https"}).headers["set-cookie"]


def test_nothing_secret_is_kept(site):
    """Neither the password nor what cookies and keys carry; the file is its owner's."""
    headers, _ = site.signed_in("officer-1")
    _, key = site.key("viewer")
    token = headers["cookie"].partition("=")[2]
    for path in site.folder.glob("access.db*"):
        content = path.read_bytes()
        assert PASSWORD.encode() not in content
        assert token.encode() not in content
        assert key["authorization"].split("_", 2)[2].encode() not in content  # the secret itself may have an underline
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(site.folder / "access.db") as db:
        hashes = [kept for (kept,) in db.execute("SELECT hash FROM users WHERE hash != ''")]
    db.close()
    assert all(kept.startswith("$argon2id$") for kept in hashes)
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("name", "password"),
    [("officer-1", PASSWORD + "."), ("nobody-1", PASSWORD), ("duty-2", ""), ("duty-2", PASSWORD), ("", ""),
     ("officer-1", ""), ("officer-1\x00", PASSWORD), ("OFFICER-1", PASSWORD), ("officer-1", "x" * 2000),
     ("' OR 1=1 --", "\ud83d\ude00" * 20), ("<script>alert(1)</script>", "x")],
)  # fmt: skip
def test_who_is_not_let_in(site, name, password):
    """Whether there is such a user cannot be told from the answer."""
    answer = _enter(site, name, password.encode("utf-16", "surrogatepass").decode("utf-16"))
    other = _enter(site, "nobody-2", "x" * 12)

    assert (answer.status_code, other.status_code) == (403, 403)
    assert "set-cookie" not in answer.headers
    assert "<script>alert" not in answer.text
    assert answer.text.count('role="alert"') == other.text.count('role="alert"') == 1


def test_a_name_nobody_has_is_hashed_too(site, monkeypatch):
    """So that time tells nothing of it either."""
    tried = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, *given: tried.append(given[0][:9]) or verify(self, *given)
    )

    for name in ("officer-1", "nobody-1", "duty-2"):
        _enter(site, name, "wrong" * 3)

    assert tried == ["$argon2id"] * 3


def test_session_ends_by_itself(site):
    """After two hours without a request, and after twelve in any case; a page that renews itself is no request."""
    headers, _ = site.signed_in("officer-1")
    for _ in range(6):
        site.clock.advance(1.9 * HOUR)
        assert site.browser.get("/me", headers=headers).status_code == 200
    site.clock.advance(0.7 * HOUR)
    gone = site.browser.get("/me?a=1", headers=headers)
    assert (gone.status_code, gone.headers["location"]) == (303, "./sign-in?next=me%3Fa%3D1")
    assert site.browser.get("/api/v1/me", headers=headers).status_code == 401

    headers, _ = site.signed_in("officer-1")
    for _ in range(2):
        site.clock.advance(1.1 * HOUR)
        answer = site.browser.get("/me", headers={**headers, "sec-fetch-dest": "empty"})
    assert answer.status_code == 303


def test_a_form_takes_the_old_cookie_away(site):
    """Else every page would lead to the form, and whoever only looks could not look."""
    headers, _ = site.signed_in("officer-1")
    site.clock.advance(13 * HOUR)
    answer = site.browser.get("/sign-in", headers=headers)
    assert answer.status_code == 200
    assert 'qualicity_session=""' in answer.headers["set-cookie"]
    assert site.browser.get("/me").status_code == 200


def test_sign_out(site):
    """The session is over on the server; another site cannot end it."""
    headers, token = site.signed_in("officer-1")
    assert site.browser.post("/sign-out", headers=headers).status_code == 403
    foreign = {**headers, "sec-fetch-site": "cross-site"}
    assert site.browser.post("/sign-out", data={"csrf": token}, headers=foreign).status_code == 403
    assert site.browser.get("/api/v1/me", headers=headers).json()["name"] == "officer-1"

    answer = site.browser.post("/sign-out", data={"csrf": token}, headers=headers)
    assert answer.status_code == 303
    assert 'qualicity_session=""' in answer.headers["set-cookie"]
    assert site.browser.get("/api/v1/me", headers=headers).status_code == 401


def test_a_form_of_another_site_signs_nobody_in(site):
    """Else somebody would work under a name that another site has chosen."""
    assert _enter(site, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert _enter(site, headers={"origin": "https://evil.example"}).status_code == 403


def test_changed_roles_count_at_once(site):
    """And so do cities, and a user who was revoked; another password ends the sessions of the old one."""
    headers, _ = site.signed_in("officer-1")
    with site.opened() as opened:
        change_user(opened, ADMIN, "officer-1", ["viewer"], ["shenzhen"])
        me = site.browser.get("/api/v1/me", headers=headers).json()
        assert (me["roles"], me["cities"]) == (["viewer"], ["shenzhen"])
        set_password(opened, ADMIN, "officer-1", PASSWORD + "!", passwords=CHEAP)
        assert site.browser.get("/api/v1/me", headers=headers).status_code == 401
        headers, _ = site.signed_in("officer-1", PASSWORD + "!")
        revoke_user(opened, ADMIN, "officer-1")
    assert site.browser.get("/api/v1/me", headers=headers).status_code == 401
    assert _enter(site, password=PASSWORD + "!").status_code == 403


def test_own_password(site):
    """It takes the present one; other browsers are signed out, this one is not."""
    headers, token = site.signed_in("officer-1")
    other, _ = site.signed_in("officer-1")
    form = {"csrf": token, "old": PASSWORD, "new": "another long sentence", "again": "another long sentence"}

    assert site.browser.post("/me/password", data={**form, "old": "x"}, headers=headers).status_code == 400
    assert site.browser.post("/me/password", data={**form, "again": "x"}, headers=headers).status_code == 400
    assert site.browser.post("/me/password", data=form, headers=headers).status_code == 303
    assert site.browser.get("/api/v1/me", headers=headers).status_code == 200
    assert site.browser.get("/api/v1/me", headers=other).status_code == 401
    assert _enter(site).status_code == 403
    assert _enter(site, password="another long sentence").status_code == 303


@pytest.mark.parametrize(
    "asked",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/",
     "///evil.example", "javascript:alert(1)", "/%09/evil.example".replace("%09", "\t"), "..//evil.example", "/../x",
     "a\r\nset-cookie: b=c", "x" * 3000, "http://[", " //evil.example"],
)  # fmt: skip
def test_no_open_redirect(site, asked):
    """Whoever signs in stays on this site."""
    assert local(asked) == ""
    assert _enter(site, following=asked).headers["location"] == "./"


@pytest.mark.parametrize("asked", ["air/beijing?month=2016-03", "/explain/air/beijing/2016@GB3095-2012#x", "me"])
def test_the_way_back(site, asked):
    """Goes on with the page that was asked for, in the language of the form."""
    assert _enter(site, following=asked).headers["location"] == f"./{asked.lstrip('/')}"
    answer = site.browser.post("/sign-in?lang=en", data={"name": "officer-1", "password": PASSWORD, "following": asked},
                               headers=OWN)  # fmt: skip
    assert "lang=en" in answer.headers["location"].partition("#")[0]


def test_too_many_tries(site):
    """Ten for a name, fifty in all, then nobody from there for a while; success forgets the tries for a name."""
    for _ in range(9):
        assert _enter(site, password="x").status_code == 403
    assert _enter(site).status_code == 303
    for _ in range(10):
        assert _enter(site, password="x").status_code == 403
    answer = _enter(site)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    for number in range(30):
        answer = _enter(site, f"nobody-{number}", "x")
    assert answer.status_code == 429


def test_too_many_changes(site):
    """A program that runs away is told when to go on."""
    _, headers = site.key("viewer")
    statuses = [site.browser.post("/api/v1/users", json={}, headers=headers).status_code for _ in range(121)]
    assert set(statuses[:120]) == {403}
    answer = site.browser.post("/api/v1/users", json={}, headers=headers)
    assert (statuses[120], answer.json()["kind"]) == (429, "TooOftenError")
    assert int(answer.headers["retry-after"]) > 0


def test_who_may_look(site):
    """Only this machine, unless the settings say otherwise; a name made to lead here is not this machine."""
    assert site.browser.get("/me").status_code == 200
    assert site.browser.get("/me", headers={"host": "evil.example"}).status_code == 303
    assert site.browser.get("/api/v1/me", headers={"host": "evil.example"}).status_code == 401
    for settings, status in (
        ({"host": EVERYWHERE}, 303), ({"anonymous": "none"}, 303), ({"proxy_networks": ["10.0.0.1"]}, 303),
        ({"anonymous": "viewer", "host": EVERYWHERE}, 200),
    ):  # fmt: skip
        assert Peopled(site.folder, **settings).browser.get("/me").status_code == status, settings


def test_what_is_open(site):
    """Load balancers, scrapers and whoever signs in need no name; nothing else is open."""
    shut = Peopled(site.folder, anonymous="none").browser
    for path in ("/healthz", "/health/live", "/readyz", "/metrics", "/sign-in"):
        assert shut.get(path).status_code in {200, 503}, path
    assert shut.get("/health/ready").status_code == 503
    assert shut.get("/ack/x").status_code != 303
    for path in ("/", "/explain/air/beijing/2016", "/scorecard", "/papers", "/alarms", "/health", "/air", "/live",
                 "/runbooks/air-o3-1h", "/papers/x/1/y.html"):  # fmt: skip
        assert shut.get(path).status_code == 303, path
    assert shut.get("/api/v1/alarms").status_code == 401


def test_a_proxy_that_is_believed(site):
    """Says who it is, of users without a password; its forms need a token, too. Nobody else says anything."""
    settings = {"proxy_networks": ["127.0.0.1"], "proxy_user_header": "X-User"}
    behind = Peopled(site.folder, **settings)
    said = {"x-user": "duty-2", **OWN}

    assert behind.browser.get("/api/v1/me", headers=said).json() == {
        "name": "duty-2", "roles": ["duty"], "cities": [], "via": "proxy",
    }  # fmt: skip
    for name in ("officer-1", "nobody", "", "../x"):
        assert behind.browser.get("/api/v1/me", headers={"x-user": name}).status_code == 401
    twice = [("x-user", "duty-2"), ("x-user", "duty-2")]
    assert behind.browser.get("/api/v1/me", headers=twice).status_code == 401
    assert behind.browser.post("/alarms/notes", data={"text": "x"}, headers=said).status_code == 403
    assert site.browser.get("/api/v1/me", headers=said).json()["via"] == "nobody"
    other = Peopled(site.folder, proxy_networks=["10.0.0.1"], proxy_user_header="X-User")
    assert other.browser.get("/api/v1/me", headers=said).status_code == 401


def test_where_somebody_is(site):
    """The last address that a proxy which is believed has seen; whatever others say is not believed."""

    def asked(peer, header):
        scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", header)]}
        return behind.access.address(HTTPConnection(scope))

    behind = Peopled(site.folder, proxy_networks=["127.0.0.0/8", "10.0.0.0/8"])
    assert asked("127.0.0.1", b"6.6.6.6, 1.2.3.4, 10.0.0.1") == "1.2.3.4"
    assert asked("127.0.0.1", b"6.6.6.6, junk") == "127.0.0.1"
    assert asked("9.9.9.9", b"1.2.3.4") == "9.9.9.9"


@pytest.mark.parametrize("password", ["short", "officer-1!!!!", "aaaaaaaaaaaaaa", "x" * 1025, ""])
def test_passwords_that_are_not_taken(site, password):
    """Too short, too long, the name, one letter over and over."""
    with site.opened() as opened, pytest.raises(UsageError):
        add_user(opened, ADMIN, "officer-1", password, roles=["viewer"], passwords=CHEAP)


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a/b", "a" * 65, "<b>", "a\n"])
def test_names_that_are_not_taken(site, name):
    """One word that an address and a log can carry."""
    with site.opened() as opened, pytest.raises(UsageError):
        add_user(opened, ADMIN, name, PASSWORD, roles=["viewer"], passwords=CHEAP)


def test_somebody_can_always_administer(site):
    """And a name is given once; nothing is logged of what was not done."""
    with site.opened() as opened:
        before = len(opened.ledger.audit.entries())
        with pytest.raises(ConflictError):
            revoke_user(opened, ADMIN, "admin-1")
        with pytest.raises(ConflictError):
            change_user(opened, ADMIN, "admin-1", ROLES, ["beijing"])
        with pytest.raises(ConflictError):
            add_user(opened, ADMIN, "viewer-1", PASSWORD, roles=["admin"], passwords=CHEAP)
        assert len(opened.ledger.audit.entries()) == before
        assert opened.access.user("admin-1").revoked is None


def test_hashes_grow_dearer(site):
    """When the library advises another cost, the next time that somebody signs in."""
    with site.opened() as opened:
        before = opened.access.user("officer-1").hash
        site.access.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
        assert _enter(site).status_code == 303
        after = opened.access.user("officer-1").hash
    assert ("t=1" in before, "t=2" in after) == (True, True)
    assert _enter(site).status_code == 303


def test_cost_is_what_the_library_advises():
    """Argon2id with 64 MiB, as RFC 9106 has it for what is not a server of keys."""
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in Passwords().hashed("officer-1", PASSWORD)


def test_uploads_carry_the_token(site):
    """Multipart forms are read once for their token and once by the route."""
    headers, token = site.signed_in("officer-1")
    file = {"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}
    refused = site.browser.post("/records", data={"form": "x"}, files=file, headers=headers)
    taken = site.browser.post("/records", data={"csrf": token, "form": "x"}, files=file, headers=headers)
    assert refused.status_code == 403
    assert taken.status_code in {400, 404, 422}
