"""A site for tests with a user of each role, and browsers that sign in to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from console.access.passwords import Passwords
from console.access.roles import ROLES
from console.access.site_access import SiteAccess
from console.acts.users import add_key, add_user
from console.alarms.testing import NETWORK, Browser
from console.api import application
from console.site import Site, open_site
from qualicity.settings import ApiSettings
from qualicity.store.audit import Actor
from qualicity.testing import FakeClock

NOW = 1_795_312_800_000
"""2026-11-22 10:00 at +08:00."""

ADMIN = Actor("root", "cli")
PASSWORD = "a long enough sentence"  # noqa: S105 - of a test
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Hashes that cost next to nothing."""

_SHENZHEN = """
[[city]]
id = "shenzhen"
name = { zh = "深圳", en = "Shenzhen" }
"""
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


def people(folder: Path) -> None:
    """Write a network of two cities, a user of each role, one of all roles in Shenzhen, and one of a proxy."""
    (folder / "network.toml").write_text(NETWORK + _SHENZHEN, encoding="utf-8")
    with open_site(folder, clock=FakeClock(NOW)) as site:
        for role in ROLES:
            add_user(site, ADMIN, f"{role}-1", PASSWORD, roles=[role], passwords=CHEAP)
        add_user(site, ADMIN, "officer-2", PASSWORD, roles=ROLES, cities=["shenzhen"], passwords=CHEAP)
        add_user(site, ADMIN, "duty-2", None, roles=["duty"], passwords=CHEAP)


class Peopled:
    """A data folder with people, its application, and what is needed to ask it.

    Args:
        folder: that `people` has written.
        public_url: where browsers reach it.
        settings: of the API.
    """

    def __init__(self, folder: Path, public_url: str = "", **settings: Any) -> None:
        self.folder, self.clock = folder, FakeClock(NOW)
        self.access = SiteAccess(folder, ApiSettings(**settings), public_url, self.clock, CHEAP)
        self.app = application(folder, self.clock, access=self.access)
        self.browser = Browser(self.app)

    def opened(self) -> Site:
        """Return the site, open for changes."""
        return open_site(self.folder, clock=self.clock)

    def key(
        self, *roles: str, cities: Sequence[str] = (), days: int = 30, name: str = "sync"
    ) -> tuple[str, Mapping[str, str]]:
        """Return the id of a new key, and the headers that carry it."""
        with self.opened() as site:
            key, secret = add_key(site, ADMIN, name, roles=roles, cities=cities, days=days)
        return key.id, {"authorization": f"Bearer {secret}"}

    def signed_in(self, name: str = "admin-1", password: str = PASSWORD) -> tuple[dict[str, str], str]:
        """Return the headers of a browser in which somebody has signed in, and the token of its forms.

        Raises:
            ValueError: they do not fit.
        """
        own = {"sec-fetch-site": "same-origin"}
        answer = self.browser.post("/sign-in", data={"name": name, "password": password}, headers=own)
        cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        found = _TOKEN.search(self.browser.get("/me", headers={"cookie": cookie}).text)
        if not found:
            raise ValueError(f"{name} cannot sign in: {answer.status_code}")
        return {**own, "cookie": cookie}, found[1]
