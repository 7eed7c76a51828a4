"""The gateway of a site, opened: who may speak, what came before, and the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import structlog

from collector.hj212.earlier import Earlier
from collector.hj212.keeper import Keeper
from collector.hj212.loggers import Peer
from collector.hj212.memory import NAME
from collector.hj212.recall import asked_before, known_intervals, spoken_before
from collector.hj212.server import Gateway
from qualicity.clock import Clock
from qualicity.errors import QualicityError
from qualicity.periods import HOUR_MS
from qualicity.settings import Hj212Settings
from qualicity.store.embedded import EmbeddedStore

log = structlog.get_logger(__name__)


def open_gateway(
    settings: Hj212Settings,
    peers: Mapping[str, Peer],
    clock: Clock,
    folder: Path,
    tell: Callable[[Earlier], None] = lambda _: None,
) -> Gateway:
    """Return a gateway that listens; what came before is looked up meanwhile.

    Args:
        settings: of the gateway.
        peers: declared loggers by MN.
        clock: the time of day.
        folder: the data folder.
        tell: called, in a thread of its own, with the revisions that periods have in the store.

    Raises:
        Permanent: the address cannot be listened on.
    """
    gateway = Gateway(settings, peers, clock, Keeper(folder / NAME))
    gateway.start()
    looking = threading.Thread(target=_recall, args=(gateway, clock, folder, tell), daemon=True, name="hj212-recall")
    looking.start()
    return gateway


def _recall(gateway: Gateway, clock: Clock, folder: Path, tell: Callable[[Earlier], None]) -> None:
    """Tell the history what is in the store and what was asked for; until then it asks for nothing."""
    history, loggers = gateway.desk.history, [peer.logger for peer in gateway.desk.peers.values()]
    since = clock.now() - history.depth
    acts: list[Callable[[], None]] = []
    try:
        asked = asked_before(folder, since)
        acts.append(lambda: history.remember(asked))
        with EmbeddedStore(folder, writer=False, clock=clock) as store:
            stations = {logger.station for logger in loggers}
            back = clock.now() - gateway.settings.history_hours * HOUR_MS
            tell(Earlier(store.scan(start=back, stations=stations)))
            tables = store.scan(start=since, stations=stations)
            heard = set()
            for mn, cn, starts in known_intervals(tables, loggers, history.steps):
                heard.add(mn)
                acts.append(partial(history.came, mn, cn, starts))
            silent = [logger for logger in loggers if logger.mn not in heard]
            if silent:
                older = store.scan(end=since, stations={logger.station for logger in silent})
                acts += [partial(history.came_before, *key) for key in spoken_before(older, silent, history.steps)]
    except QualicityError as error:
        log.warning("what came before cannot be looked up; no history is asked for", cause=error.cause)
        return
    for act in (*acts, history.begin):
        gateway.call(act)
