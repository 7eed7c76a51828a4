"""Which right goes with which token, user or password of the settings."""

from __future__ import annotations

import pytest

from qualicity.errors import InputError, UsageError
from qualicity.settings import InfluxSettings
from qualicity.store.influx_address import address


@pytest.fixture
def files(tmp_path):
    """Return a maker of files that hold a secret, as editors leave them."""

    def made(name):
        path = tmp_path / name
        path.write_text(f"of-{name}\n", "utf-8")
        return path

    return made


def test_each_role_has_its_own_token(files):
    settings = InfluxSettings(
        url="http://h:8086", org="o", bucket="b", timeout=3.0,
        token_file=files("write"), read_token_file=files("read"), admin_token_file=files("admin"),
    )  # fmt: skip
    for role in ("write", "read", "admin"):
        found = address(settings, role)
        assert (found.url, found.org, found.bucket, found.timeout) == ("http://h:8086", "o", "b", 3.0)
        assert found.token == f"of-{role}"


def test_the_environment_stands_above_a_file(files):
    settings = InfluxSettings(url="http://h", token="direct", token_file=files("write"))
    assert address(settings, "write").token == "direct"  # noqa: S105 - of a test


def test_a_role_without_a_token_gets_nobody_elses(files):
    settings = InfluxSettings(url="http://h", token_file=files("write"), admin_token_file=files("admin"))
    assert address(settings, "read").token == ""


def test_users_of_1_have_passwords_in_files(files):
    settings = InfluxSettings(
        url="http://h", username="w", password_file=files("w"), read_username="r", read_password_file=files("r")
    )
    assert (address(settings, "write").username, address(settings, "write").password) == ("w", "of-w")
    assert (address(settings, "read").username, address(settings, "read").password) == ("r", "of-r")


def test_without_a_url_there_is_no_database():
    with pytest.raises(UsageError, match="no InfluxDB"):
        address(InfluxSettings(), "write")


def test_a_secret_that_cannot_be_read_names_the_setting(tmp_path):
    with pytest.raises(InputError, match=r"influx\.token_file: .* cannot be read"):
        address(InfluxSettings(url="http://h", token_file=tmp_path / "none"), "write")
