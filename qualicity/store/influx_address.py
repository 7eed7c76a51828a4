"""Which database, with which right: the settings' `[influx]` as an address."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from qualicity.errors import InputError, UsageError
from qualicity.settings import InfluxSettings
from qualicity.store.influx import Address

Role = Literal["write", "read", "admin"]


def address(settings: InfluxSettings, role: Role) -> Address:
    """Return the address for what one wants to do; tokens are of 2.x and 3.x, user and password of 1.x.

    Raises:
        UsageError: no database is configured.
        InputError: a file of a secret cannot be read.
    """
    if not settings.url:
        raise UsageError(
            "no InfluxDB is configured", "set influx.url; without it the embedded store does the job alone"
        )
    username = password = ""
    match role:
        case "write":
            token = secret(settings.token, settings.token_file, "influx.token_file")
            username = settings.username
            password = secret(settings.password, settings.password_file, "influx.password_file")
        case "read":
            token = secret(settings.read_token, settings.read_token_file, "influx.read_token_file")
            username = settings.read_username
            password = secret(settings.read_password, settings.read_password_file, "influx.read_password_file")
        case "admin":
            token = secret(SecretStr(""), settings.admin_token_file, "influx.admin_token_file")
            if ":" in token:
                username, _, password = token.partition(":")
    return Address(
        url=settings.url,
        bucket=settings.bucket,
        org=settings.org,
        token=token,
        username=username,
        password=password,
        timeout=settings.timeout,
    )


def secret(value: SecretStr, path: Path | None, name: str) -> str:
    """Return a secret: the value given in the environment, else what its file holds; empty without either.

    Raises:
        InputError: the file cannot be read.
    """
    if value.get_secret_value() or path is None:
        return value.get_secret_value()
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise InputError(
            f"{name}: {path} cannot be read: {error.strerror}", "make the file, or mend its rights"
        ) from error
