# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation
"""Messages, channels and a mail server for the tests of senders."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from alerting.channels.base import Sender
from alerting.channels.build import build_sender
from alerting.channels.schema import ChannelSettings, check_channel
from alerting.message import Link, Message
from collector.embedded_broker import free_port
from qualicity.clock import SystemClock
from qualicity.strict import Problems


@pytest.fixture(scope="session")
def message() -> Callable[..., Message]:
    """A function that makes the message of an alarm of an hour of ozone."""
    return _message


def _message(**changes: Any) -> Message:
    fields = {
        "key": "12/raised",
        "kind": "raised",
        "verb": "trigger",
        "severity": "P1",
        "title_zh": "P1 臭氧小时值超标 · 朝阳站",
        "title_en": "P1 hourly ozone above its limit · Chaoyang",
        "lines_zh": ("数值：231 µg/m³，限值：200 µg/m³（GB 3095-2012 表1）", "起始：07-01 14:00"),
        "lines_en": ("value: 231 µg/m³, limit: 200 µg/m³ (GB 3095-2012 table 1)", "since: 07-01 14:00"),
        "dedup": "qualicity-12",
        "source": "beijing",
        "at": 1_782_885_600_000,
        "links": (
            Link("acknowledge", "确认", "Acknowledge", "https://alarms.example.org/ack/aaa.bbb"),
            Link("runbook", "处置手册", "Runbook", "https://alarms.example.org/runbooks/o3"),
        ),
        "labels": {"severity": "P1", "station": "chaoyang"},
    }
    return Message(**{**fields, **changes})


class MailServer:
    """A mail server that can be told to answer otherwise."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answers: dict[str, str] = {}  # by command: RCPT, DATA
        self.passwords: list[bytes] = []
        self.password = "mail-password-77"  # noqa: S105 - of a server that lives as long as a test

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        """Take a recipient, or answer as told."""
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        """Take a mail, or answer as told."""
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.mails.append(envelope)
        return "250 2.0.0 OK: queued as 4F3"

    def authenticate(self, server, session, envelope, mechanism, data):
        """Know one password."""
        self.passwords.append(data.password)
        return AuthResult(success=data.password == self.password.encode(), handled=False)


@pytest.fixture
def mail_server() -> Iterator[Callable[..., tuple[MailServer, str]]]:
    """A function that starts a mail server on loopback and gives it with its address."""
    running = []

    def start(*, tls: ssl.SSLContext | None = None) -> tuple[MailServer, str]:
        handler, port = MailServer(), free_port()
        controller = Controller(
            handler, hostname="127.0.0.1", port=port, authenticator=handler.authenticate,
            tls_context=tls, require_starttls=tls is not None, auth_require_tls=True,
        )  # fmt: skip
        controller.start()
        running.append(controller)
        return handler, f"smtp://127.0.0.1:{port}"

    yield start
    for controller in running:
        controller.stop()


class Certificate(NamedTuple):
    """A certificate of 127.0.0.1 that no authority vouches for."""

    path: Path
    context: ssl.SSLContext  # a server's


@pytest.fixture(scope="session")
def certificate(self_signed: tuple[Path, Path]) -> Certificate:
    """Return it with a server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)
    return Certificate(self_signed[0], context)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Sender]]:
    """A function that makes a sender from settings and secrets, as the service does; closed at the end."""
    made = []

    def make(kind: str, url: str, *, secret: str = "", **settings: Any) -> Sender:
        if secret:
            (tmp_path / "secret").write_text(secret + "\n")
            settings["secret_file"] = "secret"  # noqa: S105 - a name
        if kind == "email":
            settings["url"] = url
        else:
            (tmp_path / "url").write_text(url + "\n")
            settings["url_file"] = "url"
        declared = ChannelSettings(id="chan", kind=kind, **settings)
        problems = Problems()
        check_channel(declared, "oncall.toml: channel[0]", problems)
        assert problems.lines == []
        made.append(build_sender(declared, tmp_path, clock=SystemClock()))
        return made[-1]

    yield make
    for sender in made:
        sender.close()
