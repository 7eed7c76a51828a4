"""DingTalk's custom robot of a group (钉钉自定义机器人)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

import msgspec

from alerting.channels.base import Receipt
from alerting.channels.codes import Meaning, judge
from alerting.channels.schema import Language
from alerting.channels.text import Page, called_by, fitting, inert, linked
from alerting.channels.wire import Wire
from alerting.message import Message
from qualicity.clock import Clock

MOST_BYTES = 20_000
"""Of a message."""

_SIGN = ("sign", "签名")
_TIMESTAMP = ("timestamp", "时间戳无效", "时间戳过期")
_KEYWORD = ("keyword", "关键词")
_IP = ("whitelist", "white list", "白名单")

MEANINGS = (
    Meaning(310000, "refused", "the machine's clock is wrong", "set the clock (NTP)", _TIMESTAMP,
            source="jenkinsci/dingtalk-plugin#116"),
    Meaning(310000, "refused", "wrong signature", "copy the robot's key (SEC...) into secret_file", _SIGN,
            source="jenkinsci/dingtalk-plugin#88, qd-today/qd#510"),
    Meaning(310000, "refused", "the robot's keyword is missing", "set keyword, or secure the robot by signature",
            _KEYWORD, source="timonwong/prometheus-webhook-dingtalk#197"),
    Meaning(310000, "refused", "our address is not on the robot's list", "add it, or secure the robot by signature",
            _IP),
    Meaning(310000, "refused", "the robot's security settings", "compare them with the channel in oncall.toml"),
    Meaning(130101, "later", "more than 20 messages in a minute", after=60.0, source="ccfos/nightingale#369"),
    Meaning(410100, "later", "too fast", after=60.0),
    Meaning(-1, "later", "the system is busy"),
    Meaning(300001, "refused", "no such token", "copy the robot's address into url_file",
            source="timonwong/prometheus-webhook-dingtalk#91"),
    Meaning(300005, "refused", "no such token, or the group is external", "copy the robot's address into url_file",
            source="timonwong/prometheus-webhook-dingtalk#226"),
    Meaning(90030, "refused", "the month's messages are used up", "ask DingTalk for more, or use another channel"),
    Meaning(40035, "refused", "the form of the message is wrong", "report it: this is our error",
            source="cyb233/mimikkoAutoSignIn#6"),
    Meaning(400013, "refused", "the group is gone", "make a robot in another group"),
    Meaning(400101, "refused", "no such token", "copy the robot's address into url_file"),
    Meaning(400102, "refused", "the robot is off", "switch it on in the group's settings"),
    Meaning(400105, "refused", "the kind of message is not known", "report it: this is our error"),
    Meaning(400106, "refused", "the robot is gone", "make a new one"),
    Meaning(430101, "refused", "it holds a link that DingTalk holds to be unsafe", "mend public_url and grafana_url"),
    Meaning(430102, "refused", "it holds text that DingTalk does not want", "mend the rule's title"),
    Meaning(430104, "refused", "it holds content that DingTalk does not want", "mend the rule's title"),
)  # fmt: skip


class DingTalk:
    """One robot.

    Args:
        wire: the way there.
        url: https://oapi.dingtalk.com/robot/send?access_token=...
        secret: that signs (加签); empty = the robot is secured otherwise.
        keyword: that must be in every message; empty = none.
        language: of the text.
        clock: for the signature.
    """

    def __init__(self, wire: Wire, url: str, *, secret: str, keyword: str, language: Language, clock: Clock) -> None:
        self._wire, self._url, self._secret, self._clock = wire, url, secret, clock
        self._keyword, self._language = keyword, language

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`. A recipient is called by the mobile number in the group."""
        called = called_by(message, recipient)
        body = fitting(message, self._language, lambda one: self._write(one, called), len, MOST_BYTES)
        answer = self._wire.post(self._address(), body, {"Content-Type": "application/json"})
        return judge(self._wire, answer, "errcode", "errmsg", MEANINGS)

    def _address(self) -> str:
        if not self._secret:
            return self._url
        now = self._clock.now()
        joint = "&" if "?" in self._url else "?"
        return f"{self._url}{joint}timestamp={now}&sign={quote_plus(sign(now, self._secret))}"

    def _write(self, one: Page, called: tuple[str, ...]) -> bytes:
        pieces = []
        for part in one.parts:
            pieces += [f"#### {inert(part.title)}", "  \n".join(map(inert, part.lines))]
        pieces.append(" | ".join(linked(label, url) for label, url in one.links))
        pieces.append(" ".join(filter(None, (inert(one.key), inert(self._keyword)))))
        pieces.append(" ".join(f"@{mobile}" for mobile in called))
        text = "\n\n".join(piece for piece in pieces if piece)
        return msgspec.json.encode(
            {
                "msgtype": "markdown",
                "markdown": {"title": one.title, "text": text},
                "at": {"atMobiles": list(called), "isAtAll": False},
            }
        )

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()


def sign(now: int, secret: str) -> str:
    """Return the signature of a time (ms UTC): the key signs the time and itself."""
    digest = hmac.new(secret.encode(), f"{now}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
