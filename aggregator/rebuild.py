"""Judging everything again: every period that stands, and every period that there are readings of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from aggregator.changes import REBUILD
from aggregator.following import dirty_periods
from qualicity.network import Network
from qualicity.periods import PERIOD_LENGTHS
from qualicity.scopes import Scope, parse_scope
from qualicity.store.base import ObservationStore
from qualicity.store.ledger import Cause, Dirty, Ledger

_YEAR = PERIOD_LENGTHS["year"]


def everything(store: ObservationStore, ledger: Ledger, network: Network, detail: str) -> Mapping[str, list[Dirty]]:
    """Return all that can be judged, by year; years of a city's air follow from its days.

    Args:
        store: readings.
        ledger: what stands; it may be new and empty.
        network: cities and stations.
        detail: of the cause, such as when it was asked for.
    """
    places = set()
    after, head = 0, store.head().seq
    while after < head:
        rows = list(store.tail(after))
        places |= {(item.scope, item.period) for item in dirty_periods(rows, network)}
        after = max((int(part["seq"][-1]) for part in rows), default=head)
    for text, period, *_ in ledger.judged():
        scope = parse_scope(text)
        if scope is None or scope.city not in network.city_by_id:
            continue
        if scope.medium != "air":
            places.add((text, period))
        elif len(period) != _YEAR:
            places.add((Scope("air", scope.city).text, period))
    found: dict[str, list[Dirty]] = defaultdict(list)
    for scope_text, period in sorted(places):
        found[period[:_YEAR]].append(Dirty(scope_text, period, Cause(REBUILD, detail)))
    return found
