"""WeCom's robot of a group (企业微信群机器人, now 消息推送)."""

from __future__ import annotations

import msgspec

from alerting.channels.base import Receipt
from alerting.channels.codes import Meaning, judge
from alerting.channels.schema import Language
from alerting.channels.text import Page, called_by, fitting, inert, linked
from alerting.channels.wire import Wire
from alerting.message import Message

MOST_BYTES = 4096
"""Of the text, in UTF-8."""

MEANINGS = (
    Meaning(45009, "later", "too many messages", after=60.0, source="WecomTeam/wecom-openclaw-plugin#48"),
    Meaning(45033, "later", "too many at once", after=5.0),
    Meaning(-1, "later", "the system is busy"),
    Meaning(93000, "refused", "no such robot, or the address is wrong", "copy the robot's whole address into url_file",
            source="wes-lin/Cloud189Checkin#175"),
    Meaning(93004, "refused", "the robot is off", "switch it on in the group's settings"),
    Meaning(93008, "refused", "the robot is not in the group", "add it to the group again"),
    Meaning(40008, "refused", "the kind of message is not known", "report it: this is our error"),
    Meaning(40058, "refused", "the form or the length of the message is wrong", "report it: this is our error",
            source="RayWangQvQ/BiliBiliTool#569"),
    Meaning(44004, "refused", "the message is empty", "report it: this is our error"),
    Meaning(45002, "refused", "the message is too long", "report it: this is our error",
            source="apache/dolphinscheduler#621"),
    Meaning(60020, "refused", "our address is not on the list", "add it in WeCom's administration",
            source="easychen/wecomchan#62"),
)  # fmt: skip


class WeCom:
    """One robot.

    Args:
        wire: the way there.
        url: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=...
        keyword: that must be in every message; empty = none.
        language: of the text.
    """

    def __init__(self, wire: Wire, url: str, *, keyword: str, language: Language) -> None:
        self._wire, self._url = wire, url
        self._keyword, self._language = keyword, language

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`. A recipient is called by the user id in the group."""
        called = called_by(message, recipient)
        text = fitting(message, self._language, lambda one: self._write(one, called), _size, MOST_BYTES)
        body = msgspec.json.encode({"msgtype": "markdown", "markdown": {"content": text}})
        answer = self._wire.post(self._url, body, {"Content-Type": "application/json"})
        return judge(self._wire, answer, "errcode", "errmsg", MEANINGS)

    def _write(self, one: Page, called: tuple[str, ...]) -> str:
        pieces = ["\n".join((f"**{inert(part.title)}**", *map(inert, part.lines))) for part in one.parts]
        pieces.append("\n".join(linked(label, url) for label, url in one.links))
        pieces.append(" ".join(filter(None, (inert(one.key), inert(self._keyword)))))
        pieces.append(" ".join(f"<@{inert(user)}>" for user in called))
        return "\n\n".join(piece for piece in pieces if piece)

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()


def _size(text: str) -> int:
    return len(text.encode())
