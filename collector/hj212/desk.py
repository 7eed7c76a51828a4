"""What the sessions of one gateway share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from collector.hj212.history import History
from collector.hj212.loggers import Peer
from collector.hj212.merge import Repeats
from qualicity.settings import Hj212Settings

_REPEATS = 20_000


class Desk:
    """Knows the loggers, and what was said to and heard of them beyond one connection.

    Args:
        settings: of the gateway.
        peers: declared loggers by MN.
        now: s that never go back.
    """

    def __init__(self, settings: Hj212Settings, peers: Mapping[str, Peer], now: float) -> None:
        self.settings = settings
        self.peers = peers
        self.history = History(settings, {mn: peer.logger for mn, peer in peers.items()}, now)
        self.repeats = Repeats(_REPEATS)
        self.counters: Counter[str] = Counter()
        self.handshakes: dict[str, float] = {}  # MN -> when its last one was over, s
        self.clocks: dict[str, float] = {}  # MN -> when its clock was last found wrong, s
        self.clock_is_sure = True  # ours; by one that has jumped no other is judged or set
