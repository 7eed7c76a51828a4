"""What `[[channel]]` in oncall.toml may say, and what is wrong with it. Unknown keys fail.

Addresses that hold a token and all passwords stand in files of their own or in the environment, never in oncall.toml:
that file is read by many and copied into tickets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from qualicity.strict import Problems

ChannelKind = Literal["dingtalk", "wecom", "feishu", "pagerduty", "webhook", "email", "apprise"]
Language = Literal["zh", "en", "both"]
Tls = Literal["starttls", "tls", "none"]


class Rate(msgspec.Struct, frozen=True):
    """How many messages a provider takes; 0 = as many as there are."""

    per_minute: int = 0
    per_second: int = 0


RATES: Mapping[ChannelKind, Rate] = {
    "dingtalk": Rate(per_minute=20),  # docs/alert-channels.md names the sources
    "wecom": Rate(per_minute=20),
    "feishu": Rate(per_minute=100, per_second=5),
    "pagerduty": Rate(per_minute=120),
    "webhook": Rate(),
    "email": Rate(per_minute=60),
    "apprise": Rate(per_minute=20),
}

BOTS: frozenset[ChannelKind] = frozenset({"dingtalk", "wecom", "feishu"})

_SCHEMES: Mapping[ChannelKind, tuple[str, ...]] = {
    "email": ("smtp",),
    "pagerduty": ("http", "https"),
    "webhook": ("http", "https"),
}


class ChannelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to reach people. Paths are relative to the folder of oncall.toml."""

    id: str
    kind: ChannelKind
    url: str = ""
    """Where it is no secret: smtp://HOST:PORT, https://HOST/PATH of a webhook; empty for pagerduty = their own."""
    url_file: str = ""
    """File that holds the address, where that is a secret: bots, Apprise, webhooks with a token."""
    url_env: str = ""
    """The same, by the name of a variable of the environment."""
    secret_file: str = ""
    """File of the key that signs (dingtalk, feishu, webhook), of the routing key (pagerduty), the password (email)."""
    secret_env: str = ""
    username: str = ""
    """Of the mail server."""
    sender: str = ""
    """Address that mail comes from."""
    tls: Tls = "starttls"
    """Of the mail server."""
    keyword: str = ""
    """Word that a bot asks for in every message, when it is secured that way."""
    language: Language = "both"
    per_minute: int | None = None
    """Messages a minute; None = what the provider allows, 0 = no limit."""
    timeout: float = 10.0
    """s, for one message."""
    proxy: str = ""
    """http://HOST:PORT; the environment's own proxy is not used."""
    ca_file: str = ""
    """Certificates (PEM) that are trusted instead of the system's."""

    @property
    def rate(self) -> Rate:
        """Return how many messages may be sent."""
        if self.per_minute is None:
            return RATES[self.kind]
        return Rate(self.per_minute, RATES[self.kind].per_second if self.per_minute else 0)

    @property
    def needs_recipient(self) -> bool:
        """Return whether people have an address of their own here; else all messages go to one place."""
        return self.kind == "email"


def check_channel(settings: ChannelSettings, place: str, problems: Problems) -> None:
    """Note what cannot be together or is missing; reads no file and no environment."""
    _check_secrets(settings, place, problems)
    if settings.url:
        _check_url(settings, f"{place}.url", problems)
    if settings.proxy and (urlsplit(settings.proxy).scheme not in {"http", "https"} or "@" in settings.proxy):
        problems.add(f"{place}.proxy", "write http://HOST:PORT, without user and password")
    if not 0 < settings.timeout <= 60:
        problems.add(f"{place}.timeout", "must lie above 0 and be at most 60 s")
    if settings.per_minute is not None and settings.per_minute < 0:
        problems.add(f"{place}.per_minute", "must not be below 0")
    for name, kinds in _ONLY_FOR.items():
        if getattr(settings, name) and settings.kind not in kinds:
            problems.add(f"{place}.{name}", f"means nothing for {settings.kind}; only for {', '.join(sorted(kinds))}")
    if settings.kind == "email":
        _check_email(settings, place, problems)
    if settings.kind == "pagerduty" and not (settings.secret_file or settings.secret_env):
        problems.add(place, "no routing key: give secret_file")


_ONLY_FOR: Mapping[str, frozenset[ChannelKind]] = {
    "username": frozenset({"email"}),
    "sender": frozenset({"email"}),
    "keyword": BOTS,
    "proxy": BOTS | {"pagerduty", "webhook"},
    "ca_file": BOTS | {"pagerduty", "webhook"},
    "secret_file": frozenset({"dingtalk", "feishu", "pagerduty", "webhook", "email"}),
    "secret_env": frozenset({"dingtalk", "feishu", "pagerduty", "webhook", "email"}),
}


def _check_secrets(settings: ChannelSettings, place: str, problems: Problems) -> None:
    given = [name for name in ("url", "url_file", "url_env") if getattr(settings, name)]
    if len(given) > 1:
        problems.add(place, f"give one of {', '.join(given)}")
    elif not given and settings.kind != "pagerduty":
        problems.add(place, f"no address: give {'url' if settings.kind == 'email' else 'url_file'}")
    if settings.secret_file and settings.secret_env:
        problems.add(place, "give one of secret_file, secret_env")


def _check_url(settings: ChannelSettings, place: str, problems: Problems) -> None:
    schemes = _SCHEMES.get(settings.kind)
    if schemes is None:
        problems.add(place, "this address holds a token: put it into a file and name that in url_file")
        return
    parts = urlsplit(settings.url)
    if parts.scheme not in schemes or not parts.hostname:
        problems.add(place, f"write {' or '.join(f'{scheme}://HOST' for scheme in schemes)}")
    if "@" in parts.netloc:
        problems.add(place, "user and password do not stand here: see username and secret_file, or url_file")


def _check_email(settings: ChannelSettings, place: str, problems: Problems) -> None:
    if "@" not in settings.sender.strip("@"):
        problems.add(f"{place}.sender", "give the address that mail comes from")
    if settings.url_file or settings.url_env:
        problems.add(place, "the mail server is no secret: name it in url, the password in secret_file")
    if bool(settings.username) != bool(settings.secret_file or settings.secret_env):
        problems.add(place, "give username and secret_file, or neither")
    if settings.username and settings.tls == "none":
        problems.add(f"{place}.tls", "a password does not go over an open line: use starttls or tls")
