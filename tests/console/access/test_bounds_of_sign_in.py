"""Signing in costs time and memory: no stranger takes all of it, and no old session stays behind."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher

from console.access.limits import Limits
from console.access.passwords import Passwords
from console.access.persons import same_person
from console.access.testing_site import ADMIN, PASSWORD
from console.acts.marks import Asked, add_mark, approve_mark
from console.acts.users import change_user
from console.errors import TooOftenError
from qualicity.errors import UsageError
from qualicity.store.audit import Actor

OWN = {"sec-fetch-site": "same-origin"}


def test_addresses_of_one_network_are_one_sender():
    """Of version 6 a subscriber has as many as there are tries; version 4 written as version 6 is version 4."""
    limits = Limits()
    for number in range(50):
        limits.sign_in(f"2001:db8:0:1::{number:x}", f"name-{number}")
    with pytest.raises(TooOftenError):
        limits.sign_in("2001:db8:0:1:ffff::1", "another")
    limits.sign_in("2001:db8:0:2::1", "another")
    for number in range(10):
        limits.sign_in("::ffff:10.0.0.1" if number % 2 else "10.0.0.1", "admin-1")
    with pytest.raises(TooOftenError):
        limits.sign_in("10.0.0.1", "admin-1")
    limits.sign_in("10.0.0.2", "admin-1")


class _Slow(PasswordHasher):
    """Does not end before it is let."""

    def __init__(self, let: threading.Event) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.let = let

    def verify(self, kept, said):
        self.let.wait(10)
        return super().verify(kept, said)


def test_few_wait_for_a_comparison():
    """The others are told to come again: a thread that waits is one that shows no page."""
    let = threading.Event()
    passwords = Passwords(_Slow(let))
    kept = passwords.hashed("admin-1", PASSWORD)
    refused, fitted = [], []

    def ask():
        try:
            fitted.append(passwords.fits(kept, PASSWORD))
        except TooOftenError as error:
            refused.append(error.seconds)
            if len(refused) == 12:
                let.set()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(refused), fitted) == (12, [True] * 8)
    assert passwords.fits(kept, PASSWORD)


def test_the_session_before_ends(site):
    """Who signs in again, or as somebody else, leaves no session that nobody sees."""
    first, _ = site.signed_in("officer-1")
    again = site.browser.post(
        "/sign-in", data={"name": "duty-1", "password": PASSWORD}, headers={**OWN, "cookie": first["cookie"]}
    )
    assert again.status_code == 303
    assert site.browser.get("/api/v1/me", headers=first).status_code == 401
    cookie = again.headers["set-cookie"].partition(";")[0]
    assert site.browser.get("/api/v1/me", headers={"cookie": cookie}).json()["name"] == "duty-1"


def test_a_session_that_somebody_made_up_is_not_taken_over(site):
    """The token of a cookie before signing in is not that of the session."""
    answer = site.browser.post(
        "/sign-in",
        data={"name": "duty-1", "password": PASSWORD},
        headers={**OWN, "cookie": f"qualicity_session={'A' * 43}"},
    )
    assert "A" * 43 not in answer.headers["set-cookie"]
    forged = site.browser.get("/api/v1/me", headers={"cookie": f"qualicity_session={'A' * 43}"})
    assert forged.status_code == 401


def test_an_administrator_of_one_city_does_not_administer(site):
    """Else it could give itself the others; and what the role of the request before was does not count."""
    headers, token = site.signed_in("admin-1")
    form = {"csrf": token, "name": "other-1", "password": PASSWORD, "roles": "viewer"}
    assert site.browser.get("/access", headers=headers).status_code == 200
    with site.opened() as opened:
        change_user(opened, ADMIN, "officer-1", ["admin"])
        change_user(opened, ADMIN, "admin-1", ["admin"], ["shenzhen"])
    assert site.browser.get("/access", headers=headers).status_code == 403
    assert site.browser.post("/access/users", data=form, headers=headers).status_code == 403
    assert site.browser.get("/api/v1/audit", headers=headers).status_code == 403
    assert 'href="access"' not in site.browser.get("/", headers=headers).text


@pytest.mark.parametrize("name", ["Officer-1", " officer-1", "ｏｆｆｉｃｅｒ-1", "officer\u200b-1", "OFFICER-1\u00a0"])  # noqa: RUF001 - the trick
def test_a_second_person_has_a_second_name(site, name):
    """However it is typed at the command line; nor does the log take letters that nobody sees."""
    assert same_person("officer-1", name)
    asked = Asked("wl", "o3", 1_795_219_200_000, 1_795_226_400_000, "fault", "a reason", "log 1")
    with site.opened() as opened:
        mark = add_mark(opened, Actor("officer-1", "page"), asked)
        with pytest.raises(UsageError):
            approve_mark(opened, Actor(name, "cli"), mark.id)
        assert approve_mark(opened, Actor("officer-2", "cli"), mark.id).status == "approved"
        with pytest.raises(UsageError, match="nobody sees"):
            opened.ledger.audit.add(Actor("officer-1\n2026 root", "cli"), "mark.add", "x")
