"""Every sender against every way in which a provider can answer."""

from __future__ import annotations

import itertools
import time

import pytest

from alerting.channels.base import Refused, TryLater
from alerting.testing import Fault, Receiver
from collector.embedded_broker import free_port

SECRET = "SEC-9f2b7c61d0a84e55"  # noqa: S105 - of receivers that live as long as a test
HTTP = ("dingtalk", "wecom", "feishu", "pagerduty", "webhook")
WITH_SECRET = ("dingtalk", "feishu", "pagerduty", "webhook")

OUTCOMES = {
    Fault.TOO_FAST: TryLater,
    Fault.BUSY: TryLater,
    Fault.ERROR: TryLater,
    Fault.UNAVAILABLE: TryLater,
    Fault.FORBIDDEN: Refused,
    Fault.REDIRECT: Refused,
    Fault.HANG: TryLater,
    Fault.CLOSE: TryLater,
    Fault.CUT: TryLater,
    Fault.DROP: TryLater,
    Fault.GARBAGE: TryLater,
    Fault.HUGE: TryLater,
    Fault.DRIP: TryLater,
}
SILENT = {Fault.HANG, Fault.DRIP}
TAKEN_BY_WEBHOOK = {Fault.GARBAGE, Fault.HUGE}
"""A webhook of one's own says by its status alone that it took a message."""


@pytest.fixture
def pair(build):
    """A function that starts a receiver and makes its sender."""
    open_ones = []

    def make(kind, *, receiver=None, **settings):
        secret = SECRET if kind in WITH_SECRET else ""
        one = Receiver(kind, **{"secret": secret, **(receiver or {})})
        open_ones.append(one)
        one.__enter__()
        return one, build(kind, one.url, **{"secret": secret, **settings})

    yield make
    for one in open_ones:
        one.__exit__(None, None, None)


@pytest.mark.parametrize("kind", HTTP)
def test_a_message_is_taken_once_and_the_receipt_is_the_providers(pair, message, kind):
    """The body says so; what people see holds the key and both titles."""
    receiver, sender = pair(kind)
    receipt = sender.send(message(), "")
    assert receipt.code == {"pagerduty": "202", "webhook": "200"}.get(kind, "0")
    assert receipt.message in {"ok", "success", "Event processed", '{"ok": true}'}
    (received,) = receiver.received
    assert "12/raised" in received.text
    assert received.text.index("臭氧小时值超标") < received.text.index("hourly ozone")


@pytest.mark.parametrize(
    ("kind", "fault"), list(itertools.product(HTTP, Fault)), ids=lambda one: getattr(one, "name", one)
)
def test_what_is_no_receipt_is_an_error_that_says_whether_to_try_again(pair, build, message, kind, fault):
    """Never taken for sent, never later than the timeout allows; the next message goes through."""
    receiver, sender = pair(kind, timeout=0.3 if fault in SILENT else 10.0)
    receiver.misbehave(fault)
    began = time.monotonic()
    if kind == "webhook" and fault in TAKEN_BY_WEBHOOK:
        sender.send(message(), "")
    else:
        with pytest.raises(OUTCOMES[fault]) as raised:
            sender.send(message(), "")
        assert type(raised.value) is OUTCOMES[fault]
    assert time.monotonic() - began < 8
    again = build(kind, receiver.url, secret=SECRET if kind in WITH_SECRET else "") if fault in SILENT else sender
    again.send(message(key="13/raised"), "")
    assert receiver.requests == 2
    assert "13/raised" in receiver.received[-1].text


@pytest.mark.parametrize("kind", HTTP)
def test_nobody_there_may_pass(build, message, kind):
    """A refused connection is tried again."""
    sender = build(
        kind, f"http://127.0.0.1:{free_port()}/x?token=0123456789", secret=SECRET if kind in WITH_SECRET else ""
    )
    with pytest.raises(TryLater, match="no answer"):
        sender.send(message(), "")


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNAVAILABLE])
def test_the_wait_that_a_provider_asks_for_is_heard(pair, message, kind, fault):
    receiver, sender = pair(kind)
    receiver.misbehave(fault, retry_after="77")
    with pytest.raises(TryLater) as raised:
        sender.send(message(), "")
    assert raised.value.after == 77


