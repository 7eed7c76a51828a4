"""Whether those whom the console's address lets in can sign in."""

from __future__ import annotations

import pytest

from console.access.testing_site import ADMIN, CHEAP, PASSWORD
from console.acts.users import add_user, revoke_user
from console.doctor import examine
from console.site import open_site


@pytest.fixture
def asked(tmp_path):
    """Give what the doctor says of people on a site that listens on an address."""

    def ask(host):
        (tmp_path / "qualicity.toml").write_text(f'[api]\nhost = "{host}"\n')
        with open_site(tmp_path) as site:
            (found,) = examine(site, ["people"])
        return found.outcome

    return ask


def test_an_address_that_others_reach_needs_somebody_who_can_sign_in(tmp_path, asked):
    """Looking makes no store of users; who was revoked counts no more."""
    assert [asked(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0")] == ["ok"] * 3 + ["warning"]  # noqa: S104 - what is warned of
    assert not (tmp_path / "access.db").exists()
    with open_site(tmp_path) as site:
        add_user(site, ADMIN, "officer-1", PASSWORD, roles=["officer"], passwords=CHEAP)
    assert asked("192.0.2.7") == "ok"
    with open_site(tmp_path) as site:
        revoke_user(site, ADMIN, "officer-1")
    assert asked("192.0.2.7") == "warning"
