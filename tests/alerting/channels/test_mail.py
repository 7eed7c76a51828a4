"""E-mail against a real mail server, and the long tail of Apprise."""

from __future__ import annotations

import email
import email.policy
import socket

import pytest

from alerting.channels.base import Refused, TryLater
from alerting.testing import Fault, Receiver
from collector.embedded_broker import free_port
from qualicity.errors import InputError

MAIL = {"sender": "alarms@city.example.org", "tls": "none"}


def parsed(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_a_mail_is_taken_with_both_languages_and_the_key(build, mail_server, message):
    server, url = mail_server()
    receipt = build("email", url, **MAIL).send(message(), "duty-1@city.example.org")
    assert receipt.code == "250"
    (envelope,) = server.mails
    assert envelope.rcpt_tos == ["duty-1@city.example.org"]
    assert envelope.mail_from == "alarms@city.example.org"
    mail = parsed(envelope)
    assert mail["Subject"] == "P1 臭氧小时值超标 · 朝阳站 / P1 hourly ozone above its limit · Chaoyang"
    assert mail["X-Qualicity-Key"] == "12/raised"
    text = mail.get_body().get_content()
    assert mail.get_body().get_content_type() == "text/plain"
    assert text.index("数值") < text.index("value:") < text.index("https://alarms.example.org/ack/aaa.bbb")
    assert "12/raised" in text


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("RCPT", "550 5.1.1 no such user here", Refused),
        ("RCPT", "450 4.2.0 greylisted, come back", TryLater),
        ("RCPT", "452 4.2.2 mailbox full", TryLater),
        ("DATA", "554 5.7.1 this is spam", Refused),
        ("DATA", "521 5.3.2 this host takes no mail", Refused),
        ("DATA", "451 4.3.0 local error", TryLater),
        ("DATA", "421 4.3.2 going down", TryLater),
    ],
)
def test_the_servers_own_answer_decides(build, mail_server, message, command, answer, kind):
    """5xx is for ever, 4xx may pass; code and words are the server's."""
    server, url = mail_server()
    server.answers[command] = answer
    with pytest.raises(kind) as raised:
        build("email", url, **MAIL).send(message(), "duty-1@city.example.org")
    assert type(raised.value) is kind
    assert raised.value.code == answer[:3]
    assert answer[4:] in raised.value.message
    assert server.mails == []


def test_a_mail_server_that_is_not_there_or_says_nothing_may_pass(build, message):
    with pytest.raises(TryLater):
        build("email", f"smtp://127.0.0.1:{free_port()}", **MAIL).send(message(), "duty-1@city.example.org")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TryLater, match="timed out"):
            build("email", url, timeout=0.3, **MAIL).send(message(), "duty-1@city.example.org")


def test_a_server_without_tls_gets_no_mail_when_tls_is_asked_for(build, mail_server, message):
    """An open line is no fallback."""
    server, url = mail_server()
    with pytest.raises(Refused, match="tls") as raised:
        build("email", url, **{**MAIL, "tls": "starttls"}).send(message(), "duty-1@city.example.org")
    assert "STARTTLS" in raised.value.message
    assert server.mails == []


@pytest.mark.parametrize("address", ["", "duty-1", "a@b,c@d", "a b@c", "duty-1@city.example.org, x@y.example"])
def test_what_is_no_address_is_refused(build, mail_server, message, address):
    server, url = mail_server()
    with pytest.raises(Refused, match="no address"):
        build("email", url, **MAIL).send(message(), address)
    assert server.mails == []


def test_two_threads_hear_their_own_answers(build, mail_server, message):
    """One sending's failure is not told of another's."""
    from concurrent.futures import ThreadPoolExecutor

    server, url = mail_server()
    good = build("email", url, **MAIL)
    bad = build("email", f"smtp://127.0.0.1:{free_port()}", **MAIL)

    def outcome(number):
        try:
            return (good if number % 2 else bad).send(message(), "duty-1@city.example.org").code
        except TryLater as error:
            return error.message

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(outcome, range(24)))
    assert set(found[1::2]) == {"250"}
    assert all("refused" in one for one in found[::2])
    assert len(server.mails) == 12


# the long tail


def test_apprise_reaches_a_webhook_and_its_refusals_are_read(build, message):
    """By Apprise's own JSON service: true is taken, a status of 4xx is for ever, 5xx may pass."""
    with Receiver("webhook") as receiver:
        sender = build("apprise", f"json://127.0.0.1:{receiver.port}/alarms", timeout=2.0)
        receiver.misbehave(Fault.GARBAGE)
        assert sender.send(message(), "").message == "taken, says Apprise"
        receiver.misbehave(Fault.FORBIDDEN)
        with pytest.raises(Refused):
            sender.send(message(), "")
        receiver.misbehave(Fault.ERROR)
        with pytest.raises(TryLater):
            sender.send(message(), "")
        assert receiver.requests == 3


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("dingtalk://0123456789abcdef0123", "dingtalk"),
        ("dingding://0123456789abcdef0123", "dingtalk"),
        ("wecombot://0123456789abcdef", "wecom"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef", "wecom"),
        ("feishu://0123456789abcdef0123456789abcdef0123", "feishu"),
        ("lark://0123456789abcdef0123456789abcdef0123", "feishu"),
    ],
)
def test_bots_that_apprise_judges_wrongly_are_refused_when_they_are_declared(build, url, kind):
    """The mend names the kind that reads the answer; the address is not shown."""
    with pytest.raises(InputError) as raised:
        build("apprise", url)
    assert kind in raised.value.mend
    assert "0123456789" not in str(raised.value)


def test_an_address_that_apprise_does_not_know_is_refused(build):
    with pytest.raises(InputError, match="does not know"):
        build("apprise", "nonsense-scheme://token-0123456789")
