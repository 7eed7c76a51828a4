"""Where a broker is: `mqtt://host:port` or `mqtts://host:port`."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from qualicity.errors import UsageError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerUrl(NamedTuple):
    """A broker's address."""

    host: str
    port: int
    tls: bool


def parse_broker_url(text: str) -> BrokerUrl:
    """Read a broker's URL.

    Raises:
        UsageError: another scheme, no host, a port that is none, or a password in it.
    """
    mend = "write it as mqtt://host:1883 or mqtts://host:8883"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{text!r} is no broker URL: {error}", mend) from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise UsageError(f"{text!r} is no broker URL", mend)
    if parts.username or parts.password:
        raise UsageError("the broker URL holds a user or password", "give them by settings or environment")
    return BrokerUrl(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts")