@pytest.mark.parametrize(
    ("kind", "code"), [("dingtalk", "310000"), ("feishu", "19021"), ("pagerduty", "400"), ("webhook", "401")]
)
def test_a_wrong_secret_is_refused_though_the_status_is_200(pair, message, kind, code):
    """The answer of 200 with an error in its body, which Apprise takes for success."""
    receiver, sender = pair(kind, receiver={"secret": "another-secret-entirely"})
    with pytest.raises(Refused) as raised:
        sender.send(message(), "")
    assert raised.value.code == code
    assert raised.value.mend
    assert receiver.received == []


@pytest.mark.parametrize(("kind", "code"), [("dingtalk", "300001"), ("wecom", "93000"), ("feishu", "19001")])
def test_a_token_that_the_provider_does_not_know_is_refused(pair, build, message, kind, code):
    receiver, _ = pair(kind)
    sender = build(kind, receiver.url[:-4] + "ffff")
    with pytest.raises(Refused, match=code):
        sender.send(message(), "")


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_the_keyword_of_a_bot_is_in_every_message(pair, message, kind):
    receiver, sender = pair(kind, receiver={"keyword": "环境告警"}, keyword="环境告警")
    sender.send(message(), "")
    receiver_without, sender_without = pair(kind, receiver={"keyword": "环境告警"})
    with pytest.raises(Refused, match=r"310000|19024"):
        sender_without.send(message(), "")
    assert len(receiver.received) == 1
    assert receiver_without.received == []


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_more_than_a_minute_takes_is_told_to_come_later(pair, message, kind):
    receiver, sender = pair(kind, receiver={"per_minute": 2})
    for number in range(2):
        sender.send(message(key=f"{number}/raised"), "")
    with pytest.raises(TryLater) as raised:
        sender.send(message(), "")
    assert raised.value.after >= 10
    assert len(receiver.received) == 2


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_a_message_of_any_length_is_taken_and_its_key_shows(pair, message, kind):
    """What does not fit is counted, not hidden; links and key stay."""
    receiver, sender = pair(kind)
    lines = tuple(f"第 {n} 行 " + "很长的一行" * 40 for n in range(60))
    sender.send(message(lines_zh=lines, lines_en=lines), "")
    (received,) = receiver.received
    assert "12/raised" in received.text
    assert "另有" in received.text
    assert "more lines" in received.text
    assert "确认 Acknowledge" in received.text


@pytest.mark.parametrize("kind", HTTP)
def test_a_test_is_marked(pair, message, kind):
    receiver, sender = pair(kind)
    sender.send(message(test=True, kind="test"), "")
    assert "【测试】" in receiver.received[0].text
    assert "[TEST]" in receiver.received[0].text


def test_a_redirect_is_not_followed(pair, message):
    """Else the token would go wherever an answer points."""
    receiver, sender = pair("webhook")
    receiver.misbehave(Fault.REDIRECT)
    with pytest.raises(Refused, match="302"):
        sender.send(message(), "")
    assert receiver.requests == 1


def test_the_proxy_of_the_environment_is_not_used_and_the_configured_one_is(pair, build, message, monkeypatch):
    """An address with its token goes only where somebody said that it goes."""
    receiver, sender = pair("wecom")
    with Receiver("wecom") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        sender.send(message(), "")
        assert (len(receiver.received), proxy.requests) == (1, 0)
        build("wecom", receiver.url, proxy=f"http://127.0.0.1:{proxy.port}").send(message(), "")
        assert (len(receiver.received), proxy.requests) == (1, 1)
