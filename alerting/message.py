"""What is sent: one message to one recipient, frozen when it is decided, in a form that every channel can write."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

MessageKind = Literal[
    "raised", "updated", "escalated", "repeated", "realarmed", "acknowledged", "resolved",
    "digest", "system", "test", "drill",
]  # fmt: skip

Verb = Literal["trigger", "acknowledge", "resolve"]
"""PagerDuty's verbs."""


class Link(msgspec.Struct, frozen=True):
    """A link of a message."""

    kind: Literal["acknowledge", "runbook", "grafana", "evidence", "incident"]
    zh: str
    en: str
    url: str


class Message(msgspec.Struct, frozen=True):
    """One message; plain text without markup, Chinese and English apart. One phone screen.

    Attributes:
        key: INCIDENT/TRANSITION, shown in the message, so that a message that comes twice is known as one.
        title_zh, title_en: one line each.
        lines_zh, lines_en: the facts, one line each.
        mention: ids by which the channel calls a person (phone of DingTalk, user id of WeCom and Feishu).
        dedup: the same for all messages of an incident.
    """

    key: str
    kind: MessageKind
    verb: Verb
    severity: str
    title_zh: str
    title_en: str
    lines_zh: tuple[str, ...]
    lines_en: tuple[str, ...]
    dedup: str
    source: str  # city or site
    at: int  # ms UTC
    links: tuple[Link, ...] = ()
    mention: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    test: bool = False  # marked TEST / 测试 wherever it shows


class Notice(NamedTuple):
    """One row of the outbox: a message to one recipient on one channel.

    (incident, transition, channel, recipient) is unique for ever: the same decision twice is one row.
    """

    incident: int  # 0 = of no incident (tests, digests, system notices)
    transition: str  # "raised", "updated.3", "escalated.1", "resolved", "digest.17", "test.5" ...
    channel: str  # id of the channel in oncall.toml
    recipient: str  # address on that channel; "" = the chat of a bot itself
    person: str  # id in oncall.toml; "" = a chat
    message: Message
