"""How often somebody may ask: in the memory of this process, by sliding windows."""

from __future__ import annotations

import hashlib
import ipaddress
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from console.errors import TooOftenError

SIGN_IN_MINUTES = 5
_OF_NAME = RateLimitItemPerMinute(10, SIGN_IN_MINUTES, namespace="sign-in-name")
_OF_ADDRESS = RateLimitItemPerMinute(50, SIGN_IN_MINUTES, namespace="sign-in")
_CHANGES = RateLimitItemPerMinute(120, namespace="change")
_REQUESTS = RateLimitItemPerMinute(30_000, namespace="request")

_NETWORK_BITS = 64
"""Of an address of version 6: what one subscriber is given."""


class Limits:
    """Counts who asks how often."""

    def __init__(self) -> None:
        storage = MemoryStorage()
        self._each = MovingWindowRateLimiter(storage)
        self._many = SlidingWindowCounterRateLimiter(storage)  # keeps two counts, not a time for each request

    def sign_in(self, address: str, name: str) -> None:
        """Count a try to sign in.

        Raises:
            TooOftenError: there were too many from this address, for this name or at all.
        """
        place = _place(address)
        self._count(self._each, _OF_ADDRESS, place)
        self._count(self._each, _OF_NAME, place, _short(name))

    def signed_in(self, address: str, name: str) -> None:
        """Forget the tries for a name: it was its owner."""
        self._each.clear(_OF_NAME, _place(address), _short(name))

    def change(self, who: str) -> None:
        """Count a change.

        Raises:
            TooOftenError: there were too many.
        """
        self._count(self._each, _CHANGES, who)

    def request(self, address: str) -> None:
        """Count a request of any kind.

        Raises:
            TooOftenError: there were too many.
        """
        self._count(self._many, _REQUESTS, _place(address))

    @staticmethod
    def _count(by: MovingWindowRateLimiter | SlidingWindowCounterRateLimiter, limit: RateLimitItem, *whom: str) -> None:
        if by.hit(limit, *whom):
            return
        seconds = max(1, round(by.get_window_stats(limit, *whom).reset_time - time.time()))
        raise TooOftenError("too many requests", f"wait {seconds} s, and try again", seconds)


def _place(address: str) -> str:
    """Return whom an address is counted with: of version 6, whoever has one has the other 2**64 of its network, too."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), _NETWORK_BITS), strict=False))


def _short(name: str) -> str:
    """Return what stands for a name of any length."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
