"""Secrets stay where they are: in no log, no error, no row of the outbox, no setting."""

from __future__ import annotations

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


@pytest.mark.parametrize("kind", HTTP)
def test_no_secret_is_told_whatever_the_provider_does(build, message, tmp_path, caplog, capsys, kind):
    """Neither the token of the address nor the key that signs: in no log of any level, no error, no database's file."""
    caplog.set_level(logging.DEBUG)
    with (
        Receiver(kind, secret=secret_of(kind)) as receiver,
        AlertStore(tmp_path / "alerting.db") as store,
        structlog.testing.capture_logs() as logs,
    ):
        sender = build(kind, receiver.url, secret=secret_of(kind), timeout=0.2)
        for number, fault in enumerate([None, *Fault]):
            if fault is not None:
                receiver.misbehave(fault)
            store.outbox.add([Notice(number, "raised", "chan", "", "", message())], number)
            Courier(store, "chan", sender, Limiter(Rate()), FakeClock(number), "w").deliver()
        rows = [row for number in range(len(Fault) + 1) for row in store.outbox.report(number)]
        assert [len(row.tries) for row in rows] == [1] * (len(Fault) + 1)
    told = caplog.text + str(logs) + str(rows) + "".join(capsys.readouterr())
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


def test_a_password_of_mail_goes_over_tls_alone_and_is_not_told(build, mail_server, message, certificate, monkeypatch):
    """Not to a server that nobody vouches for; not into the words of a server that repeats it."""
    server, url = mail_server(tls=certificate.context)
    account = {"secret": SECRET, "username": "alarms", "sender": "alarms@x.example", "timeout": 5.0}
    with pytest.raises(TryLater, match="CERTIFICATE_VERIFY_FAILED"):
        build("email", url, **account).send(message(), "duty-1@x.example")
    assert server.passwords == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with pytest.raises(Refused, match="535") as wrong:
        build("email", url, **account).send(message(), "duty-1@x.example")
    server.password = SECRET
    assert build("email", url, **account).send(message(), "duty-1@x.example").code == "250"
    server.answers["DATA"] = f"554 password {SECRET} is bad"
    with pytest.raises(Refused) as repeated:
        build("email", url, **account).send(message(), "duty-1@x.example")
    assert SECRET not in f"{wrong.value} {repeated.value}"
    assert len(server.mails) == 1


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


def test_certificates_are_verified(build, message, certificate):
    """A server that nobody vouches for gets no message; one whose certificate is trusted by ca_file does."""
    receiver = Receiver("webhook")
    receiver._server.socket = certificate.context.wrap_socket(receiver._server.socket, server_side=True)
    with receiver:
        url = receiver.url.replace("http://", "https://")
        with pytest.raises(TryLater, match="CERTIFICATE_VERIFY_FAILED"):
            build("webhook", url).send(message(), "")
        build("webhook", url, ca_file=str(certificate.path)).send(message(), "")
        assert len(receiver.received) == 1


def test_a_file_of_certificates_that_is_none_says_so(build, tmp_path):
    (tmp_path / "none.pem").write_text("no certificate")
    for name in ("none.pem", "missing.pem"):
        with pytest.raises(InputError, match=name):
            build("webhook", "https://host/x", ca_file=name)
