"""What a client shows a broker, and what an error of TLS means."""

from __future__ import annotations

import datetime as dt
import importlib.util
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import SecretStr

from qualicity.broker import parse_broker_url, password_of, secure, tls_context, tls_error
from qualicity.errors import InputError, Permanent, Retryable
from qualicity.settings import MqttSettings

URL = "mqtts://broker.example.org"
NOW = dt.datetime.now(dt.UTC)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def _certificates():
    path = Path(__file__).parents[2] / "deploy" / "certificates.py"
    spec = importlib.util.spec_from_file_location("certificates", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


certificates = _certificates()


class Files:
    """A CA and what it has signed, as files."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = self.other = None
        for name in ("authority", "other"):
            pair = certificates._authority(name, NOW - dt.timedelta(days=100))
            certificates._write(folder, name, pair)
            setattr(self, name, pair)

    def make(self, name, purpose=SERVER, *, issuer=None, at=NOW, days=10, host="broker.example.org"):
        """Make a certificate; return its path, and its key's."""
        names = [x509.SubjectAlternativeName([x509.DNSName(host)])]
        pair = certificates._signed(issuer or self.authority, name, purpose, at, names, days=days)
        certificates._write(self.folder, name, pair)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def settings(self, **more):
        """Return settings that believe our CA."""
        return MqttSettings(url=URL, ca_file=self.folder / "authority.crt", **more)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("certificates"))


def greet(settings, server, host="broker.example.org"):
    """Let both sides of TLS speak, in memory; return what our side is told at last."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = tls_context(settings).wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done = set()
    for _ in range(6):
        for side in (ours, theirs):
            try:
                if side in done:
                    side.read(1)
                else:
                    side.do_handshake()
                    done.add(side)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                if side is ours:
                    return error
    return None


def serving(pair, *, authority=None, oldest=None):
    """Return the broker's side; with an authority it asks for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    if oldest is not None:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
            context.minimum_version = context.maximum_version = oldest
    return context


def test_a_good_certificate_is_taken(files):
    assert greet(files.settings(), serving(files.make("server"))) is None


@pytest.mark.parametrize(
    ("made", "kind", "cause", "mend"),
    [
        ({"at": NOW - dt.timedelta(days=5), "days": 2}, Permanent, "has expired", "renew it"),
        ({"at": NOW + dt.timedelta(days=2)}, Retryable, "not valid yet", "clocks"),
        ({"host": "other.example.org"}, Permanent, "is for another name", "mqtt.url"),
        ({"issuer": "other"}, Permanent, "nobody whom we believe", "mqtt.ca_file"),
        ({"purpose": CLIENT}, Permanent, "is not one of a server", "serverAuth"),
    ],
)
def test_a_brokers_certificate_that_is_not_believed(files, made, kind, cause, mend):
    """Only what our clock may make so can pass by itself."""
    made = {**made, **({"issuer": files.other} if "issuer" in made else {})}
    told = tls_error(greet(files.settings(), serving(files.make("bad", **made))), URL)
    assert (type(told), cause in told.cause, mend in told.mend, bool(told.mend)) == (kind, True, True, True), told


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        ({"at": NOW - dt.timedelta(days=5), "days": 2}, "our certificate has expired"),
        ({"issuer": "other"}, "does not know the CA of our certificate"),
        ({"purpose": SERVER}, "does not take our certificate"),
        (None, "asks for a certificate"),
    ],
)
def test_our_certificate_that_the_broker_does_not_take(files, made, cause):
    if made is None:
        settings = files.settings()
    else:
        made = {"purpose": CLIENT, **made, **({"issuer": files.other} if "issuer" in made else {})}
        certificate, key = files.make("ours", **made)
        settings = files.settings(cert_file=certificate, key_file=key)
    server = serving(files.make("server"), authority=files.folder / "authority.crt")
    told = tls_error(greet(settings, server), URL)
    assert (type(told), cause in told.cause, bool(told.mend)) == (Permanent, True, True), told


def test_a_good_certificate_of_ours_is_taken(files):
    certificate, key = files.make("ours", CLIENT)
    server = serving(files.make("server"), authority=files.folder / "authority.crt")
    assert greet(files.settings(cert_file=certificate, key_file=key), server) is None


def test_tls_1_1_is_not_spoken(files):
    error = greet(files.settings(), serving(files.make("server"), oldest=ssl.TLSVersion.TLSv1_1))
    assert error is None or isinstance(tls_error(error, URL), Permanent)  # their side is told why, ours that it ended
    assert tls_context(files.settings()).minimum_version == ssl.TLSVersion.TLSv1_2


def test_plain_text_on_the_port_is_told(files):
    """What answers is no TLS."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = tls_context(files.settings()).wrap_bio(to_client, to_server, server_hostname="broker.example.org")
    to_client.write(b"\x20\x02\x00\x05 this is MQTT")
    with pytest.raises(ssl.SSLError) as raised:
        ours.do_handshake()
    told = tls_error(raised.value, URL)
    assert (type(told), "speaks no TLS" in told.cause) == (Permanent, True)


def test_what_nobody_knows_may_pass():
    told = tls_error(ssl.SSLError("something new"), URL)
    assert (type(told), "something new" in told.cause, bool(told.mend)) == (Retryable, True, True)


def _encrypted(files):
    _, key = files.make("closed", CLIENT)
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    closed = serialization.BestAvailableEncryption(b"secret")
    key.write_bytes(loaded.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed))
    return {"cert_file": files.folder / "closed.crt", "key_file": key}


def _of_another(files):
    certificate, _ = files.make("one", CLIENT)
    _, key = files.make("two", CLIENT)
    return {"cert_file": certificate, "key_file": key}


def _rubbish(files):
    path = files.folder / "rubbish"
    path.write_text("no certificate\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda files: {"ca_file": files.folder / "gone"}, "mqtt.ca_file"),
        (lambda files: {"ca_file": _rubbish(files)}, "mqtt.ca_file"),
        (lambda files: {"cert_file": files.folder / "gone"}, "No such file"),
        (lambda files: {"cert_file": _rubbish(files)}, "mqtt.cert_file"),
        (_of_another, "the key is that of another certificate"),
        (_encrypted, "asks for a passphrase"),
        (lambda files: {"key_file": files.folder / "authority.key"}, "without mqtt.cert_file"),
    ],
)
def test_files_that_cannot_be_taken(files, change, cause):
    """Each with the setting that names it; nobody is asked for a passphrase."""
    settings = files.settings().model_copy(update=change(files))
    with pytest.raises(InputError) as raised:
        tls_context(settings)
    assert cause in raised.value.cause
    assert raised.value.mend


def test_a_certificate_is_not_shown_in_plain_text(files):
    certificate, key = files.make("ours", CLIENT)
    settings = MqttSettings(url="mqtt://localhost", cert_file=certificate, key_file=key)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    with pytest.raises(InputError, match="plain text"):
        secure(client, parse_broker_url(settings.url), settings)


def test_the_password_is_that_of_the_file(tmp_path):
    (tmp_path / "password").write_text("of the file\n", "utf-8")
    settings = MqttSettings(password=SecretStr("of the environment"))
    assert password_of(settings) == "of the environment"
    assert password_of(settings.model_copy(update={"password_file": tmp_path / "password"})) == "of the file"
    with pytest.raises(InputError, match=r"mqtt\.password_file"):
        password_of(settings.model_copy(update={"password_file": tmp_path / "gone"}))
