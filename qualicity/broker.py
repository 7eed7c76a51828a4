"""Where the broker is, `mqtt://host:port` or `mqtts://host:port`, and what a client shows it."""

from __future__ import annotations

import ssl
from typing import NamedTuple, NoReturn
from urllib.parse import urlsplit

from paho.mqtt import client as mqtt

from qualicity.errors import InputError, Permanent, Retryable, UsageError
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
        InputError: a file of the settings cannot be read, or a certificate or key is not what it should be.
    """
    if broker.tls:
        client.tls_set_context(tls_context(settings))
    elif settings.cert_file is not None:
        raise InputError(
            f"mqtt.cert_file is set, and {settings.url} is plain text", "write the URL as mqtts://host:8883"
        )
    password = password_of(settings)  # a file that is named and cannot be read is told, whoever needs it
    if settings.username:
        client.username_pw_set(settings.username, password or None)


def password_of(settings: MqttSettings) -> str:
    """Return the password; empty where there is none.

    Raises:
        InputError: its file cannot be read.
    """
    if settings.password_file is None:
        return settings.password.get_secret_value()
    try:
        return settings.password_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"mqtt.password_file {settings.password_file}: {error}", "give a file of text") from error


def tls_context(settings: MqttSettings) -> ssl.SSLContext:
    """Return what a connection over TLS is made with: 1.2 at least, the broker's certificate and name are verified.

    Raises:
        InputError: a file cannot be read, or a certificate or key is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
    except OSError as error:  # ssl.SSLError is one
        raise InputError(f"mqtt.ca_file {settings.ca_file}: {error}", "give a certificate as PEM") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.cert_file is not None:
        _show_certificate(context, settings)
    elif settings.key_file is not None:
        raise InputError("mqtt.key_file is set without mqtt.cert_file", "give the certificate of the key, too")
    return context


def _show_certificate(context: ssl.SSLContext, settings: MqttSettings) -> None:
    """Load our certificate and its key."""
    certificate, key = str(settings.cert_file), settings.key_file
    shown = certificate if key is None else f"{certificate} with {key}"
    try:
        context.load_cert_chain(certificate, None if key is None else str(key), password=_no_passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise InputError(
                f"mqtt.cert_file {shown}: the key is that of another certificate",
                "give the two that were made together",
            ) from error
        raise InputError(f"mqtt.cert_file {shown}: {error}", "give certificate and key as PEM") from error
    except OSError as error:
        raise InputError(f"mqtt.cert_file {shown}: {error.strerror}", "check cert_file and key_file") from error


def _no_passphrase() -> NoReturn:
    raise InputError("mqtt.key_file asks for a passphrase", "a service has nobody to ask: write the key without one")


# What X509_verify_cert(3) of OpenSSL says of the broker's certificate.
_NOT_YET_VALID, _EXPIRED, _OTHER_PURPOSE = 9, 10, 26
_OTHER_NAME = {62, 64}  # host name, IP address

# What the broker says of ours, or the two of each other: reason of the error, cause, mend.
_REFUSALS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("asks for a certificate", "set mqtt.cert_file and mqtt.key_file"),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "breaks off the greeting of TLS",
        "it may ask for a certificate: set mqtt.cert_file and mqtt.key_file",
    ),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("says that our certificate has expired", "renew mqtt.cert_file"),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("says that our certificate was revoked", "make a new mqtt.cert_file"),
    "TLSV1_ALERT_UNKNOWN_CA": (
        "does not know the CA of our certificate",
        "take one that the CA of this listener has signed",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("does not take our certificate", "check mqtt.cert_file"),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": (
        "does not take our certificate",
        "it must be one for clients (extended key usage clientAuth)",
    ),
    "TLSV1_ALERT_PROTOCOL_VERSION": ("speaks no TLS 1.2", "let it speak TLS 1.2 or later"),
    "UNSUPPORTED_PROTOCOL": ("speaks no TLS 1.2", "let it speak TLS 1.2 or later"),
    "WRONG_VERSION_NUMBER": ("speaks no TLS on this port", "check the port: plain MQTT is mqtt://, TLS is mqtts://"),
    "RECORD_LAYER_FAILURE": ("speaks no TLS on this port", "check the port: plain MQTT is mqtt://, TLS is mqtts://"),
}


def tls_error(error: ssl.SSLError, url: str) -> Permanent | Retryable:
    """Return what an error of TLS means: `Permanent` where asking again will not change it.

    A certificate that is not yet valid is one that our clock, which may still be set after a start, makes so.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_believed(error, url)
    reason = getattr(error, "reason", None)  # what Python raises by itself has none
    if reason in _REFUSALS:
        cause, mend = _REFUSALS[reason]
        return Permanent(f"the broker at {url} {cause}", mend)
    return Retryable(f"TLS with {url} failed: {error}", "see the broker's log")


def _not_believed(error: ssl.SSLCertVerificationError, url: str) -> Permanent | Retryable:
    """Return why the broker's certificate is not."""
    if error.verify_code == _NOT_YET_VALID:
        return Retryable(f"the certificate of {url} is not valid yet", "set the clocks of both machines")
    if error.verify_code == _EXPIRED:
        return Permanent(f"the certificate of {url} has expired", "renew it on the broker, or set our clock")
    if error.verify_code in _OTHER_NAME:
        return Permanent(
            f"the certificate of {url} is for another name: {error.verify_message}",
            "write the name that stands in it into mqtt.url, or make one for this name",
        )
    if error.verify_code == _OTHER_PURPOSE:
        return Permanent(f"the certificate of {url} is not one of a server", "make one with serverAuth")
    return Permanent(
        f"the certificate of {url} is signed by nobody whom we believe: {error.verify_message}",
        "set mqtt.ca_file to the certificate of the CA that signed it",
    )
