"""A real InfluxDB of a test's own: how it is told to keep to one folder and to loopback, and how 2.x is set up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from qualicity.store.influx import Address, Influx

HOST = "127.0.0.1"
ORG = "qualicity"
TOKEN = "all-rights"  # noqa: S105 - of a server that lives as long as a test


def configuration(folder: Path, port: int, rpc: int, http: Sequence[str] = ()) -> str:
    """Return the configuration file of a 1.x.

    Args:
        folder: where all its files lie.
        port: where it answers.
        rpc: a second port, which it asks for.
        http: further lines of its section `[http]`.
    """
    return "\n".join([
        "reporting-disabled = true",
        f'bind-address = "{HOST}:{rpc}"',
        "[meta]",
        f'dir = "{folder}/meta"',
        "[data]",
        f'dir = "{folder}/data"',
        f'wal-dir = "{folder}/wal"',
        "query-log-enabled = false",
        "[http]",
        f'bind-address = "{HOST}:{port}"',
        "log-enabled = false",
        *http,
        "[monitor]",
        "store-enabled = false",
    ])  # fmt: skip


def arguments(folder: Path, port: int) -> list[str]:
    """Return the arguments with which a 2.x is started."""
    places = [f"--{name}-path={folder / name}" for name in ("bolt", "engine", "sqlite")]
    return [f"--http-bind-address={HOST}:{port}", "--reporting-disabled", *places]


def set_up(url: str) -> None:
    """Give a 2.x that is new its organisation `ORG`, and `TOKEN`, which may everything."""
    with Influx(Address(url, "")) as influx:
        if json.loads(influx.request("GET", "/api/v2/setup")[2])["allowed"]:
            body = {"username": "admin", "password": "of-a-test", "org": ORG, "bucket": "first", "token": TOKEN}
            influx.request("POST", "/api/v2/setup", body=body)
