"""The loggers that may speak: what the network file declares, with their secrets."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from collector.hj212.limits import Networks, comes_from, networks
from collector.hj212.secrets import Secret
from collector.hj212.segment import Edition
from qualicity.network import Logger, Network

EDITION_OF: Mapping[str, Edition] = {"HJ212-2005": "2005", "HJ212-2017": "2017", "HJ212-2025": "2025"}
"""What the network file's `protocol` says of the version bits."""

_NO_SECRET = Secret()


@dataclass(frozen=True)
class Peer:
    """One logger and how it is known."""

    logger: Logger
    networks: Networks  # that it may come from; empty = any
    secret: Secret

    def allows(self, address: str) -> bool:
        """Return whether it may come from an address."""
        return not self.networks or comes_from(address, self.networks)

    def trusts(self, password: str) -> bool:
        """Return whether a password is the logger's; any is where none is known."""
        known = self.secret.password
        return not known or hmac.compare_digest(known.encode(), password.encode())


def peers(network: Network, secrets: Mapping[str, Secret]) -> Mapping[str, Peer]:
    """Return every declared logger by its MN."""
    return {
        logger.mn: Peer(logger, networks(logger.addresses), secrets.get(logger.mn, _NO_SECRET))
        for logger in network.loggers
    }
