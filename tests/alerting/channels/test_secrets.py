"""Secrets stay where they are: in no log, no error, no row of the outbox, no setting."""

from __future__ import annotations

import itertools
import logging

import pytest
import structlog

from alerting.channels.base import Refused, TryLater
from alerting.channels.build import build_sender
from alerting.channels.limiter import Limiter
from alerting.channels.schema import ChannelSettings, Rate, check_channel
from alerting.delivery import Courier
from alerting.message import Notice
from alerting.store import AlertStore
from alerting.testing import TOKEN, Fault, Receiver
from qualicity.errors import InputError
from qualicity.strict import Problems
from qualicity.testing import FakeClock

SECRET = "SEC-9f2b7c61d0a84e55"  # noqa: S105 - of receivers that live as long as a test
HTTP = ("dingtalk", "wecom", "feishu", "pagerduty", "webhook")


def secret_of(kind):
    return "" if kind == "wecom" else SECRET


@pytest.mark.parametrize(
    ("kind", "fault"), list(itertools.product(HTTP, [None, *Fault])), ids=lambda one: getattr(one, "name", one)
)
def test_no_secret_is_told_whatever_the_provider_does(build, message, tmp_path, caplog, capsys, kind, fault):
    """Neither the token of the address nor the key that signs: in no log of any level, no error, no database's file."""
    caplog.set_level(logging.DEBUG)
    with Receiver(kind, secret=secret_of(kind)) as receiver, structlog.testing.capture_logs() as logs:
        if fault is not None:
            receiver.misbehave(fault)
        with AlertStore(tmp_path / "alerting.db") as store:
            store.outbox.add([Notice(1, "raised", "chan", "", "", message())], 0)
            sender = build(kind, receiver.url, secret=secret_of(kind), timeout=0.3)
            Courier(store, "chan", sender, Limiter(Rate()), FakeClock(1), "w").deliver()
            (row,) = store.outbox.report(1)
            assert len(row.tries) == 1
    told = caplog.text + str(logs) + str(row) + "".join(capsys.readouterr())
    database = b"".join(path.read_bytes() for path in tmp_path.glob("alerting.db*"))
    for secret in (SECRET, *([] if kind == "pagerduty" else [TOKEN])):
        assert secret not in told
        assert secret.encode() not in database


class Bug:
    """A sender with a bug whose error shows the address."""

    def send(self, message, recipient):
        """Fail."""
        raise KeyError(f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}")

    def close(self):
        """Hold nothing."""


def test_a_senders_own_bug_shows_no_secret(message, tmp_path):
    with AlertStore(tmp_path / "alerting.db") as store, structlog.testing.capture_logs() as logs:
        store.outbox.add([Notice(1, "raised", "chan", "", "", message())], 0)
        Courier(store, "chan", Bug(), Limiter(Rate()), FakeClock(1), "w").deliver()
        (row,) = store.outbox.report(1)
    assert row.state == "waiting"
    assert "KeyError at test_secrets.py" in row.answer
    assert logs[0]["error"] == "KeyError"
    assert TOKEN not in str(logs) + str(row)


def test_a_password_of_mail_is_not_told(build, mail_server, message):
    """A server that repeats it in its answer, and a login that fails."""
    server, url = mail_server
    sender = build(
        "email",
        url,
        secret=SECRET,
        username="alarms",
        sender="alarms@x.example",
        tls="starttls",
    )
    sender._tls = "none"  # the server of this test has no certificate
    with pytest.raises(Refused) as raised:
        sender.send(message(), "duty-1@x.example")
    assert raised.value.code == "535"
    server.password = SECRET
    server.answers["DATA"] = f"554 password {SECRET} is bad"
    with pytest.raises(Refused) as again:
        sender.send(message(), "duty-1@x.example")
    assert SECRET not in f"{raised.value} {again.value}"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"kind": "dingtalk", "url": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"}, "holds a token"),
        ({"kind": "apprise", "url": f"tgram://{TOKEN}/1"}, "holds a token"),
        ({"kind": "webhook", "url": "https://user:password@host/x"}, "do not stand here"),
        ({"kind": "webhook", "url": "ftp://host/x"}, "http://HOST or https://HOST"),
        ({"kind": "webhook"}, "no address"),
        ({"kind": "webhook", "url": "https://h", "url_file": "u"}, "give one of url, url_file"),
        ({"kind": "webhook", "url": "https://h", "secret_file": "u", "secret_env": "U"}, "give one of secret_file"),
        ({"kind": "wecom", "url_file": "u", "secret_file": "s"}, "means nothing for wecom"),
        ({"kind": "pagerduty"}, "no routing key"),
        ({"kind": "email", "url": "smtp://h"}, "address that mail comes from"),
        ({"kind": "email", "url": "smtp://h", "sender": "a@b", "username": "a"}, "username and secret_file"),
        (
            {"kind": "email", "url": "smtp://h", "sender": "a@b", "username": "a", "secret_file": "s", "tls": "none"},
            "open line",
        ),
        ({"kind": "feishu", "url_file": "u", "timeout": 0.0}, "above 0"),
        ({"kind": "feishu", "url_file": "u", "per_minute": -1}, "below 0"),
        ({"kind": "feishu", "url_file": "u", "proxy": "http://user:password@proxy:1"}, "without user"),
    ],
)
def test_what_a_channel_cannot_be_is_said_with_its_place(settings, problem):
    """And the words hold nothing of a secret."""
    problems = Problems()
    check_channel(ChannelSettings(id="chan", **settings), "oncall.toml: channel[3] 'chan'", problems)
    assert [line for line in problems.lines if problem in line]
    assert all(line.startswith("oncall.toml: channel[3] 'chan'") for line in problems.lines)
    assert TOKEN not in str(problems.lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), ("", "is empty"), (f"oapi.dingtalk.com/{TOKEN}", "none of HTTP"),
     (f"https://user:{TOKEN}@oapi.dingtalk.com/", "holds a user"), (f"http://h:port/{TOKEN}", "none of HTTP")],
)  # fmt: skip
def test_a_file_of_an_address_that_cannot_be_used_says_why(tmp_path, content, words):
    if content is not None:
        (tmp_path / "url").write_text(content)
    with pytest.raises(InputError, match=words) as raised:
        build_sender(ChannelSettings(id="chan", kind="dingtalk", url_file="url"), tmp_path)
    assert TOKEN not in str(raised.value)
    assert "chan" in raised.value.cause
    assert raised.value.mend


def test_secrets_come_from_the_environment_by_name(tmp_path, message):
    with Receiver("dingtalk", secret=SECRET) as receiver:
        settings = ChannelSettings(id="chan", kind="dingtalk", url_env="DING_URL", secret_env="DING_SECRET")
        sender = build_sender(settings, tmp_path, environment={"DING_URL": receiver.url, "DING_SECRET": SECRET})
        sender.send(message(), "")
        sender.close()
        with pytest.raises(InputError, match="DING_SECRET is not set"):
            build_sender(settings, tmp_path, environment={"DING_URL": receiver.url})


def test_certificates_are_verified(build, message, tmp_path):
    """A server that nobody vouches for gets no message; one whose certificate is trusted by ca_file does."""
    import shutil
    import ssl
    import subprocess

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    receiver = Receiver("webhook")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)
    with receiver:
        url = receiver.url.replace("http://", "https://")
        with pytest.raises(TryLater, match="CERTIFICATE_VERIFY_FAILED"):
            build("webhook", url).send(message(), "")
        build("webhook", url, ca_file="certificate.pem").send(message(), "")
        assert len(receiver.received) == 1
