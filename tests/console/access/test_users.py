"""Users and keys: pages, API and commands change the same, and the audit log has it."""

from __future__ import annotations

import json
import sqlite3
import stat

import pytest
from typer.testing import CliRunner

from console.access.testing_site import ADMIN, PASSWORD, Peopled
from console.cli import application
from console.site import open_site
from qualicity.model import Batch
from qualicity.store.backup import backup, restore
from qualicity.testing import FakeClock, hourly

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def run(site, tmp_path, monkeypatch):
    """Return the function that runs a command on the site and returns its rows."""
    monkeypatch.setenv("LOGNAME", "operator")
    (site.folder / "pw").write_text("typed by nobody\n", encoding="utf-8")

    def command(*words, code=0):
        result = CliRunner().invoke(application(words[0]), [*words, "--data", str(site.folder), "--json"])
        assert result.exit_code == code, (result.output, result.exception)
        return [json.loads(line) for line in result.stdout.splitlines()]

    return command


def _log(site):
    with site.opened() as opened:
        return [(entry.who, entry.via, entry.action, entry.about) for entry in opened.ledger.audit.entries(limit=2)]


def test_commands(site, run):
    """Add, list, change, give another password, revoke: each in the log under the name of the system's user."""
    (made,) = run("users", "add", "officer-9", "--role", "officer", "--role", "duty", "--city", "beijing",
                  "--password-file", str(site.folder / "pw"))  # fmt: skip
    assert made == {
        "name": "officer-9", "roles": ["duty", "officer"], "cities": ["beijing"], "by_proxy": False,
        "made": made["made"], "revoked": None,
    }  # fmt: skip
    assert made["made"].endswith("+08:00")
    assert _log(site)[0] == ("operator", "cli", "user.add", "officer-9")
    headers, _ = site.signed_in("officer-9", "typed by nobody")

    assert run("users", "change", "officer-9", "--role", "viewer")[0]["roles"] == ["viewer"]
    assert site.browser.get("/api/v1/me", headers=headers).json()["roles"] == ["viewer"]
    assert made["name"] in [row["name"] for row in run("users", "list")]
    (site.folder / "pw").write_text("typed by nobody else", encoding="utf-8")
    run("users", "password", "officer-9", "--password-file", str(site.folder / "pw"))
    site.signed_in("officer-9", "typed by nobody else")
    assert run("users", "revoke", "officer-9")[0]["revoked"]
    with pytest.raises(ValueError, match="cannot sign in"):
        site.signed_in("officer-9", "typed by nobody else")


def test_commands_with_keys(site, run):
    """The key is printed once; its id is what lists and the log show."""
    (made,) = run("keys", "add", "grafana", "--role", "viewer", "--days", "90")
    answer = site.browser.get("/api/v1/me", headers={"authorization": f"Bearer {made['key']}"})
    assert answer.json() == {"name": "key:grafana", "roles": ["viewer"], "cities": [], "via": "key"}
    (listed,) = run("keys", "list")
    assert (listed["id"], listed["state"], listed["used"]) == (made["id"], "active", "2026-11-22")
    assert "key" not in listed
    assert run("keys", "revoke", made["id"])[0]["state"] == "revoked"
    assert _log(site)[0] == ("operator", "cli", "key.revoke", made["id"])
    assert site.browser.get("/api/v1/me", headers={"authorization": f"Bearer {made['key']}"}).status_code == 401


def test_a_password_is_never_an_argument(site):
    """And where nobody can type one, a file is asked for."""
    result = CliRunner().invoke(
        application("users"), ["users", "add", "a", "--role", "viewer", "--data", str(site.folder)]
    )
    assert "--password-file" in result.exception.mend
    assert "--password " not in CliRunner().invoke(application("users"), ["users", "add", "--help"]).stdout


def test_pages(site):
    """An administrator does the same there."""
    headers, token = site.signed_in("admin-1")
    send = lambda path, **data: site.browser.post(path, data={"csrf": token, **data}, headers=headers)  # noqa: E731

    answer = send("/access/users", name="officer-9", password=PASSWORD, roles=["officer", "duty"], cities=["beijing"])
    assert (answer.status_code, answer.headers["location"]) == (303, "../access?said=user_added")
    assert _log(site)[0] == ("admin-1", "page", "user.add", "officer-9")
    assert send("/access/users/officer-9", roles=["viewer"]).status_code == 303
    assert send("/access/users/officer-9/password", password="x" * 3 + PASSWORD).status_code == 303
    site.signed_in("officer-9", "xxx" + PASSWORD)
    assert send("/access/users/officer-9/revoke").status_code == 303
    shown = send("/access/keys", name="grafana", days="30", roles=["viewer"]).text
    key = shown.partition('<code class="secret">')[2].partition("<")[0]
    assert site.browser.get("/api/v1/me", headers={"authorization": f"Bearer {key}"}).json()["name"] == "key:grafana"
    assert key not in site.browser.get("/access/keys", headers=headers).text
    assert send(f"/access/keys/{key.split('_')[1]}/revoke").status_code == 303
    for path in ("/access", "/access/users/officer-1", "/access/keys", "/access/log", "/me"):
        for language in ("zh", "en"):
            assert site.browser.get(f"{path}?lang={language}", headers=headers).status_code == 200


