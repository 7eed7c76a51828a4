# ruff: noqa: RUF001 - providers answer in Chinese, too
"""Providers' own words, as people have shown them in public threads, and what they mean here."""

from __future__ import annotations

import time

import httpx
import pytest

from alerting.channels import dingtalk, feishu, wecom
from alerting.channels.base import Receipt, Refused, TryLater
from alerting.channels.codes import find, judge
from alerting.channels.wire import MOST_BYTES, Answer, Wire, parts_of

SIGN_ZH = (
    "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中，请确认机器人的密钥加密和填写正确;"
    "link:请参考本接口对应文档获得具体要求，或者在https://open.dingtalk.com/document/  搜索相关文档;"
)
SEEN = [
    (dingtalk, 310000, "invalid timestamp, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]", "clock"),
    (dingtalk, 310000, "sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]", "signature"),
    (dingtalk, 310000, SIGN_ZH, "signature"),
    (dingtalk, 310000, "keywords not in content, more: [https://ding-doc.dingtalk.com/doc]", "keyword"),
    (dingtalk, 310000, "description:something new;solution:read;", "security settings"),
    (dingtalk, 130101, "send too fast, exceed 20 times per minute", "20 messages in a minute"),
    (dingtalk, 300001, "token is not exist", "no such token"),
    (dingtalk, 300005, "token is not exist", "no such token"),
    (wecom, 93000, "invalid webhook url, hint: [1755605200056773468916791], from ip: 192.0.2.7", "no such robot"),
    (wecom, 45009, "api freq out of limit, hint: [1773643642077182456917975], from ip: 192.0.2.7", "too many messages"),
    (wecom, 40058, "markdown.content exceed max length 4096. invalid Request Parameter, hint: [0]", "length"),
    (wecom, 45002, "content size out of limit, hint: [1563869667_1_f6b18ca5]", "too long"),
    (feishu, 19021, "sign match fail or timestamp is not within one hour from current time", "signature"),
    (feishu, 19024, "Key Words Not Found", "keyword"),
    (feishu, 9499, "Bad Request", "form"),
    (feishu, 9499, "too many request", "too many messages"),
    (feishu, 11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]", "too many messages"),
]
"""Module, code, the provider's words, what they mean."""


@pytest.mark.parametrize(("provider", "code", "words", "meaning"), SEEN)
def test_what_has_been_seen_is_understood(provider, code, words, meaning):
    assert meaning in find(code, words, provider.MEANINGS).what


@pytest.mark.parametrize("provider", [dingtalk, wecom, feishu])
def test_the_tables_agree_with_themselves(provider):
    """No row hides another; what is refused says how it is mended; nothing waits longer than DingTalk is silent."""
    for number, one in enumerate(provider.MEANINGS):
        hiding = [other for other in provider.MEANINGS[:number] if other.code == one.code and not other.words]
        assert hiding == []
        assert bool(one.mend) == (one.outcome == "refused")
        assert 0 <= one.after <= 600


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"errcode": 0, "errmsg": "ok"}', Receipt("0", "ok")),
        (500, b'{"errcode": 0, "errmsg": "ok"}', TryLater),
        (200, b'{"errcode": 777, "errmsg": "new"}', TryLater),
        (400, b'{"errcode": 93000, "errmsg": "invalid"}', Refused),
        (200, b'{"errcode": "0", "errmsg": "ok"}', TryLater),
        (200, b'{"errcode": true}', TryLater),
        (200, b'{"errmsg": "ok"}', TryLater),
        (200, b"[0]", TryLater),
        (200, b"", TryLater),
        (200, b"\xff\xfe", TryLater),
        (404, b"<html>gone</html>", Refused),
        (429, b"<html>wait</html>", TryLater),
    ],
)
def test_only_a_zero_in_a_body_of_2xx_is_success(status, body, outcome):
    wire = Wire(1.0)
    answer = Answer(status, body, whole=True, retry_after=0.0)
    if isinstance(outcome, Receipt):
        assert judge(wire, answer, "errcode", "errmsg", wecom.MEANINGS) == outcome
    else:
        with pytest.raises(outcome):
            judge(wire, answer, "errcode", "errmsg", wecom.MEANINGS)
    wire.close()


def test_what_a_provider_repeats_of_our_secrets_is_struck_out():
    """Its words go to logs, reports and people."""
    wire = Wire(1.0, secrets=parts_of("https://host/robot/send?access_token=abc%2Bdef0123456789"))
    words = "no such token abc%2Bdef0123456789 (abc+def0123456789) at https://host/robot/send?access_token=abc%2Bdef0123456789"
    assert wire.clean(words) == "no such token *** (***) at ***"
    assert "def0123456789" not in str(wire.refused("1", words)) + str(wire.later("1", words)) + str(
        wire.receipt("1", words)
    )
    wire.close()


def test_a_body_without_end_is_not_read_to_its_end():
    """Memory is the service's; what a provider says fits into 64 KiB."""
    read = []

    def pieces():
        while True:
            read.append(1)
            yield b"x" * 20_000

    wire = Wire(1.0)
    answer = wire._read(httpx.Response(200, content=pieces()), ends=time.monotonic() + 60)
    assert (len(answer.body), answer.whole, len(read)) == (MOST_BYTES, False, 4)
    wire.close()
