"""From the settings of a channel to its sender: reads the secrets, once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import httpx

from alerting.channels.base import Sender
from alerting.channels.dingtalk import DingTalk
from alerting.channels.feishu import Feishu
from alerting.channels.longtail import LongTail
from alerting.channels.mail import PORTS, Mail
from alerting.channels.pagerduty import URL as PAGERDUTY
from alerting.channels.pagerduty import PagerDuty
from alerting.channels.schema import BOTS, ChannelSettings
from alerting.channels.webhook import Webhook
from alerting.channels.wecom import WeCom
from alerting.channels.wire import Wire, parts_of
from qualicity.clock import Clock, SystemClock
from qualicity.errors import InputError


class _Place(NamedTuple):
    """Where secrets are looked for."""

    channel: str
    folder: Path
    environment: Mapping[str, str]


def build_sender(
    settings: ChannelSettings, folder: Path, *, clock: Clock | None = None, environment: Mapping[str, str] | None = None
) -> Sender:
    """Return the sender of a channel.

    Args:
        settings: checked by `check_channel`.
        folder: of oncall.toml; paths are relative to it.
        clock: for signatures; default: the machine's.
        environment: where secrets may stand; default: the process's own.

    Raises:
        InputError: a secret cannot be read, or what it holds is no such thing. The text never holds a secret.
    """
    place = _Place(settings.id, folder, os.environ if environment is None else environment)
    secret = _secret(place, "secret", settings.secret_file, settings.secret_env)
    url = settings.url or _secret(place, "url", settings.url_file, settings.url_env)
    language = settings.language
    match settings.kind:
        case "email":
            return Mail(
                url, sender=settings.sender, username=settings.username, password=secret, tls=settings.tls,
                language=language, timeout=settings.timeout,
            )  # fmt: skip
        case "apprise":
            return LongTail(settings.id, url, language=language, timeout=settings.timeout)
    return _by_http(settings, place, url, secret, clock or SystemClock())


class Endpoint(NamedTuple):
    """What a channel connects to first: its proxy, else its server."""

    host: str
    port: int
    shown: bool  # False: the address stands among the secrets, and its host may be a part of them


def endpoint(
    settings: ChannelSettings, folder: Path, *, environment: Mapping[str, str] | None = None
) -> Endpoint | None:
    """Return what a channel connects to, with the arguments of `build_sender`; None = only Apprise knows.

    Raises:
        InputError: the file or variable of its address cannot be read.
    """
    if settings.kind == "apprise":
        return None
    place = _Place(settings.id, folder, os.environ if environment is None else environment)
    secret = "" if settings.url else _secret(place, "url", settings.url_file, settings.url_env)
    url = httpx.URL(settings.proxy or settings.url or secret or PAGERDUTY)
    port = PORTS[settings.tls] if settings.kind == "email" else {"http": 80, "https": 443}[url.scheme]
    return Endpoint(url.host, url.port or port, bool(settings.proxy) or not secret or settings.kind in BOTS)


def _by_http(settings: ChannelSettings, place: _Place, url: str, secret: str, clock: Clock) -> Sender:
    url = url or (PAGERDUTY if settings.kind == "pagerduty" else "")
    wire = _wire(settings, place, url, secret)
    keyword, language = settings.keyword, settings.language
    match settings.kind:
        case "dingtalk":
            return DingTalk(wire, url, secret=secret, keyword=keyword, language=language, clock=clock)
        case "wecom":
            return WeCom(wire, url, keyword=keyword, language=language)
        case "feishu":
            return Feishu(wire, url, secret=secret, keyword=keyword, language=language, clock=clock)
        case "pagerduty":
            return PagerDuty(wire, url, key=secret, language=language)
        case _:
            return Webhook(wire, url, secret=secret, clock=clock)


def _wire(settings: ChannelSettings, place: _Place, url: str, secret: str) -> Wire:
    _check_address(settings.id, url)
    ca_file = place.folder / settings.ca_file if settings.ca_file else None
    secrets = (secret, *(() if settings.url else parts_of(url)))
    try:
        return Wire(settings.timeout, proxy=settings.proxy, ca_file=ca_file, secrets=secrets)
    except OSError as error:  # no such file, or no certificates in it: ssl.SSLError is one, too
        raise InputError(
            f"channel {settings.id}: ca_file {ca_file} cannot be used: {error.strerror}", "name a file of certificates"
        ) from None


def _check_address(channel: str, url: str) -> None:
    """Refuse what is no address; the text does not show it."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in {"http", "https"} or not parts.host or " " in url:
        raise InputError(f"channel {channel}: its address is none of HTTP", "copy it whole, beginning with https://")
    if parts.userinfo:
        raise InputError(f"channel {channel}: its address holds a user", "take the part before @ away")


def _secret(place: _Place, what: str, file: str, variable: str) -> str:
    """Return a secret from its file or its variable; empty when neither is named."""
    if variable:
        if not place.environment.get(variable):
            raise InputError(
                f"channel {place.channel}: {what}_env: {variable} is not set",
                "set it in the environment of the service",
            )
        return place.environment[variable]
    if not file:
        return ""
    path = place.folder / file
    try:
        found = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "it is no text")
        raise InputError(
            f"channel {place.channel}: {what}_file {path} cannot be read: {why}", "make the file, or mend its rights"
        ) from None
    if not found:
        raise InputError(f"channel {place.channel}: {what}_file {path} is empty", "write the secret into it")
    return found
