"""How much one peer may ask of us: rates with a burst, quotas of an hour, and where peers may come from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

HOUR = 3600.0  # s
_MOST_KEYS = 10_000

Networks = tuple[IPv4Network | IPv6Network, ...]


class Bucket:
    """Tokens that come back at a rate: what is spent beyond them is waited for.

    Args:
        rate: tokens a s.
        burst: the most that are there at once.
        now: s that never go back.
    """

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def spend(self, tokens: float, now: float) -> None:
        """Take tokens, though there be too few: what has arrived is treated, what follows has to wait."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - tokens
        self._at = now

    def wait(self, now: float) -> float:
        """Return in how many s nothing is owed any more."""
        return max(0.0, -(self._left + (now - self._at) * self._rate) / self._rate)


class Quota:
    """So many an hour of each kind; how many kinds there are is bounded too.

    Args:
        most: of one kind in an hour.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def take(self, kind: Hashable, now: float) -> bool:
        """Return whether one more of a kind is within the quota, and count it."""
        since, count = self._taken.pop(kind, (now, 0))
        if now - since >= HOUR:
            since, count = now, 0
        self._taken[kind] = (since, count + 1)
        if len(self._taken) > _MOST_KEYS:
            self._taken.popitem(last=False)
        return count < self._most


def networks(texts: Iterable[str]) -> Networks:
    """Return networks as the network file names them; an address is a network of one."""
    return tuple(ip_network(text, strict=False) for text in texts)


def comes_from(address: str, allowed: Networks) -> bool:
    """Return whether an address lies in one of the networks; an IPv4 address that IPv6 carries is its own."""
    try:
        own: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(own, IPv6Address) and own.ipv4_mapped is not None:
        own = own.ipv4_mapped
    return any(own in network for network in allowed)
