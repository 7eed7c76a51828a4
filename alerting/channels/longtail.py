"""Everything else that Apprise can reach: Telegram, Bark, ServerChan, PushPlus, SMS gateways.

Its word is as good as the service's answer and Apprise's reading of it. For the bots of DingTalk, WeCom and Feishu that
is not good enough: they answer 200 to a message that they drop, and Apprise calls that sent.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from apprise import Apprise, NotifyBase

from alerting.channels.base import Receipt, Refused, TryLater
from alerting.channels.ear import ear, notify
from alerting.channels.schema import ChannelKind, Language
from alerting.channels.text import page, plain
from alerting.channels.wire import FEW, parts_of
from alerting.message import Message
from qualicity.errors import InputError

OWN_SENDERS: Mapping[str, ChannelKind] = {
    "dingtalk": "dingtalk",
    "dingding": "dingtalk",
    "wecombot": "wecom",
    "feishu": "feishu",
    "lark": "feishu",
}
"""Apprise's schemes that it judges wrongly, and our kinds of channel."""

_STATUS = re.compile(r"error=(\d{3})")


class LongTail:
    """One address of Apprise.

    Args:
        channel: its id, for errors.
        url: the address, with whatever secret it holds.
        language: of the text.
        timeout: s, for each step.

    Raises:
        InputError: Apprise does not know the address, or judges its service wrongly. The text does not show it.
    """

    def __init__(self, channel: str, url: str, *, language: Language, timeout: float) -> None:
        ear()
        self._language = language
        self._secrets = sorted({one for one in (*parts_of(url), *_authority(url)) if one}, key=len, reverse=True)
        plugin = Apprise.instantiate(url)
        known = [url.partition("://")[0].lower(), *([] if plugin is None else _schemes(plugin))]
        own = next((OWN_SENDERS[one] for one in known if one in OWN_SENDERS), None)
        if own is not None:
            raise InputError(
                f"channel {channel}: Apprise takes every answer of this service for success",
                f'use kind = "{own}", which reads the answer',
            )
        if plugin is None:
            raise InputError(f"channel {channel}: Apprise does not know this address", "see Apprise's list of services")
        plugin.socket_connect_timeout = plugin.socket_read_timeout = timeout
        self._plugin = plugin

    def send(self, message: Message, recipient: str) -> Receipt:
        """Send one message; see `Sender`. Where to is part of the address, so a recipient means nothing."""
        del recipient
        one = page(message, self._language)
        taken, lines = notify(self._plugin, one.title, plain(one))
        said = self._clean(" ".join(line.text for line in lines if line.level >= logging.WARNING))
        if taken:
            return Receipt("", "taken, says Apprise")
        status = _STATUS.search(said)
        if status and status[1].startswith("4") and status[1] not in {"408", "425", "429"}:
            raise Refused(status[1], said)
        raise TryLater(status[1] if status else "", said)

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:500]

    def close(self) -> None:
        """Nothing is held."""


def _authority(url: str) -> tuple[str, ...]:
    """Return what stands where others have a host: Apprise's addresses begin with their token."""
    whole = url.partition("://")[2].partition("/")[0]
    return (whole, *(one for one in re.split("[:@]", whole) if len(one) >= FEW))


def _schemes(plugin: NotifyBase) -> list[str]:
    found: list[str] = []
    for name in ("protocol", "secure_protocol"):
        value = getattr(plugin, name, None) or ()
        found += [value] if isinstance(value, str) else list(value)
    return found
