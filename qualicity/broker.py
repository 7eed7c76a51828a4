"""Where the broker is, `mqtt://host:port` or `mqtts://host:port`, and what a client shows it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from paho.mqtt import client as mqtt

from qualicity.errors import InputError, UsageError
from qualicity.settings import MqttSettings

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


def secure(client: mqtt.Client, broker: BrokerUrl, settings: MqttSettings) -> None:
    """Give a client its TLS context and credentials.

    Raises:
        InputError: a file of the settings cannot be read.
    """
    try:
        if broker.tls:
            client.tls_set(ca_certs=None if settings.ca_file is None else str(settings.ca_file))
        password = settings.password.get_secret_value()
        if settings.password_file is not None:
            password = settings.password_file.read_text("utf-8").strip()
    except OSError as error:
        raise InputError(f"[mqtt] of the settings: {error}", "check ca_file and password_file") from error
    if settings.username:
        client.username_pw_set(settings.username, password or None)
