"""Feishu's and Lark's custom bot of a group (飞书自定义机器人)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

from alerting.channels.base import Receipt
from alerting.channels.codes import Meaning, judge
from alerting.channels.schema import Language
from alerting.channels.text import Page, called_by, fitting
from alerting.channels.wire import Wire
from alerting.message import Message
from qualicity.clock import Clock

MOST_BYTES = 20_000
"""Of a request."""

MEANINGS = (
    Meaning(19021, "refused", "wrong signature, or the machine's clock is off by more than an hour",
            "copy the bot's key into secret_file; set the clock (NTP)", source="feiyu563/PrometheusAlert#422"),
    Meaning(19022, "refused", "our address is not on the bot's list", "add it, or secure the bot by signature"),
    Meaning(19024, "refused", "the bot's keyword is missing", "set keyword, or secure the bot by signature",
            source="RaineaAN/GlaDOS_Checkin_ql#6"),
    Meaning(19001, "refused", "no such bot", "copy the bot's address into url_file"),
    Meaning(19002, "refused", "the form of the message is wrong", "report it: this is our error"),
    Meaning(19007, "refused", "the bot is off", "switch it on in the group's settings"),
    Meaning(19036, "refused", "the message is too long", "report it: this is our error",
            source="hughcube-php/laravel-lark v1.0.0"),
    Meaning(9499, "later", "too many messages", words=("too many", "frequen", "limit"), after=10.0),
    Meaning(9499, "refused", "the form of the message is wrong", "report it: this is our error"),
    Meaning(11232, "later", "too many messages", after=10.0),
    Meaning(11233, "later", "too many messages in this group", after=10.0),
)  # fmt: skip


class Feishu:
    """One bot.

    Args:
        wire: the way there.
        url: https://open.feishu.cn/open-apis/bot/v2/hook/..., or of open.larksuite.com.
        secret: that signs (签名校验); empty = the bot is secured otherwise.
        keyword: that must be in every message; empty = none.
        language: of the text.
        clock: for the signature.
    """

    def __init__(self, wire: Wire, url: str, *, secret: str, keyword: str, language: Language, clock: Clock) -> None:
        self._wire, self._url, self._secret, self._clock = wire, url, secret, clock
        self._keyword, self._language = keyword, language

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`. A recipient is called by the user's id (open_id or user_id)."""
        called = called_by(message, recipient)
        body = fitting(message, self._language, lambda one: self._write(one, called), len, MOST_BYTES)
        answer = self._wire.post(self._url, body, {"Content-Type": "application/json"})
        return judge(self._wire, answer, "code", "msg", MEANINGS)

    def _write(self, one: Page, called: tuple[str, ...]) -> bytes:
        """Write a post: paragraphs of tagged pieces, so that no text can be taken for markup."""
        lines: list[list[dict[str, str]]] = [_text(line) for line in one.parts[0].lines]
        for part in one.parts[1:]:
            lines += [_text(" "), _text(part.title), *map(_text, part.lines)]
        lines += [[{"tag": "a", "text": label, "href": url}] for label, url in one.links]
        lines += [_text(end) for end in (one.key, self._keyword) if end]
        if called:
            lines.append([{"tag": "at", "user_id": user} for user in called])
        post = {"zh_cn": {"title": one.title, "content": lines}}
        return msgspec.json.encode({**self._signature(), "msg_type": "post", "content": {"post": post}})

    def _signature(self) -> dict[str, str]:
        if not self._secret:
            return {}
        seconds = self._clock.now() // 1000
        return {"timestamp": str(seconds), "sign": sign(seconds, self._secret)}

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()


def sign(seconds: int, secret: str) -> str:
    """Return the signature of a time (s UTC): time and key sign nothing, other than at DingTalk."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _text(text: str) -> list[dict[str, str]]:
    return [{"tag": "text", "text": text}]
