# ruff: noqa: RUF001 - Chinese sentences have Chinese punctuation
"""What stands on the phone, channel by channel and kind by kind: the exact bodies, kept in `golden/`.

`QUALICITY_GOLDEN=write` writes them anew, to be looked at before they are committed.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
from pathlib import Path

import pytest

from alerting.message import Link
from alerting.testing import Receiver

GOLDEN = Path(__file__).with_name("golden")
HTTP = ("dingtalk", "wecom", "feishu", "pagerduty", "webhook")
KINDS = ("raised", "resolved", "test", "digest")
MARKUP = "站点 *甲* [链接](http://example.org) <@all> `x` #1 a_b"


def messages(message):
    """One message a kind."""
    page = (Link("incident", "告警页", "Alarms", "https://alarms.example.org/alarms"),)
    return {
        "raised": message(mention=("13800000000",)),
        "resolved": message(
            key="12/resolved", kind="resolved", verb="resolve", links=page,
            title_zh="P1 已解除 · 朝阳站", title_en="P1 over · Chaoyang",
            lines_zh=("峰值：246 µg/m³", "超限时长：1 小时 20 分"),
            lines_en=("peak: 246 µg/m³", "above the limit: 1 h 20 min"),
        ),
        "test": message(
            key="0/test.5", kind="test", severity="P4", title_zh="渠道测试", title_en="test of a channel",
            lines_zh=(MARKUP,), lines_en=(MARKUP,), links=(), test=True, dedup="qualicity-0/test.5", labels={},
        ),
        "digest": message(
            key="0/digest.17", kind="digest", severity="P2",
            title_zh="P2 汇总：5 个事件", title_en="P2 digest: 5 incidents",
            lines_zh=tuple(f"事件 {n}" for n in range(5)), lines_en=tuple(f"incident {n}" for n in range(5)),
            links=page, source="site", dedup="qualicity-0/digest.17", labels={"severity": "P2"},
        ),
    }  # fmt: skip


def compare(name, text):
    """Compare with what is kept, or keep it."""
    path = GOLDEN / name
    if os.environ.get("QUALICITY_GOLDEN") == "write":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("kind", HTTP)
def test_the_body_that_a_provider_gets(build, message, kind):
    """Signature and its time aside; they are checked by the receivers."""
    secret = "" if kind == "wecom" else "0123456789abcdef0123456789abcdef"
    bodies = {}
    with Receiver(kind, secret=secret) as receiver:
        sender = build(kind, receiver.url, secret=secret)
        for name, one in messages(message).items():
            sender.send(one, "")
            bodies[name] = {
                key: value for key, value in receiver.received[-1].body.items() if key not in {"sign", "timestamp"}
            }
    compare(f"{kind}.json", json.dumps(bodies, ensure_ascii=False, indent=1) + "\n")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_language_alone(build, message, language):
    with Receiver("wecom") as receiver:
        build("wecom", receiver.url, language=language).send(messages(message)["raised"], "")
        compare(f"wecom-{language}.txt", receiver.received[0].text + "\n")


def test_the_mail_that_arrives(build, mail_server, message):
    server, url = mail_server()
    sender = build("email", url, sender="alarms@city.example.org", tls="none")
    texts = []
    for name, one in messages(message).items():
        sender.send(one, "duty-1@city.example.org")
        mail = email.message_from_bytes(server.mails[-1].content, policy=email.policy.default)
        texts.append(f"== {name}\nSubject: {mail['Subject']}\n\n{mail.get_body().get_content()}".replace("\r\n", "\n"))
    compare("email.txt", "\n".join(texts))


def test_all_kept_files_are_compared():
    assert {path.name for path in GOLDEN.iterdir()} == {
        *(f"{kind}.json" for kind in HTTP), "wecom-zh.txt", "wecom-en.txt", "email.txt",
    }  # fmt: skip