def test_api(site):
    """The rows of the commands; passwords and secrets are in none of them."""
    _, headers = site.key("admin")
    new = {"name": "officer-9", "password": PASSWORD, "roles": ["officer"]}
    made = site.browser.post("/api/v1/users", json=new, headers=headers)
    assert (made.status_code, made.json()["name"]) == (201, "officer-9")
    assert site.browser.post("/api/v1/users", json=new, headers=headers).status_code == 409
    key = site.browser.post("/api/v1/keys", json={"name": "x", "roles": ["viewer"]}, headers=headers).json()
    assert key["key"].startswith(f"qk_{key['id']}_")
    users = site.browser.get("/api/v1/users", headers=headers)
    assert [row["name"] for row in users.json()["rows"]][-2:] == ["officer-9", "viewer-1"]
    assert "argon2" not in users.text
    log = site.browser.get("/api/v1/audit", params={"action": "key.", "limit": 1}, headers=headers).json()
    assert (log["rows"][0]["about"], log["rows"][0]["who"], bool(log["next"])) == (key["id"], "key:sync", True)
    csv = site.browser.get("/api/v1/audit?format=csv", headers=headers).text
    assert csv.splitlines()[0].startswith("id,at,who,via,action,about")
    revoked = site.browser.post("/api/v1/users/officer-9/revoke", headers=headers)
    assert (revoked.status_code, bool(revoked.json()["revoked"])) == (200, True)
    assert site.browser.post("/api/v1/users/officer-9/revoke", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "a", "roles": []},
        {"name": "a", "roles": ["king"]},
        {"name": "A b", "roles": ["viewer"]},
        {"name": "a", "roles": ["viewer"], "who": "x"},
        {"name": "a", "roles": ["viewer"], "days": 10**9},
    ],
)
def test_what_makes_no_key(site, body):
    """It is said what is wrong."""
    _, headers = site.key("admin")
    assert site.browser.post("/api/v1/keys", json=body, headers=headers).status_code == 422


def test_script_in_every_field(site):
    """Comes out as text, in pages, in what refuses it, and in the log."""
    headers, token = site.signed_in("admin-1")
    with site.opened() as opened:
        opened.ledger.audit.add(ADMIN._replace(who=SCRIPT), f"{SCRIPT}.add", SCRIPT, {SCRIPT: SCRIPT})

    def send(path, *names, **given):
        data = {"csrf": token, **dict.fromkeys(names, SCRIPT), **given}
        return site.browser.post(path, data=data, headers=headers)

    pages = [
        send("/access/users", "name", "password", "roles", "cities"),
        send("/access/users", "cities", name="a", roles="viewer", password=PASSWORD),
        send("/access/keys", "name", "days", "roles", "cities"),
        send("/sign-in", "name", "password", "following"),
        site.browser.get("/sign-in", params={"next": SCRIPT, "lang": SCRIPT, "said": SCRIPT}),
        site.browser.get("/access/log", headers=headers),
        site.browser.get("/access/log", params=dict.fromkeys(("action", "about", "who"), SCRIPT), headers=headers),
    ]
    for page in pages:
        assert page.status_code in {200, 400, 403, 404}
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in pages[5].text


def test_a_backup_has_users_and_no_session(site, tmp_path):
    """Whoever had signed in here has not signed in there; the copy is for its owner's eyes, too."""
    with open_site(site.folder, writer=True, clock=FakeClock(0)) as made:
        made.store.append(Batch(hourly(made.store.registry, "wl", "o3", 0, [1.0])))
    headers, _ = site.signed_in("officer-1")
    saved, again = tmp_path / "saved", tmp_path / "again"
    backup(site.folder, saved)
    restore(saved, again)

    for folder in (saved, again):
        assert stat.S_IMODE((folder / "access.db").stat().st_mode) == 0o600
        db = sqlite3.connect(folder / "access.db")
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
        db.close()
    other = Peopled(again)
    assert other.browser.get("/api/v1/me", headers=headers).status_code == 401
    other.signed_in("officer-1")


def test_verify_checks_the_log(site, run):
    """An entry that somebody has edited is named."""
    with open_site(site.folder, writer=True, clock=FakeClock(0)) as made:
        made.store.append(Batch(hourly(made.store.registry, "wl", "o3", 0, [1.0])))
    run("verify")
    db = sqlite3.connect(site.folder / "ledger.db")
    db.execute("DROP TRIGGER audit_is_not_edited")
    db.execute("UPDATE audit SET who = 'somebody else' WHERE id = 2")
    db.commit()
    db.close()
    found = run("verify", code=1)
    assert found == [{"where": "ledger.db", "what": "entry 2 of the audit log is not what was written"}]
